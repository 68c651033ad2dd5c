//! Where the window, the input or what can be read of it ends.

use super::*;

impl Tokenizer {
    /// No element can be read here although bytes are left: what is around it goes on where it is known to end.
    pub(super) fn no_element(&mut self) -> Result<Step> {
        if self.level.limit < u64::MAX {
            self.warn(WarningKind::UnexpectedElement, self.position, None)?;
            self.position = self.level.limit;
            return Ok(Step::Go);
        }
        let is_first = self.level.is_root() && self.level.count == 0;
        if is_first && self.level.encoding.byte_order == ByteOrder::Big {
            // Nothing shows which order it is in: what would be read on could be nonsense.
            let fault = ErrorKind::InvalidValue(
                "big endian was declared, and no element begins there in either order",
            );
            return Err(crate::Error::from(fault).at(self.position));
        }
        self.index.truncated_at = Some(self.position);
        self.warn(WarningKind::Garbage, self.position, None)?;
        self.close_all(self.position)
    }

    /// The window ends before `needed` bytes from the position on: more are asked for, or the input ends.
    pub(super) fn short(&mut self, window: &Window<'_>, needed: u64) -> Result<Step> {
        if !window.is_last() {
            let skip = self.skipped || self.position < window.end();
            let offset = if skip { self.position } else { window.end() };
            let length = self.position.saturating_add(needed) - offset;
            return Ok(self.stop(Progress::Need { offset, length }));
        }
        let total = window.total().unwrap_or_else(|| window.end());
        if self.position > total {
            self.cut(total)?;
        } else if self.position < total {
            let is_padding = self.level.is_root() && window.rest(self.position).iter().all(|byte| *byte == 0);
            if !is_padding {
                self.index.truncated_at = Some(self.position);
                self.warn(WarningKind::Truncated, self.position, None)?;
            }
        }
        self.close_all(total)
    }

    /// What was read last runs past the end of the input: cuts it, and what is around it, to what is there.
    pub(super) fn cut(&mut self, total: u64) -> Result<()> {
        let mut last = None;
        for row in self.index.rows.iter_mut().filter(|row| row.value_end() > total) {
            row.set_length(total.saturating_sub(row.offset()));
            row.add_flags(Flags::TRUNCATED);
            last = Some((row.header_offset(), row.tag()));
        }
        let (offset, tag) = last.map_or((total, None), |(offset, tag)| (offset, Some(tag)));
        let kind =
            if tag == Some(Tag::ITEM) { WarningKind::FragmentTruncated } else { WarningKind::Truncated };
        self.index.truncated_at = Some(offset);
        self.warn(kind, offset, tag)
    }

    /// Ends every level at the end of the input.
    pub(super) fn close_all(&mut self, end: u64) -> Result<Step> {
        if !self.level.is_root() && self.index.truncated_at.is_none() {
            let kind = if self.level.undefined {
                WarningKind::SequenceDelimiterMissing
            } else {
                WarningKind::Truncated
            };
            self.index.truncated_at = Some(end);
            self.warn(kind, end, None)?;
        }
        while let Some(number) = self.level.row {
            let defined = !self.level.undefined;
            self.close(end)?;
            let row = self.index.rows.get_mut(number as usize);
            if let Some(row) = row.filter(|row| defined && row.value_end() > end) {
                row.set_length(end.saturating_sub(row.offset()));
                row.add_flags(Flags::TRUNCATED);
            }
        }
        self.position = self.position.min(end);
        self.done()
    }

    pub(super) fn done(&mut self) -> Result<Step> {
        while !self.level.is_root() {
            self.close(self.position)?;
        }
        let root = self.level;
        self.level.disorder = None;
        self.tell_duplicates(&root)?;
        self.index.end = self.position;
        Ok(self.stop(Progress::Done))
    }
}
