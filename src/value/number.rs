//! Numbers: the text of DS and IS, and binary values in both byte orders (PS3.5 §6.2, §7.3).

use std::slice::ChunksExact;

use super::trim;
use crate::dataset::ByteOrder;
use crate::error::WarningKind;
use crate::tag::Tag;
use crate::vr::Vr;

/// Reads one DS value: `None` where it is empty.
///
/// # Errors
/// [`WarningKind::InvalidNumber`] where the text is no number; [`WarningKind::NumberOverflow`] where no `f64` holds it.
pub fn parse_decimal(text: &[u8]) -> Result<Option<f64>, WarningKind> {
    let text = trim(text);
    if text.is_empty() {
        return Ok(None);
    }
    match short_decimal(text) {
        Some(value) => Ok(Some(value)),
        None => long_decimal(text).map(Some),
    }
}

/// Powers of ten that an `f64` holds exactly, as many as a short decimal needs.
const POWERS_OF_TEN: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// At most fifteen digits with or without a point: both the digits and the power of ten are exact, so that one
/// division rounds correctly (Clinger).
fn short_decimal(text: &[u8]) -> Option<f64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let (mut value, mut count, mut point) = (0_u64, 0_usize, None);
    for byte in digits {
        match byte {
            b'0'..=b'9' if count < 15 => {
                value = value * 10 + u64::from(byte & 0x0F);
                count += 1;
            }
            b'.' if point.is_none() => point = Some(count),
            _ => return None,
        }
    }
    let scale = POWERS_OF_TEN.get(count - point.unwrap_or(count))?;
    let value = exact(value)? / scale;
    (count > 0).then_some(if negative { -value } else { value })
}

/// An integer below 2^53 as `f64`.
fn exact(value: u64) -> Option<f64> {
    let high = u32::try_from(value >> 32).ok()?;
    let low = u32::try_from(value & u64::from(u32::MAX)).ok()?;
    Some(f64::from(high) * 4_294_967_296.0 + f64::from(low))
}

fn long_decimal(text: &[u8]) -> Result<f64, WarningKind> {
    // Rust reads "inf" and "nan" too, which are no Decimal Strings.
    let is_allowed = text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    let number =
        std::str::from_utf8(text).ok().filter(|_| is_allowed).and_then(|text| text.parse::<f64>().ok());
    match number {
        Some(value) if value.is_finite() => Ok(value),
        Some(_) => Err(WarningKind::NumberOverflow),
        None => Err(WarningKind::InvalidNumber),
    }
}

/// The best reading of an IS value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum IntegerString {
    /// An integer of 32 bits, as the standard has it.
    Integer(i32),
    /// An integer of more bits.
    Large(i64),
    /// An integer written as a decimal: "1.0".
    Decimal(i64),
    /// A number that is no integer: "1.5".
    Real(f64),
}

impl IntegerString {
    /// What is wrong with it.
    #[must_use]
    pub const fn fault(self) -> Option<WarningKind> {
        match self {
            Self::Integer(_) => None,
            Self::Large(_) => Some(WarningKind::NumberOverflow),
            Self::Decimal(_) | Self::Real(_) => Some(WarningKind::InvalidNumber),
        }
    }

    /// The integer, where it is one.
    #[must_use]
    pub fn integer(self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(value.into()),
            Self::Large(value) | Self::Decimal(value) => Some(value),
            Self::Real(_) => None,
        }
    }
}

/// Reads one IS value: `None` where it is empty.
///
/// # Errors
/// [`WarningKind::InvalidNumber`] where the text is no number; [`WarningKind::NumberOverflow`] where no `i64` holds it.
pub fn parse_integer(text: &[u8]) -> Result<Option<IntegerString>, WarningKind> {
    let text = trim(text);
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.strip_prefix(b"+").or_else(|| text.strip_prefix(b"-")).unwrap_or(text);
    if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
        let value = integer(text).ok_or(WarningKind::NumberOverflow)?;
        return Ok(Some(i32::try_from(value).map_or(IntegerString::Large(value), IntegerString::Integer)));
    }
    let value = parse_decimal(text)?.ok_or(WarningKind::InvalidNumber)?;
    if value.fract() != 0.0 {
        return Ok(Some(IntegerString::Real(value)));
    }
    // All digits of a whole f64, without an exponent.
    let whole = integer(format!("{value:.0}").as_bytes()).ok_or(WarningKind::NumberOverflow)?;
    Ok(Some(IntegerString::Decimal(whole)))
}

