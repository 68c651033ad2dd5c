//! What PS3.5 §6.2 says of values that are to be written.
//!
//! Reading takes what it can get ([`text::check`](super::text::check)); this is the other side, and says which rule a
//! value breaks. The parsers are the same.

use std::fmt;
use std::ops::RangeInclusive;

use super::number::IntegerString;
use super::person_name::{self, COMPONENTS, GROUPS, Parts};
use super::{date_time, decimal_string, encode, number};
use crate::dictionary::Vm;
use crate::error::WarningKind;
use crate::uid::Uid;
use crate::vr::{ValueKind, Vr};

/// The rule that a value breaks. It names limits, lengths and counts, never the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueFault {
    /// Longer than the VR allows.
    Length {
        /// The VR.
        vr: Vr,
        /// The most characters: of the value, or of a component group of PN.
        limit: u64,
        /// How many there are.
        found: u64,
    },
    /// A character that the VR does not have.
    Repertoire {
        /// The VR.
        vr: Vr,
        /// The zero-based number of the character in the value.
        character: usize,
    },
    /// Spaces alone, where they mean nothing.
    Blank {
        /// The VR.
        vr: Vr,
    },
    /// Not written as the VR asks for.
    Form {
        /// The VR.
        vr: Vr,
    },
    /// More component groups than a person name has.
    ComponentGroups {
        /// How many there are.
        found: usize,
    },
    /// More components than a component group of a person name has.
    Components {
        /// How many there are.
        found: usize,
    },
    /// An integer out of the range of the VR.
    Range {
        /// The VR.
        vr: Vr,
        /// The least.
        least: i128,
        /// The greatest.
        greatest: i128,
    },
    /// A number that the VR has as infinite, or that is infinite or NaN where the VR has neither.
    NotFinite {
        /// The VR.
        vr: Vr,
    },
    /// A value of another kind than the VR has.
    Kind {
        /// The VR.
        vr: Vr,
    },
    /// More or fewer values than the attribute has.
    Multiplicity {
        /// What the dictionary says.
        vm: Vm,
        /// How many there are.
        found: usize,
    },
}

impl fmt::Display for ValueFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Length { vr: Vr::PN, limit, found } => {
                write!(f, "a component group of PN has at most {limit} characters, this one has {found}")
            }
            Self::Length { vr, limit, found } => {
                write!(f, "a value of {vr} has at most {limit} characters, this one has {found}")
            }
            Self::Repertoire { vr, character } => {
                write!(
                    f,
                    "a value of {vr} has {}: the character at index {character} is none",
                    repertoire(vr)
                )
            }
            Self::Blank { vr } => write!(f, "a value of {vr} is not of spaces alone"),
            Self::Form { vr } => write!(f, "a value of {vr} is {}", form(vr)),
            Self::ComponentGroups { found } => {
                write!(f, "a person name has at most {GROUPS} component groups, this one has {found}")
            }
            Self::Components { found } => {
                write!(f, "a component group of PN has at most {COMPONENTS} components, this one has {found}")
            }
            Self::Range { vr, least, greatest } => write!(f, "a value of {vr} is from {least} to {greatest}"),
            Self::NotFinite { vr: Vr::DS } => f.write_str("a value of DS is neither infinite nor NaN"),
            Self::NotFinite { vr } => write!(f, "a value of {vr} is from {:e} to {:e}", f32::MIN, f32::MAX),
            Self::Kind { vr } => write!(f, "{vr} has values of another kind"),
            Self::Multiplicity { vm, found } => write!(f, "the attribute has {vm} values, these are {found}"),
        }
    }
}

impl std::error::Error for ValueFault {}

/// The most characters of a value (PS3.5 Table 6.2-1). Where the table counts bytes of a VR with a limit, a character is
/// one.
const fn limit(vr: Vr) -> u64 {
    match vr {
        Vr::AS => 4,
        Vr::DA => 8,
        Vr::IS => 12,
        Vr::TM => 14,
        Vr::AE | Vr::CS | Vr::SH => 16,
        Vr::DS => decimal_string::LONGEST as u64,
        Vr::DT => 26,
        Vr::LO | Vr::PN => 64,
        Vr::UI => Uid::MAX_LENGTH as u64,
        Vr::ST => 1024,
        Vr::LT => 10_240,
        _ => u32::MAX as u64 - 1,
    }
}

/// The characters of a VR, as [`is_of_repertoire`] has them.
const fn repertoire(vr: Vr) -> &'static str {
    match vr {
        Vr::AE => "ASCII characters without backslash and control characters",
        Vr::AS => "digits and D, W, M or Y",
        Vr::CS => "capital letters, digits, spaces and underscores",
        Vr::DA => "digits (in queries, a hyphen too)",
        Vr::DS => "digits, signs, E, e, points and spaces around",
        Vr::DT => "digits, a point, a sign and spaces at the end",
        Vr::IS => "digits, a sign and spaces around",
        Vr::TM => "digits, a point and spaces at the end (in queries, a hyphen too)",
        Vr::UI => "digits and points",
        Vr::UR => "the characters of a URI and spaces at the end",
        Vr::ST | Vr::LT | Vr::UT => "no control characters but TAB, LF, FF and CR",
        _ => "no backslash and no control characters",
    }
}

