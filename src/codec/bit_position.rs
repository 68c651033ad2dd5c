//! Where in its cell a sample stands: for codecs whose samples begin at bit 0.

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
}
