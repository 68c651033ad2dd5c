//! Frames at a fraction of their size: averages of squares of pixels, in the byte order of this machine.

use std::ops::AddAssign;

use super::description::{ImageDescription, SampleType};
use super::sample::single;
use super::simd::widest;
use crate::error::{ErrorKind, Result};

/// Up to here the sums of squares of 16-bit samples fit 32 bits.
const MOST_NARROW: u8 = 8;

/// Writes into `out` the average of each square of 2^`reduce` rows and columns of a frame, halves rounded up. Squares at
/// the right and at the bottom are of what there is.
///
/// # Errors
/// [`ErrorKind::OutOfMemory`] where there is none for a row of sums.
pub(super) fn average(
    description: &ImageDescription,
    samples: &[u8],
    reduce: u8,
    out: &mut [u8],
) -> Result<()> {
    let frame = Frame {
        columns: description.columns().into(),
        samples: description.samples_per_pixel().into(),
        side: 1 << reduce.min(16),
    };
    let is_narrow = reduce <= MOST_NARROW;
    macro_rules! integers {
        ($number:ty, $sum:ty) => {
            frame.average(
                samples,
                out,
                |cell| <$sum>::from(<$number>::from_ne_bytes(cell)),
                |sum: $sum| <$number>::try_from(sum).unwrap_or_default().to_ne_bytes(),
            )
        };
    }
    match description.sample_type() {
        SampleType::U8 if is_narrow => integers!(u8, u32),
        SampleType::I8 if is_narrow => integers!(i8, i32),
        SampleType::U16 if is_narrow => integers!(u16, u32),
        SampleType::I16 if is_narrow => integers!(i16, i32),
        SampleType::U8 => integers!(u8, i64),
        SampleType::I8 => integers!(i8, i64),
        SampleType::U16 => integers!(u16, i64),
        SampleType::I16 => integers!(i16, i64),
        SampleType::U32 => integers!(u32, i128),
        SampleType::I32 => integers!(i32, i64),
        SampleType::U64 => integers!(u64, i128),
        SampleType::I64 => integers!(i64, i128),
        SampleType::F32 => frame.average(
            samples,
            out,
            |cell| f64::from(f32::from_ne_bytes(cell)),
            |sum| single(sum).to_ne_bytes(),
        ),
        SampleType::F64 => frame.average(samples, out, f64::from_ne_bytes, f64::to_ne_bytes),
    }
}

/// A sum of samples.
trait Sum: Copy + Default + AddAssign {
    /// The nearest to the average of so many, of two the greater.
    fn mean(self, count: u32) -> Self;
}

macro_rules! sums {
    ($($name:ident),*) => {
        $(impl Sum for $name {
            #[inline(always)]
            fn mean(self, count: u32) -> Self {
                let whole = Self::try_from(count).unwrap_or(Self::MAX);
                let raised = self + whole / 2;
                match count.is_power_of_two() {
                    true => raised >> count.trailing_zeros(),
                    false => raised.div_euclid(whole),
                }
            }
        })*
    };
}

sums!(u32, i32, i64, i128);

impl Sum for f64 {
    fn mean(self, count: u32) -> Self {
        self / Self::from(count)
    }
}

struct Frame {
    columns: usize,
    /// Samples of a pixel.
    samples: usize,
    /// Rows and columns of a square.
    side: usize,
}

impl Frame {
    fn average<const SIZE: usize, S: Sum>(
        &self,
        bytes: &[u8],
        out: &mut [u8],
        number: impl Fn([u8; SIZE]) -> S + Copy,
        cell: impl Fn(S) -> [u8; SIZE] + Copy,
    ) -> Result<()> {
        let (cells, out) = (bytes.as_chunks::<SIZE>().0, out.as_chunks_mut::<SIZE>().0);
        let (row, reduced) = (self.columns * self.samples, self.columns.div_ceil(self.side) * self.samples);
        let mut sums: Vec<S> = Vec::new();
        sums.try_reserve_exact(reduced).map_err(|_| ErrorKind::OutOfMemory(reduced as u64))?;
        for (rows, out) in cells.chunks(row.saturating_mul(self.side)).zip(out.chunks_mut(reduced)) {
            sums.clear();
            sums.resize(reduced, S::default());
            let mut count = 0;
            for row in rows.chunks(row) {
                count += 1;
                let sums = &mut *sums;
                widest(move || match self.samples {
                    1 => self.add::<1, SIZE, S>(row, sums, number),
                    3 => self.add::<3, SIZE, S>(row, sums, number),
                    _ => self.add::<4, SIZE, S>(row, sums, number),
                });
            }
            let sums = &*sums;
            widest(move || self.write(sums, count, out, cell));
        }
        Ok(())
    }

    /// Adds a row of `N` samples a pixel.
    #[inline(always)]
    fn add<const N: usize, const SIZE: usize, S: Sum>(
        &self,
        row: &[[u8; SIZE]],
        sums: &mut [S],
        number: impl Fn([u8; SIZE]) -> S,
    ) {
        let (pixels, sums) = (row.as_chunks::<N>().0, sums.as_chunks_mut::<N>().0);
        let one = |sums: &mut [S; N], pixel: &[[u8; SIZE]; N]| {
            sums.iter_mut().zip(pixel).for_each(|(sum, cell)| *sum += number(*cell));
        };
        if self.side != 2 {
            for (sums, pixels) in sums.iter_mut().zip(pixels.chunks(self.side)) {
                pixels.iter().for_each(|pixel| one(sums, pixel));
            }
            return;
        }
        let (pairs, rest) = pixels.as_chunks::<2>();
        for (sums, [left, right]) in sums.iter_mut().zip(pairs) {
            one(sums, left);
            one(sums, right);
        }
        if let (Some(sums), [last]) = (sums.last_mut(), rest) {
            one(sums, last);
        }
    }

