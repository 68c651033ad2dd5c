//! The quick way into sequences and out of them: those that are whole in the window and end where they should.
//!
//! Everything is looked at before anything is changed: what is different in any way is left to the thorough way.

use super::*;

/// An item whose header can be taken as it is.
struct PlainItem {
    undefined: bool,
    length: u64,
}

/// What stands behind an item.
enum Behind {
    Item(PlainItem),
    /// The end of the sequence; its delimiter takes so many bytes.
    End(u64),
}

impl Tokenizer {
    /// Goes into the sequence that begins here, or on from the item that ends here, when that is plain.
    pub(super) fn turn<const EXPLICIT: bool>(&mut self, window: &Window<'_>) -> bool {
        let left = self.level.limit.saturating_sub(self.position);
        if left < 8 {
            return left == 0 && !self.level.undefined && self.next_item(window, self.position);
        }
        let Some(head) = window.at::<8>(self.position) else { return false };
        let tag = ByteOrder::Little.tag(head);
        if tag == Tag::ITEM_DELIMITER {
            return self.level.undefined && self.next_item(window, self.position + 8);
        }
        self.go_in::<EXPLICIT>(window, tag, head)
    }

    /// Takes the header of a sequence and of its first item.
    fn go_in<const EXPLICIT: bool>(&mut self, window: &Window<'_>, tag: Tag, head: [u8; 8]) -> bool {
        let [_, _, _, _, a, b, c, d] = head;
        let (size, flags, length) = if EXPLICIT {
            let Some(length) = window.at(self.position + 8).filter(|_| [a, b] == *b"SQ") else {
                return false;
            };
            (12, Flags::LONG_HEADER, u32::from_le_bytes(length))
        } else {
            if vr_of([a, b]).is_some() || public_vr(tag).0 != Vr::SQ {
                return false;
            }
            (8, Flags::IMPLICIT, u32::from_le_bytes([a, b, c, d]))
        };
        let undefined = length == UNDEFINED;
        let (offset, bytes) = (self.position + size, u64::from(length));
        let is_in_place = self.is_plain_tag(tag) && tag > self.level.last && !tag.is_private();
        let fits = undefined || length.is_multiple_of(2) && offset + bytes <= self.level.limit;
        let is_too_deep = self.outer.len() / 2 >= self.options.limits.depth as usize;
        if !is_in_place || !fits || is_too_deep || !self.has_room(2) {
            return false;
        }
        let (row, item) = (self.index.len(), self.index.len() + 1);
        let limit = if undefined { u64::MAX } else { offset + bytes };
        let mut sequence = self.level.inner(LevelKind::Sequence, row, limit, undefined);
        let Some(first) = plain_item(window, &sequence, offset) else { return false };
        let value = if undefined { 0 } else { bytes };
        let flags = flags.with_if(undefined, Flags::UNDEFINED_LENGTH);
        self.index.rows.push(Row::new(tag, Vr::SQ, flags, offset, value));
        self.level.count = self.level.count.saturating_add(1);
        self.level.last = tag;
        sequence.count = 1;
        self.outer.push(self.level);
        self.go_into_item(&sequence, &first, item, offset);
        self.outer.push(sequence);
        true
    }

    /// Ends an item; goes on with the next one from `position` on, or behind the sequence.
    fn next_item(&mut self, window: &Window<'_>, position: u64) -> bool {
        let Some(&sequence) = self.outer.last() else { return false };
        let is_odd = self.level.disorder.is_some() || sequence.told.form || sequence.unwanted;
        let Some(behind) = behind_item(window, &sequence, position).filter(|_| !is_odd && self.has_room(1))
        else {
            return false;
        };
        self.creators.leave(self.depth());
        let closed = self.level;
        self.end_row(&closed, self.position);
        match behind {
            Behind::Item(item) => {
                if let Some(sequence) = self.outer.last_mut() {
                    sequence.count = sequence.count.saturating_add(1);
                }
                self.go_into_item(&sequence, &item, self.index.len(), position);
            }
            Behind::End(delimiter) => {
                self.end_row(&sequence, position);
                self.outer.pop();
                if let Some(outer) = self.outer.pop() {
                    self.level = outer;
                }
                self.position = position + delimiter;
                self.reserved = None;
            }
        }
        true
    }

    fn go_into_item(&mut self, sequence: &Level, item: &PlainItem, row: u32, position: u64) {
        let offset = position + 8;
        let flags = Flags::default().with_if(item.undefined, Flags::UNDEFINED_LENGTH);
        self.index.rows.push(Row::new(Tag::ITEM, Vr::UN, flags, offset, item.length));
        let limit = if item.undefined { u64::MAX } else { offset + item.length };
        self.level = sequence.inner(LevelKind::DataSet, row, limit, item.undefined);
        self.position = offset;
        self.skipped = false;
        self.reserved = None;
    }

    /// Notes where a level ends.
    fn end_row(&mut self, closed: &Level, end: u64) {
        let rows = self.index.len();
        let row = closed.row.and_then(|number| self.index.rows.get_mut(number as usize));
        if let Some(row) = row {
            row.set_end(rows);
            if closed.undefined {
                row.set_length(end.saturating_sub(row.offset()));
            }
        }
    }

    fn has_room(&self, more: usize) -> bool {
        let rows = self.index.rows.len() + more;
        rows <= self.index.rows.capacity() && rows as u64 <= self.options.limits.elements
    }
}

/// The header of an item at this position, when it is plain and whole in the window.
fn plain_item(window: &Window<'_>, sequence: &Level, position: u64) -> Option<PlainItem> {
    let [g0, g1, e0, e1, a, b, c, d] = window.at::<8>(position)?;
    let left = sequence.limit.checked_sub(position + 8)?;
    let length = u32::from_le_bytes([a, b, c, d]);
    let undefined = length == UNDEFINED;
    let is_item = [g0, g1, e0, e1] == [0xFE, 0xFF, 0x00, 0xE0];
    let length = if undefined { 0 } else { u64::from(length) };
    (is_item && length <= left).then_some(PlainItem { undefined, length })
}

fn behind_item(window: &Window<'_>, sequence: &Level, position: u64) -> Option<Behind> {
    if position == sequence.limit {
        return (!sequence.undefined).then_some(Behind::End(0));
    }
    let is_delimiter = |head: [u8; 8]| ByteOrder::Little.tag(head) == Tag::SEQUENCE_DELIMITER;
    if sequence.undefined && sequence.limit - position >= 8 && window.at(position).is_some_and(is_delimiter) {
        return Some(Behind::End(8));
    }
    plain_item(window, sequence, position).map(Behind::Item)
}
