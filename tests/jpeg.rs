//! JPEG with a DCT, through the codec's public side, against what libjpeg-turbo makes of the same frames.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)]

use std::borrow::Cow;

use fastdcm::codec::jpeg::ColourMarks;
use fastdcm::codec::{self, CodestreamColour, EncodedFrame};
use fastdcm::pixel::{ImageAttributes, ImageDescription};
use fastdcm::transfer_syntax::JPEG_BASELINE_8_BIT;
use fastdcm::{Result, WarningKind};
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Written by `make_jpeg_vectors.py`.
const VECTORS: &str = include_str!("vectors/jpeg.jsonl");

struct Vector {
    name: String,
    shape: [i64; 3],
    bits: i64,
    hash: String,
    /// At a half, a quarter, an eighth.
    reduced: Vec<String>,
    frame: Vec<u8>,
}

fn bytes_of(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn vectors() -> Vec<Vector> {
    let vector = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        let axis = |number: usize| row["shape"][number].as_i64().unwrap();
        Vector {
            name: text("name"),
            shape: [axis(0), axis(1), axis(2)],
            bits: row["bits"].as_i64().unwrap(),
            hash: text("sha256"),
            reduced: serde_json::from_value(row["reduced"].clone()).unwrap(),
            frame: bytes_of(&text("frame")),
        }
    };
    VECTORS.lines().map(vector).collect()
}

fn vector(name: &str) -> Vector {
    vectors().into_iter().find(|vector| vector.name.starts_with(name)).unwrap()
}

impl Vector {
    fn description(&self, bits_allocated: i64, bits_stored: i64) -> ImageDescription {
        let [rows, columns, samples_per_pixel] = self.shape;
        ImageDescription::new(&ImageAttributes {
            rows,
            columns,
            samples_per_pixel,
            bits_allocated,
            bits_stored,
            high_bit: bits_stored - 1,
            ..ImageAttributes::default()
        })
        .unwrap()
    }

    fn natural(&self) -> ImageDescription {
        self.description(if self.bits > 8 { 16 } else { 8 }, self.bits)
    }
}

