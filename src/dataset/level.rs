//! What a tokenizer is inside of: data sets, sequences, encapsulated pixel data.

use super::encoding::Encoding;
use crate::tag::Tag;

/// What is expected at a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LevelKind {
    /// Elements: the root, or an item of a sequence.
    DataSet,
    /// Items of a sequence.
    Sequence,
    /// Fragments of encapsulated pixel data.
    Fragments,
}

/// One level of nesting that is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    pub(super) kind: LevelKind,
    /// How what stands in it is written.
    pub(super) encoding: Encoding,
    /// The row of the sequence, item or pixel data element; none for the root.
    pub(super) row: Option<u32>,
    /// No byte from here on belongs to the level.
    pub(super) limit: u64,
    /// A delimiter ends the level, not its limit.
    pub(super) undefined: bool,
    /// Nothing of it is wanted: its rows are dropped when it ends.
    pub(super) unwanted: bool,
    /// The highest tag met in a data set.
    pub(super) last: Tag,
    /// Elements or items met.
    pub(super) count: u32,
    /// The first row whose tag is lower than one before it.
    pub(super) disorder: Option<u32>,
    /// Faults that are told once a level.
    pub(super) told: Told,
}

/// Which faults were told of a level already.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    pub(super) creator: bool,
    pub(super) form: bool,
}

impl Level {
    pub(super) fn root(encoding: Encoding) -> Self {
        Self {
            kind: LevelKind::DataSet,
            encoding,
            row: None,
            limit: u64::MAX,
            undefined: false,
            unwanted: false,
            last: Tag(0),
            count: 0,
            disorder: None,
            told: Told::default(),
        }
    }

    /// A level inside this one.
    pub(super) fn inner(&self, kind: LevelKind, row: u32, limit: u64, undefined: bool) -> Self {
        Self {
            kind,
            row: Some(row),
            limit: limit.min(self.limit),
            undefined,
            unwanted: false,
            ..Self::root(self.encoding)
        }
    }

    pub(super) fn is_root(&self) -> bool {
        self.row.is_none()
    }
}
