//! Colour spaces (PS3.3 C.7.6.3.1.2): luminance and chrominances become RGB, and back.

use super::description::{PHOTOMETRIC_INTERPRETATION, SampleType, fault};
use super::photometric::PhotometricInterpretation;
use super::sample::{of_i64, whole};
use super::simd;
use crate::error::Result;

/// Makes RGB of 8-bit pixels: exact, halves rounded up, clipped.
pub(crate) fn ybr_full_to_rgb(pixels: &mut [u8]) {
    simd::ybr_full_to_rgb(pixels.as_chunks_mut().0);
}

/// How the three samples of a pixel are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    Rgb,
    /// YBR_FULL; YBR_ICT has the same equations.
    Full,
    /// YBR_PARTIAL: black is 16, white 235, chrominances are 16 to 240, of 8 bits.
    Partial,
    /// YBR_RCT: chrominances are signed, of one bit more.
    Reversible,
}

impl Space {
    fn of(interpretation: PhotometricInterpretation) -> Option<Self> {
        use PhotometricInterpretation as Known;
        Some(match interpretation {
            Known::Rgb => Self::Rgb,
            Known::YbrFull | Known::YbrFull422 | Known::YbrIct => Self::Full,
            Known::YbrPartial422 | Known::YbrPartial420 => Self::Partial,
            Known::YbrRct => Self::Reversible,
            _ => return None,
        })
    }

    /// The type of samples in this space that goes with RGB of 8 or 16 bits.
    fn sample_type(self, bits: u32) -> SampleType {
        match (self == Self::Reversible, bits) {
            (false, 8) => SampleType::U8,
            (false, _) => SampleType::U16,
            (true, 8) => SampleType::I16,
            (true, _) => SampleType::I32,
        }
    }
}

/// A conversion of pixels of three samples with full chrominances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColourConversion {
    from: Space,
    to: Space,
    /// Bits of a sample of RGB.
    bits: u32,
    /// Bits of the memory for it: 8 or 16.
    room: u32,
}

impl ColourConversion {
    /// From one Photometric Interpretation to another for samples of this type: 8 or 16 bits unsigned; in YBR_RCT 16
    /// bits signed for RGB of 8, and 32 for RGB of 16.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::PixelData`] for interpretations or types that are not converted.
    pub fn new(
        from: PhotometricInterpretation,
        to: PhotometricInterpretation,
        kind: SampleType,
    ) -> Result<Self> {
        let spaces = Space::of(from).zip(Space::of(to));
        let bits =
            spaces.and_then(|(from, _)| [8, 16].into_iter().find(|bits| from.sample_type(*bits) == kind));
        match (spaces, bits) {
            (Some((from, to)), Some(bits)) => Ok(Self { from, to, bits, room: bits }),
            _ => {
                let reason = format!("{from} does not become {to} with samples of {}", kind.name());
                Err(fault(PHOTOMETRIC_INTERPRETATION, reason))
            }
        }
    }

    /// To RGB of so many bits, in memory of 8 or 16 bits a sample.
    pub(super) fn to_rgb(from: Space, bits: u32, room: u32) -> Self {
        Self { from, to: Space::Rgb, bits, room }
    }

    /// True when samples stay as they are.
    #[must_use]
    pub fn is_identity(self) -> bool {
        self.from == self.to
    }

    /// The type of samples that come out.
    #[must_use]
    pub fn sample_type(self) -> SampleType {
        self.to.sample_type(self.room)
    }

