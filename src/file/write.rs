//! Writing a file (PS3.10 §7.1): preamble, prefix, meta information, data set.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::DicomFile;
use crate::dataset::{ByteOrder, Draft, Encoding, Plan, Report, StoredRows, Target};
use crate::error::{ErrorKind, Result, TagPath};
use crate::sink::{AtomicFile, SinkOptions};
use crate::tag::Tag;
use crate::transfer_syntax::transfer_syntax;
use crate::value::character_set::CharacterSet;
use crate::vr::Vr;

/// (0002,0000)
const GROUP_LENGTH: Tag = Tag::new(0x0002, 0x0000);

/// Headers and small values are handed to the operating system in blocks of this size.
const BUFFER: usize = 128 << 10;

/// A file that is to be written.
#[derive(Clone, Copy, Debug)]
pub struct FileDraft<'a> {
    /// What stands in front of the prefix "DICM"; without it there is no prefix.
    pub preamble: Option<&'a [u8; 128]>,
    /// Group 0002. Its group length is computed, whatever is said of it.
    pub meta: Option<&'a Draft<'a>>,
    /// The data set.
    pub dataset: &'a Draft<'a>,
    /// What the data set is written as.
    pub target: Target,
    /// The data set is deflated (PS3.5 §A.5).
    pub is_deflated: bool,
}

/// A file that is to be written, measured and checked.
#[derive(Debug)]
pub struct FilePlan<'a> {
    preamble: Option<&'a [u8; 128]>,
    meta: Option<Plan<'a>>,
    dataset: Plan<'a>,
    is_deflated: bool,
}

impl<'a> FilePlan<'a> {
    /// Measures and checks a file: what can be wrong with it is found here.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn new(draft: &FileDraft<'a>) -> Result<Self> {
        let of_meta = Target::new(Encoding::EXPLICIT_LITTLE, CharacterSet::DEFAULT);
        let meta = draft.meta.map(|meta| Plan::without_group_lengths(meta, &of_meta)).transpose()?;
        if let Some(length) = meta.as_ref().map(Plan::length).filter(|length| *length > u32::MAX.into()) {
            let fault = ErrorKind::ValueTooLong { vr: Vr::UL, length };
            return Err(crate::Error::from(fault).of(TagPath::root(GROUP_LENGTH)));
        }
        let dataset = Plan::new(draft.dataset, &draft.target)?;
        Ok(Self { preamble: draft.preamble, meta, dataset, is_deflated: draft.is_deflated })
    }

    /// How many bytes are written; `None` where they are deflated.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        let preamble = if self.preamble.is_some() { 132 } else { 0 };
        let meta = self.meta.as_ref().map_or(0, |meta| 12 + meta.length());
        (!self.is_deflated).then(|| (preamble + meta).saturating_add(self.dataset.length()))
    }

    /// What the data set loses.
    #[must_use]
    pub fn report(&self) -> &Report {
        self.dataset.report()
    }

    /// Writes the file to `out`.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] of `out` or a source, [`ErrorKind::FileChanged`] where a source is not what it was any more.
    pub fn write(&self, out: &mut dyn Write) -> Result<()> {
        if let Some(preamble) = self.preamble {
            out.write_all(preamble)?;
            out.write_all(b"DICM")?;
        }
        if let Some(meta) = &self.meta {
            let length = u32::try_from(meta.length()).unwrap_or_default();
            out.write_all(&[2, 0, 0, 0, b'U', b'L', 4, 0])?;
            out.write_all(&length.to_le_bytes())?;
            meta.write(out)?;
        }
        if !self.is_deflated {
            return self.dataset.write(out);
        }
        let mut deflate = DeflateEncoder::new(Counted { out, count: 0 }, Compression::default());
        self.dataset.write(&mut deflate)?;
        let counted = deflate.finish()?;
        if counted.count % 2 == 1 {
            counted.out.write_all(&[0])?; // PS3.5 §A.5
        }
        Ok(())
    }

    /// Writes the file under its name: all of it, or nothing and the old file stays.
    ///
    /// # Errors
    /// As [`FilePlan::write`], [`AtomicFile::create`] and [`AtomicFile::commit`].
    pub fn write_to_path(&self, path: &Path, options: SinkOptions) -> Result<()> {
        let file = AtomicFile::create(path, options)?;
        let mut buffered = BufWriter::with_capacity(BUFFER, file);
        self.write(&mut buffered)?;
        buffered.into_inner().map_err(io::IntoInnerError::into_error)?.commit()
    }
}

/// Counts what goes through.
struct Counted<'o> {
    out: &'o mut dyn Write,
    count: u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Bytes of the original that are copied at a time.
const BLOCK: u64 = 1 << 20;

impl DicomFile {
    /// True when the whole input can be had again.
    #[must_use]
    pub fn has_original(&self) -> bool {
        self.size.is_some_and(|size| self.bytes.len() >= size || self.source.is_some())
    }

    /// Writes the input once more, byte for byte; see [`DicomFile::has_original`].
    ///
    /// # Errors
    /// [`ErrorKind::FileChanged`] where it is not what it was any more, [`ErrorKind::Io`].
    pub fn write_original(&self, out: &mut dyn Write) -> Result<()> {
        let size = self.size.ok_or(ErrorKind::FileChanged)?;
        let mut block = Vec::new();
        let mut offset = 0;
        while offset < size {
            let length = BLOCK.min(size - offset);
            if let Some(bytes) = self.bytes.get(offset, length) {
                out.write_all(bytes)?;
            } else {
                let source = self.source.as_deref().ok_or(ErrorKind::FileChanged)?;
                source.check_unchanged()?;
                let wanted = usize::try_from(length).map_err(|_| ErrorKind::OutOfMemory(length))?;
                block.clear();
                if source.append(offset, wanted, &mut block)? < wanted {
                    return Err(ErrorKind::FileChanged.into());
                }
                out.write_all(&block)?;
            }
            offset += length;
        }
        Ok(())
    }

    /// The byte order of native pixel data, where it is not that of the data set.
    #[must_use]
    pub fn pixel_byte_order(&self) -> Option<ByteOrder> {
        let syntax = transfer_syntax(self.transfer_syntax.as_ref()?)?;
        let order = syntax.pixel_byte_order();
        (order != syntax.encoding().byte_order).then_some(order)
    }

    /// The elements of the data set, to be written again.
    #[must_use]
    pub fn stored(&self) -> StoredRows<'_> {
        let named = self.dataset().find(Tag::SPECIFIC_CHARACTER_SET).and_then(|element| element.value());
        let set = named
            .map_or(CharacterSet::DEFAULT, |value| CharacterSet::from_value(value, CharacterSet::DEFAULT).0);
        let encoding = self.encoding.unwrap_or(Encoding::EXPLICIT_LITTLE);
        let source = self.source.as_deref().filter(|_| self.inflated.is_none());
        StoredRows { source, ..StoredRows::of(self.dataset(), encoding, set) }
    }

    /// The elements of the meta information, to be written again.
    #[must_use]
    pub fn stored_meta(&self) -> StoredRows<'_> {
        let encoding = self.meta().encoding().unwrap_or(Encoding::EXPLICIT_LITTLE);
        StoredRows::of(self.meta(), encoding, CharacterSet::DEFAULT)
    }
}
