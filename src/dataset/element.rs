//! Headers of data elements (PS3.5 §7.1.2, §7.1.3).

use super::index::Flags;
use super::view::ByteOrder;
use crate::dictionary::{self, DictionaryVr};
use crate::error::WarningKind;
use crate::tag::Tag;
use crate::vr::Vr;

/// The value of a length field that stands for an undefined length.
pub(super) const UNDEFINED: u32 = u32::MAX;

/// A header as it was read, repaired where that was needed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) tag: Tag,
    pub(super) vr: Vr,
    pub(super) flags: Flags,
    /// [`UNDEFINED`] or the bytes of the value.
    pub(super) length: u32,
    pub(super) fault: Option<WarningKind>,
}

impl Header {
    /// An explicit VR header with a VR of the short form.
    pub(super) fn short(tag: Tag, vr: Vr, order: ByteOrder, head: [u8; 8]) -> Self {
        let [.., a, b] = head;
        Self { tag, vr, flags: Flags::default(), length: order.u16([a, b]).into(), fault: None }
    }

    /// An explicit VR header with reserved bytes and a 32-bit length.
    pub(super) fn long(tag: Tag, vr: Vr, order: ByteOrder, length: [u8; 4]) -> Self {
        Self { tag, vr, flags: Flags::LONG_HEADER, length: order.u32(length), fault: None }
    }

    /// An implicit VR header; the VR is the dictionary's.
    pub(super) fn implicit(tag: Tag, order: ByteOrder, head: [u8; 8]) -> Self {
        let [.., a, b, c, d] = head;
        let (vr, flags) = public_vr(tag);
        Self { tag, vr, flags: flags.with(Flags::IMPLICIT), length: order.u32([a, b, c, d]), fault: None }
    }

    pub(super) fn is_undefined(&self) -> bool {
        self.length == UNDEFINED
    }

    /// Bytes of the header.
    pub(super) fn size(&self) -> u64 {
        if self.flags.contains(Flags::LONG_HEADER) { 12 } else { 8 }
    }

    pub(super) fn with_fault(self, fault: WarningKind) -> Self {
        Self { fault: Some(fault), ..self }
    }
}

const NO_VR: u8 = u8::MAX;

/// The number of a VR by the low five bits of its two letters.
static VR_NUMBERS: [u8; 1024] = vr_numbers();

// Evaluated by the compiler: an index out of range would fail the build.
#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation)]
const fn vr_numbers() -> [u8; 1024] {
    let mut numbers = [NO_VR; 1024];
    let mut i = 0;
    while i < Vr::ALL.len() {
        let [a, b] = Vr::ALL[i].code();
        numbers[(a as usize & 31) << 5 | b as usize & 31] = i as u8;
        i += 1;
    }
    numbers
}

/// The VR with this code; quicker than [`Vr::from_code`].
#[inline]
pub(super) fn vr_of(code: [u8; 2]) -> Option<Vr> {
    let [a, b] = code;
    if !(a.is_ascii_uppercase() && b.is_ascii_uppercase()) {
        return None;
    }
    let slot = usize::from(a & 31) << 5 | usize::from(b & 31);
    Vr::ALL.get(usize::from(*VR_NUMBERS.get(slot)?)).copied()
}

/// True when the bytes could be the code of a VR that is not defined (yet).
pub(super) fn is_like_vr(code: [u8; 2]) -> bool {
    code.iter().all(u8::is_ascii_uppercase)
}

/// The VR of an element whose header has none: the dictionary's, UN where it does not say.
#[inline]
pub(super) fn public_vr(tag: Tag) -> (Vr, Flags) {
    dictionary::vr(tag).map_or((Vr::UN, Flags::default()), choose)
}

/// A VR for an entry of the dictionary; [`Flags::AMBIGUOUS`] where other elements decide.
pub(super) fn choose(entry: DictionaryVr) -> (Vr, Flags) {
    match entry {
        DictionaryVr::One(vr) => (vr, Flags::default()),
        DictionaryVr::UsOrSs => (Vr::US, Flags::AMBIGUOUS),
        DictionaryVr::ObOrOw | DictionaryVr::UsOrOw | DictionaryVr::UsOrSsOrOw => (Vr::OW, Flags::AMBIGUOUS),
        DictionaryVr::None => (Vr::UN, Flags::default()),
    }
}

/// True when a value of this length can be of the VR; one that cannot stays a string of bytes.
pub(super) fn can_be(vr: Vr, length: u32) -> bool {
    let unit = if vr == Vr::AT { 2 * vr.unit() } else { vr.unit() };
    u32::try_from(unit).is_ok_and(|unit| length.is_multiple_of(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_vr_by_its_code_and_no_other() {
        for a in 0..=255 {
            for b in 0..=255 {
                assert_eq!(vr_of([a, b]), Vr::from_code([a, b]), "{a} {b}");
            }
        }
    }
}
