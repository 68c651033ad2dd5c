//! The index: one row an element, in the order of the bytes, nested data sets included.

use super::encoding::{Encoding, VrForm};
use super::view::ByteOrder;
use crate::error::{TagPath, Warning};
use crate::tag::Tag;
use crate::vr::Vr;

/// Marks of a row; ten bits beside the VR.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Flags(u16);

impl Flags {
    /// The length in the file is undefined; the row holds what it turned out to be, delimiter left out.
    pub const UNDEFINED_LENGTH: Self = Self(1);
    /// The header has no VR.
    pub const IMPLICIT: Self = Self(1 << 1);
    /// The header has reserved bytes and a 32-bit length: 12 bytes.
    pub const LONG_HEADER: Self = Self(1 << 2);
    /// The dictionary leaves a choice (US or SS, OB or OW) that other elements decide.
    pub const AMBIGUOUS: Self = Self(1 << 3);
    /// The value was cut by the end of the input or of what is around it.
    pub const TRUNCATED: Self = Self(1 << 4);
    /// The VR is not the one in the file (UN, unknown or damaged) but the dictionary's.
    pub const VR_REPLACED: Self = Self(1 << 5);
    /// Encapsulated pixel data: the rows below are fragments (PS3.5 §A.4).
    pub const ENCAPSULATED: Self = Self(1 << 6);
    /// The value is not in memory.
    pub const DEFERRED: Self = Self(1 << 7);
    /// Numbers of the value are in big endian.
    pub const BIG_ENDIAN: Self = Self(1 << 8);

    const MASK: u16 = 0x3FF;

    /// Both sets of marks.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// `other` when `condition`, beside what is set.
    #[must_use]
    pub const fn with_if(self, condition: bool, other: Self) -> Self {
        if condition { self.with(other) } else { self }
    }

    /// True when all marks of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Puts the elements from place `first` on in the order of their tags; of duplicates the last stays.
pub fn sort_by_tag(elements: &mut Vec<(Tag, u32)>, first: usize) {
    let Some(own) = elements.get_mut(first..) else { return };
    if own.is_sorted_by(|(a, _), (b, _)| a < b) {
        return;
    }
    own.sort_by_key(|(tag, _)| *tag);
    let mut kept = first;
    for place in first..elements.len() {
        let Some(&(tag, row)) = elements.get(place) else { break };
        let is_last = elements.get(place + 1).is_none_or(|(next, _)| *next != tag);
        if let Some(to) = elements.get_mut(kept).filter(|_| is_last) {
            *to = (tag, row);
            kept += 1;
        }
    }
    elements.truncate(kept);
}

/// One element, item or fragment: 24 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    tag: Tag,
    end: u32,
    /// Offset of the value (48 bits), VR (6 bits), flags (10 bits).
    packed: u64,
    length: u64,
}

const OFFSET_MASK: u64 = (1 << 48) - 1;

impl Row {
    /// A row whose subtree is not known yet: it ends at itself.
    #[must_use]
    pub const fn new(tag: Tag, vr: Vr, flags: Flags, offset: u64, length: u64) -> Self {
        let packed = offset & OFFSET_MASK | (vr as u64) << 48 | (flags.0 as u64) << 54;
        Self { tag, end: 0, packed, length }
    }

    /// The tag.
    #[must_use]
    pub const fn tag(&self) -> Tag {
        self.tag
    }

    /// The VR; UN for items and fragments, which have none.
    #[must_use]
    pub fn vr(&self) -> Vr {
        let [_, high, ..] = self.packed.to_be_bytes();
        Vr::from_number(high & 0x3F)
    }

    /// The marks.
    #[must_use]
    pub const fn flags(&self) -> Flags {
        let [high, low, ..] = self.packed.to_be_bytes();
        Flags(u16::from_be_bytes([high, low]) >> 6 & Flags::MASK)
    }

    /// True when all marks of `flags` are set.
    #[must_use]
    pub const fn has(&self, flags: Flags) -> bool {
        self.flags().contains(flags)
    }

