//! Frames of a batch that are not given as they are stored.

use std::sync::Arc;

use super::image_file::ImageFile;
use crate::error::{Result, Warning};
use crate::limits::Limits;
use crate::pixel::{
    Fragment, FrameSteps, Header, PhotometricInterpretation, PixelData, PixelOptions, PixelSource,
    Presentation, RenderedForm, RenderedImage, Renderer, Rendering, SampleType, Step, StoredFrame, Values,
};

/// What the frames of an image are once they are rendered.
#[derive(Clone)]
pub(super) struct Rendered {
    pub(super) form: RenderedForm,
    /// What their samples mean.
    pub(super) interpretation: Option<PhotometricInterpretation>,
    /// What the header says about values, where it is asked.
    pub(super) presentation: Option<Arc<Presentation>>,
    /// What it says of frames by their numbers, where it is not there any more.
    steps: Option<Arc<[KnownSteps]>>,
}

/// The number of a frame, and what the header says of it.
type KnownSteps = (u32, Result<FrameSteps>);

/// The memory of what is known of a frame, in places of fragments.
const FRAME_WEIGHT: usize = (size_of::<KnownSteps>() + size_of::<Step>() * 4).div_ceil(size_of::<Fragment>());

impl Rendered {
    /// By what the header of an image says, where values depend on it.
    pub(super) fn of(
        rendering: &Rendering,
        pixels: &PixelData,
        presentation: Option<Arc<Presentation>>,
        limits: &Limits,
    ) -> Result<Self> {
        let interpretation = pixels.interpretation_by_attributes()?;
        let form = rendering.form(pixels.description(), presentation.as_deref(), limits)?;
        let interpretation = match rendering.values {
            Values::Stored | Values::Physical => interpretation,
            Values::Display if form.samples == 1 => Some(PhotometricInterpretation::Monochrome2),
            Values::Display => Some(PhotometricInterpretation::Rgb),
        };
        Ok(Self { form, interpretation, presentation, steps: None })
    }

    /// What the header says of a frame.
    fn steps(&self, header: Option<Header<'_>>, number: u32) -> Result<FrameSteps> {
        let settled = self.steps.as_deref().unwrap_or_default();
        if let Ok(place) = settled.binary_search_by_key(&number, |(number, _)| *number)
            && let Some((_, steps)) = settled.get(place)
        {
            return steps.clone();
        }
        let presentation = self.presentation.as_deref();
        presentation.map_or(Ok(FrameSteps::default()), |known| known.steps(header, number))
    }

    /// True where the header is needed again for each frame.
    pub(super) fn needs_header(&self) -> bool {
        self.steps.is_none()
            && self.presentation.as_ref().is_some_and(|presentation| presentation.needs_header())
    }

    /// Keeps what the header says of these frames, so that it is not needed again; false, and nothing kept, where that
    /// takes `most` places of fragments.
    pub(super) fn settle(
        &mut self,
        header: Header<'_>,
        frames: &mut dyn ExactSizeIterator<Item = u32>,
        most: usize,
    ) -> bool {
        let Some(presentation) = &self.presentation else { return true };
        if frames.len().saturating_mul(FRAME_WEIGHT) >= most {
            return false;
        }
        let (mut weight, mut steps) = (0usize, Vec::new());
        for number in frames {
            let found = presentation.steps(Some(header), number);
            let last = steps.last().and_then(|(_, last): &KnownSteps| last.as_ref().ok());
            weight = weight.saturating_add(weight_of(&found, last));
            if weight >= most {
                return false;
            }
            steps.push((number, found));
        }
        steps.sort_by_key(|(number, _)| *number);
        steps.dedup_by_key(|(number, _)| *number);
        self.steps = Some(steps.into());
        true
    }

