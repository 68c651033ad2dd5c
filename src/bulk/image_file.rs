//! Files whose pixels are wanted, opened one after the other.

use std::path::Path;
use std::sync::Arc;

use crate::dataset::Flags;
use crate::error::{Error, ErrorKind, Result};
use crate::file::{DicomFile, ReadOptions, read_source};
use crate::limits::Limits;
use crate::pixel::{Header, JustOpened, LocatedFrames, PIXEL_RANGES, PixelData, PixelSource, Rendering};
use crate::source::{FileKind, FileSource, FileStatus};

/// Pixel data of at least this many bytes stay in the file until they are decoded.
pub(super) const DEFER_PIXELS: u64 = 64 << 10;
/// Bounds of the first read.
const HINT: std::ops::RangeInclusive<u64> = 4 << 10..=4 << 20;
/// First reads are multiples of this: lengths of text differ by a few bytes within a series.
const HINT_STEP: u64 = 256;
/// Bytes that a header may be longer than the one before it.
const MARGIN: u64 = 64;

/// Size and time of the last change of a file, by which a later reader knows whether it is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    /// Bytes in it.
    pub size: u64,
    /// When its contents were last changed, in nanoseconds since 1970.
    pub modified: i128,
}

impl FileStamp {
    /// That of an open file; `None` where nobody asked when it was opened.
    pub(super) fn of(source: &FileSource) -> Option<Self> {
        source.stamp().map(|(size, modified)| Self { size, modified })
    }

    /// That of the regular file at a path; `None` where there is none.
    pub(super) fn of_path(path: &Path) -> Option<Self> {
        let status = FileStatus::of_path(path).ok()?;
        (status.kind == FileKind::Regular).then_some(Self { size: status.size, modified: status.modified })
    }
}

/// An image that was met before: where its frames are, as long as its file is the same.
#[derive(Clone)]
pub(super) struct KnownImage {
    pub(super) stamp: FileStamp,
    pub(super) place: KnownPlace,
}

/// Where the frames of an image are.
#[derive(Clone)]
pub(super) enum KnownPlace {
    /// As its header said.
    Pixels(Arc<PixelData>),
    /// As an index says.
    Frames(Arc<LocatedFrames>),
}

/// An open file and its pixel data.
pub(super) enum ImageFile {
    /// Of its header no more is kept than pixels depend on.
    Read(Arc<DicomFile>, Arc<PixelData>),
    /// Its header was read before.
    Known { source: FileSource, place: KnownPlace, limits: Limits, reduce: u8 },
}

impl ImageFile {
    /// Lends the pixel data to `use_pixels`, of which at least this frame is there, and where their bytes come from.
    pub(super) fn with_frame<T>(
        &self,
        number: u32,
        use_pixels: impl FnOnce(&PixelData, &dyn PixelSource) -> Result<T>,
    ) -> Result<T> {
        match self {
            Self::Read(file, pixels) => use_pixels(pixels, &JustOpened(file)),
            Self::Known { source, place: KnownPlace::Pixels(pixels), .. } => use_pixels(pixels, source),
            Self::Known { source, place: KnownPlace::Frames(frames), limits, reduce } => {
                let (pixels, bytes) = frames.frame(number, source, limits)?;
                use_pixels(&pixels.reduced(*reduce)?, &bytes)
            }
        }
    }

    /// Its header, unless that was read before; `source` is where its bytes come from.
    pub(super) fn header<'a>(&'a self, source: &'a dyn PixelSource) -> Option<Header<'a>> {
        match self {
            Self::Read(file, _) => Some(Header::new(file.dataset(), source)),
            Self::Known { .. } => None,
        }
    }
}

/// An image whose header was just read.
pub(super) struct OpenedImage {
    pub(super) file: Arc<DicomFile>,
    pub(super) pixels: Arc<PixelData>,
    stamp: Option<FileStamp>,
}

impl OpenedImage {
    /// Lends its header to `use_header`.
    pub(super) fn with_header<T>(&self, use_header: impl FnOnce(Header<'_>) -> T) -> T {
        let source = JustOpened(&self.file);
        use_header(Header::new(self.file.dataset(), &source))
    }

    /// Size and time of its file, where they are known.
    pub(super) const fn stamp(&self) -> Option<FileStamp> {
        self.stamp
    }

    /// What is needed to read it again without its header; `None` where that is the only way.
    pub(super) fn known(&self) -> Option<KnownImage> {
        let stamp = self.stamp.filter(|_| self.file.inflated.is_none())?;
        Some(KnownImage { stamp, place: KnownPlace::Pixels(Arc::clone(&self.pixels)) })
    }

    pub(super) fn into_file(self) -> ImageFile {
        ImageFile::Read(self.file, self.pixels)
    }
}

/// A file of which some images are opened: its header is read once for all of them.
pub(super) struct HeldFile {
    source: Arc<FileSource>,
    /// Read to the fragments.
    start: Option<Result<Arc<DicomFile>>>,
    /// Read to its end, and all frames.
    whole: Option<Result<(Arc<DicomFile>, Arc<PixelData>)>>,
    /// Native frames, read to the pixel data.
    native: Option<Result<Arc<PixelData>>>,
}

impl HeldFile {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let source = Arc::new(FileSource::open(path)?);
        Ok(Self { source, start: None, whole: None, native: None })
    }
}

