use super::*;
use crate::codec::vectors::{COLUMNS, ROWS, attributes, cut_at_every_byte, decode, description, image};
use crate::pixel::ImageAttributes;
use proptest::prelude::*;

const CODEC: Jpeg2000 = Jpeg2000("JPEG 2000");

const GREY8: &[u8] = include_bytes!("../../../tests/data/codecs/grey8.j2k");
const GREY12: &[u8] = include_bytes!("../../../tests/data/codecs/grey12.j2k");
const SIGNED16: &[u8] = include_bytes!("../../../tests/data/codecs/signed16.j2k");
const RGB8: &[u8] = include_bytes!("../../../tests/data/codecs/rgb8.j2k");
const BOXED12: &[u8] = include_bytes!("../../../tests/data/codecs/grey12.jp2");
const HIGH12: &[u8] = include_bytes!("../../../tests/data/codecs/grey12.jph");
const HIGH_RGB8: &[u8] = include_bytes!("../../../tests/data/codecs/rgb8.jph");

fn fault(frame: &[u8], description: &ImageDescription) -> String {
    decode(&CODEC, &[frame], description).unwrap_err().to_string()
}

/// The frame with other bytes at `at`.
fn with(frame: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut frame = frame.to_vec();
    frame[at..at + bytes.len()].copy_from_slice(bytes);
    frame
}

#[test]
fn decodes_what_was_encoded_without_loss() {
    for (frame, bits, samples, signed) in [
        (GREY8, 8, 1, false),
        (GREY12, 12, 1, false),
        (SIGNED16, 16, 1, true),
        (RGB8, 8, 3, false),
        (HIGH_RGB8, 8, 3, false),
    ] {
        let found = decode(&CODEC, &[frame], &description(bits, samples, signed)).unwrap();
        assert_eq!(found, (image(bits, samples, signed), None));
        let (first, second) = frame.split_at(frame.len() / 2);
        let parts = decode(&CODEC, &[first, second, &[0, 0]], &description(bits, samples, signed));
        assert_eq!(parts.unwrap(), found);
    }
}

#[test]
fn both_decoders_give_the_same() {
    for (frame, bits, samples, signed) in
        [(GREY8, 8, 1, false), (GREY12, 12, 1, false), (SIGNED16, 16, 1, true), (RGB8, 8, 3, false)]
    {
        let description = description(bits, samples, signed);
        let (header, _) = Codestream::check(frame, &description).unwrap();
        let length = usize::try_from(description.frame_length()).unwrap();
        let (mut integers, mut floats) = (vec![0xA5; length], vec![0xA5; length]);
        decode_in_integer(frame, &header, &description, 0, &mut integers).unwrap();
        decode_in_float(frame, &header, &description, &mut floats).unwrap();
        assert_eq!((&integers, &floats), (&image(bits, samples, signed), &integers));
    }
}

#[test]
fn tells_that_a_codestream_stood_in_boxes() {
    let found = decode(&CODEC, &[BOXED12], &description(12, 1, false)).unwrap();
    assert_eq!(found, (image(12, 1, false), Some(WarningKind::CodestreamBoxed)));
}

#[test]
fn samples_are_signed_as_pixel_representation_says() {
    let (found, odd) = decode(&CODEC, &[SIGNED16], &description(16, 1, false)).unwrap();
    assert_eq!((found, odd), (image(16, 1, true), Some(WarningKind::SignContradicts)));
    let (found, odd) = decode(&CODEC, &[GREY12], &description(12, 1, true)).unwrap();
    let extend = |cell: &[u8; 2]| ((u16::from_ne_bytes(*cell) << 4).cast_signed() >> 4).to_ne_bytes();
    let expected: Vec<u8> = image(12, 1, false).as_chunks().0.iter().flat_map(extend).collect();
    assert_eq!((found, odd), (expected, Some(WarningKind::SignContradicts)));
}

