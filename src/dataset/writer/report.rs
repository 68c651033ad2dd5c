//! What a target cannot keep.

use crate::error::TagPath;

/// Elements of which a list is kept; a data set could hold millions.
const MAX_LISTED: usize = 1000;

/// What a target cannot keep although everything can be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Elements whose VR is not that of any dictionary: implicit VR does not say which they have.
    pub vr_lost: Vec<TagPath>,
    /// Elements written as UN, since the length field of their VR has 16 bits (PS3.5 §6.2.2).
    pub written_as_unknown: Vec<TagPath>,
    /// Text with bytes that are not of the character set it was read in: it is written as far as it could be read.
    pub damaged_text: Vec<TagPath>,
    /// Elements beyond those listed.
    pub unlisted: u64,
}

impl Report {
    /// True when everything is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.vr_lost.is_empty() && self.written_as_unknown.is_empty() && self.damaged_text.is_empty()
    }

    /// Adds an element to one of the lists.
    pub(super) fn add(&mut self, list: impl FnOnce(&mut Self) -> &mut Vec<TagPath>, path: TagPath) {
        let listed = list(self);
        if listed.len() < MAX_LISTED {
            listed.push(path);
        } else {
            self.unlisted += 1;
        }
    }
}
