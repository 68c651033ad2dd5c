//! DICOM files (PS3.10): preamble, file meta information, and files without either.

use std::borrow::Cow;
use std::sync::Arc;

use crate::dataset::{DatasetView, ElementView, Encoding, Index};
use crate::error::{ErrorKind, Result, Warning};
use crate::limits::Limits;
use crate::source::{Owner, ReadAt, Resident};
use crate::tag::Tag;
use crate::uid::Uid;

/// What is read of a file, and how.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// What input may ask for.
    pub limits: Limits,
    /// Read a data set without preamble and prefix.
    pub force: bool,
    /// Leave values of at least this many bytes in the source.
    pub defer_size: Option<u64>,
    /// Leave out Pixel Data and what follows it.
    pub stop_before_pixels: bool,
    /// Stop before the first root element with this tag or a higher one.
    pub stop_at: Option<Tag>,
    /// Keep these root elements only (ascending), Specific Character Set always.
    pub specific_tags: Option<Box<[Tag]>>,
    /// Every warning is an error.
    pub strict: bool,
    /// Expected bytes up to Pixel Data, for the first read.
    pub header_hint: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            limits: Limits::DEFAULT,
            force: false,
            defer_size: None,
            stop_before_pixels: false,
            stop_at: None,
            specific_tags: None,
            strict: false,
            header_hint: 16 << 10,
        }
    }
}

/// One file: what stands in front of the data set, the indexes and the bytes.
#[derive(Default)]
pub struct DicomFile {
    /// The 128 bytes in front of the prefix, where there are any.
    pub preamble: Option<Box<[u8; 128]>>,
    /// Rows of group 0002; offsets into the file.
    pub meta: Index,
    /// Rows of the data set; offsets into the file, or into the inflated data set.
    pub dataset: Index,
    /// The bytes of the file that are in memory.
    pub bytes: Resident,
    /// The inflated data set of a deflated transfer syntax.
    pub inflated: Option<Resident>,
    /// Where deferred values are read from.
    pub source: Option<Arc<dyn ReadAt>>,
    /// (0002,0010), where it is there and valid.
    pub transfer_syntax: Option<Uid>,
    /// How the data set is written (after repairs, its first element).
    pub encoding: Option<Encoding>,
    /// What was wrong around the data set; what was wrong in it is listed in its index.
    pub warnings: Vec<Warning>,
}

impl DicomFile {
    /// The file meta information.
    #[must_use]
    pub fn meta(&self) -> DatasetView<'_> {
        DatasetView::root(&self.meta, &self.bytes)
    }

    /// The data set.
    #[must_use]
    pub fn dataset(&self) -> DatasetView<'_> {
        DatasetView::root(&self.dataset, self.inflated.as_ref().unwrap_or(&self.bytes))
    }

    /// The value of an element of the data set, from memory or from the source.
    ///
    /// # Errors
    /// [`ErrorKind::FileChanged`], [`ErrorKind::Io`], [`ErrorKind::OutOfMemory`].
    pub fn value<'a>(&self, element: &ElementView<'a>) -> Result<Cow<'a, [u8]>> {
        element.value().map(Cow::Borrowed).ok_or_else(|| ErrorKind::FileChanged.into())
    }
}

/// Reads a file that is in memory.
///
/// # Errors
/// Not DICOM, limits; in strict reading everything that is a warning otherwise.
pub fn read_memory(owner: Owner, options: &ReadOptions) -> Result<DicomFile> {
    let _ = (owner, options);
    Err(ErrorKind::NotDicom.into())
}

/// Reads a file from a source: its header, and its large values where they are not left behind.
///
/// # Errors
/// As [`read_memory`], and what the source refuses.
pub fn read_source(source: Arc<dyn ReadAt>, options: &ReadOptions) -> Result<DicomFile> {
    let _ = (source, options);
    Err(ErrorKind::NotDicom.into())
}
