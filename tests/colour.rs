//! The colour space of decoded samples: a frame for every row of the table in `src/pixel/colour_space.rs`.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]

#[path = "support/jpeg_lossless.rs"]
mod jpeg_lossless;
mod support;

use std::borrow::Cow;

use fastdcm::codec::{self, CodestreamColour, EncodedFrame, jpeg_ls};
use fastdcm::file::{DicomFile, ReadOptions, read_memory};
use fastdcm::pixel::{
    ColourConversion, PhotometricInterpretation as Known, PixelData, PixelOptions, SampleType,
};
use fastdcm::transfer_syntax::transfer_syntax;
use fastdcm::{ErrorKind, Limits, Result, Uid};
use jpeg_lossless::Lossless;
use proptest::prelude::*;
use serde_json::Value;
use support::*;

const JPEG: &str = "1.2.840.10008.1.2.4.50";
const JPEG_12_BIT: &str = "1.2.840.10008.1.2.4.51";
const LOSSLESS: &str = "1.2.840.10008.1.2.4.70";
const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";
const JPEG_2000: &str = "1.2.840.10008.1.2.4.90";
const HIGH_THROUGHPUT: &str = "1.2.840.10008.1.2.4.201";
const JPEG_XL: &str = "1.2.840.10008.1.2.4.110";
const RLE: &str = "1.2.840.10008.1.2.5";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const PIXELS: u32 = 0x7FE0_0010;

const RGB8: &[u8] = include_bytes!("data/codecs/rgb8.j2k");
const HIGH_RGB8: &[u8] = include_bytes!("data/codecs/rgb8.jph");
const XL_RGB8: &[u8] = include_bytes!("data/codecs/rgb8.jxl");
const GREY8: &[u8] = include_bytes!("data/codecs/grey8.j2k");
/// Of tests/data/colour/make.py.
const YBR420: &[u8] = include_bytes!("data/colour/ybr420.j2k");

/// Photometric Interpretations, the columns of the table.
const COLUMNS: [&[&str]; 5] = [
    &["RGB"],
    &["YBR_FULL", "YBR_FULL_422"],
    &["YBR_PARTIAL_422", "YBR_PARTIAL_420"],
    &["YBR_ICT", "YBR_RCT"],
    &["HSV"],
];

/// What is done: nothing, or YBR of full or partial range becomes RGB.
#[derive(Clone, Copy, PartialEq)]
enum Done {
    Rgb,
    Full,
    Partial,
    AsItIs,
}
use Done::{AsItIs, Full, Partial, Rgb};

/// With what is done for each column, and whether there is a warning.
struct Row {
    what: &'static str,
    syntax: &'static str,
    size: (u16, u16),
    frame: Vec<u8>,
    done: [(Done, bool); 5],
}

/// Rows of the table.
const SILENT: [(Done, bool); 5] =
    [(Rgb, false), (Full, false), (Partial, false), (AsItIs, false), (AsItIs, false)];
const SAYS_RGB: [(Done, bool); 5] = [(Rgb, false), (Rgb, true), (Rgb, true), (Rgb, true), (Rgb, true)];
const SAYS_YBR: [(Done, bool); 5] = [(Full, true), (Full, false), (Full, true), (Full, true), (Full, true)];
const CONTRADICTORY: [(Done, bool); 5] =
    [(Rgb, true), (Full, true), (Partial, true), (Rgb, true), (AsItIs, true)];
const PERHAPS_YBR: [(Done, bool); 5] =
    [(Rgb, true), (Full, false), (Partial, false), (Full, true), (AsItIs, false)];
const INVERTED: [(Done, bool); 5] =
    [(Rgb, true), (Full, true), (Partial, true), (Rgb, false), (AsItIs, true)];
const UNTRANSFORMED: [(Done, bool); 5] =
    [(Rgb, false), (Full, false), (Partial, false), (Rgb, true), (AsItIs, false)];
