//! Bytes → index, once.
//!
//! The tokenizer keeps its stack between buffers, so that the same code serves memory, files read by parts and
//! fragments from a network. It never looks back: a header is taken when it is whole, values are skipped by their length.

mod elements;
mod end;
mod levels;
mod plain;
mod plain_levels;
mod report;
mod settle;

use super::creators::Creators;
use super::element::{Header, UNDEFINED, can_be, choose, public_vr, vr_of};
use super::encoding::{Encoding, VrForm};
use super::index::{Flags, Index, Row};
use super::level::{Level, LevelKind};
use super::options::{Part, TokenizerOptions};
use super::repair::{Found, Site};
use super::view::ByteOrder;
use super::window::Window;
use crate::dictionary::{self, DictionaryVr};
use crate::error::{ErrorKind, Result, TagPath, Warning, WarningKind};
use crate::tag::Tag;
use crate::vr::Vr;

/// What a tokenizer says when it stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It goes on when it is given the bytes from `offset` on, at least `length` of them, or all there are.
    ///
    /// Where `offset` lies behind the buffer, the bytes between are not wanted in memory.
    Need {
        /// First byte wanted.
        offset: u64,
        /// How many at least.
        length: u64,
    },
    /// It goes on when it is told the size of the source.
    NeedSize,
    /// The index is complete.
    Done,
}

/// Warnings kept; a damaged file could hold millions.
const MAX_WARNINGS: usize = 1000;

/// Walks the bytes of a data set and writes its index.
#[derive(Debug)]
pub struct Tokenizer {
    index: Index,
    pub(super) options: TokenizerOptions,
    /// The level that is read, and those around it, the root first.
    level: Level,
    outer: Vec<Level>,
    /// Where the next header begins.
    position: u64,
    /// The value in front of `position` is not wanted in memory.
    skipped: bool,
    /// The first entry of `options.wanted` that can still come.
    cursor: usize,
    creators: Creators,
    /// The creator of the private block that was found to be reserved last in this data set.
    reserved: Option<Tag>,
    /// What is said when it stops.
    progress: Progress,
}

/// What to do after a step. Small, since every row comes through here: what is said at the end stands beside it.
enum Step {
    Go,
    Stop,
}

impl Tokenizer {
    /// A tokenizer for the data set that begins at byte `start`. `index` is emptied; its memory is used again.
    #[must_use]
    pub fn new(mut index: Index, encoding: Encoding, start: u64, options: TokenizerOptions) -> Self {
        index.clear();
        Self {
            index,
            options,
            level: Level::root(encoding),
            outer: Vec::new(),
            position: start,
            skipped: false,
            cursor: 0,
            creators: Creators::default(),
            reserved: None,
            progress: Progress::Done,
        }
    }

    /// Goes on with `bytes`, which begin at byte `base` of the source, until they end or the data set does.
    ///
    /// `total` is the size of the source, where it is known; without it the data set has no end before the caller
    /// says so by giving it.
    ///
    /// # Errors
    /// Limits; in strict reading everything that is a warning otherwise.
    pub fn resume(&mut self, base: u64, bytes: &[u8], total: Option<u64>) -> Result<Progress> {
        let window = Window::new(base, bytes, total);
        loop {
            let step = match self.level.kind {
                // Before any level is left: what ends the input is told of where it stands.
                _ if self.position > window.end() => self.short(&window, 8)?,
                _ if self.position >= self.level.limit => self.leave()?,
                _ if self.level.limit.saturating_sub(self.position) < 8 => self.no_element()?,
                LevelKind::DataSet => self.elements(&window)?,
                LevelKind::Sequence => self.item(&window)?,
                LevelKind::Fragments => self.fragment(&window)?,
            };
            if matches!(step, Step::Stop) {
                return Ok(self.progress);
            }
        }
    }

    /// The index, with all elements that were met.
    #[must_use]
    pub fn finish(self) -> Index {
        self.index
    }

    /// The index so far.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// How the root data set is written; what was declared, or what was found instead.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.outer.first().unwrap_or(&self.level).encoding
    }

    fn depth(&self) -> u32 {
        u32::try_from(self.outer.len()).unwrap_or(u32::MAX)
    }

    /// Stops, and says why.
    fn stop(&mut self, progress: Progress) -> Step {
        self.progress = progress;
        Step::Stop
    }

    /// Adds a row that ends at itself and returns its number.
    #[inline]
    fn push(&mut self, tag: Tag, vr: Vr, flags: Flags, offset: u64, length: u64) -> Result<u32> {
        let rows = self.index.rows.len();
        if rows == self.index.rows.capacity() || rows as u64 >= self.options.limits.elements {
            self.make_room()?;
        }
        let number = u32::try_from(rows).unwrap_or(u32::MAX);
        let mut row = Row::new(tag, vr, flags, offset, length);
        row.set_end(number.saturating_add(1));
        self.index.rows.push(row);
        Ok(number)
    }

    #[cold]
    fn make_room(&mut self) -> Result<()> {
        let rows = self.index.rows.len();
        if rows as u64 >= self.options.limits.elements {
            let (value, allowed) = (rows as u64 + 1, self.options.limits.elements);
            let fault = ErrorKind::LimitExceeded { limit: "elements", value, allowed };
            return Err(crate::Error::from(fault).at(self.position));
        }
        let more = rows.max(64);
        let bytes = more as u64 * size_of::<Row>() as u64;
        self.index.rows.try_reserve(more).map_err(|_| ErrorKind::OutOfMemory(bytes).into())
    }
}
