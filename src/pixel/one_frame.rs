//! One frame of many, where the index of the data set ends in front of the fragments.
//!
//! An offset table leads to the frame, and only its items are looked at, and the one behind it. Without a table the
//! items in front of it are: their headers, and the begins and ends of codestreams, in one read where one item ends and
//! the next begins. Where codestreams have no marks, the headers of all items are. Where anything is not as the standard
//! has it, nothing is found here: the index of the whole data set tells what can be done.

use super::attributes::{Attributes, EXTENDED_OFFSET_TABLE, EXTENDED_OFFSET_TABLE_LENGTHS};
use super::fragment::Fragment;
use super::frame::{Frames, Tables};
use super::search::{EDGE, is_end, is_start};
use super::{Coding, PixelData, Storage, codec_by_signature, codec_of, offset_table, source::PixelSource};
use crate::dataset::Flags;
use crate::error::{Result, WarningKind};
use crate::file::DicomFile;
use crate::limits::Limits;
use crate::tag::Tag;

/// Most items that are walked over.
const MOST_ITEMS: usize = 1 << 20;

/// Bytes of the tag and length of an item.
const HEADER: usize = 8;

impl PixelData {
    /// The pixel data of a file that was read with [`crate::file::ReadOptions::stop_in_fragments`], for one frame of
    /// them and no other. `None` where only the index of the whole data set can tell.
    ///
    /// # Errors
    /// As [`PixelData::of`].
    pub fn of_one_frame(
        file: &DicomFile,
        source: &dyn PixelSource,
        index: u32,
        limits: &Limits,
    ) -> Result<Option<Self>> {
        let mut attributes = Attributes::of(file.dataset(), source);
        let (element, kind) = attributes.pixel_data()?;
        let is_encapsulated = element.row().has(Flags::ENCAPSULATED);
        let (Coding::Codec(labelled, family), true) = (codec_of(file.transfer_syntax)?, is_encapsulated)
        else {
            return Ok(None);
        };
        let description = attributes.description(kind)?;
        let value = |tag| attributes.get(tag).map(|found| attributes.value(&found)).transpose();
        let extended = value(EXTENDED_OFFSET_TABLE)?.unwrap_or_default();
        let extended_lengths = value(EXTENDED_OFFSET_TABLE_LENGTHS)?.unwrap_or_default();
        let wanted = Wanted { index, frames: description.number_of_frames(), source };
        let tables = Tables { basic: &[], extended: &extended, extended_lengths: &extended_lengths };
        let Some((frames, is_searched)) = wanted.find(element.row().offset(), &tables) else {
            return Ok(None);
        };
        if is_searched {
            attributes.warn(WarningKind::FramesSearched, &element);
        }
        let codec = codec_by_signature(family, frames.frame(index), &mut attributes, &element);
        Ok(Some(Self {
            description,
            reduced: None,
            storage: Storage::Encapsulated { codec: codec.unwrap_or(labelled), frames },
            warnings: attributes.warnings,
            limits: *limits,
            offset: element.row().header_offset(),
            tag: element.tag(),
            incomplete: None,
        }))
    }
}

struct Wanted<'s> {
    index: u32,
    frames: u32,
    source: &'s dyn PixelSource,
}

