//! Frames in another size for training: bilinear, and where a frame shrinks as wide as it shrinks, so that no pixel is
//! passed over (antialiased). The convolution is that of the crate `fast_image_resize`.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{F32, F32x3, F32x4, InnerPixel, U8, U8x3};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use super::description::SampleType;
use super::sample::{each_number, single};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::Limits;

/// The longest side there can be, as that of an image: Rows and Columns are 16 bits.
pub const LONGEST_SIDE: u32 = 0xFFFF;

/// Rows and columns of a frame, and samples of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) rows: u32,
    pub(super) columns: u32,
    pub(super) samples: usize,
}

impl Size {
    /// Samples of a frame.
    pub(super) fn samples(self) -> u64 {
        (u64::from(self.rows) * u64::from(self.columns)).saturating_mul(self.samples as u64)
    }

    pub(super) fn count(self) -> usize {
        usize::try_from(self.samples()).unwrap_or(usize::MAX)
    }
}

/// Memory for resampling, kept from frame to frame.
#[derive(Default)]
pub(super) struct Resampler {
    resizer: Resizer,
    /// The result in single precision.
    pub(super) singles: Vec<f32>,
}

impl Resampler {
    /// Writes the bytes `from` in the size `to` into `out`.
    pub(super) fn bytes(&mut self, from: &[u8], sizes: [Size; 2], out: &mut [u8]) -> Result<()> {
        match sizes[0].samples {
            1 => self.bytes_of::<U8>(from, sizes, out),
            3 => self.bytes_of::<U8x3>(from, sizes, out),
            _ => Err(failed("samples")),
        }
    }

    fn bytes_of<P: PixelTrait>(&mut self, from: &[u8], [old, new]: [Size; 2], out: &mut [u8]) -> Result<()> {
        let view = TypedImageRef::<P>::from_buffer(old.columns, old.rows, from).map_err(failed)?;
        let mut image = TypedImage::<P>::from_buffer(new.columns, new.rows, out).map_err(failed)?;
        self.resizer.resize_typed(&view, &mut image, &options()).map_err(failed)
    }

    /// Makes `singles` of the samples `from`, in the size `to`.
    pub(super) fn numbers(&mut self, kind: SampleType, from: &[u8], sizes: [Size; 2]) -> Result<()> {
        match sizes[0].samples {
            1 => self.numbers_of::<F32>(kind, from, sizes),
            3 => self.numbers_of::<F32x3>(kind, from, sizes),
            4 => self.numbers_of::<F32x4>(kind, from, sizes),
            _ => Err(failed("samples")),
        }
    }

    fn numbers_of<P>(&mut self, kind: SampleType, from: &[u8], [old, new]: [Size; 2]) -> Result<()>
    where
        P: PixelTrait + InnerPixel<Component = f32>,
    {
        let mut pixels: Vec<P> = pixels(old)?;
        let mut places = P::components_mut(&mut pixels).iter_mut();
        each_number(kind, from, |number| {
            if let Some(place) = places.next() {
                *place = single(number);
            }
        });
        let mut made: Vec<P> = self::pixels(new)?;
        let view = TypedImageRef::new(old.columns, old.rows, &pixels).map_err(failed)?;
        let mut image = TypedImage::from_pixels_slice(new.columns, new.rows, &mut made).map_err(failed)?;
        self.resizer.resize_typed(&view, &mut image, &options()).map_err(failed)?;
        self.singles.clear();
        self.singles.extend_from_slice(P::components(&made));
        Ok(())
    }
}

/// Refuses a resampling that would take more memory than the limit allows: rows are shortened first, then columns.
pub(super) fn check(old: Size, new: Size, limits: &Limits) -> Result<()> {
    let between = Size { rows: old.rows, ..new };
    let most = old.samples().max(new.samples()).max(between.samples());
    let length = most.saturating_mul(size_of::<f32>() as u64);
    if length <= limits.frame {
        return Ok(());
    }
    Err(ErrorKind::LimitExceeded { limit: "frame", value: length, allowed: limits.frame }.into())
}

fn options() -> ResizeOptions {
    // No sample is transparency that others would be multiplied with.
    ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).use_alpha(false)
}

