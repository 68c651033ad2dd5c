use std::borrow::Cow;

use super::*;
use crate::error::Error;
use crate::pixel::{ImageAttributes, PhotometricInterpretation};
use proptest::prelude::*;

fn description(rows: u16, columns: u16, samples: u8, bits_allocated: i64) -> ImageDescription {
    ImageDescription::new(&ImageAttributes {
        rows: rows.into(),
        columns: columns.into(),
        samples_per_pixel: samples.into(),
        bits_allocated,
        bits_stored: bits_allocated,
        high_bit: bits_allocated - 1,
        photometric_interpretation: Some(PhotometricInterpretation::Monochrome2),
        ..ImageAttributes::default()
    })
    .unwrap()
}

fn decode_into(bytes: &[u8], description: &ImageDescription) -> Result<Vec<u8>, Error> {
    let fragments = [Cow::Borrowed(bytes)];
    let frame = EncodedFrame { number: 7, fragments: &fragments };
    let mut out = vec![0xEE; usize::try_from(description.frame_length()).unwrap()];
    crate::codec::decode(&JpegLs, &frame, description, &mut out)?;
    Ok(out)
}

#[test]
fn another_precision_than_bits_stored_is_told() {
    let samples = samples(6, 9, 1, 0xFFF, 3);
    let bytes =
        encode(&Image { rows: 6, columns: 9, components: 1, samples: &samples }, &Encoding::lossless(12))
            .unwrap();
    let fragments = [Cow::Borrowed(&bytes[..])];
    let frame = EncodedFrame { number: 7, fragments: &fragments };
    for (bits_stored, odd) in [
        (10, Some(WarningKind::PrecisionContradicts)),
        (12, None),
        (16, Some(WarningKind::PrecisionContradicts)),
    ] {
        let attributes = ImageAttributes {
            rows: 6,
            columns: 9,
            bits_allocated: 16,
            bits_stored,
            high_bit: bits_stored - 1,
            ..ImageAttributes::default()
        };
        let mut out = vec![0; samples.len() * 2];
        let description = ImageDescription::new(&attributes).unwrap();
        assert_eq!(crate::codec::decode(&JpegLs, &frame, &description, &mut out), Ok(odd));
        assert!(out.as_chunks().0.iter().map(|cell| u16::from_ne_bytes(*cell)).eq(samples.iter().copied()));
    }
    let reason = decode_into(&bytes, &description(6, 9, 1, 8)).unwrap_err().to_string();
    assert!(reason.contains("samples of 12 bits in the codestream, Bits Allocated is 8"), "{reason}");
}

fn decode(bytes: &[u8], image: &Image<'_>) -> Result<Vec<u16>, Error> {
    let cells = decode_into(bytes, &description(image.rows, image.columns, image.components, 16))?;
    Ok(cells.as_chunks().0.iter().map(|cell| u16::from_ne_bytes(*cell)).collect())
}

fn reason(bytes: &[u8], image: &Image<'_>) -> String {
    decode(bytes, image).unwrap_err().to_string()
}

/// Noise on slopes, with flat parts: every mode of the coder is met.
fn samples(rows: u16, columns: u16, components: u8, maximum: u16, mut seed: u64) -> Vec<u16> {
    let mut found = Vec::new();
    for row in 0..u64::from(rows) {
        for column in 0..u64::from(columns) {
            for component in 0..u64::from(components) {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let noise = seed >> 33;
                let value = match (row / 5 + column / 9 + seed % 2 * (row % 3)) % 4 {
                    0 => component * 3 + 1,
                    1 => row * 7 + column * 3 + noise % 4,
                    2 => noise,
                    _ => u64::from(maximum) - noise % 2,
                };
                found.push(u16::try_from(value % (u64::from(maximum) + 1)).unwrap());
            }
        }
    }
    found
}

