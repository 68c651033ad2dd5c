//! Elements of a data set, one at a time.

use super::*;

/// Bytes behind the last element that are looked at to tell padding from garbage.
const PADDING: u64 = 4 << 10;

impl Tokenizer {
    /// Reads elements until the level changes or the window ends.
    pub(super) fn elements(&mut self, window: &Window<'_>) -> Result<Step> {
        loop {
            self.plain(window);
            if self.level.limit.saturating_sub(self.position) < 8 {
                return Ok(Step::Go);
            }
            let Some(head) = window.at::<8>(self.position) else { return self.short(window, 8) };
            let mut tag = self.level.encoding.byte_order.tag(head);
            if tag.group() == 0xFFFE && tag.is_delimitation() {
                return self.delimiter(tag);
            }
            if self.level.is_root() {
                if head == [0; 8] && self.options.part == Part::DataSet {
                    return self.padding(window);
                }
                if let Some(step) = self.check_order(window, tag, head)? {
                    return Ok(step);
                }
                tag = self.level.encoding.byte_order.tag(head);
                if self.is_root_done(tag) {
                    return self.done();
                }
            }
            let header = match self.header(window, tag, head)? {
                Found::Header(header) => header,
                Found::Need(length) => return self.short(window, length),
                Found::NeedSize => return Ok(self.stop(Progress::NeedSize)),
                Found::Nothing => return self.no_element(),
            };
            if let Some(creator_length) = self.creator_value(window, &header) {
                return self.short(window, creator_length);
            }
            match self.element(window, header)? {
                Step::Go if self.level.kind == LevelKind::DataSet => {}
                step => return Ok(step),
            }
            if self.position > window.end() {
                return self.short(window, 8);
            }
        }
    }

    /// The first header of a data set shows when it is not in the declared byte order.
    fn check_order(&mut self, window: &Window<'_>, tag: Tag, head: [u8; 8]) -> Result<Option<Step>> {
        if self.level.count > 0 || self.options.part != Part::DataSet {
            return Ok(None);
        }
        let site = Site { window, level: &self.level, position: self.position, tag, head };
        let order = self.level.encoding.byte_order;
        match site.is_other_order() {
            Ok(false) => return Ok(None),
            Ok(true) => self.level.encoding.byte_order = order.swapped(),
            Err(Found::Need(length)) => return self.short(window, length).map(Some),
            Err(_) => return Ok(Some(self.stop(Progress::NeedSize))),
        }
        let kind = match order {
            ByteOrder::Big => WarningKind::LittleEndianFound,
            ByteOrder::Little => WarningKind::BigEndianFound,
        };
        self.warn(kind, self.position, None)?;
        Ok(None)
    }

    /// True when reading ends before this root element.
    pub(super) fn is_root_done(&mut self, tag: Tag) -> bool {
        if let Part::Group(group) = self.options.part {
            return tag.group() != group;
        }
        !self.options.read_on && (self.is_stop(tag) || self.is_behind_wanted(tag))
    }

    /// True for a root element that reading was to stop before.
    fn is_stop(&self, tag: Tag) -> bool {
        let is_pixels = tag.is_pixel_data() && self.options.stop_before_pixels;
        is_pixels || self.options.stop_at.is_some_and(|stop| tag >= stop)
    }

    /// Zeros behind the last element (no element has tag, VR and length of zeros): padding, unless something follows.
    fn padding(&mut self, window: &Window<'_>) -> Result<Step> {
        let rest = window.rest(self.position);
        if (rest.len() as u64) < PADDING && !window.is_last() {
            return self.short(window, PADDING);
        }
        // No further than that, so that the answer does not depend on how much happens to be in the window.
        if rest.iter().zip(0..PADDING).any(|(byte, _)| *byte != 0) {
            self.index.truncated_at = Some(self.position);
            self.warn(WarningKind::Garbage, self.position, None)?;
        }
        self.done()
    }

    /// Moves on in the list of wanted elements; true when the last of them lies behind.
    pub(super) fn is_behind_wanted(&mut self, tag: Tag) -> bool {
        let Some(wanted) = &self.options.wanted else { return false };
        while wanted.get(self.cursor).is_some_and(|(_, last)| *last < tag) {
            self.cursor += 1;
        }
        self.cursor >= wanted.len()
    }

    pub(super) fn is_wanted(&self, tag: Tag) -> bool {
        if !self.level.is_root() {
            return true;
        }
        let read_on = self.options.read_on;
        let Some(wanted) = &self.options.wanted else { return !(read_on && self.is_stop(tag)) };
        let candidate = if read_on { wanted.partition_point(|(_, last)| *last < tag) } else { self.cursor };
        wanted.get(candidate).is_some_and(|(first, _)| *first <= tag) && !(read_on && self.is_stop(tag))
    }

