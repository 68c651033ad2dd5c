//! Where in its cell a sample stands, and the greatest it may be: for codecs whose samples begin at bit 0.

use crate::pixel::ImageDescription;

/// Moves samples that begin at bit 0 to where High Bit says they end.
///
/// A codestream whose precision is too low to reach High Bit has samples alone and not cells.
pub(super) fn place(precision: u8, description: &ImageDescription, out: &mut [u8]) {
    let shift = (description.high_bit() + 1).saturating_sub(description.bits_stored());
    if shift > 0 && precision <= description.high_bit() {
        each(description, out, |cell| cell << shift);
    }
}

/// Clips unsigned samples that are greater than Bits Stored allow.
///
/// Lossy codecs of JPEG know 8 and 12 bits alone, and white is not exact: cut to fewer bits, it would become black.
pub(super) fn clip(precision: u8, description: &ImageDescription, out: &mut [u8]) {
    let stored = description.bits_stored();
    if !description.is_signed() && stored < precision && stored == description.high_bit() + 1 {
        each(description, out, |cell| cell.min((1 << stored) - 1));
    }
}

fn each(description: &ImageDescription, out: &mut [u8], of: impl Fn(u64) -> u64) {
    match description.sample_type().size() {
        1 => each_of::<1>(out, of),
        2 => each_of::<2>(out, of),
        4 => each_of::<4>(out, of),
        _ => each_of::<8>(out, of),
    }
}

fn each_of<const SIZE: usize>(out: &mut [u8], of: impl Fn(u64) -> u64) {
    let in_order = |cell: &mut [u8; SIZE]| {
        if cfg!(target_endian = "big") {
            cell.reverse();
        }
    };
    for cell in out.as_chunks_mut::<SIZE>().0 {
        in_order(cell);
        let mut wide = [0; 8];
        wide.iter_mut().zip(&*cell).for_each(|(to, byte)| *to = *byte);
        cell.iter_mut().zip(of(u64::from_le_bytes(wide)).to_le_bytes()).for_each(|(to, byte)| *to = byte);
        in_order(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixel::ImageAttributes;

    fn description(bits: [i64; 3], is_signed: bool) -> ImageDescription {
        let [bits_allocated, bits_stored, high_bit] = bits;
        let pixel_representation = is_signed.into();
        let attributes = ImageAttributes {
            bits_allocated,
            bits_stored,
            high_bit,
            pixel_representation,
            ..ImageAttributes::default()
        };
        ImageDescription::new(&attributes).unwrap()
    }

    fn words(words: [u16; 2], change: impl FnOnce(&mut [u8])) -> [u16; 2] {
        let mut bytes = words.map(u16::to_ne_bytes).concat();
        change(&mut bytes);
        [0, 2].map(|at| u16::from_ne_bytes([bytes[at], bytes[at + 1]]))
    }

    #[test]
    fn samples_end_at_high_bit() {
        let high = description([16, 12, 15], true);
        assert_eq!(words([0x0801, 0x0FFF], |out| place(12, &high, out)), [0x8010, 0xFFF0]);
        assert_eq!(words([0x0801, 0x0FFF], |out| place(16, &high, out)), [0x0801, 0x0FFF]);
        let usual = description([16, 12, 11], false);
        assert_eq!(words([0x0801, 0x0FFF], |out| place(8, &usual, out)), [0x0801, 0x0FFF]);
        let mut bytes = [0x81, 0x7F];
        place(7, &description([8, 7, 7], false), &mut bytes);
        assert_eq!(bytes, [0x02, 0xFE]);
    }

    #[test]
    fn samples_of_too_many_bits_are_clipped() {
        let ten = |is_signed| description([16, 10, 9], is_signed);
        assert_eq!(words([1024, 1023], |out| clip(12, &ten(false), out)), [1023, 1023]);
        assert_eq!(words([1024, 1023], |out| clip(12, &ten(true), out)), [1024, 1023]);
        assert_eq!(words([1024, 5], |out| clip(10, &ten(false), out)), [1024, 5]);
        let mut wide = 70_000_u32.to_ne_bytes();
        clip(17, &description([32, 16, 15], false), &mut wide);
        assert_eq!(u32::from_ne_bytes(wide), 65_535);
    }
}
