//! YBR_FULL → RGB (PS3.3 C.7.6.3.1.2).

/// Makes RGB of 8-bit pixels: exact, halves rounded up, clipped.
///
/// R = Y + 1.402 Cr, B = Y + 1.772 Cb, G = (Y - 0.299 R - 0.114 B) / 0.587. Floating point arithmetic gives the same but
/// where the result is a half (Cb = -Cr = ±50): there it depends on the machine.
pub(crate) fn ybr_full_to_rgb(pixels: &mut [u8]) {
    let (pixels, _) = pixels.as_chunks_mut::<3>();
    for pixel in pixels {
        *pixel = rgb(*pixel);
    }
}

#[inline]
fn rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    let red = (701 * cr + 250).div_euclid(500);
    let blue = (443 * cb + 125).div_euclid(250);
    // 0.299 * 1.402 / 0.587 = 209,599 / 293,500 and 0.114 * 1.772 / 0.587 = 101,004 / 293,500.
    let green = (293_500 / 2 - 209_599 * cr - 101_004 * cb).div_euclid(293_500);
    [y + red, y + green, y + blue].map(|sample| {
        let [clipped, ..] = sample.clamp(0, 255).to_le_bytes();
        clipped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ps3_3_c_7_6_3_1_2_known_colours() {
        let cases = [
            ([0, 128, 128], [0, 0, 0]),
            ([255, 128, 128], [255, 255, 255]),
            ([76, 85, 255], [254, 0, 0]),
            ([150, 44, 21], [0, 255, 1]),
            ([29, 255, 107], [0, 0, 254]),
            ([0, 253, 128], [0, 0, 222]),
            ([100, 78, 178], [170, 82, 11]),
            ([100, 178, 78], [30, 119, 189]),
        ];
        for (ybr, expected) in cases {
            let mut pixel = ybr;
            ybr_full_to_rgb(&mut pixel);
            assert_eq!(pixel, expected, "{ybr:?}");
        }
    }

    #[test]
    fn every_colour_is_the_nearest_to_the_equations() {
        for y in 0..=255u8 {
            for cb in 0..=255u8 {
                for cr in [0, 1, 64, 127, 128, 129, 200, 255] {
                    let (l, b, r) = (f64::from(y), f64::from(cb) - 128.0, f64::from(cr) - 128.0);
                    let red = l + 1.402 * r;
                    let blue = l + 1.772 * b;
                    let green = (l - 0.299 * red - 0.114 * blue) / 0.587;
                    for (got, wanted) in rgb([y, cb, cr]).into_iter().zip([red, green, blue]) {
                        let wanted = wanted.clamp(0.0, 255.0);
                        assert!((f64::from(got) - wanted).abs() <= 0.5 + 1e-9, "{y} {cb} {cr}");
                    }
                }
            }
        }
    }
}
