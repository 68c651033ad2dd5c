//! Data sets on their way out: what was read as ranges of rows, what was set as encoded values.
//!
//! Everything that needs Python is done here; a [`Draft`] that borrows from the result is measured, checked and written
//! without it.

use std::ops::Range;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use super::cell::{Cell, Content};
use super::changes::Change;
use super::encode::encode;
use super::error::to_exception;
use super::file_object::FileObject;
use super::sequence::Sequence;
use super::shared::Part;
use super::view::{Keep, Place, View};
use crate::dataset::{ByteOrder, Draft, DraftItem, DraftPart, DraftValue, Encoding, Flags, Row, StoredRows};
use crate::error::{Error, ErrorKind, TagPath};
use crate::pixel::split_fragments;
use crate::source::ReadAt;
use crate::tag::Tag;
use crate::value::character_set::CharacterSet;
use crate::vr::{ValueKind, Vr};

/// A data set on its way out.
#[derive(Default)]
pub struct Outgoing {
    parts: Vec<OutPart>,
    /// The group lengths among them are of groups that are as they were read.
    has_whole_groups: bool,
    /// That of the data set as it was read, which its words are handed out in.
    byte_order: ByteOrder,
}

enum OutPart {
    /// Elements as they were read.
    Stored { view: Arc<View>, rows: Range<u32>, is_ge: bool },
    /// An element of its own.
    New { tag: Tag, vr: Vr, value: OutValue },
}

enum OutValue {
    Bytes(Vec<u8>),
    /// A `bytes` object, which does not change.
    Held(PyBackedBytes),
    /// A file object, read when it is written.
    Source {
        source: FileObject,
        length: u64,
    },
    Items {
        items: Vec<OutItem>,
        undefined_length: bool,
    },
    Fragments {
        bytes: PyBackedBytes,
        ranges: Vec<Range<usize>>,
    },
}

struct OutItem {
    outgoing: Outgoing,
    undefined_length: bool,
}

impl Outgoing {
    /// The parts, to be written.
    pub fn draft(&self) -> Draft<'_> {
        let parts = self.parts.iter().map(|part| part.draft(self.has_whole_groups)).collect();
        Draft { parts, byte_order: self.byte_order }
    }

    /// Elements that were read, joined to those in front of them where they are neighbours.
    fn push_stored(&mut self, view: &Arc<View>, rows: Range<u32>, is_ge: bool) {
        if let Some(OutPart::Stored { view: last, rows: before, .. }) = self.parts.last_mut()
            && Arc::ptr_eq(last, view)
            && before.end == rows.start
        {
            before.end = rows.end;
            return;
        }
        self.parts.push(OutPart::Stored { view: Arc::clone(view), rows, is_ge });
    }
}

impl OutPart {
    fn draft(&self, has_whole_groups: bool) -> DraftPart<'_> {
        match self {
            Self::Stored { view, rows, is_ge } => {
                DraftPart::Stored(StoredRows { has_whole_groups, ..stored_rows(view, rows.clone(), *is_ge) })
            }
            Self::New { tag, vr, value } => DraftPart::New { tag: *tag, vr: *vr, value: value.draft() },
        }
    }
}

impl OutValue {
    fn draft(&self) -> DraftValue<'_> {
        match self {
            Self::Bytes(bytes) => DraftValue::Bytes(bytes.into()),
            Self::Held(bytes) => DraftValue::Bytes((&**bytes).into()),
            Self::Source { source, length } => {
                DraftValue::Source { source: source as &dyn ReadAt, offset: 0, length: *length }
            }
            Self::Items { items, undefined_length } => DraftValue::Items {
                items: items
                    .iter()
                    .map(|item| DraftItem {
                        draft: item.outgoing.draft(),
                        undefined_length: item.undefined_length,
                    })
                    .collect(),
                undefined_length: *undefined_length,
            },
            Self::Fragments { bytes, ranges } => DraftValue::Fragments(
                ranges.iter().map(|range| bytes.get(range.clone()).unwrap_or_default().into()).collect(),
            ),
        }
    }
}

