//! Luminance and chrominances of 8 bits become RGB, sixteen pixels at a time where the machine can.

/// Sixteen pixels as they lie.
#[cfg(target_arch = "x86_64")]
type Group = [[u8; 3]; 16];

/// Sixteen samples of each of the three.
#[cfg(target_arch = "x86_64")]
type Planes = [[u8; 16]; 3];

/// Makes RGB of 8-bit pixels: exact, halves rounded up, clipped.
///
/// R = Y + 1.402 Cr, B = Y + 1.772 Cb, G = (Y - 0.299 R - 0.114 B) / 0.587. Floating point arithmetic gives the same but
/// where the result is a half (Cb = -Cr = ±50): there it depends on the machine.
pub(in crate::pixel) fn ybr_full_to_rgb(pixels: &mut [[u8; 3]]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the line above asked this machine whether it has AVX2, which is all that the function needs.
        return unsafe { convert_wide(pixels) };
    }
    convert(pixels);
}

fn convert(pixels: &mut [[u8; 3]]) {
    for pixel in pixels {
        *pixel = rgb(*pixel);
    }
}

/// Numbers of so many bits behind the point are rounded as the fractions are, for every chrominance there is: those of
/// green have 293,500 below the line (0.299 * 1.402 / 0.587 = 209,599 / 293,500, 0.114 * 1.772 / 0.587 = 101,004 /
/// 293,500), and one half is 524,288.
#[inline(always)]
pub(in crate::pixel) fn rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y), i32::from(cb).wrapping_sub(128), i32::from(cr).wrapping_sub(128));
    let red = cr.wrapping_mul(91_881).wrapping_add(32_768) >> 16;
    let blue = cb.wrapping_mul(116_130).wrapping_add(32_800) >> 16;
    let green = cb.wrapping_mul(-360_853).wrapping_sub(cr.wrapping_mul(748_826)).wrapping_add(524_294) >> 20;
    [y.wrapping_add(red), y.wrapping_add(green), y.wrapping_add(blue)].map(|sample| {
        let [clipped, ..] = sample.clamp(0, 255).to_le_bytes();
        clipped
    })
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn convert_wide(pixels: &mut [[u8; 3]]) {
    let (groups, rest) = pixels.as_chunks_mut();
    for group in groups {
        let mut planes = split(group);
        let [first, second, third] = &mut planes;
        for ((first, second), third) in first.iter_mut().zip(second).zip(third) {
            [*first, *second, *third] = rgb([*first, *second, *third]);
        }
        *group = weave(&planes);
    }
    convert(rest);
}

/// Pixels become planes: each takes what it has of three registers.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn split(group: &Group) -> Planes {
    // SAFETY: both are 48 bytes of plain numbers.
    let pixels = unsafe { std::mem::transmute::<Group, Registers>(*group) };
    let planes = gather(pixels, &SPLIT);
    // SAFETY: as above.
    unsafe { std::mem::transmute::<Registers, Planes>(planes) }
}

/// Planes become pixels.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn weave(planes: &Planes) -> Group {
    // SAFETY: both are 48 bytes of plain numbers.
    let planes = unsafe { std::mem::transmute::<Planes, Registers>(*planes) };
    let pixels = gather(planes, &WEAVE);
    // SAFETY: as above.
    unsafe { std::mem::transmute::<Registers, Group>(pixels) }
}

#[cfg(target_arch = "x86_64")]
type Registers = [std::arch::x86_64::__m128i; 3];

/// For each register that comes out, which byte of each that goes in its bytes are; 0x80 for none of it.
#[cfg(target_arch = "x86_64")]
type Places = [[[u8; 16]; 3]; 3];

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn gather(from: Registers, places: &Places) -> Registers {
    use std::arch::x86_64::{__m128i, _mm_or_si128, _mm_shuffle_epi8};

    let [a, b, c] = from;
    let one = |places: &[[u8; 16]; 3]| {
        // SAFETY: both are 48 bytes of plain numbers.
        let [of_a, of_b, of_c] = unsafe { std::mem::transmute::<[[u8; 16]; 3], [__m128i; 3]>(*places) };
        _mm_or_si128(
            _mm_or_si128(_mm_shuffle_epi8(a, of_a), _mm_shuffle_epi8(b, of_b)),
            _mm_shuffle_epi8(c, of_c),
        )
    };
    let [first, second, third] = places;
    [one(first), one(second), one(third)]
}

/// Byte `at` of plane `plane` is byte `3 * at + plane` of the pixels.
#[cfg(target_arch = "x86_64")]
const SPLIT: Places = places(false);

/// Byte `at` of the pixels is byte `at / 3` of plane `at % 3`.
#[cfg(target_arch = "x86_64")]
const WEAVE: Places = places(true);

#[cfg(target_arch = "x86_64")]
#[expect(clippy::indexing_slicing, reason = "evaluated when this is compiled")]
const fn places(is_weaving: bool) -> Places {
    const NUMBERS: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    let mut places = [[[0x80; 16]; 3]; 3];
    let mut at = 0;
    while at < 48 {
        let (plane, of_plane, register, of_register) = (at % 3, at / 3, at / 16, at % 16);
        if is_weaving {
            places[register][plane][of_register] = NUMBERS[of_plane];
        } else {
            places[plane][register][of_plane] = NUMBERS[of_register];
        }
        at += 1;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn wide_registers_give_what_any_machine_gives(mut pixels: Vec<[u8; 3]>) {
            let mut plain = pixels.clone();
            convert(&mut plain);
            ybr_full_to_rgb(&mut pixels);
            prop_assert_eq!(pixels, plain);
        }
    }
}
