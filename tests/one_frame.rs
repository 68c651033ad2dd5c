//! One frame of many without an index of the others (PS3.5 §A.4, PS3.3 C.7.6.3.1.8): the same as with it, or nothing.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation)]

mod support;

use fastdcm::codec::jpeg_ls::{Encoding, Image, Interleave, Presets, encode};
use fastdcm::file::{DicomFile, ReadOptions, read_memory, read_source};
use fastdcm::pixel::{PIXEL_RANGES, PixelData, PixelOptions};
use fastdcm::{Limits, Result};
use proptest::prelude::*;
use support::*;

/// Encapsulated Uncompressed Explicit VR Little Endian: the bytes of a frame are its pixels.
const UNCOMPRESSED: &str = "1.2.840.10008.1.2.1.98";
const PIXELS: u32 = 0x7FE0_0010;
const ROWS: u16 = 64;
const COLUMNS: u16 = 100;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Table {
    None,
    Basic,
    Extended,
}

/// Bytes of a file whose frame `number` is full of this number, in so many fragments.
fn image(fragments: &[usize], table: Table) -> Vec<u8> {
    image_of(UNCOMPRESSED, fragments, table, |number| vec![number; usize::from(ROWS) * usize::from(COLUMNS)])
}

/// The same in JPEG-LS, whose codestreams have begins and ends.
fn marked_image(fragments: &[usize], table: Table) -> Vec<u8> {
    image_of("1.2.840.10008.1.2.4.80", fragments, table, |number| {
        let samples: Vec<u16> = vec![number.into(); usize::from(ROWS) * usize::from(COLUMNS)];
        let image = Image { rows: ROWS, columns: COLUMNS, components: 1, samples: &samples };
        let presets = Presets::default();
        let encoding =
            Encoding { precision: 8, near: 0, interleave: Interleave::None, presets, restart_interval: 0 };
        encode(&image, &encoding).unwrap()
    })
}

fn image_of(syntax: &str, fragments: &[usize], table: Table, frame: impl Fn(u8) -> Vec<u8>) -> Vec<u8> {
    let us = |tag, value: u16| explicit(tag, "US", &value.to_le_bytes());
    let count = fragments.len();
    let text = format!("{count:<4}");
    let mut bytes = [us(0x0028_0002, 1), explicit(0x0028_0004, "CS", b"MONOCHROME2 ")].concat();
    bytes.extend(explicit(0x0028_0008, "IS", text.as_bytes()));
    for (tag, value) in [(0x10, ROWS), (0x11, COLUMNS), (0x100, 8), (0x101, 8), (0x102, 7), (0x103, 0)] {
        bytes.extend(us(0x0028_0000 + tag, value));
    }
    let (mut offsets, mut lengths, mut items) = (Vec::new(), Vec::new(), Vec::new());
    for (number, parts) in fragments.iter().enumerate() {
        offsets.push(items.len() as u64);
        let mut encoded = frame(number as u8);
        lengths.push(encoded.len() as u64);
        encoded.resize(encoded.len().next_multiple_of(2), 0);
        let step = encoded.len().div_ceil(*parts).next_multiple_of(2);
        encoded.chunks(step).for_each(|part| items.extend(item(part)));
    }
    let numbers =
        |values: &[u64]| -> Vec<u8> { values.iter().flat_map(|value| value.to_le_bytes()).collect() };
    if table == Table::Extended {
        bytes.extend(explicit(0x7FE0_0001, "OV", &numbers(&offsets)));
        bytes.extend(explicit(0x7FE0_0002, "OV", &numbers(&lengths)));
    }
    let basic: Vec<u8> = offsets.iter().flat_map(|offset| (*offset as u32).to_le_bytes()).collect();
    bytes.extend(explicit_header(PIXELS, "OB", UNDEFINED));
    bytes.extend(item(if table == Table::Basic { &basic } else { &[] }));
    bytes.extend(items);
    bytes.extend(end_sequence());
    file(syntax, &bytes)
}

fn decoded(pixels: &PixelData, file: &DicomFile, index: u32) -> Result<Vec<u8>> {
    let options = PixelOptions { index: Some(index), ..PixelOptions::default() };
    let mut out = vec![0xA5; pixels.length(&options)? as usize];
    pixels.decode(file, &options, &mut out)?;
    Ok(out)
}

