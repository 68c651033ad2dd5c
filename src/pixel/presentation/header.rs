//! Numbers, text, items and tables of a data set that values are computed with.

use std::borrow::Cow;

use super::{modality, palette, physical};
use crate::dataset::{ByteOrder, DatasetView, ElementView};
use crate::error::{Error, ErrorKind, Result};
use crate::pixel::description::fault;
use crate::pixel::sample::{of_i64, of_u64, whole};
use crate::pixel::{LookupTable, LookupTableDescriptor, PixelSource};
use crate::tag::Tag;
use crate::value::character_set::CharacterSet;
use crate::value::number::{Number, Numbers, numbers, parse_decimal, parse_integer};
use crate::value::text::raw_values;
use crate::value::{trim, trim_end};
use crate::vr::{ValueKind, Vr};

/// A data set, root or item, whose values are asked for one by one.
#[derive(Clone, Copy)]
pub struct Header<'a> {
    set: DatasetView<'a>,
    source: &'a dyn PixelSource,
    /// By Pixel Representation of the root: what decides between US and SS.
    is_signed: bool,
}

impl<'a> Header<'a> {
    /// True for elements of an image that are asked for.
    #[must_use]
    pub fn has_use_of(tag: Tag) -> bool {
        match (tag.group(), tag.element()) {
            (0x0008, _) => matches!(tag, modality::SOP_CLASS_UID | palette::PIXEL_PRESENTATION),
            // Bits Stored, Pixel Representation, padding, rescale and window, palettes, sequences of tables. Not the
            // texts that explain them: what is written anew must be in its character set.
            (0x0028, 0x0101 | 0x0103 | 0x0120..=0x0125) => true,
            (0x0028, 0x1040 | 0x1050..=0x1053 | 0x1056 | 0x1101..=0x1103 | 0x1201..=0x1224) => true,
            (0x0028, 0x3000 | 0x3010) | (0x2050, 0x0010 | 0x0020) => true,
            (0x5200, _) => true,
            _ => matches!(tag, physical::REAL_WORLD_VALUE_MAPPING_SEQUENCE | physical::DOSE_GRID_SCALING),
        }
    }

    /// That of an image.
    #[must_use]
    pub fn new(set: DatasetView<'a>, source: &'a dyn PixelSource) -> Self {
        let header = Self { set, source, is_signed: false };
        let is_signed = matches!(header.number(Tag::PIXEL_REPRESENTATION), Ok(Some(1.0)));
        Self { is_signed, ..header }
    }

    /// The data set of these rows.
    pub(super) fn of_rows(self, rows: std::ops::Range<u32>) -> Self {
        let set = DatasetView::of_rows(self.set.index(), self.set.bytes(), rows.start, rows.end);
        Self { set, ..self }
    }

    pub(super) fn rows(self) -> std::ops::Range<u32> {
        self.set.rows()
    }

    /// True where samples are signed.
    pub(super) const fn is_signed(self) -> bool {
        self.is_signed
    }

    pub(super) fn has(self, tag: Tag) -> bool {
        self.set.find(tag).is_some()
    }

    /// The numbers of an element; none where it is absent or empty.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::PixelData`] for what is no finite number; what the source refuses.
    pub(super) fn numbers(self, tag: Tag) -> Result<Vec<f64>> {
        let Some(element) = self.set.find(tag) else { return Ok(Vec::new()) };
        let bytes = self.value(&element)?;
        let no_number = || fault(tag, "not a number".to_owned());
        let vr = element.decided_vr(self.is_signed, || false);
        let found: Vec<f64> = match vr {
            Vr::DS | Vr::IS => decimals(vr, &bytes).ok_or_else(no_number)?,
            _ if vr.kind() == ValueKind::Number && vr != Vr::AT => {
                binary(vr, &bytes, element.byte_order()).ok_or_else(no_number)?.map(real).collect()
            }
            _ if is_blank(vr, &bytes) => Vec::new(),
            _ => return Err(no_number()),
        };
        if found.iter().all(|number| number.is_finite()) {
            return Ok(found);
        }
        Err(fault(tag, "not a finite number".to_owned()))
    }

