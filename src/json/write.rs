//! Data set → text, without anything between.

use super::base64::push_base64;
use super::bulk_data::{BulkData, BulkElement, Placement};
use super::context::{Deciders, ValueContext};
use super::text::push_text;
use super::value::{NonFinite, ValueWriter};
use crate::dataset::{ByteOrder, DatasetView, ElementView, Flags, sort_by_tag};
use crate::error::{Error, ErrorKind, Result, TagPath};
use crate::file::DicomFile;
use crate::tag::Tag;
use crate::vr::{ValueKind, Vr};

/// What is written.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The file that deferred values are read from.
    pub file: &'a DicomFile,
    /// The data set, root or item.
    pub dataset: DatasetView<'a>,
    /// The rows of the elements that are meant, where it is not all of them.
    pub rows: Option<&'a [u32]>,
    /// What the data set inherits.
    pub context: ValueContext,
}

impl<'a> Subject<'a> {
    /// The whole data set of a file.
    #[must_use]
    pub fn of_file(file: &'a DicomFile) -> Self {
        Self { file, dataset: file.dataset(), rows: None, context: ValueContext::default() }
    }

    /// Fills `part` with bytes of a value from `start` on.
    fn read(&self, element: &ElementView<'a>, start: u64, part: &mut [u8]) -> Result<()> {
        let row = element.row();
        match self.dataset.bytes().get(row.offset() + start, part.len() as u64) {
            Some(bytes) => {
                part.copy_from_slice(bytes);
                Ok(())
            }
            None => self.file.read_into(row.offset() + start, part),
        }
    }
}

/// How a data set is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct WriteOptions {
    /// What becomes of numbers that JSON does not have.
    pub non_finite: NonFinite,
    /// Elements of group 0002 are written: the data set is the file meta information.
    pub keeps_meta: bool,
    /// An element of the root that cannot be written is left out.
    pub skips_faults: bool,
}

/// A data set that is being written, and where in the one around it it stands.
#[derive(Clone, Copy)]
pub(super) struct Level {
    /// The places in the list of elements: the first, the next, and the one behind the last.
    first: usize,
    next: usize,
    end: usize,
    context: ValueContext,
    deciders: Deciders,
    place: Place,
}

/// Which item of which sequence a data set is; of the root nothing counts.
#[derive(Clone, Copy)]
struct Place {
    sequence: Tag,
    /// Number and row of the item.
    item: u32,
    item_row: u32,
    /// The row behind the sequence.
    sequence_end: u32,
}

impl Level {
    pub(super) fn item_row(&self) -> u32 {
        self.place.item_row
    }
}

/// Where an element of the innermost of these levels stands.
pub(super) fn path(levels: &[Level], tag: Tag) -> TagPath {
    let items = levels.iter().skip(1).map(|level| (level.place.sequence, level.place.item)).collect();
    TagPath { items, tag: Some(tag) }
}

/// Writes data sets, one after the other with the same memory.
#[derive(Default)]
pub struct Writer {
    /// The elements of all levels that are open, each level in the order of its tags.
    elements: Vec<(Tag, u32)>,
    levels: Vec<Level>,
    /// A part of a value that is not in memory, or not in little endian.
    part: Vec<u8>,
}

impl Writer {
    /// Writes a data set behind `out`; gives the faults of the elements that were left out.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] for a number that is not finite; what the source of a deferred value refuses; what
    /// `bulk_data` gives. What was written so far is taken back.
    pub fn write(
        &mut self,
        subject: &Subject<'_>,
        options: &WriteOptions,
        bulk_data: &mut dyn BulkData,
        out: &mut Vec<u8>,
    ) -> Result<Vec<Error>> {
        self.elements.clear();
        self.levels.clear();
        let start = out.len();
        let text = Text {
            out,
            root_element: start,
            is_beyond_ascii: false,
            has_character_set: false,
            character_set_at: None,
        };
        let mut run = Run { memory: self, subject, options, bulk_data, text };
        let result = run.root();
        if result.is_err() {
            out.truncate(start);
        }
        result
    }
}

/// The text that is written.
struct Text<'r> {
    out: &'r mut Vec<u8>,
    /// Where the present element of the root begins.
    root_element: usize,
    /// Some text so far went beyond ASCII.
    is_beyond_ascii: bool,
    /// The root data set has Specific Character Set; otherwise, where it would stand.
    has_character_set: bool,
    character_set_at: Option<usize>,
}

/// One data set on its way into text.
struct Run<'r, 'a> {
    memory: &'r mut Writer,
    subject: &'r Subject<'a>,
    options: &'r WriteOptions,
    bulk_data: &'r mut dyn BulkData,
    text: Text<'r>,
}

const CHARACTER_SET: &[u8] = b"\"00080005\":{\"vr\":\"CS\",\"Value\":[\"ISO_IR 192\"]}";
/// Bytes that are made base64 at a time: a multiple of three, and of every number's size.
const PART: u64 = 24 << 13;

