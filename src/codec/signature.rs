//! What the first bytes of a frame say of its codec: files have codestreams of one kind under the label of another.

use super::jpeg2000::HIGH_THROUGHPUT;
use crate::transfer_syntax::CodecFamily;

/// Bytes that are enough: little stands before the header of an image mostly.
pub const SIGNATURE_LENGTH: usize = 4096;

/// The first box of a file of JPEG 2000, and of one of JPEG XL.
const JPEG_2000_FILE: &[u8] = b"\0\0\0\x0CjP  \r\n\x87\n";
const JPEG_XL_FILE: &[u8] = b"\0\0\0\x0CJXL \r\n\x87\n";

/// Start of Codestream and the marker that follows it at once.
const JPEG_2000: &[u8] = &[0xFF, 0x4F, 0xFF, 0x51];

/// The family of codecs that a frame which begins with `bytes` is for; `None` where they do not tell.
///
/// No frame of RLE and no deflated one begins like this: there would be more segments than 15, a block of a type that
/// is reserved, or a stored block whose lengths contradict each other.
pub(super) fn family(bytes: &[u8]) -> Option<CodecFamily> {
    match bytes {
        [0xFF, 0xD8, segments @ ..] => jpeg(segments),
        [0xFF, 0x0A, ..] => Some(CodecFamily::JpegXl),
        _ if bytes.starts_with(JPEG_XL_FILE) => Some(CodecFamily::JpegXl),
        _ if bytes.starts_with(JPEG_2000) => Some(jpeg_2000(bytes)),
        _ if bytes.starts_with(JPEG_2000_FILE) => {
            let at = bytes.windows(JPEG_2000.len()).position(|window| window == JPEG_2000)?;
            bytes.get(at..).map(jpeg_2000)
        }
        _ => None,
    }
}

/// By the marker of the frame header (ITU-T T.81 Table B.1, T.87 §C.1.1).
fn jpeg(segments: &[u8]) -> Option<CodecFamily> {
    Segments(segments).find_map(|(marker, _)| match marker {
        0xC0..=0xC2 | 0xC9 | 0xCA => Some(Some(CodecFamily::Jpeg)),
        0xC3 | 0xCB => Some(Some(CodecFamily::JpegLossless)),
        0xF7 => Some(Some(CodecFamily::JpegLs)),
        // Hierarchical, or coded data before a frame header.
        0xC5..=0xC7 | 0xCD..=0xCF | 0xDA => Some(None),
        _ => None,
    })?
}

/// By the capabilities in the main header (ISO/IEC 15444-1 §A.5.2).
fn jpeg_2000(codestream: &[u8]) -> CodecFamily {
    let mut main_header = Segments(codestream.get(2..).unwrap_or_default());
    let capabilities = main_header.find_map(|(marker, content)| match (marker, content.first_chunk()) {
        (0x50, Some(capabilities)) => Some(u32::from_be_bytes(*capabilities)),
        (0x90, _) => Some(0), // the first tile-part
        _ => None,
    });
    match capabilities {
        Some(capabilities) if capabilities & HIGH_THROUGHPUT != 0 => CodecFamily::HighThroughputJpeg2000,
        _ => CodecFamily::Jpeg2000,
    }
}

/// The second byte of each marker, and what its segment holds behind the length, as far as it is there.
struct Segments<'a>(&'a [u8]);

impl<'a> Iterator for Segments<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        // Any number of bytes may fill up before a marker.
        while let [0xFF, marker @ ..] = self.0
            && marker.first() == Some(&0xFF)
        {
            self.0 = marker;
        }
        let [0xFF, marker, high, low, rest @ ..] = self.0 else { return None };
        let length = usize::from(u16::from_be_bytes([*high, *low])).checked_sub(2)?;
        let (content, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        self.0 = behind;
        Some((*marker, content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GREY8: &[u8] = include_bytes!("../../tests/data/codecs/grey8.j2k");
    const BOXED12: &[u8] = include_bytes!("../../tests/data/codecs/grey12.jp2");
    const HIGH12: &[u8] = include_bytes!("../../tests/data/codecs/grey12.jph");
    const XL8: &[u8] = include_bytes!("../../tests/data/codecs/grey8.jxl");

    fn jpeg_with(frame_header: u8) -> Vec<u8> {
        [&[0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0xFF, 0xC0, 0xFF, 0xFF, 0xFF], &[frame_header, 0, 3, 8][..]].concat()
    }

    #[test]
    fn tells_what_a_frame_is_for() {
        for (bytes, expected) in [
            (GREY8, CodecFamily::Jpeg2000),
            (BOXED12, CodecFamily::Jpeg2000),
            (HIGH12, CodecFamily::HighThroughputJpeg2000),
            (XL8, CodecFamily::JpegXl),
            (&[0xFF, 0x0A, 0x20], CodecFamily::JpegXl),
            (&jpeg_with(0xC0), CodecFamily::Jpeg),
            (&jpeg_with(0xC1), CodecFamily::Jpeg),
            (&jpeg_with(0xC2), CodecFamily::Jpeg),
            (&jpeg_with(0xC3), CodecFamily::JpegLossless),
            (&jpeg_with(0xF7), CodecFamily::JpegLs),
        ] {
            assert_eq!(family(bytes), Some(expected));
            for cut in 0..bytes.len() {
                // The capabilities stand behind the sizes.
                let found = family(&bytes[..cut]);
                let is_of_part_1 = found == Some(CodecFamily::Jpeg2000);
                assert!(
                    found.is_none() || found == Some(expected) || is_of_part_1,
                    "cut at {cut}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn says_nothing_of_what_it_does_not_know() {
        for bytes in [
            &[][..],
            &[0xFF, 0xD8],
            &[0xFF, 0xD8, 0xFF, 0xD9],
            &[0xFF, 0xD8, 0xFF, 0xDA, 0, 2, 0xFF, 0xC0, 0, 2], // coded data first
            &[0xFF, 0xD8, 0xFF, 0xE0, 0, 1, 0xFF, 0xC0, 0, 2], // a length that is none
            &[0xFF, 0xD8, 0xFF, 0xE0, 0, 9, 0xFF, 0xC0, 0, 2], // the segment is cut
            &jpeg_with(0xC5),
            &[1, 0, 0, 0, 64, 0, 0, 0], // RLE
        ] {
            assert_eq!(family(bytes), None, "{bytes:X?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_it_ends(
            start in prop_oneof![Just(&[0xFF_u8, 0xD8][..]), Just(JPEG_2000), Just(JPEG_2000_FILE)],
            bytes in prop::collection::vec(prop_oneof![Just(0xFF_u8), Just(0), Just(2), any::<u8>()], 0..200),
        ) {
            let _ = family(&[start, &bytes].concat());
        }
    }
}
