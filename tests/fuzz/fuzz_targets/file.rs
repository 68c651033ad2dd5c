//! A file of whatever bytes: no panic, no memory beyond a small multiple of the input, every element can be looked at.
#![no_main]

use fastdcm::dataset::DatasetView;
use fastdcm::file::{ReadOptions, read_memory};
use fastdcm::{Limits, Tag};
use libfuzzer_sys::fuzz_target;

/// The first byte chooses what is read.
fn options(choice: u8) -> ReadOptions {
    ReadOptions {
        // A bomb shows as a limit, not as minutes of inflating.
        limits: Limits { inflated: 1 << 20, ..Limits::DEFAULT },
        force: choice & 1 != 0,
        defer_size: (choice & 2 != 0).then_some(64),
        stop_before_pixels: choice & 4 != 0,
        stop_at: (choice & 8 != 0).then_some(Tag(0x0020_0000)),
        specific_tags: (choice & 16 != 0).then(|| Box::from([Tag(0x0010_0010), Tag(0x0028_0010)])),
        strict: choice & 32 != 0,
        header_hint: usize::from(choice >> 6) * 512,
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
    if let Ok(file) = read_memory(Box::new(bytes.to_vec()), &options(choice)) {
        visit(file.meta());
        visit(file.dataset());
        for warning in file.warnings.iter().chain(file.dataset.warnings()) {
            assert!(!warning.to_string().is_empty());
        }
    }
});