const CONVERTED: [(Done, bool); 5] = [(Rgb, false); 5];

fn vector(name: &str) -> Vec<u8> {
    let rows = include_str!("vectors/jpeg.jsonl").lines().map(|line| serde_json::from_str(line).unwrap());
    let row = rows.into_iter().find(|row: &Value| row["name"].as_str().unwrap() == name).unwrap();
    let hex = row["frame"].as_str().unwrap().as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    hex.chunks(2).map(byte).collect()
}

fn place(bytes: &[u8], marker: u8) -> usize {
    bytes.windows(2).position(|pair| pair == [0xFF, marker]).unwrap()
}

/// Without APP0, and with other segments in its place.
fn marked(frame: &[u8], segments: &[u8]) -> Vec<u8> {
    let start = place(frame, 0xE0);
    let length = usize::from(u16::from_be_bytes([frame[start + 2], frame[start + 3]]));
    [&frame[..start], segments, &frame[start + 2 + length..]].concat()
}

/// APP14 with this transform.
fn adobe(transform: u8) -> Vec<u8> {
    [&[0xFF, 0xEE, 0, 14][..], b"Adobe", &[0, 100, 0, 0, 0, 0, transform]].concat()
}

/// With other identifiers of its three components, in the frame header and the only scan header.
fn named(frame: &[u8], names: [u8; 3], frame_header: u8) -> Vec<u8> {
    let mut frame = frame.to_vec();
    let (header, scan) = (place(&frame, frame_header) + 10, place(&frame, 0xDA) + 5);
    for (number, name) in names.into_iter().enumerate() {
        frame[header + 3 * number] = name;
        frame[scan + 2 * number] = name;
    }
    frame
}

/// JPEG 2000 that tells of no transform of its components.
fn untransformed() -> Vec<u8> {
    let mut frame = RGB8.to_vec();
    let transform = place(&frame, 0x52) + 8;
    assert_eq!(frame[transform], 1);
    frame[transform] = 0;
    frame
}

/// In the boxes of a file whose colours are sYCC.
fn in_boxes(codestream: &[u8]) -> Vec<u8> {
    let boxed = |kind: &[u8; 4], content: &[u8]| {
        [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
    };
    let header = boxed(b"jp2h", &boxed(b"colr", &[1, 0, 0, 0, 0, 0, 18]));
    [b"\0\0\0\x0CjP  \r\n\x87\n", &header[..], &boxed(b"jp2c", codestream)].concat()
}

fn lossless(components: usize, samples: &[u16]) -> Vec<u8> {
    let image = Lossless {
        rows: 4,
        columns: 5,
        components,
        precision: 8,
        selection: 1,
        point_transform: 0,
        interval: 0,
        is_interleaved: true,
        has_long_codes: false,
    };
    image.encode(samples)
}

fn samples(count: u16) -> Vec<u16> {
    (0..count).map(|number| number * 37 % 251).collect()
}

fn jpeg_ls(components: u8, samples: &[u16]) -> Vec<u8> {
    let image = jpeg_ls::Image { rows: 4, columns: 5, components, samples };
    jpeg_ls::encode(&image, &jpeg_ls::Encoding::lossless(8)).unwrap()
}

fn jfif() -> &'static [u8] {
    b"\xFF\xE0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
}

