//! Bytes → index, once.

use super::index::Index;
use super::view::ByteOrder;
use crate::error::Result;
use crate::limits::Limits;
use crate::tag::Tag;

/// Whether headers carry the VR (PS3.5 §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VrForm {
    /// Explicit VR.
    Explicit,
    /// Implicit VR.
    Implicit,
}

/// How a data set is written: one of the three structures of PS3.5 §7.1 and a byte order.
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

/// What is read of a data set.
#[derive(Clone, Debug)]
pub struct TokenizerOptions {
    /// What input may ask for.
    pub limits: Limits,
    /// Stop before the first root element with this tag or a higher one.
    pub stop_at: Option<Tag>,
    /// Keep these root elements only, in ascending order; ends after the last of them.
    pub wanted: Option<Box<[Tag]>>,
    /// Values of at least this many bytes need not be in memory: they are skipped and marked as deferred.
    pub defer_from: u64,
    /// Every warning is an error.
    pub strict: bool,
}

impl Default for TokenizerOptions {
    fn default() -> Self {
        Self { limits: Limits::DEFAULT, stop_at: None, wanted: None, defer_from: u64::MAX, strict: false }
    }
}

/// What a tokenizer says when it stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It goes on when it is given the bytes from `offset` on, at least `length` of them (or all there are).
    Need {
        /// First byte wanted.
        offset: u64,
        /// How many at least.
        length: u64,
    },
    /// The index is complete.
    Done,
}

/// Walks the bytes of a data set and writes its index. Keeps its stack between buffers.
#[derive(Debug)]
pub struct Tokenizer {
    index: Index,
}

impl Tokenizer {
    /// A tokenizer for the data set that begins at byte `start`. `index` is emptied; its memory is used again.
    #[must_use]
    pub fn new(mut index: Index, encoding: Encoding, start: u64, options: TokenizerOptions) -> Self {
        let _ = (encoding, start, options);
        index.clear();
        Self { index }
    }

    /// Goes on with `bytes`, which begin at byte `base` of the source, until they end or the data set does.
    ///
    /// `total` is the size of the source, where it is known; without it the data set has no end before the caller
    /// says so by giving it.
    ///
    /// # Errors
    /// Limits; in strict reading everything else.
    pub fn resume(&mut self, base: u64, bytes: &[u8], total: Option<u64>) -> Result<Progress> {
        let _ = (base, bytes, total);
        Ok(Progress::Done)
    }

    /// The index, with all elements that were met.
    #[must_use]
    pub fn finish(self) -> Index {
        self.index
    }
}
