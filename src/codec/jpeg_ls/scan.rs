//! A scan → samples in their places.

use super::bit_reader::BitReader;
use super::marker::{Markers, code};
use super::model::{Lines, Model};
use super::parameters::{Coding, Interleave, loss};
use super::simd::decode_line;
use crate::codec::interrupt;

/// Where samples go: a frame of pixels of as many cells.
pub(super) struct Target<'o> {
    pub(super) columns: usize,
    /// Of a pixel.
    pub(super) samples: usize,
    /// Bytes of a cell.
    pub(super) size: usize,
    pub(super) out: &'o mut [u8],
    /// Rows that have the samples of the scan.
    pub(super) rows: usize,
}

/// A scan that is being decoded.
pub(super) struct Scan<'a> {
    pub(super) interleave: Interleave,
    /// Which samples of a pixel the components are.
    pub(super) places: Vec<usize>,
    /// In lines; zero for none.
    pub(super) restart_interval: u32,
    pub(super) data: &'a [u8],
}

impl<'a> Scan<'a> {
    /// Decodes it, and gives what follows.
    ///
    /// # Errors
    /// Where the data are damaged or end.
    pub(super) fn decode(&self, coding: Coding, target: &mut Target<'_>) -> Result<&'a [u8], String> {
        match coding.loss {
            loss::NONE => self.decode_groups::<{ loss::NONE }>(coding, target),
            loss::NONE_IN_RANGE => self.decode_groups::<{ loss::NONE_IN_RANGE }>(coding, target),
            _ => self.decode_groups::<{ loss::NEAR }>(coding, target),
        }
    }

    fn decode_groups<const LOSS: u8>(
        &self,
        coding: Coding,
        target: &mut Target<'_>,
    ) -> Result<&'a [u8], String> {
        let together = if self.interleave == Interleave::Sample { self.places.len() } else { 1 };
        match together {
            1 => self.decode_lines::<1, LOSS>(coding, target),
            2 => self.decode_lines::<2, LOSS>(coding, target),
            3 => self.decode_lines::<3, LOSS>(coding, target),
            4 => self.decode_lines::<4, LOSS>(coding, target),
            count => Err(format!("{count} components that take turns")),
        }
    }

    /// Line after line, each of the groups of `N` components that take turns by sample.
    fn decode_lines<const N: usize, const LOSS: u8>(
        &self,
        coding: Coding,
        target: &mut Target<'_>,
    ) -> Result<&'a [u8], String> {
        let mut model = Model::new(coding)?;
        let groups = self.places.as_chunks::<N>().0;
        let mut lines =
            groups.iter().map(|_| Lines::<N>::new(target.columns)).collect::<Result<Vec<_>, String>>()?;
        let mut bits = BitReader::new(self.data);
        let mut until_restart = self.restart_interval;
        let mut restarts = 0_u8;
        let (samples, size) = (target.samples, target.size);
        for (row, out) in target.out.chunks_exact_mut(target.columns * samples * size).enumerate() {
            if self.restart_interval > 0 {
                if until_restart == 0 {
                    bits = restart(&bits, restarts).map_err(|reason| format!("{reason} before row {row}"))?;
                    restarts = (restarts + 1) % 8;
                    model.restart();
                    lines.iter_mut().for_each(Lines::restart);
                    until_restart = self.restart_interval;
                }
                until_restart -= 1;
            }
            interrupt::check()?;
            for (line, places) in lines.iter_mut().zip(groups) {
                line.begin();
                let decoded = decode_line::<N, LOSS>(&mut model, &mut bits, line);
                line.end();
                if bits.is_overrun() {
                    return Err(format!("the codestream ends in row {row}"));
                }
                decoded.ok_or_else(|| format!("the codestream is damaged in row {row}"))?;
                store(line.ended(), places, samples, size, out);
            }
            target.rows = row + 1;
        }
        Ok(bits.rest())
    }
}

/// Goes on behind the restart marker of this number.
fn restart<'a>(bits: &BitReader<'a>, number: u8) -> Result<BitReader<'a>, String> {
    let mut markers = Markers::default();
    markers.resume(bits.rest());
    match markers.next() {
        Some(found) if found == code::RST + number => Ok(BitReader::new(markers.rest())),
        Some(found) => Err(format!("marker FF{found:02X} for restart {number}")),
        None => Err(format!("no restart {number}")),
    }
}

/// Puts the samples of a line into the cells of their places, in the byte order of this machine.
fn store<const N: usize>(
    line: &[[u16; N]],
    places: &[usize; N],
    samples: usize,
    size: usize,
    out: &mut [u8],
) {
    let is_whole = N == samples && places.is_sorted();
    match size {
        1 if is_whole => {
            for (cell, sample) in out.iter_mut().zip(line.as_flattened()) {
                *cell = low_byte(*sample);
            }
        }
        2 if is_whole => {
            for (cell, sample) in out.as_chunks_mut().0.iter_mut().zip(line.as_flattened()) {
                *cell = sample.to_ne_bytes();
            }
        }
        _ => {
            for (pixel, found) in out.chunks_exact_mut(samples * size).zip(line) {
                for (place, sample) in places.iter().zip(found) {
                    if let Some(cell) = pixel.chunks_exact_mut(size).nth(*place) {
                        write(*sample, cell);
                    }
                }
            }
        }
    }
}

fn write(sample: u16, cell: &mut [u8]) {
    match cell {
        [byte] => *byte = low_byte(sample),
        [first, second] => [*first, *second] = sample.to_ne_bytes(),
        wide => {
            wide.fill(0);
            let start = if cfg!(target_endian = "big") { wide.len() - 2 } else { 0 };
            for (byte, value) in wide.iter_mut().skip(start).zip(sample.to_ne_bytes()) {
                *byte = value;
            }
        }
    }
}

fn low_byte(sample: u16) -> u8 {
    (sample & 0xFF) as u8
}