    /// The first byte of the value.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.packed & OFFSET_MASK
    }

    /// Bytes of the value that are there, delimiter of an undefined length left out.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// The byte after the value.
    #[must_use]
    pub const fn value_end(&self) -> u64 {
        self.offset() + self.length
    }

    /// Bytes of the header in front of the value.
    #[must_use]
    pub const fn header_length(&self) -> u64 {
        if self.has(Flags::LONG_HEADER) { 12 } else { 8 }
    }

    /// The first byte of the header.
    #[must_use]
    pub const fn header_offset(&self) -> u64 {
        self.offset().saturating_sub(self.header_length())
    }

    /// How the header is written, and the numbers of the value.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        Encoding {
            vr_form: if self.has(Flags::IMPLICIT) { VrForm::Implicit } else { VrForm::Explicit },
            byte_order: if self.has(Flags::BIG_ENDIAN) { ByteOrder::Big } else { ByteOrder::Little },
        }
    }

    /// The row after this one and everything in it.
    #[must_use]
    pub const fn end(&self) -> u32 {
        self.end
    }

    /// The row as 24 bytes, for a copy that leaves the process.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        let words = [u64::from(self.end) << 32 | u64::from(self.tag.0), self.packed, self.length];
        for (to, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
            *to = word.to_le_bytes();
        }
        bytes
    }

    /// The row that [`Row::to_bytes`] was made from.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 24]) -> Self {
        let number = |range: std::ops::Range<usize>| {
            bytes.get(range).into_iter().flatten().rev().fold(0, |n: u64, byte| n << 8 | u64::from(*byte))
        };
        let half = |start| u32::try_from(number(start..start + 4)).unwrap_or_default();
        Self { tag: Tag(half(0)), end: half(4), packed: number(8..16), length: number(16..24) }
    }

    pub(crate) fn set_end(&mut self, end: u32) {
        self.end = end;
    }

    pub(crate) fn set_length(&mut self, length: u64) {
        self.length = length;
    }

    pub(crate) fn add_flags(&mut self, flags: Flags) {
        self.packed |= u64::from(flags.0) << 54;
    }
}

/// The rows of one data set, with everything nested in it, and what was wrong.
///
/// A data set is a range of rows; a child data set is a range inside it. The rows of an item are those between it and
/// its `end`.
#[derive(Debug, Default)]
pub struct Index {
    pub(crate) rows: Vec<Row>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) warnings_dropped: u64,
    pub(crate) truncated_at: Option<u64>,
    pub(crate) end: u64,
}

impl Index {
    /// An empty index with memory for so many rows, where there is that much.
    #[must_use]
    pub fn with_capacity(rows: usize) -> Self {
        let mut index = Self::default();
        // Only a hint: without the memory the index grows as it always does, and says so when it cannot.
        let _ = index.rows.try_reserve_exact(rows);
        index
    }