fn table() -> Vec<Row> {
    let whole = vector("3 components 4:4:4 {'quality': 90} 17x33");
    let shared = vector("3 components 4:2:0 {'quality': 90} 17x33");
    let lossless = lossless(3, &samples(60));
    let row = |what, syntax, frame: Vec<u8>, done| {
        let size = match syntax {
            JPEG => (17, 33),
            LOSSLESS | JPEG_LS => (4, 5),
            _ => (13, 17),
        };
        Row { what, syntax, size, frame, done }
    };
    let behind_soi = |frame: &[u8], segment: &[u8]| [&frame[..2], segment, &frame[2..]].concat();
    vec![
        row("no marks", JPEG, marked(&whole, &[]), SILENT),
        row("a transform that is not known", JPEG, marked(&whole, &adobe(7)), SILENT),
        row("lossless", LOSSLESS, lossless.clone(), SILENT),
        row("lossless with JFIF", LOSSLESS, behind_soi(&lossless, jfif()), SILENT),
        row("JPEG-LS", JPEG_LS, jpeg_ls(3, &samples(60)), SILENT),
        row("APP14 without transform", JPEG, marked(&whole, &adobe(0)), SAYS_RGB),
        row("R, G, B", JPEG, named(&marked(&whole, &[]), *b"RGB", 0xC0), SAYS_RGB),
        row("r, g, b", JPEG, named(&marked(&whole, &[]), *b"rgb", 0xC0), SAYS_RGB),
        row("lossless, R, G, B", LOSSLESS, named(&lossless, *b"RGB", 0xC3), SAYS_RGB),
        row("lossless, APP14", LOSSLESS, behind_soi(&lossless, &adobe(0)), SAYS_RGB),
        row("JFIF", JPEG, whole.clone(), SAYS_YBR),
        row("JFIF and subsampled", JPEG, shared.clone(), SAYS_YBR),
        row("APP14 with YCbCr", JPEG, marked(&whole, &adobe(1)), SAYS_YBR),
        row("JFIF and R, G, B", JPEG, named(&whole, *b"RGB", 0xC0), CONTRADICTORY),
        row("JFIF and APP14", JPEG, marked(&whole, &[jfif(), &adobe(0)].concat()), CONTRADICTORY),
        row("subsampled", JPEG, marked(&shared, &[]), PERHAPS_YBR),
        row("inverted", JPEG_2000, RGB8.to_vec(), INVERTED),
        row("high throughput, inverted", HIGH_THROUGHPUT, HIGH_RGB8.to_vec(), INVERTED),
        row("untransformed", JPEG_2000, untransformed(), UNTRANSFORMED),
        row("sYCC", JPEG_2000, in_boxes(&untransformed()), PERHAPS_YBR),
        row("sYCC, but transformed", JPEG_2000, in_boxes(RGB8), INVERTED),
        Row { size: (64, 64), ..row("subsampled", JPEG_2000, YBR420.to_vec(), PERHAPS_YBR) },
        row("JPEG XL", JPEG_XL, XL_RGB8.to_vec(), CONVERTED),
    ]
}

fn attributes(interpretation: &str, samples: u16, size: (u16, u16), bits: (u16, u16)) -> Vec<u8> {
    let mut name = interpretation.as_bytes().to_vec();
    name.resize(name.len().next_multiple_of(2), b' ');
    let numbers = [
        (0x0028_0006, 0),
        (0x0028_0010, size.0),
        (0x0028_0011, size.1),
        (0x0028_0100, bits.0),
        (0x0028_0101, bits.1),
        (0x0028_0102, bits.1 - 1),
        (0x0028_0103, 0),
    ];
    let mut bytes =
        [explicit(0x0028_0002, "US", &samples.to_le_bytes()), explicit(0x0028_0004, "CS", &name)].concat();
    numbers.iter().for_each(|(tag, value)| bytes.extend(explicit(*tag, "US", &value.to_le_bytes())));
    bytes
}

fn encapsulated(header: &[u8], syntax: &str, frame: &[u8]) -> DicomFile {
    let start = [header, &explicit_header(PIXELS, "OB", UNDEFINED)].concat();
    // A frame in several fragments.
    let (first, second) = frame.split_at((frame.len() / 2) & !1);
    let bytes = [start, item(&[]), item(first), item(second), end_sequence()].concat();
    read(&file(syntax, &bytes))
}

fn read(bytes: &[u8]) -> DicomFile {
    read_memory(Box::new(bytes.to_vec()), &ReadOptions::default()).unwrap()
}

