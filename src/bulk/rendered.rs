//! Frames of a batch that are not given as they are stored.

use std::sync::Arc;

use super::image_file::ImageFile;
use crate::error::{Result, Warning};
use crate::limits::Limits;
use crate::pixel::{
    Fragment, FrameSteps, Header, PhotometricInterpretation, PixelData, PixelOptions, PixelSource,
    Presentation, RenderedForm, RenderedImage, Renderer, Rendering, SampleType, StoredFrame, Values,
};

/// What the frames of an image are once they are rendered.
#[derive(Clone)]
pub(super) struct Rendered {
    pub(super) form: RenderedForm,
    /// What their samples mean.
    pub(super) interpretation: Option<PhotometricInterpretation>,
    /// What the header says about values, where it is asked.
    pub(super) presentation: Option<Arc<Presentation>>,
}

impl Rendered {
    /// By the header of an image, where values depend on it.
    pub(super) fn of(
        rendering: &Rendering,
        pixels: &PixelData,
        header: Option<Header<'_>>,
        limits: &Limits,
    ) -> Result<Self> {
        let description = pixels.description();
        let interpretation = pixels.interpretation_by_attributes()?;
        let presentation = match header {
            Some(header) => rendering.presentation(header, description)?,
            None => None,
        };
        let form = rendering.form(description, presentation.as_ref(), limits)?;
        let interpretation = match rendering.values {
            Values::Stored | Values::Physical => interpretation,
            Values::Display if form.samples == 1 => Some(PhotometricInterpretation::Monochrome2),
            Values::Display => Some(PhotometricInterpretation::Rgb),
        };
        Ok(Self { form, interpretation, presentation: presentation.map(Arc::new) })
    }

    /// What the header says of a frame.
    fn steps(&self, header: Option<Header<'_>>, number: u32) -> Result<FrameSteps> {
        let presentation = self.presentation.as_deref();
        presentation.map_or(Ok(FrameSteps::default()), |known| known.steps(header, number))
    }

    /// True where the header is needed again for each frame.
    pub(super) fn needs_header(&self) -> bool {
        self.presentation.as_ref().is_some_and(|presentation| presentation.needs_header())
    }

    /// Its memory, in places of fragments.
    pub(super) fn weight(&self) -> usize {
        self.presentation.as_ref().map_or(0, |presentation| {
            (size_of::<Presentation>() + size_of::<u16>() * presentation.table_entries())
                / size_of::<Fragment>()
        })
    }

    /// The same, to be made again of the header.
    pub(super) fn without_presentation(self) -> Self {
        Self { presentation: None, ..self }
    }
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
