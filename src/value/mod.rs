//! One element's bytes ↔ value (PS3.5 §6); knows nothing of files.
//!
//! Nothing here fails because a value is odd: what can be read is given, with the [`WarningKind`] that says what is
//! wrong. [`text`] gives the values of every text VR, [`number`] those of the binary VRs and the numbers in DS and IS,
//! [`date_time`] and [`person_name`] the parts of DA, TM, DT and PN. Values on their way out are the other half: [`check`]
//! says which rule a value that is set breaks, [`encode`] gives the bytes of an element, [`decimal_string()`] the text of a
//! number.

pub mod character_set;
pub mod check;
pub mod date_time;
mod decimal_string;
pub mod encode;
pub mod number;
pub mod person_name;
mod survey;
pub mod text;

use std::borrow::Cow;

pub use decimal_string::decimal_string;

use crate::error::WarningKind;

/// Text, and what was wrong with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The best reading; borrowed from the value where its bytes are the text.
    pub text: Cow<'a, str>,
    /// The first thing that was wrong.
    pub fault: Option<WarningKind>,
}

impl<'a> Decoded<'a> {
    /// Text without a fault.
    #[must_use]
    pub const fn sound(text: &'a str) -> Self {
        Self { text: Cow::Borrowed(text), fault: None }
    }

    /// The same reading cut to a part of it.
    #[must_use]
    fn cut(self, part: impl Fn(&str) -> &str) -> Self {
        let text = match self.text {
            Cow::Borrowed(text) => Cow::Borrowed(part(text)),
            Cow::Owned(text) => {
                let kept = part(&text);
                if kept.len() == text.len() { Cow::Owned(text) } else { Cow::Owned(kept.to_owned()) }
            }
        };
        Self { text, fault: self.fault }
    }
}

/// True for what pads a value: spaces, and NULs where a writer took them for spaces.
#[must_use]
pub const fn is_padding(byte: u8) -> bool {
    matches!(byte, 0 | b' ')
}

/// `bytes` without the padding at its end.
#[must_use]
pub fn trim_end(bytes: &[u8]) -> &[u8] {
    let length = bytes.iter().rposition(|byte| !is_padding(*byte)).map_or(0, |last| last + 1);
    bytes.get(..length).unwrap_or_default()
}

/// `bytes` without white space and NULs on both sides.
#[must_use]
pub fn trim(bytes: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| *byte == 0 || byte.is_ascii_whitespace();
    let start = bytes.iter().position(|byte| !is_blank(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    bytes.get(start..end).unwrap_or_default()
}
