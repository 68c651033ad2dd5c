//! Numbers of JSON (RFC 8259 §6) from the text of DS and IS.

use std::io::Write as _;

/// Digits that every 64-bit number keeps.
const SAFE_DIGITS: usize = 15;
/// Digits that a 64-bit number may keep.
const MOST_DIGITS: usize = 17;

/// The parts of a decimal number as they are written.
#[derive(Clone, Copy)]
struct Decimal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    /// Behind the letter, with its sign; empty where there is none.
    exponent: &'a [u8],
}

impl<'a> Decimal<'a> {
    fn parse(text: &'a [u8]) -> Option<Self> {
        let (negative, text) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let (whole, rest) = digits(text);
        let (fraction, rest) = match rest {
            [b'.', rest @ ..] => digits(rest),
            rest => (&[][..], rest),
        };
        let exponent = match rest {
            [] => rest,
            [b'e' | b'E', exponent @ ..] => {
                let unsigned =
                    exponent.strip_prefix(b"-").or(exponent.strip_prefix(b"+")).unwrap_or(exponent);
                // More digits than these are no number of 64 bits.
                let is_sound = matches!(digits(unsigned), ([_, ..], [])) && unsigned.len() <= 5;
                is_sound.then_some(exponent)?
            }
            _ => return None,
        };
        let is_number = !whole.is_empty() || !fraction.is_empty();
        is_number.then_some(Self { negative, whole, fraction, exponent })
    }

    /// The digits that count and the power of ten of the first one; `None` for zero.
    fn significand(&self) -> Option<(impl Iterator<Item = u8> + Clone + use<'a>, usize, i64)> {
        let all = self.whole.iter().chain(self.fraction).copied();
        let first = all.clone().position(|digit| digit != b'0')?;
        let last = self.fraction.iter().rposition(|digit| *digit != b'0').map_or_else(
            || self.whole.iter().rposition(|digit| *digit != b'0'),
            |place| Some(self.whole.len() + place),
        )?;
        let count = last + 1 - first;
        let exponent = std::str::from_utf8(self.exponent).ok()?.parse::<i64>().unwrap_or(0);
        let before_point = i64::try_from(self.whole.len()).ok()? - i64::try_from(first).ok()? - 1;
        Some((all.skip(first).take(count), count, before_point + exponent))
    }

    /// True where a 64-bit number, written again as short as it can be, is the same decimal number. The end of
    /// `scratch` is used and given back.
    fn is_kept(&self, scratch: &mut Vec<u8>) -> bool {
        let Some((_, count, power)) = self.significand() else { return true };
        match count {
            ..=SAFE_DIGITS if (-290..=290).contains(&power) => true,
            ..=MOST_DIGITS => {
                let start = scratch.len();
                let is_shortest = self.is_shortest(scratch).unwrap_or(false);
                scratch.truncate(start);
                is_shortest
            }
            _ => false,
        }
    }

    fn is_shortest(&self, scratch: &mut Vec<u8>) -> Option<bool> {
        let start = scratch.len();
        self.push(scratch);
        let value: f64 = std::str::from_utf8(scratch.get(start..)?).ok()?.parse().ok()?;
        if !value.is_finite() {
            return Some(false);
        }
        scratch.truncate(start);
        write!(scratch, "{value:e}").ok()?;
        let (digits, count, power) = self.significand()?;
        let (same, same_count, same_power) = Decimal::parse(scratch.get(start..)?)?.significand()?;
        Some(same_count == count && same_power == power && same.eq(digits))
    }

    /// Writes the number as JSON has it: no plus sign, no zeros in front, digits on both sides of the point.
    fn push(&self, out: &mut Vec<u8>) {
        if self.negative {
            out.push(b'-');
        }
        let zeros = self.whole.iter().take_while(|digit| **digit == b'0').count();
        let whole = self.whole.get(zeros..).filter(|whole| !whole.is_empty());
        out.extend_from_slice(whole.unwrap_or(b"0"));
        if !self.fraction.is_empty() {
            out.push(b'.');
            out.extend_from_slice(self.fraction);
        }
        if !self.exponent.is_empty() {
            out.push(b'e');
            out.extend_from_slice(self.exponent);
        }
    }
}

/// The decimal digits that `text` begins with, and what follows them.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.split_at_checked(count).unwrap_or((text, &[]))
}

/// Writes the text of a DS or IS value as a number; false, and nothing written, where a reader with 64-bit numbers
/// would lose digits, or the text is no number.
pub(super) fn push_decimal(out: &mut Vec<u8>, text: &[u8]) -> bool {
    match Decimal::parse(text).filter(|decimal| decimal.is_kept(out)) {
        Some(decimal) => {
            decimal.push(out);
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Option<String> {
        let mut out = Vec::new();
        push_decimal(&mut out, text.as_bytes()).then(|| String::from_utf8(out).unwrap())
    }

    #[test]
    fn keeps_the_text_where_json_has_the_same() {
        for text in
            ["0", "-0", "1", "-12", "1.50", "0.1", "1e5", "-1.25e-07", "1e+22", "123456789012345", "5e-324"]
        {
            assert_eq!(written(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn writes_other_forms_of_the_same_number() {
        let forms = [
            ("+1", "1"),
            (".5", "0.5"),
            ("-.5", "-0.5"),
            ("1.", "1"),
            ("0012", "12"),
            ("1.E5", "1e5"),
            ("00", "0"),
        ];
        for (text, expected) in forms {
            assert_eq!(written(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn leaves_what_would_lose_digits_or_is_no_number() {
        assert_eq!(written("0.1234567890123456").as_deref(), Some("0.1234567890123456"));
        assert_eq!(written("9007199254740993"), None);
        assert_eq!(written("9007199254740992").as_deref(), Some("9007199254740992"));
        assert_eq!(written("0.30000000000000004").as_deref(), Some("0.30000000000000004"));
        for text in [
            "", "+", ".", "-", "1,5", "e5", "1e", "1e+", "1e999", "1e-999", "1e999999", "NaN", "1 2", "0x1",
            "١",
        ] {
            assert_eq!(written(text), None, "{text}");
        }
    }
}
