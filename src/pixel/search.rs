//! Frames without an offset table that says where they are: found by the begins and ends of their codestreams.

use std::borrow::Cow;

use super::fragment::Fragment;
use crate::error::Result;

/// Start of Image, Start of Codestream.
const JPEG: [u8; 2] = [0xFF, 0xD8];
const JPEG_2000: [u8; 4] = [0xFF, 0x4F, 0xFF, 0x51];

/// End of Image, End of Codestream: the same marker.
const END: [u8; 2] = [0xFF, 0xD9];

/// Bytes looked at on either end of a fragment: its signature, and its end marker with the padding behind it.
pub(super) const EDGE: usize = 16;

/// Reads bytes by offset and length.
pub(super) type Read<'r, 'a> = &'r dyn Fn(u64, u64) -> Result<Cow<'a, [u8]>>;

/// For each frame the number of its first fragment, where more fragments than frames are there: a frame begins with
/// the signature of a codestream, behind a fragment that ends with an end marker.
pub(super) fn first_fragments(
    fragments: &[Fragment],
    frames: u32,
    read: Read<'_, '_>,
) -> Result<Option<Vec<u32>>> {
    let mut starts = Vec::new();
    let mut has_ended = true;
    for (number, fragment) in (0u32..).zip(fragments) {
        if fragment.length == 0 {
            continue;
        }
        let edge = fragment.length.min(EDGE as u64);
        if has_ended && is_start(&read(fragment.offset, edge)?) {
            starts.push(number);
        }
        has_ended = is_end(&read(fragment.offset + (fragment.length - edge), edge)?);
        if starts.len() > frames as usize {
            return Ok(None);
        }
    }
    let is_sound = has_ended && starts.len() == frames as usize;
    Ok(is_sound.then_some(starts))
}

/// The frames as fragments of their own, where fewer fragments than frames are there.
pub(super) fn frames_in(
    fragments: &[Fragment],
    frames: u32,
    read: Read<'_, '_>,
) -> Result<Option<Vec<Fragment>>> {
    let mut found = Vec::new();
    for fragment in fragments.iter().filter(|fragment| fragment.length > 0) {
        let bytes = read(fragment.offset, fragment.length)?;
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| is_start(rest)) {
            let Some(length) = codestream_length(rest) else { return Ok(None) };
            found.push(Fragment { offset: fragment.offset + at as u64, length: length as u64 });
            if found.len() > frames as usize {
                return Ok(None);
            }
            let padding = rest.iter().skip(length).take_while(|byte| **byte == 0).count();
            at += length + padding;
        }
        if at != bytes.len() {
            return Ok(None);
        }
    }
    Ok((found.len() == frames as usize).then_some(found))
}

pub(super) fn is_start(bytes: &[u8]) -> bool {
    bytes.starts_with(&JPEG) || bytes.starts_with(&JPEG_2000)
}

/// True for an end marker and NULs behind it.
pub(super) fn is_end(bytes: &[u8]) -> bool {
    let padding = bytes.iter().rev().take_while(|byte| **byte == 0).count();
    bytes.get(..bytes.len() - padding).is_some_and(|bytes| bytes.ends_with(&END))
}

/// Bytes of the codestream that `bytes` begin with, its end marker included.
fn codestream_length(bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(&JPEG) { jpeg_length(bytes) } else { jpeg_2000_length(bytes) }
}

/// Bytes of the segment whose marker is at `at`.
fn segment_length(bytes: &[u8], at: usize) -> Option<usize> {
    let length = bytes.get(at..)?.get(2..)?.first_chunk()?;
    Some(2 + usize::from(u16::from_be_bytes(*length)).max(2))
}

/// JPEG and JPEG-LS: from marker to marker. In coded data a byte FF is followed by less than 80, or by a restart.
fn jpeg_length(bytes: &[u8]) -> Option<usize> {
    let mut at = JPEG.len();
    loop {
        let step = match *bytes.get(at..)?.first_chunk()? {
            [0xFF, 0xD9] => return Some(at + END.len()),
            [0xFF, 0xD8] => return None,
            [0xFF, 0xFF] => 1,
            [0xFF, 0x00..0x80 | 0xD0..=0xD7] => 2,
            [0xFF, _] => segment_length(bytes, at)?,
            [_, _] => bytes.get(at..)?.iter().position(|byte| *byte == 0xFF)?,
        };
        at = at.checked_add(step)?;
    }
}

