//! Pixel data of whole data sets: attributes, native layouts, encapsulation, limits (PS3.5 §8, PS3.3 C.7.6.3).

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)]

#[path = "support/jpeg_lossless.rs"]
mod jpeg_lossless;
mod support;

use std::io::Write;
use std::sync::Arc;

use fastdcm::codec::jpeg_ls;
use fastdcm::file::{DicomFile, ReadOptions, read_memory, read_source};
use fastdcm::pixel::{PixelData, PixelOptions, SampleType};
use fastdcm::source::FileSource;
use fastdcm::{ErrorKind, Limits, Result, Tag};
use proptest::prelude::*;
use support::*;

const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
const GE: &str = "1.2.840.113619.5.2";
const RLE: &str = "1.2.840.10008.1.2.5";
const VIDEO: &str = "1.2.840.10008.1.2.4.100";
const PIXELS: u32 = 0x7FE0_0010;

/// The Image Pixel attributes; an attribute that is `None` is left out.
#[derive(Clone)]
struct Image {
    samples: Option<u16>,
    interpretation: Option<&'static str>,
    planar: Option<u16>,
    frames: Option<&'static str>,
    rows: Option<u16>,
    columns: Option<u16>,
    allocated: Option<u16>,
    stored: Option<u16>,
    high: Option<u16>,
    signed: Option<u16>,
    vr: &'static str,
    pixels: Vec<u8>,
}

/// Grey, unsigned.
fn grey(rows: u16, columns: u16, bits: u16, pixels: &[u8]) -> Image {
    Image {
        samples: Some(1),
        interpretation: Some("MONOCHROME2"),
        planar: None,
        frames: None,
        rows: Some(rows),
        columns: Some(columns),
        allocated: Some(bits),
        stored: Some(bits),
        high: Some(bits.wrapping_sub(1)),
        signed: Some(0),
        vr: "OW",
        pixels: pixels.to_vec(),
    }
}

fn colour(rows: u16, columns: u16, interpretation: &'static str, planar: u16, pixels: &[u8]) -> Image {
    let (samples, planar) = (Some(3), Some(planar));
    Image {
        samples,
        planar,
        interpretation: Some(interpretation),
        vr: "OB",
        ..grey(rows, columns, 8, pixels)
    }
}

impl Image {
    /// Up to the pixel data.
    fn attributes(&self) -> Vec<(u32, &'static str, Vec<u8>)> {
        let number = |value: u16| value.to_le_bytes().to_vec();
        let text = |value: &str| {
            let mut value = value.as_bytes().to_vec();
            value.resize(value.len().next_multiple_of(2), b' ');
            value
        };
        let all = [
            (0x0028_0002, "US", self.samples.map(number)),
            (0x0028_0004, "CS", self.interpretation.map(text)),
            (0x0028_0006, "US", self.planar.map(number)),
            (0x0028_0008, "IS", self.frames.map(text)),
            (0x0028_0010, "US", self.rows.map(number)),
            (0x0028_0011, "US", self.columns.map(number)),
            (0x0028_0100, "US", self.allocated.map(number)),
            (0x0028_0101, "US", self.stored.map(number)),
            (0x0028_0102, "US", self.high.map(number)),
            (0x0028_0103, "US", self.signed.map(number)),
        ];
        all.into_iter().filter_map(|(tag, vr, value)| Some((tag, vr, value?))).collect()
    }

    fn header(&self) -> Vec<u8> {
        self.attributes().iter().flat_map(|(tag, vr, value)| explicit(*tag, vr, value)).collect()
    }

    fn file(&self) -> DicomFile {
        let native = explicit(PIXELS, self.vr, &self.pixels);
        read(&file(EXPLICIT, &[self.header(), native].concat()))
    }

    fn big_endian(&self) -> DicomFile {
        let element = |(tag, vr, value): (u32, &str, Vec<u8>)| {
            let value = if vr == "US" { value.into_iter().rev().collect() } else { value };
            [&tag.to_be_bytes()[..], vr.as_bytes(), &(value.len() as u16).to_be_bytes(), &value].concat()
        };
        let mut bytes: Vec<u8> = self.attributes().into_iter().flat_map(element).collect();
        bytes.extend([&PIXELS.to_be_bytes()[..], self.vr.as_bytes(), &[0, 0]].concat());
        bytes.extend((self.pixels.len() as u32).to_be_bytes());
        bytes.extend(&self.pixels);
        read(&file(BIG_ENDIAN, &bytes))
    }

    fn encapsulated(&self, syntax: &str, items: &[&[u8]]) -> DicomFile {
        let mut bytes = [self.header(), explicit_header(PIXELS, "OB", UNDEFINED)].concat();
        items.iter().for_each(|content| bytes.extend(item(content)));
        bytes.extend(end_sequence());
        read(&file(syntax, &bytes))
    }
}

fn read(bytes: &[u8]) -> DicomFile {
    read_memory(Box::new(bytes.to_vec()), &ReadOptions::default()).unwrap()
}

fn decode_with(file: &DicomFile, options: &PixelOptions) -> Result<(Vec<u8>, Vec<&'static str>)> {
    let pixels = PixelData::of_file(file, &Limits::DEFAULT)?;
    let mut out = vec![0xA5; pixels.length(options)? as usize];
    let warnings = pixels.decode(file, options, &mut out)?;
    let names = pixels.warnings().iter().chain(&warnings).map(|warning| warning.kind.name()).collect();
    Ok((out, names))
}

fn decode(file: &DicomFile) -> Vec<u8> {
    let (out, warnings) = decode_with(file, &PixelOptions::default()).unwrap();
    assert_eq!(warnings, [""; 0]);
    out
}

fn warnings(file: &DicomFile) -> Vec<&'static str> {
    decode_with(file, &PixelOptions::default()).unwrap().1
}

fn fault(file: &DicomFile) -> String {
    decode_with(file, &PixelOptions::default()).unwrap_err().to_string()
}

