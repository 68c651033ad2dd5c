//! Computed numbers in the types of samples: those that are not in the type are refused, none is wrapped.

use std::ops::RangeInclusive;

use super::description::SampleType;
use super::sample::single;

/// What becomes of numbers that are not whole, where integers are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fractions {
    /// The nearest integer, halves to the even one.
    Round,
    /// They are refused.
    Refuse,
}

/// Writes numbers into `out` in the type `to`. False where one has no place there; NaN has none among integers, and what is
/// beyond float32 has none there.
#[must_use]
pub(super) fn write_numbers(
    numbers: impl Iterator<Item = f64>,
    fractions: Fractions,
    to: SampleType,
    out: &mut [u8],
) -> bool {
    match to {
        SampleType::U8 => integers(numbers, fractions, out, u8::to_ne_bytes),
        SampleType::I8 => integers(numbers, fractions, out, i8::to_ne_bytes),
        SampleType::U16 => integers(numbers, fractions, out, u16::to_ne_bytes),
        SampleType::I16 => integers(numbers, fractions, out, i16::to_ne_bytes),
        SampleType::U32 => integers(numbers, fractions, out, u32::to_ne_bytes),
        SampleType::I32 => integers(numbers, fractions, out, i32::to_ne_bytes),
        SampleType::U64 => integers(numbers, fractions, out, u64::to_ne_bytes),
        SampleType::I64 => integers(numbers, fractions, out, i64::to_ne_bytes),
        SampleType::F32 => each(numbers, out, |number| {
            let nearest = single(number);
            (nearest.is_finite() || !number.is_finite()).then(|| nearest.to_ne_bytes())
        }),
        SampleType::F64 => each(numbers, out, |number| Some(number.to_ne_bytes())),
    }
}

fn integers<T: TryFrom<i128>, const SIZE: usize>(
    numbers: impl Iterator<Item = f64>,
    fractions: Fractions,
    out: &mut [u8],
    bytes: impl Fn(T) -> [u8; SIZE],
) -> bool {
    each(numbers, out, |number| {
        let rounded = if fractions == Fractions::Round { number.round_ties_even() } else { number };
        let is_whole = rounded.fract() == 0.0;
        T::try_from(integer(rounded)).ok().filter(|_| is_whole).map(&bytes)
    })
}

fn each<const SIZE: usize>(
    numbers: impl Iterator<Item = f64>,
    out: &mut [u8],
    bytes: impl Fn(f64) -> Option<[u8; SIZE]>,
) -> bool {
    let mut fits = true;
    for (number, place) in numbers.zip(out.as_chunks_mut().0) {
        match bytes(number) {
            Some(bytes) => *place = bytes,
            None => fits = false,
        }
    }
    fits
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "saturation is what is asked for: no type of samples has it"
)]
const fn integer(number: f64) -> i128 {
    number as i128
}

/// Least and greatest sample of a type; all numbers for floating point.
pub(super) fn range_of(kind: SampleType) -> RangeInclusive<f64> {
    let bits = i32::try_from(8 * kind.size()).unwrap_or(64);
    match kind {
        SampleType::U8 | SampleType::U16 | SampleType::U32 | SampleType::U64 => 0.0..=most(bits),
        SampleType::I8 | SampleType::I16 | SampleType::I32 | SampleType::I64 => {
            -2f64.powi(bits - 1)..=most(bits - 1)
        }
        SampleType::F32 | SampleType::F64 => f64::NEG_INFINITY..=f64::INFINITY,
    }
}

/// The greatest double that is below 2^bits and whole.
fn most(bits: i32) -> f64 {
    let end = 2f64.powi(bits);
    if bits > 53 { end.next_down() } else { end - 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(numbers: &[f64], fractions: Fractions, to: SampleType) -> Option<Vec<u8>> {
        let mut out = vec![0; numbers.len() * to.size()];
        write_numbers(numbers.iter().copied(), fractions, to, &mut out).then_some(out)
    }

    #[test]
    fn halves_are_rounded_to_the_even_integer() {
        let found = written(&[0.5, 1.5, 2.5, -0.5, 254.5], Fractions::Round, SampleType::U8);
        assert_eq!(found, Some(vec![0, 2, 2, 0, 254]));
        assert_eq!(written(&[-1.5, 0.4], Fractions::Round, SampleType::I8), Some(vec![0xFE, 0]));
    }

    #[test]
    fn what_is_not_in_the_type_is_refused() {
        for number in [0.5, -1.0, 256.0, f64::NAN, f64::INFINITY, 1e30] {
            assert_eq!(written(&[number], Fractions::Refuse, SampleType::U8), None, "{number}");
        }
        assert_eq!(written(&[255.5], Fractions::Round, SampleType::U8), None);
        assert_eq!(written(&[f64::NAN], Fractions::Round, SampleType::I64), None);
        assert_eq!(written(&[1e300], Fractions::Round, SampleType::F32), None);
        assert!(written(&[f64::NAN, 0.1], Fractions::Refuse, SampleType::F32).is_some());
        let large = written(&[2f64.powi(63)], Fractions::Refuse, SampleType::U64);
        assert_eq!(large, Some((1u64 << 63).to_ne_bytes().into()));
    }

    #[test]
    fn ends_of_every_type_are_in_it() {
        for kind in SampleType::ALL {
            let ends = range_of(kind);
            assert!(written(&[*ends.start(), *ends.end()], Fractions::Refuse, kind).is_some(), "{kind:?}");
        }
        assert_eq!(range_of(SampleType::I16), -32768.0..=32767.0);
        assert_eq!(range_of(SampleType::U8), 0.0..=255.0);
    }
}
