//! VRs that the dictionary leaves open and other elements decide (PS3.5 §8, Annex A; PS3.3 C.11.1.1.1).

use super::index::{Flags, Row};
use crate::tag::Tag;
use crate::vr::Vr;

/// What decides on a choice of VRs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deciders {
    /// Pixel Representation (0028,0103) of the data set, or of those around it.
    pub pixel_representation: Option<u16>,
    /// The first value of LUT Descriptor (0028,3002) of the data set: how many entries its table has.
    pub lut_entries: Option<u16>,
}

impl Deciders {
    /// (0028,3006), whose VR depends on LUT Descriptor.
    pub const LUT_DATA: Tag = Tag::new(0x0028, 0x3006);
    /// (0028,3002)
    pub const LUT_DESCRIPTOR: Tag = Tag::new(0x0028, 0x3002);

    /// The VR of a row: the one it has, unless it is marked [`Flags::AMBIGUOUS`].
    #[must_use]
    pub fn vr(self, row: &Row) -> Vr {
        if row.has(Flags::AMBIGUOUS) {
            self.decide(row.tag(), row.vr(), row.has(Flags::ENCAPSULATED))
        } else {
            row.vr()
        }
    }

    /// The VR of an element for which the dictionary has a choice that begins with `vr`.
    #[must_use]
    pub fn decide(self, tag: Tag, vr: Vr, is_encapsulated: bool) -> Vr {
        match vr {
            Vr::US if self.pixel_representation == Some(1) => Vr::SS,
            // A table of one entry is a number; in implicit VR everything else is words.
            Vr::OW if tag == Self::LUT_DATA && self.lut_entries == Some(1) => Vr::US,
            Vr::OW if is_encapsulated => Vr::OB,
            vr => vr,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_elements_decide_on_what_is_ambiguous_only() {
        let row = |tag, vr, flags| Row::new(tag, vr, flags, 0, 2);
        let smallest = Tag::new(0x0028, 0x0106);
        let signed = Deciders { pixel_representation: Some(1), lut_entries: Some(1) };
        assert_eq!(signed.vr(&row(smallest, Vr::US, Flags::AMBIGUOUS)), Vr::SS);
        assert_eq!(signed.vr(&row(smallest, Vr::US, Flags::default())), Vr::US);
        assert_eq!(Deciders::default().vr(&row(smallest, Vr::US, Flags::AMBIGUOUS)), Vr::US);
        assert_eq!(signed.vr(&row(Deciders::LUT_DATA, Vr::OW, Flags::AMBIGUOUS)), Vr::US);
        assert_eq!(Deciders::default().vr(&row(Deciders::LUT_DATA, Vr::OW, Flags::AMBIGUOUS)), Vr::OW);
        let fragments = Flags::AMBIGUOUS.with(Flags::ENCAPSULATED);
        assert_eq!(signed.vr(&row(Tag::PIXEL_DATA, Vr::OW, fragments)), Vr::OB);
    }
}