/// True for a character of the VR.
fn is_of_repertoire(vr: Vr, character: char) -> bool {
    match vr {
        Vr::AE => matches!(character, ' '..='~') && character != '\\',
        Vr::AS => matches!(character, '0'..='9' | 'D' | 'W' | 'M' | 'Y'),
        Vr::CS => matches!(character, 'A'..='Z' | '0'..='9' | ' ' | '_'),
        Vr::DA => character.is_ascii_digit(),
        Vr::DS => matches!(character, '0'..='9' | '+' | '-' | 'E' | 'e' | '.' | ' '),
        Vr::DT => matches!(character, '0'..='9' | '+' | '-' | '.' | ' '),
        Vr::IS => matches!(character, '0'..='9' | '+' | '-' | ' '),
        Vr::TM => matches!(character, '0'..='9' | '.' | ' '),
        Vr::UI => matches!(character, '0'..='9' | '.'),
        // RFC 3986, and what pads it.
        Vr::UR => character.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=% ".contains(character),
        // An escape character would begin an escape sequence, and a text that is decoded has none.
        Vr::ST | Vr::LT | Vr::UT => {
            !character.is_control() || matches!(character, '\t' | '\n' | '\u{C}' | '\r')
        }
        _ => character != '\\' && !character.is_control(),
    }
}

/// How a value of the VR is written.
const fn form(vr: Vr) -> &'static str {
    match vr {
        Vr::AS => "nnnD, nnnW, nnnM or nnnY",
        Vr::DA => "a day, YYYYMMDD",
        Vr::DS => "a decimal number",
        Vr::DT => "YYYYMMDDHHMMSS.FFFFFF&ZZXX or a beginning of it",
        Vr::IS => "an integer",
        Vr::TM => "HHMMSS.FFFFFF or a beginning of it",
        Vr::UI => "numbers without leading zeros between points",
        Vr::UR => "a URI without spaces in front or within",
        Vr::PN => "not of delimiters alone",
        _ => "text",
    }
}

/// Checks one value of a text VR that is to be written in a data set. An empty value is one of every VR.
///
/// # Errors
/// The first rule of PS3.5 §6.2 that it breaks; [`ValueFault::Kind`] where the VR is not one of text.
pub fn check_text(vr: Vr, text: &str) -> Result<(), ValueFault> {
    Value { vr, text, is_key: false }.check(limit(vr))
}

/// As [`check_text`], for one value of the Identifier of a query: ranges of DA, TM and DT and the wild cards `*` and `?`
/// are allowed where PS3.4 C.2.2.2 has them.
///
/// # Errors
/// As [`check_text`].
pub fn check_matching_key(vr: Vr, text: &str) -> Result<(), ValueFault> {
    let limit = match vr {
        Vr::DA => 18,
        Vr::TM => 28,
        Vr::DT => 54,
        _ => limit(vr),
    };
    Value { vr, text, is_key: true }.check(limit)
}

/// Checks an integer that is to be a value of US, SS, UL, SL, UV, SV or IS, or a number of OB, OW, OL or OV.
///
/// # Errors
/// [`ValueFault::Range`]; [`ValueFault::Kind`] for all other VRs.
pub fn check_integer(vr: Vr, value: i128) -> Result<(), ValueFault> {
    let range = integers(vr).ok_or(ValueFault::Kind { vr })?;
    let (least, greatest) = range.clone().into_inner();
    if range.contains(&value) { Ok(()) } else { Err(ValueFault::Range { vr, least, greatest }) }
}

/// Checks a real number that is to be a value of FL, FD or DS, or a number of OF or OD. DS alone cannot hold NaN and the
/// infinities.
///
/// # Errors
/// [`ValueFault::NotFinite`]; [`ValueFault::Kind`] for all other VRs.
pub fn check_real(vr: Vr, value: f64) -> Result<(), ValueFault> {
    let fits = match vr {
        Vr::FD | Vr::OD => true,
        Vr::FL | Vr::OF => encode::single(value).is_finite() == value.is_finite(),
        Vr::DS => value.is_finite(),
        _ => return Err(ValueFault::Kind { vr }),
    };
    if fits { Ok(()) } else { Err(ValueFault::NotFinite { vr }) }
}

/// Checks the number of values of an attribute (PS3.5 §6.4). An element without a value has no number to check: whether
/// it may be empty is no matter of its VM.
///
/// # Errors
/// [`ValueFault::Multiplicity`]
pub fn check_multiplicity(vm: Vm, count: usize) -> Result<(), ValueFault> {
    if count == 0 || vm.allows(count) { Ok(()) } else { Err(ValueFault::Multiplicity { vm, found: count }) }
}

