//! Headers that are not what was declared: which reading of them fits what follows.
//!
//! Only headers that cannot be right come here, so that good files pay nothing. A reading is weighed by where its value
//! would end: at the end of what is around it, or in front of a tag that can come next.

use super::element::{Header, UNDEFINED, is_like_vr, public_vr, vr_of};
use super::encoding::VrForm;
use super::index::Flags;
use super::level::Level;
use super::view::ByteOrder;
use super::window::Window;
use crate::dictionary::{self, DictionaryVr};
use crate::error::WarningKind;
use crate::tag::Tag;
use crate::vr::Vr;

/// How far ahead the next tag is looked at. Values that are longer are not judged by what follows them.
const LOOK_AHEAD: u64 = 64 << 10;

/// What came of looking at a header.
#[derive(Debug)]
pub(super) enum Found {
    Header(Header),
    /// The bytes up to this many after the start of the header are needed to tell.
    Need(u64),
    /// The size of the source is needed to tell.
    NeedSize,
    /// No reading fits: no element begins here.
    Nothing,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    Maybe,
    Yes,
}

/// One place where a header is looked at.
pub(super) struct Site<'s> {
    pub(super) window: &'s Window<'s>,
    pub(super) level: &'s Level,
    pub(super) position: u64,
    pub(super) tag: Tag,
    pub(super) head: [u8; 8],
}

