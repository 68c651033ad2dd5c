//! What is read of a file, and how.

use std::sync::Arc;

use crate::dataset::{Part, TokenizerOptions};
use crate::limits::Limits;
use crate::tag::Tag;

/// What is read of a file, and how.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// What input may ask for.
    pub limits: Limits,
    /// Read a data set without preamble and prefix, where the bytes look like one.
    pub force: bool,
    /// Leave values of at least this many bytes in the source.
    pub defer_size: Option<u64>,
    /// Leave pixel data of at least this many bytes in the source.
    pub defer_pixels: Option<u64>,
    /// Leave out pixel data and what follows it.
    pub stop_before_pixels: bool,
    /// Stop in front of the first item of encapsulated pixel data, which stay in the source: they have no rows then.
    pub stop_in_fragments: bool,
    /// Stop before the first root element with this tag or a higher one.
    pub stop_at: Option<Tag>,
    /// Keep the root elements of these ranges only (first and last tag, ascending).
    pub wanted: Option<Arc<[(Tag, Tag)]>>,
    /// Do not stop early: leave out what is not asked for, and find what stands out of order behind it.
    pub read_on: bool,
    /// Take an odd length for a mistake of one: the value has a byte more than its header says.
    pub even_lengths: bool,
    /// A file that ends behind the prefix is a data set without elements.
    pub allow_empty: bool,
    /// Every warning is an error.
    pub strict: bool,
    /// Expected bytes in front of pixel data: the first read.
    pub header_hint: u64,
    /// Expected elements, nested ones counted: memory for them is reserved in one piece.
    pub row_hint: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            limits: Limits::DEFAULT,
            force: false,
            defer_size: None,
            defer_pixels: None,
            stop_before_pixels: false,
            stop_in_fragments: false,
            stop_at: None,
            wanted: None,
            read_on: false,
            even_lengths: false,
            allow_empty: false,
            strict: false,
            header_hint: 16 << 10,
            row_hint: 0,
        }
    }
}

impl ReadOptions {
    /// The ranges for [`ReadOptions::wanted`] of single tags, in any order; private creators of private ones and
    /// Specific Character Set are added.
    #[must_use]
    pub fn ranges_of(tags: impl IntoIterator<Item = Tag>) -> Arc<[(Tag, Tag)]> {
        // Where no VR is written, the private creator decides on it.
        let with_creators = tags.into_iter().flat_map(|tag| [Some(tag), tag.creator()]).flatten();
        let mut tags: Vec<Tag> = with_creators.chain([Tag::SPECIFIC_CHARACTER_SET]).collect();
        tags.sort_unstable();
        tags.dedup();
        tags.into_iter().map(|tag| (tag, tag)).collect()
    }

    /// True when no element is left out.
    pub(super) fn is_for_all(&self) -> bool {
        !self.stop_before_pixels && !self.stop_in_fragments && self.stop_at.is_none() && self.wanted.is_none()
    }

    /// What the tokenizer of the data set is told.
    pub(super) fn tokenizer(&self) -> TokenizerOptions {
        TokenizerOptions {
            limits: self.limits,
            part: Part::DataSet,
            stop_at: self.stop_at,
            stop_before_pixels: self.stop_before_pixels,
            stop_in_fragments: self.stop_in_fragments,
            wanted: self.wanted.clone(),
            read_on: self.read_on,
            even_lengths: self.even_lengths,
            defer_from: self.defer_size.unwrap_or(u64::MAX),
            defer_pixels_from: [self.defer_size, self.defer_pixels]
                .into_iter()
                .flatten()
                .min()
                .unwrap_or(u64::MAX),
            strict: self.strict,
        }
    }
}
