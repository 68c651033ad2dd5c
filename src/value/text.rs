//! Text values: splitting, padding, checking (PS3.5 §6.2, §6.4).
//!
//! What counts as padding differs from VR to VR, and is what users of pydicom 3 see.

use super::character_set::{self as sets, CharacterSet, TextRules};
use super::{Decoded, date_time, number, person_name, trim, trim_end};
use crate::error::WarningKind;
use crate::vr::{ValueKind, Vr};

/// The values of an element, decoded one by one. An element of padding alone has none.
///
/// `set` is that of the data set: only the VRs that follow it use it, the others are of the default repertoire.
#[must_use]
pub fn values<'a>(vr: Vr, bytes: &'a [u8], set: CharacterSet) -> TextValues<'a> {
    let set = character_set(vr, set);
    TextValues { vr, set, raw: raw_values(vr, bytes, set) }
}

/// The values of an element as bytes, without the padding that their VR allows. An element of padding alone has none.
#[must_use]
pub fn raw_values(vr: Vr, bytes: &[u8], set: CharacterSet) -> RawValues<'_> {
    let bytes = trim_whole(vr, bytes);
    let set = character_set(vr, set);
    RawValues { vr, values: (!bytes.is_empty()).then(|| set.split(bytes, rules(vr))) }
}

/// The character set of a VR in a data set whose Specific Character Set is `set`.
#[must_use]
pub const fn character_set(vr: Vr, set: CharacterSet) -> CharacterSet {
    if vr.follows_character_set() { set } else { CharacterSet::ISO_646 }
}

/// What the delimiters of a VR are.
#[must_use]
pub const fn rules(vr: Vr) -> TextRules {
    match vr {
        Vr::PN => TextRules::PersonName,
        _ if vr.has_text_values() => TextRules::Values,
        _ => TextRules::Single,
    }
}

/// How many values an element has: PS3.5 §6.4's Value Multiplicity; 0 where it is empty.
#[must_use]
pub fn multiplicity(vr: Vr, bytes: &[u8], set: CharacterSet) -> usize {
    match vr.kind() {
        // Counting is all there is to do where no character holds a second backslash.
        ValueKind::Ascii => number::count_values(trim_whole(vr, bytes)),
        _ => raw_values(vr, bytes, set).count(),
    }
}

/// What is wrong with a decoded value of this VR, beside its characters.
#[must_use]
pub fn check(vr: Vr, text: &str) -> Option<WarningKind> {
    let bytes = text.as_bytes();
    match vr {
        Vr::DA => date_time::parse_date(bytes).err(),
        Vr::TM => date_time::parse_time(bytes).err(),
        Vr::DT => date_time::parse_date_time(bytes).err(),
        Vr::PN => person_name::check(text),
        Vr::DS => number::parse_decimal(bytes).err(),
        Vr::IS => match number::parse_integer(bytes) {
            Ok(integer) => integer.and_then(number::IntegerString::fault),
            Err(fault) => Some(fault),
        },
        Vr::UI => {
            // Without a way out, so that compilers look at many bytes at once.
            let is_valid = bytes.iter().fold(true, |valid, byte| valid & matches!(byte, b'0'..=b'9' | b'.'));
            (!is_valid).then_some(WarningKind::InvalidUid)
        }
        _ => None,
    }
}

/// See [`values`].
#[derive(Clone, Debug)]
pub struct TextValues<'a> {
    vr: Vr,
    set: CharacterSet,
    raw: RawValues<'a>,
}

impl<'a> Iterator for TextValues<'a> {
    type Item = Decoded<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let value = self.raw.next()?;
        let decoded = self.raw.values.as_ref()?.decode(self.set, value, rules(self.vr));
        // An escape sequence may stand behind the padding.
        let decoded = decoded.cut(|text| trim_decoded(self.vr, text));
        let fault = decoded.fault.or_else(|| check(self.vr, &decoded.text));
        Some(Decoded { fault, ..decoded })
    }
}

/// See [`raw_values`].
#[derive(Clone, Debug)]
pub struct RawValues<'a> {
    vr: Vr,
    values: Option<sets::Values<'a>>,
}

impl<'a> Iterator for RawValues<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let value = self.values.as_mut()?.next()?;
        Some(match self.vr {
            Vr::AE | Vr::UI | Vr::DS | Vr::IS => trim(value),
            Vr::LO | Vr::SH | Vr::UC => trim_end(value),
            // As in pydicom: of AS, CS, DA, DT, TM and PN only the last value loses its padding.
            _ => value,
        })
    }
}

fn trim_whole(vr: Vr, bytes: &[u8]) -> &[u8] {
    match vr {
        Vr::DS | Vr::IS => trim(bytes),
        Vr::UR => {
            let is_padding = |byte: &u8| *byte == 0 || byte.is_ascii_whitespace();
            let length = bytes.iter().rposition(|byte| !is_padding(byte)).map_or(0, |last| last + 1);
            bytes.get(..length).unwrap_or_default()
        }
        _ => trim_end(bytes),
    }
}

