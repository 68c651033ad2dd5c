//! Loops that are worth instructions which not all machines have: shifts by a register without flags (BMI2), and counts
//! of leading zeros.
//!
//! A loop is written once, for any machine. Here it is compiled a second time for those instructions, and called when
//! this machine has them.
#![allow(unsafe_code)]

use super::bit_reader::BitReader;
use super::decode_line;
use super::model::{Lines, Model};

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn is_wide() -> bool {
    std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("bmi2")
        && std::arch::is_x86_feature_detected!("lzcnt")
}

/// [`decode_line::decode_line`].
pub(super) fn decode_line<const N: usize, const LOSS: u8>(
    model: &mut Model,
    bits: &mut BitReader<'_>,
    lines: &mut Lines<N>,
) -> Option<()> {
    #[cfg(target_arch = "x86_64")]
    if is_wide() {
        // SAFETY: the line above asked this machine whether it has the features, which is all that is needed.
        return unsafe { decode_line_wide::<N, LOSS>(model, bits, lines) };
    }
    decode_line_plain::<N, LOSS>(model, bits, lines)
}

#[inline(never)] // so that registers are given out for this loop alone
fn decode_line_plain<const N: usize, const LOSS: u8>(
    model: &mut Model,
    bits: &mut BitReader<'_>,
    lines: &mut Lines<N>,
) -> Option<()> {
    decode_line::decode_line::<N, LOSS>(model, bits, lines)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "bmi1,bmi2,lzcnt")]
fn decode_line_wide<const N: usize, const LOSS: u8>(
    model: &mut Model,
    bits: &mut BitReader<'_>,
    lines: &mut Lines<N>,
) -> Option<()> {
    decode_line::decode_line::<N, LOSS>(model, bits, lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::jpeg_ls::parameters::{Coding, Presets, loss};
    use proptest::prelude::*;

    type DecodeLine<const N: usize> = fn(&mut Model, &mut BitReader<'_>, &mut Lines<N>) -> Option<()>;

    /// Lines until one cannot be decoded, and the bytes that are left.
    fn lines<const N: usize>(data: &[u8], coding: Coding, decode: DecodeLine<N>) -> (Vec<[u16; N]>, usize) {
        let (mut model, mut bits) = (Model::new(coding).unwrap(), BitReader::new(data));
        let (mut line, mut found) = (Lines::<N>::new(50).unwrap(), Vec::new());
        while found.len() < 1000 {
            line.begin();
            if decode(&mut model, &mut bits, &mut line).is_none() {
                break;
            }
            line.end();
            found.extend_from_slice(line.ended());
        }
        (found, bits.rest().len())
    }

    fn compare<const N: usize, const LOSS: u8>(data: &[u8], coding: Coding) {
        let wide = lines::<N>(data, coding, decode_line::<N, LOSS>);
        assert!(wide == lines::<N>(data, coding, decode_line_plain::<N, LOSS>));
    }

    proptest! {
        #[test]
        fn every_machine_decodes_the_same(data: Vec<u8>, near in 1u8..9, precision in 2u8..17) {
            let of = |near, maximum| Coding::new(precision, near, &Presets { maximum, ..Presets::default() });
            if let Ok(coding) = of(near, 0) {
                compare::<1, { loss::NEAR }>(&data, coding);
                compare::<3, { loss::NEAR }>(&data, coding);
            }
            compare::<1, { loss::NONE }>(&data, of(0, 0).unwrap());
            compare::<3, { loss::NONE }>(&data, of(0, 0).unwrap());
            compare::<2, { loss::NONE_IN_RANGE }>(&data, of(0, (1 << (precision - 1)) + 1).unwrap());
        }
    }
}
