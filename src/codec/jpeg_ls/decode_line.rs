//! Bits → a line of samples (T.87 Annex A).

use super::bit_reader::BitReader;
use super::model::{Lines, Model, Neighbours, cell, with_sign};
use super::parameters::RUN_ORDERS;

/// The largest number that stands for an error of 16 bits; beyond it, sums of errors would not fit.
const LARGEST: u32 = 2 * 65535 + 1;

/// Decodes a line of pixels of `N` samples that take turns. `None` where the bits are no code.
///
/// `EXACT` is [`super::parameters::Coding::is_exact`].
pub(super) fn decode_line<const N: usize, const EXACT: bool>(
    model: &mut Model,
    bits: &mut BitReader<'_>,
    lines: &mut Lines<N>,
) -> Option<()> {
    let Lines { previous, current, run_index } = lines;
    // A copy stays in registers.
    let mut line = Line { model, bits: *bits, run_index: *run_index };
    let result = line.decode::<N, EXACT>(previous, current);
    (*bits, *run_index) = (line.bits, line.run_index);
    result
}

struct Line<'m, 'a> {
    model: &'m mut Model,
    bits: BitReader<'a>,
    run_index: u8,
}

impl Line<'_, '_> {
    #[inline(always)]
    fn decode<const N: usize, const EXACT: bool>(
        &mut self,
        previous: &[[u16; N]],
        current: &mut [[u16; N]],
    ) -> Option<()> {
        let mut left = current.first()?.map(i32::from);
        let mut above_left = previous.first()?.map(i32::from);
        let mut above = previous.get(1)?.map(i32::from);
        let mut column = 1;
        while let Some(above_right) = previous.get(column + 1) {
            let above_right = above_right.map(i32::from);
            let mut around = [OUTSIDE; N];
            let mut regions = [0; N];
            let all = left.iter().zip(&above).zip(&above_left).zip(&above_right);
            for ((near, region), (((a, b), c), d)) in around.iter_mut().zip(&mut regions).zip(all) {
                *near = Neighbours { left: *a, above: *b, above_left: *c, above_right: *d };
                *region = self.model.regions(*near);
            }
            if regions.iter().all(|region| *region == 0) {
                let length = self.run(previous.len() - 1 - column);
                current.get_mut(column..column + length)?.fill(left.map(cell));
                column += length;
                let Some(next) = previous.get(column + 1) else { break };
                above = previous.get(column)?.map(i32::from);
                for (a, b) in left.iter_mut().zip(&above) {
                    *a = self.end_of_run(*a, *b, N == 1)?;
                }
                self.run_index = self.run_index.saturating_sub(1);
                above_left = above;
                above = next.map(i32::from);
            } else {
                for ((a, near), region) in left.iter_mut().zip(around).zip(regions) {
                    *a = self.regular::<EXACT>(near, region)?;
                }
                above_left = above;
                above = above_right;
            }
            *current.get_mut(column)? = left.map(cell);
            column += 1;
        }
        Some(())
    }

    /// A sample by its neighbours (T.87 §A.4 to §A.6).
    #[inline(always)]
    fn regular<const EXACT: bool>(&mut self, near: Neighbours, regions: i32) -> Option<i32> {
        let coding = self.model.coding;
        let (context, sign) = self.model.context(regions);
        let context = context?;
        let corrected = near.prediction().wrapping_add(with_sign(context.correction(), sign));
        let prediction = corrected.min(coding.maximum).max(0);
        let coded = self.bits.golomb(context.order(), coding.most_zeros(), coding.error_bits);
        if coded > LARGEST {
            return None;
        }
        let folded = coded.cast_signed();
        let error = (folded >> 1) ^ -(folded & 1) ^ context.flip();
        let step = if EXACT { 1 } else { coding.step };
        context.update(error, step, coding.reset, EXACT || coding.near == 0);
        let error = with_sign(error, sign);
        Some(if EXACT {
            prediction.wrapping_add(error) & coding.maximum
        } else {
            coding.reconstruct(prediction, error)
        })
    }

    /// How many pixels are like the one before, of `left` (T.87 §A.7.1).
    #[inline(always)]
    fn run(&mut self, left: usize) -> usize {
        let mut length = 0;
        loop {
            let ones = self.bits.leading_ones();
            for number in 1..=ones {
                length += 1 << self.order();
                if length <= left {
                    self.run_index = (self.run_index + 1).min(31);
                }
                if length >= left {
                    self.bits.skip(number);
                    return left;
                }
            }
            self.bits.skip(ones);
            if ones < BitReader::MOST_ONES {
                // A zero, then the rest of the run.
                return length + self.bits.read(u32::from(self.order()) + 1) as usize;
            }
        }
    }

    #[inline(always)]
    fn order(&self) -> u8 {
        RUN_ORDERS.get(usize::from(self.run_index)).copied().unwrap_or_default()
    }

    /// The sample that ends a run (T.87 §A.7.2).
    #[inline(always)]
    fn end_of_run(&mut self, left: i32, above: i32, is_alone: bool) -> Option<i32> {
        let coding = self.model.coding;
        let most_zeros = coding.most_zeros_after_run(self.order());
        let (context, prediction, sign) = self.model.end_of_run(left, above, is_alone);
        let order = context.order();
        let coded = self.bits.golomb(order, most_zeros, coding.error_bits);
        if coded > LARGEST {
            return None;
        }
        let error = context.error_of(coded, order);
        context.update(error, coded, coding.reset);
        Some(coding.reconstruct(prediction, with_sign(error, sign)))
    }
}

const OUTSIDE: Neighbours = Neighbours { left: 0, above: 0, above_left: 0, above_right: 0 };
