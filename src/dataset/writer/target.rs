//! What a draft is written as.

use crate::dataset::Encoding;
use crate::limits::Limits;
use crate::value::character_set::CharacterSet;

/// How the lengths of sequences and items are written (PS3.5 §7.5). Encapsulated pixel data has none ever (§A.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SequenceLengths {
    /// As they were read, and as drafts say.
    #[default]
    AsRead,
    /// In bytes. One beyond 32 bits is undefined all the same, and one that only its delimiter shows to be a sequence:
    /// private and without a VR.
    Defined,
    /// By delimiters.
    Undefined,
}

/// What a draft is written as.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// VR form and byte order.
    pub encoding: Encoding,
    /// The character set of the root data set, in which new text is and stored text is to be. Where text changes for it,
    /// Specific Character Set must say so.
    pub character_set: CharacterSet,
    /// How the lengths of sequences and items are written.
    pub lengths: SequenceLengths,
    /// How deep sequences may nest.
    pub limits: Limits,
}

impl Target {
    /// A target that changes nothing but what it names.
    #[must_use]
    pub const fn new(encoding: Encoding, character_set: CharacterSet) -> Self {
        Self { encoding, character_set, lengths: SequenceLengths::AsRead, limits: Limits::DEFAULT }
    }
}
