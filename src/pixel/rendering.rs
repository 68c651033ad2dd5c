//! What becomes of a decoded frame: a part of it, values for use, another size, in this order.

use super::description::{PHOTOMETRIC_INTERPRETATION, fault};
use super::part::Region;
use super::presentation::{self, DisplayOptions, Header, PhysicalOptions, Presentation};
use super::resample::{self, LONGEST_SIDE, Size};
use super::{ImageDescription, PhotometricInterpretation, SampleType};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::Limits;

/// Which values of pixels are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Values {
    /// As they are stored, in RGB where they are YBR.
    #[default]
    Stored,
    /// What they measure: of the modality, or real world values.
    Physical,
    /// What a viewer shows, in 8 bits: grey, or RGB.
    Display,
}

/// The size of frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resize {
    /// Rows of the result.
    pub rows: u32,
    /// Columns of the result.
    pub columns: u32,
    /// The value of what is beside the frame, which keeps its proportions then; otherwise it is stretched.
    pub letterbox: Option<f64>,
}

/// What becomes of decoded frames.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Rendering {
    /// Which values.
    pub values: Values,
    /// Centre and width of the window in values of the modality, instead of that of the image; for what is shown.
    pub window: Option<(f64, f64)>,
    /// How often rows and columns are halved before anything else: [`PixelData::reduced`](super::PixelData::reduced).
    pub reduce: u8,
    /// A part of each frame.
    pub crop: Option<Region>,
    /// The size of each frame.
    pub resize: Option<Resize>,
}

/// What a rendered frame is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderedForm {
    /// Rows of the result.
    pub rows: u32,
    /// Columns of the result.
    pub columns: u32,
    /// Samples of a pixel.
    pub samples: usize,
    /// Their type, unless another is asked for.
    pub sample_type: SampleType,
}

impl RenderedForm {
    /// The axes of a frame: rows, columns and, where there are several, samples.
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        let side = |side| usize::try_from(side).unwrap_or(usize::MAX);
        let samples = (self.samples > 1).then_some(self.samples);
        [side(self.rows), side(self.columns)].into_iter().chain(samples).collect()
    }
}

impl Rendering {
    /// True where decoded frames, or parts of them, stay as they are.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        matches!(self.values, Values::Stored) && self.resize.is_none()
    }

    /// True where the header tells about values.
    #[must_use]
    pub const fn needs_header(&self) -> bool {
        !matches!(self.values, Values::Stored)
    }

    /// What the header says about the values of an image; `None` where it is not asked.
    ///
    /// # Errors
    /// Those of [`Presentation::physical`] and [`Presentation::display`].
    pub fn presentation(
        &self,
        image: Header<'_>,
        description: &ImageDescription,
    ) -> Result<Option<Presentation>> {
        match self.values {
            Values::Stored => Ok(None),
            Values::Physical => {
                Presentation::physical(image, description, PhysicalOptions::default()).map(Some)
            }
            Values::Display => {
                let options = DisplayOptions { window: self.window, ..DisplayOptions::default() };
                Presentation::display(image, description, options).map(Some)
            }
        }
    }

    /// What rendered frames are made of. All is checked here that can be checked without pixels.
    ///
    /// # Errors
    /// [`ErrorKind::PixelData`] for a part that is not in the frame, a size that cannot be, and values that are not
    /// interpolated; [`ErrorKind::LimitExceeded`].
    pub fn form(
        &self,
        description: &ImageDescription,
        presentation: Option<&Presentation>,
        limits: &Limits,
    ) -> Result<RenderedForm> {
        let part = self.part(description)?;
        let stored = description.sample_type();
        let (samples, sample_type) = match (self.values, presentation) {
            (Values::Stored, _) => (part.samples, stored),
            (Values::Physical, _) => (part.samples, stored.physical()),
            (Values::Display, Some(presentation)) => (presentation.shown_samples(), SampleType::U8),
            (Values::Display, None) => (presentation::shown_samples(description), SampleType::U8),
        };
        let Some(resize) = self.resize else {
            return Ok(RenderedForm { rows: part.rows, columns: part.columns, samples, sample_type });
        };
        if self.values == Values::Stored {
            check_interpolation(description)?;
        }
        let Resize { rows, columns, .. } = resize;
        let is_side = |side| (1..=LONGEST_SIDE).contains(&side);
        if !is_side(rows) || !is_side(columns) {
            return Err(refused(format!("rows and columns of a size must be 1 to {LONGEST_SIDE}")));
        }
        resample::check(Size { samples, ..part }, Size { rows, columns, samples }, limits)?;
        Ok(RenderedForm { rows, columns, samples, sample_type })
    }

    /// The size of the part that is wanted.
    pub(super) fn part(&self, description: &ImageDescription) -> Result<Size> {
        let part = self.crop.map_or(Ok(*description), |region| region.of(description))?;
        let samples = part.samples_per_pixel().into();
        Ok(Size { rows: part.rows().into(), columns: part.columns().into(), samples })
    }
}

fn check_interpolation(description: &ImageDescription) -> Result<()> {
    let what = match description.photometric_interpretation() {
        Some(PhotometricInterpretation::PaletteColor) => "indices of a palette",
        _ if description.bits_allocated() == 1 => "pixels of 1 bit",
        _ => return Ok(()),
    };
    let reason = format!("{what} have nothing between them to be resized to; values=\"display\" does");
    Err(fault(PHOTOMETRIC_INTERPRETATION, reason))
}

pub(super) fn refused(reason: String) -> Error {
    ErrorKind::PixelData(reason.into()).into()
}