fn assert_comes_back(image: &Image<'_>, encoding: &Encoding) {
    let bytes = encode(image, encoding).unwrap();
    let found = decode(&bytes, image).unwrap();
    for (found, sample) in found.iter().zip(image.samples) {
        assert!(found.abs_diff(*sample) <= u16::from(encoding.near), "{encoding:?}: {found} for {sample}");
    }
    // Bytes behind the codestream, and cells of other widths, change nothing.
    assert!(decode(&[&bytes[..], &[0, 1, 0xFF, 2]].concat(), image).unwrap() == found);
    let (rows, columns, components) = (image.rows, image.columns, image.components);
    let wide = decode_into(&bytes, &description(rows, columns, components, 32)).unwrap();
    assert!(
        wide.as_chunks()
            .0
            .iter()
            .map(|cell| u32::from_ne_bytes(*cell))
            .eq(found.iter().map(|one| u32::from(*one)))
    );
    if encoding.precision <= 8 {
        let narrow = decode_into(&bytes, &description(rows, columns, components, 8)).unwrap();
        assert!(narrow.iter().map(|one| u16::from(*one)).eq(found));
    }
}

#[test]
fn every_precision_interleave_and_near_comes_back() {
    for precision in 2..=16 {
        let maximum = u16::try_from((1_u32 << precision) - 1).unwrap();
        for (components, interleave) in [
            (1, Interleave::None),
            (3, Interleave::None),
            (3, Interleave::Line),
            (3, Interleave::Sample),
            (4, Interleave::Line),
            (4, Interleave::Sample),
            (4, Interleave::None),
        ] {
            for near in [0, 1, 2, 3, 10, 255] {
                if near > maximum / 2 {
                    continue;
                }
                let seed = u64::from(precision) << 8 | u64::from(near);
                let samples = samples(33, 41, components, maximum, seed);
                let image = Image { rows: 33, columns: 41, components, samples: &samples };
                let near = u8::try_from(near).unwrap();
                assert_comes_back(&image, &Encoding { near, interleave, ..Encoding::lossless(precision) });
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_image_and_presets_come_back(
        (rows, columns, components) in (1u16..20, 1u16..40, prop_oneof![Just(1u8), Just(3), Just(4)]),
        precision in 2u8..17,
        near in prop_oneof![Just(0u8), 0u8..30],
        interleave in prop_oneof![Just(Interleave::None), Just(Interleave::Line), Just(Interleave::Sample)],
        (maximum, thresholds, reset) in any::<(u16, [u16; 3], u16)>(),
        (has_maximum, has_thresholds, has_reset) in any::<(bool, bool, bool)>(),
        restart_interval in prop_oneof![Just(0u16), 1u16..9],
        seed: u64,
    ) {
        let largest = u16::try_from((1_u32 << precision) - 1).unwrap();
        let mut presets = Presets::default();
        if has_maximum {
            presets.maximum = maximum % largest + 1;
        }
        if has_thresholds {
            presets.thresholds = thresholds.map(|one| one % largest);
            presets.thresholds.sort_unstable();
        }
        if has_reset {
            presets.reset = 3 + reset % 250;
        }
        let encoding = Encoding { precision, near, interleave, presets, restart_interval };
        let maximum = if has_maximum { presets.maximum } else { largest };
        let samples = samples(rows, columns, components, maximum, seed);
        let image = Image { rows, columns, components, samples: &samples };
        if encode(&image, &encoding).is_ok() {
            assert_comes_back(&image, &encoding);
        }
    }

    #[test]
    fn any_bytes_give_an_error_or_samples(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xFF)], 0..400), near in 0u8..9, ilv in 0u8..3,
        samples in prop_oneof![Just(1u8), Just(3)],
    ) {
        let samples_of = [0, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0];
        let count = usize::from(samples);
        let mut head = vec![0xFF, 0xD8, 0xFF, 0xF7, 0, 8 + 3 * samples, 12, 0, 9, 0, 30, samples];
        head.extend(&samples_of[1..=3 * count]);
        head.extend([0xFF, 0xDA, 0, 6 + 2 * samples, samples]);
        head.extend((1..=samples).flat_map(|one| [one, 0]));
        head.extend([near, ilv, 0]);
        head.extend(&bytes);
        let _ = decode_into(&head, &description(9, 30, samples, 16));
        let _ = decode_into(&bytes, &description(9, 30, samples, 16));
    }
}

