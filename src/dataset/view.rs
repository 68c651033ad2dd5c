//! A data set as bytes and a range of an index.

use super::ambiguous::Deciders;
use super::encoding::Encoding;
use super::index::{Flags, Index, Row};
use crate::source::Resident;
use crate::tag::Tag;
use crate::vr::Vr;

/// Byte order of the numbers in a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ByteOrder {
    /// Little endian, all but one transfer syntax.
    #[default]
    Little,
    /// Explicit VR big endian (retired) and ACR-NEMA.
    Big,
}

/// A data set, root or item: borrowed, cheap to copy.
#[derive(Clone, Copy)]
pub struct DatasetView<'a> {
    index: &'a Index,
    bytes: &'a Resident,
    first: u32,
    end: u32,
}

impl<'a> DatasetView<'a> {
    /// The root data set of an index.
    #[must_use]
    pub fn root(index: &'a Index, bytes: &'a Resident) -> Self {
        Self { index, bytes, first: 0, end: index.len() }
    }

    /// The data set of rows `first..end`, children of one item.
    #[must_use]
    pub fn of_rows(index: &'a Index, bytes: &'a Resident, first: u32, end: u32) -> Self {
        Self { index, bytes, first, end }
    }

    /// The elements in the order of the file.
    pub fn elements(self) -> impl Iterator<Item = ElementView<'a>> {
        self.index.children(self.first, self.end).filter_map(move |number| self.element(number))
    }

    /// The element of a row.
    #[must_use]
    pub fn element(self, number: u32) -> Option<ElementView<'a>> {
        Some(ElementView { set: self, row: self.index.row(number)?, number })
    }

    /// The element with this tag; of duplicates the last. Walks the data set.
    #[must_use]
    pub fn find(self, tag: Tag) -> Option<ElementView<'a>> {
        self.elements().filter(|element| element.tag() == tag).last()
    }

    /// How its elements are written: as the first one is, which all others were read like.
    #[must_use]
    pub fn encoding(self) -> Option<Encoding> {
        let first = self.index.row(self.first).filter(|_| self.first < self.end);
        first.map(Row::encoding)
    }

    /// The rows it consists of.
    #[must_use]
    pub fn rows(self) -> std::ops::Range<u32> {
        self.first..self.end
    }

    /// The index behind it.
    #[must_use]
    pub fn index(self) -> &'a Index {
        self.index
    }

    /// The bytes behind it.
    #[must_use]
    pub fn bytes(self) -> &'a Resident {
        self.bytes
    }
}

/// One element of a data set.
#[derive(Clone, Copy)]
pub struct ElementView<'a> {
    set: DatasetView<'a>,
    row: &'a Row,
    number: u32,
}

impl<'a> ElementView<'a> {
    /// The tag.
    #[must_use]
    pub fn tag(&self) -> Tag {
        self.row.tag()
    }

    /// The VR as indexed; see [`Flags::AMBIGUOUS`].
    #[must_use]
    pub fn vr(&self) -> Vr {
        self.row.vr()
    }

    /// The VR, where the dictionary leaves a choice the one that other elements decide: Pixel Representation and LUT
    /// Descriptor of the data set.
    #[must_use]
    pub fn decided_vr(&self, is_signed: bool, has_one_lut_entry: impl FnOnce() -> bool) -> Vr {
        if !self.row.has(Flags::AMBIGUOUS) {
            return self.vr();
        }
        let has_one = self.tag() == Deciders::LUT_DATA && has_one_lut_entry();
        let deciders =
            Deciders { pixel_representation: Some(is_signed.into()), lut_entries: has_one.then_some(1) };
        deciders.vr(self.row)
    }

    /// The row of the index.
    #[must_use]
    pub fn row(&self) -> &'a Row {
        self.row
    }

    /// The number of the row.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The byte order of its numbers.
    #[must_use]
    pub fn byte_order(&self) -> ByteOrder {
        if self.row.has(Flags::BIG_ENDIAN) { ByteOrder::Big } else { ByteOrder::Little }
    }

    /// The bytes of the value; `None` where they are not in memory ([`Flags::DEFERRED`]).
    #[must_use]
    pub fn value(&self) -> Option<&'a [u8]> {
        self.set.bytes.get(self.row.offset(), self.row.length())
    }

    /// The items of a sequence, or no data set at all.
    pub fn items(&self) -> impl Iterator<Item = DatasetView<'a>> + use<'a> {
        let set = self.set;
        let rows = if self.vr() == Vr::SQ { self.number + 1..self.row.end() } else { 0..0 };
        set.index.children(rows.start, rows.end).filter_map(move |number| {
            let end = set.index.row(number)?.end();
            Some(DatasetView { first: number + 1, end, ..set })
        })
    }

    /// The fragments of encapsulated pixel data as (offset, length), the offset table first; nothing for others.
    pub fn fragments(&self) -> impl Iterator<Item = (u64, u64)> + use<'a> {
        let set = self.set;
        let rows = if self.row.has(Flags::ENCAPSULATED) { self.number + 1..self.row.end() } else { 0..0 };
        set.index.children(rows.start, rows.end).filter_map(move |number| {
            let row = set.index.row(number)?;
            Some((row.offset(), row.length()))
        })
    }
}
