//! One trait for everything that bytes can be read from by offset.

use crate::error::Result;

/// A source of bytes with random access: a file, memory, a Python file object, ranges of a remote object.
pub trait ReadAt: Send + Sync {
    /// Fills `buffer` from `offset` on, fewer bytes only where the source ends. Returns how many.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] when the operating system refuses.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize>;

    /// How many bytes there are now; asks the operating system.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] when the operating system refuses.
    fn size(&self) -> Result<u64>;

    /// Fails when the source is known to have changed since it was opened.
    ///
    /// # Errors
    /// [`crate::ErrorKind::FileChanged`].
    fn check_unchanged(&self) -> Result<()> {
        Ok(())
    }
}
