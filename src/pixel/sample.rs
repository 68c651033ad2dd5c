//! Samples as numbers: loops over the memory of an array in the byte order of this machine.

use super::description::SampleType;
use super::simd::widest;

/// Calls `each` with every sample of `bytes`.
pub(super) fn each_number(kind: SampleType, bytes: &[u8], mut each: impl FnMut(f64)) {
    match kind {
        SampleType::U8 => each_of(bytes, |cell: [u8; 1]| u8::from_ne_bytes(cell).into(), &mut each),
        SampleType::I8 => each_of(bytes, |cell: [u8; 1]| i8::from_ne_bytes(cell).into(), &mut each),
        SampleType::U16 => each_of(bytes, |cell| u16::from_ne_bytes(cell).into(), &mut each),
        SampleType::I16 => each_of(bytes, |cell| i16::from_ne_bytes(cell).into(), &mut each),
        SampleType::U32 => each_of(bytes, |cell| u32::from_ne_bytes(cell).into(), &mut each),
        SampleType::I32 => each_of(bytes, |cell| i32::from_ne_bytes(cell).into(), &mut each),
        SampleType::U64 => each_of(bytes, |cell| of_u64(u64::from_ne_bytes(cell)), &mut each),
        SampleType::I64 => each_of(bytes, |cell| of_i64(i64::from_ne_bytes(cell)), &mut each),
        SampleType::F32 => each_of(bytes, |cell| f32::from_ne_bytes(cell).into(), &mut each),
        SampleType::F64 => each_of(bytes, f64::from_ne_bytes, &mut each),
    }
}

fn each_of<const SIZE: usize>(bytes: &[u8], number: impl Fn([u8; SIZE]) -> f64, each: &mut impl FnMut(f64)) {
    bytes.as_chunks().0.iter().for_each(|cell| each(number(*cell)));
}

/// Writes into `out` what `of` makes of every sample of `bytes`, as many as both have.
pub(super) fn map<const SIZE: usize>(
    kind: SampleType,
    bytes: &[u8],
    out: &mut [u8],
    of: impl Fn(f64) -> [u8; SIZE],
) {
    let (out, _) = out.as_chunks_mut();
    match kind {
        SampleType::U8 => map_of(bytes, out, move |cell: [u8; 1]| of(u8::from_ne_bytes(cell).into())),
        SampleType::I8 => map_of(bytes, out, move |cell: [u8; 1]| of(i8::from_ne_bytes(cell).into())),
        SampleType::U16 => map_of(bytes, out, move |cell| of(u16::from_ne_bytes(cell).into())),
        SampleType::I16 => map_of(bytes, out, move |cell| of(i16::from_ne_bytes(cell).into())),
        SampleType::U32 => map_of(bytes, out, move |cell| of(u32::from_ne_bytes(cell).into())),
        SampleType::I32 => map_of(bytes, out, move |cell| of(i32::from_ne_bytes(cell).into())),
        SampleType::U64 => map_of(bytes, out, move |cell| of(of_u64(u64::from_ne_bytes(cell)))),
        SampleType::I64 => map_of(bytes, out, move |cell| of(of_i64(i64::from_ne_bytes(cell)))),
        SampleType::F32 => map_of(bytes, out, move |cell| of(f32::from_ne_bytes(cell).into())),
        SampleType::F64 => map_of(bytes, out, move |cell| of(f64::from_ne_bytes(cell))),
    }
}

#[inline(always)]
fn map_of<const FROM: usize, const TO: usize>(
    bytes: &[u8],
    out: &mut [[u8; TO]],
    of: impl Fn([u8; FROM]) -> [u8; TO],
) {
    // Moved in: what is read through references would be read again for each sample.
    widest(move || {
        for (cell, to) in bytes.as_chunks().0.iter().zip(out) {
            *to = of(*cell);
        }
    });
}

/// Every sample of a type of one or two bytes, in the order of its bits.
pub(super) fn every_number(kind: SampleType) -> Option<Vec<f64>> {
    Some(match kind {
        SampleType::U8 => (0..=u8::MAX).map(f64::from).collect(),
        SampleType::I8 => (0..=u8::MAX).map(|bits| bits.cast_signed().into()).collect(),
        SampleType::U16 => (0..=u16::MAX).map(f64::from).collect(),
        SampleType::I16 => (0..=u16::MAX).map(|bits| bits.cast_signed().into()).collect(),
        _ => return None,
    })
}

