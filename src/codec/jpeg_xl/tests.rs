use super::*;
use crate::codec::vectors::{attributes, cut_at_every_byte, decode, description, image};
use crate::pixel::ImageAttributes;
use proptest::prelude::*;

const GREY8: &[u8] = include_bytes!("../../../tests/data/codecs/grey8.jxl");
const GREY10: &[u8] = include_bytes!("../../../tests/data/codecs/grey10.jxl");
const GREY14: &[u8] = include_bytes!("../../../tests/data/codecs/grey14.jxl");
const GREY16: &[u8] = include_bytes!("../../../tests/data/codecs/grey16.jxl");
const RGB8: &[u8] = include_bytes!("../../../tests/data/codecs/rgb8.jxl");

/// A codestream taken out of its boxes.
fn bare(frame: &[u8]) -> &[u8] {
    let at = frame.windows(4).position(|kind| kind == b"jxlc").unwrap();
    &frame[at + 4..]
}

#[test]
fn decodes_what_was_encoded_without_loss() {
    for (frame, bits, samples) in
        [(GREY8, 8, 1), (GREY10, 10, 1), (GREY14, 14, 1), (GREY16, 16, 1), (RGB8, 8, 3)]
    {
        let description = description(bits, samples, false);
        assert_eq!(decode(&JpegXl, &[frame], &description).unwrap(), (image(bits, samples, false), None));
        let (first, second) = frame.split_at(frame.len() / 2);
        let parts = decode(&JpegXl, &[first, second, &[0, 0]], &description);
        assert_eq!(parts.unwrap(), (image(bits, samples, false), None));
    }
}

#[test]
fn needs_no_boxes_for_many_bits() {
    for (frame, bits) in [(GREY14, 14), (GREY16, 16)] {
        let found = decode(&JpegXl, &[bare(frame)], &description(bits, 1, false)).unwrap();
        assert_eq!(found, (image(bits, 1, false), None));
    }
}

#[test]
fn samples_go_into_whatever_cells_there_are() {
    let wide = ImageAttributes { bits_allocated: 16, ..attributes(8, 1, false) };
    let (found, odd) = decode(&JpegXl, &[GREY8], &ImageDescription::new(&wide).unwrap()).unwrap();
    let expected: Vec<u8> =
        image(8, 1, false).iter().flat_map(|sample| u16::from(*sample).to_ne_bytes()).collect();
    assert_eq!((found, odd), (expected, None));
    let (found, odd) = decode(&JpegXl, &[GREY16], &description(16, 1, true)).unwrap();
    assert_eq!((found, odd), (image(16, 1, false), Some(WarningKind::SignContradicts)));
}

#[test]
fn another_precision_than_bits_stored_is_told() {
    for bits_stored in [12, 16] {
        let (found, odd) = decode(&JpegXl, &[GREY14], &description(bits_stored, 1, false)).unwrap();
        assert_eq!((found, odd), (image(14, 1, false), Some(WarningKind::PrecisionContradicts)));
    }
}

#[test]
fn names_both_sizes_where_they_differ() {
    for (columns, samples) in [(16, 1), (18, 1), (17, 3)] {
        let other = ImageAttributes { columns, samples_per_pixel: samples, ..attributes(8, 1, false) };
        let description = ImageDescription::new(&other).unwrap();
        let error = decode(&JpegXl, &[GREY8], &description).unwrap_err().to_string();
        assert!(error.starts_with("JPEG XL, frame 7: "), "{error}");
        assert!(error.contains(&format!("{columns}")) && error.contains("17"), "{error}");
    }
    let error = decode(&JpegXl, &[GREY16], &description(8, 1, false)).unwrap_err().to_string();
    assert!(error.ends_with("the codestream has samples of 16 bits, Bits Allocated is 8"), "{error}");
}

#[test]
fn cut_at_every_byte_it_fails_or_is_whole() {
    cut_at_every_byte(&JpegXl, GREY8, &description(8, 1, false));
    cut_at_every_byte(&JpegXl, GREY14, &description(14, 1, false));
    cut_at_every_byte(&JpegXl, RGB8, &description(8, 3, false));
}

proptest! {
    #[test]
    fn whatever_the_bytes_it_ends(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), number in 0usize..3,
    ) {
        let (frame, bits, samples) = [(GREY8, 8, 1), (GREY14, 14, 1), (RGB8, 8, 3)][number];
        let mut frame = frame.to_vec();
        for (at, byte) in changes {
            let at = at.index(frame.len());
            frame[at] = byte;
        }
        let _ = decode(&JpegXl, &[&frame], &description(bits, samples, false));
    }
}
