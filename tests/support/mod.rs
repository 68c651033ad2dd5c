//! Builds data sets byte by byte, damaged ones too.
#![allow(dead_code)]

use std::ops::Range;
use std::sync::{Arc, Mutex};

use fastdcm::dataset::{Encoding, Flags, Index, Progress, Tokenizer, TokenizerOptions};
use fastdcm::source::ReadAt;
use fastdcm::{Result, Tag, Vr};

pub const UNDEFINED: u32 = u32::MAX;

/// An explicit VR little endian element.
pub fn explicit(tag: u32, vr: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = explicit_header(tag, vr, value.len() as u32);
    bytes.extend_from_slice(value);
    bytes
}

/// The header of an explicit VR little endian element.
pub fn explicit_header(tag: u32, vr: &str, length: u32) -> Vec<u8> {
    let mut bytes = tag_bytes(tag);
    bytes.extend_from_slice(vr.as_bytes());
    let code = [vr.as_bytes()[0], vr.as_bytes()[1]];
    if Vr::from_code(code).is_none_or(Vr::has_long_length) {
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&length.to_le_bytes());
    } else {
        bytes.extend_from_slice(&(length as u16).to_le_bytes());
    }
    bytes
}

/// An implicit VR little endian element, item or delimiter.
pub fn implicit(tag: u32, value: &[u8]) -> Vec<u8> {
    let mut bytes = header(tag, value.len() as u32);
    bytes.extend_from_slice(value);
    bytes
}

/// A header of a tag and a 32-bit length.
pub fn header(tag: u32, length: u32) -> Vec<u8> {
    let mut bytes = tag_bytes(tag);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes
}

fn tag_bytes(tag: u32) -> Vec<u8> {
    let tag = Tag(tag);
    [tag.group().to_le_bytes(), tag.element().to_le_bytes()].concat()
}

/// An item of defined length.
pub fn item(content: &[u8]) -> Vec<u8> {
    implicit(0xFFFE_E000, content)
}

/// An item of undefined length.
pub fn open_item(content: &[u8]) -> Vec<u8> {
    [header(0xFFFE_E000, UNDEFINED), content.to_vec(), header(0xFFFE_E00D, 0)].concat()
}

/// The delimiter of a sequence.
pub fn end_sequence() -> Vec<u8> {
    header(0xFFFE_E0DD, 0)
}

/// A file: preamble, prefix, meta information with this transfer syntax, data set.
pub fn file(transfer_syntax: &str, dataset: &[u8]) -> Vec<u8> {
    let mut uid = transfer_syntax.as_bytes().to_vec();
    if uid.len() % 2 == 1 {
        uid.push(0);
    }
    let meta = explicit(0x0002_0010, "UI", &uid);
    let mut bytes = vec![0; 128];
    bytes.extend_from_slice(b"DICM");
    bytes.extend(explicit(0x0002_0000, "UL", &(meta.len() as u32).to_le_bytes()));
    bytes.extend(meta);
    bytes.extend_from_slice(dataset);
    bytes
}

/// The index of a data set that is in memory.
pub fn index(bytes: &[u8], encoding: Encoding) -> Result<Index> {
    index_with(bytes, encoding, TokenizerOptions::default())
}

pub fn index_with(bytes: &[u8], encoding: Encoding, options: TokenizerOptions) -> Result<Index> {
    let mut tokenizer = Tokenizer::new(Index::default(), encoding, 0, options);
    let progress = tokenizer.resume(0, bytes, Some(bytes.len() as u64))?;
    assert_eq!(progress, Progress::Done);
    Ok(tokenizer.finish())
}

/// Rows as text: depth by dots, tag, VR, value length, marks.
pub fn lines(index: &Index) -> Vec<String> {
    let mut ends: Vec<u32> = Vec::new();
    let mut lines = Vec::new();
    for (number, row) in index.rows().iter().enumerate() {
        ends.retain(|end| *end > number as u32);
        let undefined = if row.has(Flags::UNDEFINED_LENGTH) { " undefined" } else { "" };
        let truncated = if row.has(Flags::TRUNCATED) { " truncated" } else { "" };
        let vr = if row.tag() == Tag::ITEM { String::new() } else { format!(" {}", row.vr()) };
        lines.push(format!(
            "{}{}{vr} {}{undefined}{truncated}",
            ".".repeat(ends.len()),
            row.tag(),
            row.length()
        ));
        ends.push(row.end());
    }
    lines
}

/// The names of the warnings.
pub fn warnings(index: &Index) -> Vec<&'static str> {
    index.warnings().iter().map(|warning| warning.kind.name()).collect()
}

/// A source that remembers what was read of it.
pub struct Watched {
    bytes: Vec<u8>,
    reads: Mutex<Vec<Range<u64>>>,
}

impl Watched {
    pub fn new(bytes: Vec<u8>) -> Arc<Self> {
        Arc::new(Self { bytes, reads: Mutex::default() })
    }

    pub fn reads(&self) -> Vec<Range<u64>> {
        self.reads.lock().unwrap().clone()
    }
}

impl ReadAt for Watched {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let rest = self.bytes.get(offset as usize..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.reads.lock().unwrap().push(offset..offset + length as u64);
        Ok(length)
    }

    fn size(&self) -> Result<u64> {
        Ok(self.bytes.len() as u64)
    }
}
