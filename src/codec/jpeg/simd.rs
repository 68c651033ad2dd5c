//! Loops that are worth instructions which not all machines have: shifts by a register without flags (BMI2), and
//! registers of 256 bits (AVX2).
//!
//! A loop is written once, for any machine. Here it is compiled a second time for those instructions, and called when
//! this machine has them.
#![allow(unsafe_code)]

use super::Result;
use super::bits::BitReader;
use super::dct::{self, McuRow};
use super::huffman::DifferenceLookup;
use super::idct::{self, Block, Sample};
use super::lossless;
use super::plane::Plane;
use super::progressive::Coefficients;
use super::scan::{Restarts, ScanPart};

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn is_wide() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("bmi2")
}

/// Defines a function that does what `$plain` does, and its twin with more instructions. `$plain` and all that its loops
/// call are inlined into both.
macro_rules! twice {
    ($name:ident $wide:ident <$($generics:tt)*) => {
        twice!(@ $name $wide [] $($generics)*);
    };
    (@ $name:ident $wide:ident [$($generics:tt)*] > ($($argument:ident: $type:ty),*) $(-> $result:ty)? = $plain:expr) => {
        pub(super) fn $name<$($generics)*>($($argument: $type),*) $(-> $result)? {
            #[cfg(target_arch = "x86_64")]
            if is_wide() {
                // SAFETY: the line above asked this machine whether it has the features, which is all that is needed.
                return unsafe { $wide($($argument),*) };
            }
            $plain($($argument),*)
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,bmi1,bmi2")]
        fn $wide<$($generics)*>($($argument: $type),*) $(-> $result)? {
            $plain($($argument),*)
        }
    };
    (@ $name:ident $wide:ident [$($generics:tt)*] $next:tt $($rest:tt)*) => {
        twice!(@ $name $wide [$($generics)* $next] $($rest)*);
    };
}

twice! {
    read_differences read_differences_wide <const C: usize>(
        reader: &mut BitReader<'_>,
        lookups: &[DifferenceLookup; C],
        row: &mut [[u16; C]]
    ) = lossless::read_differences
}

twice! {
    read_mcu_row read_mcu_row_wide <S: Sample>(
        row: &mut McuRow<'_, S>,
        reader: &mut BitReader<'_>,
        parts: &mut [ScanPart],
        restarts: &mut Restarts
    ) -> Result<()> = McuRow::read
}

twice! {
    transform_row transform_row_wide <S: Sample>(
        blocks: &[Coefficients],
        quantization: &Block,
        most: i32,
        plane: &mut Plane<S>,
        row: usize
    ) = dct::transform_row
}

/// [`idct::transform`].
#[inline(always)]
pub(super) fn transform<S: Sample>(coefficients: &Block, most: i32, out: &mut [S], stride: usize) {
    #[cfg(target_arch = "x86_64")]
    if is_wide() {
        // SAFETY: the line above asked this machine whether it has AVX2.
        return unsafe { transform_wide(coefficients, most, out, stride) };
    }
    idct::transform(coefficients, most, out, stride, idct::transpose);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn transform_wide<S: Sample>(coefficients: &Block, most: i32, out: &mut [S], stride: usize) {
    idct::transform(coefficients, most, out, stride, |rows| transpose_wide(rows));
}

/// Rows become columns: pairs of numbers, then pairs of pairs, then halves change places.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn transpose_wide(rows: &idct::Rows) -> idct::Rows {
    use idct::Rows;
    use std::arch::x86_64::*;

    // SAFETY: both are 32 bytes of plain numbers.
    let [r0, r1, r2, r3, r4, r5, r6, r7] = unsafe { std::mem::transmute::<Rows, [__m256i; 8]>(*rows) };
    let pairs = |a, b, c, d| {
        let (low, high) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
        let (other_low, other_high) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
        [
            _mm256_unpacklo_epi64(low, other_low),
            _mm256_unpackhi_epi64(low, other_low),
            _mm256_unpacklo_epi64(high, other_high),
            _mm256_unpackhi_epi64(high, other_high),
        ]
    };
    let [a0, a1, a2, a3] = pairs(r0, r1, r2, r3);
    let [b0, b1, b2, b3] = pairs(r4, r5, r6, r7);
    let columns = [
        _mm256_permute2x128_si256::<0x20>(a0, b0),
        _mm256_permute2x128_si256::<0x20>(a1, b1),
        _mm256_permute2x128_si256::<0x20>(a2, b2),
        _mm256_permute2x128_si256::<0x20>(a3, b3),
        _mm256_permute2x128_si256::<0x31>(a0, b0),
        _mm256_permute2x128_si256::<0x31>(a1, b1),
        _mm256_permute2x128_si256::<0x31>(a2, b2),
        _mm256_permute2x128_si256::<0x31>(a3, b3),
    ];
    // SAFETY: as above.
    unsafe { std::mem::transmute::<[__m256i; 8], Rows>(columns) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::jpeg::huffman::HuffmanTable;
    use proptest::prelude::*;

    fn both<S: Sample + PartialEq + std::fmt::Debug>(coefficients: &Block, most: i32) {
        let (mut wide, mut plain) = ([S::default(); 80], [S::default(); 80]);
        transform(coefficients, most, &mut wide, 10);
        idct::transform(coefficients, most, &mut plain, 10, idct::transpose);
        assert_eq!(wide, plain);
    }

    proptest! {
        #[test]
        fn transforms_are_equal(
            coefficients in prop::collection::vec(prop_oneof![Just(0), -2000i32..2000, any::<i32>()], 64),
        ) {
            let coefficients: Block = coefficients.try_into().unwrap();
            both::<u8>(&coefficients, 0xFF);
            both::<u16>(&coefficients, 0xFFF);
            both::<u16>(&coefficients, 0x3FF);
        }

        #[test]
        fn a_block_of_one_coefficient_is_flat(dc in any::<i16>()) {
            let mut coefficients: Block = [0; 64];
            coefficients[0] = dc.into();
            let (mut whole, mut flat) = ([0u8; 64], [0u8; 64]);
            transform(&coefficients, 0xFF, &mut whole, 8);
            idct::transform_flat::<_, 8>(dc.into(), 0xFF, &mut flat, 8);
            prop_assert_eq!(whole, flat);
            let (mut whole, mut flat) = ([0u16; 64], [0u16; 64]);
            transform(&coefficients, 0xFFF, &mut whole, 8);
            idct::transform_flat::<_, 8>(dc.into(), 0xFFF, &mut flat, 8);
            prop_assert_eq!(whole, flat);
        }

        #[test]
        fn differences_are_equal(data in prop::collection::vec(any::<u8>(), 0..400)) {
            let table = HuffmanTable::new([0, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], &[
                1, 2, 0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
            ]);
            let lookup = DifferenceLookup::of_differences(&table.unwrap(), 16).unwrap();
            let lookups = [lookup.clone(), lookup.clone(), lookup];
            let (mut wide, mut plain) = ([[0u16; 3]; 50], [[0u16; 3]; 50]);
            let (mut of_wide, mut of_plain) = (BitReader::new(&data), BitReader::new(&data));
            read_differences(&mut of_wide, &lookups, &mut wide);
            lossless::read_differences(&mut of_plain, &lookups, &mut plain);
            prop_assert_eq!(wide, plain);
            prop_assert_eq!(of_wide.check(), of_plain.check());
        }
    }
}