fn trim_decoded(vr: Vr, text: &str) -> &str {
    match vr {
        Vr::PN => person_name::trim(text),
        Vr::LO | Vr::SH | Vr::UC | Vr::LT | Vr::ST | Vr::UT => text.trim_end_matches(['\0', ' ']),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(vr: Vr, bytes: &[u8]) -> Vec<String> {
        values(vr, bytes, CharacterSet::DEFAULT).map(|value| value.text.into_owned()).collect()
    }

    #[test]
    fn ps3_5_6_2_padding_as_pydicom_drops_it() {
        let value = b"  A \\ B \0 ";
        assert_eq!(texts(Vr::AE, value), ["A", "B"]);
        for vr in [Vr::AS, Vr::CS, Vr::DA, Vr::DT, Vr::TM, Vr::PN] {
            assert_eq!(texts(vr, value), ["  A ", " B"], "{vr}");
        }
        for vr in [Vr::LO, Vr::SH, Vr::UC] {
            assert_eq!(texts(vr, value), ["  A", " B"], "{vr}");
        }
        for vr in [Vr::UI, Vr::DS, Vr::IS] {
            assert_eq!(texts(vr, value), ["A", "B"], "{vr}");
        }
        for vr in [Vr::ST, Vr::LT, Vr::UT, Vr::UR] {
            assert_eq!(texts(vr, value), ["  A \\ B"], "{vr}");
        }
    }

    #[test]
    fn ps3_5_6_4_empty_values_count() {
        for vr in Vr::ALL.iter().copied().filter(|vr| vr.has_text_values()) {
            assert_eq!(texts(vr, b"\\"), ["", ""], "{vr}");
            assert_eq!(texts(vr, b"1\\"), ["1", ""], "{vr}");
            assert!(texts(vr, b"").is_empty(), "{vr}");
            assert!(texts(vr, b"  \0").is_empty(), "{vr}");
            assert_eq!(multiplicity(vr, b"1\\\\3 ", CharacterSet::DEFAULT), 3, "{vr}");
            assert_eq!(multiplicity(vr, b" ", CharacterSet::DEFAULT), 0, "{vr}");
        }
        assert_eq!(multiplicity(Vr::LT, b"a\\b", CharacterSet::DEFAULT), 1);
    }

    #[test]
    fn says_what_is_wrong_with_a_value() {
        let fault = |vr, bytes| values(vr, bytes, CharacterSet::DEFAULT).find_map(|value| value.fault);
        assert_eq!(fault(Vr::UI, b"1.2.840\0\0"), None);
        assert_eq!(fault(Vr::UI, b"1.2.x"), Some(WarningKind::InvalidUid));
        assert_eq!(fault(Vr::DA, b"20201301"), Some(WarningKind::InvalidDate));
        assert_eq!(fault(Vr::TM, b"101060"), Some(WarningKind::InvalidTime));
        assert_eq!(fault(Vr::DT, b"2020+9999"), Some(WarningKind::InvalidDateTime));
        assert_eq!(fault(Vr::DS, b"1\\1,5"), Some(WarningKind::InvalidNumber));
        assert_eq!(fault(Vr::IS, b"3000000000"), Some(WarningKind::NumberOverflow));
        assert_eq!(fault(Vr::PN, b"a=b=c=d"), Some(WarningKind::InvalidPersonName));
        assert_eq!(fault(Vr::LO, b"J\xE9"), Some(WarningKind::CharacterSetMissing));
        assert_eq!(fault(Vr::CS, b"J\xE9"), Some(WarningKind::InvalidText));
    }

    #[test]
    fn the_default_repertoire_has_no_escape_sequences() {
        let bytes = b"\x1b$B!\\\x1b(B\\b";
        assert_eq!(texts(Vr::CS, bytes), ["\x1b$B!", "\x1b(B", "b"]);
        assert_eq!(multiplicity(Vr::CS, bytes, CharacterSet::DEFAULT), 3);
        let fault = values(Vr::CS, bytes, CharacterSet::DEFAULT).find_map(|value| value.fault);
        assert_eq!(fault, Some(WarningKind::InvalidEscape));
        assert_eq!(texts(Vr::LO, bytes), ["＋", "b"]);
    }

    #[test]
    fn only_seven_vrs_follow_specific_character_set() {
        let (latin1, _) = CharacterSet::from_value(b"ISO_IR 144", CharacterSet::DEFAULT);
        for &vr in Vr::ALL.iter().filter(|vr| !matches!(vr.kind(), ValueKind::Sequence)) {
            let text = values(vr, b"\xBB", latin1).next().map(|value| value.text.into_owned());
            let follows = matches!(vr, Vr::SH | Vr::LO | Vr::ST | Vr::LT | Vr::UC | Vr::UT | Vr::PN);
            assert_eq!(text.as_deref(), Some(if follows { "Л" } else { "»" }), "{vr}");
        }
    }
}