fn small() -> Vec<u16> {
    samples(12, 17, 3, 4095, 5)
}

fn small_image(samples: &[u16]) -> Image<'_> {
    Image { rows: 12, columns: 17, components: 3, samples }
}

fn encodings() -> Vec<Encoding> {
    let mut all = Vec::new();
    for interleave in [Interleave::None, Interleave::Line, Interleave::Sample] {
        for (near, restart_interval) in [(0, 0), (2, 0), (0, 5)] {
            all.push(Encoding { near, interleave, restart_interval, ..Encoding::lossless(12) });
        }
    }
    all
}

#[test]
fn cut_anywhere_it_gives_an_error_or_all_samples() {
    let samples = small();
    let image = small_image(&samples);
    for encoding in encodings() {
        let bytes = encode(&image, &encoding).unwrap();
        let whole = decode(&bytes, &image).unwrap();
        for end in 0..bytes.len() {
            // EOI may be missing, and bits of padding.
            match decode(&bytes[..end], &image) {
                Ok(found) => assert!(found == whole && end + 4 > bytes.len(), "{encoding:?} cut at {end}"),
                Err(error) => assert!(end + 2 < bytes.len(), "{encoding:?} cut at {end}: {error}"),
            }
        }
    }
}

#[test]
fn damaged_codestreams_give_an_error_or_samples() {
    let samples = small();
    let image = small_image(&samples);
    let mut seed = 1_u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let sound: Vec<Vec<u8>> = encodings().iter().map(|one| encode(&image, one).unwrap()).collect();
    let mut errors = 0;
    for number in 0..3000 {
        let mut bytes = sound[number % sound.len()].clone();
        for _ in 0..=next(4) {
            let at = if next(3) == 0 { next(60.min(bytes.len())) } else { next(bytes.len()) };
            match next(4) {
                0 => bytes[at] = 0xFF,
                1 => bytes[at] ^= 1 << next(8),
                2 => bytes[at] = next(256).to_le_bytes()[0],
                _ => drop(bytes.splice(at..at + next(bytes.len() - at).min(9), [0; 3])),
            }
        }
        errors += usize::from(decode(&bytes, &image).is_err());
    }
    assert!(errors > 1000, "{errors} of 3000 are errors");
}

#[test]
fn one_fragment_or_many_give_the_same() {
    let samples = small();
    let bytes = encode(&small_image(&samples), &Encoding::lossless(12)).unwrap();
    let description = description(12, 17, 3, 16);
    let whole = decode_into(&bytes, &description).unwrap();
    let fragments: Vec<_> = bytes.chunks(50).map(Cow::Borrowed).collect();
    let frame = EncodedFrame { number: 0, fragments: &fragments };
    let mut out = vec![0; whole.len()];
    crate::codec::decode(&JpegLs, &frame, &description, &mut out).unwrap();
    assert!(out == whole);
}

#[test]
fn padding_between_a_scan_and_the_next_marker_is_passed_over() {
    let samples = small();
    let image = small_image(&samples);
    for restart_interval in [0, 4] {
        let encoding = Encoding { restart_interval, ..Encoding::lossless(12) };
        let bytes = encode(&image, &encoding).unwrap();
        let mut padded = Vec::new();
        for (at, byte) in bytes.iter().enumerate() {
            // Before every marker that follows data, not the header.
            let follows_data = at > 30 && *byte == 0xFF && matches!(bytes.get(at + 1), Some(0xD0..=0xDA));
            padded.extend(follows_data.then_some([0, 0, 0x55]).into_iter().flatten());
            padded.push(*byte);
        }
        assert!(padded.len() > bytes.len() + 6);
        assert!(decode(&padded, &image).unwrap() == samples);
    }
}

