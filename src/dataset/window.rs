//! The bytes that a tokenizer is given at a time.

/// A run of bytes of the source.
#[derive(Clone, Copy)]
pub(super) struct Window<'b> {
    base: u64,
    bytes: &'b [u8],
    total: Option<u64>,
}

impl<'b> Window<'b> {
    pub(super) fn new(base: u64, bytes: &'b [u8], total: Option<u64>) -> Self {
        Self { base, bytes, total }
    }

    /// The bytes from `offset` on, as many as there are.
    fn from(&self, offset: u64) -> Option<&'b [u8]> {
        let start = usize::try_from(offset.checked_sub(self.base)?).ok()?;
        self.bytes.get(start..)
    }

    /// The `N` bytes at `offset`.
    #[inline]
    pub(super) fn at<const N: usize>(&self, offset: u64) -> Option<[u8; N]> {
        self.from(offset)?.first_chunk().copied()
    }

    /// The `length` bytes at `offset`.
    pub(super) fn slice(&self, offset: u64, length: u64) -> Option<&'b [u8]> {
        self.from(offset)?.get(..usize::try_from(length).ok()?)
    }

    /// The bytes from `offset` to the end of the window.
    pub(super) fn rest(&self, offset: u64) -> &'b [u8] {
        self.from(offset).unwrap_or_default()
    }

    /// The byte after the last.
    pub(super) fn end(&self) -> u64 {
        self.base.saturating_add(self.bytes.len() as u64)
    }

    /// The size of the source, where it is known.
    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    /// True when nothing comes after this window.
    pub(super) fn is_last(&self) -> bool {
        self.total.is_some_and(|total| self.end() >= total)
    }
}