#[test]
fn another_precision_than_bits_stored_is_told() {
    let (found, odd) = decode(&CODEC, &[HIGH12], &description(12, 1, false)).unwrap();
    assert_eq!((found, odd), (image(12, 1, false), Some(WarningKind::PrecisionContradicts)));
    let (found, odd) = decode(&CODEC, &[GREY12], &description(16, 1, false)).unwrap();
    assert_eq!((found, odd), (image(12, 1, false), Some(WarningKind::PrecisionContradicts)));
    let error = fault(GREY12, &description(8, 1, false));
    assert_eq!(error, "JPEG 2000, frame 7: the codestream has samples of 12 bits, Bits Allocated is 8");
}

#[test]
fn names_both_sizes_where_they_differ() {
    let wide = ImageAttributes { columns: 18, ..attributes(8, 1, false) };
    let error = fault(GREY8, &ImageDescription::new(&wide).unwrap());
    let expected = "the codestream has 13 rows, 17 columns, 1 components, the attributes say 13, 18, 1";
    assert!(error.ends_with(expected), "{error}");
    assert!(fault(GREY8, &description(8, 3, false)).ends_with("the attributes say 13, 17, 3"));
    // Xsiz and Ysiz of 2^31.
    let huge = with(GREY8, 8, &[0x80, 0, 0, 0, 0x80, 0, 0, 0]);
    assert!(
        fault(&huge, &description(8, 1, false)).contains("contradict")
            || fault(&huge, &description(8, 1, false)).contains("2147483648")
    );
}

#[test]
fn refuses_sizes_that_cannot_be() {
    let one = description(8, 1, false);
    let image_origin_behind_its_end = with(GREY8, 16, &[0, 0, 1, 0]);
    let tiles_of_nothing = with(GREY8, 24, &[0; 8]);
    let first_tile_before_the_image = with(GREY8, 24, &[0, 0, 0, 1, 0, 0, 0, 1]);
    let no_step = with(GREY8, 43, &[0]);
    for frame in [image_origin_behind_its_end, tiles_of_nothing, no_step] {
        assert!(fault(&frame, &one).contains("contradict each other"), "{}", fault(&frame, &one));
    }
    assert!(fault(&first_tile_before_the_image, &one).contains("221 tiles in an image of 13 rows"));
    assert!(fault(&GREY8[2..], &one).contains("no JPEG 2000 codestream"));
    assert!(fault(&GREY8[..60], &one).contains("ends in its header"));
}

#[test]
fn tile_parts_end_in_the_codestream() {
    let one = description(8, 1, false);
    let at = GREY8.windows(2).position(|pair| pair == [0xFF, 0x90]).unwrap();
    assert!(fault(&with(GREY8, at + 6, &[0, 0, 0xFF, 0]), &one).contains("a tile-part of 65280 bytes"));
    assert!(fault(&with(GREY8, at + 6, &[0, 0, 0, 11]), &one).contains("a tile-part of 11 bytes"));
    assert!(fault(&with(GREY8, at + 4, &[0, 1]), &one).contains("tile 1, there are 1"));
    let open = with(GREY8, at + 6, &[0, 0, 0, 0]);
    assert_eq!(decode(&CODEC, &[&open], &one).unwrap().0, image(8, 1, false));
}

#[test]
fn subsampled_chrominances_are_repeated() {
    // A plane of 9 x 7 for an image of 17 x 13 on a grid that begins at (1, 0).
    let samples: Vec<i32> = (0..63).collect();
    let plane = Plane { columns: 8, rows: 7, samples: &samples };
    let description = description(8, 1, false);
    assert!(Upsampled::new(&plane, (2, 2), (0, 0), &description).is_err());
    let narrow = ImageAttributes { columns: 16, ..attributes(8, 1, false) };
    let description = ImageDescription::new(&narrow).unwrap();
    let row: Vec<i32> = Upsampled::new(&plane, (2, 2), (0, 0), &description).unwrap().take(16).collect();
    assert_eq!(row, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7]);
    let all: Vec<i32> = Upsampled::new(&plane, (2, 2), (0, 0), &description).unwrap().collect();
    assert_eq!((all.len(), all[16], all[32], all[12 * 16]), (16 * usize::from(ROWS), 0, 8, 48));
    let odd: Vec<i32> = Upsampled::new(&plane, (2, 2), (1, 0), &description).unwrap().take(16).collect();
    assert_eq!(odd, [0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7]);
    assert_eq!(COLUMNS, 17);
}

