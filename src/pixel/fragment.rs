//! Fragments of encapsulated pixel data (PS3.5 §A.4).

use crate::dataset::ElementView;

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

/// The item of the Basic Offset Table and the fragments behind it.
pub(super) fn fragments(element: &ElementView<'_>) -> (Option<Fragment>, Vec<Fragment>) {
    let mut items = element.fragments().map(|(offset, length)| Fragment { offset, length });
    let table = items.next();
    (table, items.collect())
}