    /// Writes the averages of squares of `rows` rows.
    #[inline(always)]
    fn write<const SIZE: usize, S: Sum>(
        &self,
        sums: &[S],
        rows: u32,
        out: &mut [[u8; SIZE]],
        cell: impl Fn(S) -> [u8; SIZE],
    ) {
        let whole = self.columns / self.side * self.samples;
        let count = |columns: usize| u32::try_from(columns).unwrap_or(u32::MAX).saturating_mul(rows);
        for (start, columns) in [(0, self.side), (whole, self.columns % self.side)] {
            let end = if start == 0 && columns == self.side { whole } else { sums.len() };
            let (sums, out) = (sums.get(start..end), out.get_mut(start..end));
            let count = count(columns).max(1);
            for (sum, out) in sums.unwrap_or_default().iter().zip(out.unwrap_or_default()) {
                *out = cell(sum.mean(count));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixel::{ImageAttributes, SampleKind};
    use proptest::prelude::*;

    fn description(rows: i64, columns: i64, samples: i64, bits: i64, signed: i64) -> ImageDescription {
        ImageDescription::new(&ImageAttributes {
            rows,
            columns,
            samples_per_pixel: samples,
            bits_allocated: bits,
            bits_stored: bits,
            high_bit: bits - 1,
            pixel_representation: signed,
            ..ImageAttributes::default()
        })
        .unwrap()
    }

    fn averaged(description: &ImageDescription, bytes: &[u8], reduce: u8) -> Vec<u8> {
        let length = description.reduced(reduce).frame_length();
        let mut out = vec![0xA5; usize::try_from(length).unwrap()];
        average(description, bytes, reduce, &mut out).unwrap();
        out
    }

    #[test]
    fn halves_are_rounded_up_and_edges_are_of_what_there_is() {
        let three = description(3, 3, 1, 8, 0);
        let bytes = [1, 2, 10, 2, 1, 11, 7, 8, 255];
        assert_eq!(averaged(&three, &bytes, 1), [2, 11, 8, 255]);
        assert_eq!(averaged(&three, &bytes, 2), [33]);
        assert_eq!(averaged(&three, &bytes, 0), bytes);
        assert_eq!(averaged(&three, &bytes, 200), [33]);
        let colour = description(1, 3, 3, 8, 0);
        assert_eq!(averaged(&colour, &[0, 10, 255, 1, 20, 254, 7, 8, 9], 1), [1, 15, 255, 7, 8, 9]);
        let signed = description(1, 2, 1, 16, 1);
        let bytes = |pair: [i16; 2]| pair.map(i16::to_ne_bytes).concat();
        assert_eq!(averaged(&signed, &bytes([-1, -2]), 1), (-1_i16).to_ne_bytes());
        assert_eq!(averaged(&signed, &bytes([-32768, -32768]), 1), i16::MIN.to_ne_bytes());
        let wide = description(1, 2, 1, 64, 0);
        let bytes = [u64::MAX.to_ne_bytes(), u64::MAX.to_ne_bytes()].concat();
        assert_eq!(averaged(&wide, &bytes, 1), u64::MAX.to_ne_bytes());
        let float = ImageDescription::new(&ImageAttributes {
            columns: 2,
            bits_allocated: 32,
            sample_kind: SampleKind::Float,
            ..ImageAttributes::default()
        });
        let bytes = [1.5_f32.to_ne_bytes(), 4.0_f32.to_ne_bytes()].concat();
        assert_eq!(averaged(&float.unwrap(), &bytes, 1), 2.75_f32.to_ne_bytes());
    }

    #[test]
    fn sums_do_not_overflow() {
        let great = description(300, 300, 1, 16, 0);
        let bytes = vec![0xFF; 2 * 300 * 300];
        for reduce in [7, 8, 9, 16] {
            assert!(averaged(&great, &bytes, reduce).iter().all(|byte| *byte == 0xFF), "{reduce}");
        }
        let least = i16::MIN.to_ne_bytes();
        let great = description(300, 300, 1, 16, 1);
        let bytes = least.repeat(300 * 300);
        for reduce in [7, 8, 9, 16] {
            assert!(averaged(&great, &bytes, reduce).as_chunks().0.iter().all(|cell| *cell == least));
        }
    }

    proptest! {
        #[test]
        fn averages_are_those_of_the_definition(
            rows in 1_u16..12, columns in 1_u16..12, samples in prop_oneof![Just(1_u8), Just(3), Just(4)],
            reduce in 0_u8..5, bytes in prop::collection::vec(any::<u8>(), 12 * 12 * 4),
        ) {
            let one = description(rows.into(), columns.into(), samples.into(), 8, 0);
            let (rows, columns, samples) = (usize::from(rows), usize::from(columns), usize::from(samples));
            let bytes = &bytes[..rows * columns * samples];
            let side = 1 << reduce;
            let mut expected = Vec::new();
            for row in (0..rows).step_by(side) {
                for column in (0..columns).step_by(side) {
                    for sample in 0..samples {
                        let (mut sum, mut count) = (0_u32, 0);
                        for y in row..rows.min(row + side) {
                            for x in column..columns.min(column + side) {
                                sum += u32::from(bytes[(y * columns + x) * samples + sample]);
                                count += 1;
                            }
                        }
                        expected.push(u8::try_from((2 * sum + count) / (2 * count)).unwrap());
                    }
                }
            }
            prop_assert_eq!(averaged(&one, bytes, reduce), expected);
        }
    }
}
