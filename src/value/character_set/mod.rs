//! Specific Character Set (0008,0005): which bytes are which text (PS3.5 §6.1, PS3.3 C.12.1.1.2).

mod encode;
mod iso2022;
mod multi_byte;
mod repertoire;
mod term;

use std::borrow::Cow;

use encoding_rs::Encoding;

pub use self::encode::EncodeFault;
use self::iso2022::{CodeElements, Declared};
use self::repertoire::G0;
use self::term::Term;
use super::survey::{self, Survey};
use super::{Decoded, trim};
use crate::error::WarningKind;

/// Which bytes are delimiters in a text: they separate values or parts, and end what escape sequences brought in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextRules {
    /// A backslash separates values (LO, SH, UC and the VRs of the default repertoire).
    Values,
    /// A backslash is a character (ST, LT, UT, UR).
    Single,
    /// A backslash separates values, `=` component groups and `^` components (PN, PS3.5 §6.2.1).
    PersonName,
}

impl TextRules {
    const fn is_delimiter(self, byte: u8) -> bool {
        match self {
            Self::Values => byte == b'\\',
            Self::Single => false,
            Self::PersonName => matches!(byte, b'\\' | b'^' | b'='),
        }
    }
}

/// A value of Specific Character Set, understood. Small: copied, not shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CharacterSet {
    coding: Coding,
    /// Specific Character Set is absent or empty, and this is what is taken in its place.
    assumed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Coding {
    /// The default repertoire, whatever Specific Character Set is: no code extensions, so an escape character is
    /// just a wrong one.
    Default,
    Iso(CodeElements),
    Utf8,
    Encoding(&'static Encoding),
}

impl CharacterSet {
    /// The default repertoire, ISO-IR 6. Bytes beyond it are read as UTF-8 where they are that, else as ISO 8859-1,
    /// with a warning.
    pub const ISO_646: Self = Self { coding: Coding::Default, assumed: false };

    /// What is taken where Specific Character Set is absent or empty.
    pub const DEFAULT: Self = Self { coding: Coding::Iso(CodeElements::DEFAULT), assumed: true };

    /// UTF-8, ISO_IR 192.
    pub const UTF_8: Self = Self { coding: Coding::Utf8, assumed: false };

    /// Reads the value of (0008,0005). `fallback` is taken where it has no term at all, mostly [`Self::DEFAULT`].
    #[must_use]
    pub fn from_value(value: &[u8], fallback: Self) -> (Self, Vec<WarningKind>) {
        let mut reader = TermReader::default();
        if trim(value).is_empty() {
            return (fallback, reader.faults);
        }
        let mut terms = value.split(|byte| *byte == b'\\').map(trim).peekable();
        let first = reader.first(terms.next().unwrap_or_default(), terms.peek().is_some());
        let coding = match first {
            Coding::Iso(elements) => {
                let declared = terms.fold(elements.declared, |declared, term| reader.further(term, declared));
                Coding::Iso(CodeElements { declared, ..elements })
            }
            stand_alone => {
                if terms.any(|term| !term.is_empty()) {
                    reader.note(WarningKind::CharacterSetExtension);
                }
                stand_alone
            }
        };
        (Self { coding, assumed: false }, reader.faults)
    }

    /// The character set of an override: a defined term, several joined by a backslash, or the name of a codec
    /// ("utf-8", "latin-1", "shift_jis", "cp1252"). `None` for a name nobody knows.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let (set, faults) = Self::from_value(name.as_bytes(), Self::ISO_646);
        (!faults.contains(&WarningKind::CharacterSetUnknown)).then_some(set)
    }

    /// The same character set as a fallback: for data sets that do not say which they use.
    #[must_use]
    pub const fn assumed(self) -> Self {
        Self { assumed: true, ..self }
    }

    /// Reads one value, or a whole text of [`TextRules::Single`].
    #[must_use]
    pub fn decode<'a>(&self, bytes: &'a [u8], rules: TextRules) -> Decoded<'a> {
        self.decode_surveyed(bytes, rules, Survey::of(bytes))
    }

    /// Reads one value of which `survey` tells the truth, or too much.
    fn decode_surveyed<'a>(&self, bytes: &'a [u8], rules: TextRules, survey: Survey) -> Decoded<'a> {
        if survey.is_plain() && !self.changes_ascii() {
            // Any encoding here is a superset of ASCII.
            return Decoded::sound(std::str::from_utf8(bytes).unwrap_or_default());
        }
        let has_escape = bytes.contains(&iso2022::ESCAPE);
        let decoded = match self.coding {
            Coding::Default => undeclared(bytes),
            Coding::Iso(CodeElements::DEFAULT) if !has_escape => undeclared(bytes),
            Coding::Iso(elements) if !has_escape && elements.is_single_byte() => {
                let mut text = String::with_capacity(bytes.len());
                let sound = elements.g1.push(bytes, &mut text);
                Decoded { text: Cow::Owned(text), fault: (!sound).then_some(WarningKind::InvalidText) }
            }
            Coding::Iso(elements) => {
                let (text, fault) = iso2022::decode(elements, rules, bytes);
                Decoded { text: Cow::Owned(text), fault }
            }
            Coding::Utf8 => utf8(bytes),
            Coding::Encoding(encoding) => {
                let (text, faulty) = encoding.decode_without_bom_handling(bytes);
                Decoded { text, fault: faulty.then_some(WarningKind::InvalidText) }
            }
        };
        let fault = match decoded.fault {
            _ if self.assumed && !bytes.is_ascii() => Some(WarningKind::CharacterSetMissing),
            None if has_escape && !matches!(self.coding, Coding::Iso(_)) => Some(WarningKind::InvalidEscape),
            fault => fault,
        };
        Decoded { fault, ..decoded }
    }

    /// The values of a text as bytes: what stands between backslashes that are not half a character. No bytes are one
    /// value.
    #[must_use]
    pub fn split(self, bytes: &[u8], rules: TextRules) -> Values<'_> {
        let survey = Survey::of(bytes);
        let boundary = match self.coding {
            _ if rules == TextRules::Single || !survey.backslash => Boundary::None,
            Coding::Iso(elements) if survey.escape => Boundary::Iso(elements, rules),
            Coding::Encoding(encoding) if multi_byte::has_backslash_inside(encoding) && survey.high => {
                Boundary::MultiByte(encoding)
            }
            _ => Boundary::Backslash,
        };
        Values { rest: Some(bytes), boundary, survey }
    }

    /// True where some byte below 80H is not the ASCII character.
    const fn changes_ascii(&self) -> bool {
        matches!(self.coding, Coding::Iso(CodeElements { g0: G0::Romaji, .. }))
    }
}

