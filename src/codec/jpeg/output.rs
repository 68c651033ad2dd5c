//! Samples → cells of Bits Allocated.

use super::header::MOST_COMPONENTS;
use super::idct::Sample;
use super::{Reason, Result};
use crate::pixel::simd::widest;

/// Where a row of samples goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells {
    /// Bytes of a cell: 1, 2, 4 or 8.
    pub(super) size: usize,
    /// Samples of a pixel.
    pub(super) samples: usize,
}

impl Cells {
    /// Writes every sample of the pixels of a row, shifted up.
    pub(super) fn write_row(self, row: &[u16], shift: u32, out: &mut [u8]) {
        match self.size {
            1 => {
                for (cell, sample) in out.iter_mut().zip(row) {
                    [*cell, _] = sample.wrapping_shl(shift).to_le_bytes();
                }
            }
            2 => write(row, out, |sample| sample.wrapping_shl(shift).to_ne_bytes()),
            4 => write(row, out, |sample| u32::from(sample.wrapping_shl(shift)).to_ne_bytes()),
            _ => write(row, out, |sample| u64::from(sample.wrapping_shl(shift)).to_ne_bytes()),
        }
    }

    /// Writes one sample of each pixel: number `index` of them. `row` has `step` samples a pixel, the first is meant.
    pub(super) fn write_component<S: Copy + Into<u16>>(
        self,
        row: &[S],
        step: usize,
        index: usize,
        shift: u32,
        out: &mut [u8],
    ) {
        let samples = row.iter().step_by(step.max(1)).map(|sample| (*sample).into().wrapping_shl(shift));
        for (pixel, sample) in out.chunks_exact_mut(self.size * self.samples).zip(samples) {
            let cell = pixel.get_mut(self.size * index..).unwrap_or_default();
            let cell = cell.get_mut(..self.size).unwrap_or_default();
            let bytes = u64::from(sample).to_le_bytes();
            cell.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
            if cfg!(target_endian = "big") {
                cell.reverse();
            }
        }
    }
}

impl Cells {
    /// Writes the pixels of a row; the samples of each component are in a row of their own.
    pub(super) fn write_planes<S: Sample>(self, rows: &[&[S]; MOST_COMPONENTS], out: &mut [u8]) {
        let [a, b, c, d] = *rows;
        match (self.size, size_of::<S>(), self.samples) {
            (1, 1, 1) => widest(|| join([a], out, bytes::<1, S>)),
            (1, 1, 3) => widest(|| join([a, b, c], out, bytes::<1, S>)),
            (1, 1, 4) => widest(|| join([a, b, c, d], out, bytes::<1, S>)),
            (2, _, 1) => widest(|| join([a], out, bytes::<2, S>)),
            (2, _, 3) => widest(|| join([a, b, c], out, bytes::<2, S>)),
            _ => {
                for (index, row) in rows.iter().enumerate().take(self.samples) {
                    self.write_component(row, 1, index, 0, out);
                }
            }
        }
    }
}

/// The bytes of a cell.
#[inline(always)]
fn bytes<const SIZE: usize, S: Sample>(sample: S) -> [u8; SIZE] {
    let bytes = sample.into().to_le_bytes();
    let mut cell = [0; SIZE];
    cell.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    if cfg!(target_endian = "big") {
        cell.reverse();
    }
    cell
}

#[inline(always)]
fn join<const C: usize, const SIZE: usize, S: Copy>(
    rows: [&[S]; C],
    out: &mut [u8],
    cell: impl Fn(S) -> [u8; SIZE],
) {
    let (cells, _) = out.as_chunks_mut::<SIZE>();
    let (pixels, _) = cells.as_chunks_mut::<C>();
    match rows.as_slice() {
        [a, b, c] => {
            for (((pixel, a), b), c) in pixels.iter_mut().zip(*a).zip(*b).zip(*c) {
                let mut samples = [*a, *b, *c].into_iter();
                pixel.iter_mut().for_each(|to| *to = samples.next().map_or([0; SIZE], &cell));
            }
        }
        rows => {
            for (number, row) in rows.iter().enumerate() {
                for (pixel, sample) in pixels.iter_mut().zip(*row) {
                    if let Some(to) = pixel.get_mut(number) {
                        *to = cell(*sample);
                    }
                }
            }
        }
    }
}

fn write<const SIZE: usize>(row: &[u16], out: &mut [u8], cell: impl Fn(u16) -> [u8; SIZE]) {
    let (cells, _) = out.as_chunks_mut::<SIZE>();
    for (to, sample) in cells.iter_mut().zip(row) {
        *to = cell(*sample);
    }
}

/// Memory whose size comes from input.
pub(super) fn memory<T: Clone>(length: usize, value: T) -> Result<Vec<T>> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(length).map_err(|_| {
        Reason::from(format!("no memory for {} bytes", length.saturating_mul(size_of::<T>())))
    })?;
    memory.resize(length, value);
    Ok(memory)
}
