//! What the elements of a data set say about the form of others.

use super::draft::{Draft, DraftPart, DraftValue, StoredRows, children};
use crate::dataset::ambiguous::Deciders;
use crate::dataset::{ByteOrder, Index, Row};
use crate::tag::Tag;
use crate::value::character_set::CharacterSet;
use crate::vr::Vr;

const BITS_ALLOCATED: Tag = Tag::new(0x0028, 0x0100);

/// What the elements of a data set say about the form of others.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts {
    pub(super) deciders: Deciders,
    /// Bits Allocated of the data set itself.
    pub(super) bits_allocated: Option<u16>,
}

impl Facts {
    /// Those of a data set inside one with these facts.
    fn inherited(outer: &Self) -> Self {
        let deciders =
            Deciders { pixel_representation: outer.deciders.pixel_representation, lut_entries: None };
        Self { deciders, bits_allocated: None }
    }

    /// Those of a draft inside a data set with the facts `outer`.
    pub(super) fn of_draft(draft: &Draft<'_>, outer: &Self) -> Self {
        let mut facts = Self::inherited(outer);
        for part in &draft.parts {
            match part {
                DraftPart::Stored(stored) => {
                    if let Some(inherited) = stored.pixel_representation {
                        facts.deciders.pixel_representation.get_or_insert(inherited);
                    }
                    facts.take_rows(stored, stored.first, stored.end);
                }
                DraftPart::New { tag, value: DraftValue::Bytes(bytes), .. } => {
                    facts.take(*tag, bytes, ByteOrder::Little);
                }
                DraftPart::New { .. } => {}
            }
        }
        facts
    }

    /// Those of the rows of an item inside a data set with the facts `outer`.
    pub(super) fn of_item(stored: &StoredRows<'_>, first: u32, end: u32, outer: &Self) -> Self {
        let mut facts = Self::inherited(outer);
        facts.take_rows(stored, first, end);
        facts
    }

    fn take_rows(&mut self, stored: &StoredRows<'_>, first: u32, end: u32) {
        for (_, row) in children(stored.index, first, end) {
            if row.tag().group() == BITS_ALLOCATED.group()
                && let Some(value) = stored.bytes.get(row.offset(), row.length())
            {
                self.take(row.tag(), value, row.encoding().byte_order);
            }
        }
    }

    fn take(&mut self, tag: Tag, value: &[u8], order: ByteOrder) {
        let slot = match tag {
            BITS_ALLOCATED => &mut self.bits_allocated,
            Tag::PIXEL_REPRESENTATION => &mut self.deciders.pixel_representation,
            Deciders::LUT_DESCRIPTOR => &mut self.deciders.lut_entries,
            _ => return,
        };
        if let Some(bytes) = value.first_chunk() {
            *slot = Some(order.u16(*bytes));
        }
    }

    /// Bytes of the element that are swapped together: what reading takes for a number. Cells of pixel data of whole
    /// bytes are numbers, whatever their VR; smaller ones lie in words.
    pub(super) fn unit(&self, tag: Tag, vr: Vr) -> usize {
        match self.bits_allocated {
            Some(bits @ (16 | 32 | 64)) if tag.is_pixel_data() => usize::from(bits / 8),
            _ => vr.unit(),
        }
    }
}

/// The character set that an item names itself.
pub(super) fn own_character_set(stored: &StoredRows<'_>, first: u32, end: u32) -> Option<CharacterSet> {
    let row = last_with(stored.index, first, end, Tag::SPECIFIC_CHARACTER_SET)?;
    let value = stored.bytes.get(row.offset(), row.length())?;
    Some(CharacterSet::from_value(value, CharacterSet::DEFAULT).0)
}

/// The character set that a draft names itself.
pub(super) fn character_set_of(draft: &Draft<'_>) -> Option<CharacterSet> {
    let of_part = |part: &DraftPart<'_>| match part {
        DraftPart::New { tag: Tag::SPECIFIC_CHARACTER_SET, value: DraftValue::Bytes(value), .. } => {
            Some(CharacterSet::from_value(value, CharacterSet::DEFAULT).0)
        }
        DraftPart::New { .. } => None,
        DraftPart::Stored(stored) => own_character_set(stored, stored.first, stored.end),
    };
    draft.parts.iter().rev().find_map(of_part)
}

/// Of duplicates the last counts.
fn last_with(index: &Index, first: u32, end: u32, tag: Tag) -> Option<&Row> {
    children(index, first, end).map(|(_, row)| row).filter(|row| row.tag() == tag).last()
}
