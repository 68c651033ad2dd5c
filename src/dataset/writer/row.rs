//! Elements as they were read.

use super::draft::{StoredRows, children};
use super::element::Leaf;
use super::planner::{Context, Planner, Work};
use super::step::Data;
use super::target::SequenceLengths;
use super::{text, verbatim};
use crate::dataset::{ByteOrder, Encoding, Flags, Row};
use crate::error::{ErrorKind, Result};
use crate::tag::Tag;
use crate::vr::Vr;

impl<'a> Planner<'a, '_> {
    /// Writes elements that were read: as a whole when nothing else is in the data set and all of it can be copied.
    pub(super) fn stored(&mut self, stored: &'a StoredRows<'a>, context: &Context) -> Result<()> {
        let mut rows = stored.children();
        let Some((_, first)) = rows.next() else { return Ok(()) };
        let last = rows.last().map_or(first.tag(), |(_, row)| row.tag());
        let is_all = self.is_only_part() && stored.is_whole_data_set();
        self.ascend(first.tag(), last)?;
        if is_all && self.is_as_read(stored, context) && verbatim::is_whole(stored, stored.first, stored.end)?
        {
            for (_, row) in stored.children() {
                self.plan.copy(stored, row.header_offset(), verbatim::end_of(row))?;
            }
            return Ok(());
        }
        self.push_rows(stored, context);
        Ok(())
    }

    /// True when every element that was read is written as the bytes that it is.
    fn is_as_read(&self, stored: &StoredRows<'_>, context: &Context) -> bool {
        stored.encoding == self.target.encoding
            && self.target.lengths == SequenceLengths::AsRead
            && stored.pixel_byte_order.is_none()
            && stored.character_set == context.target_set
            && !(self.no_group_lengths && self.depth() == 0)
    }

    /// Writes one element that was read. Group lengths are kept with what is kept: who makes a draft leaves out those of
    /// groups that it changes.
    pub(super) fn row(&mut self, stored: &'a StoredRows<'a>, number: u32, context: &Context) -> Result<()> {
        let Some(row) = stored.index.row(number) else { return Ok(()) };
        let tag = row.tag();
        if tag.is_group_length() && !self.keeps_group(stored, number, context)? {
            return Ok(()); // what is in the group may be longer or shorter now
        }
        if tag.is_private_creator()
            && let Some(value) = stored.bytes.get(row.offset(), row.length())
        {
            self.creators.record(self.depth(), tag, value);
        }
        let located = |planner: &Self, error: crate::Error| error.of(planner.path_of(tag));
        if self.is_like_target(row, context.encoding) && !is_of_other_order(stored, row) {
            let extent = verbatim::extent(stored, number, row, context);
            if let Some(end) = extent.map_err(|error| located(self, error))? {
                let copied = self.plan.copy(stored, row.header_offset(), end);
                return copied.map_err(|error| located(self, error));
            }
        }
        let inside = number.saturating_add(1);
        if row.has(Flags::ENCAPSULATED) {
            let fragments =
                children(stored.index, inside, row.end()).map(|(_, fragment)| data_of(stored, fragment));
            return self.fragments(tag, context.facts.deciders.vr(row), fragments);
        }
        if row.vr() == Vr::SQ {
            let work = Work::StoredItems { stored, next: inside, end: row.end() };
            return self.open_sequence(tag, row.has(Flags::UNDEFINED_LENGTH), work, *context);
        }
        self.stored_leaf(stored, row, context)
    }

    /// True when all elements of the group that begins with the row `number` are copied.
    fn keeps_group(&self, stored: &StoredRows<'_>, number: u32, context: &Context) -> Result<bool> {
        if !stored.has_whole_groups || self.no_group_lengths && self.depth() == 0 {
            return Ok(false);
        }
        let group = stored.index.row(number).map(|row| row.tag().group());
        for (number, row) in children(stored.index, number, stored.end) {
            if Some(row.tag().group()) != group {
                break;
            }
            let is_like_target =
                self.is_like_target(row, context.encoding) && !is_of_other_order(stored, row);
            if !is_like_target || verbatim::extent(stored, number, row, context)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// True when the bytes of a row may be right as they are.
    fn is_like_target(&self, row: &Row, encoding: Encoding) -> bool {
        let has_lengths = row.vr() == Vr::SQ && self.target.lengths != SequenceLengths::AsRead;
        encoding == self.target.encoding && !has_lengths
    }

    fn stored_leaf(&mut self, stored: &'a StoredRows<'a>, row: &Row, context: &Context) -> Result<()> {
        let vr = context.facts.deciders.vr(row);
        let mut leaf = Leaf {
            tag: row.tag(),
            vr,
            data: data_of(stored, row),
            order: row.encoding().byte_order,
            was_implicit: row.has(Flags::IMPLICIT),
            has_cells_only: false,
        };
        if is_of_other_order(stored, row) {
            leaf.order = stored.pixel_byte_order.unwrap_or(leaf.order);
            leaf.has_cells_only = true;
        }
        if vr.follows_character_set() && !context.has_one_character_set() {
            let value = stored.value(row).map_err(|error| error.of(self.path_of(row.tag())))?;
            if !text::is_the_same(&value, context) {
                return self.text(leaf, &value, context);
            }
        }
        self.leaf(leaf, &context.facts)
    }

    /// Writes text in another character set than it is in.
    fn text(&mut self, leaf: Leaf<'a>, value: &[u8], context: &Context) -> Result<()> {
        if !self.is_declared(context.target_set) {
            let reason = "text goes into another character set than Specific Character Set says";
            return Err(self.fault(ErrorKind::InvalidValue(reason), leaf.tag));
        }
        let encoded = text::encode_anew(value, leaf.vr, context);
        let encoded = encoded.map_err(|error| error.of(self.path_of(leaf.tag)))?;
        if encoded.is_damaged {
            let path = self.path_of(leaf.tag);
            self.plan.report_mut().add(|report| &mut report.damaged_text, path);
        }
        let data = self.plan.keep(&encoded.bytes);
        self.leaf(Leaf { data, ..leaf }, &context.facts)
    }
}

/// The value of a row.
fn data_of<'a>(stored: &StoredRows<'a>, row: &Row) -> Data<'a> {
    Data::Stored { bytes: stored.bytes, source: stored.source, offset: row.offset(), length: row.length() }
}

/// True for native pixel data whose byte order is not that of the data set.
fn is_of_other_order(stored: &StoredRows<'_>, row: &Row) -> bool {
    let order: Option<ByteOrder> = stored.pixel_byte_order;
    order.is_some() && row.tag() == Tag::PIXEL_DATA && !row.has(Flags::ENCAPSULATED)
}
