use super::*;
use crate::file::{DicomFile, ReadOptions, read_memory};
use std::path::PathBuf;

const NAME: Tag = Tag(0x0010_0010);
const ROWS: Tag = Tag(0x0028_0010);

/// A file of its own for a test, removed at the end with what lies beside it.
struct Sample(PathBuf);

impl Sample {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("fastdcm-{}-patch-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let sample = Self(folder.join("a.dcm"));
        std::fs::write(&sample.0, bytes(b"A^B^C ", 4)).unwrap();
        sample
    }

    fn read(&self) -> DicomFile {
        let options = ReadOptions { force: true, ..ReadOptions::default() };
        read_memory(Box::new(std::fs::read(&self.0).unwrap()), &options).unwrap()
    }

    fn row(&self, tag: Tag) -> Row {
        *self.read().dataset().find(tag).unwrap().row()
    }

    fn patch(&self, name: &[u8], rows: u8) -> Result<()> {
        let name = Replacement { row: self.row(NAME), value: name };
        patch(&self.0, &[name, Replacement { row: self.row(ROWS), value: &[rows, 0] }], Durability::Full)
    }

    fn content(&self) -> Vec<u8> {
        std::fs::read(&self.0).unwrap()
    }

    fn journal(&self) -> PathBuf {
        Journal::path_of(&self.0).unwrap()
    }

    fn names(&self) -> usize {
        std::fs::read_dir(self.0.parent().unwrap()).unwrap().count()
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0.parent().unwrap());
    }
}

fn bytes(name: &[u8; 6], rows: u8) -> Vec<u8> {
    let name = [b"\x10\x00\x10\x00PN\x06\x00", &name[..]].concat();
    [&b"\x08\x00\x60\x00CS\x02\x00CT"[..], &name, b"\x28\x00\x10\x00US\x02\x00", &[rows, 0]].concat()
}

#[test]
fn values_change_in_their_place() {
    let sample = Sample::new("place");
    sample.patch(b"X^Y", 9).unwrap();
    assert_eq!((sample.content(), sample.names()), (bytes(b"X^Y   ", 9), 1));
    sample.patch(b"X^Y", 9).unwrap();
    assert_eq!(recover(&sample.0).unwrap(), Recovery::Nothing);
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let sample = Sample::new("fit");
    let error = sample.patch(b"too long", 9).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::ValueLength { vr: Vr::PN, length: 8 });
    assert_eq!(error.path().to_string(), "(0010,0010)");
    let row = sample.row(ROWS);
    for value in [&[1_u8][..], &[], &[1, 2, 3, 4]] {
        assert!(patch(&sample.0, &[Replacement { row, value }], Durability::Full).is_err());
    }
    let twice = Replacement { row, value: &[1, 1] };
    assert!(patch(&sample.0, &[twice, Replacement { value: &[2, 2], ..twice }], Durability::Full).is_err());
    // The rows of another file.
    let other = Row::new(NAME, Vr::PN, Flags::default(), row.offset(), 2);
    let error = patch(&sample.0, &[Replacement { row: other, value: b"A" }], Durability::Full).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::FileChanged);
    assert_eq!((sample.content(), sample.names()), (bytes(b"A^B^C ", 4), 1));
}

/// What a crash leaves: the journal, and some of the new bytes.
fn crashed(sample: &Sample, written: usize) {
    let (name, rows) = (sample.row(NAME).offset(), sample.row(ROWS).offset());
    let (mut file, metadata) = open(&sample.0).unwrap();
    let record = |offset, old: &[u8], new: &[u8]| Record { offset, old: old.to_vec(), new: new.to_vec() };
    let records = vec![record(name, b"A^B^C ", b"X^Y^Z^"), record(rows, &[4, 0], &[9, 0])];
    let journal = Journal { size: metadata.len(), number: number_of(&metadata), records };
    journal.write(&sample.journal(), &metadata, Durability::None).unwrap();
    let new = journal.records.iter().flat_map(|record| (record.offset..).zip(&record.new));
    new.take(written).for_each(|(offset, byte)| put(&mut file, offset, &[*byte]).unwrap());
}

#[test]
fn a_crash_leaves_old_or_new_values() {
    for written in 0..=8 {
        let sample = Sample::new(&format!("crash-{written}"));
        crashed(&sample, written);
        let is_done = written >= 7; // the last byte is the same in both
        let expected = if is_done { Recovery::Completed } else { Recovery::RolledBack };
        assert_eq!(recover(&sample.0).unwrap(), expected);
        let content = if is_done { bytes(b"X^Y^Z^", 9) } else { bytes(b"A^B^C ", 4) };
        assert_eq!((sample.content(), sample.names()), (content, 1));
        assert_eq!(recover(&sample.0).unwrap(), Recovery::Nothing);
    }
}

#[test]
fn patching_begins_with_recovery() {
    let sample = Sample::new("begin");
    crashed(&sample, 3);
    assert_eq!(sample.patch(b"N", 1).unwrap_err().kind(), &ErrorKind::FileChanged);
    assert_eq!(sample.content(), bytes(b"A^B^C ", 4));
    sample.patch(b"N", 1).unwrap();
    assert_eq!(sample.content(), bytes(b"N     ", 1));
}

#[test]
fn a_journal_of_something_else_is_left_alone() {
    let sample = Sample::new("else");
    crashed(&sample, 3);
    // Another file in its place, with other values.
    let other = bytes(b"OTHER ", 7);
    std::fs::write(sample.0.with_extension("new"), &other).unwrap();
    std::fs::rename(sample.0.with_extension("new"), &sample.0).unwrap();
    assert_eq!(recover(&sample.0).unwrap_err().kind(), &ErrorKind::FileChanged);
    std::fs::write(&sample.0, b"short").unwrap();
    assert_eq!(recover(&sample.0).unwrap_err().kind(), &ErrorKind::FileChanged);
    assert_eq!((sample.content(), sample.journal().exists()), (b"short".to_vec(), true));
    std::fs::write(sample.journal(), b"damaged").unwrap();
    assert!(matches!(recover(&sample.0).unwrap_err().kind(), ErrorKind::InvalidValue(_)));
}

#[test]
fn one_at_a_time() {
    let sample = Sample::new("lock");
    let (_held, _) = open(&sample.0).unwrap();
    let error = sample.patch(b"N", 1).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Io { kind: io::ErrorKind::WouldBlock, .. }));
}

#[test]
fn the_journal_of_a_replaced_file_is_forgotten() {
    let sample = Sample::new("replaced");
    crashed(&sample, 3);
    forget_replaced(&sample.0).unwrap();
    assert!(sample.journal().exists());
    let other = sample.0.with_extension("new");
    std::fs::write(&other, bytes(b"OTHER ", 7)).unwrap();
    std::fs::rename(&other, &sample.0).unwrap();
    forget_replaced(&sample.0).unwrap();
    assert_eq!((sample.content(), sample.names()), (bytes(b"OTHER ", 7), 1));
    forget_replaced(&sample.0).unwrap();
}
