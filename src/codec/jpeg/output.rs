//! Samples → cells of Bits Allocated.

use super::{Reason, Result};

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
    pub(super) fn write_component(self, row: &[u16], step: usize, index: usize, shift: u32, out: &mut [u8]) {
        let samples = row.iter().step_by(step.max(1)).map(|sample| sample.wrapping_shl(shift));
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
