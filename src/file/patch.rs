//! Other values in the place of old ones, without writing the rest of the file.
//!
//! What is overwritten is kept in a journal beside the file, which is on the disk before the first byte of the file
//! changes and goes when all have. Whenever the process or the machine stops, [`recover`] leaves the old values or the
//! new ones, never some of both.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::journal::{Journal, Record};
use crate::dataset::{ByteOrder, Flags, Row};
use crate::error::{Error, ErrorKind, Result, TagPath};
use crate::sink::{Durability, followed, remove, remove_left};
use crate::tag::Tag;
use crate::vr::{ValueKind, Vr};

/// A value for an element of a file, in the place of its old one.
#[derive(Clone, Copy, Debug)]
pub struct Replacement<'a> {
    /// The row of the element in an index whose offsets are those of the file: not of a deflated data set.
    pub row: Row,
    /// Numbers in little endian, text in the character set of its data set. Text may be shorter than the old one.
    pub value: &'a [u8],
}

/// What [`recover`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// No journal: nothing was interrupted.
    Nothing,
    /// The file has its old values.
    RolledBack,
    /// The file has all its new values; only the journal was left.
    Completed,
}

/// Puts values in the place of old ones.
///
/// With [`Durability::Full`] they are on the disk when this returns, and [`recover`] is right after a power failure,
/// too; with [`Durability::None`] only after the end of a process.
///
/// # Errors
/// [`ErrorKind::ValueLength`] for a value that does not fit where the old one is, [`ErrorKind::FileChanged`] where the
/// file is not the one that the rows are of, or was left half patched and is [recovered](recover) now: then it has to be
/// read again; [`ErrorKind::Io`], with `WouldBlock` while someone else patches it. The file has its old values then.
pub fn patch(path: &Path, replacements: &[Replacement<'_>], durability: Durability) -> Result<()> {
    let path = followed(path)?;
    let values = replacements.iter().map(Replacement::fitted).collect::<Result<Vec<_>>>()?;
    let (mut file, metadata) = open(&path)?;
    let journal_path = Journal::path_of(&path)?;
    if roll(&mut file, &metadata, &journal_path)? != Recovery::Nothing {
        return Err(ErrorKind::FileChanged.into());
    }
    let mut records = Vec::with_capacity(values.len());
    for (replacement, new) in replacements.iter().zip(values) {
        let old = replacement.old(&mut file, &metadata)?;
        records.push(Record { offset: replacement.row.offset(), old, new });
    }
    records.retain(|record| record.old != record.new);
    if records.is_empty() {
        return Ok(());
    }
    check_apart(&records)?;
    let journal = Journal { size: metadata.len(), number: number_of(&metadata), records };
    journal.write(&journal_path, &metadata, durability)?;
    let written = journal.records.iter().try_for_each(|record| put(&mut file, record.offset, &record.new));
    let is_durable = durability == Durability::Full;
    if let Err(error) = written.and_then(|()| if is_durable { file.sync_data() } else { Ok(()) }) {
        // What cannot be undone now is left to `recover`: the journal stays.
        roll(&mut file, &metadata, &journal_path)?;
        return Err(error.into());
    }
    remove(&journal_path, durability)
}

/// Gives a file that was left half patched its old values. Nothing happens to any other file; what a killed process
/// left of writing the file, or its journal, goes.
///
/// # Errors
/// [`ErrorKind::FileChanged`] where the file is not the one that the journal is of, [`ErrorKind::InvalidValue`] where the
/// journal is damaged: the file is as it was then, and the journal stays. [`ErrorKind::Io`].
pub fn recover(path: &Path) -> Result<Recovery> {
    let path = followed(path)?;
    let journal_path = Journal::path_of(&path)?;
    remove_left(&path);
    remove_left(&journal_path);
    if Journal::read(&journal_path)?.is_none() {
        return Ok(Recovery::Nothing);
    }
    let (mut file, metadata) = open(&path)?;
    roll(&mut file, &metadata, &journal_path)
}

/// Removes the journal of a file that stood at `path` until another one replaced it.
///
/// # Errors
/// [`ErrorKind::Io`].
pub fn forget_replaced(path: &Path) -> Result<()> {
    let path = followed(path)?;
    let journal_path = Journal::path_of(&path)?;
    let Ok(Some(journal)) = Journal::read(&journal_path) else { return Ok(()) };
    // Where the file system does not number files, nobody knows which one the journal is of.
    if journal.number != 0 && journal.number != number_of(&std::fs::metadata(&path)?) {
        remove(&journal_path, Durability::None)?;
    }
    Ok(())
}

/// Opens a file for nobody else to patch.
fn open(path: &Path) -> Result<(File, Metadata)> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(io::Error::from(io::ErrorKind::WouldBlock).into()),
        // A file system without locks.
        Err(TryLockError::Error(_)) => {}
    }
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(ErrorKind::NotRegularFile("special file").into());
    }
    Ok((file, metadata))
}