struct Decoded {
    bytes: Vec<u8>,
    warnings: Vec<&'static str>,
    interpretation: Option<Known>,
}

fn decode(file: &DicomFile, options: &PixelOptions) -> Result<Decoded> {
    let pixels = PixelData::of_file(file, &Limits::DEFAULT)?;
    let mut bytes = vec![0xA5; pixels.length(options)? as usize];
    let warnings = pixels.decode(file, options, &mut bytes)?;
    let interpretation = pixels.interpretation(file, options)?;
    let warnings = warnings.iter().map(|warning| warning.kind.name()).collect();
    Ok(Decoded { bytes, warnings, interpretation })
}

const RAW: PixelOptions =
    PixelOptions { index: None, raw: true, keep_cells: false, strict: false, partial: false, region: None };
const PLAIN: PixelOptions = PixelOptions { raw: false, ..RAW };
const STRICT: PixelOptions = PixelOptions { strict: true, ..PLAIN };

fn converted(from: Known, kind: SampleType, pixels: &[u8]) -> Vec<u8> {
    let mut out = vec![0; pixels.len()];
    ColourConversion::new(from, Known::Rgb, kind).unwrap().apply(pixels, &mut out);
    out
}

fn check(row: &Row, name: &str, (done, is_told): (Done, bool)) {
    let file = encapsulated(&attributes(name, 3, row.size, (8, 8)), row.syntax, &row.frame);
    let what = format!("{} under {name}", row.what);
    let raw = decode(&file, &RAW).unwrap_or_else(|error| panic!("{what}: {error}"));
    let found = decode(&file, &PLAIN).unwrap();
    let expected = match done {
        Rgb | AsItIs => raw.bytes.clone(),
        Full => converted(Known::YbrFull, SampleType::U8, &raw.bytes),
        Partial => converted(Known::YbrPartial422, SampleType::U8, &raw.bytes),
    };
    assert!(found.bytes == expected, "{what}");
    let mut warnings = raw.warnings.clone();
    warnings.extend(is_told.then_some("ColourContradicts"));
    assert_eq!(found.warnings, warnings, "{what}");
    let stored = Known::from_value(name.as_bytes());
    let (raw_space, space) = match done {
        Rgb => (Some(Known::Rgb), Some(Known::Rgb)),
        Full => (Some(Known::YbrFull), Some(Known::Rgb)),
        Partial => (stored, Some(Known::Rgb)),
        AsItIs => (stored, stored),
    };
    assert_eq!((raw.interpretation, found.interpretation), (raw_space, space), "{what}");
    let strict = decode(&file, &STRICT).map(|found| found.bytes);
    let is_refused = strict.is_err_and(|error| matches!(error.kind(), ErrorKind::Strict(_)));
    assert_eq!(is_refused, !warnings.is_empty(), "{what}");
}

#[test]
fn every_row_of_the_table() {
    for row in table() {
        for (interpretations, done) in COLUMNS.into_iter().zip(row.done) {
            interpretations.iter().for_each(|name| check(&row, name, done));
        }
    }
}

/// What a codestream says does not help where the attribute is absent: raw pixels can be had.
#[test]
fn without_photometric_interpretation_pixels_are_raw() {
    for row in table() {
        let file = encapsulated(&attributes("GREEN", 3, row.size, (8, 8)), row.syntax, &row.frame);
        assert!(decode(&file, &PLAIN).is_err_and(|error| error.to_string().contains("raw=True")));
        let raw = decode(&file, &RAW).unwrap();
        assert_eq!(raw.interpretation, None, "{}", row.what);
    }
}

