//! Elements that are new.

use super::draft::{DraftPart, DraftValue};
use super::element::Leaf;
use super::planner::{Context, Planner, Work};
use super::step::Data;
use crate::dataset::ByteOrder;
use crate::error::{ErrorKind, Result};
use crate::tag::Tag;
use crate::vr::{ValueKind, Vr};

impl<'a> Planner<'a, '_> {
    /// Writes a part of a draft.
    pub(super) fn part(&mut self, part: &'a DraftPart<'a>, context: &Context) -> Result<()> {
        match part {
            DraftPart::Stored(stored) => self.stored(stored, context),
            DraftPart::New { tag, vr, value } => self.new_element(*tag, *vr, value, context),
        }
    }

    fn new_element(&mut self, tag: Tag, vr: Vr, value: &'a DraftValue<'a>, context: &Context) -> Result<()> {
        if tag.group() == 0xFFFE {
            let reason = "items and delimiters are no elements of a data set";
            return Err(self.fault(ErrorKind::InvalidValue(reason), tag));
        }
        self.ascend(tag, tag)?;
        let data = match value {
            DraftValue::Bytes(bytes) => {
                if tag.is_private_creator() {
                    self.creators.record(self.depth(), tag, bytes);
                }
                Data::Bytes(bytes)
            }
            DraftValue::Source { source, offset, length } => {
                Data::Source { source: *source, offset: *offset, length: *length }
            }
            DraftValue::Items { items, undefined_length } => {
                return self.open_sequence(tag, *undefined_length, Work::DraftItems(items.iter()), *context);
            }
            DraftValue::Fragments(fragments) => {
                return self.fragments(tag, vr, fragments.iter().map(|fragment| Data::Bytes(fragment)));
            }
        };
        let is_words = vr.kind() == ValueKind::Bytes;
        let order = if is_words { context.word_order } else { ByteOrder::Little };
        let leaf = Leaf { tag, vr, data, order, was_implicit: false, has_cells_only: false };
        self.leaf(leaf, &context.facts)
    }
}
