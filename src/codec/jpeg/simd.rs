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
use super::idct::{Block, Sample};
use super::lossless;
use super::plane::Plane;
use super::progressive::Coefficients;
use super::scan::{Restarts, ScanPart};

#[inline(always)]
fn is_wide() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("bmi2");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
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
