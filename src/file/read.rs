//! Reading a file: prefix, meta information, data set.

use std::sync::Arc;

use super::detect::{SNIFF_LENGTH, guess};
use super::feed::Feed;
use super::options::ReadOptions;
use super::{DicomFile, deflate, meta};
use crate::dataset::{Encoding, Flags, Index, Tokenizer, TokenizerOptions};
use crate::error::{Error, ErrorKind, Result, WarningKind};
use crate::limits::Limits;
use crate::source::{Owner, ReadAt, Resident};
use crate::tag::Tag;
use crate::transfer_syntax::transfer_syntax;
use crate::uid::Uid;

const PREFIX: [u8; 4] = *b"DICM";
const PREAMBLE_LENGTH: u64 = 128;
/// Elements of file meta information that writers give, and room for a few more.
const MOST_META_ROWS: usize = 12;

/// Reads a file that is in memory.
///
/// # Errors
/// [`ErrorKind::Empty`], [`ErrorKind::NotDicom`], [`ErrorKind::NoPrefix`], [`ErrorKind::NoDataSet`], [`ErrorKind::Deflate`],
/// [`ErrorKind::LimitExceeded`]; in strict reading everything that is a warning otherwise.
pub fn read_memory(owner: Owner, options: &ReadOptions) -> Result<DicomFile> {
    FileReader::default().read(Feed::memory(owner), None, options).map(shrunk)
}

/// Reads a file from a source; deferred values stay there.
///
/// # Errors
/// As [`read_memory`], and what the source refuses.
pub fn read_source(source: Arc<dyn ReadAt>, options: &ReadOptions) -> Result<DicomFile> {
    FileReader::with_rows(options.row_hint).read_source(source, options).map(shrunk)
}

/// Reads a data set that is in memory, without anything in front of it.
///
/// # Errors
/// [`ErrorKind::LimitExceeded`].
pub fn read_data_set(
    bytes: impl AsRef<[u8]> + Send + Sync + 'static,
    encoding: Encoding,
    limits: Limits,
) -> Result<DicomFile> {
    let options = TokenizerOptions { limits, ..TokenizerOptions::default() };
    let mut tokenizer = Tokenizer::new(Index::default(), encoding, 0, options);
    let input = bytes.as_ref();
    tokenizer.resume(0, input, Some(input.len() as u64))?;
    let dataset = tokenizer.finish();
    let bytes = Resident::whole(Box::new(bytes));
    Ok(shrunk(DicomFile { dataset, bytes, encoding: Some(encoding), ..DicomFile::default() }))
}

/// A file that stays: without the memory that its indexes have reserved for more.
fn shrunk(mut file: DicomFile) -> DicomFile {
    file.meta.shrink();
    file.dataset.shrink();
    file
}

/// True when the first bytes of an input (1 KiB are enough) are those of a DICOM file or of a bare data set.
///
/// `size` is the size of the whole input.
#[must_use]
pub fn looks_like_dicom(bytes: &[u8], size: u64) -> bool {
    bytes.get(128..132) == Some(&PREFIX) || bytes.starts_with(&PREFIX) || guess(bytes, size).is_some()
}

/// Reads files one after the other and uses the memory of their indexes again.
#[derive(Default)]
pub struct FileReader {
    meta: Index,
    dataset: Index,
}

impl FileReader {
    /// A reader with memory for so many elements of the first file.
    fn with_rows(rows: usize) -> Self {
        Self { meta: Index::with_capacity(rows.min(MOST_META_ROWS)), dataset: Index::with_capacity(rows) }
    }

    /// Reads a file from a source; deferred values stay there.
    ///
    /// # Errors
    /// As [`read_source`].
    pub fn read_source(&mut self, source: Arc<dyn ReadAt>, options: &ReadOptions) -> Result<DicomFile> {
        let mut feed = Feed::source(Arc::clone(&source), source.known_size());
        feed.need(0, options.header_hint, false)?;
        self.read(feed, Some(source), options)
    }

    /// Takes back the memory of a file that is not needed any more.
    pub fn recycle(&mut self, file: DicomFile) {
        self.meta = file.meta;
        self.dataset = file.dataset;
    }

    fn read(
        &mut self,
        mut feed: Feed,
        source: Option<Arc<dyn ReadAt>>,
        options: &ReadOptions,
    ) -> Result<DicomFile> {
        let mut file = DicomFile::default();
        let start = begin(&mut feed, &mut file, options)?;
        let meta = meta::read(&mut feed, start, std::mem::take(&mut self.meta), options)?;
        file.meta = meta.index;
        file.warnings.extend(meta.warnings);
        file.transfer_syntax = transfer_syntax_of(&feed, &file.meta);
        let start = if file.meta.is_empty() { start } else { file.meta.end() };
        if file.meta.truncated_at().is_some() {
            keep(&mut file, feed, source, options);
            return Ok(file);
        }
        let declared = declared(&mut feed, &mut file, start, options)?;
        let index = std::mem::take(&mut self.dataset);
        let mut tokenizer =
            Tokenizer::new(index, declared.encoding, declared.start(start), options.tokenizer());
        if declared.deflated {
            let mut inflated = inflate(&mut feed, &mut file, start, options)?;
            inflated.run(&mut tokenizer)?;
            file.inflated = Some(inflated.finish());
        } else {
            feed.run(&mut tokenizer)?;
        }
        file.encoding = Some(tokenizer.encoding());
        file.dataset = tokenizer.finish();
        keep(&mut file, feed, source, options);
        Ok(file)
    }
}

