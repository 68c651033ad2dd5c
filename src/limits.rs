//! What input may ask of us, whatever it claims.

/// Bounds on what is read. Every one is an argument; none is process-wide.
///
/// Elements are bounded by the input itself: an element takes at least eight bytes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sequences inside sequences.
    pub depth: u32,
    /// Elements and items of one file, in addition to the bound by its size.
    pub elements: u64,
    /// Bytes of a data set after inflating (PS3.5 §A.5).
    pub inflated: u64,
    /// Bytes of one decoded frame, unless as many native bytes are really there.
    pub frame: u64,
}

impl Limits {
    /// The defaults.
    pub const DEFAULT: Self =
        Self { depth: 128, elements: u32::MAX as u64 / 2, inflated: 512 << 20, frame: 512 << 20 };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