fn integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// How many values the text of an element has; 0 where it is empty.
#[must_use]
pub fn count_values(text: &[u8]) -> usize {
    if text.is_empty() { 0 } else { text.iter().filter(|byte| **byte == b'\\').count() + 1 }
}

/// What [`decimals_into`] and [`integers_into`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filled {
    /// Values written.
    pub written: usize,
    /// The first thing that was wrong.
    pub fault: Option<WarningKind>,
}

/// Reads all values of a DS element (of an IS element too) into `out`, up to its length; nothing is allocated.
/// An empty value and one that is no number become NaN.
#[must_use]
pub fn decimals_into(text: &[u8], out: &mut [f64]) -> Filled {
    fill(text, out, |value| match parse_decimal(value) {
        Ok(value) => (value.unwrap_or(f64::NAN), None),
        Err(fault) => (f64::NAN, Some(fault)),
    })
}

/// Reads all values of an IS element into `out`, up to its length; nothing is allocated. A value that is no integer
/// becomes 0 and is told as a fault, an empty one too.
#[must_use]
pub fn integers_into(text: &[u8], out: &mut [i64]) -> Filled {
    fill(text, out, |value| match parse_integer(value) {
        Ok(Some(value)) => (value.integer().unwrap_or_default(), value.fault()),
        Ok(None) => (0, Some(WarningKind::InvalidNumber)),
        Err(fault) => (0, Some(fault)),
    })
}

fn fill<T>(text: &[u8], out: &mut [T], read: impl Fn(&[u8]) -> (T, Option<WarningKind>)) -> Filled {
    let mut filled = Filled { written: 0, fault: None };
    let text = trim(text);
    if text.is_empty() {
        return filled;
    }
    for (value, place) in text.split(|byte| *byte == b'\\').zip(out) {
        let (number, fault) = read(value);
        *place = number;
        filled.written += 1;
        filled.fault = filled.fault.or(fault);
    }
    filled
}

/// A number of fixed size, as it stands in a value.
pub trait Binary: Copy + Default + sealed::Sealed {
    /// Bytes it takes.
    const SIZE: usize;

    /// Reads one from exactly [`Self::SIZE`] bytes; zero from another length.
    fn read(bytes: &[u8], order: ByteOrder) -> Self;

    /// Reads as many as `bytes` hold whole and `out` has room for; gives their number. `bytes` need not be aligned.
    fn read_into(bytes: &[u8], order: ByteOrder, out: &mut [Self]) -> usize;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! binary {
    ($($number:ty)*) => {$(
        impl sealed::Sealed for $number {}

        impl Binary for $number {
            const SIZE: usize = size_of::<Self>();

            fn read(bytes: &[u8], order: ByteOrder) -> Self {
                let bytes = bytes.try_into().unwrap_or_default();
                match order {
                    ByteOrder::Little => Self::from_le_bytes(bytes),
                    ByteOrder::Big => Self::from_be_bytes(bytes),
                }
            }

            fn read_into(bytes: &[u8], order: ByteOrder, out: &mut [Self]) -> usize {
                let (numbers, _) = bytes.as_chunks();
                let pairs = out.iter_mut().zip(numbers);
                match order {
                    ByteOrder::Little => pairs.for_each(|(place, bytes)| *place = Self::from_le_bytes(*bytes)),
                    ByteOrder::Big => pairs.for_each(|(place, bytes)| *place = Self::from_be_bytes(*bytes)),
                }
                numbers.len().min(out.len())
            }
        }
    )*};
}

binary!(u8 i8 u16 i16 u32 i32 u64 i64 f32 f64);

/// The numbers of a value, read from bytes that need not be aligned.
#[derive(Clone, Debug)]
pub struct Binaries<'a, T> {
    chunks: ChunksExact<'a, u8>,
    order: ByteOrder,
    number: std::marker::PhantomData<T>,
}

