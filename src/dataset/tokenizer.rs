//! Bytes → index, once.
//!
//! The tokenizer keeps its stack between buffers, so that the same code serves memory, files read by parts and
//! fragments from a network. It never looks back: a header is taken when it is whole, values are skipped by their length.

use super::creators::Creators;
use super::element::{Header, choose, public_vr, vr_of};
use super::encoding::{Encoding, VrForm};
use super::index::{Flags, Index, Row};
use super::level::{Level, LevelKind};
use super::options::{Part, TokenizerOptions};
use super::repair::{Found, Site, other_order};
use super::window::Window;
use crate::dictionary::{self, DictionaryVr};
use crate::error::{ErrorKind, Result, TagPath, Warning, WarningKind};
use crate::tag::Tag;
use crate::vr::Vr;

/// What a tokenizer says when it stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It goes on when it is given the bytes from `offset` on, at least `length` of them, or all there are.
    ///
    /// Where `offset` lies behind the buffer, the bytes between are not wanted in memory.
    Need {
        /// First byte wanted.
        offset: u64,
        /// How many at least.
        length: u64,
    },
    /// It goes on when it is told the size of the source.
    NeedSize,
    /// The index is complete.
    Done,
}

/// Warnings kept; a damaged file could hold millions.
const MAX_WARNINGS: usize = 1000;

/// Walks the bytes of a data set and writes its index.
#[derive(Debug)]
pub struct Tokenizer {
    index: Index,
    pub(super) options: TokenizerOptions,
    /// The level that is read, and those around it, the root first.
    level: Level,
    outer: Vec<Level>,
    /// Where the next header begins.
    position: u64,
    /// The value in front of `position` is not wanted in memory.
    skipped: bool,
    /// The first entry of `options.wanted` that can still come.
    cursor: usize,
    creators: Creators,
}

/// What to do after a step.
enum Step {
    Go,
    Stop(Progress),
}

impl Tokenizer {
    /// A tokenizer for the data set that begins at byte `start`. `index` is emptied; its memory is used again.
    #[must_use]
    pub fn new(mut index: Index, encoding: Encoding, start: u64, options: TokenizerOptions) -> Self {
        index.clear();
        Self {
            index,
            options,
            level: Level::root(encoding),
            outer: Vec::new(),
            position: start,
            skipped: false,
            cursor: 0,
            creators: Creators::default(),
        }
    }

    /// Goes on with `bytes`, which begin at byte `base` of the source, until they end or the data set does.
    ///
    /// `total` is the size of the source, where it is known; without it the data set has no end before the caller
    /// says so by giving it.
    ///
    /// # Errors
    /// Limits; in strict reading everything that is a warning otherwise.
    pub fn resume(&mut self, base: u64, bytes: &[u8], total: Option<u64>) -> Result<Progress> {
        let window = Window::new(base, bytes, total);
        loop {
            let step = match self.level.kind {
                _ if self.position >= self.level.limit => self.leave()?,
                _ if self.level.limit - self.position < 8 => self.no_element()?,
                LevelKind::DataSet => self.elements(&window)?,
                LevelKind::Sequence => self.item(&window)?,
                LevelKind::Fragments => self.fragment(&window)?,
            };
            if let Step::Stop(progress) = step {
                return Ok(progress);
            }
        }
    }

    /// The index, with all elements that were met.
    #[must_use]
    pub fn finish(self) -> Index {
        self.index
    }

