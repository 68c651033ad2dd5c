//! The attributes of the Image Pixel module, read from a data set in one walk.

use std::borrow::Cow;

use super::description::{self, ImageAttributes, ImageDescription, SampleKind, fault};
use super::photometric::PhotometricInterpretation;
use super::source::PixelSource;
use crate::dataset::{ByteOrder, DatasetView, ElementView, Flags};
use crate::error::{ErrorKind, Result, TagPath, Warning, WarningKind};
use crate::tag::Tag;
use crate::vr::Vr;

pub(super) const EXTENDED_OFFSET_TABLE: Tag = Tag::new(0x7FE0, 0x0001);
pub(super) const EXTENDED_OFFSET_TABLE_LENGTHS: Tag = Tag::new(0x7FE0, 0x0002);

/// What pixels depend on, ascending.
pub const PIXEL_TAGS: [Tag; 15] = [
    description::SAMPLES_PER_PIXEL,
    description::PHOTOMETRIC_INTERPRETATION,
    description::PLANAR_CONFIGURATION,
    description::NUMBER_OF_FRAMES,
    description::ROWS,
    description::COLUMNS,
    description::BITS_ALLOCATED,
    description::BITS_STORED,
    description::HIGH_BIT,
    Tag::PIXEL_REPRESENTATION,
    EXTENDED_OFFSET_TABLE,
    EXTENDED_OFFSET_TABLE_LENGTHS,
    Tag::FLOAT_PIXEL_DATA,
    Tag::DOUBLE_FLOAT_PIXEL_DATA,
    Tag::PIXEL_DATA,
];

/// Ranges of tags that hold them, for [`crate::file::ReadOptions::wanted`].
pub const PIXEL_RANGES: [(Tag, Tag); 2] =
    [(description::SAMPLES_PER_PIXEL, Tag::PIXEL_REPRESENTATION), (EXTENDED_OFFSET_TABLE, Tag::PIXEL_DATA)];

/// Without Samples per Pixel and Photometric Interpretation an image is of ACR-NEMA 1.0, which knows grey only.
const ACR_NEMA: Option<PhotometricInterpretation> = Some(PhotometricInterpretation::Monochrome2);

/// The longest text that is read: none of these attributes has more than 16 bytes.
const MAX_TEXT: u64 = 64;

impl ImageDescription {
    /// That of a data set with pixel data, root or item. `source` gives what is not in memory.
    ///
    /// # Errors
    /// [`ErrorKind::Missing`] and [`ErrorKind::PixelData`].
    pub fn of(set: DatasetView<'_>, source: &dyn PixelSource) -> Result<Self> {
        let mut attributes = Attributes::of(set, source);
        let (_, kind) = attributes.pixel_data()?;
        attributes.description(kind)
    }
}

/// The elements that pixels depend on.
pub(super) struct Attributes<'a> {
    elements: [Option<ElementView<'a>>; PIXEL_TAGS.len()],
    source: &'a dyn PixelSource,
    pub(super) warnings: Vec<Warning>,
}

impl<'a> Attributes<'a> {
    /// Finds them; of duplicates the last counts.
    pub(super) fn of(set: DatasetView<'a>, source: &'a dyn PixelSource) -> Self {
        let mut elements = [None; PIXEL_TAGS.len()];
        for element in set.elements().filter(|element| matches!(element.tag().group(), 0x0028 | 0x7FE0)) {
            if let Ok(slot) = PIXEL_TAGS.binary_search(&element.tag())
                && let Some(place) = elements.get_mut(slot)
            {
                *place = Some(element);
            }
        }
        Self { elements, source, warnings: Vec::new() }
    }