    /// The memory that it does not share with `last`, in places of fragments.
    pub(super) fn weight(&self, last: Option<&Self>) -> usize {
        let shares = |made: &Arc<Presentation>| {
            let other = last.and_then(|last| last.presentation.as_ref());
            other.is_some_and(|other| Arc::ptr_eq(made, other))
        };
        let presentation = self.presentation.as_ref().filter(|made| !shares(made));
        let presentation = presentation.map_or(0, |presentation| {
            (size_of::<Presentation>() + size_of::<u16>() * presentation.table_entries())
                / size_of::<Fragment>()
        });
        let mut last =
            last.and_then(|last| last.steps.as_deref()?.last()).and_then(|(_, steps)| steps.as_ref().ok());
        self.steps.as_deref().unwrap_or_default().iter().fold(presentation, |sum, (_, steps)| {
            let weight = weight_of(steps, last);
            last = steps.as_ref().ok();
            sum.saturating_add(weight)
        })
    }

    /// The same, to be made again of the header.
    pub(super) fn without_presentation(self) -> Self {
        Self { presentation: None, steps: None, ..self }
    }
}

/// The memory of what the header says of a frame, in places of fragments.
fn weight_of(steps: &Result<FrameSteps>, last: Option<&FrameSteps>) -> usize {
    let tables = steps.as_ref().ok().filter(|steps| !last.is_some_and(|last| last.is_shared_with(steps)));
    // Real world values are numbers of 8 bytes.
    let tables = tables.map_or(0, |steps| steps.table_entries().saturating_mul(size_of::<f64>()));
    FRAME_WEIGHT + tables / size_of::<Fragment>()
}

/// A file that is open, and what becomes of its frames.
pub(super) struct OpenFile {
    pub(super) file: ImageFile,
    pub(super) rendered: Rendered,
}

/// Where a frame comes from, and how it is rendered.
pub(super) struct FrameToRender<'f> {
    pub(super) pixels: &'f PixelData,
    pub(super) source: &'f dyn PixelSource,
    pub(super) header: Option<Header<'f>>,
    pub(super) rendering: &'f Rendering,
    pub(super) number: u32,
}

/// What is decoded of a frame, and what becomes of it.
pub(super) struct FramePlan {
    options: PixelOptions,
    steps: Result<FrameSteps>,
}

impl FrameToRender<'_> {
    /// What is decoded of it: no more than the part that is wanted, where that is less to read.
    pub(super) fn plan(&self, rendered: &Rendered) -> FramePlan {
        let steps = rendered.steps(self.header, self.number);
        let needs_all = steps.as_ref().map_or(true, FrameSteps::needs_whole_frame);
        let region = self.rendering.crop.filter(|_| !needs_all && self.pixels.reads_parts());
        let options = PixelOptions { index: Some(self.number), region, ..PixelOptions::default() };
        FramePlan { options, steps }
    }

    /// Bytes of what is decoded.
    pub(super) fn length(&self, plan: &FramePlan) -> Result<u64> {
        self.pixels.length(&plan.options)
    }

    /// Decodes it into `decoded`, which has the length for it, and writes what becomes of it into `out`. Returns what was
    /// odd.
    pub(super) fn render(
        &self,
        (rendered, plan): (&Rendered, FramePlan),
        (renderer, decoded): (&mut Renderer, &mut [u8]),
        to: SampleType,
        out: &mut [u8],
    ) -> Result<Vec<Warning>> {
        let FramePlan { options, steps } = plan;
        let warnings = self.pixels.decode(self.source, &options, decoded)?;
        let image = RenderedImage {
            rendering: self.rendering,
            description: self.pixels.description(),
            presentation: rendered.presentation.as_deref(),
            form: rendered.form,
        };
        let interpretation = self.interpretation(&options)?;
        let is_part = options.region.is_some();
        let frame = StoredFrame { samples: decoded, is_part, interpretation, steps: &steps? };
        renderer.render(&image, frame, to, out)?;
        Ok(warnings)
    }

    /// What the samples mean. Only transforms of a codec, and what is not known, are asked of the codestream.
    fn interpretation(&self, options: &PixelOptions) -> Result<Option<PhotometricInterpretation>> {
        use PhotometricInterpretation::{Monochrome1, Monochrome2, PaletteColor, Rgb};
        match self.pixels.interpretation_by_attributes()? {
            known @ Some(Monochrome1 | Monochrome2 | PaletteColor | Rgb) => Ok(known),
            _ if self.rendering.values == Values::Display => self.pixels.interpretation(self.source, options),
            other => Ok(other),
        }
    }
}
