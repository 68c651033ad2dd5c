//! Files whose pixels are wanted, opened one after the other.

use std::path::Path;
use std::sync::Arc;

use super::rendered::Rendered;
use crate::dataset::Flags;
use crate::error::{Error, ErrorKind, Result};
use crate::file::{DicomFile, ReadOptions, read_source};
use crate::limits::Limits;
use crate::pixel::{Header, JustOpened, PIXEL_RANGES, PRESENTATION_RANGES, PixelData, Rendering};
use crate::source::FileSource;

/// Pixel data of at least this many bytes stay in the file until they are decoded.
const DEFER_PIXELS: u64 = 64 << 10;
/// Bounds of the first read.
const HINT: std::ops::RangeInclusive<u64> = 4 << 10..=4 << 20;
/// First reads are multiples of this: lengths of text differ by a few bytes within a series.
const HINT_STEP: u64 = 256;
/// Bytes that a header may be longer than the one before it.
const MARGIN: u64 = 64;

/// An open file and its pixel data. Of its header no more is kept than pixels depend on.
pub(super) struct ImageFile {
    pub(super) file: DicomFile,
    pub(super) pixels: PixelData,
}

impl ImageFile {
    /// What its frames are once they are rendered.
    pub(super) fn rendered(&self, rendering: &Rendering, limits: &Limits) -> Result<Rendered> {
        let source = JustOpened(&self.file);
        let header = rendering.needs_header().then(|| Header::new(self.file.dataset(), &source));
        Rendered::of(rendering, &self.pixels, header, limits)
    }
}

/// Opens files one after the other: those of a series agree in the length of their headers.
pub(super) struct ImageReader {
    options: ReadOptions,
}

impl ImageReader {
    /// One that keeps of headers what the rendering needs.
    pub(super) fn new(limits: Limits, rendering: &Rendering) -> Self {
        let wanted: &[_] = if rendering.needs_header() { &PRESENTATION_RANGES } else { &PIXEL_RANGES };
        let options = ReadOptions {
            limits,
            force: true,
            defer_pixels: Some(DEFER_PIXELS),
            wanted: Some(wanted.into()),
            ..ReadOptions::default()
        };
        Self { options }
    }

    /// Opens the file at `path`; where `index` is given, for one frame of it and no other.
    pub(super) fn open(&mut self, path: &Path, index: Option<u32>) -> Result<ImageFile> {
        let source = Arc::new(FileSource::open(path)?);
        let image = match index {
            Some(index) => self.open_for_one(&source, index)?,
            None => self.open_for_all(&source)?,
        };
        let header = image.pixels.offset().saturating_add(MARGIN).next_multiple_of(HINT_STEP);
        self.options.header_hint = header.clamp(*HINT.start(), *HINT.end());
        Ok(image)
    }

    /// Of one frame the others need not be found.
    fn open_for_one(&self, source: &Arc<FileSource>, index: u32) -> Result<ImageFile> {
        let options = ReadOptions { stop_in_fragments: true, ..self.options.clone() };
        let file = read_source(Arc::clone(source) as _, &options)?;
        let last = file.dataset.rows().last();
        if last.is_some_and(|row| row.tag().is_pixel_data() && row.has(Flags::ENCAPSULATED)) {
            let limits = &self.options.limits;
            return match PixelData::of_one_frame(&file, &JustOpened(&file), index, limits) {
                Ok(Some(pixels)) => Ok(ImageFile { file, pixels }),
                _ => self.open_for_all(source),
            };
        }
        match PixelData::of_file(&file, &self.options.limits) {
            Ok(pixels) => Ok(ImageFile { file, pixels }),
            Err(_) => self.open_for_all(source),
        }
    }

    fn open_for_all(&self, source: &Arc<FileSource>) -> Result<ImageFile> {
        let file = read_source(Arc::clone(source) as _, &self.options)?;
        match PixelData::of_file(&file, &self.options.limits) {
            Ok(pixels) => Ok(ImageFile { file, pixels }),
            // Perhaps it stands behind the pixel data.
            Err(error) if matches!(error.kind(), ErrorKind::Missing(_)) => {
                let options = ReadOptions { wanted: None, ..self.options.clone() };
                let file = read_source(Arc::clone(source) as _, &options)?;
                let pixels = PixelData::of_file(&file, &self.options.limits)?;
                Ok(ImageFile { file, pixels })
            }
            Err(error) => Err(error),
        }
    }
}

/// What is said of a reader or codec that failed in a way it should not.
pub(super) fn failed<T>(_: T) -> Error {
    ErrorKind::InvalidValue("the reader failed: please report this file").into()
}