    /// The element, unless it is absent or empty.
    pub(super) fn get(&self, tag: Tag) -> Option<ElementView<'a>> {
        self.find(tag).filter(|element| !is_empty(element))
    }

    fn find(&self, tag: Tag) -> Option<ElementView<'a>> {
        let slot = PIXEL_TAGS.binary_search(&tag).ok()?;
        *self.elements.get(slot)?
    }

    /// The pixel data element and what its samples are. An empty one counts where there is no other.
    pub(super) fn pixel_data(&self) -> Result<(ElementView<'a>, SampleKind)> {
        let kinds = [
            (Tag::PIXEL_DATA, SampleKind::Integer),
            (Tag::FLOAT_PIXEL_DATA, SampleKind::Float),
            (Tag::DOUBLE_FLOAT_PIXEL_DATA, SampleKind::Double),
        ];
        let of = |(tag, kind)| self.find(tag).map(|element| (element, kind));
        let mut filled = kinds.into_iter().filter_map(of).filter(|(element, _)| !is_empty(element));
        match (filled.next(), filled.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => {
                kinds.into_iter().find_map(of).ok_or_else(|| ErrorKind::Missing(Tag::PIXEL_DATA).into())
            }
            (Some(_), Some((other, _))) => {
                Err(fault(other.tag(), "more than one pixel data element in a data set".to_owned()))
            }
        }
    }

    /// What they say, checked.
    pub(super) fn description(&mut self, sample_kind: SampleKind) -> Result<ImageDescription> {
        let is_integer = sample_kind == SampleKind::Integer;
        let bits_allocated = self.needed(description::BITS_ALLOCATED)?;
        let photometric_interpretation = self.photometric_interpretation()?;
        let samples_per_pixel = self.samples_per_pixel(photometric_interpretation)?;
        let bits_stored = if is_integer { self.needed(description::BITS_STORED)? } else { bits_allocated };
        ImageDescription::new(&ImageAttributes {
            rows: self.needed(description::ROWS)?,
            columns: self.needed(description::COLUMNS)?,
            samples_per_pixel,
            bits_allocated,
            bits_stored,
            high_bit: if is_integer { self.high_bit(bits_allocated, bits_stored)? } else { bits_stored - 1 },
            pixel_representation: if is_integer { self.needed(Tag::PIXEL_REPRESENTATION)? } else { 0 },
            planar_configuration: self.planar_configuration(samples_per_pixel)?,
            number_of_frames: self.number_of_frames()?,
            photometric_interpretation,
            sample_kind,
        })
    }

    /// The whole value of an element.
    pub(super) fn value(&self, element: &ElementView<'a>) -> Result<Cow<'a, [u8]>> {
        self.bytes(element.row().offset(), element.row().length())
    }

    /// Bytes of the data set.
    pub(super) fn bytes(&self, offset: u64, length: u64) -> Result<Cow<'a, [u8]>> {
        self.source.bytes(offset, length)
    }

    pub(super) fn warn(&mut self, kind: WarningKind, element: &ElementView<'a>) {
        let path = TagPath::root(element.tag());
        self.warnings.push(Warning { kind, offset: element.row().header_offset(), path });
    }

    /// A term that is not known is a fault only where it is needed.
    fn photometric_interpretation(&self) -> Result<Option<PhotometricInterpretation>> {
        match self.get(description::PHOTOMETRIC_INTERPRETATION) {
            Some(element) => Ok(PhotometricInterpretation::from_value(&self.text(&element)?)),
            None if self.get(description::SAMPLES_PER_PIXEL).is_none() => Ok(ACR_NEMA),
            None => Ok(None),
        }
    }

    /// ACR-NEMA 1.0 has no Samples per Pixel.
    fn samples_per_pixel(&mut self, interpretation: Option<PhotometricInterpretation>) -> Result<i64> {
        let of_colour = interpretation.map_or(1, PhotometricInterpretation::samples_per_pixel);
        match self.number(description::SAMPLES_PER_PIXEL)? {
            Some(samples) => Ok(samples),
            None if of_colour == 1 => Ok(1),
            None => Err(ErrorKind::Missing(description::SAMPLES_PER_PIXEL).into()),
        }
    }

    /// High Bit is often left out or copied from another image: then samples begin at bit 0, as they nearly always do.
    fn high_bit(&mut self, bits_allocated: i64, bits_stored: i64) -> Result<i64> {
        let usual = bits_stored - 1;
        let Some(high_bit) = self.number(description::HIGH_BIT)? else { return Ok(usual) };
        if (usual..bits_allocated).contains(&high_bit) {
            return Ok(high_bit);
        }
        if let Some(element) = self.get(description::HIGH_BIT) {
            self.warn(WarningKind::HighBitContradicts, &element);
        }
        Ok(usual)
    }

    /// Has no meaning for one sample; writers leave anything there.
    fn planar_configuration(&mut self, samples_per_pixel: i64) -> Result<i64> {
        if samples_per_pixel == 1 {
            return Ok(0);
        }
        Ok(self.number(description::PLANAR_CONFIGURATION)?.unwrap_or(0))
    }

    fn number_of_frames(&mut self) -> Result<i64> {
        let frames = self.number(description::NUMBER_OF_FRAMES)?.unwrap_or(1);
        if frames != 0 {
            return Ok(frames);
        }
        if let Some(element) = self.get(description::NUMBER_OF_FRAMES) {
            self.warn(WarningKind::NumberOfFramesZero, &element);
        }
        Ok(1)
    }

    fn needed(&mut self, tag: Tag) -> Result<i64> {
        self.number(tag)?.ok_or_else(|| ErrorKind::Missing(tag).into())
    }

    /// The first number of an element, in whatever VR it stands; [`WarningKind::UnexpectedVr`] for another than its own.
    fn number(&mut self, tag: Tag) -> Result<Option<i64>> {
        let Some(element) = self.get(tag) else { return Ok(None) };
        let own = if tag == description::NUMBER_OF_FRAMES { Vr::IS } else { Vr::US };
        let value = self.text(&element)?;
        let number = match element.vr() {
            Vr::IS | Vr::DS => decimal(&value),
            vr => binary(vr, &value, element.byte_order()),
        };
        let is_single = own == Vr::IS || element.row().length() == 2;
        if number.is_some() && (element.vr() != own || !is_single) {
            self.warn(WarningKind::UnexpectedVr, &element);
        }
        let number =
            number.ok_or_else(|| fault(tag, "not a number".to_owned()).at(element.row().offset()))?;
        Ok(Some(number))
    }

    /// The first bytes of a value: as many as any of these attributes can have.
    fn text(&self, element: &ElementView<'a>) -> Result<Cow<'a, [u8]>> {
        self.bytes(element.row().offset(), element.row().length().min(MAX_TEXT))
    }
}

/// No value, and no fragments either.
fn is_empty(element: &ElementView<'_>) -> bool {
    element.row().length() == 0 && !element.row().has(Flags::ENCAPSULATED)
}

fn decimal(value: &[u8]) -> Option<i64> {
    std::str::from_utf8(crate::uid::trim(value)).ok()?.parse().ok()
}

fn binary(vr: Vr, value: &[u8], order: ByteOrder) -> Option<i64> {
    let two = || value.first_chunk().map(|bytes| order.u16(*bytes));
    let four = || value.first_chunk().map(|bytes| order.u32(*bytes));
    match vr {
        Vr::US => two().map(i64::from),
        Vr::SS => two().map(|number| number.cast_signed().into()),
        Vr::UL => four().map(i64::from),
        Vr::SL => four().map(|number| number.cast_signed().into()),
        Vr::UN | Vr::OB | Vr::OW if value.len() == 4 => four().map(i64::from),
        Vr::UN | Vr::OB | Vr::OW if value.len() == 2 => two().map(i64::from),
        _ => None,
    }
}
