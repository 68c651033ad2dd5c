//! Sequences, items and fragments: what opens and what ends them (PS3.5 §7.5, §A.4).

use super::*;

impl Tokenizer {
    /// Opens a sequence or encapsulated pixel data.
    pub(super) fn open(&mut self, header: Header, offset: u64) -> Result<Step> {
        let undefined = header.is_undefined();
        let mut encoding = self.level.encoding;
        if header.flags.contains(Flags::IMPLICIT) {
            encoding.vr_form = VrForm::Implicit;
        }
        let is_un = header.vr == Vr::UN || header.flags.contains(Flags::VR_REPLACED);
        let is_pixels = undefined && (header.tag.is_pixel_data() || matches!(header.vr, Vr::OB | Vr::OW));
        if is_un && !is_pixels {
            encoding = Encoding::IMPLICIT_LITTLE; // CP-246: UN of undefined length is implicit VR little endian
        }
        let (kind, vr, more) = if is_pixels {
            (LevelKind::Fragments, if header.vr == Vr::UN { Vr::OB } else { header.vr }, Flags::ENCAPSULATED)
        } else {
            (LevelKind::Sequence, Vr::SQ, Flags::default())
        };
        if self.outer.len() / 2 >= self.options.limits.depth as usize {
            let (value, allowed) =
                (u64::from(self.options.limits.depth) + 1, self.options.limits.depth.into());
            let fault = ErrorKind::LimitExceeded { limit: "depth", value, allowed };
            return Err(crate::Error::from(fault).at(self.position));
        }
        let length = if undefined { 0 } else { self.clip(&header, offset)? };
        let cut = !undefined && length < header.length.into();
        let flags = self.value_flags(&header).with(more).with_if(undefined, Flags::UNDEFINED_LENGTH);
        let row = self.push(header.tag, vr, flags.with_if(cut, Flags::TRUNCATED), offset, length)?;
        let limit = if undefined { u64::MAX } else { offset + length };
        self.enter(Level { encoding, ..self.level.inner(kind, row, limit, undefined) });
        self.position = offset;
        self.skipped = false;
        Ok(Step::Go)
    }

    pub(super) fn enter(&mut self, level: Level) {
        self.reserved = None;
        self.outer.push(std::mem::replace(&mut self.level, level));
    }

    /// Ends a level where its length does, or that of what is around it.
    pub(super) fn leave(&mut self) -> Result<Step> {
        self.position = self.level.limit;
        if self.level.undefined {
            let is_item = self.level.kind == LevelKind::DataSet;
            let missing = if is_item {
                WarningKind::ItemDelimiterMissing
            } else {
                WarningKind::SequenceDelimiterMissing
            };
            self.warn(missing, self.position, None)?;
        }
        self.close(self.position)
    }

    /// Ends the level; its last byte is in front of `end`. At the root this is the end of the data set.
    pub(super) fn close(&mut self, end: u64) -> Result<Step> {
        let Some(outer) = self.outer.pop() else { return self.done() };
        let closed = std::mem::replace(&mut self.level, outer);
        self.reserved = None;
        let Some(number) = closed.row else { return Ok(Step::Go) };
        if closed.kind == LevelKind::DataSet {
            self.creators.leave(self.depth() + 1);
            if closed.disorder.is_some() {
                self.tell_duplicates(&closed)?;
            }
        }
        if closed.unwanted {
            self.index.rows.truncate(number as usize);
            return Ok(Step::Go);
        }
        let rows = self.index.len();
        if let Some(row) = self.index.rows.get_mut(number as usize) {
            row.set_end(rows);
            if closed.undefined {
                row.set_length(end.saturating_sub(row.offset()));
            }
        }
        Ok(Step::Go)
    }

    /// A delimiter or item tag where an element can stand.
    pub(super) fn delimiter(&mut self, tag: Tag) -> Result<Step> {
        let is_open_item = self.level.undefined;
        match tag {
            Tag::ITEM_DELIMITER if is_open_item => {
                let end = self.position;
                self.position += 8;
                self.close(end)
            }
            Tag::ITEM | Tag::SEQUENCE_DELIMITER if is_open_item => {
                self.warn(WarningKind::ItemDelimiterMissing, self.position, None)?;
                self.close(self.position)
            }
            _ => self.stray(tag),
        }
    }

    /// Steps over a delimiter that ends nothing.
    pub(super) fn stray(&mut self, tag: Tag) -> Result<Step> {
        self.warn(WarningKind::StrayDelimiter, self.position, Some(tag))?;
        self.position += 8;
        Ok(Step::Go)
    }

    /// Reads the header of an item, or what ends the sequence.
    pub(super) fn item(&mut self, window: &Window<'_>) -> Result<Step> {
        let Some(head) = window.at::<8>(self.position) else { return self.short(window, 8) };
        let order = self.level.encoding.byte_order;
        let [_, _, _, _, a, b, c, d] = head;
        let (tag, length) = (order.tag(head), order.u32([a, b, c, d]));
        match tag {
            Tag::ITEM => self.open_item(length),
            Tag::SEQUENCE_DELIMITER if self.level.undefined => {
                let end = self.position;
                self.position += 8;
                self.close(end)
            }
            Tag::SEQUENCE_DELIMITER | Tag::ITEM_DELIMITER => self.stray(tag),
            _ => self.no_item(tag),
        }
    }

