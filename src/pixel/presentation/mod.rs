//! What the header of an image says about values: how the stored values of each frame become physical values, or what a
//! viewer shows (PS3.3 C.11, C.7.6.3.1; PS3.4 N.2).

mod functional_groups;
mod grey;
mod header;
mod memo;
mod modality;
mod padding;
mod palette;
mod physical;
mod voi;

use std::sync::Arc;

pub use header::Header;

use functional_groups::FunctionalGroups;
use grey::Grey;
use physical::Physical;

use super::colour::ColourConversion;
use super::description::{BITS_STORED, PHOTOMETRIC_INTERPRETATION, SAMPLES_PER_PIXEL, fault};
use super::sample::{each_number, of_i64};
use super::{
    ImageDescription, OutputType, Palette, PhotometricInterpretation, RealWorldRange, SampleKind, SampleType,
    Step, Transform,
};
use crate::error::{Error, ErrorKind, Result};

/// How the frames of an image are shown, or what they measure. It is made of the header and keeps no reference to it.
/// Where frames have functional groups, of each the header is asked again.
#[derive(Debug)]
pub struct Presentation {
    kind: SampleType,
    groups: FunctionalGroups,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Physical(Physical),
    Grey(Box<Grey>),
    Palette(Palette),
    /// Grey below the first value that the palette maps, colour from there on (PS3.3 C.7.6.19).
    Supplemental(Box<Grey>, Palette, f64),
    /// By Bits Stored; 0 where it is absent.
    Colour(f64),
}

/// What the header says of one frame. It is kept in little memory where frames share functional groups.
#[derive(Clone, Debug, Default)]
pub struct FrameSteps(Steps);

#[derive(Clone, Debug, Default)]
enum Steps {
    /// Nothing that is not said of all frames.
    #[default]
    OfAll,
    Physical(Arc<Transform>),
    Grey(Arc<grey::Steps>),
}

impl FrameSteps {
    /// True where values follow from the least and the greatest one of the frame: a part of it does not do.
    #[must_use]
    pub fn needs_whole_frame(&self) -> bool {
        matches!(&self.0, Steps::Grey(steps) if steps.needs_whole_frame())
    }

    /// True where both were made of the same functional groups.
    #[must_use]
    pub fn is_shared_with(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Steps::OfAll, Steps::OfAll) => true,
            (Steps::Physical(steps), Steps::Physical(other)) => Arc::ptr_eq(steps, other),
            (Steps::Grey(steps), Steps::Grey(other)) => Arc::ptr_eq(steps, other),
            _ => false,
        }
    }

    /// Entries of look-up tables in it: nearly all of its memory where it has any.
    #[must_use]
    pub fn table_entries(&self) -> usize {
        match &self.0 {
            Steps::OfAll => 0,
            Steps::Physical(transform) => entries(&transform.steps),
            Steps::Grey(steps) => steps.table_entries(),
        }
    }
}

/// What is wanted of physical values.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct PhysicalOptions {
    /// By Real World Value Mapping, the item of this zero-based number and those in the same unit, whatever else there is.
    pub real_world: Option<usize>,
    /// What padding becomes; otherwise it is computed as other values.
    pub padding: Option<f64>,
}

/// What is wanted of what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct DisplayOptions {
    /// Centre and width in values of the modality, instead of those of the image; LINEAR, or LINEAR_EXACT for floating
    /// point.
    pub window: Option<(f64, f64)>,
    /// Which of several VOI look-up tables, or else of several windows.
    pub voi_index: usize,
}

/// A frame whose samples are there.
#[derive(Clone, Copy)]
pub struct StoredFrame<'a> {
    /// Its samples.
    pub samples: &'a [u8],
    /// True where they are those of a part of the frame, and that is the part that is wanted.
    pub is_part: bool,
    /// What they mean.
    pub interpretation: Option<PhotometricInterpretation>,
    /// What [`Presentation::steps`] gave; nothing where there is no presentation.
    pub steps: &'a FrameSteps,
}