/// Rows of a data set, in the core's words. With `is_ge` native pixels keep the byte order that GE's private syntax has.
fn stored_rows(view: &View, rows: Range<u32>, is_ge: bool) -> StoredRows<'_> {
    let shared = view.shared();
    let (part, file) = (view.part(), &shared.file);
    // The items of a sequence that was sent as UN are in another encoding than the rest of the file (PS3.5 §6.2.2).
    let of_rows = shared.index(part).row(rows.start).map(Row::encoding);
    let encoding = of_rows.or(view.encoding()).unwrap_or(Encoding::EXPLICIT_LITTLE);
    let source = file.source.as_deref().filter(|_| part == Part::Meta || file.inflated.is_none());
    StoredRows {
        source,
        first: rows.start,
        end: rows.end,
        pixel_representation: view.context().pixel_representation(),
        pixel_byte_order: file.pixel_byte_order().filter(|_| part == Part::Data && !is_ge),
        ..StoredRows::of(shared.view(part, rows.start, rows.end), encoding, view.context().set)
    }
}

/// Collects what is to be written.
pub struct Collector<'py> {
    pub py: Python<'py>,
    /// Native bytes of pixel data are taken for fragments.
    pub is_encapsulated: bool,
    /// The target is the private transfer syntax of GE.
    pub is_ge: bool,
    /// How deep sequences may nest.
    pub depth: u32,
}

/// What new elements of a data set depend on.
#[derive(Clone)]
struct Around {
    set: CharacterSet,
    is_signed: bool,
    path: TagPath,
}