    /// Converts the pixels of `input` into `out`, which has room for as many.
    pub fn apply(self, input: &[u8], out: &mut [u8]) {
        let of = |pixel| if self.from == self.to { pixel } else { self.pixel(pixel) };
        match (self.from.sample_type(self.room).size(), self.sample_type().size()) {
            (1, 1) if self.from == Space::Full && self.to == Space::Rgb => {
                let length = input.len().min(out.len());
                if let (Some(input), Some(out)) = (input.get(..length), out.get_mut(..length)) {
                    out.copy_from_slice(input);
                    ybr_full_to_rgb(out);
                }
            }
            (1, 1) => pixels::<1, 1>(input, out, of),
            (1, 2) => pixels::<1, 2>(input, out, of),
            (2, 1) => pixels::<2, 1>(input, out, of),
            (2, 4) => pixels::<2, 4>(input, out, of),
            (4, 2) => pixels::<4, 2>(input, out, of),
            (4, 4) => pixels::<4, 4>(input, out, of),
            _ if self.from.sample_type(self.room) == SampleType::I16 => signed_pixels(input, out, of),
            _ => pixels::<2, 2>(input, out, of),
        }
    }

    /// Converts pixels where they lie; both spaces have samples of one size.
    pub(super) fn apply_in_place(self, samples: &mut [u8]) {
        match (self.from, self.to, self.room) {
            (Space::Full, Space::Rgb, 8) => ybr_full_to_rgb(samples),
            (_, _, 8) => {
                for pixel in samples.as_chunks_mut::<3>().0 {
                    *pixel = self.pixel(pixel.map(i64::from)).map(|sample| low_bytes::<1>(sample)[0]);
                }
            }
            _ => {
                for pixel in samples.as_chunks_mut::<2>().0.as_chunks_mut::<3>().0 {
                    let found = self.pixel(pixel.map(|bytes| u16::from_ne_bytes(bytes).into()));
                    *pixel = found.map(low_bytes);
                }
            }
        }
    }

    fn pixel(self, pixel: [i64; 3]) -> [i64; 3] {
        let rgb = match self.from {
            Space::Rgb => pixel,
            Space::Full => rgb_of_full(pixel, self.bits),
            Space::Partial => rgb_of_partial(pixel, self.bits),
            Space::Reversible => rgb_of_reversible(pixel),
        };
        let most = (1 << self.bits) - 1;
        let rgb = rgb.map(|sample| sample.clamp(0, most));
        match self.to {
            Space::Rgb => rgb,
            Space::Full => full_of_rgb(rgb, self.bits).map(|sample| sample.clamp(0, most)),
            Space::Partial => partial_of_rgb(rgb, self.bits).map(|sample| sample.clamp(0, most)),
            Space::Reversible => reversible_of_rgb(rgb),
        }
    }
}

/// Pixels of samples of FROM bytes become those of samples of TO bytes; samples of four bytes are signed.
fn pixels<const FROM: usize, const TO: usize>(
    input: &[u8],
    out: &mut [u8],
    of: impl Fn([i64; 3]) -> [i64; 3],
) {
    let sample = |bytes: [u8; FROM]| match bytes[..] {
        [byte] => byte.into(),
        [a, b] if TO == 1 => i16::from_ne_bytes([a, b]).into(),
        [a, b] => u16::from_ne_bytes([a, b]).into(),
        [a, b, c, d] => i32::from_ne_bytes([a, b, c, d]).into(),
        _ => 0,
    };
    each_pixel::<FROM, TO>(input, out, |pixel| of(pixel.map(sample)));
}

fn signed_pixels(input: &[u8], out: &mut [u8], of: impl Fn([i64; 3]) -> [i64; 3]) {
    each_pixel::<2, 2>(input, out, |pixel| of(pixel.map(|bytes| i16::from_ne_bytes(bytes).into())));
}

fn each_pixel<const FROM: usize, const TO: usize>(
    input: &[u8],
    out: &mut [u8],
    of: impl Fn([[u8; FROM]; 3]) -> [i64; 3],
) {
    let (input, out) = (input.as_chunks::<FROM>().0, out.as_chunks_mut::<TO>().0);
    for (pixel, to) in input.as_chunks::<3>().0.iter().zip(out.as_chunks_mut::<3>().0) {
        *to = of(*pixel).map(low_bytes);
    }
}