impl Presentation {
    /// What is needed for physical values.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::PixelData`] for another image than a grey one, and for attributes that are no numbers
    /// or tables; [`ErrorKind::ValueIndex`].
    pub fn physical(
        image: Header<'_>,
        description: &ImageDescription,
        options: PhysicalOptions,
    ) -> Result<Self> {
        check_physical(description)?;
        let groups = FunctionalGroups::of(image);
        let kind = description.sample_type();
        let way = Way::Physical(Physical::of(image, kind, groups.are_there(), options)?);
        Ok(Self { kind, groups, way })
    }

    /// What is needed to show it.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::PixelData`] for attributes that contradict each other, and for a window that cannot be;
    /// [`ErrorKind::ValueIndex`].
    pub fn display(
        image: Header<'_>,
        description: &ImageDescription,
        options: DisplayOptions,
    ) -> Result<Self> {
        let groups = FunctionalGroups::of(image);
        let grey = || Grey::of(image, description, options, &groups).map(Box::new);
        let way = match (description.photometric_interpretation(), is_grey(description)) {
            (_, true) if palette::is_supplemental(image, description)? => {
                let (palette, first) = palette::palette_of(image)?;
                Way::Supplemental(grey()?, palette, of_i64(first))
            }
            (_, true) => Way::Grey(grey()?),
            (Some(PhotometricInterpretation::PaletteColor), _) => Way::Palette(palette::palette_of(image)?.0),
            _ => Way::Colour(bits_stored(image, description)?),
        };
        let needed = if matches!(way, Way::Colour(_)) { 3 } else { 1 };
        check_samples(description, needed)?;
        Ok(Self { kind: description.sample_type(), groups, way })
    }

    /// True where the header is needed for each frame.
    #[must_use]
    pub const fn needs_header(&self) -> bool {
        !matches!(self.way, Way::Palette(_) | Way::Colour(_)) && self.groups.are_there()
    }

    /// Entries of look-up tables in it: nearly all of its memory.
    #[must_use]
    pub fn table_entries(&self) -> usize {
        match &self.way {
            Way::Physical(physical) => physical.table_entries(),
            Way::Grey(grey) => grey.table_entries(),
            Way::Palette(palette) => palette.entries(),
            Way::Supplemental(grey, palette, _) => grey.table_entries() + palette.entries(),
            Way::Colour(_) => 0,
        }
    }

    /// Samples of a pixel that is shown: 1 or 3.
    #[must_use]
    pub const fn shown_samples(&self) -> usize {
        match &self.way {
            Way::Physical(_) | Way::Grey(_) => 1,
            Way::Palette(_) | Way::Supplemental(..) | Way::Colour(_) => 3,
        }
    }

    /// What the header says of a frame. It is that of which this was made, where it is needed.
    ///
    /// # Errors
    /// [`ErrorKind::PixelData`] where the functional groups of the frame do not do; [`ErrorKind::ValueIndex`].
    pub fn steps(&self, header: Option<Header<'_>>, number: u32) -> Result<FrameSteps> {
        let at = header.map(|image| FrameHeader { groups: &self.groups, image, number });
        Ok(FrameSteps(match &self.way {
            Way::Physical(physical) => Steps::Physical(physical.transform(at)?),
            Way::Grey(grey) | Way::Supplemental(grey, ..) => Steps::Grey(grey.of_frame(at)?),
            Way::Palette(_) | Way::Colour(_) => Steps::OfAll,
        }))
    }

    /// True where it is asked what stored samples mean.
    #[must_use]
    pub const fn needs_interpretation(&self) -> bool {
        matches!(self.way, Way::Colour(_))
    }