/// Hands over what was read to the file, and the source where something is left there.
fn keep(file: &mut DicomFile, feed: Feed, source: Option<Arc<dyn ReadAt>>, options: &ReadOptions) {
    let total = feed.total();
    file.bytes = feed.finish();
    let is_deferred = file.dataset.rows().iter().any(|row| row.has(Flags::DEFERRED));
    file.size = total.filter(|_| options.is_for_all());
    let is_short = file.size.is_some_and(|size| file.bytes.len() < size);
    file.source = source.filter(|_| is_deferred || is_short || options.stop_in_fragments);
}

/// Reads preamble and prefix; returns where the meta information or the data set begins.
fn begin(feed: &mut Feed, file: &mut DicomFile, options: &ReadOptions) -> Result<u64> {
    feed.need(0, PREAMBLE_LENGTH + 4, true)?;
    let (_, bytes) = feed.window();
    if bytes.is_empty() {
        return Err(ErrorKind::Empty.into());
    }
    let after = if bytes.get(128..132) == Some(&PREFIX) {
        if is_prefix_by_chance(feed)? {
            return bare(feed, file, &ReadOptions { force: true, ..options.clone() });
        }
        let (_, bytes) = feed.window();
        file.preamble = bytes.first_chunk().copied().map(Box::new);
        PREAMBLE_LENGTH + 4
    } else if bytes.starts_with(&PREFIX) {
        meta::warn(&mut file.warnings, WarningKind::NoPreamble, 0, options.strict)?;
        4
    } else {
        return bare(feed, file, options);
    };
    feed.need(after, 1, true)?;
    if feed.from(after).is_empty() && !options.allow_empty {
        return Err(Error::from(ErrorKind::NoDataSet).at(after));
    }
    Ok(after)
}

/// True for a bare data set that happens to have the prefix's letters in a value: one begins at byte 0, none after them.
fn is_prefix_by_chance(feed: &mut Feed) -> Result<bool> {
    if feed.from(0).iter().take(8).all(|byte| *byte == 0) {
        return Ok(false); // the usual preamble
    }
    let after = PREAMBLE_LENGTH + 4;
    feed.need(0, after + SNIFF_LENGTH, true)?;
    let size = feed.need_size()?;
    Ok(guess(feed.from(0), size).is_some() && guess(feed.from(after), size.saturating_sub(after)).is_none())
}

/// A data set, or meta information, without preamble and prefix, or behind a damaged prefix.
fn bare(feed: &mut Feed, file: &mut DicomFile, options: &ReadOptions) -> Result<u64> {
    if !options.force {
        return Err(ErrorKind::NoPrefix.into());
    }
    let after = PREAMBLE_LENGTH + 4;
    feed.need(0, after + SNIFF_LENGTH, true)?;
    let size = feed.need_size()?;
    let is_meta =
        |bytes: &[u8]| bytes.starts_with(&[2, 0]) && guess(bytes, size.saturating_sub(after)).is_some();
    let start = if guess(feed.from(0), size).is_some() {
        0
    } else if is_meta(feed.from(after)) {
        file.preamble = feed.from(0).first_chunk().copied().map(Box::new);
        after
    } else {
        return Err(ErrorKind::NotDicom.into());
    };
    meta::warn(&mut file.warnings, WarningKind::NoPreamble, 0, options.strict)?;
    Ok(start)
}

/// (0002,0010) Transfer Syntax UID, where it is there and a UID.
fn transfer_syntax_of(feed: &Feed, meta: &Index) -> Option<Uid> {
    let row = meta.rows().iter().rfind(|row| row.tag() == Tag::TRANSFER_SYNTAX_UID)?;
    Uid::from_value(feed.from(row.offset()).get(..usize::try_from(row.length()).ok()?)?)
}

/// How the data set is said to be written.
struct Declared {
    encoding: Encoding,
    deflated: bool,
}

impl Declared {
    /// Where the data set begins: offsets count in the inflated bytes where there are any.
    fn start(&self, start: u64) -> u64 {
        if self.deflated { 0 } else { start }
    }
}

fn declared(feed: &mut Feed, file: &mut DicomFile, start: u64, options: &ReadOptions) -> Result<Declared> {
    let syntax = file.transfer_syntax.as_ref().map(transfer_syntax);
    let fault = match syntax {
        Some(Some(syntax)) => {
            return Ok(Declared { encoding: syntax.encoding(), deflated: syntax.deflated });
        }
        Some(None) => WarningKind::TransferSyntaxUnknown,
        None if file.meta.is_empty() => WarningKind::NoFileMeta,
        None => WarningKind::TransferSyntaxMissing,
    };
    meta::warn(&mut file.warnings, fault, start, options.strict)?;
    feed.need(start, SNIFF_LENGTH, true)?;
    let left = feed.need_size()?.saturating_sub(start);
    let encoding = guess(feed.from(start), left).unwrap_or(Encoding::EXPLICIT_LITTLE);
    Ok(Declared { encoding, deflated: false })
}

/// Inflates what follows the meta information.
fn inflate(feed: &mut Feed, file: &mut DicomFile, start: u64, options: &ReadOptions) -> Result<Feed> {
    let stream = feed.all_from(start)?;
    let inflated = deflate::inflate(stream, options.limits.inflated).map_err(|error| error.at(start))?;
    for kind in inflated.warnings {
        meta::warn(&mut file.warnings, kind, start, options.strict)?;
    }
    Ok(Feed::memory(Box::new(inflated.bytes)))
}
