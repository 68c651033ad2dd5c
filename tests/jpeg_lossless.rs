//! Lossless JPEG in all its forms (ITU-T T.81 Annex H), through the codec's public side.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)]

#[path = "support/jpeg_lossless.rs"]
mod jpeg_lossless;

use std::borrow::Cow;

use fastdcm::codec::{self, EncodedFrame};
use fastdcm::pixel::{ImageAttributes, ImageDescription};
use fastdcm::transfer_syntax::JPEG_LOSSLESS_SV1;
use fastdcm::{Result, WarningKind};
use jpeg_lossless::Lossless;
use proptest::prelude::*;

const SIMPLE: Lossless = Lossless {
    rows: 7,
    columns: 13,
    components: 1,
    precision: 12,
    selection: 1,
    point_transform: 0,
    interval: 0,
    is_interleaved: true,
    has_long_codes: false,
};

fn description(of: &Lossless, bits_allocated: i64, bits_stored: i64) -> ImageDescription {
    ImageDescription::new(&ImageAttributes {
        rows: of.rows as i64,
        columns: of.columns as i64,
        samples_per_pixel: of.components as i64,
        bits_allocated,
        bits_stored,
        high_bit: bits_stored - 1,
        ..ImageAttributes::default()
    })
    .unwrap()
}

fn decode(bytes: &[u8], description: &ImageDescription) -> Result<(Vec<u8>, Option<WarningKind>)> {
    let codec = codec::decoder(&JPEG_LOSSLESS_SV1).unwrap();
    let fragments = [Cow::Borrowed(bytes)];
    let frame = EncodedFrame { number: 0, fragments: &fragments };
    let mut out = vec![0xA5; description.frame_length() as usize];
    let warning = codec::decode(codec, &frame, description, &mut out)?;
    Ok((out, warning))
}

fn sixteen(bytes: &[u8]) -> Vec<u16> {
    bytes.as_chunks::<2>().0.iter().map(|cell| u16::from_ne_bytes(*cell)).collect()
}

fn reason(bytes: &[u8], of: &Lossless) -> String {
    decode(bytes, &description(of, 16, 12)).unwrap_err().to_string()
}

/// Smooth with noise, now and then a jump over the whole range.
fn samples(of: &Lossless) -> Vec<u16> {
    let mut state = 0x1234_5678_9ABC_DEF1_u64;
    let most = (1u32 << of.precision) - 1;
    let count = of.rows * of.columns * of.components;
    let one = |place: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let value = match state % 16 {
            0 => most,
            1 => 0,
            2 => state as u32 >> 8,
            _ => place as u32 / 3 + (state as u32 >> 8) % 8,
        };
        (value & most) as u16
    };
    (0..count).map(one).collect()
}

fn check(of: &Lossless) {
    let samples = samples(of);
    let bytes = of.encode(&samples);
    let expected: Vec<u16> =
        samples.iter().map(|sample| sample >> of.point_transform << of.point_transform).collect();
    let (out, warning) = decode(&bytes, &description(of, 16, of.precision.into())).unwrap();
    assert_eq!(sixteen(&out), expected, "{of:?}");
    assert_eq!(warning, None);
    if of.precision <= 8 {
        let (out, _) = decode(&bytes, &description(of, 8, of.precision.into())).unwrap();
        assert!(out.iter().copied().map(u16::from).eq(expected), "{of:?}");
    }
}

#[test]
fn every_precision_predictor_point_transform_and_restart_interval() {
    for precision in 2..=16 {
        for selection in 1..=7 {
            for point_transform in [0, 1, precision / 2, precision - 1] {
                for (interval, components) in [(0, 1), (1, 1), (3, 1), (0, 3), (2, 3), (0, 4), (3, 4)] {
                    for number in 0..4 {
                        let (is_interleaved, has_long_codes) = (number & 1 == 0, number & 2 == 0);
                        check(&Lossless {
                            components,
                            precision,
                            selection,
                            point_transform,
                            interval,
                            is_interleaved,
                            has_long_codes,
                            ..SIMPLE
                        });
                    }
                }
            }
        }
    }
}

#[test]
fn one_row_and_one_column() {
    for (rows, columns) in [(1, 1), (1, 20), (20, 1), (2, 2)] {
        for selection in 1..=7 {
            check(&Lossless { rows, columns, selection, interval: 1, ..SIMPLE });
            check(&Lossless { rows, columns, selection, components: 3, ..SIMPLE });
        }
    }
}

#[test]
fn wider_cells_and_a_precision_other_than_bits_stored() {
    for components in [1, 3] {
        let of = Lossless { components, is_interleaved: false, ..SIMPLE };
        let samples = samples(&of);
        let bytes = of.encode(&samples);
        let (out, warning) = decode(&bytes, &description(&of, 32, 12)).unwrap();
        let found: Vec<u32> = out.as_chunks::<4>().0.iter().map(|cell| u32::from_ne_bytes(*cell)).collect();
        assert!(found.iter().copied().eq(samples.iter().copied().map(u32::from)));
        assert_eq!(warning, None);
        let (out, warning) = decode(&bytes, &description(&of, 16, 16)).unwrap();
        assert_eq!(sixteen(&out), samples);
        assert_eq!(warning, Some(WarningKind::PrecisionContradicts));
        let error = decode(&bytes, &description(&of, 8, 8)).unwrap_err().to_string();
        assert_eq!(error, "JPEG, frame 0: samples of 12 bits, Bits Allocated is 8");
    }
}