    /// What makes the values of a frame.
    ///
    /// # Errors
    /// [`ErrorKind::PixelData`] where samples are in a retired colour space, and [`ErrorKind::Missing`] where its steps
    /// are not of this presentation.
    pub fn of_frame(&self, frame: StoredFrame<'_>) -> Result<FramePresentation<'_>> {
        self.of_frames(&[frame])?.pop().ok_or_else(no_header)
    }

    /// The same for frames that are shown together: without a window, black and white are the least and greatest value of
    /// all of them.
    ///
    /// # Errors
    /// As [`Presentation::of_frame`].
    pub fn of_frames(&self, frames: &[StoredFrame<'_>]) -> Result<Vec<FramePresentation<'_>>> {
        let kind = self.kind;
        let greys = |grey: &Grey| -> Result<std::vec::IntoIter<Arc<Transform>>> {
            let steps = |frame: &StoredFrame<'_>| match &frame.steps.0 {
                Steps::Grey(steps) => Ok(Arc::clone(steps)),
                _ => Err(no_header()),
            };
            let steps = frames.iter().map(steps).collect::<Result<Vec<_>>>()?;
            let stored: Vec<&[u8]> = frames.iter().map(|frame| frame.samples).collect();
            Ok(grey.transforms(kind, &steps, &stored).into_iter())
        };
        let made = |way| FramePresentation { kind, way };
        Ok(match &self.way {
            Way::Physical(_) => {
                let way = |frame: &StoredFrame<'_>| match &frame.steps.0 {
                    Steps::Physical(transform) => Ok(made(FrameWay::Steps(Arc::clone(transform)))),
                    _ => Err(no_header()),
                };
                frames.iter().map(way).collect::<Result<_>>()?
            }
            Way::Grey(grey) => greys(grey)?.map(FrameWay::Steps).map(made).collect(),
            Way::Palette(palette) => frames.iter().map(|_| made(FrameWay::Palette(palette))).collect(),
            Way::Supplemental(grey, palette, first) => {
                greys(grey)?.map(|grey| made(FrameWay::Supplemental(grey, palette, *first))).collect()
            }
            Way::Colour(bits) => {
                let way = |frame: &StoredFrame<'_>| colour(kind, frame.interpretation, *bits);
                frames.iter().map(|frame| way(frame).map(made)).collect::<Result<_>>()?
            }
        })
    }
}

/// Where the attributes of a frame stand.
#[derive(Clone, Copy)]
struct FrameHeader<'a> {
    groups: &'a FunctionalGroups,
    image: Header<'a>,
    number: u32,
}

/// What makes the values of the samples of one frame: of all, or of some of them.
pub struct FramePresentation<'p> {
    kind: SampleType,
    way: FrameWay<'p>,
}

