//! Headers as they are written: explicit VR little endian (PS3.5 §7.1.2).

use crate::tag::Tag;
use crate::vr::Vr;

/// The longest value of a VR whose length has 16 bits: an even number.
const LONGEST_SHORT: u64 = 0xFFFE;

/// The VR that a value of this many bytes is written with: UN where 16 bits cannot hold the length (PS3.5 §6.2.2).
#[must_use]
pub const fn vr_for_length(vr: Vr, length: u64) -> Vr {
    if !vr.has_long_length() && length > LONGEST_SHORT { Vr::UN } else { vr }
}

/// Bytes of the header of an element with this VR.
#[must_use]
pub const fn explicit_header_size(vr: Vr) -> usize {
    if vr.has_long_length() { 12 } else { 8 }
}

/// The header of an element, in the first bytes of the array: [`explicit_header_size`] says how many. `None` where the
/// length does not fit.
#[must_use]
pub fn explicit_header(tag: Tag, vr: Vr, length: u32) -> Option<[u8; 12]> {
    let [g, h] = tag.group().to_le_bytes();
    let [e, f] = tag.element().to_le_bytes();
    let [v, r] = vr.code();
    let [a, b, c, d] = length.to_le_bytes();
    if vr.has_long_length() {
        return Some([g, h, e, f, v, r, 0, 0, a, b, c, d]);
    }
    (c == 0 && d == 0).then_some([g, h, e, f, v, r, a, b, 0, 0, 0, 0])
}

/// The header of an item or a delimiter, which has no VR (PS3.5 §7.5).
#[must_use]
pub fn item_header(tag: Tag, length: u32) -> [u8; 8] {
    let [g, h] = tag.group().to_le_bytes();
    let [e, f] = tag.element().to_le_bytes();
    let [a, b, c, d] = length.to_le_bytes();
    [g, h, e, f, a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ps3_5_7_1_2_both_forms_of_the_length() {
        let tag = Tag(0x0008_0060);
        assert_eq!(&explicit_header(tag, Vr::CS, 0x0102).unwrap()[..8], b"\x08\0\x60\0CS\x02\x01");
        assert_eq!(&explicit_header(tag, Vr::OB, 0x0102).unwrap(), b"\x08\0\x60\0OB\0\0\x02\x01\0\0");
        assert_eq!(explicit_header(tag, Vr::CS, 0x1_0000), None);
        assert_eq!(item_header(Tag::ITEM, 3), *b"\xFE\xFF\0\xE0\x03\0\0\0");
        assert_eq!((explicit_header_size(Vr::CS), explicit_header_size(Vr::UN)), (8, 12));
    }

    #[test]
    fn ps3_5_6_2_2_long_values_are_written_as_un() {
        assert_eq!(vr_for_length(Vr::LO, 0xFFFE), Vr::LO);
        assert_eq!(vr_for_length(Vr::LO, 0xFFFF), Vr::UN);
        assert_eq!(vr_for_length(Vr::UC, 0x1_0000), Vr::UC);
    }
}