#[test]
fn what_follows_the_last_bits_does_not_matter() {
    let samples = samples(&SIMPLE);
    let bytes = SIMPLE.encode(&samples);
    let end = bytes.len() - 2;
    for tail in
        [&[][..], &[0], &[0xFF], &[0xFF, 0xFF, 0xD9, 0, 0], &[0, 7, 0xFF, 0xD9], &[0xFF, 0xD9, 0xFF, 0xC0]]
    {
        let (out, _) = decode(&[&bytes[..end], tail].concat(), &description(&SIMPLE, 16, 12)).unwrap();
        assert_eq!(sixteen(&out), samples, "{tail:?}");
    }
}

#[test]
fn cut_at_every_offset_it_is_an_error() {
    for of in [SIMPLE, Lossless { components: 3, is_interleaved: false, interval: 2, ..SIMPLE }] {
        let bytes = of.encode(&samples(&of));
        for length in 0..bytes.len() - 2 {
            assert!(decode(&bytes[..length], &description(&of, 16, 12)).is_err(), "{length} {of:?}");
        }
    }
}

#[test]
fn contradictions_are_named() {
    let bytes = SIMPLE.encode(&samples(&SIMPLE));
    let at = |code: u8| bytes.windows(2).position(|pair| pair == [0xFF, code]).unwrap();
    let with = |place: usize, value: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[place..place + value.len()].copy_from_slice(value);
        reason(&bytes, &SIMPLE)
    };
    let (frame, tables, scan) = (at(0xC3), at(0xC4), at(0xDA));
    let cases: [(usize, &[u8], &str); 18] = [
        (0, &[0], "no SOI marker at the first byte: not JPEG"),
        (frame + 5, &[1, 0], "the frame header says 256 rows of 13 columns, the data set 7 of 13"),
        (frame + 7, &[0xFF, 0xFF], "the frame header says 7 rows of 65535 columns, the data set 7 of 13"),
        (frame + 9, &[2], "a frame header is too short"),
        (frame + 9, &[0], "0 components: 1 to 4 are supported"),
        (frame + 9, &[255], "255 components: 1 to 4 are supported"),
        (frame + 4, &[17], "precision 17 is not one of its process"),
        (frame + 4, &[1], "precision 1 is not one of its process"),
        (frame + 11, &[0x51], "a sampling factor of component 0 is not 1 to 4"),
        (frame + 1, &[0xC9], "JPEG with arithmetic coding is not supported"),
        (frame + 1, &[0xC7], "hierarchical JPEG is not supported"),
        (frame + 1, &[0xF7], "a codestream of JPEG-LS"),
        (frame + 1, &[0xEF], "a scan before the frame header"),
        (tables + 5, &[2, 2, 0], "a Huffman table has too many codes"),
        (tables + 4, &[1], "no Huffman table 0"),
        (scan + 5, &[9], "a scan of a component that the frame has not"),
        (scan + 7, &[0], "predictor 0 of 1 to 7"),
        (scan + 9, &[12], "point transform 12 of samples of 12 bits"),
    ];
    for (place, value, expected) in cases {
        let found = with(place, value);
        let found = found.strip_prefix("JPEG, frame 0: ").unwrap();
        // The frame header is looked for first.
        let expected =
            if expected == "a scan before the frame header" { "no frame header" } else { expected };
        assert_eq!(found, expected);
    }
    let of = Lossless { interval: 2, ..SIMPLE };
    let mut bytes = of.encode(&samples(&of));
    let place = bytes.windows(2).position(|pair| pair == [0xFF, 0xDD]).unwrap();
    bytes[place + 5] = 25;
    assert!(reason(&bytes, &of).ends_with("a restart interval of 25 is not one of whole rows"));
    let other = description(&Lossless { components: 3, ..SIMPLE }, 16, 12);
    let error = decode(&SIMPLE.encode(&samples(&SIMPLE)), &other).unwrap_err().to_string();
    assert!(error.ends_with("the frame has 1 components, Samples per Pixel is 3"));
}

#[test]
fn lines_that_come_behind_the_scan() {
    let samples = samples(&SIMPLE);
    let mut bytes = SIMPLE.encode(&samples);
    let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC3]).unwrap();
    bytes[frame + 6] = 0;
    bytes.truncate(bytes.len() - 2);
    for (lines, is_right) in [(7, true), (8, false)] {
        let bytes = [&bytes[..], &[0xFF, 0xDC, 0, 4, 0, lines, 0xFF, 0xD9]].concat();
        let decoded = decode(&bytes, &description(&SIMPLE, 16, 12));
        assert_eq!(decoded.is_ok_and(|(out, _)| sixteen(&out) == samples), is_right);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn damaged_frames_give_samples_or_an_error(
        components in prop_oneof![Just(1usize), Just(3)],
        interval in 0usize..3,
        is_interleaved: bool,
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let of = Lossless { components, interval, is_interleaved, ..SIMPLE };
        let mut bytes = of.encode(&samples(&of));
        for (place, value) in damages {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Err(error) = decode(&bytes, &description(&of, 16, 12)) {
            prop_assert!(!error.to_string().contains("a fault of it"), "{}", error);
        }
    }
}
