//! What is read of a data set.

use std::sync::Arc;

use crate::limits::Limits;
use crate::tag::Tag;

/// Which part of a file or message the elements belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Part {
    /// One group: 0002 of a file (PS3.10 §7.1), 0000 of a message (PS3.7 §6.3). Ends at the first other one.
    Group(u16),
    /// The data set.
    #[default]
    DataSet,
}

/// What is read of a data set.
#[derive(Clone, Debug)]
pub struct TokenizerOptions {
    /// What input may ask for.
    pub limits: Limits,
    /// What the elements belong to.
    pub part: Part,
    /// Stop before the first root element with this tag or a higher one.
    pub stop_at: Option<Tag>,
    /// Stop before the first pixel data element of the root.
    pub stop_before_pixels: bool,
    /// Stop in front of the first item of encapsulated pixel data of the root: they have no rows then.
    pub stop_in_fragments: bool,
    /// Keep the root elements of these ranges only (first and last tag, ascending); ends behind the last of them.
    ///
    /// An element that stands out of order may be missed, unless `read_on` is set.
    pub wanted: Option<Arc<[(Tag, Tag)]>>,
    /// Do not stop early: leave out what is not asked for, and find what stands out of order behind it.
    pub read_on: bool,
    /// Take an odd length for a mistake of one: the value has a byte more than its header says.
    pub even_lengths: bool,
    /// Values of at least this many bytes that are not in the buffer yet are skipped and marked as deferred.
    pub defer_from: u64,
    /// The same for pixel data.
    pub defer_pixels_from: u64,
    /// Every warning is an error.
    pub strict: bool,
}

impl Default for TokenizerOptions {
    fn default() -> Self {
        Self {
            limits: Limits::DEFAULT,
            part: Part::DataSet,
            stop_at: None,
            stop_before_pixels: false,
            stop_in_fragments: false,
            wanted: None,
            read_on: false,
            even_lengths: false,
            defer_from: u64::MAX,
            defer_pixels_from: u64::MAX,
            strict: false,
        }
    }
}
