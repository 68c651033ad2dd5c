//! Where the bytes of pixel data come from.

use std::borrow::Cow;

use crate::error::{ErrorKind, Result};
use crate::file::DicomFile;
use crate::source::Resident;

/// Bytes by their offset in the index of a data set.
pub trait PixelSource: Sync {
    /// The bytes `offset..offset + length`, borrowed where they are in memory.
    ///
    /// # Errors
    /// What the source refuses; [`ErrorKind::OutOfMemory`].
    fn bytes(&self, offset: u64, length: u64) -> Result<Cow<'_, [u8]>>;

    /// Fills `buffer` with the bytes from `offset` on, without a copy in between.
    ///
    /// # Errors
    /// What the source refuses.
    fn read_into(&self, offset: u64, buffer: &mut [u8]) -> Result<()>;
}

impl PixelSource for DicomFile {
    fn bytes(&self, offset: u64, length: u64) -> Result<Cow<'_, [u8]>> {
        self.read(offset, length)
    }

    fn read_into(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        Self::read_into(self, offset, buffer)
    }
}

impl PixelSource for Resident {
    fn bytes(&self, offset: u64, length: u64) -> Result<Cow<'_, [u8]>> {
        self.get(offset, length).map(Cow::Borrowed).ok_or_else(|| ErrorKind::FileChanged.into())
    }

    fn read_into(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let bytes = self.get(offset, buffer.len() as u64).ok_or(ErrorKind::FileChanged)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }
}