impl Default for CharacterSet {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Text where nothing says what the bytes beyond ASCII are.
fn undeclared(bytes: &[u8]) -> Decoded<'_> {
    let fault = (!bytes.is_ascii()).then_some(WarningKind::InvalidText);
    match std::str::from_utf8(bytes) {
        Ok(text) => Decoded { text: Cow::Borrowed(text), fault },
        Err(_) => Decoded { text: bytes.iter().map(|byte| char::from(*byte)).collect(), fault },
    }
}

fn utf8(bytes: &[u8]) -> Decoded<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Decoded::sound(text),
        Err(_) => Decoded { text: String::from_utf8_lossy(bytes), fault: Some(WarningKind::InvalidText) },
    }
}

/// The values of a text, see [`CharacterSet::split`].
#[derive(Clone, Debug)]
pub struct Values<'a> {
    rest: Option<&'a [u8]>,
    boundary: Boundary,
    /// Of the whole text.
    survey: Survey,
}

impl Values<'_> {
    /// Reads one of these values, which may have been trimmed, as [`CharacterSet::decode`] does.
    pub(super) fn decode<'v>(&self, set: CharacterSet, value: &'v [u8], rules: TextRules) -> Decoded<'v> {
        set.decode_surveyed(value, rules, self.survey)
    }
}

/// What may hold a backslash that is no delimiter.
#[derive(Clone, Copy, Debug)]
enum Boundary {
    None,
    Backslash,
    Iso(CodeElements, TextRules),
    MultiByte(&'static Encoding),
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.rest?;
        let length = match self.boundary {
            Boundary::None => bytes.len(),
            Boundary::Backslash => survey::find(bytes, b'\\'),
            Boundary::Iso(elements, rules) => iso2022::value_length(elements, rules, bytes),
            Boundary::MultiByte(encoding) => multi_byte::value_length(encoding, bytes),
        };
        self.rest = bytes.get(length.saturating_add(1)..);
        bytes.get(..length)
    }
}

/// Reads the terms of Specific Character Set and keeps what is wrong with them, each kind once.
#[derive(Default)]
struct TermReader {
    faults: Vec<WarningKind>,
}

impl TermReader {
    fn note(&mut self, fault: WarningKind) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    fn term(&mut self, term: &[u8]) -> Option<Term> {
        let text = std::str::from_utf8(term).unwrap_or_default();
        Term::defined(text)
            .or_else(|| Term::meant(text).inspect(|_| self.note(WarningKind::CharacterSetAlias)))
            .or_else(|| {
                self.note(WarningKind::CharacterSetUnknown);
                None
            })
    }

    /// Value 1; empty means ISO 2022 IR 6 where more values follow.
    fn first(&mut self, term: &[u8], several: bool) -> Coding {
        let default = Coding::Iso(CodeElements::DEFAULT);
        let default_extended = Term::defined("ISO 2022 IR 6");
        let term = if term.is_empty() { default_extended } else { self.term(term) };
        match term.or(default_extended.filter(|_| several)) {
            None => default,
            Some(Term::Utf8) => Coding::Utf8,
            Some(Term::Encoding(encoding)) => Coding::Encoding(encoding),
            Some(Term::Iso { registration, extends }) => {
                if several && !extends {
                    self.note(WarningKind::CharacterSetExtension);
                }
                let elements = registration.code_elements();
                let extends = several || extends;
                let declared =
                    if extends { registration.declare(elements.declared) } else { elements.declared };
                Coding::Iso(CodeElements { declared, ..elements })
            }
        }
    }

    /// Values 2 to n, which add to what may be designated.
    fn further(&mut self, term: &[u8], declared: Declared) -> Declared {
        if term.is_empty() {
            return declared;
        }
        match self.term(term) {
            Some(Term::Iso { registration, extends }) => {
                if !extends {
                    self.note(WarningKind::CharacterSetExtension);
                }
                registration.declare(declared)
            }
            Some(Term::Utf8 | Term::Encoding(_)) => {
                self.note(WarningKind::CharacterSetExtension);
                declared
            }
            None => declared,
        }
    }
}

#[cfg(test)]
mod tests;