/// The low bytes of a number, in the order of this machine.
fn low_bytes<const SIZE: usize>(number: i64) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    bytes.iter_mut().zip(number.to_le_bytes()).for_each(|(to, byte)| *to = byte);
    if cfg!(target_endian = "big") {
        bytes.reverse();
    }
    bytes
}

/// The nearest integer of a fraction, halves upwards.
fn nearest(numerator: i64, denominator: i64) -> i64 {
    (2 * numerator + denominator).div_euclid(2 * denominator)
}

fn rgb_of_full([y, cb, cr]: [i64; 3], bits: u32) -> [i64; 3] {
    let middle = 1 << bits >> 1;
    let (cb, cr) = (cb - middle, cr - middle);
    let green = nearest(-209_599 * cr - 101_004 * cb, 293_500);
    [y + nearest(701 * cr, 500), y + green, y + nearest(443 * cb, 250)]
}

fn full_of_rgb([r, g, b]: [i64; 3], bits: u32) -> [i64; 3] {
    let middle = 1 << bits >> 1;
    [
        nearest(299 * r + 587 * g + 114 * b, 1000),
        middle + nearest(886 * b - 299 * r - 587 * g, 1772),
        middle + nearest(701 * r - 587 * g - 114 * b, 1402),
    ]
}

/// By the scale of the ranges that ITU-R BT.601 gives: 219 steps of luminance, 224 of chrominances.
fn rgb_of_partial([y, cb, cr]: [i64; 3], bits: u32) -> [i64; 3] {
    let unit = of_i64(1 << bits) / 256.0;
    let most = of_i64((1 << bits) - 1);
    let y = (of_i64(y) - 16.0 * unit) * most / (219.0 * unit);
    let [cb, cr] = [cb, cr].map(|sample| (of_i64(sample) - 128.0 * unit) * most / (224.0 * unit));
    let (red, blue) = (y + 1.402 * cr, y + 1.772 * cb);
    [red, (y - 0.299 * red - 0.114 * blue) / 0.587, blue].map(|sample| whole((sample + 0.5).floor()))
}

fn partial_of_rgb([r, g, b]: [i64; 3], bits: u32) -> [i64; 3] {
    let unit = of_i64(1 << bits) / 256.0;
    let most = of_i64((1 << bits) - 1);
    let (r, g, b) = (of_i64(r) / most, of_i64(g) / most, of_i64(b) / most);
    let y = 0.299 * r + 0.587 * g + 0.114 * b;
    let scaled = [219.0 * y + 16.0, 224.0 * (b - y) / 1.772 + 128.0, 224.0 * (r - y) / 1.402 + 128.0];
    scaled.map(|sample| whole((sample * unit + 0.5).floor()))
}

fn rgb_of_reversible([y, cb, cr]: [i64; 3]) -> [i64; 3] {
    let green = y - (cb + cr).div_euclid(4);
    [cr + green, green, cb + green]
}

fn reversible_of_rgb([r, g, b]: [i64; 3]) -> [i64; 3] {
    [(r + 2 * g + b).div_euclid(4), b - g, r - g]
}

#[cfg(test)]
mod tests {
    use super::*;
    use PhotometricInterpretation as Known;
    use proptest::prelude::*;
    use simd::rgb;

    fn convert(from: Known, to: Known, pixel: [u8; 3]) -> Vec<u8> {
        let conversion = ColourConversion::new(from, to, SampleType::U8).unwrap();
        let mut out = vec![0; 3 * conversion.sample_type().size()];
        conversion.apply(&pixel, &mut out);
        out
    }

    #[test]
    fn ps3_3_c_7_6_3_1_2_partial_range() {
        for (rgb, partial) in
            [([0, 0, 0], [16, 128, 128]), ([255, 255, 255], [235, 128, 128]), ([255, 0, 0], [81, 90, 240])]
        {
            assert_eq!(convert(Known::Rgb, Known::YbrPartial420, rgb), partial);
            let back = convert(Known::YbrPartial422, Known::Rgb, partial);
            assert!(back.iter().zip(rgb).all(|(found, wanted)| found.abs_diff(wanted) <= 1), "{back:?}");
        }
    }

