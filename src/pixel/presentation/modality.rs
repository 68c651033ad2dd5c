//! From stored values to those of the modality (PS3.3 C.11.1).

use super::functional_groups::FunctionalGroups;
use super::header::Header;
use crate::error::Result;
use crate::pixel::{LookupTable, Step};
use crate::tag::Tag;

pub(super) const SOP_CLASS_UID: Tag = Tag::new(0x0008, 0x0016);
const PIXEL_INTENSITY_RELATIONSHIP: Tag = Tag::new(0x0028, 0x1040);
const RESCALE_INTERCEPT: Tag = Tag::new(0x0028, 0x1052);
const RESCALE_SLOPE: Tag = Tag::new(0x0028, 0x1053);
const MODALITY_LUT_SEQUENCE: Tag = Tag::new(0x0028, 0x3000);
pub(super) const LUT_DESCRIPTOR: Tag = Tag::new(0x0028, 0x3002);
pub(super) const LUT_DATA: Tag = Tag::new(0x0028, 0x3006);
const PIXEL_VALUE_TRANSFORMATION_SEQUENCE: Tag = Tag::new(0x0028, 0x9145);

/// X-ray angiography, radiofluoroscopy, biplane angiography (retired): Storage.
const OF_INTENSITY: [&str; 3] =
    ["1.2.840.10008.5.1.4.1.1.12.1", "1.2.840.10008.5.1.4.1.1.12.2", "1.2.840.10008.5.1.4.1.1.12.3"];

/// The Modality LUT of all frames, or that they have none.
#[derive(Debug)]
pub(super) struct Modality {
    has_table: bool,
    table: Option<LookupTable>,
}

impl Modality {
    /// That of an image. The table is read where it is needed.
    pub(super) fn of(image: Header<'_>, is_needed: bool) -> Result<Self> {
        let item = image.first_item(MODALITY_LUT_SEQUENCE);
        let needed = item.filter(|_| is_needed);
        let table = needed.map(|item| item.table((LUT_DESCRIPTOR, LUT_DATA), image.is_signed(), false));
        Ok(Self { has_table: item.is_some(), table: table.transpose()? })
    }

    pub(super) const fn has_table(&self) -> bool {
        self.has_table
    }

    /// The step from stored values of a frame to those of the modality; `None` where they are the same.
    pub(super) fn step(&self, holder: Header<'_>) -> Result<Option<Step>> {
        if let Some(table) = &self.table {
            return Ok(Some(Step::Table(table.clone())));
        }
        let (slope, intercept) = (holder.number(RESCALE_SLOPE)?, holder.number(RESCALE_INTERCEPT)?);
        Ok(slope.zip(intercept).map(|(slope, intercept)| Step::Rescale { slope, intercept }))
    }
}

/// What has the rescale of a frame.
pub(super) fn holder<'a>(groups: &FunctionalGroups, image: Header<'a>, frame: u32) -> Header<'a> {
    groups.holder(image, frame, (PIXEL_VALUE_TRANSFORMATION_SEQUENCE, RESCALE_SLOPE))
}

/// False for a Modality LUT that leads back to X-ray intensity and not to what is shown.
///
/// In XA and XRF images whose Pixel Intensity Relationship is LOG or DISP (PS3.3 C.8.7.1.1.2), windows are for stored
/// values.
pub(super) fn is_for_display(image: Header<'_>) -> Result<bool> {
    let is_back = matches!(image.text(PIXEL_INTENSITY_RELATIONSHIP)?.as_str(), "LOG" | "DISP");
    Ok(!(is_back && OF_INTENSITY.contains(&image.text(SOP_CLASS_UID)?.as_str())))
}