impl<'a> Run<'_, 'a> {
    fn root(&mut self) -> Result<Vec<Error>> {
        let mut faults = Vec::new();
        self.open_root();
        while let Some(level) = self.memory.levels.last_mut() {
            if level.next == level.end {
                self.leave();
                continue;
            }
            let Some((tag, row)) = self.memory.elements.get(level.next).copied() else { break };
            level.next += 1;
            if self.memory.levels.len() == 1 {
                self.text.root_element = self.text.out.len();
                self.text.has_character_set |= tag == Tag::SPECIFIC_CHARACTER_SET;
                if tag > Tag::SPECIFIC_CHARACTER_SET {
                    self.text.character_set_at.get_or_insert(self.text.root_element);
                }
            }
            let Err(error) = self.element(row) else { continue };
            if !self.options.skips_faults || *error.kind() == ErrorKind::Interrupted {
                return Err(error);
            }
            self.take_back();
            faults.push(error);
        }
        self.declare_character_set();
        Ok(faults)
    }

    /// Leaves out the element of the root in which something could not be written.
    fn take_back(&mut self) {
        self.memory.levels.truncate(1);
        let end = self.memory.levels.first().map_or(0, |root| root.end);
        self.memory.elements.truncate(end);
        self.text.out.truncate(self.text.root_element);
    }

    fn open_root(&mut self) {
        let (subject, dataset) = (self.subject, self.subject.dataset);
        let place = Place { sequence: Tag::default(), item: 0, item_row: 0, sequence_end: 0 };
        match subject.rows {
            Some(rows) => self.open(place, rows.iter().copied(), subject.context),
            None => {
                let std::ops::Range { start, end } = dataset.rows();
                self.open(place, dataset.index().children(start, end), subject.context);
            }
        }
    }

    /// Begins a data set of these elements.
    fn open(&mut self, place: Place, rows: impl Iterator<Item = u32>, around: ValueContext) {
        let set = self.subject.dataset;
        let first = self.memory.elements.len();
        let mut deciders = Deciders::default();
        for row in rows {
            let Some(element) = set.element(row) else { continue };
            deciders.note(element.tag(), row);
            if self.is_written(element.tag()) {
                self.memory.elements.push((element.tag(), row));
            }
        }
        sort_by_tag(&mut self.memory.elements, first);
        let end = self.memory.elements.len();
        let context = around.with(set, &deciders);
        self.memory.levels.push(Level { first, next: first, end, context, deciders, place });
        self.text.out.push(b'{');
    }

    /// Group lengths say nothing here, command and file meta information are no part of a data set, and group FFFE is
    /// of items and delimiters.
    fn is_written(&self, tag: Tag) -> bool {
        let is_of_file = matches!(tag.group(), 0x0000 | 0x0002);
        !tag.is_group_length() && tag.group() != 0xFFFE && (!is_of_file || self.options.keeps_meta)
    }

    /// Ends the innermost data set, and begins the next item or ends the sequence.
    fn leave(&mut self) {
        let Some(level) = self.memory.levels.pop() else { return };
        self.memory.elements.truncate(level.first);
        self.text.out.push(b'}');
        let Some(around) = self.memory.levels.last() else { return };
        let context = around.context;
        let place = level.place;
        let next =
            self.subject.dataset.element(place.item_row).map_or(place.sequence_end, |item| item.row().end());
        if next < place.sequence_end {
            self.text.out.push(b',');
            let next = next.max(place.item_row.saturating_add(1));
            self.open_item(Place { item: place.item.saturating_add(1), item_row: next, ..place }, context);
        } else {
            self.text.out.extend_from_slice(b"]}");
        }
    }

    fn open_item(&mut self, place: Place, around: ValueContext) {
        let index = self.subject.dataset.index();
        let first = place.item_row.saturating_add(1);
        let end = index.row(place.item_row).map_or(first, |row| row.end());
        self.open(place, index.children(first, end), around);
    }

    /// Writes an element; of a sequence that has items, what stands before the first element of the first.
    fn element(&mut self, row: u32) -> Result<()> {
        let set = self.subject.dataset;
        let (Some(element), Some(level)) = (set.element(row), self.memory.levels.last()) else {
            return Ok(());
        };
        let (context, tag) = (level.context, element.tag());
        let vr = element.decided_vr(context.is_signed, || level.deciders.has_one_lut_entry(set));
        let vr = if is_whole(vr, element.row().length()) { vr } else { Vr::UN };
        self.key(tag, vr);
        let result = match vr.kind() {
            _ if tag == Tag::SPECIFIC_CHARACTER_SET => {
                self.text.out.extend_from_slice(b",\"Value\":[\"ISO_IR 192\"]");
                Ok(())
            }
            ValueKind::Sequence => {
                let (item_row, sequence_end) = (row.saturating_add(1), element.row().end());
                if item_row < sequence_end {
                    self.text.out.extend_from_slice(b",\"Value\":[");
                    self.open_item(Place { sequence: tag, item: 0, item_row, sequence_end }, context);
                    return Ok(());
                }
                Ok(())
            }
            _ if element.row().length() == 0 => Ok(()),
            _ => self.value(&element, vr, context),
        };
        result.map_err(|error| self.located(error, &element))?;
        self.text.out.push(b'}');
        Ok(())
    }

    /// The same fault, with where it was met.
    fn located(&self, error: Error, element: &ElementView<'_>) -> Error {
        if error.path().is_empty() {
            error.at(element.row().offset()).of(path(&self.memory.levels, element.tag()))
        } else {
            error
        }
    }

    /// Writes what stands before the value.
    fn key(&mut self, tag: Tag, vr: Vr) {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let out = &mut *self.text.out;
        if out.last() != Some(&b'{') {
            out.push(b',');
        }
        out.push(b'"');
        out.extend((0..8).rev().map(|place| {
            let digit = tag.0 >> (4 * place) & 15;
            DIGITS.get(digit as usize).copied().unwrap_or(b'0')
        }));
        out.extend_from_slice(b"\":{\"vr\":\"");
        out.extend_from_slice(&vr.code());
        out.push(b'"');
    }

    fn value(&mut self, element: &ElementView<'a>, vr: Vr, context: ValueContext) -> Result<()> {
        let length = element.row().length();
        let is_binary = vr.kind() == ValueKind::Bytes;
        if is_binary || length > self.bulk_data.longest_text() && is_long_text(vr) {
            let (file, levels) = (self.subject.file, &*self.memory.levels);
            match self.bulk_data.place(&BulkElement { element: *element, vr, levels, file })? {
                Placement::Inline if is_binary => return self.binary(element, vr),
                Placement::Inline => {}
                Placement::Omit => return Ok(()),
                Placement::Uri(uri) => {
                    self.text.out.extend_from_slice(b",\"BulkDataURI\":");
                    push_text(self.text.out, &uri);
                    return Ok(());
                }
            }
        }
        let bytes = self.subject.file.value(element)?;
        let non_finite = self.options.non_finite;
        let is_beyond_ascii = &mut self.text.is_beyond_ascii;
        let mut writer = ValueWriter { out: self.text.out, context, non_finite, is_beyond_ascii };
        if vr.kind() == ValueKind::Number {
            return writer.numbers(vr, &bytes, element.byte_order()).map_err(Error::from);
        }
        writer.texts(vr, &bytes);
        Ok(())
    }

    /// Writes bytes as base64, in parts: large values are neither read nor swapped as a whole.
    fn binary(&mut self, element: &ElementView<'a>, vr: Vr) -> Result<()> {
        self.text.out.extend_from_slice(b",\"InlineBinary\":\"");
        let length = element.row().length();
        // Fragments are bytes, whatever the VR.
        let is_of_numbers = vr.unit() > 1 && !element.row().has(Flags::ENCAPSULATED);
        let is_swapped = element.byte_order() == ByteOrder::Big && is_of_numbers;
        match element.value() {
            Some(value) if !is_swapped => push_base64(self.text.out, value),
            _ => {
                let mut done = 0;
                while done < length {
                    let size = PART.min(length - done);
                    let part = &mut self.memory.part;
                    part.clear();
                    part.resize(usize::try_from(size).unwrap_or_default(), 0);
                    self.subject.read(element, done, part)?;
                    if is_swapped {
                        part.chunks_exact_mut(vr.unit()).for_each(<[u8]>::reverse);
                    }
                    push_base64(self.text.out, part);
                    done += size;
                }
            }
        }
        self.text.out.push(b'"');
        Ok(())
    }

    /// Adds Specific Character Set to a root that has none and text that needs it.
    fn declare_character_set(&mut self) {
        let out = &mut *self.text.out;
        if !self.text.is_beyond_ascii || self.text.has_character_set {
            return;
        }
        let place = self.text.character_set_at.unwrap_or(out.len() - 1);
        let is_first = place.checked_sub(1).and_then(|before| out.get(before)) == Some(&b'{');
        let comma = std::iter::once(b',');
        if is_first {
            out.splice(place..place, CHARACTER_SET.iter().copied().chain(comma));
        } else {
            out.splice(place..place, comma.chain(CHARACTER_SET.iter().copied()));
        }
    }
}

/// False for binary numbers whose length is no multiple of their size.
fn is_whole(vr: Vr, length: u64) -> bool {
    let size = if vr == Vr::AT { 4 } else { vr.unit() as u64 };
    vr.kind() != ValueKind::Number || length.is_multiple_of(size)
}

fn is_long_text(vr: Vr) -> bool {
    vr == Vr::UC || matches!(vr.kind(), ValueKind::SingleText | ValueKind::SingleAscii)
}
