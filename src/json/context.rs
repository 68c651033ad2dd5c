//! What the values of a data set depend on beside their bytes, and items inherit.

use crate::dataset::DatasetView;
use crate::tag::Tag;
use crate::value::character_set::CharacterSet;
use crate::value::number::Binary;

/// What values depend on beside their bytes. Small: copied from level to level.
#[derive(Clone, Copy, Debug, Default)]
pub struct ValueContext {
    /// How text is read that follows Specific Character Set.
    pub character_set: CharacterSet,
    /// Specific Character Set of the data set is not asked for.
    pub is_overridden: bool,
    /// Pixel Representation says that samples are signed.
    pub is_signed: bool,
}

/// The elements of one data set that others depend on, by their rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Deciders {
    pub(super) character_set: Option<u32>,
    pixel_representation: Option<u32>,
    lut_descriptor: Option<u32>,
}

const LUT_DESCRIPTOR: Tag = Tag(0x0028_3002);

impl Deciders {
    /// Notes an element that others may depend on; of duplicates the last counts.
    pub(super) fn note(&mut self, tag: Tag, row: u32) {
        match tag {
            Tag::SPECIFIC_CHARACTER_SET => self.character_set = Some(row),
            Tag::PIXEL_REPRESENTATION => self.pixel_representation = Some(row),
            LUT_DESCRIPTOR => self.lut_descriptor = Some(row),
            _ => {}
        }
    }

    /// True when LUT Descriptor says that the table has one entry.
    pub(super) fn has_one_lut_entry(&self, set: DatasetView<'_>) -> bool {
        first_number(set, self.lut_descriptor) == Some(1)
    }
}

fn first_number(set: DatasetView<'_>, row: Option<u32>) -> Option<u16> {
    let element = set.element(row?)?;
    u16::first(element.value()?, element.byte_order())
}

impl ValueContext {
    /// This context with what the data set says itself.
    pub(super) fn with(self, set: DatasetView<'_>, deciders: &Deciders) -> Self {
        let mut context = self;
        if let Some(row) = deciders.character_set.filter(|_| !self.is_overridden)
            && let Some(value) = set.element(row).and_then(|element| element.value())
        {
            (context.character_set, _) = CharacterSet::from_value(value, CharacterSet::DEFAULT);
        }
        if let Some(value) = first_number(set, deciders.pixel_representation) {
            context.is_signed = value == 1;
        }
        context
    }
}
