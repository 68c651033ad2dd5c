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
