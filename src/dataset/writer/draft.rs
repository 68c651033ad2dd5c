//! Data sets that are to be written: what was read, and what is new.

use std::borrow::Cow;

use crate::dataset::{ByteOrder, DatasetView, Encoding, Index, Row};
use crate::error::{ErrorKind, Result};
use crate::source::{ReadAt, Resident};
use crate::tag::Tag;
use crate::value::character_set::CharacterSet;
use crate::vr::Vr;

/// A data set that is to be written.
#[derive(Debug, Default)]
pub struct Draft<'a> {
    /// Its elements; the tags of what is new ascend, and fit in between what was read.
    pub parts: Vec<DraftPart<'a>>,
    /// The byte order of new values of OD, OF, OL, OV and OW. All other numbers are in little endian.
    pub byte_order: ByteOrder,
}

/// Some elements of a draft.
#[derive(Debug)]
pub enum DraftPart<'a> {
    /// Elements as they were read.
    Stored(StoredRows<'a>),
    /// An element of its own.
    New {
        /// The tag.
        tag: Tag,
        /// The VR; SQ for items, OB or OW for fragments.
        vr: Vr,
        /// The value.
        value: DraftValue<'a>,
    },
}

/// The value of a new element.
pub enum DraftValue<'a> {
    /// Numbers in little endian, words in the byte order of the draft, text in the character set of the data set. It is
    /// padded where its length is odd.
    Bytes(Cow<'a, [u8]>),
    /// The same bytes, in a source: they are read when they are written.
    Source {
        /// Where they are.
        source: &'a dyn ReadAt,
        /// The first one.
        offset: u64,
        /// How many there are.
        length: u64,
    },
    /// The items of a sequence.
    Items {
        /// In order.
        items: Vec<DraftItem<'a>>,
        /// A delimiter ends the sequence.
        undefined_length: bool,
    },
    /// Encapsulated pixel data (PS3.5 §A.4): the Basic Offset Table, empty or not, then the fragments.
    Fragments(Vec<Cow<'a, [u8]>>),
}

impl std::fmt::Debug for DraftValue<'_> {
    /// Says how much there is; what it is may be private.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Source { length, .. } => write!(f, "{length} bytes of a source"),
            Self::Items { items, .. } => f.debug_list().entries(items).finish(),
            Self::Fragments(fragments) => write!(f, "{} fragments", fragments.len()),
        }
    }
}

/// An item of a new sequence.
#[derive(Debug, Default)]
pub struct DraftItem<'a> {
    /// Its elements.
    pub draft: Draft<'a>,
    /// A delimiter ends the item.
    pub undefined_length: bool,
}

impl<'a> Draft<'a> {
    /// A draft of elements that were read.
    #[must_use]
    pub fn stored(rows: StoredRows<'a>) -> Self {
        Self { parts: vec![DraftPart::Stored(rows)], byte_order: ByteOrder::Little }
    }
}

impl Drop for Draft<'_> {
    /// Drafts nest as deep as their maker likes: those inside are taken apart one after the other, not in each other.
    fn drop(&mut self) {
        let mut open = std::mem::take(&mut self.parts);
        while let Some(part) = open.pop() {
            if let DraftPart::New { value: DraftValue::Items { mut items, .. }, .. } = part {
                items.iter_mut().for_each(|item| open.append(&mut item.draft.parts));
            }
        }
    }
}

/// Neighbouring elements of a data set that was read: rows of its index with everything in them.
#[derive(Clone, Copy)]
pub struct StoredRows<'a> {
    /// The index.
    pub index: &'a Index,
    /// The bytes it is of, as far as they are in memory.
    pub bytes: &'a Resident,
    /// Where the rest of them is.
    pub source: Option<&'a dyn ReadAt>,
    /// The first row.
    pub first: u32,
    /// The row behind the last one.
    pub end: u32,
    /// How the data set that they are of is written: [`DatasetView::encoding`].
    pub encoding: Encoding,
    /// The character set that its text is in, its own or inherited.
    pub character_set: CharacterSet,
    /// Pixel Representation of the data sets around it, where it has none itself.
    pub pixel_representation: Option<u16>,
    /// The byte order of native pixel data, where it is not that of the data set and is to become that of the target.
    pub pixel_byte_order: Option<ByteOrder>,
    /// Nothing was taken out of the groups of these rows, and nothing put in: group lengths are right where the
    /// elements are copied.
    pub has_whole_groups: bool,
}

impl<'a> StoredRows<'a> {
    /// All elements of a data set, in memory as a whole.
    #[must_use]
    pub fn of(view: DatasetView<'a>, encoding: Encoding, character_set: CharacterSet) -> Self {
        let rows = view.rows();
        Self {
            index: view.index(),
            bytes: view.bytes(),
            source: None,
            first: rows.start,
            end: rows.end,
            encoding,
            character_set,
            pixel_representation: None,
            pixel_byte_order: None,
            has_whole_groups: false,
        }
    }

    /// The elements themselves, by the numbers of their rows.
    pub(super) fn children(&self) -> impl Iterator<Item = (u32, &'a Row)> + use<'a> {
        children(self.index, self.first, self.end)
    }

    /// True when these are all elements of a data set, root or item.
    pub(super) fn is_whole_data_set(&self) -> bool {
        let item = self.first.checked_sub(1).and_then(|before| self.index.row(before));
        match item {
            None => self.end >= self.index.len(),
            Some(item) => item.tag() == Tag::ITEM && item.end() == self.end,
        }
    }

    /// Bytes of the data set.
    ///
    /// # Errors
    /// [`ErrorKind::FileChanged`] when they are not there, and what the source refuses.
    pub(super) fn read(&self, offset: u64, length: u64) -> Result<Cow<'a, [u8]>> {
        if let Some(bytes) = self.bytes.get(offset, length) {
            return Ok(Cow::Borrowed(bytes));
        }
        let source = self.source.ok_or(ErrorKind::FileChanged)?;
        source.check_unchanged()?;
        let wanted = usize::try_from(length).map_err(|_| ErrorKind::OutOfMemory(length))?;
        let mut bytes = Vec::new();
        if source.append(offset, wanted, &mut bytes)? < wanted {
            return Err(ErrorKind::FileChanged.into());
        }
        Ok(Cow::Owned(bytes))
    }

    /// The value of a row.
    pub(super) fn value(&self, row: &Row) -> Result<Cow<'a, [u8]>> {
        self.read(row.offset(), row.length())
    }
}

/// The rows that stand directly in a range.
pub(super) fn children(index: &Index, first: u32, end: u32) -> impl Iterator<Item = (u32, &Row)> {
    index.children(first, end).filter_map(|number| Some((number, index.row(number)?)))
}

impl std::fmt::Debug for StoredRows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredRows({}..{})", self.first, self.end)
    }
}
