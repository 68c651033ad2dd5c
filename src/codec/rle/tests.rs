use std::borrow::Cow;

use super::*;
use crate::error::Error;
use crate::pixel::{ImageAttributes, PhotometricInterpretation};
use proptest::prelude::*;

fn description(rows: i64, columns: i64, samples: i64, bits: i64) -> ImageDescription {
    ImageDescription::new(&ImageAttributes {
        rows,
        columns,
        samples_per_pixel: samples,
        bits_allocated: bits,
        bits_stored: bits,
        high_bit: bits - 1,
        photometric_interpretation: Some(PhotometricInterpretation::Monochrome2),
        ..ImageAttributes::default()
    })
    .unwrap()
}

fn decode(bytes: &[u8], description: &ImageDescription) -> Result<(Vec<u8>, bool), Error> {
    let fragments = [Cow::Borrowed(bytes)];
    let frame = EncodedFrame { number: 7, fragments: &fragments };
    let mut out = vec![0xEE; usize::try_from(description.frame_length()).unwrap()];
    let warning = crate::codec::decode(&Rle, &frame, description, &mut out)?;
    Ok((out, warning.is_some()))
}

fn reason(bytes: &[u8], description: &ImageDescription) -> String {
    decode(bytes, description).unwrap_err().to_string()
}

/// A frame of these encoded segments.
fn frame(segments: &[&[u8]]) -> Vec<u8> {
    let mut numbers = [0u32; 16];
    numbers[0] = u32::try_from(segments.len()).unwrap();
    let mut offset = 64;
    for (number, segment) in numbers[1..].iter_mut().zip(segments) {
        *number = offset;
        offset += u32::try_from(segment.len()).unwrap();
    }
    [numbers.iter().flat_map(|number| number.to_le_bytes()).collect(), segments.concat()].concat()
}

/// Runs of two bytes or more become runs, the rest literals; padded to an even length.
fn encode(mut bytes: &[u8]) -> Vec<u8> {
    let run_of = |bytes: &[u8]| bytes.iter().take(128).take_while(|byte| **byte == bytes[0]).count();
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let run = run_of(bytes);
        let count = if run > 1 {
            out.extend([u8::try_from(257 - run).unwrap(), bytes[0]]);
            run
        } else {
            let most = bytes.len().min(128);
            let count = (1..most).find(|at| run_of(&bytes[*at..]) > 2).unwrap_or(most);
            out.push(u8::try_from(count - 1).unwrap());
            out.extend(&bytes[..count]);
            count
        };
        bytes = &bytes[count..];
    }
    if out.len() % 2 == 1 {
        out.push(0);
    }
    out
}

