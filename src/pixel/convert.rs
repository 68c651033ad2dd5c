//! Samples in another type: none is wrapped or cut.

use super::description::SampleType;
use super::sample::{map, single};

/// Writes samples of the type `from` into `out` as samples of the type `to`. False where one has no place there: an
/// integer that is out of range, a floating point number where integers are wanted. Numbers that `to` does not have in
/// floating point become the nearest.
#[must_use]
pub fn convert(from: SampleType, bytes: &[u8], to: SampleType, out: &mut [u8]) -> bool {
    match to {
        SampleType::U8 => to_integers::<u8, 1>(from, bytes, out),
        SampleType::I8 => to_integers::<i8, 1>(from, bytes, out),
        SampleType::U16 => to_integers::<u16, 2>(from, bytes, out),
        SampleType::I16 => to_integers::<i16, 2>(from, bytes, out),
        SampleType::U32 => to_integers::<u32, 4>(from, bytes, out),
        SampleType::I32 => to_integers::<i32, 4>(from, bytes, out),
        SampleType::U64 => to_integers::<u64, 8>(from, bytes, out),
        SampleType::I64 => to_integers::<i64, 8>(from, bytes, out),
        SampleType::F32 if from == SampleType::F64 => to_single(bytes, out),
        SampleType::F32 => {
            map(from, bytes, out, |number| single(number).to_ne_bytes());
            true
        }
        SampleType::F64 => {
            map(from, bytes, out, f64::to_ne_bytes);
            true
        }
    }
}

/// An integer that is `SIZE` bytes long.
trait Integer<const SIZE: usize>: Copy {
    fn of(cell: [u8; SIZE]) -> Self;
    fn cell(self) -> [u8; SIZE];
}

macro_rules! integers {
    ($($name:ident $size:literal),*) => {
        $(impl Integer<$size> for $name {
            fn of(cell: [u8; $size]) -> Self {
                Self::from_ne_bytes(cell)
            }

            fn cell(self) -> [u8; $size] {
                self.to_ne_bytes()
            }
        })*

        /// What an integer of any type may become.
        trait FromAny: $(TryFrom<$name> +)* {}
        impl<T: $(TryFrom<$name> +)*> FromAny for T {}
    };
}

integers!(u8 1, i8 1, u16 2, i16 2, u32 4, i32 4, u64 8, i64 8);

fn to_integers<T, const SIZE: usize>(from: SampleType, bytes: &[u8], out: &mut [u8]) -> bool
where
    T: Integer<SIZE> + FromAny,
{
    match from {
        SampleType::U8 => each::<u8, 1, T, SIZE>(bytes, out),
        SampleType::I8 => each::<i8, 1, T, SIZE>(bytes, out),
        SampleType::U16 => each::<u16, 2, T, SIZE>(bytes, out),
        SampleType::I16 => each::<i16, 2, T, SIZE>(bytes, out),
        SampleType::U32 => each::<u32, 4, T, SIZE>(bytes, out),
        SampleType::I32 => each::<i32, 4, T, SIZE>(bytes, out),
        SampleType::U64 => each::<u64, 8, T, SIZE>(bytes, out),
        SampleType::I64 => each::<i64, 8, T, SIZE>(bytes, out),
        SampleType::F32 | SampleType::F64 => false,
    }
}

fn each<F, const FROM: usize, T, const TO: usize>(bytes: &[u8], out: &mut [u8]) -> bool
where
    F: Integer<FROM>,
    T: Integer<TO> + TryFrom<F>,
{
    let (out, _) = out.as_chunks_mut::<TO>();
    let mut fits = true;
    for (cell, to) in bytes.as_chunks::<FROM>().0.iter().zip(out) {
        match T::try_from(F::of(*cell)) {
            Ok(number) => *to = number.cell(),
            Err(_) => fits = false,
        }
    }
    fits
}

/// Double precision → single, which has an end.
fn to_single(bytes: &[u8], out: &mut [u8]) -> bool {
    let (out, _) = out.as_chunks_mut();
    let mut fits = true;
    for (cell, to) in bytes.as_chunks().0.iter().zip(out) {
        let number = f64::from_ne_bytes(*cell);
        let nearest = single(number);
        fits &= nearest.is_finite() || !number.is_finite();
        *to = nearest.to_ne_bytes();
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(from: SampleType, bytes: &[u8], to: SampleType) -> Option<Vec<u8>> {
        let mut out = vec![0; bytes.len() / from.size() * to.size()];
        convert(from, bytes, to, &mut out).then_some(out)
    }

    #[test]
    fn a_number_is_kept_or_refused() {
        use SampleType as T;
        let numbers: Vec<u8> = [-1i16, 0, 255].iter().flat_map(|number| number.to_ne_bytes()).collect();
        let wide: Vec<u8> = [-1i64, 0, 255].iter().flat_map(|number| number.to_ne_bytes()).collect();
        let single: Vec<u8> = [-1f32, 0.0, 255.0].iter().flat_map(|number| number.to_ne_bytes()).collect();
        assert_eq!(converted(T::I16, &numbers, T::I64), Some(wide.clone()));
        assert_eq!(converted(T::I64, &wide, T::I16), Some(numbers.clone()));
        assert_eq!(converted(T::I16, &numbers, T::F32), Some(single.clone()));
        for to in [T::U8, T::I8, T::U16, T::U32, T::U64] {
            assert_eq!(converted(T::I16, &numbers, to), None, "{to:?}");
        }
        assert_eq!(converted(T::F32, &single, T::I16), None);
        assert_eq!(converted(T::U64, &u64::MAX.to_ne_bytes(), T::I64), None);
        assert_eq!(converted(T::F64, &1e300f64.to_ne_bytes(), T::F32), None);
        assert_eq!(
            converted(T::F64, &f64::INFINITY.to_ne_bytes(), T::F32),
            Some(f32::INFINITY.to_ne_bytes().into())
        );
    }

    #[test]
    fn every_type_becomes_itself() {
        for kind in SampleType::ALL {
            let mut cell = vec![0; kind.size() * 2];
            cell[kind.size()] = 1;
            let is_float = matches!(kind, SampleType::F32 | SampleType::F64);
            if !is_float {
                assert_eq!(converted(kind, &cell, kind), Some(cell), "{kind:?}");
            }
        }
    }
}
