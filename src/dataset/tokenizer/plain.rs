//! The quick way through elements that need no second look.
//!
//! Nearly all elements are in order, of a known VR and of even, defined length, with their value in the window. They are
//! taken here in a loop that does nothing else; the first one that is different is left to the thorough way.

use super::*;

/// Pixel data, what follows it and delimiters are never plain.
const PLAIN_END: Tag = Tag::new(0x7FE0, 0x0000);

/// Groups 0000 and 0002 are never plain.
const PLAIN_START: Tag = Tag::new(0x0003, 0x0000);

/// What a plain header says.
struct Plain {
    vr: Vr,
    flags: Flags,
    size: usize,
    length: u32,
}

impl Tokenizer {
    /// Takes plain elements, in sequences too, and goes past plain ones that are not wanted, until one is not plain.
    pub(super) fn plain(&mut self, window: &Window<'_>) {
        while self.run(window) {}
    }

    /// Takes plain elements of this level; true when it went on to another one.
    fn run(&mut self, window: &Window<'_>) -> bool {
        // The first element decides on the encoding; of meta information and command sets, every element on the end.
        let is_plain_part = self.options.part == Part::DataSet && !self.options.read_on;
        if self.level.is_root() && (self.level.count == 0 || !is_plain_part) {
            return false;
        }
        let passes = self.level.is_root() && self.options.wanted.is_some();
        match (self.level.encoding, passes) {
            (Encoding::EXPLICIT_LITTLE, true) => self.pass::<true>(window),
            (Encoding::IMPLICIT_LITTLE, true) => self.pass::<false>(window),
            (Encoding::EXPLICIT_LITTLE, false) => {
                self.take::<true>(window);
                return self.turn::<true>(window);
            }
            (Encoding::IMPLICIT_LITTLE, false) => {
                self.take::<false>(window);
                return self.turn::<false>(window);
            }
            _ => {}
        }
        false
    }

    fn take<const EXPLICIT: bool>(&mut self, window: &Window<'_>) {
        let stop = self.plain_end();
        let room = usize::try_from(self.options.limits.elements).unwrap_or(usize::MAX);
        let room = room.min(self.index.rows.capacity());
        let left = usize::try_from(self.level.limit.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let rest = window.rest(self.position);
        let mut rest = rest.get(..left).unwrap_or(rest);
        let mut last = self.level.last.max(Tag(PLAIN_START.0 - 1));
        let mut position = self.position;
        let before = self.index.rows.len();
        while self.index.rows.len() < room {
            let Some(head) = rest.first_chunk::<8>() else { break };
            let tag = ByteOrder::Little.tag(*head);
            if tag <= last || tag >= stop || tag.is_private() && !(EXPLICIT && self.is_reserved(tag)) {
                break;
            }
            let Some(plain) = header::<EXPLICIT>(tag, *head, rest) else { break };
            let Some(next) = rest.get(plain.size..).and_then(|value| value.get(plain.length as usize..))
            else {
                break;
            };
            let offset = position + plain.size as u64;
            let mut row = Row::new(tag, plain.vr, plain.flags, offset, plain.length.into());
            row.set_end(self.index.len().wrapping_add(1));
            self.index.rows.push(row);
            position = offset + u64::from(plain.length);
            last = tag;
            rest = next;
        }
        let taken = self.index.rows.len() - before;
        if taken > 0 {
            self.level.count = self.level.count.saturating_add(u32::try_from(taken).unwrap_or(u32::MAX));
            self.level.last = last;
            self.position = position;
        }
    }

    /// The first tag that is not plain at this level.
    fn plain_end(&self) -> Tag {
        self.options.stop_at.filter(|_| self.level.is_root()).unwrap_or(PLAIN_END).min(PLAIN_END)
    }

    /// True for a tag that is never treated in another way than others.
    pub(super) fn is_plain_tag(&self, tag: Tag) -> bool {
        tag >= PLAIN_START && tag < self.plain_end()
    }

    /// Goes past root elements in front of the next wanted one.
    fn pass<const EXPLICIT: bool>(&mut self, window: &Window<'_>) {
        let wanted = self.options.wanted.as_deref().unwrap_or_default();
        let Some(&(first, _)) = wanted.get(self.cursor) else { return };
        let stop = first.min(self.options.stop_at.unwrap_or(PLAIN_END)).min(PLAIN_END);
        let mut rest = window.rest(self.position);
        while let Some(head) = rest.first_chunk::<8>() {
            let tag = ByteOrder::Little.tag(*head);
            if tag <= self.level.last.max(Tag(PLAIN_START.0 - 1)) || tag >= stop {
                break;
            }
            let Some(length) = length::<EXPLICIT>(*head, rest).filter(|length| length % 2 == 0) else {
                break;
            };
            self.level.last = tag;
            self.position += length;
            rest = usize::try_from(length).ok().and_then(|length| rest.get(length..)).unwrap_or_default();
            self.skipped = true;
        }
    }

    /// True when the block of this private element is known to be reserved.
    fn is_reserved(&self, tag: Tag) -> bool {
        self.reserved.is_some() && tag.creator() == self.reserved
    }
}

#[inline]
fn header<const EXPLICIT: bool>(tag: Tag, head: [u8; 8], rest: &[u8]) -> Option<Plain> {
    let [_, _, _, _, a, b, c, d] = head;
    let code = vr_of([a, b]);
    let plain = if EXPLICIT {
        let vr = code.filter(|vr| !matches!(vr, Vr::SQ | Vr::UN))?;
        if vr.has_long_length() {
            let length: [u8; 4] = *rest.get(8..)?.first_chunk()?;
            Plain { vr, flags: Flags::LONG_HEADER, size: 12, length: u32::from_le_bytes(length) }
        } else {
            Plain { vr, flags: Flags::default(), size: 8, length: u16::from_le_bytes([c, d]).into() }
        }
    } else {
        let (vr, flags) = public_vr(tag);
        let length = u32::from_le_bytes([a, b, c, d]);
        Plain { vr, flags: flags.with(Flags::IMPLICIT), size: 8, length }
    };
    // An undefined length is odd, too.
    let is_plain = plain.length % 2 == 0 && (EXPLICIT || code.is_none() && plain.vr != Vr::SQ);
    is_plain.then_some(plain)
}

/// Bytes of a whole element whose content does not matter.
#[inline]
fn length<const EXPLICIT: bool>(head: [u8; 8], rest: &[u8]) -> Option<u64> {
    let [_, _, _, _, a, b, c, d] = head;
    let code = vr_of([a, b]);
    let (size, length) = match (EXPLICIT, code) {
        (true, Some(vr)) if !vr.has_long_length() => (8, u16::from_le_bytes([c, d]).into()),
        (true, Some(_)) => (12, u32::from_le_bytes(*rest.get(8..)?.first_chunk()?)),
        (false, None) => (8, u32::from_le_bytes([a, b, c, d])),
        _ => return None,
    };
    (length < u32::MAX).then_some(size + u64::from(length))
}