/// JPEG 2000: the main header, then tile-parts, each of which says how long it is.
fn jpeg_2000_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        let step = match *bytes.get(at..)?.first_chunk()? {
            [0xFF, 0xD9] => return Some(at + END.len()),
            [0xFF, 0x90] => {
                let length = bytes.get(at..)?.get(6..)?.first_chunk()?;
                match usize::try_from(u32::from_be_bytes(*length)).ok()? {
                    // Left open by the last one: no end marker stands in coded data.
                    0 => bytes.get(at..)?.windows(2).position(|pair| pair == END)?,
                    length => length.max(12),
                }
            }
            [0xFF, 0x30..=0x3F] => 2,
            [0xFF, _] => segment_length(bytes, at)?,
            [_, _] => return None,
        };
        at = at.checked_add(step)?;
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)] // tests may
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A segment with an end marker in it, coded data with a stuffed byte and a restart.
    const IMAGE: [u8; 22] = [
        0xFF, 0xD8, 0xFF, 0xE0, 0, 6, 0xFF, 0xD9, 0xFF, 0xD9, 0xFF, 0xDA, 0, 2, 1, 0xFF, 0, 0xFF, 0xD0, 2,
        0xFF, 0xD9,
    ];

    /// Main header, a tile-part with its length and one without.
    fn codestream() -> Vec<u8> {
        let mut bytes = vec![0xFF, 0x4F, 0xFF, 0x51, 0, 4, 0xFF, 0xD9];
        bytes.extend([0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, 16, 0, 0, 0xFF, 0x93, 0xFF, 0xD9]);
        bytes.extend([0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0x93, 1, 2, 0xFF, 0xD9]);
        bytes
    }

    fn whole(fragments: &[&[u8]]) -> (Vec<u8>, Vec<Fragment>) {
        let mut bytes = Vec::new();
        let mut place = |fragment: &&[u8]| {
            bytes.extend([0; 8]);
            let offset = bytes.len() as u64;
            bytes.extend(*fragment);
            Fragment { offset, length: fragment.len() as u64 }
        };
        let fragments = fragments.iter().map(&mut place).collect();
        (bytes, fragments)
    }

    fn reader<'a>(bytes: &'a [u8]) -> impl Fn(u64, u64) -> Result<Cow<'a, [u8]>> {
        |offset, length| Ok(Cow::Borrowed(&bytes[offset as usize..][..length as usize]))
    }

    #[test]
    fn a_frame_over_many_fragments_begins_with_a_signature_behind_an_end() {
        let (image, other) = (&IMAGE[..], &codestream()[..]);
        let padded = [image, &[0, 0]].concat();
        let (bytes, fragments) =
            whole(&[&image[..9], &[], &image[9..], other, &padded, &image[..12], &image[12..]]);
        let read = reader(&bytes);
        assert_eq!(first_fragments(&fragments, 4, &read), Ok(Some(vec![0, 3, 4, 5])));
        assert_eq!(first_fragments(&fragments, 3, &read), Ok(None));
        assert_eq!(first_fragments(&fragments, 5, &read), Ok(None));
        assert_eq!(first_fragments(&fragments[..6], 4, &read), Ok(None));
    }

    #[test]
    fn many_frames_in_a_fragment_end_with_their_markers() {
        let padded = [&IMAGE[..], &[0]].concat();
        let joined = [&padded[..], &codestream(), &IMAGE].concat();
        let (bytes, fragments) = whole(&[&joined, &IMAGE]);
        let read = reader(&bytes);
        let found = frames_in(&fragments, 4, &read).unwrap().unwrap();
        let lengths: Vec<u64> = found.iter().map(|frame| frame.length).collect();
        assert_eq!(lengths, [IMAGE.len() as u64, codestream().len() as u64, 22, 22]);
        assert!(found.iter().all(|frame| is_start(&bytes[frame.offset as usize..])));
        assert_eq!(frames_in(&fragments, 3, &read), Ok(None));
        let (bytes, fragments) = whole(&[&joined[..joined.len() - 1], &IMAGE]);
        assert_eq!(frames_in(&fragments, 4, &reader(&bytes)), Ok(None));
    }

    #[test]
    fn cut_at_every_byte_it_has_no_length() {
        for image in [&IMAGE[..], &codestream()] {
            assert_eq!(codestream_length(image), Some(image.len()));
            for cut in 0..image.len() {
                assert_eq!(codestream_length(&image[..cut]), None, "{cut}");
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_it_ends(
            bytes in prop::collection::vec(prop_oneof![Just(0xFFu8), Just(0xD9), Just(0x90), Just(0), any::<u8>()], 0..200),
            kind: bool,
        ) {
            let start: &[u8] = if kind { &JPEG } else { &JPEG_2000 };
            let bytes = [start, &bytes].concat();
            if let Some(length) = codestream_length(&bytes) {
                prop_assert!(length <= bytes.len() && is_end(&bytes[..length]));
            }
        }
    }
}
