//! A file of whatever bytes: no panic, every element can be looked at, and it is the same read from memory and in parts.
#![no_main]

use std::sync::Arc;

use fastdcm::dataset::{DatasetView, Flags, Index, Row};
use fastdcm::file::{DicomFile, ReadOptions, read_memory, read_source};
use fastdcm::source::MemorySource;
use fastdcm::{Limits, Tag, Warning};
use libfuzzer_sys::fuzz_target;

/// The first byte chooses what is read.
fn options(choice: u8) -> ReadOptions {
    let wanted = [Tag(0x0010_0010), Tag(0x0028_0010)];
    ReadOptions {
        // A bomb shows as a limit, not as minutes of inflating.
        limits: Limits { inflated: 1 << 20, ..Limits::DEFAULT },
        force: choice & 1 != 0,
        defer_size: (choice & 2 != 0).then_some(64),
        defer_pixels: (choice & 64 != 0).then_some(16),
        stop_before_pixels: choice & 4 != 0,
        stop_at: (choice & 8 != 0).then_some(Tag(0x0020_0000)),
        wanted: (choice & 16 != 0).then(|| ReadOptions::ranges_of(wanted)),
        strict: choice & 32 != 0,
        // Each together with two others, so that one byte is enough.
        read_on: choice & 20 == 20,
        even_lengths: choice & 3 == 3,
        allow_empty: choice & 5 == 5,
        header_hint: if choice & 128 == 0 { 16 << 10 } else { 200 },
        ..ReadOptions::default()
    }
}

fn visit(dataset: DatasetView<'_>) -> usize {
    let mut bytes = 0;
    for element in dataset.elements() {
        bytes += element.value().map_or(0, <[u8]>::len);
        assert!(dataset.find(element.tag()).is_some(), "an element that cannot be found");
        for item in element.items() {
            bytes += visit(item);
        }
        bytes += element.fragments().count();
    }
    bytes
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, bytes)) = data.split_first() else { return };
    let options = options(choice);
    let whole = read_memory(Box::new(bytes.to_vec()), &options);
    let in_parts = read_source(Arc::new(MemorySource::new(Box::new(bytes.to_vec()))), &options);
    match (&whole, &in_parts) {
        (Ok(whole), Ok(in_parts)) => {
            visit(whole.meta());
            visit(whole.dataset());
            assert!(whole.all_warnings().all(|warning| !warning.to_string().is_empty()));
            assert_eq!(whole.meta.rows(), in_parts.meta.rows());
            assert!(rows(&whole.dataset).eq(rows(&in_parts.dataset)), "rows differ");
            assert_eq!(warnings(whole), warnings(in_parts));
            assert_eq!(whole.truncated_at(), in_parts.truncated_at());
        }
        (Err(whole), Err(in_parts)) => assert_eq!(whole, in_parts),
        _ => panic!("memory: {:?}, source: {:?}", whole.err(), in_parts.err()),
    }
});

fn warnings(file: &DicomFile) -> Vec<&Warning> {
    file.all_warnings().collect()
}

/// What of the rows does not depend on which values happened to be in a buffer.
fn rows(index: &Index) -> impl Iterator<Item = (Row, u32)> {
    index.rows().iter().map(|row| {
        let flags = row.flags().with(Flags::DEFERRED);
        (Row::new(row.tag(), row.vr(), flags, row.offset(), row.length()), row.end())
    })
}
