//! Files read one after the other, with the same memory.

use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::file::{DicomFile, FileReader, ReadOptions};
use crate::source::{Access, FileKind, FileSource, ReadAt};

/// First reads are multiples of this.
const HINT_STEP: u64 = 4 << 10;
const MAX_HINT: u64 = 128 << 10;

/// Reads files one after the other, all in the same way.
#[derive(Default)]
pub(super) struct SameReader {
    reader: FileReader,
    /// Those of the first file, with what was learned since.
    options: Option<ReadOptions>,
}

impl SameReader {
    /// Reads the file at `path` and lends it to `use_file`. Of different options those of the first call count.
    ///
    /// # Errors
    /// What keeps the file from being opened or read; what `use_file` gives.
    pub(super) fn read(
        &mut self,
        path: &Path,
        options: &ReadOptions,
        use_file: impl FnOnce(&DicomFile) -> Result<()>,
    ) -> Result<()> {
        self.read_open(FileSource::open_unchecked(path)?, options, use_file)
    }

    /// The same with a file that is open.
    ///
    /// # Errors
    /// As [`SameReader::read`].
    pub(super) fn read_open(
        &mut self,
        source: FileSource,
        options: &ReadOptions,
        use_file: impl FnOnce(&DicomFile) -> Result<()>,
    ) -> Result<()> {
        let options = self.options.get_or_insert_with(|| options.clone());
        // Reading ahead would be wasted: the next read is another file's.
        source.advise(Access::Random);
        let source = Arc::new(source);
        let file = self
            .reader
            .read_source(Arc::clone(&source) as Arc<dyn ReadAt>, options)
            .map_err(|error| what_it_is(&source).unwrap_or(error))?;
        // The files of a series agree to the byte.
        options.header_hint = file.dataset.end().next_multiple_of(HINT_STEP).clamp(HINT_STEP, MAX_HINT);
        let used = use_file(&file);
        self.reader.recycle(file);
        used
    }
}

/// What could be opened and not read may be no regular file: nobody looked before.
fn what_it_is(source: &FileSource) -> Option<Error> {
    match source.status().ok()?.kind {
        FileKind::Other(what) => Some(ErrorKind::NotRegularFile(what).into()),
        FileKind::Regular | FileKind::Directory => None,
    }
}
