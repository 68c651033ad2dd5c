//! Native frames on their way into memory that is not ours alone.

use std::fs::File;
use std::io;

use super::source::PixelSource;
use super::{PixelData, PixelOptions, Storage};
use crate::error::{ErrorKind, Result, Warning, WarningKind};

/// Memory that others may see while it is written: no reference to it is made.
pub trait SharedMemory: Sync {
    /// Writes bytes from `offset` on.
    fn write(&self, offset: usize, bytes: &[u8]);

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
        let warnings =
            |warning: Option<WarningKind>| Some(warning.into_iter().map(|kind| self.warning(kind)).collect());
        let (_, warning) = self.checked(&options)?;
        if let (Some(file), Some((at, length))) = (source.file(), native.same_range(&self.description, index))
        {
            let length = usize::try_from(length).map_err(|_| ErrorKind::OutOfMemory(length))?;
            if let Some(read) = memory.read_file(place, length, file, at) {
                return if read? == length {
                    Ok(warnings(warning))
                } else {
                    Err(ErrorKind::FileChanged.into())
                };
            }
        }
        let mut write = |offset: usize, bytes: &[u8]| memory.write(place.saturating_add(offset), bytes);
        let frames = self.range(Some(index))?;
        let is_given = native.read_blocks(&self.description, frames, (source, block), &mut write)?;
        Ok(if is_given { warnings(warning) } else { None })
    }
}
