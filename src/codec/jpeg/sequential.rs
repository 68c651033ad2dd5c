//! Blocks whose coefficients come all at once (ITU-T T.81 F.2.2).

use super::bits::BitReader;
use super::huffman::{AcLookup, DcLookup, END_OF_BLOCK};
use super::idct::Block;
use super::scan::ZIGZAG;

/// What a component's blocks are read with.
#[derive(Clone, Copy)]
pub(super) struct BlockTables<'a> {
    pub(super) dc: &'a DcLookup,
    pub(super) ac: &'a AcLookup,
    /// In zigzag order.
    pub(super) quantization: &'a [i32; 64],
}

/// Reads the coefficients of a block, multiplied by their quantization, into `block`, which is zero before. Gives the
/// reader and whether there are AC coefficients; `None` at bits that mean nothing.
#[inline(always)]
pub(super) fn read_block<'a>(
    mut reader: BitReader<'a>,
    tables: BlockTables<'_>,
    prediction: &mut i32,
    block: &mut Block,
) -> Option<(BitReader<'a>, bool)> {
    reader.refill();
    let (mut reader, _, difference) = tables.dc.next(reader)?;
    let [dc_quantization, ..] = tables.quantization;
    *prediction = prediction.wrapping_add(difference);
    let [dc, ..] = block;
    *dc = prediction.wrapping_mul(*dc_quantization);
    let mut number = 1;
    while number < 64 {
        reader.require(AcLookup::BITS);
        let (after, run, value) = tables.ac.next(reader)?;
        reader = after;
        if run >= END_OF_BLOCK {
            return Some((reader, number > 1));
        }
        number += run;
        let place = ZIGZAG.get(number)?;
        let quantization = tables.quantization.get(number)?;
        if let Some(coefficient) = block.get_mut(usize::from(*place)) {
            *coefficient = value.wrapping_mul(*quantization);
        }
        number += 1;
    }
    Some((reader, true))
}