/// Puts back what the journal holds, where some of it was overwritten, and removes the journal.
fn roll(file: &mut File, metadata: &Metadata, journal_path: &Path) -> Result<Recovery> {
    let Some(journal) = Journal::read(journal_path)? else { return Ok(Recovery::Nothing) };
    let (mut is_old, mut is_new, mut is_of_both) = (true, true, journal.size == metadata.len());
    for record in journal.records.iter().filter(|_| journal.size == metadata.len()) {
        let found = take(file, record.offset, record.old.len())?;
        is_old &= found == record.old;
        is_new &= found == record.new;
        let pairs = record.old.iter().zip(&record.new);
        is_of_both &= found.iter().zip(pairs).all(|(byte, (old, new))| byte == old || byte == new);
    }
    // The same bytes in another file are chance, or an old copy: nobody knows what should stand there.
    let is_same_file = journal.number == number_of(metadata);
    if !is_of_both || !(is_old || is_new || is_same_file) {
        return Err(ErrorKind::FileChanged.into());
    }
    if is_new {
        file.sync_data()?;
        remove(journal_path, Durability::Full)?;
        return Ok(Recovery::Completed);
    }
    for record in &journal.records {
        put(file, record.offset, &record.old)?;
    }
    file.sync_data()?;
    remove(journal_path, Durability::Full)?;
    Ok(Recovery::RolledBack)
}

impl Replacement<'_> {
    /// The new value as it stands in the file: padded, in the byte order of the row.
    fn fitted(&self) -> Result<Vec<u8>> {
        let (row, vr) = (&self.row, self.row.vr());
        let is_plain = !(row.has(Flags::UNDEFINED_LENGTH) || row.has(Flags::TRUNCATED));
        let length = usize::try_from(row.length()).unwrap_or(usize::MAX);
        let pad = match vr.kind() {
            ValueKind::Number | ValueKind::Bytes | ValueKind::Sequence => None,
            _ if vr == Vr::UI => Some(0),
            _ => Some(b' '),
        };
        let fits = self.value.len() == length || pad.is_some() && self.value.len() < length;
        if !fits || !is_plain || vr == Vr::SQ || row.tag() == Tag::ITEM {
            return Err(self.fault(ErrorKind::ValueLength { vr, length: self.value.len() as u64 }));
        }
        let mut value = self.value.to_vec();
        value.resize(length, pad.unwrap_or(0));
        if row.encoding().byte_order == ByteOrder::Big && vr.unit() > 1 {
            value.chunks_exact_mut(vr.unit()).for_each(<[u8]>::reverse);
        }
        Ok(value)
    }

    /// The old value, behind the very header that the row is of.
    fn old(&self, file: &mut File, metadata: &Metadata) -> Result<Vec<u8>> {
        let row = &self.row;
        let changed = || self.fault(ErrorKind::FileChanged);
        if row.value_end() > metadata.len() {
            return Err(changed());
        }
        let header_length = usize::try_from(row.header_length()).unwrap_or_default();
        let header = take(file, row.header_offset(), header_length)?;
        let order = row.encoding().byte_order;
        let tag = header.first_chunk().map(|head| order.tag(*head));
        let is_long = row.has(Flags::LONG_HEADER) || row.has(Flags::IMPLICIT);
        let length = if is_long {
            header.last_chunk().map(|field| u64::from(order.u32(*field)))
        } else {
            header.last_chunk().map(|field| u64::from(order.u16(*field)))
        };
        if (tag, length) != (Some(row.tag()), Some(row.length())) {
            return Err(changed());
        }
        take(file, row.offset(), usize::try_from(row.length()).map_err(|_| changed())?).map_err(Error::from)
    }

    fn fault(&self, kind: ErrorKind) -> Error {
        Error::from(kind).of(TagPath::root(self.row.tag())).at(self.row.header_offset())
    }
}

/// No byte is replaced twice.
fn check_apart(records: &[Record]) -> Result<()> {
    let mut ranges: Vec<(u64, u64)> =
        records.iter().map(|record| (record.offset, record.offset + record.new.len() as u64)).collect();
    ranges.sort_unstable();
    let overlaps = ranges.windows(2).any(|pair| matches!(pair, [(_, end), (start, _)] if end > start));
    if overlaps {
        return Err(ErrorKind::InvalidValue("an element is replaced twice").into());
    }
    Ok(())
}

fn put(file: &mut File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(offset))?;
    file.write_all(bytes)
}

fn take(file: &mut File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = vec![0; length];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(unix)]
fn number_of(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn number_of(_: &Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests;