#[test]
fn shared_chrominances_of_jpeg_2000_are_given_to_all_their_pixels() {
    let file = encapsulated(&attributes("YBR_FULL_422", 3, (64, 64), (8, 8)), JPEG_2000, YBR420);
    let raw = decode(&file, &RAW).unwrap();
    for (number, pixel) in raw.bytes.as_chunks::<3>().0.iter().enumerate() {
        let (row, column) = (number / 64, number % 64);
        let expected = [2 * row + column, 96 + row / 2, 160 - column / 2];
        assert_eq!(pixel.map(usize::from), expected, "{row}, {column}");
    }
}

#[test]
fn palette_indices_are_not_colours() {
    let grey = vector("1 components 4:4:4 {'quality': 90} 17x33");
    let indices = samples(20);
    let cells: Vec<u8> = indices.iter().map(|index| *index as u8).collect();
    let (lossless, coded) = (lossless(1, &indices), jpeg_ls(1, &indices));
    let mut run = vec![0; 64];
    (run[0], run[4]) = (1, 64);
    run.push(19);
    run.extend(&cells);
    run.push(0x80);
    for (syntax, size, frame) in [
        (JPEG, (17, 33), &grey[..]),
        (LOSSLESS, (4, 5), &lossless),
        (JPEG_LS, (4, 5), &coded),
        (JPEG_2000, (13, 17), GREY8),
        (RLE, (4, 5), &run),
    ] {
        let file = encapsulated(&attributes("PALETTE COLOR", 1, size, (8, 8)), syntax, frame);
        let (raw, found) = (decode(&file, &RAW).unwrap(), decode(&file, &PLAIN).unwrap());
        assert_eq!((&raw.bytes, &raw.warnings), (&found.bytes, &found.warnings), "{syntax}");
        assert_eq!((found.interpretation, found.warnings), (Some(Known::PaletteColor), vec![]));
        assert!(size != (4, 5) || found.bytes == cells, "{syntax}");
    }
}

/// RGB by the equations of PS3.3 C.7.6.3.1.2, half full scale by the bits of a sample.
fn near(ybr: [u16; 3], rgb: [u16; 3], bits: u32) -> bool {
    let (half, most) = (f64::from(1_u32 << (bits - 1)), f64::from((1_u32 << bits) - 1));
    let [y, cb, cr] = ybr.map(f64::from);
    let (red, blue) = (y + 1.402 * (cr - half), y + 1.772 * (cb - half));
    let green = (y - 0.299 * red - 0.114 * blue) / 0.587;
    let wanted = [red, green, blue].map(|sample| sample.clamp(0.0, most));
    rgb.into_iter().zip(wanted).all(|(found, wanted)| (f64::from(found) - wanted).abs() <= 0.5 + 1e-6)
}

#[test]
fn samples_of_12_and_16_bits_become_rgb_too() {
    let words = |bytes: &[u8]| -> Vec<[u16; 3]> {
        let words = bytes.as_chunks::<2>().0.as_chunks::<3>().0.iter();
        words.map(|pixel| pixel.map(u16::from_ne_bytes)).collect()
    };
    let frame = vector("12 bit colour 75 17x33");
    let twelve = encapsulated(&attributes("YBR_FULL", 3, (17, 33), (16, 12)), JPEG_12_BIT, &frame);
    let values: Vec<u8> = [40_000_u16, 20_000, 50_000, 65_535, 32_768, 32_768].map(u16::to_le_bytes).concat();
    let native = [attributes("YBR_FULL", 3, (1, 2), (16, 16)), explicit(PIXELS, "OW", &values)].concat();
    let shared: Vec<u8> = [40_000_u16, 30_000, 20_000, 50_000].map(u16::to_le_bytes).concat();
    let shared = [attributes("YBR_FULL_422", 3, (1, 2), (16, 16)), explicit(PIXELS, "OW", &shared)].concat();
    for (file, bits) in
        [(twelve, 12), (read(&file(EXPLICIT, &native)), 16), (read(&file(EXPLICIT, &shared)), 16)]
    {
        let (raw, found) = (decode(&file, &RAW).unwrap(), decode(&file, &PLAIN).unwrap());
        assert_eq!((raw.interpretation, found.interpretation), (Some(Known::YbrFull), Some(Known::Rgb)));
        for (ybr, rgb) in words(&raw.bytes).into_iter().zip(words(&found.bytes)) {
            assert!(near(ybr, rgb, bits), "{ybr:?} {rgb:?}");
        }
    }
    let long = [attributes("YBR_FULL", 3, (1, 1), (32, 32)), explicit(PIXELS, "OW", &[0; 12])].concat();
    let error = decode(&read(&file(EXPLICIT, &long)), &PLAIN).err().unwrap().to_string();
    assert!(error.contains("3 unsigned samples of 8 or 16 bits only"), "{error}");
}

