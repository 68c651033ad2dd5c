//! One frame of many, where the index of the data set ends in front of the fragments.
//!
//! An offset table leads to the frame, and only its items are looked at, and the one behind it. Without a table the
//! headers of all items are, and where frames have several, their begins and ends. Where anything is not as the standard
//! has it, nothing is found here: the index of the whole data set tells what can be done.

use super::attributes::{Attributes, EXTENDED_OFFSET_TABLE, EXTENDED_OFFSET_TABLE_LENGTHS};
use super::fragment::Fragment;
use super::frame::{Frames, Tables};
use super::{Coding, PixelData, Storage, codec_by_signature, codec_of, offset_table, source::PixelSource};
use crate::dataset::Flags;
use crate::error::{Result, WarningKind};
use crate::file::DicomFile;
use crate::limits::Limits;
use crate::tag::Tag;

/// Most items that are walked over.
const MOST_ITEMS: usize = 1 << 20;

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
struct Items<'s> {
    source: &'s dyn PixelSource,
    /// Where the next one begins.
    at: u64,
}

impl Items<'_> {
    fn header(&self) -> Option<(Tag, u32)> {
        let mut header = [0; 8];
        self.source.read_into(self.at, &mut header).ok()?;
        let [a, b, c, d, length @ ..] = header;
        Some((Tag(u32::from_le_bytes([c, d, a, b])), u32::from_le_bytes(length)))
    }

    /// The next item; `None` for anything else.
    fn next(&mut self) -> Option<Fragment> {
        let (tag, length) = self.header()?;
        // An odd length may be a mistake of one, an undefined one has no item that ends.
        if tag != Tag::ITEM || length % 2 == 1 {
            return None;
        }
        let fragment = Fragment { offset: self.at.checked_add(8)?, length: length.into() };
        self.at = fragment.offset.checked_add(fragment.length)?;
        Some(fragment)
    }

    fn is_at_end(&self) -> bool {
        self.header().is_some_and(|(tag, _)| tag == Tag::SEQUENCE_DELIMITER)
    }
}