/// Opens files one after the other: those of a series agree in the length of their headers.
pub(super) struct ImageReader {
    options: ReadOptions,
    /// How often rows and columns of frames are halved.
    reduce: u8,
}

impl ImageReader {
    /// One that keeps of headers what the rendering needs.
    pub(super) fn new(limits: Limits, rendering: &Rendering) -> Self {
        // A rescale that stands out of order must not be missed: values would be wrong and nobody would know.
        let wanted = if rendering.needs_header() { None } else { Some(PIXEL_RANGES.into()) };
        let options = ReadOptions {
            limits,
            force: true,
            defer_pixels: Some(DEFER_PIXELS),
            wanted,
            ..ReadOptions::default()
        };
        Self { options, reduce: rendering.reduce }
    }

    /// Opens an image of a file; where `index` is given, for one frame of it and no other.
    pub(super) fn open(&mut self, held: &mut HeldFile, index: Option<u32>) -> Result<OpenedImage> {
        let (file, pixels) = match index {
            Some(index) => self.open_for_one(held, index)?,
            None => self.open_for_all(held)?,
        };
        let image = OpenedImage { file, pixels, stamp: FileStamp::of(&held.source) };
        let header = image.pixels.offset().saturating_add(MARGIN).next_multiple_of(HINT_STEP);
        self.options.header_hint = header.clamp(*HINT.start(), *HINT.end());
        Ok(image)
    }

    /// Opens the file of an image that was met before, without a look at its header.
    pub(super) fn open_known(&self, path: &Path, image: &KnownImage) -> Result<ImageFile> {
        let source = FileSource::open(path)?;
        if FileStamp::of(&source) != Some(image.stamp) {
            return Err(ErrorKind::FileChanged.into());
        }
        let (place, limits) = (image.place.clone(), self.options.limits);
        Ok(ImageFile::Known { source, place, limits, reduce: self.reduce })
    }

    /// Of one frame the others need not be found.
    fn open_for_one(&self, held: &mut HeldFile, index: u32) -> Result<(Arc<DicomFile>, Arc<PixelData>)> {
        let source = &held.source;
        let read = || {
            let options = ReadOptions { stop_in_fragments: true, ..self.options.clone() };
            read_source(Arc::clone(source) as _, &options).map(Arc::new)
        };
        let file = held.start.get_or_insert_with(read).clone()?;
        let last = file.dataset.rows().last();
        if last.is_some_and(|row| row.tag().is_pixel_data() && row.has(Flags::ENCAPSULATED)) {
            let limits = &self.options.limits;
            return match PixelData::of_one_frame(&file, &JustOpened(&file), index, limits) {
                Ok(Some(pixels)) => Ok((file, Arc::new(pixels.reduced(self.reduce)?))),
                _ => self.open_for_all(held),
            };
        }
        let native = || {
            let pixels = PixelData::of_file(&file, &self.options.limits)?;
            Ok(Arc::new(pixels.reduced(self.reduce)?))
        };
        match held.native.get_or_insert_with(native) {
            Ok(pixels) => Ok((file, Arc::clone(pixels))),
            Err(_) => self.open_for_all(held),
        }
    }

    fn open_for_all(&self, held: &mut HeldFile) -> Result<(Arc<DicomFile>, Arc<PixelData>)> {
        let source = &held.source;
        let read = || {
            let (file, pixels) = self.read_whole(source)?;
            Ok((Arc::new(file), Arc::new(pixels.reduced(self.reduce)?)))
        };
        held.whole.get_or_insert_with(read).clone()
    }

    fn read_whole(&self, source: &Arc<FileSource>) -> Result<(DicomFile, PixelData)> {
        let file = read_source(Arc::clone(source) as _, &self.options)?;
        match PixelData::of_file(&file, &self.options.limits) {
            Ok(pixels) => Ok((file, pixels)),
            // Perhaps it stands behind the pixel data.
            Err(error) if matches!(error.kind(), ErrorKind::Missing(_)) => {
                let options = ReadOptions { wanted: None, ..self.options.clone() };
                let file = read_source(Arc::clone(source) as _, &options)?;
                let pixels = PixelData::of_file(&file, &self.options.limits)?;
                Ok((file, pixels))
            }
            Err(error) => Err(error),
        }
    }
}

/// What is said of a reader or codec that failed in a way it should not.
pub(super) fn failed<T>(_: T) -> Error {
    ErrorKind::InvalidValue("the reader failed: please report this file").into()
}
