//! Images of one file that are wanted one by one: its header is read once, and what it says is kept for all of them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::image_file::{HeldFile, ImageReader, OpenedImage};
use super::rendered::Rendered;
use crate::error::Result;
use crate::file::DicomFile;
use crate::limits::Limits;
use crate::pixel::{Frames, PixelData, Presentation, Rendering};

/// What is kept from the headers to the frames, in places of fragments: 64 MB.
const MOST_KEPT: usize = 4 << 20;

/// What the header of a file says of values.
type Known = (Arc<DicomFile>, Option<Arc<Presentation>>);

/// The images of a file.
pub(super) struct HeldImages {
    file: HeldFile,
    presentation: Option<Known>,
    /// What was counted last: images that share it do not need its memory again.
    pixels: Option<Arc<PixelData>>,
    counted: Option<Rendered>,
}

impl HeldImages {
    pub(super) fn open(path: &Path) -> Result<Self> {
        Ok(Self { file: HeldFile::open(path)?, presentation: None, pixels: None, counted: None })
    }

    /// Opens an image of the file; where `index` is given, for one frame of it and no other.
    pub(super) fn image(&mut self, reader: &mut ImageReader, index: Option<u32>) -> Result<OpenedImage> {
        reader.open(&mut self.file, index)
    }

    /// What the frames of an image are once they are rendered.
    pub(super) fn rendered(
        &mut self,
        image: &OpenedImage,
        rendering: &Rendering,
        limits: &Limits,
    ) -> Result<Rendered> {
        let known = self.presentation.as_ref().filter(|(file, _)| Arc::ptr_eq(file, &image.file));
        let presentation = match known {
            _ if !rendering.needs_header() => None,
            Some((_, presentation)) => presentation.clone(),
            None => {
                let description = image.pixels.description();
                let made = image.with_header(|header| rendering.presentation(header, description))?;
                let made = made.map(Arc::new);
                self.presentation = Some((Arc::clone(&image.file), made.clone()));
                made
            }
        };
        Rendered::of(rendering, &image.pixels, presentation, limits)
    }

    /// Keeps what the frames of an image need of its header, and counts its memory in `kept`. False where that would be
    /// too much, or the header is all that does: then it is read again.
    pub(super) fn settle(
        &mut self,
        (image, rendered): (&OpenedImage, &mut Rendered),
        frames: &mut dyn ExactSizeIterator<Item = u32>,
        kept: &AtomicUsize,
    ) -> bool {
        let left = MOST_KEPT.saturating_sub(kept.load(Ordering::Relaxed));
        if rendered.needs_header() && !image.with_header(|header| rendered.settle(header, frames, left)) {
            return false;
        }
        let is_new = !self.pixels.as_ref().is_some_and(|last| Arc::ptr_eq(last, &image.pixels));
        let fragments = image.pixels.frames().map_or(0, Frames::fragment_count);
        let weight = if is_new { fragments.max(1) } else { 1 } + rendered.weight(self.counted.as_ref());
        self.pixels = Some(Arc::clone(&image.pixels));
        self.counted = Some(rendered.clone());
        kept.fetch_add(weight, Ordering::Relaxed).saturating_add(weight) < MOST_KEPT
    }
}
