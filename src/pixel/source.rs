//! Where the bytes of pixel data come from.

use std::borrow::Cow;
use std::fs::File;

use crate::error::{ErrorKind, Result};
use crate::file::DicomFile;
use crate::source::{FileSource, ReadAt, Resident};

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

    /// The file whose bytes these are by the same offsets, where the system can be asked to read it anywhere.
    fn file(&self) -> Option<&File> {
        None
    }
}

impl PixelSource for DicomFile {
    fn bytes(&self, offset: u64, length: u64) -> Result<Cow<'_, [u8]>> {
        self.read(offset, length)
    }

    fn read_into(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        Self::read_into(self, offset, buffer)
    }
}

/// A file that was opened a moment ago: nobody asks again whether it has changed.
pub struct JustOpened<'a>(pub &'a DicomFile);

impl PixelSource for JustOpened<'_> {
    fn bytes(&self, offset: u64, length: u64) -> Result<Cow<'_, [u8]>> {
        self.0.read(offset, length)
    }

    fn read_into(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let resident = self.0.dataset_bytes().get(offset, buffer.len() as u64).is_some();
        match &self.0.source {
            Some(source)
                if !resident
                    && self.0.inflated.is_none()
                    && source.read_at(offset, buffer)? == buffer.len() =>
            {
                Ok(())
            }
            // From memory, or for the error of a file that is shorter than it was.
            _ => self.0.read_into(offset, buffer),
        }
    }
}

/// A file by itself, when it is known where the pixel data are in it.
impl PixelSource for FileSource {
    fn bytes(&self, offset: u64, length: u64) -> Result<Cow<'_, [u8]>> {
        // What is asked for may come from an index that somebody else has made.
        let is_there =
            self.opened_size().is_none_or(|size| offset.checked_add(length).is_some_and(|end| end <= size));
        let wanted = usize::try_from(length).ok().filter(|_| is_there).ok_or(ErrorKind::FileChanged)?;
        let mut bytes = Vec::new();
        if self.append(offset, wanted, &mut bytes)? < wanted {
            return Err(ErrorKind::FileChanged.into());
        }
        Ok(Cow::Owned(bytes))
    }

    fn read_into(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        if self.read_at(offset, buffer)? < buffer.len() {
            return Err(ErrorKind::FileChanged.into());
        }
        Ok(())
    }

    #[cfg(unix)]
    fn file(&self) -> Option<&File> {
        Some(self.handle())
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
