//! One attribute's values in JSON → the bytes of the element (PS3.18 §F.2.3).

use super::base64::push_decoded;
use super::lexer::{Kind, Lexed, Lexer};
use crate::vr::{ValueKind, Vr};

/// Reads values, one after the other with the same memory.
#[derive(Default)]
pub(super) struct Values {
    /// The text that was taken last.
    pub(super) text: Vec<u8>,
    /// The component groups of a name.
    groups: [Vec<u8>; 3],
    /// Some text so far went beyond ASCII.
    pub(super) is_beyond_ascii: bool,
    /// The member that is read, and the number of the value in it: for errors.
    pub(super) place: &'static str,
    pub(super) value: Option<u32>,
}

const NO_NUMBER: &str = "no number where a number must stand";
const OUT_OF_RANGE: &str = "a number that the VR does not hold";

impl Values {
    /// Reads the array `Value` and writes the bytes it stands for.
    pub(super) fn read(&mut self, vr: Vr, lexer: &mut Lexer<'_>, out: &mut Vec<u8>) -> Lexed<()> {
        let start = out.len();
        lexer.expect(b'[', "no array where values must stand")?;
        let mut count = 0;
        let mut has_null = false;
        while !lexer.take(b']') {
            if count > 0 {
                lexer.expect(b',', "no comma and no end where one must stand")?;
            }
            self.value = Some(count);
            lexer.kind()?;
            match vr.kind() {
                ValueKind::Number => has_null |= self.number(vr, lexer, out)?,
                ValueKind::Bytes | ValueKind::Sequence => {
                    return lexer.fault("Value where InlineBinary must stand");
                }
                ValueKind::SingleText | ValueKind::SingleAscii if count > 0 => {
                    return lexer.fault("several values of a VR that has one");
                }
                _ => {
                    if count > 0 {
                        out.push(b'\\');
                    }
                    self.one(vr, lexer, out)?;
                }
            }
            count += 1;
        }
        self.value = None;
        if has_null && count == 1 {
            out.truncate(start);
        } else if has_null && !matches!(vr, Vr::FL | Vr::FD) {
            return lexer.fault("null among numbers");
        }
        Ok(())
    }

    /// Reads one value of text.
    fn one(&mut self, vr: Vr, lexer: &mut Lexer<'_>, out: &mut Vec<u8>) -> Lexed<()> {
        match lexer.kind()? {
            _ if lexer.null() => Ok(()),
            Kind::Text => {
                lexer.string(&mut self.text)?;
                self.is_beyond_ascii |= !self.text.is_ascii();
                out.extend_from_slice(&self.text);
                Ok(())
            }
            Kind::Number if matches!(vr, Vr::DS | Vr::IS) => {
                out.extend_from_slice(lexer.number()?);
                Ok(())
            }
            Kind::Object if vr == Vr::PN => self.name(lexer, out),
            _ => lexer.fault("no text where text must stand"),
        }
    }

    /// Reads the component groups of a name.
    fn name(&mut self, lexer: &mut Lexer<'_>, out: &mut Vec<u8>) -> Lexed<()> {
        lexer.expect(b'{', "no name where a name must stand")?;
        self.groups.iter_mut().for_each(Vec::clear);
        let mut had = [false; 3];
        while !lexer.take(b'}') {
            if had.contains(&true) {
                lexer.expect(b',', "no comma and no end where one must stand")?;
            }
            lexer.string(&mut self.text)?;
            let number = match self.text.as_slice() {
                b"Alphabetic" => 0,
                b"Ideographic" => 1,
                b"Phonetic" => 2,
                _ => return lexer.fault("a member that a name does not have"),
            };
            let (Some(had), Some(group)) = (had.get_mut(number), self.groups.get_mut(number)) else {
                continue;
            };
            if std::mem::replace(had, true) {
                return lexer.fault("a component group that occurs twice");
            }
            lexer.expect(b':', "no colon behind a key")?;
            if lexer.null() {
                continue;
            }
            lexer.string(group)?;
            self.is_beyond_ascii |= !group.is_ascii();
            if group.iter().any(|byte| matches!(byte, b'=' | b'\\')) {
                return lexer.fault("a delimiter inside of a component group");
            }
        }
        let count = self.groups.iter().rposition(|group| !group.is_empty()).map_or(0, |last| last + 1);
        for (number, group) in self.groups.iter().take(count).enumerate() {
            if number > 0 {
                out.push(b'=');
            }
            out.extend_from_slice(group);
        }
        Ok(())
    }

