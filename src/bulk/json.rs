//! Many files → lines of JSON: one line a file, in the order of their paths (PS3.18 Annex F).

use std::path::{Path, PathBuf};

use super::ordered::{OnFault, Ordered, ScanError, ScanOptions, ScanProgress, Work};
use super::same_reader::SameReader;
use crate::error::{Error, Result};
use crate::file::ReadOptions;
use crate::json::{FileBulkData, Subject, WriteOptions, Writer, push_text};
use crate::limits::Limits;

/// Values of at least this many bytes are read when they are written, and not at all where they go elsewhere.
const DEFER_FROM: u64 = 64 << 10;
/// Files that a thread takes at a time where lines are short.
const CHUNK: usize = 16;

/// Where large values of many files go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum BulkDataPolicy {
    /// All into the text.
    #[default]
    Inline,
    /// Binary values of more bytes than this are left out.
    Omit(u64),
    /// Values of more bytes than this stay in their file, and their place in it is the URI.
    Uri(u64),
}

impl BulkDataPolicy {
    /// The policy for the file at `path`.
    ///
    /// # Errors
    /// What the system says of a path that it cannot make absolute.
    pub fn of_file(self, path: &Path) -> Result<FileBulkData> {
        Ok(match self {
            Self::Inline => FileBulkData::Inline,
            Self::Omit(longest) => FileBulkData::Omit(longest),
            Self::Uri(longest) => FileBulkData::uri(longest, &std::path::absolute(path)?),
        })
    }
}

/// Lines of JSON on their way. It belongs to the process that began it, as [`Scan`](super::Scan) does.
pub struct JsonLines {
    files: Ordered<Plan>,
}

impl JsonLines {
    /// Prepares the work; nothing is read before the first lines are asked for.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) where the system gives no threads.
    pub fn new(
        paths: Vec<PathBuf>,
        write: WriteOptions,
        bulk_data: BulkDataPolicy,
        options: &ScanOptions,
    ) -> Result<Self> {
        let on_fault = options.on_fault;
        let plan = Plan { write, bulk_data, limits: options.limits, on_fault };
        Ok(Self { files: Ordered::new(paths, plan, options)? })
    }

    /// True in the process that began it.
    #[must_use]
    pub fn is_of_this_process(&self) -> bool {
        self.files.is_of_this_process()
    }

    /// How far it has come.
    #[must_use]
    pub fn progress(&self) -> ScanProgress {
        self.files.progress()
    }

    /// The lines of the next files: each a data set, or `{"path": ..., "error": ...}` with [`OnFault::Report`]. `tick`
    /// is called about every 50 ms, and ends the work by an error.
    ///
    /// # Errors
    /// What `tick` gives; with [`OnFault::Raise`] the first file that cannot be read; in a forked process at once.
    pub fn next_lines(
        &mut self,
        tick: &mut dyn FnMut(ScanProgress) -> Result<()>,
    ) -> Result<Option<Vec<u8>>, ScanError> {
        self.files.next(tick)
    }

    /// Gives back lines that are not needed any more, for their memory.
    pub fn recycle(&self, lines: Vec<u8>) {
        self.files.recycle(lines);
    }
}

/// How each file is written.
struct Plan {
    write: WriteOptions,
    bulk_data: BulkDataPolicy,
    limits: Limits,
    on_fault: OnFault,
}

#[derive(Default)]
struct Reader {
    files: SameReader,
    writer: Writer,
}

impl Work for Plan {
    type Reader = Reader;
    type Output = Vec<u8>;

    fn chunk(&self) -> usize {
        // Lines with pixels are long: few of them are kept at a time.
        if self.bulk_data == BulkDataPolicy::Inline { 1 } else { CHUNK }
    }

    fn on_fault(&self) -> OnFault {
        self.on_fault
    }

    fn output(&self) -> Vec<u8> {
        Vec::new()
    }

    fn clear(&self, lines: &mut Vec<u8>) {
        lines.clear();
    }

    fn read(&self, path: &Path, reader: &mut Reader, lines: &mut Vec<u8>) -> Result<()> {
        let options = ReadOptions {
            limits: self.limits,
            force: true,
            defer_size: Some(DEFER_FROM),
            ..ReadOptions::default()
        };
        let mut bulk_data = self.bulk_data.of_file(path)?;
        let Reader { files, writer } = reader;
        files.read(path, &options, |file| {
            writer.write(&Subject::of_file(file), &self.write, &mut bulk_data, lines)?;
            lines.push(b'\n');
            Ok(())
        })
    }

    fn take_back(&self, lines: &mut Vec<u8>) {
        let whole = lines.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        lines.truncate(whole);
    }

    fn report(&self, path: &Path, error: &Error, lines: &mut Vec<u8>) {
        lines.extend_from_slice(b"{\"path\":");
        push_text(lines, &path.to_string_lossy());
        lines.extend_from_slice(b",\"error\":");
        push_text(lines, &error.to_string());
        lines.extend_from_slice(b"}\n");
    }
}
