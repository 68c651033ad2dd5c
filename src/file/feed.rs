//! Hands a tokenizer the bytes it asks for, and keeps those that values lie in.

use std::sync::Arc;

use crate::dataset::{Flags, Progress, Tokenizer};
use crate::error::{ErrorKind, Result};
use crate::source::{Owner, ReadAt, Resident};

/// Bytes read at once when more of a header are needed, at most.
const MAX_STEP: u64 = 1 << 20;

/// Bytes read behind a value that was left out: mostly one header of a fragment, or the end of the file.
const SKIP_STEP: u64 = 4 << 10;

/// The part of a source that is being read.
pub(super) struct Feed {
    bytes: Bytes,
    /// Finished parts.
    resident: Resident,
    total: Option<u64>,
}

enum Bytes {
    Memory(Owner),
    Source { source: Arc<dyn ReadAt>, base: u64, buffer: Vec<u8> },
}

impl Feed {
    /// All bytes are there.
    pub(super) fn memory(owner: Owner) -> Self {
        let total = Some((*owner).as_ref().len() as u64);
        Self { bytes: Bytes::Memory(owner), resident: Resident::default(), total }
    }

    /// Bytes are read when they are needed. `total` is asked for when it must be known.
    pub(super) fn source(source: Arc<dyn ReadAt>, total: Option<u64>) -> Self {
        Self {
            bytes: Bytes::Source { source, base: 0, buffer: Vec::new() },
            resident: Resident::default(),
            total,
        }
    }

    /// Where the window begins, and its bytes.
    pub(super) fn window(&self) -> (u64, &[u8]) {
        match &self.bytes {
            Bytes::Memory(owner) => (0, (**owner).as_ref()),
            Bytes::Source { base, buffer, .. } => (*base, buffer),
        }
    }

    /// The bytes from `offset` on, as many as are in the window.
    pub(super) fn from(&self, offset: u64) -> &[u8] {
        let (base, bytes) = self.window();
        let start = offset.checked_sub(base).and_then(|start| usize::try_from(start).ok());
        start.and_then(|start| bytes.get(start..)).unwrap_or_default()
    }

    /// The size of the source, where it is known.
    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    /// Asks the source for its size.
    pub(super) fn need_size(&mut self) -> Result<u64> {
        let size = match (&self.bytes, self.total) {
            (_, Some(total)) => total,
            (Bytes::Memory(owner), None) => (**owner).as_ref().len() as u64,
            (Bytes::Source { source, .. }, None) => source.size()?,
        };
        self.total = Some(size);
        Ok(size)
    }

    /// Makes the window hold `length` bytes from `offset` on, or all there are.
    ///
    /// Where `offset` lies behind the window, a new one is begun; the old one is kept when `keep` says so.
    pub(super) fn need(&mut self, offset: u64, length: u64, keep: bool) -> Result<()> {
        let wanted_end = offset.saturating_add(length);
        let Bytes::Source { source, base, buffer } = &mut self.bytes else { return Ok(()) };
        let end = *base + buffer.len() as u64;
        if wanted_end <= end {
            return Ok(());
        }
        let step = if offset > end {
            let old = std::mem::take(buffer);
            if keep {
                self.resident.push(*base, Box::new(old));
            }
            *base = offset;
            SKIP_STEP
        } else {
            (buffer.len() as u64).min(MAX_STEP)
        };
        let from = *base + buffer.len() as u64;
        let mut until = wanted_end.max(from.saturating_add(step));
        if until - from > MAX_STEP || self.total.is_some() {
            // Nothing is allocated for what a length field claims and the source does not have.
            let total = match self.total {
                Some(total) => total,
                None => *self.total.insert(source.size()?),
            };
            until = until.min(total.max(from));
        }
        let wanted = usize::try_from(until - from).map_err(|_| ErrorKind::OutOfMemory(until - from))?;
        let read = source.append(from, wanted, buffer)?;
        if read < wanted {
            // Behind a value that was left out the source can have ended long before.
            self.total =
                Some(if read == 0 && step == SKIP_STEP { source.size()? } else { from + read as u64 });
        }
        Ok(())
    }

    /// Runs a tokenizer to its end.
    pub(super) fn run(&mut self, tokenizer: &mut Tokenizer) -> Result<()> {
        let mut seen = 0;
        let mut keep = true; // the first window holds what stands in front of the data set
        loop {
            let (base, bytes) = self.window();
            let progress = tokenizer.resume(base, bytes, self.total)?;
            let rows = tokenizer.index().rows();
            keep |= rows.iter().skip(seen).any(|row| !row.has(Flags::DEFERRED) && row.length() > 0);
            seen = rows.len();
            match progress {
                Progress::Done => return Ok(()),
                Progress::NeedSize => {
                    self.need_size()?;
                }
                Progress::Need { offset, length } => {
                    let is_jump = offset > base + bytes.len() as u64;
                    self.need(offset, length, keep)?;
                    keep &= !is_jump;
                }
            }
        }
    }

    /// All bytes from `offset` on.
    pub(super) fn all_from(&mut self, offset: u64) -> Result<&[u8]> {
        let total = self.need_size()?;
        self.need(offset, total.saturating_sub(offset), true)?;
        Ok(self.from(offset))
    }

    /// What is in memory now.
    pub(super) fn finish(mut self) -> Resident {
        match self.bytes {
            Bytes::Memory(owner) => self.resident.push(0, owner),
            Bytes::Source { base, mut buffer, .. } => {
                buffer.shrink_to_fit();
                self.resident.push(base, Box::new(buffer));
            }
        }
        self.resident
    }
}
