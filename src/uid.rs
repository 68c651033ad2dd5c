//! Unique identifiers (PS3.5 §9).

use std::fmt;

/// A UID of at most 64 bytes, held in place.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Uid {
    length: u8,
    bytes: [u8; 64],
}

impl Uid {
    /// The longest UID (PS3.5 §9.1).
    pub const MAX_LENGTH: usize = 64;

    /// Takes the value of a UI element: NULs and spaces around it are dropped.
    ///
    /// `None` when what is left is empty, longer than 64 bytes or not of digits and dots.
    #[must_use]
    pub fn from_value(value: &[u8]) -> Option<Self> {
        let value = trim(value);
        let length = u8::try_from(value.len()).ok()?;
        let valid = !value.is_empty() && value.iter().all(|b| b.is_ascii_digit() || *b == b'.');
        let mut bytes = [0; 64];
        bytes.get_mut(..value.len())?.copy_from_slice(value);
        valid.then_some(Self { length, bytes })
    }

    /// The UID as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.bytes
            .get(..usize::from(self.length))
            .and_then(|b| std::str::from_utf8(b).ok())
            .unwrap_or_default()
    }
}

/// `value` without the NULs and spaces that pad it.
#[must_use]
pub fn trim(value: &[u8]) -> &[u8] {
    let is_padding = |b: &u8| matches!(b, 0 | b' ');
    let start = value.iter().position(|b| !is_padding(b)).unwrap_or(value.len());
    let end = value.iter().rposition(|b| !is_padding(b)).map_or(start, |last| last + 1);
    value.get(start..end).unwrap_or_default()
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_padded_values() {
        assert_eq!(Uid::from_value(b" 1.2.840\0\0").unwrap().as_str(), "1.2.840");
        assert_eq!(Uid::from_value(b"1.2.x"), None);
        assert_eq!(Uid::from_value(b"\0"), None);
        assert_eq!(Uid::from_value(&[b'1'; 65]), None);
    }
}
