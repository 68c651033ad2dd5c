//! DICOM files (PS3.10): preamble, file meta information, and files without either.

mod deflate;
mod detect;
mod feed;
mod journal;
mod meta;
mod options;
mod patch;
mod read;
mod write;

use std::borrow::Cow;
use std::sync::Arc;

pub(crate) use deflate::has_zlib_header;
pub use options::ReadOptions;
pub use patch::{Recovery, Replacement, forget_replaced, patch, recover};
pub use read::{FileReader, looks_like_dicom, read_data_set, read_memory, read_source};
pub use write::{FileDraft, FilePlan};

use crate::dataset::{DatasetView, ElementView, Encoding, Index};
use crate::error::{ErrorKind, Result, Warning};
use crate::source::{ReadAt, Resident};
use crate::uid::Uid;

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
    /// Where deferred values are read from; none when no value was deferred.
    pub source: Option<Arc<dyn ReadAt>>,
    /// (0002,0010), where it is there and a UID.
    pub transfer_syntax: Option<Uid>,
    /// How the data set is written: what was declared, or what was found instead.
    pub encoding: Option<Encoding>,
    /// Bytes of the input, where nothing of it was left out on purpose.
    pub size: Option<u64>,
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
        DatasetView::root(&self.dataset, self.dataset_bytes())
    }

    /// The bytes that offsets of the data set's index count in.
    #[must_use]
    pub fn dataset_bytes(&self) -> &Resident {
        self.inflated.as_ref().unwrap_or(&self.bytes)
    }

    /// All warnings: of the file, its meta information and its data set.
    pub fn all_warnings(&self) -> impl Iterator<Item = &Warning> {
        self.warnings.iter().chain(self.meta.warnings()).chain(self.dataset.warnings())
    }

    /// The byte at which the element begins that the input ends in.
    #[must_use]
    pub fn truncated_at(&self) -> Option<u64> {
        self.dataset.truncated_at().or(self.meta.truncated_at())
    }

    /// The value of an element of the data set, from memory or from the source.
    ///
    /// # Errors
    /// As [`DicomFile::read`].
    pub fn value<'a>(&'a self, element: &ElementView<'a>) -> Result<Cow<'a, [u8]>> {
        match element.value() {
            Some(value) => Ok(Cow::Borrowed(value)),
            None => self.read(element.row().offset(), element.row().length()),
        }
    }

    /// Bytes of the data set, from memory or from the source. Offsets are those of its index.
    ///
    /// # Errors
    /// [`ErrorKind::FileChanged`], [`ErrorKind::Io`], [`ErrorKind::OutOfMemory`].
    pub fn read(&self, offset: u64, length: u64) -> Result<Cow<'_, [u8]>> {
        if let Some(bytes) = self.dataset_bytes().get(offset, length) {
            return Ok(Cow::Borrowed(bytes));
        }
        let wanted = usize::try_from(length).map_err(|_| ErrorKind::OutOfMemory(length))?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(wanted).map_err(|_| ErrorKind::OutOfMemory(length))?;
        bytes.resize(wanted, 0);
        self.read_into(offset, &mut bytes)?;
        Ok(Cow::Owned(bytes))
    }

    /// Fills `buffer` with bytes of the data set from `offset` on, without a copy where they come from the source.
    ///
    /// # Errors
    /// [`ErrorKind::FileChanged`] when they are not there any more, [`ErrorKind::Io`].
    pub fn read_into(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        if let Some(bytes) = self.dataset_bytes().get(offset, buffer.len() as u64) {
            buffer.copy_from_slice(bytes);
            return Ok(());
        }
        let source =
            self.source.as_ref().filter(|_| self.inflated.is_none()).ok_or(ErrorKind::FileChanged)?;
        source.check_unchanged()?;
        if source.read_at(offset, buffer)? < buffer.len() {
            return Err(ErrorKind::FileChanged.into());
        }
        Ok(())
    }
}
