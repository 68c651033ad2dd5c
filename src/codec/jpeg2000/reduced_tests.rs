//! Frames without their finest levels, against the low bands of what was encoded.

use super::*;
use crate::codec::vectors::{COLUMNS, description, image};
use crate::error::Result;

const CODEC: Jpeg2000 = Jpeg2000("JPEG 2000");

const GREY8: &[u8] = include_bytes!("../../../tests/data/codecs/grey8_levels.j2k");
const GREY16: &[u8] = include_bytes!("../../../tests/data/codecs/grey16_levels.j2k");
const RGB8: &[u8] = include_bytes!("../../../tests/data/codecs/rgb8_levels.j2k");
const HIGH_RGB8: &[u8] = include_bytes!("../../../tests/data/codecs/rgb8_levels.jph");

/// The low band of a row or column after one step of the 5/3 transform (ISO/IEC 15444-1 F.4.8.1).
fn low_band(samples: &[i32]) -> Vec<i32> {
    if samples.len() == 1 {
        return samples.to_vec();
    }
    let mirrored = |place: isize| {
        let last = samples.len().cast_signed() - 1;
        let place = place.abs();
        samples[(if place > last { 2 * last - place } else { place }).cast_unsigned()]
    };
    let high = |place: isize| mirrored(place) - ((mirrored(place - 1) + mirrored(place + 1)) >> 1);
    let even = (0..samples.len().cast_signed()).step_by(2);
    even.map(|place| mirrored(place) + ((high(place - 1) + high(place + 1) + 2) >> 2)).collect()
}

/// A plane without its finest level.
fn without_finest(plane: &[i32], columns: usize) -> (Vec<i32>, usize) {
    let columns_of = |plane: &[i32], columns: usize| -> Vec<Vec<i32>> {
        (0..columns).map(|column| plane.iter().skip(column).step_by(columns).copied().collect()).collect()
    };
    let down: Vec<Vec<i32>> = columns_of(plane, columns).iter().map(|column| low_band(column)).collect();
    let rows = down[0].len();
    let by_row =
        (0..rows).flat_map(|row| low_band(&down.iter().map(|column| column[row]).collect::<Vec<i32>>()));
    (by_row.collect(), columns.div_ceil(2))
}

fn reduced_planes(mut planes: Vec<Vec<i32>>, reduce: u8) -> Vec<Vec<i32>> {
    let mut columns = usize::from(COLUMNS);
    for _ in 0..reduce {
        let halved: Vec<_> = planes.iter().map(|plane| without_finest(plane, columns)).collect();
        columns = halved[0].1;
        planes = halved.into_iter().map(|(plane, _)| plane).collect();
    }
    planes
}

fn decode_at(frame: &[u8], description: &ImageDescription, reduce: u8) -> Result<Vec<u8>> {
    let fragments = [Cow::Borrowed(frame)];
    let frame = EncodedFrame { number: 7, fragments: &fragments };
    let length = description.reduced(reduce).frame_length();
    let mut out = vec![0xA5; usize::try_from(length).unwrap()];
    crate::codec::decode_reduced(&CODEC, &frame, description, reduce, &mut out)?;
    Ok(out)
}

#[test]
fn reduced_grey_is_the_low_band() {
    for (frame, bits) in [(GREY8, 8), (GREY16, 16)] {
        let description = description(bits, 1, false);
        let bytes = image(bits, 1, false);
        let plane: Vec<i32> = match bits {
            8 => bytes.iter().map(|byte| i32::from(*byte)).collect(),
            _ => bytes.as_chunks().0.iter().map(|cell| u16::from_ne_bytes(*cell).into()).collect(),
        };
        for reduce in 1..=2 {
            let expected = &reduced_planes(vec![plane.clone()], reduce)[0];
            let expected = expected.iter().map(|sample| u16::try_from((*sample).max(0)).unwrap());
            let cells: Vec<u8> = match bits {
                8 => expected.map(|sample| u8::try_from(sample.min(255)).unwrap()).collect(),
                _ => expected.flat_map(u16::to_ne_bytes).collect(),
            };
            assert_eq!(decode_at(frame, &description, reduce).unwrap(), cells, "{bits} bits {reduce}");
        }
        let fragments = [Cow::Borrowed(frame)];
        let encoded = EncodedFrame { number: 7, fragments: &fragments };
        assert_eq!([1, 2, 9].map(|wanted| CODEC.halvings(&encoded, &description, wanted)), [1, 2, 2]);
        let signed = crate::codec::vectors::description(bits, 1, true);
        assert_eq!(CODEC.halvings(&encoded, &signed, 2), 0);
        let error = decode_at(frame, &description, 3).unwrap_err().to_string();
        assert!(error.contains("2 decomposition levels, 3 are to be left out"), "{error}");
    }
}

#[test]
fn reduced_colour_is_that_of_the_low_bands() {
    let bytes = image(8, 3, false);
    let plane = |of: fn(i32, i32, i32) -> i32| -> Vec<i32> {
        let pixels = bytes.as_chunks::<3>().0.iter().map(|pixel| pixel.map(i32::from));
        pixels.map(|[red, green, blue]| of(red, green, blue)).collect()
    };
    let description = description(8, 3, false);
    for frame in [RGB8, HIGH_RGB8] {
        for reduce in 1..=2 {
            // ISO/IEC 15444-1 G.2: the transform of the components, and back.
            let planes =
                vec![plane(|r, g, b| (r + 2 * g + b) >> 2), plane(|_, g, b| b - g), plane(|r, g, _| r - g)];
            let planes = reduced_planes(planes, reduce);
            let expected = planes[0].iter().zip(&planes[1]).zip(&planes[2]).flat_map(|((y, u), v)| {
                let green = y - ((u + v) >> 2);
                [v + green, green, u + green].map(|sample| u8::try_from(sample.clamp(0, 255)).unwrap())
            });
            let expected: Vec<u8> = expected.collect();
            assert_eq!(decode_at(frame, &description, reduce).unwrap(), expected, "{reduce}");
        }
    }
}

#[test]
fn reduced_frames_that_are_cut_are_errors() {
    for (frame, description) in [(GREY8, description(8, 1, false)), (HIGH_RGB8, description(8, 3, false))] {
        for length in 0..frame.len() - 2 {
            let error = decode_at(&frame[..length], &description, 1).unwrap_err().to_string();
            assert!(!error.contains("a fault of it"), "{error}");
        }
    }
}