impl Collector<'_> {
    /// A root data set; with it the character set that new text is in, and stored text is to be.
    pub fn root(&self, view: &Arc<View>) -> PyResult<(Outgoing, CharacterSet)> {
        let set = self.own_set(view)?.unwrap_or(view.context().set);
        let around = Around {
            set,
            is_signed: self.own_sign(view)?.unwrap_or(view.context().is_signed()),
            path: TagPath::default(),
        };
        Ok((self.dataset(view, &around)?, set))
    }

    /// The character set that a data set names itself, where it was set since it was read.
    fn own_set(&self, view: &View) -> PyResult<Option<CharacterSet>> {
        match view.change(Tag::SPECIFIC_CHARACTER_SET) {
            None => Ok(None),
            Some(Change::Deleted) => Ok(Some(view.inherited().set)),
            Some(Change::Set(cell)) => {
                let path = TagPath::root(Tag::SPECIFIC_CHARACTER_SET);
                let value = cell.value(self.py)?.into_bound(self.py);
                let bytes = encode(self.py, Vr::CS, &value, CharacterSet::ISO_646, &path)?;
                Ok(Some(CharacterSet::from_value(&bytes, CharacterSet::DEFAULT).0))
            }
        }
    }

    /// True when Pixel Representation says that samples are signed, where it was set since the data set was read.
    fn own_sign(&self, view: &View) -> PyResult<Option<bool>> {
        match view.change(Tag::PIXEL_REPRESENTATION) {
            Some(Change::Set(cell)) => {
                Ok(cell.value(self.py)?.bind(self.py).extract::<i64>().ok().map(|sign| sign == 1))
            }
            _ => Ok(None),
        }
    }

    fn dataset(&self, view: &Arc<View>, around: &Around) -> PyResult<Outgoing> {
        let mut outgoing = Outgoing { byte_order: view.byte_order(), ..Outgoing::default() };
        if !view.is_slice() && !view.is_changed(self.py) {
            outgoing.push_stored(view, view.rows(), self.is_ge);
            outgoing.has_whole_groups = true;
            return Ok(outgoing);
        }
        let places = view.places();
        let edited = self.edited_groups(view, &places);
        outgoing.has_whole_groups = places.iter().any(|(tag, _)| tag.is_group_length()) && view.is_in_order();
        for (tag, place) in places {
            // The length of a group that was changed is wrong now, and retired (PS3.5 §7.2).
            if tag.is_group_length() && edited.binary_search(&tag.group()).is_ok() {
                continue;
            }
            match place {
                Place::Stored(position) => self.stored(view, position, around, &mut outgoing)?,
                Place::Set(cell) => self.cell(view, &cell, around, &mut outgoing)?,
            }
        }
        Ok(outgoing)
    }

    /// The groups that are not as they were read, in order.
    fn edited_groups(&self, view: &View, places: &[(Tag, Place)]) -> Vec<u16> {
        let mut groups: Vec<u16> = places
            .iter()
            .filter(|(_, place)| match place {
                Place::Stored(position) => view.is_changed_in_place(self.py, *position),
                Place::Set(cell) => view.is_changed_to(self.py, cell),
            })
            .map(|(tag, _)| tag.group())
            .collect();
        groups.extend(view.deleted().map(|tag| tag.group()));
        groups.sort_unstable();
        groups
    }

    /// An element as it was read, or with members or items that were changed.
    fn stored(
        &self,
        view: &Arc<View>,
        position: usize,
        around: &Around,
        outgoing: &mut Outgoing,
    ) -> PyResult<()> {
        let Some((tag, row)) = view.stored_entry(position) else { return Ok(()) };
        if view.is_changed_in_place(self.py, position) {
            let value = view.stored_value(self.py, position, Keep::All)?;
            let (vr, _) = view.stored_vr(position);
            let value = self.value((tag, vr), value.bind(self.py), false, around)?;
            outgoing.parts.push(OutPart::New { tag, vr, value });
            return Ok(());
        }
        let end = view.shared().index(view.part()).row(row).map_or(row, Row::end);
        outgoing.push_stored(view, row..end.max(row.saturating_add(1)), self.is_ge);
        Ok(())
    }

    /// An element that was set, or taken along from another data set.
    fn cell(
        &self,
        view: &Arc<View>,
        cell: &Arc<Cell>,
        around: &Around,
        outgoing: &mut Outgoing,
    ) -> PyResult<()> {
        let value = match cell.content(self.py) {
            Content::Stored(twin, position) => {
                if let Some(own) = view.find_stored(cell.tag()).filter(|_| !view.is_changed_to(self.py, cell))
                {
                    return self.stored(view, own, around, outgoing);
                }
                return self.stored(&twin, position, around, outgoing);
            }
            Content::Object(value) => value,
        };
        let tag = cell.tag();
        let vr = if cell.is_ambiguous() { self.decided_vr(view, tag, cell.vr(), around)? } else { cell.vr() };
        let value = self.value((tag, vr), value.bind(self.py), cell.is_undefined_length(), around)?;
        outgoing.parts.push(OutPart::New { tag, vr, value });
        Ok(())
    }

    /// The VR of a new element that the dictionary leaves a choice for (PS3.5 §8.1.2, §A.1; PS3.3 C.11.1.1.1).
    fn decided_vr(&self, view: &View, tag: Tag, vr: Vr, around: &Around) -> PyResult<Vr> {
        let number = |tag: Tag| -> PyResult<Option<i64>> {
            let Some(place) = view.find(tag) else { return Ok(None) };
            let value = view.value(self.py, &place, Keep::All)?.into_bound(self.py);
            let first = value.extract::<i64>().or_else(|_| value.get_item(0)?.extract());
            Ok(first.ok())
        };
        Ok(match vr {
            Vr::US | Vr::SS => {
                let own = number(Tag::PIXEL_REPRESENTATION)?.map(|sign| sign == 1);
                if own.unwrap_or(around.is_signed) { Vr::SS } else { Vr::US }
            }
            Vr::OW | Vr::OB if tag == LUT_DATA => {
                if number(LUT_DESCRIPTOR)? == Some(1) {
                    Vr::US
                } else {
                    Vr::OW
                }
            }
            Vr::OW | Vr::OB if tag.is_pixel_data() && self.is_encapsulated => Vr::OB,
            Vr::OW | Vr::OB if tag.is_pixel_data() => {
                if number(BITS_ALLOCATED)?.is_some_and(|bits| bits <= 8) { Vr::OB } else { Vr::OW }
            }
            vr => vr,
        })
    }

    fn value(
        &self,
        (tag, vr): (Tag, Vr),
        value: &Bound<'_, PyAny>,
        is_undefined: bool,
        around: &Around,
    ) -> PyResult<OutValue> {
        let path = || TagPath { tag: Some(tag), ..around.path.clone() };
        if vr == Vr::SQ {
            return self.items(tag, value, is_undefined, around);
        }
        if vr.kind() == ValueKind::Bytes {
            if let Ok(bytes) = value.cast_exact::<PyBytes>() {
                return self.bytes(tag, bytes, &path());
            }
            if let Some((source, length)) = FileObject::of(value)? {
                return Ok(OutValue::Source { source, length });
            }
        }
        // A multi-byte set may put a backslash where an error would have to say which character it is.
        encode(self.py, vr, value, around.set, &path()).map(OutValue::Bytes)
    }

    /// Bytes as they are; of encapsulated pixel data its fragments.
    fn bytes(&self, tag: Tag, bytes: &Bound<'_, PyBytes>, path: &TagPath) -> PyResult<OutValue> {
        let held = PyBackedBytes::from(bytes.clone());
        if !(self.is_encapsulated && tag == Tag::PIXEL_DATA && around_is_root(path)) {
            return Ok(OutValue::Held(held));
        }
        match split_fragments(&held) {
            Some(ranges) => Ok(OutValue::Fragments { bytes: held, ranges }),
            None => {
                let reason =
                    "the transfer syntax has encapsulated pixel data, and the value is not items of it";
                let fault = Error::from(ErrorKind::PixelData(reason.into())).of(path.clone());
                Err(to_exception(self.py, &fault, None))
            }
        }
    }

    fn items(
        &self,
        tag: Tag,
        value: &Bound<'_, PyAny>,
        is_undefined: bool,
        around: &Around,
    ) -> PyResult<OutValue> {
        let depth = u32::try_from(around.path.items.len()).unwrap_or(u32::MAX).saturating_add(1);
        if depth > self.depth {
            let kind =
                ErrorKind::LimitExceeded { limit: "depth", value: depth.into(), allowed: self.depth.into() };
            return Err(to_exception(self.py, &Error::from(kind).of(around.path.clone()), None));
        }
        let Ok(sequence) = value.cast::<Sequence>() else {
            return Ok(OutValue::Items { items: Vec::new(), undefined_length: is_undefined });
        };
        let sequence = sequence.get();
        let mut items = Vec::with_capacity(sequence.len(self.py));
        for number in 0..sequence.len(self.py) {
            let Some(view) = sequence.view(self.py, number) else { break };
            let mut path = around.path.clone();
            path.items.push((tag, u32::try_from(number).unwrap_or(u32::MAX)));
            items.push(self.item(&view, path, around)?);
        }
        Ok(OutValue::Items { items, undefined_length: is_undefined || sequence.is_undefined_length() })
    }

    fn item(&self, view: &Arc<View>, path: TagPath, around: &Around) -> PyResult<OutItem> {
        let names_own = view.find(Tag::SPECIFIC_CHARACTER_SET).is_some();
        // One that was deleted is not what the item was read with, but what is around it now.
        let own = if names_own { self.own_set(view)?.or(Some(view.context().set)) } else { None };
        let inner = Around {
            set: own.unwrap_or(around.set),
            is_signed: self.own_sign(view)?.unwrap_or(around.is_signed),
            path,
        };
        let undefined_length = view.item_row().is_some_and(|row| row.has(Flags::UNDEFINED_LENGTH));
        Ok(OutItem { outgoing: self.dataset(view, &inner)?, undefined_length })
    }
}

const LUT_DATA: Tag = Tag::new(0x0028, 0x3006);
const LUT_DESCRIPTOR: Tag = Tag::new(0x0028, 0x3002);
const BITS_ALLOCATED: Tag = Tag::new(0x0028, 0x0100);

/// Pixel data of items, icons mostly, are native whatever the transfer syntax is (PS3.5 §A.4).
fn around_is_root(path: &TagPath) -> bool {
    path.items.is_empty()
}
