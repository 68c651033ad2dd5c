//! Samples of decoded components → cells of the result.

use crate::error::WarningKind;
use crate::pixel::ImageDescription;

/// A component of a codestream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Component {
    /// Bits of a sample.
    pub(super) precision: u8,
    pub(super) is_signed: bool,
}

impl Component {
    /// Compares it with what the attributes say: a sample has to fit a cell.
    pub(super) fn check(self, description: &ImageDescription) -> Result<Option<WarningKind>, String> {
        let allocated = description.bits_allocated();
        if self.precision == 0 || self.precision > allocated || allocated > 32 {
            return Err(format!(
                "the codestream has samples of {} bits, Bits Allocated is {allocated}",
                self.precision
            ));
        }
        let sign = (self.is_signed != description.is_signed()).then_some(WarningKind::SignContradicts);
        let precision =
            (self.precision != description.bits_stored()).then_some(WarningKind::PrecisionContradicts);
        Ok(sign.or(precision))
    }
}

/// What the other bits of a cell are where the sample has `precision` of them.
#[derive(Clone, Copy)]
struct Extension {
    /// Unused bits of 32.
    unused: u32,
    is_signed: bool,
}

impl Extension {
    fn of(precision: u8, description: &ImageDescription) -> Self {
        Self { unused: 32_u32.saturating_sub(precision.into()).min(31), is_signed: description.is_signed() }
    }

    fn cell(self, bits: u32) -> u32 {
        let top = bits << self.unused;
        if self.is_signed { (top.cast_signed() >> self.unused).cast_unsigned() } else { top >> self.unused }
    }
}

/// Writes the samples of component `number`; each is given as bits, of which the lowest `precision` count.
///
/// Whether they are signed is as Pixel Representation says, how long they are is as the codestream does: lossy ones go
/// beyond Bits Stored, and what is left of them when it is cut off there is another image.
pub(super) fn write_component(
    samples: impl Iterator<Item = u32>,
    number: usize,
    precision: u8,
    description: &ImageDescription,
    out: &mut [u8],
) {
    let extension = Extension::of(precision, description);
    let cells = samples.map(|bits| extension.cell(bits));
    let step = usize::from(description.samples_per_pixel());
    match description.sample_type().size() {
        1 => write::<1>(cells, number, step, out),
        2 => write::<2>(cells, number, step, out),
        _ => write::<4>(cells, number, step, out),
    }
}

/// The same for the three components of colour at once: pixel by pixel, as they lie in memory.
pub(super) fn write_colour(
    samples: [impl Iterator<Item = u32>; 3],
    precision: u8,
    description: &ImageDescription,
    out: &mut [u8],
) {
    let extension = Extension::of(precision, description);
    let cells = samples.map(|samples| samples.map(|bits| extension.cell(bits)));
    match description.sample_type().size() {
        1 => weave::<1>(cells, out),
        2 => weave::<2>(cells, out),
        _ => weave::<4>(cells, out),
    }
}

fn weave<const SIZE: usize>([first, second, third]: [impl Iterator<Item = u32>; 3], out: &mut [u8]) {
    let pixels = out.as_chunks_mut::<SIZE>().0.as_chunks_mut::<3>().0;
    for (((pixel, first), second), third) in pixels.iter_mut().zip(first).zip(second).zip(third) {
        *pixel = [first, second, third].map(low_bytes);
    }
}

fn write<const SIZE: usize>(cells: impl Iterator<Item = u32>, first: usize, step: usize, out: &mut [u8]) {
    let (places, _) = out.as_chunks_mut::<SIZE>();
    if step == 1 {
        places.iter_mut().zip(cells).for_each(|(place, cell)| *place = low_bytes(cell));
    } else {
        let places = places.iter_mut().skip(first).step_by(step);
        places.zip(cells).for_each(|(place, cell)| *place = low_bytes(cell));
    }
}

/// The lowest bytes, in the byte order of this machine.
#[inline(always)]
fn low_bytes<const SIZE: usize>(cell: u32) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    bytes.iter_mut().zip(cell.to_le_bytes()).for_each(|(to, from)| *to = from);
    if cfg!(target_endian = "big") {
        bytes.reverse();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixel::ImageAttributes;

    fn description(stored: i64, high: i64, signed: i64) -> ImageDescription {
        ImageDescription::new(&ImageAttributes {
            columns: 2,
            bits_allocated: 16,
            bits_stored: stored,
            high_bit: high,
            pixel_representation: signed,
            ..ImageAttributes::default()
        })
        .unwrap()
    }

    fn written(samples: [u32; 2], precision: u8, description: &ImageDescription) -> [u16; 2] {
        let mut out = [0xA5; 4];
        write_component(samples.into_iter(), 0, precision, description, &mut out);
        [[out[0], out[1]], [out[2], out[3]]].map(u16::from_ne_bytes)
    }

    #[test]
    fn signs_are_as_pixel_representation_says() {
        assert_eq!(written([0xFFF, 0x7FF], 12, &description(12, 11, 1)), [0xFFFF, 0x7FF]);
        assert_eq!(written([0xFFFF_FFFF, 0x7FF], 12, &description(12, 11, 0)), [0xFFF, 0x7FF]);
        assert_eq!(written([0xFFF, 1], 12, &description(16, 15, 1)), [0xFFFF, 1]);
    }

    #[test]
    fn samples_are_as_long_as_the_codestream_says() {
        assert_eq!(written([0xFFF, 1], 12, &description(12, 15, 0)), [0xFFF, 1]);
        assert_eq!(written([0x1FFF, 0xFFFF], 16, &description(12, 11, 1)), [0x1FFF, 0xFFFF]);
    }

    #[test]
    fn a_sample_has_to_fit_a_cell() {
        let of = |precision, is_signed| Component { precision, is_signed };
        let twelve = description(12, 11, 1);
        assert_eq!(of(12, true).check(&twelve), Ok(None));
        assert_eq!(of(16, true).check(&twelve), Ok(Some(WarningKind::PrecisionContradicts)));
        assert_eq!(of(12, false).check(&twelve), Ok(Some(WarningKind::SignContradicts)));
        let error = of(17, true).check(&twelve).unwrap_err();
        assert_eq!(error, "the codestream has samples of 17 bits, Bits Allocated is 16");
        assert!(of(0, true).check(&twelve).is_err());
    }
}
