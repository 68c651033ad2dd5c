//! The inverse DCT of a block at half or a quarter of its size: each sample is the average of those that the whole
//! transform gives for its place, before they are rounded.
//!
//! Averages of pairs leave out the coefficient 4, those of fours all even ones: what is left of a row is
//! `c0 + sqrt(2) * sum(cu * mean(cos((2x + 1) u pi / 16)))`, with x over the pair or the four. As accurate as [`super::idct`],
//! and equal to the bit to what libjpeg-turbo makes at these scales.

use std::num::Wrapping;

use super::idct::{Block, CONSTANT_BITS, Sample};

/// Four samples in a row.
#[inline(always)]
pub(super) fn transform_halved<S: Sample>(block: &Block, most: i32, out: &mut [S], stride: usize) {
    transform(block, most, out, stride, halves, 1);
}

/// Two samples in a row.
#[inline(always)]
pub(super) fn transform_quartered<S: Sample>(block: &Block, most: i32, out: &mut [S], stride: usize) {
    transform(block, most, out, stride, quarters, 2);
}

/// `averages` come with `extra` bits behind the point beside those of constants.
#[inline(always)]
#[expect(
    clippy::indexing_slicing,
    reason = "columns 0 to 7 of rows of 8, in the one form that becomes vectors"
)]
fn transform<S: Sample, const SIDE: usize>(
    block: &Block,
    most: i32,
    out: &mut [S],
    stride: usize,
    averages: impl Fn([i32; 8]) -> [i32; SIDE],
    extra: usize,
) {
    let descale = |value: i32, shift: usize| value.wrapping_add(1 << (shift - 1)) >> shift;
    let (rows, _) = block.as_chunks::<8>();
    let Some(rows) = rows.first_chunk::<8>() else { return };
    let mut between = [[0; 8]; SIDE];
    for column in 0..8 {
        let samples = averages(std::array::from_fn(|row| rows[row][column]));
        for row in 0..SIDE {
            between[row][column] = descale(samples[row], CONSTANT_BITS - S::EXTRA_BITS + extra);
        }
    }
    for (row, out) in between.iter().zip(out.chunks_mut(stride)) {
        let Some(out) = out.first_chunk_mut::<SIDE>() else { return };
        for (sample, value) in out.iter_mut().zip(averages(*row)) {
            let value = descale(value, CONSTANT_BITS + S::EXTRA_BITS + 3 + extra);
            *sample = S::clip(value.wrapping_add(1 << (S::PRECISION - 1)), most);
        }
    }
}

/// Averages of two neighbours, doubled.
#[inline(always)]
fn halves(coefficients: [i32; 8]) -> [i32; 4] {
    let [in0, in1, in2, in3, _, in5, in6, in7] = coefficients.map(Wrapping);
    let even = in0 << (CONSTANT_BITS + 1);
    let bend = in2 * Wrapping(15137) - in6 * Wrapping(6270); // 1.847759065, 0.765366865
    let inner = in1 * Wrapping(8697) - in3 * Wrapping(17799) // 1.061594337, 2.172734803
        + in5 * Wrapping(11893)
        - in7 * Wrapping(1730); // 1.451774981, 0.211164243
    let outer = in1 * Wrapping(20995) + in3 * Wrapping(7373) // 2.562915447, 0.899976223
        - in5 * Wrapping(4926) - in7 * Wrapping(4176); // 0.601344887, 0.509795579
    [even + bend + outer, even - bend + inner, even - bend - inner, even + bend - outer]
        .map(|Wrapping(sum)| sum)
}

/// Averages of four neighbours, four times over.
#[inline(always)]
fn quarters(coefficients: [i32; 8]) -> [i32; 2] {
    let [in0, in1, _, in3, _, in5, _, in7] = coefficients.map(Wrapping);
    let even = in0 << (CONSTANT_BITS + 2);
    let odd = in1 * Wrapping(29692) - in3 * Wrapping(10426) // 3.624509785, 1.272758580
        + in5 * Wrapping(6967)
        - in7 * Wrapping(5906); // 0.850430095, 0.720959822
    [even + odd, even - odd].map(|Wrapping(sum)| sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::jpeg::idct;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn samples_are_averages_of_those_of_the_whole_block(
            coefficients in prop::collection::vec(-300i32..300, 64),
            sparse in any::<u64>(),
        ) {
            let mut block: Block = coefficients.try_into().unwrap();
            for (place, coefficient) in block.iter_mut().enumerate() {
                // Few enough that no sample is clipped.
                *coefficient = if sparse >> place & 7 == 7 { *coefficient / 4 } else { 0 };
            }
            let (mut whole, mut half, mut quarter) = ([0u16; 64], [0u16; 16], [0u16; 4]);
            idct::transform(&block, 0xFFF, &mut whole, 8, idct::transpose);
            transform_halved(&block, 0xFFF, &mut half, 4);
            transform_quartered(&block, 0xFFF, &mut quarter, 2);
            for (side, reduced) in [(4, &half[..]), (2, &quarter[..])] {
                let step = 8 / side;
                for (place, sample) in reduced.iter().enumerate() {
                    let (row, column) = (place / side * step, place % side * step);
                    let squares = (0..step * step).map(|n| whole[(row + n / step) * 8 + column + n % step]);
                    let mean = squares.map(f64::from).sum::<f64>() / f64::from(u32::try_from(step * step).unwrap());
                    prop_assert!((f64::from(*sample) - mean).abs() <= 1.1, "{sample} {mean}");
                }
            }
        }
    }
}
