//! Attributes of single frames: the functional groups of enhanced objects (PS3.3 C.7.6.16).

use std::ops::Range;

use super::header::Header;
use crate::tag::Tag;

const SHARED: Tag = Tag::new(0x5200, 0x9229);
pub(super) const PER_FRAME: Tag = Tag::new(0x5200, 0x9230);

/// Where attributes of a frame stand: in its own groups, in the shared ones, or in the data set itself.
#[derive(Debug)]
pub(super) struct FunctionalGroups {
    shared: Option<Range<u32>>,
    frames: Vec<Range<u32>>,
}

impl FunctionalGroups {
    pub(super) fn of(image: Header<'_>) -> Self {
        let shared = image.first_item(SHARED).map(Header::rows);
        Self { shared, frames: image.items(PER_FRAME).map(Header::rows).collect() }
    }

    /// True for an enhanced object.
    pub(super) const fn are_there(&self) -> bool {
        self.shared.is_some() || !self.frames.is_empty()
    }

    /// The data set that has the functional group sequence of a frame; `None` without it.
    pub(super) fn sequence<'a>(&self, image: Header<'a>, frame: u32, tag: Tag) -> Option<Header<'a>> {
        let own = usize::try_from(frame).ok().and_then(|frame| self.frames.get(frame));
        let groups = [own, self.shared.as_ref()].into_iter().flatten();
        groups.map(|rows| image.of_rows(rows.clone())).find(|groups| groups.first_item(tag).is_some())
    }

    /// The data set with the attributes of a frame: the functional group, if it is there and has this one.
    pub(super) fn holder<'a>(
        &self,
        image: Header<'a>,
        frame: u32,
        (sequence, attribute): (Tag, Tag),
    ) -> Header<'a> {
        let item = self.sequence(image, frame, sequence).and_then(|groups| groups.first_item(sequence));
        item.filter(|item| item.has(attribute)).unwrap_or(image)
    }
}
