//! Numbers: the text of DS and IS, and binary values in both byte orders (PS3.5 §6.2, §7.3).

use super::{survey, trim};
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

/// The powers of ten that an `f64` holds exactly.
const POWERS_OF_TEN: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// At most fifteen digits and a small exponent: digits and power of ten are both exact, so that one multiplication or
/// division rounds correctly (Clinger). `None` for all other text.
fn short_decimal(text: &[u8]) -> Option<f64> {
    let (negative, digits) = sign(text);
    let (mut value, mut count, mut point) = (0_u64, 0_usize, None);
    let mut exponent = 0;
    for (place, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' if count < 15 => {
                value = value * 10 + u64::from(byte & 0x0F);
                count += 1;
            }
            b'.' if point.is_none() => point = Some(count),
            b'e' | b'E' => {
                exponent = short_exponent(digits.get(place + 1..)?)?;
                break;
            }
            _ => return None,
        }
    }
    let fraction = i16::try_from(count - point.unwrap_or(count)).ok()?;
    let power = *POWERS_OF_TEN.get(usize::from((exponent - fraction).unsigned_abs()))?;
    let value = if exponent < fraction { exact(value)? / power } else { exact(value)? * power };
    (count > 0).then_some(if negative { -value } else { value })
}

/// An exponent of one or two digits.
fn short_exponent(text: &[u8]) -> Option<i16> {
    let (negative, digits) = sign(text);
    let value = match digits {
        [a @ b'0'..=b'9'] => i16::from(a & 0x0F),
        [a @ b'0'..=b'9', b @ b'0'..=b'9'] => i16::from(a & 0x0F) * 10 + i16::from(b & 0x0F),
        _ => return None,
    };
    Some(if negative { -value } else { value })
}

/// True for a minus sign, and what follows the sign.
fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    }
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
    if let Some(value) = short_integer(text) {
        return Ok(Some(IntegerString::Integer(value)));
    }
    let (_, digits) = sign(text);
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

/// At most nine digits, which 32 bits hold.
fn short_integer(text: &[u8]) -> Option<i32> {
    let (negative, digits) = sign(text);
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    let value = digits
        .iter()
        .try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i32::from(byte & 0x0F)))?;
    Some(if negative { -value } else { value })
}

fn integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// How many values the text of an element has; 0 where it is empty.
#[must_use]
pub fn count_values(text: &[u8]) -> usize {
    if text.is_empty() { 0 } else { survey::count(text, b'\\') + 1 }
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
    let mut rest = (!text.is_empty()).then_some(text);
    for place in out {
        let Some(values) = rest else { break };
        let length = survey::find(values, b'\\');
        let (number, fault) = read(values.get(..length).unwrap_or_default());
        rest = values.get(length + 1..);
        *place = number;
        filled.written += 1;
        filled.fault = filled.fault.or(fault);
    }
    filled
}

/// A number of fixed size, as it stands in a value.
pub trait Binary: Copy + sealed::Sealed + 'static {
    /// The bytes of one number.
    type Bytes: 'static;

    /// The bytes of each number, and those left over. They need not be aligned.
    fn split(bytes: &[u8]) -> (&[Self::Bytes], &[u8]);

    /// Reads one.
    fn read(bytes: &Self::Bytes, order: ByteOrder) -> Self;

    /// Writes one behind `bytes`.
    fn append(self, order: ByteOrder, bytes: &mut Vec<u8>);

    /// Reads the first number of a value.
    fn first(bytes: &[u8], order: ByteOrder) -> Option<Self> {
        Some(Self::read(Self::split(bytes).0.first()?, order))
    }

    /// Reads as many as `bytes` hold whole and `out` has room for; gives their number.
    fn read_into(bytes: &[u8], order: ByteOrder, out: &mut [Self]) -> usize {
        let (numbers, _) = Self::split(bytes);
        for (place, bytes) in out.iter_mut().zip(numbers) {
            *place = Self::read(bytes, order);
        }
        numbers.len().min(out.len())
    }
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! binary {
    ($($number:ty)*) => {$(
        impl sealed::Sealed for $number {}

        impl Binary for $number {
            type Bytes = [u8; size_of::<$number>()];

            fn split(bytes: &[u8]) -> (&[Self::Bytes], &[u8]) {
                bytes.as_chunks()
            }

            #[inline]
            fn read(bytes: &Self::Bytes, order: ByteOrder) -> Self {
                match order {
                    ByteOrder::Little => Self::from_le_bytes(*bytes),
                    ByteOrder::Big => Self::from_be_bytes(*bytes),
                }
            }

            #[inline]
            fn append(self, order: ByteOrder, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&match order {
                    ByteOrder::Little => self.to_le_bytes(),
                    ByteOrder::Big => self.to_be_bytes(),
                });
            }
        }
    )*};
}

