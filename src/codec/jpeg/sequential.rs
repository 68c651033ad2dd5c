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

/// Reads the coefficients of a block, multiplied by their quantization, into `block`, which is zero before. True when
/// there are AC coefficients.
#[inline(always)]
pub(super) fn read_block(
    reader: &mut BitReader<'_>,
    tables: BlockTables<'_>,
    prediction: &mut i32,
    block: &mut Block,
) -> bool {
    reader.refill();
    let (_, difference) = tables.dc.next(reader);
    let [dc_quantization, ..] = tables.quantization;
    *prediction = prediction.wrapping_add(difference);
    let [dc, ..] = block;
    *dc = prediction.wrapping_mul(*dc_quantization);
    let mut number = 1;
    while number < 64 {
        reader.require(AcLookup::BITS);
        let (run, value) = tables.ac.next(reader);
        number += run;
        let (Some(place), Some(quantization)) = (ZIGZAG.get(number), tables.quantization.get(number)) else {
            if run < END_OF_BLOCK {
                reader.refuse();
            }
            return number > END_OF_BLOCK + 1 || run < END_OF_BLOCK;
        };
        if let Some(coefficient) = block.get_mut(usize::from(*place)) {
            *coefficient = value.wrapping_mul(*quantization);
        }
        number += 1;
    }
    true
}