    /// The first number of an element; `None` where it is absent or empty.
    ///
    /// # Errors
    /// As [`Header::numbers`].
    pub(super) fn number(self, tag: Tag) -> Result<Option<f64>> {
        Ok(self.numbers(tag)?.first().copied())
    }

    /// The first value of an element as text without blanks around it; empty where it is absent.
    ///
    /// # Errors
    /// What the source refuses.
    pub(super) fn text(self, tag: Tag) -> Result<String> {
        let Some(element) = self.set.find(tag) else { return Ok(String::new()) };
        let vr = element.vr();
        if matches!(vr.kind(), ValueKind::Number | ValueKind::Bytes | ValueKind::Sequence) {
            return Ok(String::new());
        }
        let bytes = self.value(&element)?;
        let first = raw_values(vr, &bytes, CharacterSet::DEFAULT).next().unwrap_or_default();
        Ok(String::from_utf8_lossy(first).trim().to_owned())
    }

    /// The items of a sequence; none where it is absent or no sequence.
    pub(super) fn items(self, tag: Tag) -> impl Iterator<Item = Self> {
        let element = self.set.find(tag);
        element.into_iter().flat_map(|element| element.items()).map(move |set| Self { set, ..self })
    }

    /// The item of a sequence with this zero-based number.
    ///
    /// # Errors
    /// [`ErrorKind::ValueIndex`]
    pub(super) fn item(self, tag: Tag, index: usize) -> Result<Self> {
        let no_item = || {
            let count = self.items(tag).count();
            ErrorKind::ValueIndex { tag, index: index as u64, count: count as u64 }.into()
        };
        self.items(tag).nth(index).ok_or_else(no_item)
    }

    /// The first item of a sequence; `None` where it is absent, or all its elements are empty: some writers fill every
    /// sequence that they know with an item that says nothing.
    pub(super) fn first_item(self, tag: Tag) -> Option<Self> {
        self.items(tag).next().filter(|item| {
            let mut elements = item.set.elements().filter(|element| element.tag().element() != 0);
            elements.any(|element| !is_empty(&element))
        })
    }

    /// A look-up table as it stands in this data set (PS3.3 C.11.1.1, C.7.6.3.1.5). `is_signed`: it is for values of which
    /// some are negative, whatever the VR of its descriptor says.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::PixelData`] for a table that is not there or cannot be.
    pub(super) fn table(
        self,
        (descriptor, data): (Tag, Tag),
        is_signed: bool,
        is_segmented: bool,
    ) -> Result<LookupTable> {
        let missing = |tag| fault(tag, "missing".to_owned());
        let mut found: Vec<i64> = self.numbers(descriptor)?.into_iter().map(whole).collect();
        match found[..] {
            [] => return Err(missing(descriptor)),
            [entries, ref mut first, ..] => *first = first_value(entries, *first, is_signed),
            [_] => {}
        }
        let element = self.set.find(data).ok_or_else(|| missing(data))?;
        let (bytes, order) = self.table_data(&element)?;
        let descriptor = LookupTableDescriptor::new(descriptor, &found)?;
        if is_segmented {
            LookupTable::of_segments(descriptor, &bytes, order)
        } else {
            LookupTable::new(descriptor, &bytes, order)
        }
    }