/// Planes of the bytes of little endian pixels, most significant first, encoded.
fn encode_frame(pixels: &[u8], samples: usize, size: usize) -> Vec<u8> {
    let mut segments = Vec::new();
    for sample in 0..samples {
        for byte in (0..size).rev() {
            let plane: Vec<u8> =
                pixels.iter().skip(sample * size + byte).step_by(samples * size).copied().collect();
            segments.push(encode(&plane));
        }
    }
    frame(&segments.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn ne16(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_ne_bytes()).collect()
}

#[test]
fn ps3_5_g_3_1_literal_and_replicate_runs() {
    // Two literals, three times 9, nothing (128), one literal; a byte of padding.
    let bytes = frame(&[&[1, 4, 5, 254, 9, 128, 0, 6, 0]]);
    assert_eq!(decode(&bytes, &description(2, 3, 1, 8)).unwrap(), (vec![4, 5, 9, 9, 9, 6], false));
}

#[test]
fn ps3_5_g_2_the_most_significant_byte_comes_first() {
    let bytes = frame(&[&[1, 0x12, 0x34], &[1, 0x56, 0x78]]);
    assert_eq!(decode(&bytes, &description(1, 2, 1, 16)).unwrap().0, ne16(&[0x1256, 0x3478]));
    let bytes = frame(&[&[0, 1], &[0, 2], &[0, 3], &[0, 4]]);
    assert_eq!(decode(&bytes, &description(1, 1, 1, 32)).unwrap().0, 0x0102_0304_u32.to_ne_bytes());
    let bytes = frame(&[&[0, 1], &[0, 2], &[0, 3]]);
    assert_eq!(decode(&bytes, &description(1, 1, 1, 24)).unwrap().0, 0x0001_0203_u32.to_ne_bytes());
    let bytes = frame(&[&[0, 1], &[0, 2], &[0, 3], &[0, 4], &[0, 5], &[0, 6]]);
    assert_eq!(decode(&bytes, &description(1, 1, 3, 16)).unwrap().0, ne16(&[0x0102, 0x0304, 0x0506]));
}

#[test]
fn ps3_5_g_2_colour_comes_by_plane_and_leaves_by_pixel() {
    let bytes = frame(&[&[1, 1, 2], &[1, 3, 4], &[255, 9]]);
    assert_eq!(decode(&bytes, &description(1, 2, 3, 8)).unwrap().0, [1, 3, 9, 2, 4, 9]);
}

#[test]
fn pixels_of_one_bit_stay_packed_in_the_segment() {
    let bytes = frame(&[&[1, 0b0000_0101, 0b11]]);
    assert_eq!(decode(&bytes, &description(2, 5, 1, 1)).unwrap().0, [1, 0, 1, 0, 0, 0, 0, 0, 1, 1]);
}

#[test]
fn names_frame_and_segment() {
    let grey = description(2, 2, 1, 16);
    let good = frame(&[&[253, 1], &[253, 2]]);
    assert_eq!(decode(&good, &grey).unwrap().0, ne16(&[0x0102; 4]));
    assert_eq!(reason(&[], &grey), "RLE, frame 7: 0 bytes cannot hold the 8 of a frame: they give 0 at most");
    assert_eq!(reason(&frame(&[&[253, 1]]), &grey), "RLE, frame 7: 1 segments, 2 are needed");
    let mut many = good.clone();
    many[..4].fill(0xFF);
    assert_eq!(reason(&many, &grey), "RLE, frame 7: 4294967295 segments, 2 are needed");
    for (at, value, text) in
        [(4, 0, "0 to 66"), (4, 67, "67 to 66"), (8, 69, "69 to 68"), (8, 255, "255 to 68")]
    {
        let mut bytes = good.clone();
        bytes[at] = value;
        let number = (at - 4) / 4;
        let expected = format!("RLE, frame 7: segment {number} is at {text} of 68 bytes");
        let found = reason(&bytes, &grey);
        // A start that is past the end makes the segment in front too long before it is found out itself.
        assert!(found == expected || found.contains("segment 0 is at 64 to"), "{found}");
    }
    let short = frame(&[&[253, 1], &[254, 2, 128, 128]]);
    assert_eq!(reason(&short, &grey), "RLE, frame 7: segment 1 gives 3 of 4 bytes");
    let long = frame(&[&[251, 1], &[253, 2]]);
    assert_eq!(reason(&long, &grey), "RLE, frame 7: segment 0 holds 2 bytes more than the 4 that are needed");
}

#[test]
fn padding_is_kept_apart_from_data() {
    let grey = description(1, 4, 1, 8);
    for (segment, is_odd) in [
        (&[253, 1][..], false),
        (&[253, 1, 0], false),
        (&[253, 1, 77], false),
        (&[253, 1, 0, 0], true),
        (&[253, 1, 128, 128, 128], true),
        (&[252, 1], true),
    ] {
        assert_eq!(decode(&frame(&[segment]), &grey).unwrap(), (vec![1; 4], is_odd), "{segment:?}");
    }
    assert!(
        reason(&frame(&[&[253, 1, 3, 4, 5, 6, 7]]), &grey)
            .ends_with("holds 5 bytes more than the 4 that are needed")
    );
}

#[test]
fn refuses_more_than_64_to_1_before_decoding() {
    let huge = description(65_535, 65_535, 1, 8);
    let error = Rle.check(1024, &huge).unwrap_err();
    assert_eq!(error, "1024 bytes cannot hold the 4294836225 of a frame: they give 61440 at most");
    assert!(Rle.check(64 + 4, &description(2, 128, 1, 8)).is_ok());
    assert!(Rle.check(64 + 3, &description(2, 128, 1, 8)).is_err());
}

#[test]
fn refuses_cells_that_segments_cannot_hold() {
    assert!(Rle.check(1 << 20, &description(1, 1, 1, 12)).is_err());
    assert!(Rle.check(1 << 20, &description(1, 1, 3, 64)).is_err());
}

#[test]
fn fragments_are_one_stream() {
    let bytes = frame(&[&[1, 1, 2], &[253, 3, 0]]);
    let fragments = [Cow::Borrowed(&bytes[..66]), Cow::Borrowed(&bytes[66..])];
    let image = description(1, 2, 1, 16);
    let mut out = [0; 4];
    // The second segment is longer than needed: what counts is that both fragments were seen.
    let error =
        crate::codec::decode(&Rle, &EncodedFrame { number: 0, fragments: &fragments }, &image, &mut out);
    assert!(error.unwrap_err().to_string().contains("segment 1 holds 2 bytes more"));
}

#[test]
fn cut_at_every_byte_it_fails_and_does_not_panic() {
    let pixels: Vec<u8> = (0..600u32).map(|i| u8::try_from(i / 7 % 251).unwrap()).collect();
    let bytes = encode_frame(&pixels, 3, 1);
    let image = description(10, 20, 3, 8);
    assert_eq!(decode(&bytes, &image).unwrap().0, pixels);
    let last = bytes.len() - usize::from(bytes[bytes.len() - 1] == 0);
    for cut in 0..last {
        assert!(decode(&bytes[..cut], &image).is_err(), "cut at {cut}");
    }
}

fn pixels() -> impl Strategy<Value = (usize, usize, usize, Vec<u8>)> {
    let size = prop_oneof![Just(1usize), Just(2), Just(4)];
    let samples = prop_oneof![Just(1usize), Just(3)];
    (samples, size, 1usize..5).prop_flat_map(|(samples, size, rows)| {
        let unit = samples * size * rows;
        // Runs of one to 300 bytes: short and long ones, across blocks.
        let runs = prop::collection::vec((any::<u8>(), prop_oneof![Just(1usize), 1usize..300]), 1..200);
        runs.prop_map(move |runs| {
            let mut bytes: Vec<u8> =
                runs.into_iter().flat_map(|(byte, count)| std::iter::repeat_n(byte, count)).collect();
            bytes.resize(bytes.len().next_multiple_of(unit), 0);
            (samples, size, rows, bytes)
        })
    })
}

proptest! {
    #[test]
    fn decodes_what_was_encoded((samples, size, rows, bytes) in pixels()) {
        let columns = bytes.len() / (samples * size * rows);
        let shape = |n: usize| i64::try_from(n).unwrap();
        let image = description(shape(rows), shape(columns), shape(samples), shape(size * 8));
        let (found, is_odd) = decode(&encode_frame(&bytes, samples, size), &image).unwrap();
        prop_assert!(!is_odd);
        let expected: Vec<u8> = bytes.chunks(size).flat_map(|cell| {
            let mut cell = cell.to_vec();
            if cfg!(target_endian = "big") { cell.reverse(); }
            cell
        }).collect();
        prop_assert!(found == expected);
    }

    #[test]
    fn never_panics_on_any_bytes(
        mut bytes in prop::collection::vec(any::<u8>(), 64..400), count in 0u8..5, rows in 1i64..40, columns in 1i64..40,
        samples in prop_oneof![Just(1i64), Just(3), Just(4)],
        bits in prop_oneof![Just(1i64), Just(8), Just(12), Just(16), Just(24), Just(32), Just(64)],
        plausible: bool,
    ) {
        if plausible {
            bytes[..64].fill(0);
            bytes[0] = count;
            for i in 0..15 {
                bytes[4 + 4 * i] = u8::try_from(64 + 9 * i).unwrap();
            }
        }
        let _ = decode(&bytes, &description(rows, columns, samples, bits));
    }
}
