//! Bytes in memory as a source.

use super::{Owner, ReadAt};
use crate::error::Result;

/// A source whose bytes are all in memory.
pub struct MemorySource(Owner);

impl MemorySource {
    /// A source of these bytes.
    #[must_use]
    pub fn new(owner: Owner) -> Self {
        Self(owner)
    }

    /// All bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

impl ReadAt for MemorySource {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let rest =
            usize::try_from(offset).ok().and_then(|start| self.bytes().get(start..)).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), rest.get(..length)) {
            to.copy_from_slice(from);
        }
        Ok(length)
    }

    fn size(&self) -> Result<u64> {
        Ok(self.bytes().len() as u64)
    }
}

impl std::fmt::Debug for MemorySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MemorySource({} bytes)", self.bytes().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_there_and_no_more() {
        let source = MemorySource::new(Box::new(b"0123456789".to_vec()));
        let mut buffer = [0; 4];
        assert_eq!((source.read_at(2, &mut buffer).unwrap(), &buffer), (4, b"2345"));
        assert_eq!((source.read_at(8, &mut buffer).unwrap(), &buffer[..2]), (2, &b"89"[..]));
        assert_eq!(source.read_at(10, &mut buffer).unwrap(), 0);
        assert_eq!(source.read_at(u64::MAX, &mut buffer).unwrap(), 0);
        assert_eq!(source.size().unwrap(), 10);
        assert!(source.check_unchanged().is_ok());
    }
}
