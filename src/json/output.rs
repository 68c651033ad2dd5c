//! Elements in explicit VR little endian, written in any order and put in the order of their tags.

use crate::dataset::{explicit_header, explicit_header_size, item_header, sort_by_tag, vr_for_length};
use crate::tag::Tag;
use crate::vr::{ValueKind, Vr};

/// The longest value: one more would be the mark of an undefined length.
const LONGEST: usize = 0xFFFF_FFFE;

/// A data set that is being written.
#[derive(Default)]
pub(super) struct Output {
    pub(super) bytes: Vec<u8>,
    /// The elements of all data sets that are open, each with its number among the ranges.
    elements: Vec<(Tag, u32)>,
    ranges: Vec<(usize, usize)>,
}

/// A data set, root or item, whose elements are not all there yet.
#[derive(Clone, Copy)]
pub(super) struct OpenDataSet {
    /// The number of its first element, and where that begins.
    first: usize,
    start: usize,
}

/// What is wrong.
type Refused = &'static str;

impl Output {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.elements.clear();
        self.ranges.clear();
    }

    pub(super) fn begin_data_set(&self) -> OpenDataSet {
        OpenDataSet { first: self.elements.len(), start: self.bytes.len() }
    }

    pub(super) fn begin_item(&mut self) -> OpenDataSet {
        self.bytes.extend_from_slice(&item_header(Tag::ITEM, 0));
        self.begin_data_set()
    }

    /// Makes room for a header, and gives its place: the value is written behind it.
    pub(super) fn begin_element(&mut self, vr: Vr) -> usize {
        let start = self.bytes.len();
        self.bytes.resize(start + explicit_header_size(vr), 0);
        start
    }

    /// Pads the value of the element that begins at `start`, and writes its header.
    pub(super) fn end_element(&mut self, tag: Tag, vr: Vr, start: usize) -> Result<(), Refused> {
        if tag.is_group_length() {
            self.bytes.truncate(start);
            return Ok(());
        }
        let value = start + explicit_header_size(vr);
        if (self.bytes.len() - value) % 2 == 1 {
            self.bytes.push(padding(vr));
        }
        let length = length(self.bytes.len() - value)?;
        let written = vr_for_length(vr, length.into());
        if written != vr {
            if tag.is_private_creator() {
                return Err("a private creator longer than 64 KiB");
            }
            // UN has a longer header.
            self.bytes.splice(start..start, [0; 4]);
        }
        let header = explicit_header(tag, written, length);
        let header = header.iter().flatten().take(explicit_header_size(written));
        self.bytes.iter_mut().skip(start).zip(header).for_each(|(to, from)| *to = *from);
        self.elements.push((tag, u32::try_from(self.ranges.len()).unwrap_or(u32::MAX)));
        self.ranges.push((start, self.bytes.len()));
        Ok(())
    }

    /// Ends Specific Character Set, whatever its value was: text is UTF-8.
    pub(super) fn end_character_set(&mut self, start: usize) -> Result<(), Refused> {
        self.bytes.truncate(start + explicit_header_size(Vr::CS));
        self.bytes.extend_from_slice(b"ISO_IR 192");
        self.end_element(Tag::SPECIFIC_CHARACTER_SET, Vr::CS, start)
    }

    /// Adds Specific Character Set.
    pub(super) fn declare_character_set(&mut self) -> Result<(), Refused> {
        let start = self.begin_element(Vr::CS);
        self.end_character_set(start)
    }

    /// Puts the elements of a data set in order.
    pub(super) fn end_data_set(&mut self, data_set: OpenDataSet) -> Result<(), Refused> {
        let OpenDataSet { first, start } = data_set;
        let count = self.elements.len() - first;
        let is_in_order =
            self.elements.get(first..).is_some_and(|own| own.is_sorted_by(|(a, _), (b, _)| a < b));
        if !is_in_order {
            sort_by_tag(&mut self.elements, first);
            if self.elements.len() - first < count {
                return Err("a tag that occurs twice");
            }
            let mut sorted = Vec::with_capacity(self.bytes.len() - start);
            for (_, number) in self.elements.iter().skip(first) {
                let range = self.ranges.get(*number as usize);
                let element = range.and_then(|(start, end)| self.bytes.get(*start..*end));
                sorted.extend_from_slice(element.unwrap_or_default());
            }
            self.bytes.truncate(start);
            self.bytes.append(&mut sorted);
        }
        self.elements.truncate(first);
        self.ranges.truncate(first);
        Ok(())
    }

    /// Puts the elements of an item in order, and writes its length.
    pub(super) fn end_item(&mut self, item: OpenDataSet) -> Result<(), Refused> {
        self.end_data_set(item)?;
        let length = length(self.bytes.len() - item.start)?;
        let header = item_header(Tag::ITEM, length);
        let place = item.start.saturating_sub(header.len())..item.start;
        if let Some(to) = self.bytes.get_mut(place) {
            to.copy_from_slice(&header);
        }
        Ok(())
    }
}

fn length(bytes: usize) -> Result<u32, Refused> {
    let fitting = u32::try_from(bytes).ok().filter(|_| bytes <= LONGEST);
    fitting.ok_or("a value longer than 4 GiB")
}

/// The byte that fills up an odd value (PS3.5 §6.2).
const fn padding(vr: Vr) -> u8 {
    match vr.kind() {
        _ if matches!(vr, Vr::UI) => 0,
        ValueKind::Ascii | ValueKind::Text | ValueKind::SingleText | ValueKind::SingleAscii => b' ',
        ValueKind::Number | ValueKind::Bytes | ValueKind::Sequence => 0,
    }
}
