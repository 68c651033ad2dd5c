//! Frames of a batch that are not given as they are stored.

use std::sync::Arc;

use super::image_file::ImageFile;
use crate::error::{Result, Warning};
use crate::limits::Limits;
use crate::pixel::{
    Fragment, Header, PhotometricInterpretation, PixelData, PixelOptions, PixelSource, Presentation,
    RenderedForm, RenderedImage, Renderer, Rendering, SampleType, StoredFrame, Values,
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

impl FrameToRender<'_> {
    /// Bytes of the decoded frame.
    pub(super) fn length(&self) -> Result<u64> {
        self.pixels.length(&self.options())
    }

    /// Decodes it into `decoded`, which has the length for it, and writes what becomes of it into `out`. Returns what was
    /// odd.
    pub(super) fn render(
        &self,
        rendered: &Rendered,
        (renderer, decoded): (&mut Renderer, &mut [u8]),
        to: SampleType,
        out: &mut [u8],
    ) -> Result<Vec<Warning>> {
        let warnings = self.pixels.decode(self.source, &self.options(), decoded)?;
        let image = RenderedImage {
            rendering: self.rendering,
            description: self.pixels.description(),
            presentation: rendered.presentation.as_deref().map(|presentation| (presentation, self.header)),
            form: rendered.form,
        };
        let interpretation = self.interpretation()?;
        let frame = StoredFrame { number: self.number, samples: decoded, interpretation };
        renderer.render(&image, frame, to, out)?;
        Ok(warnings)
    }

    fn options(&self) -> PixelOptions {
        PixelOptions { index: Some(self.number), ..PixelOptions::default() }
    }

    /// What the samples mean. Only transforms of a codec, and what is not known, are asked of the codestream.
    fn interpretation(&self) -> Result<Option<PhotometricInterpretation>> {
        use PhotometricInterpretation::{Monochrome1, Monochrome2, PaletteColor, Rgb};
        match self.pixels.interpretation_by_attributes()? {
            known @ Some(Monochrome1 | Monochrome2 | PaletteColor | Rgb) => Ok(known),
            _ if self.rendering.values == Values::Display => {
                self.pixels.interpretation(self.source, &self.options())
            }
            other => Ok(other),
        }
    }
}
