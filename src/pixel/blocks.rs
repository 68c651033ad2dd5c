//! Native frames on their way into memory that is not ours alone.

use std::fs::File;
use std::io;

use super::native::{BLOCK, NativePixelData, resize};
use super::source::PixelSource;
use super::unpack::CellPass;
use super::{PixelData, PixelOptions, Storage};
use crate::error::{ErrorKind, Result, Warning};

/// Cells that are looked at in one step: a copy of them stays in the nearest cache.
const PIECE: usize = 8 << 10;

/// Memory that others may see while it is written: no reference to it is made.
pub trait SharedMemory: Sync {
    /// Writes bytes from `offset` on.
    fn write(&self, offset: usize, bytes: &[u8]);

    /// Gives the bytes from `offset` on.
    fn read(&self, offset: usize, bytes: &mut [u8]);

    /// Lets the system fill `length` bytes from `offset` on with those of a file, and gives how many there were; `None`
    /// where it cannot be asked to.
    fn read_file(&self, offset: usize, length: usize, file: &File, at: u64) -> Option<io::Result<usize>>;
}

impl PixelData {
    /// Fills memory from `place` on with what [`PixelData::decode`] gives for a frame, by way of `block`, which stays in
    /// the cache, or without a detour. `None`, and nothing written, where the frame has to be decoded as a whole.
    ///
    /// # Errors
    /// As [`PixelData::decode`].
    pub fn decode_shared(
        &self,
        index: u32,
        (source, block): (&dyn PixelSource, &mut Vec<u8>),
        (memory, place): (&dyn SharedMemory, usize),
    ) -> Result<Option<Vec<Warning>>> {
        let options = PixelOptions { index: Some(index), ..PixelOptions::default() };
        let Storage::Native(native) = &self.storage else { return Ok(None) };
        if self.is_part(&options) || self.conversion(&options, None)?.0.is_some() {
            return Ok(None);
        }
        let (_, warning) = self.checked(&options)?;
        if !self.read_by_system(native, index, (source, block), (memory, place))? {
            let mut write = |offset: usize, bytes: &[u8]| memory.write(place.saturating_add(offset), bytes);
            let frames = self.range(Some(index))?;
            if !native.read_blocks(&self.description, frames, (source, block), &mut write)? {
                return Ok(None);
            }
        }
        Ok(Some(warning.into_iter().map(|kind| self.warning(kind)).collect()))
    }

    /// Lets the system write a frame whose cells nearly always are samples; those that are not are mended while they are
    /// in the cache. False, and nothing written, where that cannot be.
    fn read_by_system(
        &self,
        native: &NativePixelData,
        index: u32,
        (source, block): (&dyn PixelSource, &mut Vec<u8>),
        (memory, place): (&dyn SharedMemory, usize),
    ) -> Result<bool> {
        let Some((range, pass)) = native.nearly_samples(&self.description, index) else { return Ok(false) };
        let Some(file) = source.file() else { return Ok(false) };
        let step = if pass.is_identity() { u64::MAX } else { BLOCK as u64 };
        let (mut at, mut place) = (range.start, place);
        while at < range.end {
            let left = (range.end - at).min(step);
            let length = usize::try_from(left).map_err(|_| ErrorKind::OutOfMemory(left))?;
            let Some(read) = memory.read_file(place, length, file, at) else { return Ok(false) };
            if read? < length {
                return Err(ErrorKind::FileChanged.into());
            }
            if !pass.is_identity() {
                resize(block, PIECE)?;
                for first in (0..length).step_by(PIECE) {
                    let cells = block.get_mut(..PIECE.min(length - first)).unwrap_or_default();
                    mend(memory, place.saturating_add(first), pass, cells);
                }
            }
            at = at.saturating_add(left);
            place = place.saturating_add(length);
        }
        Ok(true)
    }
}

/// Makes samples of cells, of which most are samples already.
fn mend(memory: &dyn SharedMemory, place: usize, pass: CellPass, cells: &mut [u8]) {
    memory.read(place, cells);
    if !pass.are_samples(cells) {
        pass.apply(cells);
        memory.write(place, cells);
    }
}
