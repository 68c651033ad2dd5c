//! Bits → a line of samples (T.87 Annex A).

use super::bit_reader::BitReader;
use super::model::{Lines, Model, Neighbours, cell, with_sign};
use super::parameters::{RUN_LENGTHS, RUN_ORDERS, loss};

/// The largest number that stands for an error of 16 bits; beyond it, sums of errors would not fit.
const LARGEST: u32 = 2 * 65535 + 1;

/// Decodes a line of pixels of `N` samples that take turns. `None` where the bits are no code.
///
/// `LOSS` is [`super::parameters::Coding::loss`].
#[inline(always)] // into what is compiled for this machine
pub(super) fn decode_line<const N: usize, const LOSS: u8>(
    model: &mut Model,
    bits: &mut BitReader<'_>,
    lines: &mut Lines<N>,
) -> Option<()> {
    let Lines { previous, current, run_index } = lines;
    // A copy stays in registers.
    let mut line = Line { most_zeros: model.coding.most_zeros(), model, bits: *bits, run_index: *run_index };
    let result = line.decode::<N, LOSS>(previous, current);
    (*bits, *run_index) = (line.bits, line.run_index);
    result
}

/// The samples of a pixel, as many as take turns; the rest is zero and nothing is done with it.
type Pixel = [i32; 4];

struct Line<'m, 'a> {
    model: &'m mut Model,
    bits: BitReader<'a>,
    run_index: u8,
    /// Of codes of the regular mode.
    most_zeros: u32,
}

impl Line<'_, '_> {
    #[inline(always)]
    fn decode<const N: usize, const LOSS: u8>(
        &mut self,
        previous: &[[u16; N]],
        current: &mut [[u16; N]],
    ) -> Option<()> {
        let mut left = loaded(current.first()?);
        let mut above_left = loaded(previous.first()?);
        let mut above = loaded(previous.get(1)?);
        let mut over = self.between::<N>(above_left, above);
        let mut column = 1;
        while let Some(above_right) = previous.get(column + 1) {
            let above_right = loaded(above_right);
            let around = Neighbours::of_each(left, above, above_left, above_right);
            let [first, second, third, fourth] = around;
            let right = self.between::<N>(above, above_right);
            let ([a, b, c, d], [e, f, g, h]) = (over, right);
            let regions = [
                self.model.regions(first, a, e),
                if N > 1 { self.model.regions(second, b, f) } else { 0 },
                if N > 2 { self.model.regions(third, c, g) } else { 0 },
                if N > 3 { self.model.regions(fourth, d, h) } else { 0 },
            ];
            if regions == [0; 4] {
                let length = self.run(previous.len() - 1 - column);
                fill(current.get_mut(column..)?, length, stored(left))?;
                column += length;
                let Some(next) = previous.get(column + 1) else { break };
                above_left = loaded(previous.get(column)?);
                left = self.end_of_run::<N>(left, above_left)?;
                above = loaded(next);
                over = self.between::<N>(above_left, above);
            } else {
                left = self.regular_pixel::<N, LOSS>(around, regions)?;
                above_left = above;
                above = above_right;
                over = right;
            }
            *current.get_mut(column)? = stored(left);
            column += 1;
        }
        Some(())
    }

    /// The regions of the gradients between two pixels of the line above.
    #[inline(always)]
    fn between<const N: usize>(&self, from: Pixel, to: Pixel) -> Pixel {
        let ([a, b, c, d], [e, f, g, h]) = (from, to);
        [
            self.model.region(a, e),
            if N > 1 { self.model.region(b, f) } else { 0 },
            if N > 2 { self.model.region(c, g) } else { 0 },
            if N > 3 { self.model.region(d, h) } else { 0 },
        ]
    }

    /// One sample after the other. No loop: so they stay in registers.
    #[inline(always)]
    fn regular_pixel<const N: usize, const LOSS: u8>(
        &mut self,
        around: [Neighbours; 4],
        regions: Pixel,
    ) -> Option<Pixel> {
        let [first, second, third, fourth] = around;
        let [one, two, three, four] = regions;
        Some([
            self.regular::<LOSS>(first, one)?,
            if N > 1 { self.regular::<LOSS>(second, two)? } else { 0 },
            if N > 2 { self.regular::<LOSS>(third, three)? } else { 0 },
            if N > 3 { self.regular::<LOSS>(fourth, four)? } else { 0 },
        ])
    }

