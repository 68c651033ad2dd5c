//! What is written, measured and checked.

use std::io::Write;

use super::draft::{Draft, StoredRows};
use super::planner::Planner;
use super::report::Report;
use super::step::{AS_IT_IS, Data, Step, Swaps, swap};
use super::target::Target;
use crate::error::Result;

/// The most bytes of a value that are copied into the plan, so that many small values are one run.
const SMALL: u64 = 256;

/// What is written of a draft: runs of bytes, in order.
#[derive(Default)]
pub struct Plan<'a> {
    steps: Vec<Step<'a>>,
    /// Headers, small values, and text that was encoded anew.
    own: Vec<u8>,
    length: u64,
    report: Report,
}

impl<'a> Plan<'a> {
    /// Measures and checks a draft.
    ///
    /// # Errors
    /// [`ErrorKind::ValueLength`], [`ErrorKind::ValueTooLong`], [`ErrorKind::Unencodable`],
    /// [`ErrorKind::EncapsulatedPixelData`], [`ErrorKind::LimitExceeded`], [`ErrorKind::InvalidValue`] with the path of
    /// the element; [`ErrorKind::FileChanged`] and [`ErrorKind::Io`] of sources.
    ///
    /// [`ErrorKind::ValueLength`]: crate::ErrorKind::ValueLength
    /// [`ErrorKind::ValueTooLong`]: crate::ErrorKind::ValueTooLong
    /// [`ErrorKind::Unencodable`]: crate::ErrorKind::Unencodable
    /// [`ErrorKind::EncapsulatedPixelData`]: crate::ErrorKind::EncapsulatedPixelData
    /// [`ErrorKind::LimitExceeded`]: crate::ErrorKind::LimitExceeded
    /// [`ErrorKind::InvalidValue`]: crate::ErrorKind::InvalidValue
    /// [`ErrorKind::FileChanged`]: crate::ErrorKind::FileChanged
    /// [`ErrorKind::Io`]: crate::ErrorKind::Io
    pub fn new(draft: &'a Draft<'a>, target: &Target) -> Result<Self> {
        Planner::new(target, false).plan(draft)
    }

    /// The same without the group lengths of the root, whatever of it is copied.
    pub(crate) fn without_group_lengths(draft: &'a Draft<'a>, target: &Target) -> Result<Self> {
        Planner::new(target, true).plan(draft)
    }

    /// How many bytes are written.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// What the target cannot keep.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Writes the data set.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] of `out` or a source, [`crate::ErrorKind::FileChanged`] where a source is not what it
    /// was any more.
    pub fn write(&self, out: &mut dyn Write) -> Result<()> {
        let mut block = Vec::new();
        self.steps.iter().try_for_each(|step| step.write(&self.own, out, &mut block))
    }

    pub(super) fn report_mut(&mut self) -> &mut Report {
        &mut self.report
    }

    /// Adds bytes of the plan's own; returns where they are among them.
    pub(super) fn put(&mut self, bytes: &[u8]) -> usize {
        let start = self.own.len();
        self.own.extend_from_slice(bytes);
        self.took_own(start);
        start
    }

    /// Keeps bytes that are added later.
    pub(super) fn keep(&mut self, bytes: &[u8]) -> Data<'a> {
        let start = self.own.len();
        self.own.extend_from_slice(bytes);
        Data::Own { start, end: self.own.len() }
    }

    /// Writes over bytes of the plan's own.
    pub(super) fn correct(&mut self, start: usize, bytes: [u8; 4]) {
        let field = self.own.get_mut(start..).and_then(<[u8]>::first_chunk_mut);
        if let Some(field) = field {
            *field = bytes;
        }
    }

    /// Adds a value.
    pub(super) fn add(&mut self, data: Data<'a>, swaps: Swaps) -> Result<()> {
        let swaps = if swaps[0] == swaps[1] { AS_IT_IS } else { swaps };
        let length = data.length();
        if length == 0 {
            return Ok(());
        }
        if let Data::Own { start, end } = data
            && length <= SMALL
            && swaps == AS_IT_IS
        {
            let copy = self.own.len();
            self.own.extend_from_within(start..end);
            self.took_own(copy);
            return Ok(());
        }
        if let Some(bytes) = data.resident().filter(|_| length <= SMALL) {
            let start = self.own.len();
            self.own.extend_from_slice(bytes);
            let copy = self.own.get_mut(start..).unwrap_or_default();
            swaps.into_iter().for_each(|unit| swap(copy, unit));
            self.took_own(start);
            return Ok(());
        }
        data.check()?;
        self.length = self.length.saturating_add(length);
        self.steps.push(Step { data, swaps });
        Ok(())
    }

    /// Adds bytes as they were read, in one run with those in front of them where they follow.
    pub(super) fn copy(&mut self, stored: &StoredRows<'a>, start: u64, end: u64) -> Result<()> {
        let more = end.saturating_sub(start);
        if let Some(Step { data: Data::Stored { bytes, source, offset, length }, swaps: AS_IT_IS }) =
            self.steps.last_mut()
            && std::ptr::eq(*bytes, stored.bytes)
            && offset.saturating_add(*length) == start
        {
            *length += more;
            self.length = self.length.saturating_add(more);
            return Data::Stored { bytes, source: *source, offset: *offset, length: *length }.check();
        }
        let data = Data::Stored { bytes: stored.bytes, source: stored.source, offset: start, length: more };
        data.check()?;
        self.length = self.length.saturating_add(more);
        self.steps.push(Step { data, swaps: AS_IT_IS });
        Ok(())
    }

    /// Takes in what stands behind `start` among the plan's own bytes.
    fn took_own(&mut self, start: usize) {
        let own = self.own.len();
        self.length = self.length.saturating_add(own.saturating_sub(start) as u64);
        if let Some(Step { data: Data::Own { end, .. }, .. }) = self.steps.last_mut()
            && *end == start
        {
            *end = own;
        } else if own > start {
            self.steps.push(Step { data: Data::Own { start, end: own }, swaps: AS_IT_IS });
        }
    }
}

impl std::fmt::Debug for Plan<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plan({} bytes in {} runs)", self.length, self.steps.len())
    }
}