    pub(super) fn open_item(&mut self, length: u32) -> Result<Step> {
        let offset = self.position + 8;
        let undefined = length == UNDEFINED;
        let left = self.level.limit.saturating_sub(offset);
        let clipped = !undefined && u64::from(length) > left;
        if clipped {
            self.warn(WarningKind::ItemLengthClipped, self.position, None)?;
        }
        let length = if undefined { 0 } else { u64::from(length).min(left) };
        let flags = Flags::default()
            .with_if(undefined, Flags::UNDEFINED_LENGTH)
            .with_if(clipped, Flags::TRUNCATED)
            .with_if(self.level.encoding.byte_order == ByteOrder::Big, Flags::BIG_ENDIAN);
        let row = self.push(Tag::ITEM, Vr::UN, flags, offset, length)?;
        self.level.count = self.level.count.saturating_add(1);
        let limit = if undefined { u64::MAX } else { offset + length };
        let mut item = self.level.inner(LevelKind::DataSet, row, limit, undefined);
        item.told.form = self.level.told.form;
        self.enter(item);
        self.position = offset;
        Ok(Step::Go)
    }

    /// Something that is neither item nor delimiter: the sequence ends here.
    pub(super) fn no_item(&mut self, tag: Tag) -> Result<Step> {
        if self.level.undefined {
            self.warn(WarningKind::SequenceDelimiterMissing, self.position, None)?;
            return self.close(self.position);
        }
        self.warn(WarningKind::UnexpectedElement, self.position, Some(tag))?;
        self.position = self.level.limit;
        Ok(Step::Go)
    }

    /// Reads the header of a fragment, or what ends encapsulated pixel data (PS3.5 §A.4).
    pub(super) fn fragment(&mut self, window: &Window<'_>) -> Result<Step> {
        if self.options.stop_in_fragments && self.outer.len() == 1 && self.is_in_pixel_data() {
            return self.done();
        }
        let Some(head) = window.at::<8>(self.position) else { return self.short(window, 8) };
        let order = self.level.encoding.byte_order;
        let [_, _, _, _, a, b, c, d] = head;
        let (tag, length) = (order.tag(head), u64::from(order.u32([a, b, c, d])));
        match tag {
            Tag::ITEM => self.take_fragment(window, length),
            Tag::SEQUENCE_DELIMITER => {
                let end = self.position;
                self.position += 8;
                self.close(end)
            }
            _ => self.no_fragment(window),
        }
    }

    fn is_in_pixel_data(&self) -> bool {
        let row = self.level.row.and_then(|number| self.index.rows.get(number as usize));
        row.is_some_and(|row| row.tag().is_pixel_data())
    }

    /// Something that is neither fragment nor delimiter.
    ///
    /// Some writers pad a fragment of odd length without counting the pad byte.
    fn no_fragment(&mut self, window: &Window<'_>) -> Result<Step> {
        let last = self.index.rows.last().filter(|row| row.tag() == Tag::ITEM && row.length() % 2 == 1);
        if last.is_some() {
            match window.at::<8>(self.position + 1) {
                Some(head) if is_of_fragments(self.level.encoding.byte_order.tag(head)) => {
                    self.position += 1;
                    return Ok(Step::Go);
                }
                None if !window.is_last() => return self.short(window, 9),
                _ => {}
            }
        }
        self.warn(WarningKind::SequenceDelimiterMissing, self.position, None)?;
        self.close(self.position)
    }

    pub(super) fn take_fragment(&mut self, window: &Window<'_>, length: u64) -> Result<Step> {
        let offset = self.position + 8;
        if length % 2 == 1 && length < u64::from(u32::MAX) {
            self.warn(WarningKind::OddLength, self.position, Some(Tag::ITEM))?;
        }
        let left = self.level.limit.saturating_sub(offset);
        let cut = length > left;
        if cut {
            self.warn(WarningKind::FragmentTruncated, self.position, Some(Tag::ITEM))?;
        }
        let length = length.min(left);
        let end = offset + length;
        self.skipped = end > window.end() && end - offset >= self.options.defer_pixels_from.min(1 << 16);
        self.skipped &= self.options.defer_pixels_from < u64::MAX;
        let flags = Flags::default().with_if(cut, Flags::TRUNCATED).with_if(self.skipped, Flags::DEFERRED);
        self.push(Tag::ITEM, Vr::UN, flags, offset, length)?;
        self.level.count = self.level.count.saturating_add(1);
        self.position = end;
        Ok(Step::Go)
    }
}

fn is_of_fragments(tag: Tag) -> bool {
    matches!(tag, Tag::ITEM | Tag::SEQUENCE_DELIMITER)
}