    /// The index so far.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// How the root data set is written; what was declared, or what was found instead.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.outer.first().unwrap_or(&self.level).encoding
    }

    fn depth(&self) -> u32 {
        u32::try_from(self.outer.len()).unwrap_or(u32::MAX)
    }

    // ---- elements of a data set -------------------------------------------------------------------------------

    /// Reads elements until the level changes or the window ends.
    fn elements(&mut self, window: &Window<'_>) -> Result<Step> {
        while self.position < self.level.limit && self.level.limit - self.position >= 8 {
            let Some(head) = window.at::<8>(self.position) else { return self.short(window, 8) };
            let mut tag = self.level.encoding.byte_order.tag(head);
            if tag.group() == 0xFFFE && tag.is_delimitation() {
                return self.delimiter(tag);
            }
            if self.level.is_root() {
                if self.is_root_done(window, tag, head)? {
                    return self.done();
                }
                tag = self.level.encoding.byte_order.tag(head); // the order may have been found to be the other one
            }
            let header = match self.header(window, tag, head)? {
                Found::Header(header) => header,
                Found::Need(length) => return self.short(window, length),
                Found::NeedSize => return Ok(Step::Stop(Progress::NeedSize)),
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
        Ok(Step::Go)
    }

    /// True when reading ends before this root element.
    fn is_root_done(&mut self, window: &Window<'_>, tag: Tag, head: [u8; 8]) -> Result<bool> {
        if self.options.stop_at.is_some_and(|stop| tag >= stop) {
            return Ok(true);
        }
        if let Part::Group(group) = self.options.part {
            return Ok(tag.group() != group);
        }
        if tag.is_pixel_data() && self.options.stop_before_pixels {
            return Ok(true);
        }
        if head == [0; 8] {
            // Padding behind the last element (no element has tag, VR and length of zeros).
            if window.rest(self.position).iter().any(|byte| *byte != 0) {
                self.warn(WarningKind::Garbage, self.position, None)?;
            }
            return Ok(true);
        }
        if self.level.count == 0 && self.level.last == Tag(0) {
            let encoding = self.level.encoding;
            if let Some(kind) = other_order(encoding.byte_order, encoding.vr_form, head) {
                self.level.encoding.byte_order = encoding.byte_order.swapped();
                self.level.last = Tag(1); // once
                self.warn(kind, self.position, None)?;
                return self.is_root_done(window, self.level.encoding.byte_order.tag(head), head);
            }
        }
        Ok(self.is_behind_wanted(tag))
    }

    /// Moves on in the list of wanted elements; true when the last of them lies behind.
    fn is_behind_wanted(&mut self, tag: Tag) -> bool {
        let Some(wanted) = &self.options.wanted else { return false };
        while wanted.get(self.cursor).is_some_and(|(_, last)| *last < tag) {
            self.cursor += 1;
        }
        self.cursor >= wanted.len()
    }

    fn is_wanted(&self, tag: Tag) -> bool {
        let Some(wanted) = &self.options.wanted else { return true };
        !self.level.is_root() || wanted.get(self.cursor).is_some_and(|(first, _)| *first <= tag)
    }

    /// The header at the position, repaired where it must be.
    #[inline]
    fn header(&self, window: &Window<'_>, tag: Tag, head: [u8; 8]) -> Result<Found> {
        let order = self.level.encoding.byte_order;
        let [_, _, _, _, a, b, ..] = head;
        let vr = vr_of([a, b]);
        let site = || Site { window, level: &self.level, position: self.position, tag, head };
        Ok(match (self.level.encoding.vr_form, vr) {
            (VrForm::Explicit, Some(vr)) if !vr.has_long_length() => {
                Found::Header(Header::short(tag, vr, order, head))
            }
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
    fn creator_value(&self, window: &Window<'_>, header: &Header) -> Option<u64> {
        let length = u64::from(header.length);
        if !header.tag.is_private_creator() || length > Creators::MAX_LENGTH || window.is_last() {
            return None;
        }
        let needed = header.size() + length;
        (self.position + needed > window.end()).then_some(needed)
    }

    /// Takes the element of `header`: a leaf, or the start of a level.
    fn element(&mut self, window: &Window<'_>, header: Header) -> Result<Step> {
        let offset = self.position + header.size();
        if !self.is_wanted(header.tag) {
            return self.skip_element(header, offset);
        }
        let header = self.settle(window, header, offset)?;
        let Some(header) = header else { return self.short(window, 20) };
        self.check(&header)?;
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
    fn skip_element(&mut self, header: Header, offset: u64) -> Result<Step> {
        self.level.count += 1;
        self.level.last = self.level.last.max(header.tag);
        if header.is_undefined() {
            self.open(Header { vr: Vr::SQ, ..header }, offset)?;
            self.level.unwanted = true;
            return Ok(Step::Go);
        }
        self.position = offset + u64::from(header.length);
        self.skipped = true;
        Ok(Step::Go)
    }

    /// Gives the header its final VR: private dictionary, UN that is known. `None` when more bytes are needed.
    fn settle(&mut self, window: &Window<'_>, header: Header, offset: u64) -> Result<Option<Header>> {
        let tag = header.tag;
        if tag.is_private() {
            return self.settle_private(window, header, offset);
        }
        let is_final = header.vr != Vr::UN || header.flags.contains(Flags::IMPLICIT);
        if is_final || header.fault == Some(WarningKind::UnknownVr) {
            return Ok(Some(header));
        }
        let (vr, flags) = public_vr(tag);
        self.replace_un(window, header, vr, flags, offset)
    }

    fn settle_private(
        &mut self,
        window: &Window<'_>,
        mut header: Header,
        offset: u64,
    ) -> Result<Option<Header>> {
        let (depth, tag) = (self.depth(), header.tag);
        if tag.is_private_creator() {
            if header.vr == Vr::UN {
                header.vr = Vr::LO;
            }
            let value = window.slice(offset, header.length.into()).unwrap_or_default();
            if crate::uid::trim(value).is_empty() || header.vr == Vr::SQ {
                self.warn(WarningKind::PrivateCreatorInvalid, self.position, Some(tag))?;
            }
            self.creators.record(depth, tag, value);
            return Ok(Some(header));
        }
        let creator = self.creators.find(depth, tag);
        if creator.is_none() && !tag.is_group_length() && !self.level.told.creator {
            self.level.told.creator = true;
            self.warn(WarningKind::PrivateCreatorMissing, self.position, Some(tag))?;
        }
        if header.vr != Vr::UN {
            return Ok(Some(header));
        }
        let creator = self.creators.find(depth, tag);
        let entry = creator.and_then(|creator| dictionary::private_attribute(creator, tag));
        let (vr, flags) = choose(entry.map_or(DictionaryVr::One(Vr::UN), |entry| entry.vr));
        self.replace_un(window, header, vr, flags, offset)
    }

    /// An element without a VR of its own (UN, or implicit and private) takes the dictionary's, a sequence only where
    /// items follow.
    fn replace_un(
        &mut self,
        window: &Window<'_>,
        mut header: Header,
        vr: Vr,
        flags: Flags,
        offset: u64,
    ) -> Result<Option<Header>> {
        if header.is_undefined() {
            return Ok(Some(header));
        }
        if vr == Vr::SQ && header.length > 0 {
            match window.at::<4>(offset) {
                Some([0xFE, 0xFF, 0x00, 0xE0]) => {}
                None if !window.is_last() && offset + 4 > window.end() => return Ok(None),
                _ => return Ok(Some(header)),
            }
        }
        if vr != Vr::UN {
            header.vr = vr;
            header.flags = header.flags.with(flags);
            if !header.flags.contains(Flags::IMPLICIT) {
                header.flags = header.flags.with(Flags::VR_REPLACED);
            }
        }
        Ok(Some(header))
    }

    /// Tells of what is odd about a header.
    #[inline]
    fn check(&mut self, header: &Header) -> Result<()> {
        let (tag, position) = (header.tag, self.position);
        if let Some(fault) = header.fault {
            self.tell_form(fault, tag)?;
        }
        if !header.is_undefined() && header.length % 2 == 1 {
            self.warn(WarningKind::OddLength, position, Some(tag))?;
        }
        if tag <= self.level.last && self.level.count > 0 && self.level.disorder.is_none() {
            let duplicate = tag == self.level.last;
            let kind = if duplicate { WarningKind::DuplicateTag } else { WarningKind::TagsOutOfOrder };
            self.warn(kind, position, Some(tag))?;
            self.level.disorder = (!duplicate).then_some(self.index.len());
        }
        self.level.last = self.level.last.max(tag);
        self.level.count = self.level.count.saturating_add(1);
        if tag.0 < 0x0003_0000 && self.options.part == Part::DataSet {
            let kind = match tag.group() {
                0 => WarningKind::CommandGroup,
                2 => WarningKind::MetaGroupInDataSet,
                _ => return Ok(()),
            };
            self.warn(kind, position, Some(tag))?;
        }
        Ok(())
    }

    /// Notes that headers are not of the declared form; from the first element on, the data set is of the other.
    fn tell_form(&mut self, fault: WarningKind, tag: Tag) -> Result<()> {
        let found = match fault {
            WarningKind::ImplicitFound => Some(VrForm::Implicit),
            WarningKind::ExplicitFound => Some(VrForm::Explicit),
            _ => None,
        };
        if found.is_none() || !self.level.told.form {
            self.warn(fault, self.position, Some(tag))?;
        }
        if let Some(form) = found {
            self.level.told.form = true;
            if self.level.count == 0 {
                self.level.encoding.vr_form = form;
                // The items that follow in the same sequence are like this one.
                if let Some(sequence) = self.outer.last_mut() {
                    sequence.encoding.vr_form = form;
                    sequence.told.form = true;
                }
            }
        }
        Ok(())
    }

    /// The bytes of a value that are inside what is around it.
    fn clip(&mut self, header: &Header, offset: u64) -> Result<u64> {
        let length = u64::from(header.length);
        let left = self.level.limit.saturating_sub(offset);
        if length <= left {
            return Ok(length);
        }
        self.warn(WarningKind::LengthClipped, self.position, Some(header.tag))?;
        Ok(left)
    }

    fn value_flags(&self, header: &Header) -> Flags {
        let big = self.level.encoding.byte_order == super::view::ByteOrder::Big;
        header.flags.with_if(big, Flags::BIG_ENDIAN)
    }

    // ---- levels -------------------------------------------------------------------------------------------------

    /// Opens a sequence or encapsulated pixel data.
    fn open(&mut self, header: Header, offset: u64) -> Result<Step> {
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

    fn enter(&mut self, level: Level) {
        self.outer.push(std::mem::replace(&mut self.level, level));
    }

    /// Ends a level of defined length.
    fn leave(&mut self) -> Result<Step> {
        self.position = self.level.limit;
        self.close(self.position)
    }

    /// Ends the level; its last byte is in front of `end`. At the root this is the end of the data set.
    fn close(&mut self, end: u64) -> Result<Step> {
        let Some(outer) = self.outer.pop() else { return self.done() };
        let closed = std::mem::replace(&mut self.level, outer);
        let Some(number) = closed.row else { return Ok(Step::Go) };
        if closed.kind == LevelKind::DataSet {
            self.creators.leave(self.depth() + 1);
            self.tell_duplicates(&closed)?;
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

    /// Duplicates are told at once where elements are in order; from the first one that is not, they are told here.
    fn tell_duplicates(&mut self, closed: &Level) -> Result<()> {
        let Some(disorder) = closed.disorder else { return Ok(()) };
        let first = closed.row.map_or(0, |row| row + 1);
        let mut children: Vec<(Tag, u32)> = Vec::new();
        for number in self.index.children(first, self.index.len()) {
            children.extend(self.index.row(number).map(|row| (row.tag(), number)));
        }
        children.sort_unstable();
        for pair in children.windows(2) {
            if let [(a, _), (b, number)] = pair
                && a == b
                && *number >= disorder
            {
                let offset = self.index.row(*number).map_or(0, Row::header_offset);
                self.warn(WarningKind::DuplicateTag, offset, Some(*b))?;
            }
        }
        Ok(())
    }

    /// A delimiter or item tag where an element can stand.
    fn delimiter(&mut self, tag: Tag) -> Result<Step> {
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
    fn stray(&mut self, tag: Tag) -> Result<Step> {
        self.warn(WarningKind::StrayDelimiter, self.position, Some(tag))?;
        self.position += 8;
        Ok(Step::Go)
    }

    /// Reads the header of an item, or what ends the sequence.
    fn item(&mut self, window: &Window<'_>) -> Result<Step> {
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

    fn open_item(&mut self, length: u32) -> Result<Step> {
        let offset = self.position + 8;
        let undefined = length == super::element::UNDEFINED;
        let left = self.level.limit.saturating_sub(offset);
        let clipped = !undefined && u64::from(length) > left;
        if clipped {
            self.warn(WarningKind::ItemLengthClipped, self.position, None)?;
        }
        let length = if undefined { 0 } else { u64::from(length).min(left) };
        let flags = Flags::default()
            .with_if(undefined, Flags::UNDEFINED_LENGTH)
            .with_if(clipped, Flags::TRUNCATED)
            .with_if(self.level.encoding.byte_order == super::view::ByteOrder::Big, Flags::BIG_ENDIAN);
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
    fn no_item(&mut self, tag: Tag) -> Result<Step> {
        if self.level.undefined {
            self.warn(WarningKind::SequenceDelimiterMissing, self.position, None)?;
            return self.close(self.position);
        }
        self.warn(WarningKind::UnexpectedElement, self.position, Some(tag))?;
        self.position = self.level.limit;
        Ok(Step::Go)
    }

    /// Reads the header of a fragment, or what ends encapsulated pixel data (PS3.5 §A.4).
    fn fragment(&mut self, window: &Window<'_>) -> Result<Step> {
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
            _ if self.is_odd_by_one(window) => {
                self.position += 1;
                Ok(Step::Go)
            }
            _ => {
                self.warn(WarningKind::SequenceDelimiterMissing, self.position, None)?;
                self.close(self.position)
            }
        }
    }

    fn take_fragment(&mut self, window: &Window<'_>, length: u64) -> Result<Step> {
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

    /// Some writers pad a fragment of odd length without counting the pad byte.
    fn is_odd_by_one(&self, window: &Window<'_>) -> bool {
        let order = self.level.encoding.byte_order;
        let was_odd =
            self.index.rows.last().is_some_and(|row| row.tag() == Tag::ITEM && row.length() % 2 == 1);
        let next: Option<[u8; 8]> = window.at(self.position + 1);
        was_odd && next.is_some_and(|head| matches!(order.tag(head), Tag::ITEM | Tag::SEQUENCE_DELIMITER))
    }

    // ---- ends ---------------------------------------------------------------------------------------------------

    /// No element can be read here although bytes are left: what is around it goes on where it is known to end.
    fn no_element(&mut self) -> Result<Step> {
        if self.level.limit < u64::MAX {
            self.warn(WarningKind::UnexpectedElement, self.position, None)?;
            self.position = self.level.limit;
            return Ok(Step::Go);
        }
        self.index.truncated_at = Some(self.position);
        self.warn(WarningKind::Garbage, self.position, None)?;
        self.close_all(self.position)
    }

    /// The window ends before `needed` bytes from the position on: more are asked for, or the input ends.
    fn short(&mut self, window: &Window<'_>, needed: u64) -> Result<Step> {
        if !window.is_last() {
            let skip = self.skipped || self.position < window.end();
            let offset = if skip { self.position } else { window.end() };
            let length = self.position.saturating_add(needed) - offset;
            return Ok(Step::Stop(Progress::Need { offset, length }));
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
    fn cut(&mut self, total: u64) -> Result<()> {
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
    fn close_all(&mut self, end: u64) -> Result<Step> {
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

    fn done(&mut self) -> Result<Step> {
        while !self.level.is_root() {
            self.close(self.position)?;
        }
        let root = self.level;
        self.level.disorder = None;
        self.tell_duplicates(&root)?;
        self.index.end = self.position;
        Ok(Step::Stop(Progress::Done))
    }

    // ---- rows and warnings --------------------------------------------------------------------------------------

    /// Adds a row that ends at itself and returns its number.
    #[inline]
    fn push(&mut self, tag: Tag, vr: Vr, flags: Flags, offset: u64, length: u64) -> Result<u32> {
        let number = self.index.rows.len();
        if number as u64 >= self.options.limits.elements {
            let (value, allowed) = (number as u64 + 1, self.options.limits.elements);
            let fault = ErrorKind::LimitExceeded { limit: "elements", value, allowed };
            return Err(crate::Error::from(fault).at(self.position));
        }
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let mut row = Row::new(tag, vr, flags, offset, length);
        row.set_end(number.saturating_add(1));
        if self.index.rows.len() == self.index.rows.capacity() {
            let more = self.index.rows.len().max(64);
            let bytes = more as u64 * size_of::<Row>() as u64;
            self.index.rows.try_reserve(more).map_err(|_| ErrorKind::OutOfMemory(bytes))?;
        }
        self.index.rows.push(row);
        Ok(number)
    }

    #[cold]
    fn warn(&mut self, kind: WarningKind, offset: u64, tag: Option<Tag>) -> Result<()> {
        if self.level.unwanted || self.outer.iter().any(|level| level.unwanted) {
            return Ok(());
        }
        let path = TagPath { items: self.path(), tag };
        if self.options.strict {
            return Err(crate::Error::from(ErrorKind::Strict(kind)).at(offset).of(path));
        }
        if self.index.warnings.len() < MAX_WARNINGS {
            self.index.warnings.push(Warning { kind, offset, path });
        } else {
            self.index.warnings_dropped += 1;
        }
        Ok(())
    }

    /// The sequences that are open, with the numbers of their items.
    fn path(&self) -> Vec<(Tag, u32)> {
        let levels = self.outer.iter().chain(std::iter::once(&self.level));
        levels
            .filter(|level| level.kind != LevelKind::DataSet)
            .filter_map(|level| Some((self.index.row(level.row?)?.tag(), level.count.saturating_sub(1))))
            .collect()
    }
}
