//! The structures of PS3.5 §7.1.

use super::view::ByteOrder;

/// Whether headers carry the VR (PS3.5 §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VrForm {
    /// Explicit VR.
    Explicit,
    /// Implicit VR.
    Implicit,
}

/// How a data set is written: the VR form and the byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// Whether headers carry the VR.
    pub vr_form: VrForm,
    /// The byte order of tags, lengths and numbers.
    pub byte_order: ByteOrder,
}

impl Encoding {
    /// Implicit VR little endian, the default transfer syntax.
    pub const IMPLICIT_LITTLE: Self = Self { vr_form: VrForm::Implicit, byte_order: ByteOrder::Little };
    /// Explicit VR little endian.
    pub const EXPLICIT_LITTLE: Self = Self { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little };
    /// Explicit VR big endian (retired).
    pub const EXPLICIT_BIG: Self = Self { vr_form: VrForm::Explicit, byte_order: ByteOrder::Big };
    /// Implicit VR big endian: ACR-NEMA only.
    pub const IMPLICIT_BIG: Self = Self { vr_form: VrForm::Implicit, byte_order: ByteOrder::Big };
}

impl ByteOrder {
    /// The other order.
    #[must_use]
    pub const fn swapped(self) -> Self {
        match self {
            Self::Little => Self::Big,
            Self::Big => Self::Little,
        }
    }

    pub(crate) const fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    pub(crate) const fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    /// The tag in the first four bytes of a header.
    pub(crate) const fn tag(self, header: [u8; 8]) -> crate::tag::Tag {
        let [a, b, c, d, ..] = header;
        crate::tag::Tag::new(self.u16([a, b]), self.u16([c, d]))
    }
}