    /// The header at the position, repaired where it must be.
    #[inline]
    pub(super) fn header(&self, window: &Window<'_>, tag: Tag, head: [u8; 8]) -> Result<Found> {
        let order = self.level.encoding.byte_order;
        let [_, _, _, _, a, b, ..] = head;
        let vr = vr_of([a, b]);
        let site = || Site { window, level: &self.level, position: self.position, tag, head };
        Ok(match (self.level.encoding.vr_form, vr) {
            (VrForm::Explicit, Some(vr)) if !vr.has_long_length() => {
                Found::Header(Header::short(tag, vr, order, head))
            }
            // What is around it has no room for such a header.
            (VrForm::Explicit, Some(_)) if self.level.limit - self.position < 12 => Found::Nothing,
            (VrForm::Explicit, Some(vr)) => match window.at::<4>(self.position + 8) {
                Some(length) => Found::Header(Header::long(tag, vr, order, length)),
                None => Found::Need(12),
            },
            (VrForm::Explicit, None) => site().repair_explicit(),
            (VrForm::Implicit, None) => Found::Header(Header::implicit(tag, order, head)),
            (VrForm::Implicit, Some(vr)) => site().repair_implicit(vr),
        })
    }

    /// How many bytes are needed to see the value of a private creator, when they are not there yet.
    pub(super) fn creator_value(&self, window: &Window<'_>, header: &Header) -> Option<u64> {
        let length = u64::from(header.length);
        if !header.tag.is_private_creator() || length > Creators::MAX_LENGTH || window.is_last() {
            return None;
        }
        let needed = header.size() + length;
        (self.position + needed > window.end()).then_some(needed)
    }

    /// Takes the element of `header`: a leaf, or the start of a level.
    pub(super) fn element(&mut self, window: &Window<'_>, header: Header) -> Result<Step> {
        let offset = self.position + header.size();
        if !self.is_wanted(header.tag) {
            return self.skip_element(header, offset);
        }
        let header = self.settle(window, header, offset)?;
        let Some(mut header) = header else { return self.short(window, 20) };
        self.check(&header)?;
        header.length = self.counted(header.length);
        if header.vr == Vr::SQ || header.is_undefined() {
            return self.open(header, offset);
        }
        let length = self.clip(&header, offset)?;
        let mut flags = self.value_flags(&header).with_if(length < header.length.into(), Flags::TRUNCATED);
        let end = offset + length;
        let defer_from = if header.tag.is_pixel_data() { self.options.defer_pixels_from } else { u64::MAX };
        let defer_from = defer_from.min(self.options.defer_from);
        self.skipped = end > window.end() && length >= defer_from;
        flags = flags.with_if(self.skipped, Flags::DEFERRED);
        self.push(header.tag, header.vr, flags, offset, length)?;
        self.position = end;
        Ok(Step::Go)
    }

    /// Goes past an element that was not asked for, without looking into it where its length is known.
    pub(super) fn skip_element(&mut self, header: Header, offset: u64) -> Result<Step> {
        if let Some(fault @ (WarningKind::ImplicitFound | WarningKind::ExplicitFound)) = header.fault {
            self.tell_form(fault, header.tag)?; // what follows is written like this one
        }
        self.level.count += 1;
        self.level.last = self.level.last.max(header.tag);
        if header.is_undefined() {
            self.open(header, offset)?;
            self.level.unwanted = true;
            return Ok(Step::Go);
        }
        self.position = offset + u64::from(self.counted(header.length));
        self.skipped = true;
        Ok(Step::Go)
    }

    /// The length that a header means: one more than an odd one, where that was asked for.
    fn counted(&self, length: u32) -> u32 {
        let is_short = self.options.even_lengths && length % 2 == 1 && length != UNDEFINED;
        if is_short { length + 1 } else { length }
    }

    /// The bytes of a value that are inside what is around it.
    pub(super) fn clip(&mut self, header: &Header, offset: u64) -> Result<u64> {
        let length = u64::from(header.length);
        let left = self.level.limit.saturating_sub(offset);
        if length <= left {
            return Ok(length);
        }
        self.warn(WarningKind::LengthClipped, self.position, Some(header.tag))?;
        Ok(left)
    }

    pub(super) fn value_flags(&self, header: &Header) -> Flags {
        let big = self.level.encoding.byte_order == ByteOrder::Big;
        header.flags.with_if(big, Flags::BIG_ENDIAN)
    }
}