fn decode(bytes: &[u8], description: &ImageDescription) -> Result<(Vec<u8>, Option<WarningKind>)> {
    let codec = codec::decoder(&JPEG_BASELINE_8_BIT).unwrap();
    let fragments = [Cow::Borrowed(bytes)];
    let frame = EncodedFrame { number: 0, fragments: &fragments };
    let mut out = vec![0xA5; description.frame_length() as usize];
    let warning = codec::decode(codec, &frame, description, &mut out)?;
    Ok((out, warning))
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn position(bytes: &[u8], code: u8) -> usize {
    bytes.windows(2).position(|pair| pair == [0xFF, code]).unwrap()
}

#[test]
fn samples_equal_those_of_libjpeg_turbo() {
    let mut different = Vec::new();
    for vector in vectors() {
        let (out, warning) = decode(&vector.frame, &vector.natural()).unwrap();
        assert_eq!(warning, None);
        if hash(&out) != vector.hash {
            different.push(vector.name);
        }
    }
    assert!(different.is_empty(), "{different:#?}");
}

#[test]
fn wider_cells_hold_the_same_samples() {
    for vector in vectors() {
        let (narrow, _) = decode(&vector.frame, &vector.natural()).unwrap();
        let (wide, warning) = decode(&vector.frame, &vector.description(32, 32)).unwrap();
        let wide: Vec<u32> = wide.as_chunks::<4>().0.iter().map(|cell| u32::from_ne_bytes(*cell)).collect();
        let narrow: Vec<u32> = if vector.bits == 8 {
            let (middle, _) = decode(&vector.frame, &vector.description(16, 8)).unwrap();
            let middle = middle.as_chunks::<2>().0.iter().map(|cell| u16::from_ne_bytes(*cell));
            assert!(middle.eq(narrow.iter().copied().map(u16::from)));
            narrow.iter().copied().map(u32::from).collect()
        } else {
            narrow.as_chunks::<2>().0.iter().map(|cell| u16::from_ne_bytes(*cell).into()).collect()
        };
        assert_eq!(wide, narrow, "{}", vector.name);
        assert_eq!(warning, Some(WarningKind::PrecisionContradicts));
    }
}

#[test]
fn samples_are_as_long_as_the_codestream_says() {
    let vector = vector("12 bit grey 75 17x33");
    let sixteen = |bits_stored| -> Vec<u16> {
        let (out, warning) = decode(&vector.frame, &vector.description(16, bits_stored)).unwrap();
        assert_eq!(warning.is_some(), bits_stored != 12);
        out.as_chunks::<2>().0.iter().map(|cell| u16::from_ne_bytes(*cell)).collect()
    };
    let all = sixteen(12);
    assert!(all.iter().any(|sample| *sample > 1023));
    assert_eq!(sixteen(10), all);
    let codec = codec::decoder(&JPEG_BASELINE_8_BIT).unwrap();
    let fragments = [Cow::Borrowed(&vector.frame[..])];
    let frame = EncodedFrame { number: 0, fragments: &fragments };
    assert!(codec::marks(codec, &frame, &vector.description(16, 10)).fills_cells);
}

#[test]
fn what_a_codestream_says_of_its_colours() {
    let marks = |name: &str| ColourMarks::of(&vector(name).frame).unwrap();
    let jfif =
        ColourMarks { is_jfif: true, components: 3, identifiers: [1, 2, 3, 0], ..ColourMarks::default() };
    assert_eq!(marks("3 components 4:4:4"), jfif);
    assert_eq!(marks("3 components 4:2:0"), ColourMarks { is_subsampled: true, ..jfif });
    assert_eq!(marks("1 components"), ColourMarks { components: 1, identifiers: [1, 0, 0, 0], ..jfif });
    let inks = marks("4 components");
    assert!(inks.adobe_transform.is_some() && !inks.is_jfif && inks.components == 4);
    assert_eq!((marks("1 components").colour(), inks.colour()), (None, None));
    assert_eq!(jfif.colour(), Some(CodestreamColour::Ybr));
    assert_eq!(ColourMarks::of(&[0xFF, 0xD8, 0xFF, 0xD9]), None);
    let frame = vector("3 components 4:4:4").frame;
    for cut in 0..position(&frame, 0xC0) {
        assert_eq!(ColourMarks::of(&frame[..cut]), None);
    }
}

#[test]
fn tables_that_are_left_out_are_the_usual_ones() {
    let vector = vector("3 components 4:2:0 {'quality': 90} 17x33");
    let mut bytes = vector.frame.clone();
    while let Some(start) = bytes.windows(2).position(|pair| pair == [0xFF, 0xC4]) {
        let length = usize::from(u16::from_be_bytes([bytes[start + 2], bytes[start + 3]]));
        bytes.drain(start..start + 2 + length);
    }
    let (out, _) = decode(&bytes, &vector.natural()).unwrap();
    assert_eq!(hash(&out), vector.hash);
}

#[test]
fn without_the_end_marker_and_with_padding() {
    for vector in vectors() {
        let end = vector.frame.len() - 2;
        for tail in [&[][..], &[0, 0], &[0xFF, 0xD9, 0, 0, 0xFF]] {
            let (out, _) = decode(&[&vector.frame[..end], tail].concat(), &vector.natural()).unwrap();
            assert_eq!(hash(&out), vector.hash, "{}", vector.name);
        }
    }
}

#[test]
fn cut_at_every_offset_it_is_an_error() {
    for vector in vectors() {
        for length in 0..vector.frame.len() - 2 {
            let cut = decode(&vector.frame[..length], &vector.natural());
            assert!(cut.is_err(), "{} cut at {length}", vector.name);
        }
    }
}

#[test]
fn contradictions_are_named() {
    let vector = vector("3 components 4:2:0 {'quality': 90} 17x33");
    let with = |code: u8, offset: usize, value: u8| {
        let mut bytes = vector.frame.clone();
        let place = position(&bytes, code) + offset;
        bytes[place] = value;
        decode(&bytes, &vector.natural()).unwrap_err().to_string()
    };
    let cases = [
        (0xC0, 4, 12, "precision 12 is not one of its process"),
        (0xC0, 6, 18, "the frame header says 18 rows of 33 columns, the data set 17 of 33"),
        (0xC0, 11, 0x52, "a sampling factor of component 0 is not 1 to 4"),
        (0xC0, 12, 3, "no quantization table 3"),
        (0xC0, 1, 0xC5, "hierarchical JPEG is not supported"),
        (0xC0, 1, 0xC9, "JPEG with arithmetic coding is not supported"),
        (0xDB, 4, 0x20, "a quantization table of precision 2"),
        (0xDB, 4, 0x04, "quantization table 4 of 0 to 3"),
        (0xDA, 6, 0x22, "no Huffman table 2"),
        (0xDA, 4, 0, "a scan of no component"),
    ];
    for (code, offset, value, expected) in cases {
        let found = with(code, offset, value);
        assert_eq!(found.strip_prefix("JPEG, frame 0: "), Some(expected));
    }
    let mut bytes = vector.frame.clone();
    let place = position(&bytes, 0xC0);
    bytes[place + 1] = 0xC1;
    assert_eq!(hash(&decode(&bytes, &vector.natural()).unwrap().0), vector.hash, "extended sequential");
}

#[test]
fn too_few_bytes_for_a_frame_are_refused_before_memory_is_asked_for() {
    let codec = codec::decoder(&JPEG_BASELINE_8_BIT).unwrap();
    let large = ImageAttributes { rows: 65_535, columns: 65_535, ..ImageAttributes::default() };
    let large = ImageDescription::new(&large).unwrap();
    let error = codec.check(1000, &large).unwrap_err();
    assert_eq!(error, "1000 bytes cannot hold the 4294836225 samples of a frame: they give 1368000 at most");
    codec.check(4_000_000, &large).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]
    #[test]
    fn damaged_frames_give_samples_or_an_error(
        number: prop::sample::Index,
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let vectors = vectors();
        let vector = &vectors[number.index(vectors.len())];
        let mut bytes = vector.frame.clone();
        for (place, value) in damages {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Err(error) = decode(&bytes, &vector.natural()) {
            prop_assert!(!error.to_string().contains("a fault of it"), "{}", error);
        }
    }
}

fn decode_reduced(bytes: &[u8], description: &ImageDescription, reduce: u8) -> Result<Vec<u8>> {
    let codec = codec::decoder(&JPEG_BASELINE_8_BIT).unwrap();
    let fragments = [Cow::Borrowed(bytes)];
    let frame = EncodedFrame { number: 0, fragments: &fragments };
    let mut out = vec![0xA5; description.reduced(reduce).frame_length() as usize];
    codec::decode_reduced(codec, &frame, description, reduce, &mut out)?;
    Ok(out)
}

#[test]
fn reduced_samples_equal_those_of_libjpeg_turbo() {
    let mut different = Vec::new();
    for vector in vectors() {
        for (hash_of_it, reduce) in vector.reduced.iter().zip(1..) {
            let out = decode_reduced(&vector.frame, &vector.natural(), reduce).unwrap();
            if hash(&out) != *hash_of_it {
                different.push(format!("{} / {}", vector.name, 1 << reduce));
            }
        }
    }
    assert!(different.is_empty(), "{different:#?}");
}

#[test]
fn reduced_samples_of_twelve_bits_are_averages() {
    for vector in vectors().iter().filter(|vector| vector.name.contains("12 bit grey 100")) {
        let description = vector.natural();
        let samples = |bytes: Vec<u8>| -> Vec<f64> {
            bytes.as_chunks::<2>().0.iter().map(|cell| u16::from_ne_bytes(*cell).into()).collect()
        };
        let whole = samples(decode(&vector.frame, &description).unwrap().0);
        let [rows, columns, _] = vector.shape.map(|axis| axis as usize);
        for reduce in 1..=3 {
            let side = 1 << reduce;
            let reduced = samples(decode_reduced(&vector.frame, &description, reduce).unwrap());
            for (row, column) in
                (0..rows / side).flat_map(|row| (0..columns / side).map(move |column| (row, column)))
            {
                let at = |n: usize| whole[(row * side + n / side) * columns + column * side + n % side];
                let inside = (0..side * side).all(|n| at(n) > 0.0 && at(n) < 4095.0);
                let count = f64::from(u32::try_from(side * side).unwrap());
                let mean = (0..side * side).map(at).sum::<f64>() / count;
                let found = reduced[row * columns.div_ceil(side) + column];
                assert!(!inside || (found - mean).abs() <= 1.0, "{}: {found} {mean}", vector.name);
            }
        }
    }
}

#[test]
fn reduced_frames_that_are_cut_are_errors() {
    for name in ["3 components 4:2:0", "3 components 4:2:0 {'quality': 100", "12 bit grey 75 17x33"] {
        let vector = vector(name);
        for (length, reduce) in (0..vector.frame.len() - 2).zip([1, 2, 3].into_iter().cycle()) {
            let error = decode_reduced(&vector.frame[..length], &vector.natural(), reduce).unwrap_err();
            assert!(!error.to_string().contains("a fault of it"), "{error}");
        }
    }
}

#[test]
fn codecs_tell_how_often_they_halve() {
    let halvings = |bytes: &[u8], wanted| {
        let codec = codec::decoder(&JPEG_BASELINE_8_BIT).unwrap();
        let fragments = [Cow::Borrowed(bytes)];
        let frame = EncodedFrame { number: 0, fragments: &fragments };
        codec::halvings(codec, &frame, &vectors()[0].natural(), wanted)
    };
    let frame = &vectors()[0].frame;
    assert_eq!([0, 1, 3, 4, 255].map(|wanted| halvings(frame, wanted)), [0, 1, 3, 3, 3]);
    assert_eq!(halvings(&frame[..20], 2), 0);
    let mut lossless = frame.clone();
    lossless[position(frame, 0xC0) + 1] = 0xC3;
    assert_eq!(halvings(&lossless, 2), 0);
    assert!(decode_reduced(&lossless, &vectors()[0].natural(), 1).is_err());
}
