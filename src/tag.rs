//! Data element tags (PS3.5 §7.1.1).

use std::fmt;

/// The tag of a data element: group and element number in one `u32`, ordered as in a data set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Tag(pub u32);

impl Tag {
    /// (FFFE,E000), begins an item of a sequence or a fragment (PS3.5 §7.5).
    pub const ITEM: Self = Self(0xFFFE_E000);
    /// (FFFE,E00D)
    pub const ITEM_DELIMITER: Self = Self(0xFFFE_E00D);
    /// (FFFE,E0DD)
    pub const SEQUENCE_DELIMITER: Self = Self(0xFFFE_E0DD);
    /// (7FE0,0010)
    pub const PIXEL_DATA: Self = Self(0x7FE0_0010);
    /// (7FE0,0008)
    pub const FLOAT_PIXEL_DATA: Self = Self(0x7FE0_0008);
    /// (7FE0,0009)
    pub const DOUBLE_FLOAT_PIXEL_DATA: Self = Self(0x7FE0_0009);
    /// (0008,0005)
    pub const SPECIFIC_CHARACTER_SET: Self = Self(0x0008_0005);
    /// (0002,0010)
    pub const TRANSFER_SYNTAX_UID: Self = Self(0x0002_0010);
    /// (0028,0103)
    pub const PIXEL_REPRESENTATION: Self = Self(0x0028_0103);

    /// The tag (`group`,`element`).
    #[must_use]
    pub const fn new(group: u16, element: u16) -> Self {
        Self((group as u32) << 16 | element as u32)
    }

    /// The group number.
    #[must_use]
    pub const fn group(self) -> u16 {
        let [high, low, ..] = self.0.to_be_bytes();
        u16::from_be_bytes([high, low])
    }

    /// The element number.
    #[must_use]
    pub const fn element(self) -> u16 {
        let [.., high, low] = self.0.to_be_bytes();
        u16::from_be_bytes([high, low])
    }

    /// True for an odd group number (PS3.5 §7.8).
    #[must_use]
    pub const fn is_private(self) -> bool {
        self.group() % 2 == 1
    }

    /// True for (gggg,0010-00FF) of an odd group, which reserves a block (PS3.5 §7.8.1).
    #[must_use]
    pub const fn is_private_creator(self) -> bool {
        self.is_private() && self.element() >= 0x10 && self.element() <= 0xFF
    }

    /// True for (gggg,0000).
    #[must_use]
    pub const fn is_group_length(self) -> bool {
        self.element() == 0
    }

    /// True for one of the three pixel data elements of group 7FE0.
    #[must_use]
    pub const fn is_pixel_data(self) -> bool {
        matches!(self, Self::PIXEL_DATA | Self::FLOAT_PIXEL_DATA | Self::DOUBLE_FLOAT_PIXEL_DATA)
    }

    /// True for the item and delimiter tags of group FFFE, which have no VR.
    #[must_use]
    pub const fn is_delimitation(self) -> bool {
        matches!(self, Self::ITEM | Self::ITEM_DELIMITER | Self::SEQUENCE_DELIMITER)
    }

    /// The tag of the private creator that reserves this private element's block, if there can be one.
    #[must_use]
    pub const fn creator(self) -> Option<Self> {
        let block = self.element() >> 8;
        if self.is_private() && block >= 0x10 { Some(Self::new(self.group(), block)) } else { None }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({:04X},{:04X})", self.group(), self.element())
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_into_group_and_element() {
        let tag = Tag::new(0x7FE0, 0x0010);
        assert_eq!((tag.group(), tag.element()), (0x7FE0, 0x0010));
        assert_eq!(tag, Tag::PIXEL_DATA);
        assert_eq!(tag.to_string(), "(7FE0,0010)");
    }

    #[test]
    fn ps3_5_7_8_1_private_blocks() {
        assert_eq!(Tag::new(0x0029, 0x1010).creator(), Some(Tag::new(0x0029, 0x0010)));
        assert_eq!(Tag::new(0x0029, 0x0010).creator(), None);
        assert!(Tag::new(0x0029, 0x0010).is_private_creator());
        assert!(!Tag::new(0x0028, 0x0010).is_private_creator());
    }
}