#[test]
fn components_are_told_apart_by_their_identifiers() {
    let samples = small();
    let image = small_image(&samples);
    let mut bytes =
        encode(&image, &Encoding { interleave: Interleave::Sample, ..Encoding::lossless(12) }).unwrap();
    // The scan has the third component first, the first one last.
    let scan = bytes.windows(2).position(|two| two == [0xFF, code::SOS]).unwrap();
    (bytes[scan + 5], bytes[scan + 9]) = (3, 1);
    let swapped: Vec<u16> = samples.as_chunks::<3>().0.iter().flat_map(|[a, b, c]| [*c, *b, *a]).collect();
    assert!(decode(&bytes, &image).unwrap() == swapped);
    bytes[scan + 5] = 9;
    assert!(reason(&bytes, &image).contains("a scan of component 9, which is unknown or was there before"));
}

#[test]
fn what_cannot_be_decoded_is_named() {
    let samples = small();
    let image = small_image(&samples);
    let bytes = encode(&image, &Encoding::lossless(12)).unwrap();
    let with = |at: usize, value: u8| {
        let mut changed = bytes.clone();
        changed[at] = value;
        reason(&changed, &image)
    };
    let starts = |found: String, expected: &str| assert!(found.contains(expected), "{found}");
    starts(with(1, 0), "no JPEG codestream: it does not begin with SOI");
    starts(with(3, 0xC3), "a frame of another JPEG process, SOF3");
    starts(with(6, 17), "samples of 17 bits in the codestream, Bits Allocated is 16");
    starts(with(8, 13), "13 rows and 17 columns in the codestream, Rows and Columns are 12 and 17");
    starts(with(11, 1), "a frame header of 15 bytes, with 1 components");
    starts(with(13, 0x21), "components of different sizes are not supported");
    let scan = 21;
    assert_eq!(bytes[scan..scan + 2], [0xFF, code::SOS]);
    starts(with(scan + 6, 1), "mapping tables are not supported");
    starts(with(scan + 8, 3), "interleave mode 3");
    starts(with(scan + 9, 1), "a point transform of 1 bits is not supported");
    let grey = Image { components: 1, ..image };
    starts(reason(&bytes, &grey), "3 components in the codestream, Samples per Pixel is 1");
    let transform = |content: &[u8]| [&bytes[..2], &[0xFF, 0xE8, 0, 7], content, &bytes[2..]].concat();
    starts(reason(&transform(b"mrfx\x01"), &image), "a colour transform of 3 samples of 12 bits");
    starts(reason(&transform(b"mrfx\x04"), &image), "HP colour transform 4 is unknown");
    assert!(decode(&transform(b"mrfx\x00"), &image).unwrap() == samples);
    assert!(decode(&transform(b"SPIFF"), &image).unwrap() == samples);
}

#[test]
fn a_frame_too_large_for_its_bytes_is_refused() {
    let check = |length, rows, columns| JpegLs.check(length, &description(rows, columns, 1, 16));
    assert_eq!(check(24, 1, 1), Ok(()));
    assert_eq!(
        check(23, 1, 1).unwrap_err(),
        "23 bytes cannot hold a frame of this size: it takes 24 at least"
    );
    assert!(check(16_000, 65535, 65535).is_err());
    // Black, as small as it gets.
    let samples = vec![0; 300 * 60000];
    let image = Image { rows: 300, columns: 60000, components: 1, samples: &samples };
    let bytes = encode(&image, &Encoding::lossless(16)).unwrap();
    assert!(bytes.len() < 200);
    assert!(decode(&bytes, &image).unwrap() == samples);
}

#[test]
fn images_that_cannot_be_encoded_are_refused() {
    let image = Image { rows: 1, columns: 2, components: 1, samples: &[1, 256] };
    assert_eq!(encode(&image, &Encoding::lossless(8)).unwrap_err(), "a sample is larger than 255");
    let image = Image { rows: 2, ..image };
    assert_eq!(
        encode(&image, &Encoding::lossless(16)).unwrap_err(),
        "2 samples for 2 rows, 2 columns, 1 components"
    );
}