fn index(index: u32) -> PixelOptions {
    PixelOptions { index: Some(index), ..PixelOptions::default() }
}

fn sixteen(bytes: &[u8]) -> Vec<u16> {
    bytes.as_chunks::<2>().0.iter().map(|cell| u16::from_ne_bytes(*cell)).collect()
}

#[test]
fn ps3_5_8_2_native_cells_of_every_size() {
    assert_eq!(decode(&grey(2, 2, 8, &[1, 2, 3, 4]).file()), [1, 2, 3, 4]);
    assert_eq!(sixteen(&decode(&grey(1, 2, 16, &[1, 2, 3, 4]).file())), [0x0201, 0x0403]);
    assert_eq!(decode(&grey(1, 1, 32, &[1, 2, 3, 4]).file()), 0x0403_0201_u32.to_ne_bytes());
    let bytes = [1, 2, 3, 4, 5, 6, 7, 8];
    assert_eq!(decode(&grey(1, 1, 64, &bytes).file()), u64::from_le_bytes(bytes).to_ne_bytes());
    assert_eq!(decode(&grey(1, 1, 24, &[1, 2, 3, 0]).file()), 0x0003_0201_u32.to_ne_bytes());
}

#[test]
fn float_and_double_float_pixel_data() {
    for (tag, vr, bits, value) in [
        (0x7FE0_0008, "OF", 32, 1.5_f32.to_le_bytes().to_vec()),
        (0x7FE0_0009, "OD", 64, 1.5_f64.to_le_bytes().to_vec()),
    ] {
        let image = Image { stored: None, high: None, signed: None, ..grey(1, 1, bits, &[]) };
        let file = read(&file(EXPLICIT, &[image.header(), explicit(tag, vr, &value)].concat()));
        let pixels = PixelData::of_file(&file, &Limits::DEFAULT).unwrap();
        let expected = if bits == 32 { SampleType::F32 } else { SampleType::F64 };
        assert_eq!(pixels.description().sample_type(), expected);
        assert_eq!(decode(&file), value);
    }
    let image = grey(1, 1, 32, &[0; 4]);
    let empty = [image.header(), explicit(0x7FE0_0008, "OF", &[7; 4]), explicit(PIXELS, "OW", &[])].concat();
    assert_eq!(decode(&read(&file(EXPLICIT, &empty))), [7; 4]);
    let both =
        [image.header(), explicit(0x7FE0_0008, "OF", &[0; 4]), explicit(PIXELS, "OW", &[0; 4])].concat();
    assert!(fault(&read(&file(EXPLICIT, &both))).starts_with("more than one pixel data element"));
}

#[test]
fn ps3_5_8_1_1_frames_of_one_bit_share_bytes() {
    // Two frames of 3 x 3: nine bits each, the second from bit 9 on.
    let bits = 0b100_0000_0011_1000_0001_u32;
    let image = Image { frames: Some("2"), ..grey(3, 3, 1, &bits.to_le_bytes()) };
    let file = image.file();
    let all: Vec<u8> = (0..18).map(|bit| (bits >> bit & 1) as u8).collect();
    assert_eq!(decode(&file), all);
    assert_eq!(decode_with(&file, &index(0)).unwrap().0, all[..9]);
    assert_eq!(decode_with(&file, &index(1)).unwrap().0, all[9..]);
    let error = decode_with(&file, &index(2)).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::FrameIndex { index: 2, frames: 2 });
}

#[test]
fn packed_cells_of_12_bits() {
    // Two frames of three samples: the second begins in the middle of a byte.
    let packed = [0x01, 0x20, 0x00, 0x03, 0x40, 0x00, 0x05, 0xF0, 0xFF];
    let image = Image { frames: Some("2"), ..grey(1, 3, 12, &[&packed[..], &[0]].concat()) };
    assert_eq!(sixteen(&decode(&image.file())), [1, 2, 3, 4, 5, 0xFFF]);
    assert_eq!(sixteen(&decode_with(&image.file(), &index(1)).unwrap().0), [4, 5, 0xFFF]);
    let signed = Image { signed: Some(1), ..image };
    assert_eq!(sixteen(&decode(&signed.file())), [1, 2, 3, 4, 5, 0xFFFF]);
}

#[test]
fn ps3_5_8_1_1_unused_bits_are_dropped_or_kept() {
    let image = Image { stored: Some(12), high: Some(11), ..grey(1, 2, 16, &[0x34, 0xF2, 0xFF, 0x0F]) };
    assert_eq!(sixteen(&decode(&image.file())), [0x0234, 0x0FFF]);
    let keep = PixelOptions { keep_cells: true, ..PixelOptions::default() };
    assert_eq!(sixteen(&decode_with(&image.file(), &keep).unwrap().0), [0xF234, 0x0FFF]);
    let signed = Image { signed: Some(1), ..image.clone() };
    assert_eq!(sixteen(&decode(&signed.file())), [0x0234, 0xFFFF]);
    let high = Image { high: Some(15), ..image };
    assert_eq!(sixteen(&decode(&high.file())), [0x0F23, 0x00FF]);
}