#[test]
fn cut_at_every_byte_it_fails_or_is_whole() {
    cut_at_every_byte(&CODEC, GREY12, &description(12, 1, false));
    cut_at_every_byte(&CODEC, RGB8, &description(8, 3, false));
    cut_at_every_byte(&CODEC, BOXED12, &description(12, 1, false));
    cut_at_every_byte(&CODEC, HIGH12, &description(12, 1, false));
    cut_at_every_byte(&CODEC, HIGH_RGB8, &description(8, 3, false));
}

#[test]
fn decoders_see_no_more_than_was_checked() {
    for (frame, bits) in [(GREY12, 12), (HIGH12, 12)] {
        let (codestream, _) = container::codestream(frame).unwrap();
        let one = description(bits, 1, false);
        let (expected, odd) = decode(&CODEC, &[codestream], &one).unwrap();
        // Boxes that contradict the codestream and each other: nobody reads them.
        let header = b"\0\0\0\x16ihdr\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\x7F\xFF\x07\0\0";
        let palette = b"\0\0\0\x0Epclr\xFF\xFF\xFF\xFF\xFF\xFF";
        let length = u32::try_from(8 + header.len() + palette.len()).unwrap();
        let boxes = [&length.to_be_bytes()[..], b"jp2h", header, palette].concat();
        let signature = b"\0\0\0\x0CjP  \r\n\x87\n";
        let file = [&signature[..], &boxes, b"\0\0\0\0jp2c", codestream].concat();
        let (found, boxed) = decode(&CODEC, &[&file], &one).unwrap();
        assert_eq!((found, boxed), (expected.clone(), odd.or(Some(WarningKind::CodestreamBoxed))));
        // A second SIZ, of another size: in the main header, in that of a tile-part, behind the last one.
        let siz = codestream[2..].windows(2).position(|pair| pair == [0xFF, 0x51]).unwrap() + 2;
        let length = usize::from(u16::from_be_bytes([codestream[siz + 2], codestream[siz + 3]])) + 2;
        let mut second = codestream[siz..siz + length].to_vec();
        second[6] = 0x40;
        let into = |at: usize| [&codestream[..at], &second, &codestream[at..]].concat();
        assert!(fault(&into(siz + length), &one).contains("a second SIZ"));
        let part = codestream.windows(2).position(|pair| pair == [0xFF, 0x90]).unwrap();
        let mut in_part = into(part + 12);
        let left = u32::try_from(in_part.len() - part).unwrap();
        in_part[part + 6..part + 10].copy_from_slice(&left.to_be_bytes());
        assert!(fault(&in_part, &one).contains("a second SIZ"));
        let end = codestream.len() - 2;
        let (checked, _) = Codestream::check(codestream, &one).unwrap();
        assert_eq!((checked.length, &codestream[end..]), (codestream.len(), &[0xFF, 0xD9][..]));
        let behind = into(end);
        assert_eq!(Codestream::check(&behind, &one).unwrap().0.length, end);
        assert_eq!(decode(&CODEC, &[&behind], &one).unwrap().0, expected);
    }
}

proptest! {
    #[test]
    fn whatever_the_bytes_it_ends(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), number in 0usize..5,
    ) {
        let (frame, bits, samples) =
            [(GREY8, 8, 1), (GREY12, 12, 1), (RGB8, 8, 3), (HIGH12, 12, 1), (HIGH_RGB8, 8, 3)][number];
        let mut frame = frame.to_vec();
        for (at, byte) in changes {
            let at = at.index(frame.len());
            frame[at] = byte;
        }
        let _ = decode(&CODEC, &[&frame], &description(bits, samples, false));
    }
}