    /// A sample by its neighbours (T.87 §A.4 to §A.6).
    #[inline(always)]
    fn regular<const LOSS: u8>(&mut self, near: Neighbours, regions: i32) -> Option<i32> {
        let coding = self.model.coding;
        let (context, sign) = self.model.context(regions);
        let context = context?;
        let corrected = near.prediction().wrapping_add(with_sign(context.correction(), sign));
        let prediction = corrected.min(coding.maximum).max(0);
        let coded = self.bits.golomb(context.order(), self.most_zeros, coding.error_bits);
        if coded > LARGEST {
            return None;
        }
        let folded = coded.cast_signed();
        let (half, odd) = (folded >> 1, -(folded & 1));
        let flip = if LOSS == loss::NEAR { 0 } else { context.flip() };
        // The next sample waits for this one, which is `prediction + with_sign(error * step, sign)`: what does not
        // depend on the code is added up before it is there.
        let turned = half ^ (odd ^ (flip ^ sign));
        let sample = if LOSS == loss::NONE {
            prediction.wrapping_sub(sign).wrapping_add(turned) & coding.maximum
        } else {
            let prediction = prediction.wrapping_add(coding.step & sign);
            coding.reconstruct(prediction, turned.wrapping_mul(coding.step))
        };
        let error = half ^ (odd ^ flip);
        let difference = if LOSS == loss::NONE { error } else { error.wrapping_mul(coding.step) };
        context.update(error, difference, coding.reset, LOSS != loss::NEAR);
        Some(sample)
    }

    /// How many pixels are like the one before, of `left` (T.87 §A.7.1).
    #[inline(always)]
    fn run(&mut self, left: usize) -> usize {
        let ones = self.bits.leading_ones();
        let begin = usize::from(self.run_index);
        let end = begin + ones as usize;
        // All steps at once, where the run ends before the line and no step is taken again and again.
        if let (Some(before), Some(after)) = (RUN_LENGTHS.get(begin), RUN_LENGTHS.get(end))
            && ((after - before) as usize) < left
        {
            self.run_index = u8::try_from(end).unwrap_or(31);
            self.bits.skip(ones);
            // A zero, then the rest of the run: the register holds so many after ones that are fewer.
            return (after - before + self.bits.take(u32::from(self.order()) + 1)) as usize;
        }
        self.long_run(left)
    }

    /// The same step by step.
    #[inline(never)]
    fn long_run(&mut self, left: usize) -> usize {
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
                return length + self.bits.take(u32::from(self.order()) + 1) as usize;
            }
        }
    }

    #[inline(always)]
    fn order(&self) -> u8 {
        RUN_ORDERS.get(usize::from(self.run_index)).copied().unwrap_or_default()
    }

    /// The pixel that ends a run (T.87 §A.7.2).
    #[inline(always)]
    fn end_of_run<const N: usize>(&mut self, left: Pixel, above: Pixel) -> Option<Pixel> {
        let ([a, b, c, d], [e, f, g, h]) = (left, above);
        let pixel = [
            self.end_sample(a, e, N == 1)?,
            if N > 1 { self.end_sample(b, f, false)? } else { 0 },
            if N > 2 { self.end_sample(c, g, false)? } else { 0 },
            if N > 3 { self.end_sample(d, h, false)? } else { 0 },
        ];
        self.run_index = self.run_index.saturating_sub(1);
        Some(pixel)
    }

    #[inline(always)]
    fn end_sample(&mut self, left: i32, above: i32, is_alone: bool) -> Option<i32> {
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
        Some(coding.reconstruct(prediction, with_sign(error.wrapping_mul(coding.step), sign)))
    }
}

/// Fills the first `length` pixels. A block more than is asked for may be written: what is behind is decoded later.
#[inline(always)]
fn fill<const N: usize>(line: &mut [[u16; N]], length: usize, pixel: [u16; N]) -> Option<()> {
    const BLOCK: usize = 16;
    // Runs are short: one block is mostly enough, and nothing has to be foreseen.
    let blocks = length / BLOCK + 1;
    if let Some(whole) = line.get_mut(..blocks * BLOCK) {
        whole.as_chunks_mut::<BLOCK>().0.iter_mut().for_each(|block| *block = [pixel; BLOCK]);
    } else {
        line.get_mut(..length)?.fill(pixel);
    }
    Some(())
}

#[inline(always)]
fn loaded<const N: usize>(pixel: &[u16; N]) -> Pixel {
    let at = |place| pixel.get(place).map_or(0, |sample| i32::from(*sample));
    [at(0), at(1), at(2), at(3)]
}

#[inline(always)]
fn stored<const N: usize>(pixel: Pixel) -> [u16; N] {
    let mut cells = [0; N];
    for (to, from) in cells.iter_mut().zip(pixel) {
        *to = cell(from);
    }
    cells
}
