//! Private creators met so far (PS3.5 §7.8.1), which give private elements their VR where it is not written.

use crate::tag::Tag;

#[derive(Clone, Copy, Debug)]
struct Entry {
    depth: u32,
    tag: Tag,
    start: u32,
    end: u32,
}

/// The private creators of the data sets that are open. Items do not inherit those of the data set around them.
#[derive(Debug, Default)]
pub(super) struct Creators {
    entries: Vec<Entry>,
    names: Vec<u8>,
}

impl Creators {
    /// The longest creator that is kept: LO has 64 characters.
    pub(super) const MAX_LENGTH: u64 = 64;

    /// Notes the value of a private creator element of the data set at `depth`.
    pub(super) fn record(&mut self, depth: u32, tag: Tag, value: &[u8]) {
        let value = value.get(..64).unwrap_or(value);
        let start = self.names.len();
        self.names.extend_from_slice(crate::uid::trim(value));
        if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(self.names.len())) {
            self.entries.push(Entry { depth, tag, start, end });
        }
    }

    /// The creator that reserves the block of `tag` in the data set at `depth`.
    pub(super) fn find(&self, depth: u32, tag: Tag) -> Option<&str> {
        let creator = tag.creator()?;
        let of_set = self.entries.iter().rev().take_while(|entry| entry.depth == depth);
        let entry = of_set.take(0x100).find(|entry| entry.tag == creator)?;
        let name = self.names.get(entry.start as usize..entry.end as usize)?;
        std::str::from_utf8(name).ok()
    }

    /// Forgets the data set at `depth` and all inside it.
    #[inline]
    pub(super) fn leave(&mut self, depth: u32) {
        while let Some(last) = self.entries.pop_if(|entry| entry.depth >= depth) {
            self.names.truncate(last.start as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ps3_5_7_8_1_items_do_not_inherit_reservations() {
        let mut creators = Creators::default();
        creators.record(0, Tag::new(0x29, 0x10), b"SIEMENS CSA HEADER ");
        assert_eq!(creators.find(0, Tag::new(0x29, 0x1010)), Some("SIEMENS CSA HEADER"));
        assert_eq!(creators.find(1, Tag::new(0x29, 0x1010)), None);
        creators.record(1, Tag::new(0x29, 0x11), b"OTHER");
        assert_eq!(creators.find(1, Tag::new(0x29, 0x1110)), Some("OTHER"));
        creators.leave(1);
        assert_eq!(creators.find(0, Tag::new(0x29, 0x1010)), Some("SIEMENS CSA HEADER"));
        assert_eq!(creators.find(0, Tag::new(0x29, 0x1110)), None);
    }
}