    /// Entries in words or bytes. Numbers of other sizes are taken as words.
    fn table_data(self, element: &ElementView<'a>) -> Result<(Cow<'a, [u8]>, ByteOrder)> {
        let bytes = self.value(element)?;
        let vr = element.vr();
        match vr.kind() {
            // Bytes have no order.
            _ if vr == Vr::OB => Ok((bytes, ByteOrder::Little)),
            ValueKind::Bytes => Ok((bytes, element.byte_order())),
            _ if matches!(vr, Vr::US | Vr::SS) && bytes.len().is_multiple_of(2) => {
                Ok((bytes, element.byte_order()))
            }
            ValueKind::Number => match binary(vr, &bytes, element.byte_order()) {
                Some(numbers) => {
                    let words = numbers.flat_map(|number| word(number).to_le_bytes());
                    Ok((Cow::Owned(words.collect()), ByteOrder::Little))
                }
                None => Ok((bytes, ByteOrder::Little)),
            },
            _ if is_blank(vr, &bytes) => Ok((Cow::Borrowed(&[]), ByteOrder::Little)),
            _ => Err(fault(element.tag(), "not a whole number".to_owned())),
        }
    }

    fn value(self, element: &ElementView<'a>) -> Result<Cow<'a, [u8]>> {
        match element.value() {
            Some(value) => Ok(Cow::Borrowed(value)),
            None => self.source.bytes(element.row().offset(), element.row().length()),
        }
    }

    /// A fault of an element.
    pub(super) fn fault(tag: Tag, reason: &str) -> Error {
        fault(tag, reason.to_owned())
    }
}

/// The numbers of DS or IS; `None` where one of several is empty, or is no number.
fn decimals(vr: Vr, text: &[u8]) -> Option<Vec<f64>> {
    let text = trim(text);
    if text.is_empty() {
        return Some(Vec::new());
    }
    let number = |value: &[u8]| match vr {
        Vr::DS => parse_decimal(value).ok()?,
        _ => parse_integer(value).ok()?.map(|number| match number {
            crate::value::number::IntegerString::Real(real) => real,
            whole => whole.integer().map_or(f64::NAN, of_i64),
        }),
    };
    text.split(|byte| *byte == b'\\').map(number).collect()
}

fn binary(vr: Vr, bytes: &[u8], order: ByteOrder) -> Option<Numbers<'_>> {
    numbers(vr, bytes, order).ok()
}

const fn real(number: Number) -> f64 {
    match number {
        Number::Unsigned(number) => of_u64(number),
        Number::Signed(number) => of_i64(number),
        Number::Real(number) => number,
    }
}

/// The last 16 bits of a number.
fn word(number: Number) -> u16 {
    let bits = match number {
        Number::Unsigned(number) => number,
        Number::Signed(number) => number.cast_unsigned(),
        Number::Real(number) => whole(number).cast_unsigned(),
    };
    let [.., high, low] = bits.to_be_bytes();
    u16::from_be_bytes([high, low])
}

/// The first value mapped, with the sign that the values have.
///
/// A descriptor in US has a negative one in two's complement. In implicit VR Pixel Representation makes it SS though a
/// Modality LUT or rescale may have left no negative values: then all of the table is below zero.
fn first_value(entries: i64, first: i64, is_signed: bool) -> i64 {
    if is_signed {
        return if first >= 1 << 15 { first - (1 << 16) } else { first };
    }
    let count = match entries.rem_euclid(1 << 16) {
        0 => 1 << 16,
        count => count,
    };
    if first.saturating_add(count) <= 0 { first + (1 << 16) } else { first }
}

fn is_empty(element: &ElementView<'_>) -> bool {
    match element.value() {
        _ if element.vr() == Vr::SQ => element.items().next().is_none(),
        Some(value) => is_blank(element.vr(), value),
        None => element.row().length() == 0,
    }
}

/// True for no value: no bytes, or padding alone where that is none.
fn is_blank(vr: Vr, value: &[u8]) -> bool {
    match vr.kind() {
        ValueKind::Number | ValueKind::Bytes | ValueKind::Sequence => value.is_empty(),
        _ if matches!(vr, Vr::DS | Vr::IS) => trim(value).is_empty(),
        _ => trim_end(value).is_empty(),
    }
}