/// The frame by itself, where it is found so, and how many bytes were read.
fn alone(bytes: &[u8], index: u32) -> (Option<Vec<u8>>, u64) {
    let source = Watched::new(bytes.to_vec());
    let wanted = Some(PIXEL_RANGES.into());
    let options = ReadOptions { wanted, stop_in_fragments: true, header_hint: 512, ..ReadOptions::default() };
    let found = read_source(source.clone(), &options).ok().and_then(|file| {
        let pixels = PixelData::of_one_frame(&file, &file, index, &Limits::DEFAULT).ok().flatten()?;
        decoded(&pixels, &file, index).ok()
    });
    (found, source.reads().iter().map(|range| range.end - range.start).sum())
}

/// The frame by the index of the whole file.
fn indexed(bytes: &[u8], index: u32) -> Result<Vec<u8>> {
    let file = read_memory(Box::new(bytes.to_vec()), &ReadOptions::default())?;
    decoded(&PixelData::of_file(&file, &Limits::DEFAULT)?, &file, index)
}

#[test]
fn ps3_5_a_4_a_frame_is_found_by_itself() {
    let length = u64::from(ROWS) * u64::from(COLUMNS);
    for (fragments, table) in [
        (vec![1; 40], Table::None),
        (vec![1; 40], Table::Basic),
        (vec![1; 40], Table::Extended),
        ((1..41).collect(), Table::Basic),
        (vec![7], Table::None),
        (vec![7], Table::Basic),
    ] {
        let bytes = image(&fragments, table);
        let count = fragments.len() as u32;
        for index in [0, count / 2, count - 1] {
            let (found, read) = alone(&bytes, index);
            assert_eq!(found.as_deref(), Some(&vec![index as u8; length as usize][..]), "{table:?} {index}");
            // The header, the items of the frame or all headers of items, the frame.
            assert!(read < length + 6000, "{read} bytes, {table:?}");
        }
        assert_eq!(alone(&bytes, count).0, None);
    }
}

#[test]
fn begins_and_ends_of_codestreams_tell_the_frame() {
    for fragments in [vec![1; 40], vec![3; 40], (0..40).map(|number| 1 + number % 4).collect()] {
        let bytes = marked_image(&fragments, Table::None);
        for index in [0, 1, 7, 38, 39] {
            let (found, read) = alone(&bytes, index);
            assert_eq!(found, Some(indexed(&bytes, index).unwrap()), "{index}");
            let items: usize = fragments[..=index as usize].iter().sum();
            assert!(read < 1500 + 60 * items as u64, "{read} bytes for {items} items");
        }
        assert_eq!(alone(&bytes, 40).0, None);
        for end in bytes.len() - 300..bytes.len() {
            let last = alone(&bytes[..end], 39).0;
            assert!(last.is_none_or(|frame| frame.iter().all(|sample| *sample == 39)), "{end}");
        }
    }
}

#[test]
fn what_only_the_whole_can_tell_is_left_to_it() {
    // Several fragments a frame, and nothing that says which.
    assert_eq!(alone(&image(&[2, 3, 2], Table::None), 1).0, None);
    // Extended tables have a fragment a frame.
    assert_eq!(alone(&image(&[2, 3, 2], Table::Extended), 1).0, None);
    let native = file("1.2.840.10008.1.2.1", &explicit(PIXELS, "OW", &[1, 2]));
    assert_eq!(alone(&native, 0).0, None);
}

#[test]
fn cut_at_every_byte_it_is_the_frame_or_nothing() {
    let fragments = [1, 2, 1];
    let bytes = image(&fragments, Table::Basic);
    for end in 0..bytes.len() {
        for index in 0..3 {
            let found = alone(&bytes[..end], index).0;
            assert!(
                found.is_none_or(|frame| frame.iter().all(|sample| u32::from(*sample) == index)),
                "{end}"
            );
        }
    }
}

proptest! {
    #[test]
    fn damaged_tables_give_what_the_whole_gives_or_nothing(
        fragments in prop::collection::vec(1usize..4, 1..6),
        table in prop_oneof![Just(Table::None), Just(Table::Basic), Just(Table::Extended)],
        at in any::<prop::sample::Index>(),
        byte: u8,
        index in 0u32..6,
    ) {
        let mut bytes = image(&fragments, table);
        let right = |frame: &Vec<u8>| frame.iter().all(|sample| u32::from(*sample) == index);
        prop_assert!(alone(&bytes, index).0.as_ref().is_none_or(right));
        // Anywhere from the tables to the first fragment.
        let pixels = bytes.windows(4).position(|tag| tag == [0xE0, 0x7F, 0x10, 0]).unwrap();
        let place = pixels - 100 + at.index(160 + 4 * fragments.len());
        bytes[place] = byte;
        if let (Some(found), Ok(whole)) = (alone(&bytes, index).0, indexed(&bytes, index)) {
            prop_assert!(found == whole || table != Table::None, "byte {place}");
        }
    }
}