#[test]
fn native_pixels_of_partial_range() {
    for (name, values, pixels) in [
        ("YBR_PARTIAL_422", &[16, 235, 128, 128][..], [[0; 3], [255; 3]]),
        ("YBR_FULL_422", &[0, 255, 128, 128], [[0; 3], [255; 3]]),
        ("YBR_PARTIAL_422", &[81, 81, 90, 240], [[254, 0, 0]; 2]),
    ] {
        let bytes = [attributes(name, 3, (1, 2), (8, 8)), explicit(PIXELS, "OB", values)].concat();
        let found = decode(&read(&file(EXPLICIT, &bytes)), &PLAIN).unwrap();
        assert_eq!(found.interpretation, Some(Known::Rgb));
        let differences = found.bytes.iter().zip(pixels.as_flattened()).map(|(a, b)| a.abs_diff(*b));
        assert!(differences.max().unwrap() <= 1, "{name}: {:?}", found.bytes);
    }
}

/// Cells of 16 bits whose samples have less than 8 have half full scale by these.
#[test]
fn any_bits_stored_can_be_converted() {
    for name in ["YBR_FULL", "YBR_PARTIAL_420"] {
        for bits in 1..=16 {
            let cells = [0xFF; 6];
            let bytes = [attributes(name, 3, (1, 1), (16, bits)), explicit(PIXELS, "OW", &cells)].concat();
            assert_eq!(decode(&read(&file(EXPLICIT, &bytes)), &PLAIN).unwrap().bytes.len(), 6);
        }
    }
}

/// What a codestream says, by the codec itself: a panic is not caught.
fn marks(row: &Row, frame: &[u8]) -> Option<CodestreamColour> {
    let syntax = transfer_syntax(&Uid::from_value(row.syntax.as_bytes()).unwrap()).unwrap();
    let file = encapsulated(&attributes("RGB", 3, row.size, (8, 8)), row.syntax, &row.frame);
    let pixels = PixelData::of_file(&file, &Limits::DEFAULT).unwrap();
    let fragments = [Cow::Borrowed(frame)];
    let frame = EncodedFrame { number: 0, fragments: &fragments };
    codec::decoder(syntax).unwrap().marks(&frame, pixels.description()).colour
}

#[test]
fn headers_that_are_cut_say_nothing_or_what_they_say_whole() {
    for row in table() {
        let whole = marks(&row, &row.frame);
        for cut in 0..row.frame.len() {
            let found = marks(&row, &row.frame[..cut]);
            assert!(found.is_none() || found == whole, "{} cut at {cut}: {found:?}", row.what);
        }
    }
}

proptest! {
    #[test]
    fn whatever_the_headers_it_ends(
        number in 0..23_usize, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
    ) {
        let row = table().swap_remove(number);
        let mut frame = row.frame.clone();
        let headers = frame.len().min(200);
        for (place, byte) in changes {
            frame[place.index(headers)] = byte;
        }
        let _ = marks(&row, &frame);
        let file = encapsulated(&attributes("YBR_FULL", 3, row.size, (8, 8)), row.syntax, &frame);
        let _ = decode(&file, &PLAIN);
    }
}