impl Wanted<'_> {
    /// The frames, of which at least the wanted one is there; true where they were searched. The first item begins at
    /// byte `start`.
    fn find(&self, start: u64, tables: &Tables<'_>) -> Option<(Frames, bool)> {
        let mut items = Items { source: self.source, at: start };
        let table = items.next()?;
        // It may claim to be as long as the file.
        if table.length > 4 * u64::from(self.frames) || self.index >= self.frames {
            return None;
        }
        if !tables.extended.is_empty() {
            let offsets = offset_table::extended(tables.extended)?;
            let lengths = offset_table::extended(tables.extended_lengths)?;
            let length = *lengths.get(self.index as usize).filter(|_| lengths.len() == offsets.len())?;
            let [fragment] = self.fragments(&mut items, &offsets)?[..] else { return None };
            let fragment =
                Fragment { length: Some(length).filter(|length| *length <= fragment.length)?, ..fragment };
            return Some((Frames::only(self.index, vec![fragment]), false));
        }
        if table.length > 0 {
            let basic = self.source.bytes(table.offset, table.length).ok()?;
            let fragments = self.fragments(&mut items, &offset_table::basic(&basic)?)?;
            return Some((Frames::only(self.index, fragments), false));
        }
        if let Some(fragments) = self.by_edges(items) {
            let is_searched = fragments.len() > 1;
            return Some((Frames::only(self.index, fragments), is_searched));
        }
        let mut fragments = Vec::new();
        while let Some(fragment) = items.next() {
            fragments.push(fragment);
            (fragments.len() <= MOST_ITEMS).then_some(())?;
        }
        items.is_at_end().then_some(())?;
        if fragments.len() > self.frames as usize && self.frames > 1 {
            return Some((self.searched(fragments)?, true));
        }
        Frames::of(fragments, &Tables::default(), self.frames).ok().map(|(frames, _)| (frames, false))
    }

    /// The fragments of the frame by the begins and ends of those in front of it, and its own.
    fn by_edges(&self, mut items: Items<'_>) -> Option<Vec<Fragment>> {
        let (_, mut next) = items.border(0)?;
        let (mut frame, mut fragments) = (0, Vec::new());
        for _ in 0..MOST_ITEMS {
            let (fragment, begins) = next?;
            (begins || !fragments.is_empty()).then_some(())?;
            fragments.push(fragment);
            let (ends, following) = items.border(fragment.length)?;
            if ends && frame == self.index {
                let is_last = frame + 1 == self.frames;
                return (is_last == following.is_none()).then_some(fragments);
            }
            if ends {
                frame += 1;
                fragments.clear();
            }
            next = following;
        }
        None
    }

    /// By the begins and ends of codestreams.
    fn searched(&self, fragments: Vec<Fragment>) -> Option<Frames> {
        let read = |offset, length| {
            let mut edge = vec![0; usize::try_from(length).unwrap_or_default()];
            self.source.read_into(offset, &mut edge).map(|()| edge.into())
        };
        Frames::search(fragments, self.frames, &read).ok().flatten()
    }

    /// The fragments of the frame by a table, which counts from where `items` are.
    fn fragments(&self, items: &mut Items<'_>, offsets: &[u64]) -> Option<Vec<Fragment>> {
        let first = items.at;
        let is_sound = offsets.len() == self.frames as usize
            && offsets.first() == Some(&0)
            && offsets.is_sorted_by(|before, after| before < after);
        is_sound.then_some(())?;
        let begin = |number: usize| offsets.get(number).map(|offset| first.checked_add(*offset));
        items.at = begin(self.index as usize)??;
        let end = begin(self.index as usize + 1);
        let mut fragments = Vec::new();
        while end != Some(Some(items.at)) {
            let Some(fragment) = items.next() else { break };
            fragments.push(fragment);
            (fragments.len() <= MOST_ITEMS).then_some(())?;
        }
        // Behind the last frame is the end, behind another one the next.
        let is_whole = match end {
            None => items.is_at_end(),
            Some(end) => end == Some(items.at) && items.next().is_some(),
        };
        (is_whole && !fragments.is_empty()).then_some(fragments)
    }
}

/// Items in their order.
#[derive(Clone, Copy)]
struct Items<'s> {
    source: &'s dyn PixelSource,
    /// Where the next one begins.
    at: u64,
}

impl Items<'_> {
    /// The next item; `None` for anything else.
    fn next(&mut self) -> Option<Fragment> {
        let mut header = [0; HEADER];
        self.source.read_into(self.at, &mut header).ok()?;
        self.take(header)
    }

    /// The item with this header, and the one behind it is the next.
    fn take(&mut self, header: [u8; HEADER]) -> Option<Fragment> {
        let (tag, length) = tag_and_length(header);
        // An odd length may be a mistake of one, an undefined one has no item that ends.
        if tag != Tag::ITEM || length % 2 == 1 {
            return None;
        }
        let fragment = Fragment { offset: self.at.checked_add(HEADER as u64)?, length: length.into() };
        self.at = fragment.offset.checked_add(fragment.length)?;
        Some(fragment)
    }

    /// Whether the item of `before` bytes in front of this place ends a codestream; and the next item, and whether it
    /// begins one, if there is any more.
    fn border(&mut self, before: u64) -> Option<(bool, Option<(Fragment, bool)>)> {
        let before = before.min(EDGE as u64);
        let start = self.at.checked_sub(before)?;
        let header = usize::try_from(before).ok()?;
        let content = header + HEADER;
        let mut memory = [0; HEADER + 2 * EDGE];
        let mut read = |length: usize| self.source.read_into(start, memory.get_mut(..length)?).ok();
        // Behind the last item may be less.
        let length = content + EDGE;
        let length = read(length).map(|()| length).or_else(|| read(content).map(|()| content))?;
        let bytes = memory.get(..length)?;
        let ends = is_end(bytes.get(..header)?);
        let (header, begin) = bytes.get(header..)?.split_first_chunk()?;
        if tag_and_length(*header).0 == Tag::SEQUENCE_DELIMITER {
            return Some((ends, None));
        }
        let fragment = self.take(*header)?;
        let inside = usize::try_from(fragment.length).map_or(begin.len(), |length| length.min(begin.len()));
        Some((ends, Some((fragment, is_start(begin.get(..inside)?)))))
    }

    fn is_at_end(&self) -> bool {
        let mut header = [0; HEADER];
        self.source.read_into(self.at, &mut header).is_ok()
            && tag_and_length(header).0 == Tag::SEQUENCE_DELIMITER
    }
}

fn tag_and_length(header: [u8; HEADER]) -> (Tag, u32) {
    let [a, b, c, d, length @ ..] = header;
    (Tag(u32::from_le_bytes([c, d, a, b])), u32::from_le_bytes(length))
}