impl Site<'_> {
    fn order(&self) -> ByteOrder {
        self.level.encoding.byte_order
    }

    fn code(&self) -> [u8; 2] {
        let [_, _, _, _, a, b, ..] = self.head;
        [a, b]
    }

    /// True when a header of the long form has room in what is around it.
    fn has_room(&self) -> bool {
        self.level.limit.saturating_sub(self.position) >= 12
    }

    /// The 32-bit length field of the long form, where it is in the window.
    fn long_length(&self) -> Option<[u8; 4]> {
        self.window.at(self.position + 8).filter(|_| self.has_room())
    }

    /// True when the length field of the long form may still come.
    fn needs_length(&self) -> bool {
        self.has_room() && self.long_length().is_none() && !self.window.is_last()
    }

    /// An explicit VR header whose two bytes are no VR (rows of unknown, damaged and missing VRs).
    pub(super) fn repair_explicit(&self) -> Found {
        let Some(total) = self.window.total() else { return Found::NeedSize };
        if self.needs_length() {
            return Found::Need(12);
        }
        if is_like_vr(self.code()) {
            return self.choose(&self.unknown_vr(), total, true);
        }
        let implicit = Header::implicit(self.tag, self.order(), self.head);
        let implicit = Some(implicit.with_fault(WarningKind::ImplicitFound));
        let damaged = self.damaged_vr();
        if self.level.count == 0 || self.level.told.form {
            self.choose(&[implicit, damaged], total, false)
        } else {
            self.choose(&[damaged, implicit], total, false)
        }
    }

    /// An implicit VR header with a VR in the place of its length.
    pub(super) fn repair_implicit(&self, vr: Vr) -> Found {
        let Some(total) = self.window.total() else { return Found::NeedSize };
        let implicit = Header::implicit(self.tag, self.order(), self.head);
        let explicit = if vr.has_long_length() {
            match self.long_length() {
                Some(length) => Some(Header::long(self.tag, vr, self.order(), length)),
                None if self.needs_length() => return Found::Need(12),
                None => None,
            }
        } else {
            Some(Header::short(self.tag, vr, self.order(), self.head))
        };
        let explicit = explicit.map(|header| header.with_fault(WarningKind::ExplicitFound));
        self.choose(&[Some(implicit), explicit], total, true)
    }

    /// True for the first header of a data set that makes sense in the other byte order, and not in the declared one.
    ///
    /// # Errors
    /// What is needed to tell.
    pub(super) fn is_other_order(&self) -> Result<bool, Found> {
        let mut level = *self.level;
        level.encoding.byte_order = self.order().swapped();
        let other = Site { level: &level, tag: level.encoding.byte_order.tag(self.head), ..*self };
        // Groups at the beginning of a data set are low: the zero byte says where the high one stands.
        let is_swapped = |high: Tag, low: Tag| high.group() > 0xFF && (1..=0xFF).contains(&low.group());
        if !is_swapped(self.tag, other.tag) || is_public(self.tag) && !is_public(other.tag) {
            return Ok(false);
        }
        let Some(total) = self.window.total() else { return Err(Found::NeedSize) };
        if self.needs_length() {
            return Err(Found::Need(12));
        }
        let (declared, swapped) = (self.fit(&self.plain(), total)?, other.fit(&other.plain(), total)?);
        Ok(swapped > declared || swapped == declared && is_public(other.tag) && !is_public(self.tag))
    }

    /// The header as it stands there; without a VR where there is none.
    fn plain(&self) -> Header {
        let vr = vr_of(self.code()).filter(|_| self.level.encoding.vr_form == VrForm::Explicit);
        match (vr, self.long_length()) {
            (Some(vr), Some(length)) if vr.has_long_length() => {
                Header::long(self.tag, vr, self.order(), length)
            }
            (Some(vr), _) => Header::short(self.tag, vr, self.order(), self.head),
            (None, _) => Header::implicit(self.tag, self.order(), self.head),
        }
    }

    /// Readings of an element whose VR may be newer than this library: the long form by the standard's rule.
    fn unknown_vr(&self) -> [Option<Header>; 2] {
        let long = self.long_length().map(|length| Header::long(self.tag, Vr::UN, self.order(), length));
        let short = Header::short(self.tag, Vr::UN, self.order(), self.head);
        let [.., a, b] = self.head;
        let readings = if [a, b] == [0, 0] { [long, Some(short)] } else { [Some(short), long] };
        readings.map(|reading| reading.map(|header| header.with_fault(WarningKind::UnknownVr)))
    }

    /// The element with the dictionary's VR in place of a damaged one.
    fn damaged_vr(&self) -> Option<Header> {
        let (vr, flags) = public_vr(self.tag);
        let header = if vr.has_long_length() {
            Header::long(self.tag, vr, self.order(), self.long_length()?)
        } else {
            Header::short(self.tag, vr, self.order(), self.head)
        };
        let flags = header.flags.with(flags).with(Flags::VR_REPLACED);
        Some(Header { flags, ..header }.with_fault(WarningKind::InvalidVr))
    }

    /// The reading that fits best, of equals the first.
    fn choose(&self, readings: &[Option<Header>], total: u64, keep_first: bool) -> Found {
        let mut best: Option<(Fit, Header)> = None;
        for header in readings.iter().flatten() {
            let fit = match self.fit(header, total) {
                Ok(fit) => fit,
                Err(need) => return need,
            };
            if best.is_none_or(|(known, _)| fit > known) {
                best = Some((fit, *header));
            }
        }
        match best {
            Some((fit, header)) if keep_first || fit > Fit::No => Found::Header(header),
            _ => Found::Nothing,
        }
    }

    /// How well the value of this reading fits what follows.
    fn fit(&self, header: &Header, total: u64) -> Result<Fit, Found> {
        let value = self.position + header.size();
        if header.length == UNDEFINED {
            return self.fit_undefined(header, value);
        }
        let end = value + u64::from(header.length);
        let bound = self.level.limit.min(total);
        if end >= bound {
            return Ok(if end == bound { Fit::Yes } else { Fit::No });
        }
        if end - self.position > LOOK_AHEAD {
            return Ok(Fit::Maybe);
        }
        let next: Option<[u8; 4]> = self.window.at(end);
        match next {
            Some([a, b, c, d]) => Ok(self.fit_next(self.order().tag([a, b, c, d, 0, 0, 0, 0]), header)),
            None if self.window.is_last() => Ok(Fit::Maybe),
            None => Err(Found::Need(end + 4 - self.position)),
        }
    }

    fn fit_undefined(&self, header: &Header, value: u64) -> Result<Fit, Found> {
        match self.window.at::<4>(value) {
            Some([a, b, c, d]) => {
                let tag = self.order().tag([a, b, c, d, 0, 0, 0, 0]);
                let starts_items = matches!(tag, Tag::ITEM | Tag::SEQUENCE_DELIMITER);
                Ok(if starts_items { Fit::Yes } else { Fit::No })
            }
            None if self.window.is_last() => Ok(Fit::No),
            None => Err(Found::Need(header.size() + 4)),
        }
    }

    fn fit_next(&self, next: Tag, header: &Header) -> Fit {
        let known = || next.is_private() || dictionary::vr(next).is_some();
        if next.is_delimitation() {
            return if self.level.is_root() { Fit::No } else { Fit::Yes };
        }
        if next > header.tag && known() {
            return Fit::Yes;
        }
        // Padding behind the last element.
        if next == Tag(0) && self.level.is_root() { Fit::Maybe } else { Fit::No }
    }
}

/// True for an attribute of the standard.
fn is_public(tag: Tag) -> bool {
    !tag.is_private()
        && !tag.is_group_length()
        && dictionary::vr(tag).is_some_and(|vr| vr != DictionaryVr::None)
}