    #[test]
    fn types_that_do_not_go_with_a_space_are_refused() {
        for (from, to, kind) in [
            (Known::Rgb, Known::YbrFull, SampleType::I16),
            (Known::YbrRct, Known::Rgb, SampleType::U8),
            (Known::Monochrome2, Known::Rgb, SampleType::U8),
            (Known::Rgb, Known::Hsv, SampleType::U8),
            (Known::Rgb, Known::YbrFull, SampleType::F32),
        ] {
            assert!(ColourConversion::new(from, to, kind).is_err(), "{from} {to}");
        }
    }

    proptest! {
        #[test]
        fn the_reversible_transform_is_reversible(pixel: [u8; 3], wide: [u16; 3]) {
            let conversion = ColourConversion::new(Known::YbrRct, Known::Rgb, SampleType::I16).unwrap();
            let mut out = [0; 3];
            conversion.apply(&convert(Known::Rgb, Known::YbrRct, pixel), &mut out);
            prop_assert_eq!(out, pixel);
            let wide: Vec<u8> = wide.iter().flat_map(|sample| sample.to_ne_bytes()).collect();
            let (mut there, mut back) = ([0; 12], [0; 6]);
            ColourConversion::new(Known::Rgb, Known::YbrRct, SampleType::U16).unwrap().apply(&wide, &mut there);
            ColourConversion::new(Known::YbrRct, Known::Rgb, SampleType::I32).unwrap().apply(&there, &mut back);
            prop_assert_eq!(&back[..], &wide);
        }

        #[test]
        fn sixteen_bits_follow_the_equations(pixel: [u16; 3]) {
            let input: Vec<u8> = pixel.iter().flat_map(|sample| sample.to_ne_bytes()).collect();
            let [y, cb, cr] = pixel.map(f64::from);
            let (red, blue) = (y + 1.402 * (cr - 32768.0), y + 1.772 * (cb - 32768.0));
            let green = (y - 0.299 * red - 0.114 * blue) / 0.587;
            let mut out = [0; 6];
            ColourConversion::new(Known::YbrFull, Known::Rgb, SampleType::U16).unwrap().apply(&input, &mut out);
            for (found, wanted) in out.as_chunks().0.iter().zip([red, green, blue]) {
                prop_assert!((f64::from(u16::from_ne_bytes(*found)) - wanted.clamp(0.0, 65535.0)).abs() <= 0.5 + 1e-6);
            }
            let [r, g, b] = pixel.map(f64::from);
            let y = 0.299 * r + 0.587 * g + 0.114 * b;
            ColourConversion::new(Known::Rgb, Known::YbrIct, SampleType::U16).unwrap().apply(&input, &mut out);
            for (found, wanted) in out.as_chunks().0.iter().zip([y, (b - y) / 1.772 + 32768.0, (r - y) / 1.402 + 32768.0]) {
                prop_assert!((f64::from(u16::from_ne_bytes(*found)) - wanted.clamp(0.0, 65535.0)).abs() <= 0.5 + 1e-6);
            }
        }

        #[test]
        fn eight_bits_follow_the_equations(pixel: [u8; 3]) {
            let general = rgb_of_full(pixel.map(i64::from), 8).map(|sample| sample.clamp(0, 255));
            prop_assert_eq!(rgb(pixel).map(i64::from), general);
            let [r, g, b] = pixel.map(f64::from);
            let y = 0.299 * r + 0.587 * g + 0.114 * b;
            for (found, wanted) in convert(Known::Rgb, Known::YbrFull422, pixel).iter().zip([y, (b - y) / 1.772 + 128.0, (r - y) / 1.402 + 128.0]) {
                prop_assert!((f64::from(*found) - wanted.clamp(0.0, 255.0)).abs() <= 0.5 + 1e-9);
            }
        }
    }

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
        for y in [0, 1, 127, 128, 255u8] {
            for cb in 0..=255u8 {
                for cr in 0..=255u8 {
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
