//! Values on their way out: the bytes of an element (PS3.5 §6.2, §6.4, §7.3).

use std::fmt;

use super::character_set::{CharacterSet, EncodeFault, Encoder};
use super::check::{ValueFault, check_integer, check_real};
use super::number::Binary;
use super::text;
use crate::dataset::ByteOrder;
use crate::tag::Tag;
use crate::vr::{ValueKind, Vr};

/// Why texts cannot be written. It says which value, not what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFault {
    /// A character that the character set does not have.
    Character {
        /// The zero-based number of the value.
        value: usize,
        /// The place in it.
        fault: EncodeFault,
    },
    /// A backslash where it separates values.
    Backslash {
        /// The zero-based number of the value.
        value: usize,
    },
    /// More than one value where a backslash is a character: they would be read as one.
    SeveralValues {
        /// How many there are.
        found: usize,
    },
}

impl fmt::Display for TextFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character { value, fault } => write!(f, "value {value}: {fault}"),
            Self::Backslash { value } => write!(f, "value {value}: a backslash separates values"),
            Self::SeveralValues { found } => write!(f, "{found} values where there can be one only"),
        }
    }
}

impl std::error::Error for TextFault {}

/// The bytes of an element of a text VR: its values, joined by a backslash (PS3.5 §6.4), not padded.
///
/// `set` is that of the data set: only the VRs that follow it use it, the others are of the default repertoire.
///
/// # Errors
/// [`TextFault`] where [`text::values`] would not give the same values again.
pub fn encode_texts<'a>(
    vr: Vr,
    values: impl IntoIterator<Item = &'a str>,
    set: CharacterSet,
) -> Result<Vec<u8>, TextFault> {
    let encoder = Encoder::new(text::character_set(vr, set), text::rules(vr));
    let mut bytes = Vec::new();
    let mut count = 0;
    for (value, text) in values.into_iter().enumerate() {
        if value > 0 {
            bytes.push(b'\\');
        }
        if vr.has_text_values() && text.contains('\\') {
            return Err(TextFault::Backslash { value });
        }
        encoder.encode(text, &mut bytes).map_err(|fault| TextFault::Character { value, fault })?;
        count += 1;
    }
    if count > 1 && !vr.has_text_values() {
        return Err(TextFault::SeveralValues { found: count });
    }
    Ok(bytes)
}

/// The byte that makes the length of a value even (PS3.5 §6.2).
#[must_use]
pub const fn padding(vr: Vr) -> u8 {
    match vr.kind() {
        ValueKind::Ascii if matches!(vr, Vr::UI) => 0,
        ValueKind::Ascii | ValueKind::Text | ValueKind::SingleText | ValueKind::SingleAscii => b' ',
        ValueKind::Number | ValueKind::Bytes | ValueKind::Sequence => 0,
    }
}

/// Changes the byte order of numbers of `unit` bytes, [`Vr::unit`] mostly. Bytes behind the last whole one stay.
pub fn swap(bytes: &mut [u8], unit: usize) {
    // Each with a number of bytes that the compiler knows.
    match unit {
        0 | 1 => {}
        2 => bytes.as_chunks_mut::<2>().0.iter_mut().for_each(|number| number.reverse()),
        4 => bytes.as_chunks_mut::<4>().0.iter_mut().for_each(|number| number.reverse()),
        8 => bytes.as_chunks_mut::<8>().0.iter_mut().for_each(|number| number.reverse()),
        _ => bytes.chunks_exact_mut(unit).for_each(<[u8]>::reverse),
    }
}

/// The bytes of numbers of one type.
#[must_use]
pub fn encode_numbers<T: Binary>(numbers: &[T], order: ByteOrder) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size_of_val(numbers));
    for number in numbers {
        number.append(order, &mut bytes);
    }
    bytes
}

/// The bytes of an element of US, SS, UL, SL, UV or SV, or of OB, OW, OL or OV given as numbers.
///
/// # Errors
/// That of [`check_integer`] for the first number that the VR does not have.
pub fn encode_integers(
    vr: Vr,
    values: impl IntoIterator<Item = i128>,
    order: ByteOrder,
) -> Result<Vec<u8>, ValueFault> {
    let mut bytes = Vec::new();
    for value in values {
        check_integer(vr, value)?;
        // The low bytes of a number in range are the number, with and without sign.
        let (number, unit) = (value.to_le_bytes(), vr.unit());
        let start = bytes.len();
        bytes.extend(number.iter().take(unit));
        if order == ByteOrder::Big {
            swap(bytes.get_mut(start..).unwrap_or_default(), unit);
        }
    }
    Ok(bytes)
}

/// The bytes of an element of FL or FD, or of OF or OD given as numbers.
///
/// # Errors
/// That of [`check_real`] for the first number that the VR does not have.
pub fn encode_reals(
    vr: Vr,
    values: impl IntoIterator<Item = f64>,
    order: ByteOrder,
) -> Result<Vec<u8>, ValueFault> {
    let mut bytes = Vec::new();
    for value in values {
        check_real(vr, value)?;
        if vr.unit() == 4 {
            single(value).append(order, &mut bytes);
        } else {
            value.append(order, &mut bytes);
        }
    }
    Ok(bytes)
}

/// The nearest number of single precision; infinite where it is too great.
#[expect(clippy::cast_possible_truncation, reason = "rounding is what is asked for")]
pub(super) const fn single(value: f64) -> f32 {
    value as f32
}

/// The bytes of an element of AT: of each tag the group, then the element.
#[must_use]
pub fn encode_tags(tags: impl IntoIterator<Item = Tag>, order: ByteOrder) -> Vec<u8> {
    let mut bytes = Vec::new();
    for tag in tags {
        tag.group().append(order, &mut bytes);
        tag.element().append(order, &mut bytes);
    }
    bytes
}

#[cfg(test)]
mod tests;
