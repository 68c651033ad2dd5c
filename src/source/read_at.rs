//! One trait for everything that bytes can be read from by offset.

use crate::error::{ErrorKind, Result};

/// A source of bytes with random access: a file, memory, a Python file object, ranges of a remote object.
pub trait ReadAt: Send + Sync {
    /// Fills `buffer` from `offset` on, fewer bytes only where the source ends. Returns how many.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] when the operating system refuses.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize>;

    /// Adds `wanted` bytes from `offset` on to the end of `buffer`, fewer only where the source ends. Returns how many.
    ///
    /// # Errors
    /// As [`ReadAt::read_at`], and [`ErrorKind::OutOfMemory`].
    fn append(&self, offset: u64, wanted: usize, buffer: &mut Vec<u8>) -> Result<usize> {
        let start = buffer.len();
        buffer.try_reserve_exact(wanted).map_err(|_| ErrorKind::OutOfMemory(wanted as u64))?;
        buffer.resize(start + wanted, 0);
        let read = self.read_at(offset, buffer.get_mut(start..).unwrap_or_default())?;
        buffer.truncate(start + read);
        Ok(read)
    }

    /// How many bytes there are now; asks the operating system.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] when the operating system refuses.
    fn size(&self) -> Result<u64>;

    /// How many bytes there were when it was opened, where that is known without asking anybody.
    fn known_size(&self) -> Option<u64> {
        None
    }

    /// Fails when the source is known to have changed since it was opened.
    ///
    /// # Errors
    /// [`crate::ErrorKind::FileChanged`].
    fn check_unchanged(&self) -> Result<()> {
        Ok(())
    }
}