impl<'a, T: Binary> Binaries<'a, T> {
    /// The numbers of `bytes`.
    ///
    /// # Errors
    /// [`WarningKind::InvalidLength`] where the length is no multiple of a number's size: the value is its bytes then.
    pub fn new(bytes: &'a [u8], order: ByteOrder) -> Result<Self, WarningKind> {
        let chunks = bytes.chunks_exact(T::SIZE);
        if !chunks.remainder().is_empty() {
            return Err(WarningKind::InvalidLength);
        }
        Ok(Self { chunks, order, number: std::marker::PhantomData })
    }
}

impl<T: Binary> Iterator for Binaries<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.chunks.next().map(|bytes| T::read(bytes, self.order))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.chunks.size_hint()
    }
}

impl<T: Binary> ExactSizeIterator for Binaries<'_, T> {}

/// The tags of an AT value: each two 16-bit words.
///
/// # Errors
/// [`WarningKind::InvalidLength`] where the length is no multiple of four: the value is its bytes then.
pub fn tags(bytes: &[u8], order: ByteOrder) -> Result<impl ExactSizeIterator<Item = Tag>, WarningKind> {
    let (pairs, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(WarningKind::InvalidLength);
    }
    Ok(pairs.iter().map(move |[a, b, c, d]| {
        let (group, element) = (u16::read(&[*a, *b], order), u16::read(&[*c, *d], order));
        Tag(u32::from(group) << 16 | u32::from(element))
    }))
}

/// One binary number, whatever its VR.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Of US, UL, UV, OB, OW, OL and OV.
    Unsigned(u64),
    /// Of SS, SL and SV.
    Signed(i64),
    /// Of FL, FD, OF and OD.
    Real(f64),
}

/// The binary numbers of an element, see [`numbers`].
#[derive(Clone, Debug)]
pub struct Numbers<'a> {
    chunks: ChunksExact<'a, u8>,
    order: ByteOrder,
    read: fn(&[u8], ByteOrder) -> Number,
}

impl Iterator for Numbers<'_> {
    type Item = Number;

    fn next(&mut self) -> Option<Number> {
        self.chunks.next().map(|bytes| (self.read)(bytes, self.order))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.chunks.size_hint()
    }
}

impl ExactSizeIterator for Numbers<'_> {}

/// The numbers of a value of this VR; those of a VR that is not binary are its bytes.
///
/// # Errors
/// [`WarningKind::InvalidLength`] where the length is no multiple of a number's size: the value is its bytes then.
pub fn numbers(vr: Vr, bytes: &[u8], order: ByteOrder) -> Result<Numbers<'_>, WarningKind> {
    type Read = fn(&[u8], ByteOrder) -> Number;
    let (size, read): (usize, Read) = match vr {
        Vr::US | Vr::OW => (2, |bytes, order| Number::Unsigned(u16::read(bytes, order).into())),
        Vr::SS => (2, |bytes, order| Number::Signed(i16::read(bytes, order).into())),
        Vr::UL | Vr::OL => (4, |bytes, order| Number::Unsigned(u32::read(bytes, order).into())),
        Vr::SL => (4, |bytes, order| Number::Signed(i32::read(bytes, order).into())),
        Vr::UV | Vr::OV => (8, |bytes, order| Number::Unsigned(u64::read(bytes, order))),
        Vr::SV => (8, |bytes, order| Number::Signed(i64::read(bytes, order))),
        Vr::FL | Vr::OF => (4, |bytes, order| Number::Real(f32::read(bytes, order).into())),
        Vr::FD | Vr::OD => (8, |bytes, order| Number::Real(f64::read(bytes, order))),
        _ => (1, |bytes, order| Number::Unsigned(u8::read(bytes, order).into())),
    };
    let chunks = bytes.chunks_exact(size);
    if !chunks.remainder().is_empty() {
        return Err(WarningKind::InvalidLength);
    }
    Ok(Numbers { chunks, order, read })
}

#[cfg(test)]
mod tests;