    /// All rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row with this number.
    #[must_use]
    pub fn row(&self, number: u32) -> Option<&Row> {
        self.rows.get(number as usize)
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX)
    }

    /// True when there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What was wrong and could be read all the same, in the order of the bytes.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Warnings beyond those kept (a damaged file could hold millions).
    #[must_use]
    pub fn warnings_dropped(&self) -> u64 {
        self.warnings_dropped
    }

    /// The byte at which the element begins that the input ends in.
    #[must_use]
    pub fn truncated_at(&self) -> Option<u64> {
        self.truncated_at
    }

    /// The byte after the last element.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.end
    }

    /// The numbers of the rows that stand directly in the range `first..end`, in file order.
    pub fn children(&self, first: u32, end: u32) -> impl Iterator<Item = u32> + '_ {
        let mut next = first;
        std::iter::from_fn(move || {
            if next >= end {
                return None;
            }
            let current = next;
            next = self.row(current)?.end().max(current + 1);
            Some(current)
        })
    }

    /// Gives back memory that is reserved and not used: for an index that stays.
    pub fn shrink(&mut self) {
        self.rows.shrink_to_fit();
        self.warnings.shrink_to_fit();
    }

    /// Bytes of memory that the rows take.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.rows.capacity() * size_of::<Row>()
    }

    /// Where the elements of these rows stand, numbers in ascending order; all of them in one pass.
    #[must_use]
    pub fn paths(&self, numbers: &[u32]) -> Vec<TagPath> {
        let mut paths = Vec::with_capacity(numbers.len());
        let mut wanted = numbers.iter().copied().peekable();
        // The rows around the present one: tag, end of the subtree, rows met directly below.
        let mut around: Vec<(Tag, u32, u32)> = Vec::new();
        for (number, row) in (0..).zip(&self.rows) {
            if wanted.peek().is_none() {
                break;
            }
            while around.last().is_some_and(|(_, end, _)| number >= *end) {
                around.pop();
            }
            while wanted.next_if_eq(&number).is_some() {
                let sequences = around.iter().filter(|(tag, ..)| *tag != Tag::ITEM);
                let items = sequences.map(|(tag, _, met)| (*tag, met.saturating_sub(1))).collect();
                paths.push(TagPath { items, tag: Some(row.tag) });
            }
            if let Some((.., met)) = around.last_mut() {
                *met += 1;
            }
            if row.end > number + 1 {
                around.push((row.tag, row.end, 0));
            }
        }
        paths
    }

    /// Empties the index and keeps its memory, for the next file of a worker.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.warnings.clear();
        self.warnings_dropped = 0;
        self.truncated_at = None;
        self.end = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_takes_24_bytes_and_keeps_everything() {
        assert_eq!(size_of::<Row>(), 24);
        let flags = Flags::UNDEFINED_LENGTH.with(Flags::BIG_ENDIAN);
        let mut row = Row::new(Tag::PIXEL_DATA, Vr::UV, flags, (1 << 48) - 1, u64::MAX);
        row.set_end(7);
        assert_eq!((row.tag(), row.vr(), row.flags()), (Tag::PIXEL_DATA, Vr::UV, flags));
        assert_eq!((row.offset(), row.length, row.end()), ((1 << 48) - 1, u64::MAX, 7));
        row.add_flags(Flags::TRUNCATED);
        assert_eq!((row.vr(), row.flags()), (Vr::UV, flags.with(Flags::TRUNCATED)));
    }

    #[test]
    fn sorts_a_level_and_keeps_the_last_of_duplicates() {
        let mut elements: Vec<_> = [9, 5, 7, 5, 6, 7, 5].into_iter().map(Tag).zip(0..).collect();
        sort_by_tag(&mut elements, 1);
        assert_eq!(elements, [(Tag(9), 0), (Tag(5), 6), (Tag(6), 4), (Tag(7), 5)]);
        sort_by_tag(&mut elements, 4);
        sort_by_tag(&mut elements, 9);
        assert_eq!(elements.len(), 4);
    }

    #[test]
    fn says_where_elements_stand() {
        // A sequence of two items, the second with a sequence of one; an element behind it.
        let (outer, inner, name) = (Tag(0x0008_1110), Tag(0x0040_0275), Tag(0x0010_0010));
        let tags = [outer, Tag::ITEM, name, Tag::ITEM, name, inner, Tag::ITEM, name, name];
        let ends = [8, 3, 3, 8, 5, 8, 8, 8, 9];
        let row = |(tag, end)| {
            let mut row = Row::new(tag, Vr::UN, Flags::default(), 0, 0);
            row.set_end(end);
            row
        };
        let index = Index { rows: tags.into_iter().zip(ends).map(row).collect(), ..Index::default() };
        let paths: Vec<String> = index.paths(&[0, 2, 4, 4, 7, 8]).iter().map(ToString::to_string).collect();
        assert_eq!(
            paths,
            [
                "(0008,1110)",
                "(0008,1110)[0].(0010,0010)",
                "(0008,1110)[1].(0010,0010)",
                "(0008,1110)[1].(0010,0010)",
                "(0008,1110)[1].(0040,0275)[0].(0010,0010)",
                "(0010,0010)"
            ]
        );
        assert_eq!(index.paths(&[9, 10]), []);
    }
}
