//! Fragments of encapsulated pixel data (PS3.5 §A.4).

use std::ops::Range;

use crate::dataset::ElementView;
use crate::tag::Tag;

/// Bytes of a fragment, by their offset in the index of the data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// The first byte of the value.
    pub offset: u64,
    /// Bytes of the value that are there.
    pub length: u64,
}

impl Fragment {
    /// Bytes of the item header in front of the value.
    const HEADER: u64 = 8;

    /// The byte that offset tables count to: that of the item tag.
    pub(super) fn item(&self) -> u64 {
        self.offset.saturating_sub(Self::HEADER)
    }
}

/// The values of the items that `bytes` consist of, the Basic Offset Table first; `None` where they are no items. A
/// Sequence Delimitation Item may end them.
#[must_use]
pub fn split_fragments(bytes: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut ranges = Vec::new();
    let mut at = 0_usize;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let header: [u8; 8] = *rest.first_chunk()?;
        let [a, b, c, d, length @ ..] = header;
        match u32::from_le_bytes([c, d, a, b]) {
            ITEM => {}
            SEQUENCE_DELIMITER => return Some(ranges),
            _ => return None,
        }
        let start = at + header.len();
        let end = start.checked_add(usize::try_from(u32::from_le_bytes(length)).ok()?)?;
        if end > bytes.len() {
            return None;
        }
        ranges.push(start..end);
        at = end;
    }
    (!ranges.is_empty()).then_some(ranges)
}

const ITEM: u32 = Tag::ITEM.0;
const SEQUENCE_DELIMITER: u32 = Tag::SEQUENCE_DELIMITER.0;

/// The item of the Basic Offset Table and the fragments behind it.
pub(super) fn fragments(element: &ElementView<'_>) -> (Option<Fragment>, Vec<Fragment>) {
    let mut items = element.fragments().map(|(offset, length)| Fragment { offset, length });
    let table = items.next();
    (table, items.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ps3_5_a_4_splits_items() {
        let item = |value: &[u8]| {
            let length = u32::try_from(value.len()).unwrap().to_le_bytes();
            [&[0xFE, 0xFF, 0x00, 0xE0], &length[..], value].concat()
        };
        let whole = [item(b""), item(b"abcd"), item(b"ef")].concat();
        assert_eq!(split_fragments(&whole), Some(vec![8..8, 16..20, 28..30]));
        let ended = [&whole[..], &[0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]].concat();
        assert_eq!(split_fragments(&ended), Some(vec![8..8, 16..20, 28..30]));
        for cut in 1..whole.len() {
            let is_boundary = [8, 20].contains(&cut);
            assert_eq!(split_fragments(&whole[..cut]).is_some(), is_boundary, "{cut}");
        }
        assert_eq!((split_fragments(b""), split_fragments(&[1; 64])), (None, None));
    }
}
