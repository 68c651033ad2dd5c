//! What a file held before it was patched, in a file beside it.

use std::fs::Metadata;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Crc;

use crate::error::{ErrorKind, Result};
use crate::sink::{AtomicFile, Durability, SinkOptions};

const MAGIC: &[u8; 8] = b"FDCMJNL1";

/// Bytes in front of the records: magic, size and number of the file, count of records.
const HEAD: usize = 8 + 3 * 8;

/// Some bytes of a file, as they were and as they are to be: equally many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) offset: u64,
    pub(super) old: Vec<u8>,
    pub(super) new: Vec<u8>,
}

/// What is changed in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Journal {
    /// Bytes of the file.
    pub(super) size: u64,
    /// The number by which the file system knows the file; 0 where it does not say.
    pub(super) number: u64,
    pub(super) records: Vec<Record>,
}

impl Journal {
    /// Where the journal of a file is.
    pub(super) fn path_of(path: &Path) -> io::Result<PathBuf> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let mut journal = std::ffi::OsString::from(".");
        journal.push(name);
        journal.push(".fastdcm-journal");
        Ok(path.with_file_name(journal))
    }

    /// Writes the journal, as readable as the file it is of.
    pub(super) fn write(&self, path: &Path, of: &Metadata, durability: Durability) -> Result<()> {
        let mut file = AtomicFile::create(path, SinkOptions { overwrite: false, durability })?;
        file.keep_permissions_of(of)?;
        file.write_all(&self.to_bytes())?;
        file.commit()
    }

    /// Reads a journal; none where there is no such file.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] where it is damaged, [`ErrorKind::Io`].
    pub(super) fn read(path: &Path) -> Result<Option<Self>> {
        let mut bytes = Vec::new();
        match std::fs::File::open(path) {
            Ok(mut file) => file.read_to_end(&mut bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let fault = ErrorKind::InvalidValue("the journal of the file is damaged");
        Self::from_bytes(&bytes).map(Some).ok_or_else(|| fault.into())
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for number in [self.size, self.number, self.records.len() as u64] {
            bytes.extend(number.to_le_bytes());
        }
        for record in &self.records {
            bytes.extend(record.offset.to_le_bytes());
            bytes.extend((record.old.len() as u64).to_le_bytes());
            bytes.extend(&record.old);
            bytes.extend(&record.new);
        }
        let sum = sum_of(&bytes);
        bytes.extend(sum.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (content, sum) = bytes.split_last_chunk::<4>()?;
        if u32::from_le_bytes(*sum) != sum_of(content) || !content.starts_with(MAGIC) {
            return None;
        }
        let (head, mut rest) = content.split_at_checked(HEAD)?;
        let (_, mut head) = head.split_at_checked(MAGIC.len())?;
        let (size, number, count) = (take_u64(&mut head)?, take_u64(&mut head)?, take_u64(&mut head)?);
        let mut records = Vec::new();
        for _ in 0..count {
            let (offset, length) = (take_u64(&mut rest)?, take_u64(&mut rest)?);
            let length = usize::try_from(length).ok()?;
            let (old, behind) = rest.split_at_checked(length)?;
            let (new, behind) = behind.split_at_checked(length)?;
            rest = behind;
            records.push(Record { offset, old: old.to_vec(), new: new.to_vec() });
        }
        rest.is_empty().then_some(Self { size, number, records })
    }
}

fn sum_of(bytes: &[u8]) -> u32 {
    let mut sum = Crc::new();
    sum.update(bytes);
    sum.sum()
}

fn take_u64(bytes: &mut &[u8]) -> Option<u64> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u64::from_le_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_is_whole_or_none() {
        let record = |offset, byte| Record { offset, old: vec![byte; 3], new: vec![byte + 1; 3] };
        let journal = Journal { size: 9, number: 7, records: vec![record(1, 5), record(6, 8)] };
        let bytes = journal.to_bytes();
        assert_eq!(Journal::from_bytes(&bytes), Some(journal));
        for cut in 0..bytes.len() {
            assert_eq!(Journal::from_bytes(&bytes[..cut]), None);
            let mut damaged = bytes.clone();
            damaged[cut] ^= 1;
            assert_eq!(Journal::from_bytes(&damaged), None);
        }
        let mut longer = bytes;
        longer.push(0);
        assert_eq!(Journal::from_bytes(&longer), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_a_journal_or_none(content: Vec<u8>) {
            let mut bytes = [MAGIC.to_vec(), content].concat();
            let sum = sum_of(&bytes);
            bytes.extend(sum.to_le_bytes());
            if let Some(journal) = Journal::from_bytes(&bytes) {
                assert_eq!(journal.to_bytes(), bytes);
            }
        }
    }
}