fn pixels<P: PixelTrait>(size: Size) -> Result<Vec<P>> {
    let count = size.count() / size.samples.max(1);
    let mut pixels = Vec::new();
    pixels.try_reserve_exact(count).map_err(|_| ErrorKind::OutOfMemory(size.samples()))?;
    pixels.resize(count, P::default());
    Ok(pixels)
}

/// Sizes and memory are checked before: what is told here is a fault of ours.
fn failed<T>(_: T) -> Error {
    ErrorKind::InvalidValue("a frame could not be resized: please report this file").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn size(rows: u32, columns: u32, samples: usize) -> Size {
        Size { rows, columns, samples }
    }

    fn numbers(from: &[i16], sizes: [Size; 2]) -> Vec<f32> {
        let bytes: Vec<u8> = from.iter().flat_map(|number| number.to_ne_bytes()).collect();
        let mut resampler = Resampler::default();
        resampler.numbers(SampleType::I16, &bytes, sizes).unwrap();
        resampler.singles
    }

    #[test]
    fn half_the_size_is_a_triangle_of_four_pixels() {
        // The filter is 4 wide, its weights at the pixels 1, 3, 3, 1; at the ends 3, 3, 1.
        let found = numbers(&[0, 0, 700, 0], [size(1, 4, 1), size(1, 2, 1)]);
        assert_eq!(found, [100.0, 300.0]);
        let found = numbers(&[0, 100], [size(1, 2, 1), size(1, 4, 1)]);
        assert_eq!(found, [0.0, 25.0, 75.0, 100.0]);
    }

    #[test]
    fn samples_of_a_pixel_stay_apart() {
        let found = numbers(&[1, 20, 300, 4, 1, 20, 300, 4], [size(1, 2, 4), size(3, 1, 4)]);
        assert_eq!(found, [1.0, 20.0, 300.0, 4.0].repeat(3));
        let mut out = [0; 6];
        let sizes = [size(2, 1, 3), size(1, 2, 3)];
        Resampler::default().bytes(&[10, 0, 255, 20, 0, 255], sizes, &mut out).unwrap();
        assert_eq!(out, [15, 0, 255, 15, 0, 255]);
    }

    #[test]
    fn what_would_take_too_much_memory_is_refused() {
        let limits = Limits { frame: 4000, ..Limits::DEFAULT };
        assert!(check(size(10, 100, 1), size(100, 10, 1), &limits).is_ok());
        // Rows of the old, columns of the new one.
        assert!(check(size(100, 10, 1), size(10, 100, 1), &limits).is_err());
        assert!(check(size(1, 1, 1), size(LONGEST_SIDE, LONGEST_SIDE, 3), &Limits::DEFAULT).is_err());
    }

    proptest! {
        #[test]
        fn numbers_stay_between_least_and_greatest(
            rows in 1u32..20, columns in 1u32..20, new_rows in 1u32..40, new_columns in 1u32..40, seed in any::<u64>(),
        ) {
            let from: Vec<i16> = (0..u64::from(rows * columns)).map(|n| {
                i16::from_ne_bytes(seed.wrapping_mul(2 * n + 1).rotate_left(13).to_ne_bytes()[..2].try_into().unwrap())
            }).collect();
            let found = numbers(&from, [size(rows, columns, 1), size(new_rows, new_columns, 1)]);
            prop_assert_eq!(found.len(), (new_rows * new_columns) as usize);
            let ends = (f32::from(*from.iter().min().unwrap()), f32::from(*from.iter().max().unwrap()));
            prop_assert!(found.iter().all(|number| ends.0 - 0.05 <= *number && *number <= ends.1 + 0.05));
        }

        #[test]
        fn bytes_are_the_rounded_numbers(rows in 1u32..20, columns in 1u32..20, new_rows in 1u32..40, new_columns in 1u32..40, seed in any::<u8>()) {
            let from: Vec<u8> = (0..rows * columns).map(|n| u8::try_from((n * 37 + u32::from(seed) % 11 * n * n) % 256).unwrap()).collect();
            let sizes = [size(rows, columns, 1), size(new_rows, new_columns, 1)];
            let mut resampler = Resampler::default();
            let mut out = vec![0; sizes[1].count()];
            resampler.bytes(&from, sizes, &mut out).unwrap();
            resampler.numbers(SampleType::U8, &from, sizes).unwrap();
            prop_assert!(out.iter().zip(&resampler.singles).all(|(byte, number)| (f32::from(*byte) - number).abs() <= 1.6));
        }
    }
}
