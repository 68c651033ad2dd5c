//! A line of samples → bits (T.87 Annex A).

use super::bit_writer::BitWriter;
use super::model::{Lines, Model, Neighbours, cell, with_sign};
use super::parameters::RUN_ORDERS;

/// Encodes the samples that stand in the current line, and puts there what a decoder makes of them.
pub(super) fn encode_line<const N: usize>(model: &mut Model, bits: &mut BitWriter, lines: &mut Lines<N>) {
    let Lines { previous, current, run_index } = lines;
    let mut line = Line { model, bits, run_index: *run_index };
    line.encode(previous, current);
    *run_index = line.run_index;
}

struct Line<'m> {
    model: &'m mut Model,
    bits: &'m mut BitWriter,
    run_index: u8,
}

impl Line<'_> {
    /// `None` where the lines are not of equal length, which nothing does.
    fn encode<const N: usize>(&mut self, previous: &[[u16; N]], current: &mut [[u16; N]]) -> Option<()> {
        let mut column = 1;
        while let Some(above_right) = previous.get(column + 1) {
            let (above_left, above) = (previous.get(column - 1)?, previous.get(column)?);
            let left = *current.get(column - 1)?;
            let around: [Neighbours; N] = std::array::from_fn(|place| {
                let at = |pixel: &[u16; N]| pixel.get(place).map_or(0, |sample| i32::from(*sample));
                Neighbours {
                    left: at(&left),
                    above: at(above),
                    above_left: at(above_left),
                    above_right: at(above_right),
                }
            });
            let regions = around.map(|near| {
                let over = self.model.region(near.above_left, near.above);
                self.model.regions(near, over, self.model.region(near.above, near.above_right))
            });
            if regions.iter().any(|region| *region != 0) {
                let pixel = current.get_mut(column)?;
                for ((sample, near), region) in pixel.iter_mut().zip(around).zip(regions) {
                    *sample = self.regular(*sample, near, region)?;
                }
            } else {
                let rest = current.get_mut(column..previous.len() - 1)?;
                let length = rest.iter().take_while(|pixel| self.is_like(&left, pixel)).count();
                self.run(length, length == rest.len());
                rest.iter_mut().take(length).for_each(|pixel| *pixel = left);
                column += length;
                let (Some(pixel), Some(above)) = (rest.get_mut(length), previous.get(column)) else { break };
                for ((sample, left), above) in pixel.iter_mut().zip(left).zip(above) {
                    *sample = self.end_sample(*sample, left.into(), (*above).into(), N == 1);
                }
                self.run_index = self.run_index.saturating_sub(1);
            }
            column += 1;
        }
        Some(())
    }

    fn is_like<const N: usize>(&self, left: &[u16; N], pixel: &[u16; N]) -> bool {
        let near = self.model.coding.near;
        left.iter().zip(pixel).all(|(left, sample)| i32::from(left.abs_diff(*sample)) <= near)
    }

    /// A sample by its neighbours (T.87 §A.4 to §A.6).
    fn regular(&mut self, sample: u16, near: Neighbours, regions: i32) -> Option<u16> {
        let coding = self.model.coding;
        let (context, sign) = self.model.context(regions);
        let context = context?;
        let prediction = near.prediction() + with_sign(context.correction(), sign);
        let prediction = prediction.clamp(0, coding.maximum);
        let (error, sample) = quantised(self.model, sample, prediction, sign);
        let (context, _) = self.model.context(regions);
        let context = context?;
        let folded = error ^ context.flip();
        let coded = (folded << 1) ^ (folded >> 31);
        self.bits.golomb(coded.unsigned_abs(), context.order(), coding.most_zeros(), coding.error_bits);
        context.update(error, error * coding.step, coding.reset, coding.near == 0);
        Some(sample)
    }

    /// A run of this many pixels (T.87 §A.7.1).
    fn run(&mut self, mut length: usize, is_at_end: bool) {
        while length >= 1 << self.order() {
            self.bits.write(1, 1);
            length -= 1 << self.order();
            self.run_index = (self.run_index + 1).min(31);
        }
        if !is_at_end {
            self.bits.write(u32::try_from(length).unwrap_or_default(), u32::from(self.order()) + 1);
        } else if length > 0 {
            self.bits.write(1, 1);
        }
    }

    fn order(&self) -> u8 {
        RUN_ORDERS.get(usize::from(self.run_index)).copied().unwrap_or_default()
    }

    /// A sample of the pixel that ends a run (T.87 §A.7.2).
    fn end_sample(&mut self, sample: u16, left: i32, above: i32, is_alone: bool) -> u16 {
        let coding = self.model.coding;
        let most_zeros = coding.most_zeros_after_run(self.order());
        let (_, prediction, sign) = self.model.end_of_run(left, above, is_alone);
        let (error, sample) = quantised(self.model, sample, prediction, sign);
        let (context, ..) = self.model.end_of_run(left, above, is_alone);
        let order = context.order();
        let coded = context.mapped_of(error, order);
        self.bits.golomb(coded, order, most_zeros, coding.error_bits);
        context.update(error, coded, coding.reset);
        sample
    }
}

/// The error as it is coded (T.87 §A.4.4, §A.4.5), and the sample that comes out of it.
fn quantised(model: &Model, sample: u16, prediction: i32, sign: i32) -> (i32, u16) {
    let coding = &model.coding;
    let difference = with_sign(i32::from(sample) - prediction, sign);
    let error = if difference > 0 {
        (difference + coding.near) / coding.step
    } else {
        -((coding.near - difference) / coding.step)
    };
    let sample = coding.reconstruct(prediction, with_sign(error, sign) * coding.step);
    let error = if error < 0 { error + coding.range } else { error };
    let error = if error >= (coding.range + 1) / 2 { error - coding.range } else { error };
    (error, cell(sample))
}