enum FrameWay<'p> {
    Steps(Arc<Transform>),
    Palette(&'p Palette),
    Supplemental(Arc<Transform>, &'p Palette, f64),
    Colour { conversion: Option<ColourConversion>, scale: Option<Transform> },
}

impl FramePresentation<'_> {
    /// True where samples of both frames can be given as one to the first.
    #[must_use]
    pub fn is_that_of(&self, other: &Self) -> bool {
        match (&self.way, &other.way) {
            (FrameWay::Steps(one), FrameWay::Steps(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// Writes what becomes of `samples` into `out`: physical values in the type `to`, or what is shown, which is bytes.
    /// `scratch` is memory that may be used.
    pub fn apply(&self, samples: &[u8], to: OutputType, scratch: &mut Vec<u8>, out: &mut [u8]) {
        let kind = self.kind;
        let count = samples.len() / kind.size();
        match &self.way {
            FrameWay::Steps(transform) => transform.prepare(kind, to, count).apply(samples, out),
            FrameWay::Palette(palette) => palette.show(kind, samples, out),
            FrameWay::Supplemental(transform, palette, first) => {
                scratch.clear();
                scratch.resize(count, 0);
                transform.prepare(kind, OutputType::U8, count).apply(samples, scratch);
                palette.show(kind, samples, out);
                let mut pixels = scratch.iter().zip(out.as_chunks_mut::<3>().0);
                each_number(kind, samples, |stored| {
                    if let Some((grey, pixel)) = pixels.next()
                        && stored < *first
                    {
                        *pixel = [*grey; 3];
                    }
                });
            }
            FrameWay::Colour { conversion, scale } => {
                let Some(conversion) = conversion else { return scaled(scale.as_ref(), kind, samples, out) };
                let converted = conversion.sample_type();
                if scale.is_none() {
                    return conversion.apply(samples, out);
                }
                scratch.clear();
                scratch.resize(count * converted.size(), 0);
                conversion.apply(samples, scratch);
                scaled(scale.as_ref(), converted, scratch, out);
            }
        }
    }
}

fn scaled(scale: Option<&Transform>, kind: SampleType, samples: &[u8], out: &mut [u8]) {
    match scale {
        Some(scale) => {
            scale.prepare(kind, OutputType::U8, samples.len() / kind.size()).apply(samples, out);
        }
        None => samples.iter().zip(out).for_each(|(sample, out)| *out = *sample),
    }
}

/// RGB of 8 bits.
fn colour(
    kind: SampleType,
    interpretation: Option<PhotometricInterpretation>,
    bits: f64,
) -> Result<FrameWay<'static>> {
    let conversion = match interpretation {
        None | Some(PhotometricInterpretation::Rgb) => None,
        Some(from) => Some(ColourConversion::new(from, PhotometricInterpretation::Rgb, kind)?),
    };
    let kind = conversion.map_or(kind, ColourConversion::sample_type);
    let scale = (kind != SampleType::U8 || bits < 8.0).then(|| {
        let slope = if bits == 0.0 { 1.0 } else { 255.0 / (2f64.powf(bits) - 1.0) };
        Transform { padding: None, steps: vec![Step::Rescale { slope, intercept: 0.0 }] }
    });
    Ok(FrameWay::Colour { conversion, scale })
}

/// What is said where a frame has functional groups and nobody gives the header.
fn no_header() -> Error {
    ErrorKind::Missing(functional_groups::PER_FRAME).into()
}

fn entries(steps: &[Step]) -> usize {
    let entries = |step: &Step| match step {
        Step::Table(table) | Step::Quantized { table, .. } => table.len(),
        Step::RealWorld(ranges) => ranges.iter().map(RealWorldRange::entries).sum(),
        Step::Rescale { .. } | Step::Window(_) | Step::Round => 0,
    };
    steps.iter().map(entries).sum()
}

/// Bits Stored; 0 for floating point that has none.
fn bits_stored(image: Header<'_>, description: &ImageDescription) -> Result<f64> {
    match description.sample_kind() {
        SampleKind::Integer => Ok(description.bits_stored().into()),
        SampleKind::Float | SampleKind::Double => Ok(image.number(BITS_STORED)?.unwrap_or_default().floor()),
    }
}

/// True for grey; a palette is none.
fn is_grey(description: &ImageDescription) -> bool {
    use PhotometricInterpretation::{Monochrome1, Monochrome2};
    matches!(description.photometric_interpretation(), Some(Monochrome1 | Monochrome2))
}

/// Samples of a pixel that is shown, where there is no supplemental palette.
pub(super) fn shown_samples(description: &ImageDescription) -> usize {
    if is_grey(description) { 1 } else { 3 }
}

/// Refuses what has no physical values.
fn check_physical(description: &ImageDescription) -> Result<()> {
    if is_grey(description) {
        return Ok(());
    }
    let reason = "only MONOCHROME1 and MONOCHROME2 have physical values".to_owned();
    Err(fault(PHOTOMETRIC_INTERPRETATION, reason))
}

/// Refuses what is not shown for its number of samples.
fn check_samples(description: &ImageDescription, needed: u8) -> Result<()> {
    if description.samples_per_pixel() == needed {
        return Ok(());
    }
    let reason = match needed {
        1 => "an image in grey or of a palette has 1 sample for each pixel",
        _ => "an image in colour has 3 samples for each pixel",
    };
    Err(fault(SAMPLES_PER_PIXEL, reason.to_owned()))
}
