//! All strings of the dictionaries: one blob, which costs no relocation when the library is loaded.

static TEXT: &str = include_str!("generated/text.txt");

/// Where a string stands in the blob: offset << 8 | length.
#[derive(Clone, Copy)]
pub(super) struct Text(pub(super) u32);

impl Text {
    pub(super) fn as_str(self) -> &'static str {
        let [length, offset @ ..] = self.0.to_le_bytes();
        let [first, second, third] = offset.map(usize::from);
        let start = first | second << 8 | third << 16;
        TEXT.get(start..start + usize::from(length)).unwrap_or_default()
    }
}