#[test]
fn ps3_5_7_3_big_endian() {
    assert_eq!(sixteen(&decode(&grey(1, 2, 16, &[1, 2, 3, 4]).big_endian())), [0x0102, 0x0304]);
    // Four bytes, not two words.
    assert_eq!(decode(&grey(1, 1, 32, &[1, 2, 3, 4]).big_endian()), 0x0102_0304_u32.to_ne_bytes());
    // Bytes in words stand in pairs the wrong way round, bytes in OB do not.
    let words = Image { frames: Some("2"), ..grey(1, 3, 8, &[2, 1, 4, 3, 6, 5]) };
    assert_eq!(decode(&words.big_endian()), [1, 2, 3, 4, 5, 6]);
    assert_eq!(decode_with(&words.big_endian(), &index(1)).unwrap().0, [4, 5, 6]);
    let bytes = Image { vr: "OB", ..grey(1, 2, 8, &[1, 2]) };
    assert_eq!(decode(&bytes.big_endian()), [1, 2]);
    // 0x301 and 0x542 in two words, from the least significant bit of the first on.
    let packed = grey(1, 2, 12, &[0x23, 0x01, 0x00, 0x54]);
    assert_eq!(sixteen(&decode(&packed.big_endian())), [0x301, 0x542]);
    let bits = grey(1, 16, 1, &[0b1, 0b1000_0000]);
    assert_eq!(decode(&bits.big_endian()), [0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn ge_private_syntax_has_pixels_in_big_endian() {
    let implicit_header = |image: &Image| -> Vec<u8> {
        image.attributes().iter().flat_map(|(tag, _, value)| implicit(*tag, value)).collect()
    };
    let image = grey(1, 2, 16, &[1, 2, 3, 4]);
    let bytes = [implicit_header(&image), implicit(PIXELS, &image.pixels)].concat();
    assert_eq!(sixteen(&decode(&read(&file(GE, &bytes)))), [0x0102, 0x0304]);
}

#[test]
fn ps3_3_c_7_6_3_1_3_colour_leaves_by_pixel() {
    assert_eq!(decode(&colour(1, 2, "RGB", 0, &[1, 2, 3, 4, 5, 6]).file()), [1, 2, 3, 4, 5, 6]);
    assert_eq!(decode(&colour(1, 2, "RGB", 1, &[1, 2, 3, 4, 5, 6]).file()), [1, 3, 5, 2, 4, 6]);
    let absent = Image { planar: None, ..colour(1, 2, "RGB", 0, &[1, 2, 3, 4, 5, 6]) };
    assert_eq!(decode(&absent.file()), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn ps3_3_c_7_6_3_1_2_ybr_becomes_rgb_unless_raw() {
    let raw = PixelOptions { raw: true, ..PixelOptions::default() };
    let full = colour(1, 2, "YBR_FULL", 0, &[76, 85, 255, 128, 128, 128]).file();
    assert_eq!(decode(&full), [254, 0, 0, 128, 128, 128]);
    assert_eq!(decode_with(&full, &raw).unwrap().0, [76, 85, 255, 128, 128, 128]);
    let shared = colour(1, 2, "YBR_FULL_422", 0, &[76, 128, 85, 255]).file();
    assert_eq!(decode_with(&shared, &raw).unwrap().0, [76, 85, 255, 128, 85, 255]);
    assert_eq!(decode(&shared)[..3], [254, 0, 0]);
    let studio = colour(1, 2, "YBR_PARTIAL_422", 0, &[81, 16, 90, 240]).file();
    assert_eq!(decode_with(&studio, &raw).unwrap().0, [81, 90, 240, 16, 90, 240]);
    assert_eq!(decode(&studio), [254, 0, 0, 179, 0, 0]);
    let whole = colour(1, 2, "YBR_PARTIAL_422", 0, &[0; 6]).file();
    assert!(fault(&whole).contains("YBR_PARTIAL_422 is wrong"), "{}", fault(&whole));
    let whole = colour(1, 2, "YBR_FULL_422", 0, &[76, 85, 255, 128, 128, 128]).file();
    assert!(fault(&whole).contains("YBR_FULL_422 is wrong"), "{}", fault(&whole));
    assert!(fault(&colour(1, 3, "YBR_FULL_422", 0, &[0; 6]).file()).contains("odd number of pixels"));
    let deep = Image {
        samples: Some(3),
        interpretation: Some("YBR_FULL"),
        planar: Some(0),
        ..grey(1, 1, 32, &[1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0])
    };
    assert!(fault(&deep.file()).contains("3 unsigned samples of 8 or 16 bits only"));
    assert_eq!(decode_with(&deep.file(), &raw).unwrap().0, deep.pixels);
}

#[test]
fn an_unknown_photometric_interpretation_is_read_raw() {
    let raw = PixelOptions { raw: true, ..PixelOptions::default() };
    for interpretation in [None, Some("GREY"), Some("")] {
        let file = Image { interpretation, ..grey(1, 2, 8, &[1, 2]) }.file();
        assert!(fault(&file).ends_with("tag (0028,0004)"), "{}", fault(&file));
        assert_eq!(decode_with(&file, &raw).unwrap().0, [1, 2]);
    }
    let acr_nema = Image { interpretation: None, samples: None, ..grey(1, 2, 8, &[1, 2]) };
    assert_eq!(decode(&acr_nema.file()), [1, 2]);
}

#[test]
fn names_the_attribute_that_is_missing() {
    let image = grey(1, 2, 8, &[1, 2]);
    for (tag, image) in [
        ("(0028,0010)", Image { rows: None, ..image.clone() }),
        ("(0028,0011)", Image { columns: None, ..image.clone() }),
        ("(0028,0100)", Image { allocated: None, ..image.clone() }),
        ("(0028,0101)", Image { stored: None, ..image.clone() }),
        ("(0028,0103)", Image { signed: None, ..image.clone() }),
        ("(0028,0002)", Image { samples: None, ..colour(1, 1, "RGB", 0, &[0; 4]) }),
    ] {
        assert_eq!(fault(&image.file()), format!("missing {tag}"));
    }
    assert_eq!(fault(&read(&file(EXPLICIT, &image.header()))), "missing (7FE0,0010)");
    assert_eq!(decode(&Image { high: None, ..image }.file()), [1, 2]);
}

#[test]
fn names_the_attribute_that_cannot_be() {
    let image = grey(1, 2, 8, &[1, 2]);
    for (tag, image) in [
        (0x0028_0010, Image { rows: Some(0), ..image.clone() }),
        (0x0028_0100, Image { allocated: Some(13), ..image.clone() }),
        (0x0028_0100, Image { allocated: Some(0), ..image.clone() }),
        (0x0028_0101, Image { stored: Some(9), ..image.clone() }),
        (0x0028_0002, Image { samples: Some(0), ..image.clone() }),
        (0x0028_0002, Image { samples: Some(65_535), ..image.clone() }),
        (0x0028_0008, Image { frames: Some("-1"), ..image.clone() }),
        (0x0028_0008, Image { frames: Some("1A"), ..image.clone() }),
        (0x0028_0103, Image { signed: Some(2), ..image.clone() }),
    ] {
        let error = decode_with(&image.file(), &PixelOptions::default()).unwrap_err();
        assert_eq!(error.path().tag, Some(Tag(tag)), "{error}");
    }
}

#[test]
fn takes_what_is_nearly_right_with_a_warning() {
    let image = grey(1, 2, 8, &[1, 2]);
    assert_eq!(warnings(&Image { frames: Some("0"), ..image.clone() }.file()), ["NumberOfFramesZero"]);
    assert_eq!(warnings(&Image { high: Some(20), ..image.clone() }.file()), ["HighBitContradicts"]);
    let rows = Image { rows: None, ..image.clone() };
    for (vr, value, expected) in [
        ("UL", &[1, 0, 0, 0][..], Ok(())),
        ("SS", &[1, 0], Ok(())),
        ("SS", &[255, 255], Err("Rows is -1; it must be 1 to 65535, tag (0028,0010)")),
        ("UL", &[1, 0, 1, 0], Err("Rows is 65537; it must be 1 to 65535, tag (0028,0010)")),
        ("US", &[1, 0, 9, 0], Ok(())),
        ("IS", b"1 ", Ok(())),
    ] {
        let element = explicit(0x0028_0010, vr, value);
        let bytes = [rows.header(), element, explicit(PIXELS, "OB", &[1, 2])].concat();
        let file = read(&file(EXPLICIT, &bytes));
        match expected {
            Ok(()) => assert_eq!(warnings(&file), ["UnexpectedVr"], "{vr}"),
            Err(reason) => assert_eq!(fault(&file), reason),
        }
    }
    let strict = PixelOptions { strict: true, ..PixelOptions::default() };
    let error = decode_with(&Image { frames: Some("0"), ..image }.file(), &strict).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Strict(_)));
}

#[test]
fn of_duplicates_the_last_counts() {
    let image = grey(9, 2, 8, &[1, 2]);
    let again = explicit(0x0028_0010, "US", &[1, 0]);
    let bytes = [image.header(), again, explicit(PIXELS, "OB", &image.pixels)].concat();
    assert_eq!(decode(&read(&file(EXPLICIT, &bytes))), [1, 2]);
}

#[test]
fn ps3_5_8_1_1_padding_and_short_data() {
    assert_eq!(decode(&grey(1, 3, 8, &[1, 2, 3, 0]).file()), [1, 2, 3]);
    let short = grey(1, 2, 16, &[1, 2, 3]).file();
    let (out, names) = decode_with(&short, &PixelOptions::default()).unwrap();
    assert_eq!((sixteen(&out), names), (vec![0x0201, 0x0003], vec!["PixelDataPadded"]));
    let bits = Image { frames: Some("2"), ..grey(1, 9, 1, &[0xFF, 0xFF]) };
    assert_eq!(decode_with(&bits.file(), &index(1)).unwrap().0, [1, 1, 1, 1, 1, 1, 1, 0, 0]);
    assert_eq!(warnings(&grey(1, 2, 8, &[1, 2, 3, 4]).file()), ["PixelDataTooLong"]);
    let half = grey(2, 2, 16, &[1, 2, 3, 4]).file();
    assert!(fault(&half).starts_with("4 bytes of pixel data, 8 are needed for 2 x 2 samples of 16 bits"));
    assert!(fault(&grey(1, 1, 8, &[]).file()).starts_with("0 bytes of pixel data, 1 are needed"));
}

#[test]
fn a_cut_file_gives_the_frames_that_are_whole() {
    let image = Image { frames: Some("3"), ..grey(1, 2, 8, &[]) };
    let bytes = [image.header(), explicit_header(PIXELS, "OB", 6), vec![1, 2, 3, 4, 5]].concat();
    let file = read(&file(EXPLICIT, &bytes));
    assert_eq!(decode_with(&file, &index(0)).unwrap().0, [1, 2]);
    assert_eq!(decode_with(&file, &index(1)).unwrap().0, [3, 4]);
    let bytes = [image.header(), explicit_header(PIXELS, "OB", 6), vec![1, 2, 3]].concat();
    let file = read(&support::file(EXPLICIT, &bytes));
    assert_eq!(decode_with(&file, &index(0)).unwrap().0, [1, 2]);
    assert!(decode_with(&file, &index(2)).is_err());
    assert!(fault(&file).starts_with("3 bytes of pixel data, 6 are needed"));
}

#[test]
fn huge_claims_fail_before_memory_is_asked_for() {
    let image = Image {
        frames: Some("2147483647"),
        rows: Some(65_535),
        columns: Some(65_535),
        ..grey(1, 1, 64, &[0; 8])
    };
    let error = fault(&image.file());
    assert!(
        error.starts_with("8 bytes of pixel data, more than 2^61 are needed for 2147483647 x 65535"),
        "{error}"
    );
    let mut frame = vec![0; 1024];
    frame[..8].copy_from_slice(&[1, 0, 0, 0, 64, 0, 0, 0]);
    let image = grey(65_535, 65_535, 8, &[]);
    let file = image.encapsulated(RLE, &[&[], &frame]);
    let error = decode_with(&file, &PixelOptions::default()).unwrap_err();
    let expected =
        ErrorKind::LimitExceeded { limit: "frame", value: 65_535 * 65_535, allowed: Limits::DEFAULT.frame };
    assert_eq!(*error.kind(), expected);
    let pixels = PixelData::of_file(&file, &Limits { frame: u64::MAX, ..Limits::DEFAULT }).unwrap();
    let error = pixels.length(&PixelOptions::default()).unwrap_err().to_string();
    assert!(error.starts_with("RLE, frame 0: 1024 bytes cannot hold the 4294836225 of a frame"), "{error}");
}

/// An RLE frame of 1 x 2 bytes.
fn rle(a: u8, b: u8) -> Vec<u8> {
    let mut frame = vec![0; 64];
    frame[..8].copy_from_slice(&[1, 0, 0, 0, 64, 0, 0, 0]);
    frame.extend([1, a, b, 0]);
    frame
}

#[test]
fn ps3_5_a_4_2_rle_frames() {
    let image = Image { frames: Some("2"), ..grey(1, 2, 8, &[]) };
    let (first, second) = (rle(1, 2), rle(3, 4));
    let file = image.encapsulated(RLE, &[&[], &first, &second]);
    assert_eq!(decode(&file), [1, 2, 3, 4]);
    assert_eq!(decode_with(&file, &index(1)).unwrap().0, [3, 4]);
    // A frame in two fragments, by the table.
    let table: Vec<u8> = [0u32, 76].iter().flat_map(|offset| offset.to_le_bytes()).collect();
    let file = image.encapsulated(RLE, &[&table, &first, &second[..66], &second[66..]]);
    assert_eq!(decode(&file), [1, 2, 3, 4]);
    let bad = [table[..4].to_vec(), vec![0xFF; 4]].concat();
    let file = image.encapsulated(RLE, &[&bad, &first, &second]);
    assert_eq!(warnings(&file), ["OffsetTableIgnored"]);
    let file = image.encapsulated(RLE, &[&bad, &first, &second[..66], &second[66..]]);
    assert!(fault(&file).starts_with("3 fragments for 2 frames, and the offset table contradicts them"));
    let file = image.encapsulated(RLE, &[&[], &first]);
    assert!(fault(&file).starts_with("1 fragments for 2 frames"));
    let file = image.encapsulated(RLE, &[&[], &first, &second[..65]]);
    assert!(fault(&file).starts_with("RLE, frame 1: "), "{}", fault(&file));
    assert_eq!(decode_with(&file, &index(0)).unwrap().0, [1, 2]);
    let mut padded = second;
    padded.extend([0, 0]);
    assert_eq!(warnings(&image.encapsulated(RLE, &[&[], &first, &padded])), ["SegmentPadded"]);
}

#[test]
fn rle_samples_lose_their_unused_bits_too() {
    let mut frame = vec![0; 64];
    frame[..12].copy_from_slice(&[2, 0, 0, 0, 64, 0, 0, 0, 66, 0, 0, 0]);
    frame.extend([0, 0xF8, 0, 0x01]);
    let image = Image { stored: Some(12), high: Some(11), signed: Some(1), ..grey(1, 1, 16, &[]) };
    assert_eq!(sixteen(&decode(&image.encapsulated(RLE, &[&[], &frame]))), [0xF801]);
    let image = Image { signed: Some(0), ..image };
    assert_eq!(sixteen(&decode(&image.encapsulated(RLE, &[&[], &frame]))), [0x0801]);
}

#[test]
fn the_transfer_syntax_and_the_pixel_data_must_agree() {
    let image = grey(1, 2, 8, &[1, 2]);
    let frame = rle(1, 2);
    assert!(
        fault(&image.encapsulated(EXPLICIT, &[&[], &frame]))
            .starts_with("fragments, but the transfer syntax")
    );
    let native = [image.header(), explicit(PIXELS, "OB", &image.pixels)].concat();
    assert!(fault(&read(&file(RLE, &native))).starts_with("no fragments, but the transfer syntax"));
    for syntax in [VIDEO, "1.2.3.4", "1.2.840.10008.1.2.4.94"] {
        let error = fault(&image.encapsulated(syntax, &[&[], &frame]));
        assert!(error.starts_with(&format!("no codec for transfer syntax {syntax}")), "{error}");
    }
}

#[test]
fn plain_bytes_can_be_viewed() {
    let at = |image: &Image, options: &PixelOptions| {
        let file = image.file();
        let pixels = PixelData::of_file(&file, &Limits::DEFAULT).unwrap();
        let (offset, length) = pixels.plain_range(&file, options).ok()??;
        Some(file.read(offset, length).unwrap().into_owned())
    };
    let all = PixelOptions::default();
    let keep = PixelOptions { keep_cells: true, ..all };
    let image = Image { frames: Some("2"), ..grey(1, 2, 8, &[1, 2, 3, 4]) };
    assert_eq!(at(&image, &all), Some(vec![1, 2, 3, 4]));
    assert_eq!(at(&image, &index(1)), Some(vec![3, 4]));
    let unused = Image { stored: Some(12), high: Some(11), ..grey(1, 1, 16, &[1, 0xF2]) };
    assert_eq!((at(&unused, &all), at(&unused, &keep)), (None, Some(vec![1, 0xF2])));
    let clear = Image { pixels: vec![1, 0x0F], ..unused.clone() };
    assert_eq!(at(&clear, &all), Some(vec![1, 0x0F]));
    let signed = Image { signed: Some(1), pixels: vec![1, 0xF8], ..unused };
    assert_eq!(at(&signed, &all), Some(vec![1, 0xF8]));
    assert_eq!(at(&Image { pixels: vec![1, 0x08], ..signed }, &all), None);
    assert_eq!(at(&colour(1, 1, "YBR_FULL", 0, &[1, 2, 3, 0]), &all), None);
    assert_eq!(at(&colour(1, 1, "RGB", 1, &[1, 2, 3, 0]), &all), None);
    assert_eq!(at(&grey(1, 8, 1, &[1, 0]), &all), None);
    assert_eq!(at(&grey(1, 3, 8, &[1, 2]), &all), None);
}

#[test]
fn pixels_left_in_the_file_are_read_from_there() {
    let cells: Vec<u8> = (0..200_000u32).flat_map(|i| (i as u16).to_le_bytes()).collect();
    let image = Image { stored: Some(12), high: Some(11), ..grey(400, 500, 16, &cells) };
    let bytes = file(EXPLICIT, &[image.header(), explicit(PIXELS, "OW", &cells)].concat());
    let path = std::env::temp_dir().join(format!("fastdcm-pixels-{}", std::process::id()));
    std::fs::File::create(&path).unwrap().write_all(&bytes).unwrap();
    let options = ReadOptions { defer_pixels: Some(1), ..ReadOptions::default() };
    let file = read_source(Arc::new(FileSource::open(&path).unwrap()), &options).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(file.bytes.len() < 100_000);
    let expected: Vec<u16> = (0..200_000u32).map(|i| i as u16 & 0xFFF).collect();
    assert!(sixteen(&decode(&file)) == expected);
}

#[test]
fn memory_of_another_size_is_refused() {
    let file = grey(1, 2, 8, &[1, 2]).file();
    let pixels = PixelData::of_file(&file, &Limits::DEFAULT).unwrap();
    let error = pixels.decode(&file, &PixelOptions::default(), &mut [0; 3]).unwrap_err();
    assert_eq!(error.to_string(), "memory of 3 bytes for 2");
}

/// Frames of tests/data/codecs/make.py: 13 rows and 17 columns.
const GREY8: &[u8] = include_bytes!("data/codecs/grey8.j2k");
const BOXED12: &[u8] = include_bytes!("data/codecs/grey12.jp2");
const SIGNED16: &[u8] = include_bytes!("data/codecs/signed16.j2k");
const J2K: &str = "1.2.840.10008.1.2.4.90";
const UNCOMPRESSED: &str = "1.2.840.10008.1.2.1.98";
const DEFLATED_FRAME: &str = "1.2.840.10008.1.2.8.1";

fn sample(row: u32, column: u32, bits: u32) -> u32 {
    (37 * row + 11 * column + row * column) % (1 << bits)
}

fn grey8() -> Vec<u8> {
    (0..13 * 17).map(|place| sample(place / 17, place % 17, 8) as u8).collect()
}

#[test]
fn frames_without_a_table_are_found_by_the_ends_of_their_codestreams() {
    let image = Image { frames: Some("3"), ..grey(13, 17, 8, &[]) };
    let (first, second) = GREY8.split_at(100);
    let padded = [GREY8, &[0, 0]].concat();
    let expected = grey8().repeat(3);
    let spread = image.encapsulated(J2K, &[&[], first, second, &padded, first, second]);
    assert_eq!(decode_with(&spread, &all()).unwrap(), (expected.clone(), vec!["FramesSearched"]));
    let joined = [GREY8, &padded, GREY8].concat();
    let one = image.encapsulated(J2K, &[&[], &joined]);
    assert_eq!(decode_with(&one, &all()).unwrap(), (expected.clone(), vec!["FramesSearched"]));
    assert_eq!(decode_with(&one, &index(2)).unwrap().0, grey8());
    // A table that contradicts is told too.
    let ignored = image.encapsulated(J2K, &[&[1, 0, 0, 0], &joined]);
    assert_eq!(
        decode_with(&ignored, &all()).unwrap(),
        (expected, vec!["FramesSearched", "OffsetTableIgnored"])
    );
    for items in [&[&[][..], GREY8, GREY8][..], &[&[], GREY8], &[&[], first, second, GREY8, GREY8, GREY8]] {
        let error = fault(&image.encapsulated(J2K, items));
        assert!(error.contains(&format!("{} fragments for 3 frames", items.len() - 1)), "{error}");
    }
}

#[test]
fn a_million_empty_fragments_end_soon() {
    let image = Image { frames: Some("3"), ..grey(13, 17, 8, &[]) };
    let mut items: Vec<&[u8]> = vec![&[]; 1_000_000];
    let file = image.encapsulated(J2K, &items);
    assert!(fault(&file).contains("999999 fragments for 3 frames"));
    items.push(GREY8);
    let one = grey(13, 17, 8, &[]).encapsulated(J2K, &items);
    assert_eq!(decode(&one), grey8());
}

#[test]
fn ps3_5_a_4_4_jpeg_2000() {
    assert_eq!(decode(&grey(13, 17, 8, &[]).encapsulated(J2K, &[&[], GREY8])), grey8());
    let boxed = Image { stored: Some(12), high: Some(11), ..grey(13, 17, 16, &[]) };
    let twelve: Vec<u16> = (0..13 * 17).map(|place| sample(place / 17, place % 17, 12) as u16).collect();
    let (found, names) = decode_with(&boxed.encapsulated(J2K, &[&[], BOXED12]), &all()).unwrap();
    assert_eq!((sixteen(&found), names), (twelve, vec!["CodestreamBoxed"]));
    let unsigned = grey(13, 17, 16, &[]).encapsulated(J2K, &[&[], SIGNED16]);
    assert_eq!(warnings(&unsigned), ["SignContradicts"]);
    let strict = PixelOptions { strict: true, ..all() };
    assert!(decode_with(&unsigned, &strict).unwrap_err().to_string().contains("(strict reading)"));
    let error = fault(&grey(512, 512, 8, &[]).encapsulated(J2K, &[&[], GREY8]));
    assert!(
        error.contains("has 13 rows, 17 columns, 1 components, the attributes say 512, 512, 1"),
        "{error}"
    );
    assert!(fault(&grey(13, 17, 8, &[]).encapsulated(J2K, &[&[], &[0xFF, 0x4F]])).contains("2 bytes"));
}

const HIGH12: &[u8] = include_bytes!("data/codecs/grey12.jph");
const XL8: &[u8] = include_bytes!("data/codecs/grey8.jxl");

/// Labels of each kind of codestream, a frame of it, and its image.
fn codestreams() -> [(&'static [&'static str], Vec<u8>, Image); 6] {
    let eight = Image { vr: "OB", ..grey(13, 17, 8, &grey8()) };
    let samples: Vec<u16> = grey8().into_iter().map(u16::from).collect();
    let jpeg_ls = jpeg_ls::Image { rows: 13, columns: 17, components: 1, samples: &samples };
    let lossless = jpeg_lossless::Lossless {
        rows: 13,
        columns: 17,
        components: 1,
        precision: 8,
        selection: 1,
        point_transform: 0,
        interval: 0,
        is_interleaved: true,
        has_long_codes: false,
    };
    let twelve = (0..13 * 17).flat_map(|place| (sample(place / 17, place % 17, 12) as u16).to_ne_bytes());
    // Its codestream says 16 bits, with samples of 12.
    let twelve = grey(13, 17, 16, &twelve.collect::<Vec<u8>>());
    let encoded = jpeg_ls::encode(&jpeg_ls, &jpeg_ls::Encoding::lossless(8)).unwrap();
    [
        (&["50", "51"], jpeg(), grey(1, 1, 8, &[0])),
        (&["57", "70"], lossless.encode(&samples), eight.clone()),
        (&["80", "81"], encoded, eight.clone()),
        (&["90", "91"], GREY8.to_vec(), eight.clone()),
        (&["201", "202", "203"], HIGH12.to_vec(), twelve),
        (&["110", "112"], XL8.to_vec(), eight),
    ]
}

/// The first of tests/make_jpeg_vectors.py: one pixel.
fn jpeg() -> Vec<u8> {
    let row: serde_json::Value =
        serde_json::from_str(include_str!("vectors/jpeg.jsonl").lines().next().unwrap()).unwrap();
    let digits = row["frame"].as_str().unwrap().as_bytes().as_chunks::<2>().0;
    digits.iter().map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

#[test]
fn a_codestream_is_read_as_what_it_is_whatever_the_transfer_syntax_says() {
    let mut labels: Vec<String> = codestreams()
        .iter()
        .flat_map(|(own, ..)| own.iter().map(|last| format!("1.2.840.10008.1.2.4.{last}")))
        .collect();
    labels.extend([RLE.to_owned(), DEFLATED_FRAME.to_owned()]);
    for (own, frame, image) in codestreams() {
        let own: Vec<String> = own.iter().map(|last| format!("1.2.840.10008.1.2.4.{last}")).collect();
        let expected = if own[0].ends_with(".50") {
            decode(&image.encapsulated(&own[0], &[&[], &frame]))
        } else {
            image.pixels.clone()
        };
        for label in &labels {
            let odd: &[&str] = if own.contains(label) { &[] } else { &["CodestreamContradicts"] };
            // In one fragment, and with a signature that is spread over several.
            for items in [&[&[][..], &frame][..], &[&[], &frame[..1], &frame[1..5], &[], &frame[5..]]] {
                let file = image.encapsulated(label, items);
                let (found, names) = decode_with(&file, &all()).unwrap();
                assert_eq!((found, &names[..]), (expected.clone(), odd), "{} as {label}", own[0]);
            }
            let strict = PixelOptions { strict: true, ..all() };
            let found = decode_with(&image.encapsulated(label, &[&[], &frame]), &strict);
            assert_eq!(found.is_ok(), odd.is_empty(), "{} as {label}", own[0]);
        }
        let cut = fault(&image.encapsulated(RLE, &[&[], &frame[..frame.len() / 2]]));
        assert!(!cut.starts_with("RLE"), "{cut}");
    }
}

#[test]
fn what_has_no_signature_is_what_the_transfer_syntax_says() {
    let error = fault(&grey(1, 2, 8, &[]).encapsulated(J2K, &[&[], &[1; 90]]));
    assert!(error.starts_with("JPEG 2000, frame 0: "), "{error}");
    // Samples may look like anything.
    let file = grey(1, 4, 8, &[]).encapsulated(UNCOMPRESSED, &[&[], &GREY8[..4]]);
    assert_eq!(decode(&file), GREY8[..4]);
}

#[test]
fn ps3_5_a_4_11_native_frames_in_fragments() {
    let image = Image { frames: Some("2"), planar: Some(1), ..colour(1, 3, "RGB", 1, &[]) };
    let items: [&[u8]; 3] = [&[], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 0], &[9, 8, 7, 6, 5, 4, 3, 2, 1, 0]];
    let expected = [1, 4, 7, 2, 5, 8, 3, 6, 9, 9, 6, 3, 8, 5, 2, 7, 4, 1];
    assert_eq!(decode(&image.encapsulated(UNCOMPRESSED, &items)), expected);
    let short = fault(&image.encapsulated(UNCOMPRESSED, &[&[], &items[1][..8], items[2]]));
    assert!(short.contains("uncompressed, frame 0: 8 bytes, 9 are needed"), "{short}");
    let long = image.encapsulated(UNCOMPRESSED, &[&[], &[items[1], &[0; 2]].concat(), items[2]]);
    assert_eq!(warnings(&long), ["PixelDataTooLong"]);
    // Each frame of bits begins with a byte, which it does not in native pixel data.
    let bits = Image { frames: Some("2"), ..grey(1, 3, 1, &[]) };
    let file = bits.encapsulated(UNCOMPRESSED, &[&[], &[0b101, 0], &[0b011, 0]]);
    assert_eq!(decode(&file), [1, 0, 1, 1, 1, 0]);
    let signed = Image { stored: Some(12), high: Some(11), signed: Some(1), ..grey(1, 1, 16, &[]) };
    assert_eq!(sixteen(&decode(&signed.encapsulated(UNCOMPRESSED, &[&[], &[0, 8]]))), [0xF800]);
}

#[test]
fn deflated_image_frames() {
    // Two stored blocks of RFC 1951.
    let stored = |bytes: &[u8]| {
        let length = bytes.len() as u16;
        [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), bytes].concat()
    };
    let image = Image { frames: Some("2"), ..grey(1, 2, 16, &[]) };
    let (first, second) = (stored(&[1, 2, 3, 4]), stored(&[5, 6, 7, 8]));
    let file = image.encapsulated(DEFLATED_FRAME, &[&[], &first, &[&second[..], &[0]].concat()]);
    assert_eq!(sixteen(&decode(&file)), [0x0201, 0x0403, 0x0605, 0x0807]);
    let planar = Image { planar: Some(1), ..colour(1, 2, "RGB", 1, &[]) };
    let file = planar.encapsulated(DEFLATED_FRAME, &[&[], &stored(&[1, 2, 3, 4, 5, 6])]);
    assert_eq!(decode(&file), [1, 3, 5, 2, 4, 6]);
    let error = fault(&image.encapsulated(DEFLATED_FRAME, &[&[], &first, &second[..6]]));
    assert!(error.starts_with("deflated frame, frame 1: the stream "), "{error}");
    let huge = grey(65_535, 65_535, 8, &[]).encapsulated(DEFLATED_FRAME, &[&[], &first]);
    assert!(matches!(decode_with(&huge, &all()).unwrap_err().kind(), ErrorKind::LimitExceeded { .. }));
    let large = grey(1000, 1000, 8, &[]).encapsulated(DEFLATED_FRAME, &[&[], &first]);
    assert!(fault(&large).contains("9 bytes cannot hold the 1000000 of a frame"), "{}", fault(&large));
}

#[test]
fn native_pixels_can_be_had_where_the_transfer_syntax_has_others() {
    let native = |file: &DicomFile| {
        let pixels = PixelData::native_of(file.dataset(), file, &Limits::DEFAULT)?;
        let mut out = vec![0xA5; pixels.length(&all())? as usize];
        pixels.decode(file, &all(), &mut out).map(|_| out)
    };
    let image = Image { frames: Some("2"), ..grey(1, 2, 8, &[1, 2, 3, 4]) };
    let bytes = [image.header(), explicit(PIXELS, "OB", &image.pixels)].concat();
    let under_rle = read(&file(RLE, &bytes));
    assert!(fault(&under_rle).contains("native=True"), "{}", fault(&under_rle));
    assert_eq!(native(&under_rle).unwrap(), [1, 2, 3, 4]);
    let in_fragments = image.encapsulated(EXPLICIT, &[&[], &[1, 2], &[3, 4]]);
    assert!(fault(&in_fragments).contains("native=True"), "{}", fault(&in_fragments));
    assert_eq!(native(&in_fragments).unwrap(), [1, 2, 3, 4]);
    let one = Image { frames: None, ..grey(1, 4, 8, &[]) };
    assert_eq!(native(&one.encapsulated(EXPLICIT, &[&[], &[1, 2], &[3, 4]])).unwrap(), [1, 2, 3, 4]);
    assert_eq!(native(&image.file()).unwrap(), [1, 2, 3, 4]);
}

#[test]
fn video_is_had_as_bytes() {
    for syntax in ["1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.107"] {
        let error = fault(&grey(1, 2, 8, &[]).encapsulated(syntax, &[&[], &[0, 0, 1, 0xB3]]));
        assert!(error.contains("; generate_fragments() gives what is encoded, as bytes"), "{error}");
    }
    assert!(
        !fault(&read(&file("1.2.840.10008.1.2.4.94", &grey(1, 1, 8, &[]).header()))).contains("generate")
    );
}

#[test]
fn frames_are_the_same_whatever_the_threads() {
    let image = Image { frames: Some("9"), ..grey(13, 17, 8, &[]) };
    let items: Vec<&[u8]> = std::iter::once(&[][..]).chain(std::iter::repeat_n(GREY8, 9)).collect();
    let parallel = |file: &DicomFile, threads: usize, tick: &mut dyn FnMut() -> Result<()>| {
        let pixels = PixelData::of_file(file, &Limits::DEFAULT).unwrap();
        let mut out = vec![0xA5; pixels.length(&all()).unwrap() as usize];
        let threads = std::num::NonZeroUsize::new(threads);
        let found = fastdcm::bulk::decode_frames((&pixels, file), &all(), 0..9, threads, &mut out, tick);
        found.map(|warnings| (out, warnings.len()))
    };
    let whole = image.encapsulated(J2K, &items);
    let mut bad = items.clone();
    (bad[5], bad[8]) = (&GREY8[..90], &GREY8[..90]);
    let bad = image.encapsulated(J2K, &bad);
    for threads in [0, 1, 2, 5] {
        assert_eq!(parallel(&whole, threads, &mut || Ok(())).unwrap(), (grey8().repeat(9), 0));
        let error = parallel(&bad, threads, &mut || Ok(())).unwrap_err().to_string();
        assert!(error.contains("frame 4"), "{error}");
    }
}

fn all() -> PixelOptions {
    PixelOptions::default()
}

proptest! {
    #[test]
    fn whatever_the_attributes_and_bytes_it_ends(
        numbers: [u16; 9], small: [bool; 9], frames in prop_oneof![Just(None), Just(Some("3")), Just(Some("x"))],
        interpretation in prop::sample::select(vec!["RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_ICT", "MONOCHROME2"]),
        bits in prop_oneof![Just(1u16), Just(8), Just(12), Just(16), Just(24), Just(32), Just(64)],
        pixels in prop::collection::vec(any::<u8>(), 0..300), big: bool, raw: bool, keep_cells: bool, encapsulated: bool,
    ) {
        let number = |i: usize| Some(if small[i] { numbers[i] % 5 } else { numbers[i] });
        let image = Image {
            samples: if small[0] { Some(3) } else { Some(1) },
            interpretation: Some(interpretation),
            planar: Some(numbers[1] % 2),
            frames,
            rows: number(2),
            columns: number(3),
            allocated: Some(bits),
            stored: if small[4] { Some(bits) } else { number(5) },
            high: number(6),
            signed: Some(numbers[7] % 2),
            vr: if small[8] { "OB" } else { "OW" },
            pixels: pixels.clone(),
        };
        let half = pixels.len() / 2;
        let file = match (encapsulated, big) {
            (true, _) => image.encapsulated(RLE, &[&[], &pixels[..half], &pixels[half..]]),
            (false, true) => image.big_endian(),
            (false, false) => image.file(),
        };
        for index in [None, Some(0), Some(2)] {
            let options = PixelOptions { index, raw, keep_cells, partial: small[8], ..all() };
            let _ = decode_with(&file, &options);
        }
    }
}