/// Writes into `out` the row of `table` for the bits of every sample; the table is as long as [`every_number`].
pub(super) fn look_up<const SIZE: usize>(bytes: &[u8], out: &mut [u8], table: &[[u8; SIZE]]) {
    let (out, _) = out.as_chunks_mut::<SIZE>();
    if let Some(table) = table.first_chunk::<0x1_0000>() {
        for (cell, to) in bytes.as_chunks().0.iter().zip(out) {
            *to = table.get(usize::from(u16::from_ne_bytes(*cell))).copied().unwrap_or([0; SIZE]);
        }
    } else if let Some(table) = table.first_chunk::<0x100>() {
        for (cell, to) in bytes.iter().zip(out) {
            *to = table.get(usize::from(*cell)).copied().unwrap_or([0; SIZE]);
        }
    }
}

/// The integer that a number is without its fraction; the nearest there is, 0 for what is no number.
#[expect(clippy::cast_possible_truncation, reason = "saturation is what is asked for")]
pub(super) const fn whole(number: f64) -> i64 {
    number as i64
}

/// The nearest number of single precision.
#[expect(clippy::cast_possible_truncation, reason = "rounding is what is asked for")]
pub(super) const fn single(number: f64) -> f32 {
    number as f32
}

/// The nearest of `0..=most`, halves upwards; 0 for what is no number.
pub(super) fn rounded(number: f64, most: u16) -> u16 {
    u16::try_from(whole((number + 0.5).floor()).clamp(0, most.into())).unwrap_or(most)
}

/// The same for a byte.
#[inline(always)]
pub(super) fn rounded_byte(number: f64) -> u8 {
    let [low, ..] = whole((number + 0.5).floor()).clamp(0, 255).to_le_bytes();
    low
}

#[expect(clippy::cast_precision_loss, reason = "the nearest is what is asked for")]
pub(super) const fn of_u64(number: u64) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "the nearest is what is asked for")]
pub(super) const fn of_i64(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_gives_its_numbers() {
        let cases: [(SampleType, Vec<u8>, f64); 10] = [
            (SampleType::U8, vec![200], 200.0),
            (SampleType::I8, (-3i8).to_ne_bytes().into(), -3.0),
            (SampleType::U16, 60_000u16.to_ne_bytes().into(), 60_000.0),
            (SampleType::I16, (-2000i16).to_ne_bytes().into(), -2000.0),
            (SampleType::U32, u32::MAX.to_ne_bytes().into(), 4_294_967_295.0),
            (SampleType::I32, (-7i32).to_ne_bytes().into(), -7.0),
            (SampleType::U64, (1u64 << 40).to_ne_bytes().into(), 1_099_511_627_776.0),
            (SampleType::I64, (-9i64).to_ne_bytes().into(), -9.0),
            (SampleType::F32, 0.5f32.to_ne_bytes().into(), 0.5),
            (SampleType::F64, 0.1f64.to_ne_bytes().into(), 0.1),
        ];
        for (kind, bytes, expected) in cases {
            let mut found = Vec::new();
            each_number(kind, &bytes, |number| found.push(number));
            assert_eq!(found, [expected], "{kind:?}");
            let mut out = [0; 8];
            map(kind, &bytes, &mut out, f64::to_ne_bytes);
            assert_eq!(f64::from_ne_bytes(out), expected, "{kind:?}");
        }
    }

    #[test]
    fn halves_are_rounded_upwards_and_ends_are_kept() {
        let cases = [(0.5, 1u8), (1.49, 1), (-0.5, 0), (-9.0, 0), (254.5, 255), (1e300, 255), (f64::NAN, 0)];
        for (number, expected) in cases {
            assert_eq!((rounded(number, 255), rounded_byte(number)), (expected.into(), expected), "{number}");
        }
        assert_eq!(rounded(f64::INFINITY, u16::MAX), u16::MAX);
    }
}
