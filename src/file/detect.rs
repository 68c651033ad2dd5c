//! Encodings found from the data: files without meta information, ACR-NEMA, bare data sets.

use crate::dataset::{ByteOrder, Encoding, VrForm};
use crate::dictionary::{self, DictionaryVr};
use crate::tag::Tag;
use crate::vr::Vr;

/// The encodings that can be told apart by a first header, likeliest first.
const CANDIDATES: [Encoding; 4] =
    [Encoding::EXPLICIT_LITTLE, Encoding::IMPLICIT_LITTLE, Encoding::EXPLICIT_BIG, Encoding::IMPLICIT_BIG];

/// Bytes that are looked at. No further, so that the answer does not depend on how many happen to be at hand.
pub(super) const SNIFF_LENGTH: u64 = 1 << 10;

/// How the data set that begins with these bytes is written, when it looks like one. `left` bytes follow in all.
pub(super) fn guess(bytes: &[u8], left: u64) -> Option<Encoding> {
    let bytes = usize::try_from(SNIFF_LENGTH).ok().and_then(|length| bytes.get(..length)).unwrap_or(bytes);
    CANDIDATES.into_iter().find(|encoding| is_plausible(bytes, left, *encoding))
}

/// True when a first element of a low group stands here, and a second one or the end behind it.
fn is_plausible(bytes: &[u8], left: u64, encoding: Encoding) -> bool {
    let Some((tag, end)) = element(bytes, encoding) else { return false };
    if tag.group() > 0x0100 || tag.is_private() || end > left {
        return false;
    }
    let Some(next) = usize::try_from(end).ok().and_then(|end| bytes.get(end..)) else { return true };
    match element(next, encoding) {
        Some((following, _)) => following > tag,
        None => end == left || next.len() < 8,
    }
}

/// The tag of the element that begins here and where it ends, when its header can be right.
fn element(bytes: &[u8], encoding: Encoding) -> Option<(Tag, u64)> {
    let head: [u8; 8] = *bytes.first_chunk()?;
    let order = encoding.byte_order;
    let [g0, g1, e0, e1, a, b, c, d] = head;
    let tag = Tag::new(u16_of(order, [g0, g1]), u16_of(order, [e0, e1]));
    let known = dictionary::vr(tag);
    if known == Some(DictionaryVr::None) || known.is_none() && !tag.is_private() {
        return None;
    }
    match encoding.vr_form {
        VrForm::Implicit => {
            if Vr::from_code([a, b]).is_some() {
                return None;
            }
            Some((tag, ends(8, u32_of(order, [a, b, c, d]))))
        }
        VrForm::Explicit => {
            let vr = Vr::from_code([a, b])?;
            if !vr.has_long_length() {
                return Some((tag, 8 + u64::from(u16_of(order, [c, d]))));
            }
            let length: [u8; 4] = *bytes.get(8..)?.first_chunk()?;
            Some((tag, ends(12, u32_of(order, length))))
        }
    }
}

/// An undefined length is not judged: it ends where its first item begins.
fn ends(header: u64, length: u32) -> u64 {
    if length == u32::MAX { header } else { header + u64::from(length) }
}

fn u16_of(order: ByteOrder, bytes: [u8; 2]) -> u16 {
    match order {
        ByteOrder::Little => u16::from_le_bytes(bytes),
        ByteOrder::Big => u16::from_be_bytes(bytes),
    }
}

fn u32_of(order: ByteOrder, bytes: [u8; 4]) -> u32 {
    match order {
        ByteOrder::Little => u32::from_le_bytes(bytes),
        ByteOrder::Big => u32::from_be_bytes(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_four_encodings_apart() {
        let explicit_little = b"\x08\x00\x05\x00CS\x0A\x00ISO_IR 100\x08\x00\x08\x00CS\x00\x00";
        let explicit_big = b"\x00\x08\x00\x05CS\x00\x0AISO_IR 100\x00\x08\x00\x08CS\x00\x00";
        let implicit_little =
            b"\x08\x00\x00\x00\x04\x00\x00\x00\x12\x00\x00\x00\x08\x00\x01\x00\x04\x00\x00\x00";
        let implicit_big =
            b"\x00\x08\x00\x00\x00\x00\x00\x04\x00\x00\x00\x12\x00\x08\x00\x01\x00\x00\x00\x04";
        assert_eq!(guess(explicit_little, 1000), Some(Encoding::EXPLICIT_LITTLE));
        assert_eq!(guess(explicit_big, 1000), Some(Encoding::EXPLICIT_BIG));
        assert_eq!(guess(implicit_little, 1000), Some(Encoding::IMPLICIT_LITTLE));
        assert_eq!(guess(implicit_big, 1000), Some(Encoding::IMPLICIT_BIG));
        assert_eq!(guess(b"GIF89a..........................", 1000), None);
        assert_eq!(guess(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 1000), None);
        assert_eq!(guess(&[0; 64], 1000), None);
    }
}