    /// Reads one binary number; true where it is null.
    fn number(&mut self, vr: Vr, lexer: &mut Lexer<'_>, out: &mut Vec<u8>) -> Lexed<bool> {
        if lexer.null() {
            match vr {
                Vr::FL => out.extend_from_slice(&f32::NAN.to_le_bytes()),
                Vr::FD => out.extend_from_slice(&f64::NAN.to_le_bytes()),
                _ => {}
            }
            return Ok(true);
        }
        let kind = lexer.kind()?;
        let (start, is_text) = (lexer.position, kind == Kind::Text);
        let text: &[u8] = match kind {
            Kind::Number => lexer.number()?,
            Kind::Text if matches!(vr, Vr::AT | Vr::SV | Vr::UV | Vr::FL | Vr::FD) => {
                lexer.string(&mut self.text)?;
                &self.text
            }
            _ => return lexer.fault(NO_NUMBER),
        };
        let written = std::str::from_utf8(text).ok().and_then(|text| push_number(vr, text, is_text, out));
        match written {
            Some(()) => Ok(false),
            None => {
                lexer.position = start;
                lexer.fault(if is_text { NO_NUMBER } else { OUT_OF_RANGE })
            }
        }
    }

    /// Reads `InlineBinary`.
    pub(super) fn bytes(&mut self, vr: Vr, lexer: &mut Lexer<'_>, out: &mut Vec<u8>) -> Lexed<()> {
        if vr.kind() != ValueKind::Bytes {
            return lexer.fault("InlineBinary of a VR that has values");
        }
        self.one_text(lexer)?;
        if push_decoded(out, &self.text) { Ok(()) } else { lexer.fault("no base64") }
    }

    /// Takes a text, or an array of one: examples of the standard have either.
    pub(super) fn one_text(&mut self, lexer: &mut Lexer<'_>) -> Lexed<()> {
        let is_array = lexer.take(b'[');
        lexer.string(&mut self.text)?;
        if is_array { lexer.expect(b']', "several texts where one must stand") } else { Ok(()) }
    }
}

/// Writes a number in little endian; `None` where the VR does not hold it, or the text is none.
fn push_number(vr: Vr, text: &str, is_text: bool, out: &mut Vec<u8>) -> Option<()> {
    macro_rules! push {
        ($number:ty) => {
            out.extend_from_slice(&<$number>::try_from(integer(text)?).ok()?.to_le_bytes())
        };
    }
    match vr {
        Vr::US => push!(u16),
        Vr::SS => push!(i16),
        Vr::UL => push!(u32),
        Vr::SL => push!(i32),
        Vr::UV => push!(u64),
        Vr::SV => push!(i64),
        Vr::AT if is_text && text.len() == 8 && text.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
            // Group and element are 16-bit words.
            let tag = u32::from_str_radix(text, 16).ok()?;
            out.extend_from_slice(&tag.rotate_left(16).to_le_bytes());
        }
        Vr::FL | Vr::FD => {
            let value = real(text, is_text)?;
            if vr == Vr::FD {
                out.extend_from_slice(&value.to_le_bytes());
            } else {
                // From the text: rounding twice could give another number.
                let value: f32 = text.parse().ok()?;
                (is_text || value.is_finite()).then(|| out.extend_from_slice(&value.to_le_bytes()))?;
            }
        }
        _ => return None,
    }
    Some(())
}

/// A number of FL or FD: text is one of the three that JSON does not have.
fn real(text: &str, is_text: bool) -> Option<f64> {
    let is_special = matches!(text, "NaN" | "Infinity" | "-Infinity");
    let value: f64 = text.parse().ok().filter(|_| is_special == is_text)?;
    (is_text || value.is_finite()).then_some(value)
}

/// An integer, also one that is written as a decimal: 1.0, 1e3.
fn integer(text: &str) -> Option<i128> {
    if let Ok(value) = text.parse() {
        return Some(value);
    }
    let value: f64 = text.parse().ok()?;
    let is_exact = value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0;
    let is_decimal = text.contains(['.', 'e', 'E']);
    if is_exact && is_decimal { format!("{value:.0}").parse().ok() } else { None }
}