/// The integers that are values of a VR.
fn integers(vr: Vr) -> Option<RangeInclusive<i128>> {
    let bits = 8 * vr.unit();
    match vr {
        Vr::US | Vr::UL | Vr::UV | Vr::OB | Vr::OW | Vr::OL | Vr::OV => Some(0..=(1 << bits) - 1),
        Vr::SS | Vr::SL | Vr::SV => Some(-(1 << (bits - 1))..=(1 << (bits - 1)) - 1),
        Vr::IS => Some(i32::MIN.into()..=i32::MAX.into()),
        _ => None,
    }
}

/// One value of a text VR.
#[derive(Clone, Copy)]
struct Value<'a> {
    vr: Vr,
    text: &'a str,
    /// In the Identifier of a query.
    is_key: bool,
}

impl Value<'_> {
    fn check(self, limit: u64) -> Result<(), ValueFault> {
        let Self { vr, text, is_key } = self;
        if matches!(vr.kind(), ValueKind::Number | ValueKind::Bytes | ValueKind::Sequence) {
            return Err(ValueFault::Kind { vr });
        }
        let parts = || text.split('=').filter(|_| vr == Vr::PN);
        let found = parts().map(length).max().unwrap_or_else(|| length(text));
        if found > limit {
            return Err(ValueFault::Length { vr, limit, found });
        }
        let is_allowed = |character| is_of_repertoire(vr, character) || is_key && is_of_key(vr, character);
        if let Some(character) = text.chars().position(|character| !is_allowed(character)) {
            return Err(ValueFault::Repertoire { vr, character });
        }
        if text.is_empty() { Ok(()) } else { self.check_form() }
    }

    /// Checks how a value is written that is not empty and has just the characters of its VR.
    fn check_form(self) -> Result<(), ValueFault> {
        let Self { vr, text, .. } = self;
        if matches!(vr, Vr::AE | Vr::DS | Vr::IS | Vr::UR) && text.trim_matches(' ').is_empty() {
            return Err(ValueFault::Blank { vr });
        }
        let is_sound = match vr {
            Vr::AS => matches!(text.as_bytes(), [.., b'D' | b'W' | b'M' | b'Y'] if is_number(text.get(..3))),
            Vr::DA => self.is_in_time(date_time::is_date),
            Vr::TM => self.is_in_time(date_time::is_time),
            Vr::DT => self.is_in_time(date_time::is_date_time),
            // Numbers that no f64 holds are numbers all the same.
            Vr::DS => !matches!(number::parse_decimal(text.as_bytes()), Err(WarningKind::InvalidNumber)),
            Vr::IS => match number::parse_integer(text.as_bytes()) {
                Ok(Some(IntegerString::Large(value))) => return check_integer(vr, value.into()),
                Err(WarningKind::NumberOverflow) => return check_integer(vr, i128::MAX),
                other => matches!(other, Ok(Some(IntegerString::Integer(_)))),
            },
            Vr::UI => {
                text.split('.').all(|part| is_number(Some(part)) && (part == "0" || !part.starts_with('0')))
            }
            Vr::UR => !text.trim_end_matches(' ').contains(' '),
            Vr::PN => return check_name(text),
            _ => true,
        };
        if is_sound { Ok(()) } else { Err(ValueFault::Form { vr }) }
    }

    /// True for a point in time, or for a range of it in a query: A-, -A or A-B. Padding is for the others, DA is of
    /// one length.
    fn is_in_time(self, is_point: impl Fn(&[u8]) -> bool) -> bool {
        let is_fixed = self.vr == Vr::DA && !self.is_key;
        let text = if is_fixed { self.text } else { self.text.trim_end_matches(' ') }.as_bytes();
        let is_range = |place| {
            let (first, last) =
                (text.get(..place).unwrap_or_default(), text.get(place + 1..).unwrap_or_default());
            let is_end = |text: &[u8]| text.is_empty() || is_point(text);
            text.len() > 1 && is_end(first) && is_end(last)
        };
        // A hyphen is the sign of a DT's offset from UTC, too.
        let hyphens = || (0..text.len()).filter(|place| text.get(*place) == Some(&b'-'));
        is_point(text) || self.is_key && hyphens().any(is_range)
    }
}

fn length(text: &str) -> u64 {
    text.chars().count().try_into().unwrap_or(u64::MAX)
}

fn is_number(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Characters that a VR has in a query alone.
fn is_of_key(vr: Vr, character: char) -> bool {
    match vr {
        Vr::CS => matches!(character, '*' | '?'),
        Vr::DA => matches!(character, '-' | ' '),
        Vr::TM => character == '-',
        _ => false,
    }
}

fn check_name(text: &str) -> Result<(), ValueFault> {
    let Parts { groups, components } = person_name::count(text);
    if groups > GROUPS {
        Err(ValueFault::ComponentGroups { found: groups })
    } else if components > COMPONENTS {
        Err(ValueFault::Components { found: components })
    } else if person_name::check(text).is_some() {
        Err(ValueFault::Form { vr: Vr::PN })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