binary!(u8 i8 u16 i16 u32 i32 u64 i64 f32 f64);

/// The numbers of a value, read from bytes that need not be aligned.
///
/// # Errors
/// [`WarningKind::InvalidLength`] where the length is no multiple of a number's size: the value is its bytes then.
pub fn binary<T: Binary>(
    bytes: &[u8],
    order: ByteOrder,
) -> Result<impl ExactSizeIterator<Item = T>, WarningKind> {
    match T::split(bytes) {
        (numbers, []) => Ok(numbers.iter().map(move |bytes| T::read(bytes, order))),
        _ => Err(WarningKind::InvalidLength),
    }
}

/// The tags of an AT value: each two 16-bit words.
///
/// # Errors
/// [`WarningKind::InvalidLength`] where the length is no multiple of four: the value is its bytes then.
pub fn tags(bytes: &[u8], order: ByteOrder) -> Result<impl ExactSizeIterator<Item = Tag>, WarningKind> {
    let numbers = binary::<u32>(bytes, order)?;
    Ok(numbers.map(move |number| match order {
        ByteOrder::Little => Tag(number.rotate_right(16)),
        ByteOrder::Big => Tag(number),
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

macro_rules! numbers {
    ($($name:ident($number:ty) of $($vr:ident)|+ as $kind:ident;)*) => {
        /// The binary numbers of an element, see [`numbers()`].
        #[derive(Clone, Debug)]
        pub struct Numbers<'a> {
            bytes: NumberBytes<'a>,
            order: ByteOrder,
        }

        #[derive(Clone, Debug)]
        enum NumberBytes<'a> { $($name(std::slice::Iter<'a, <$number as Binary>::Bytes>)),* }

        impl Iterator for Numbers<'_> {
            type Item = Number;

            fn next(&mut self) -> Option<Number> {
                Some(match &mut self.bytes {
                    $(NumberBytes::$name(bytes) => {
                        Number::$kind(<$number>::read(bytes.next()?, self.order).into())
                    })*
                })
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                match &self.bytes { $(NumberBytes::$name(bytes) => bytes.size_hint()),* }
            }
        }

        /// The numbers of a value of this VR; those of a VR that is not binary are its bytes.
        ///
        /// # Errors
        /// [`WarningKind::InvalidLength`] where the length is no multiple of a number's size: the value is its bytes
        /// then.
        pub fn numbers(vr: Vr, bytes: &[u8], order: ByteOrder) -> Result<Numbers<'_>, WarningKind> {
            let (bytes, rest) = match vr {
                $($(Vr::$vr)|+ => {
                    let (numbers, rest) = <$number>::split(bytes);
                    (NumberBytes::$name(numbers.iter()), rest)
                })*
                _ => {
                    let (numbers, rest) = u8::split(bytes);
                    (NumberBytes::U8(numbers.iter()), rest)
                }
            };
            if rest.is_empty() { Ok(Numbers { bytes, order }) } else { Err(WarningKind::InvalidLength) }
        }
    };
}

numbers! {
    U8(u8) of OB as Unsigned;
    U16(u16) of US | OW as Unsigned;
    I16(i16) of SS as Signed;
    U32(u32) of UL | OL as Unsigned;
    I32(i32) of SL as Signed;
    U64(u64) of UV | OV as Unsigned;
    I64(i64) of SV as Signed;
    F32(f32) of FL | OF as Real;
    F64(f64) of FD | OD as Real;
}

impl ExactSizeIterator for Numbers<'_> {}

#[cfg(test)]
mod tests;
