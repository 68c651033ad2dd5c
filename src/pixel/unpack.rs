//! Pixel cells → samples (PS3.5 §8.1.1): byte order, unused bits, packed bits, planes, subsampled chrominances.
//!
//! All of it works on slices, with neither errors nor panics: where a slice is too short, what is missing is left alone.

use super::description::{ImageDescription, SampleKind};
use super::simd::{self, CleanWords};
use crate::dataset::ByteOrder;

/// Turns cells into samples where they lie: whole bytes, in the byte order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CellPass {
    size: usize,
    /// The byte order of the file is not that of this machine.
    swap: bool,
    bits: Option<SampleBits>,
}

/// Bytes that are checked before they are changed.
const BLOCK: usize = 32 << 10;

/// Where in a cell the sample is: shifted up by `left`, then down by `right`, its other bits are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SampleBits {
    left: u32,
    right: u32,
    is_signed: bool,
}

impl CellPass {
    /// For cells of the size of the result's samples. With `keep_cells` unused bits stay as they are.
    pub(crate) fn new(description: &ImageDescription, order: ByteOrder, keep_cells: bool) -> Self {
        let size = description.sample_type().size();
        let is_foreign = (order == ByteOrder::Big) != cfg!(target_endian = "big");
        let is_whole = description.bits_stored() == description.bits_allocated();
        // A packed cell is unpacked into a wider one of this machine, unsigned.
        let is_widened = usize::from(description.bits_allocated()) != size * 8;
        let needs_sign = is_widened && description.is_signed() && description.bits_allocated() > 1;
        let is_integer = description.sample_kind() == SampleKind::Integer;
        let cell_bits = u32::try_from(size * 8).unwrap_or(u32::BITS);
        let bits = SampleBits {
            left: cell_bits - 1 - u32::from(description.high_bit()),
            right: cell_bits - u32::from(description.bits_stored()),
            is_signed: description.is_signed(),
        };
        let applies = is_integer && !keep_cells && (!is_whole || needs_sign);
        Self { size, swap: is_foreign && size > 1 && !is_widened, bits: applies.then_some(bits) }
    }

    /// The same for cells that are in the byte order of this machine already.
    pub(crate) fn without_swap(self) -> Self {
        Self { swap: false, ..self }
    }

    /// True when cells are samples as they are.
    pub(crate) fn is_identity(self) -> bool {
        !self.swap && self.bits.is_none()
    }

    /// True when cells can be samples as they are: nothing but their unused bits is in question.
    pub(crate) fn can_be_identity(self) -> bool {
        self.is_identity() || self.clean_words().is_some()
    }

    /// True when all cells in `bytes` are samples as they are.
    pub(crate) fn are_samples(self, bytes: &[u8]) -> bool {
        self.is_identity() || self.clean_words().is_some_and(|words| words.hold(bytes))
    }

    /// Makes samples of all cells in `bytes`.
    ///
    /// Unused bits nearly always are what they should be: then memory is read and not written.
    pub(crate) fn apply(self, bytes: &mut [u8]) {
        let Some(words) = self.clean_words() else { return simd::widest(|| self.change(bytes)) };
        let mut are_samples = true;
        for block in bytes.chunks_mut(BLOCK) {
            are_samples = are_samples && words.hold(block);
            if !are_samples {
                simd::widest(|| self.change(block));
            }
        }
    }

    /// What words of cells look like that are samples already; `None` where cells have to change in any case.
    fn clean_words(self) -> Option<CleanWords> {
        let bits = self.bits.filter(|bits| !self.swap && bits.left == bits.right)?;
        let cell_bits = u32::try_from(self.size * 8).ok()?;
        let first = u64::MAX / (u64::MAX >> (64 - cell_bits)); // the first bit of each cell
        let used = first * (u64::MAX >> (64 - (cell_bits - bits.right)));
        let (sign, last) = (used & !(used >> 1), first << (cell_bits - 1));
        let clear = if bits.is_signed { (!used | sign) & !last } else { !used };
        Some(CleanWords { clear, is_signed: bits.is_signed })
    }

    #[inline(always)]
    fn change(self, bytes: &mut [u8]) {
        match self.size {
            1 => change_u8(bytes, self),
            2 => change_u16(bytes, self),
            4 => change_u32(bytes, self),
            _ => change_u64(bytes, self),
        }
    }
}

// One loop a case, so that each becomes vector instructions.
macro_rules! passes {
    ($($change:ident $unsigned:ident $size:literal;)*) => {$(
        #[inline(always)]
        fn $change(bytes: &mut [u8], pass: CellPass) {
            let (cells, _) = bytes.as_chunks_mut::<$size>();
            match (pass.bits, pass.swap) {
                (None, false) => {}
                (None, true) => cells.iter_mut().for_each(|cell| cell.reverse()),
                (Some(bits), false) => each(
                    cells,
                    bits,
                    $unsigned::from_ne_bytes,
                    |value, left, right| (value << left >> right).to_ne_bytes(),
                    |value, left, right| ((value << left).cast_signed() >> right).to_ne_bytes(),
                ),
                (Some(bits), true) => each(
                    cells,
                    bits,
                    |cell| $unsigned::from_ne_bytes(cell).swap_bytes(),
                    |value, left, right| (value << left >> right).to_ne_bytes(),
                    |value, left, right| ((value << left).cast_signed() >> right).to_ne_bytes(),
                ),
            }
        }
    )*};
}

passes! {
    change_u8 u8 1;
    change_u16 u16 2;
    change_u32 u32 4;
    change_u64 u64 8;
}

#[inline(always)]
fn each<T: Copy, const N: usize>(
    cells: &mut [[u8; N]],
    bits: SampleBits,
    load: impl Fn([u8; N]) -> T,
    unsigned: impl Fn(T, u32, u32) -> [u8; N],
    signed: impl Fn(T, u32, u32) -> [u8; N],
) {
    let SampleBits { left, right, is_signed } = bits;
    if is_signed {
        for cell in cells {
            *cell = signed(load(*cell), left, right);
        }
    } else {
        for cell in cells {
            *cell = unsigned(load(*cell), left, right);
        }
    }
}

/// Swaps the bytes of each 16-bit word; an odd byte at the end stays.
pub(crate) fn swap_words(bytes: &mut [u8]) {
    let (words, _) = bytes.as_chunks_mut::<2>();
    words.iter_mut().for_each(|word| word.reverse());
}

/// Cells of one bit, the first in the least significant bit, become bytes that are 0 or 1.
pub(crate) fn unpack_bits(source: &[u8], first_bit: u32, out: &mut [u8]) {
    let first_bit = first_bit % 8;
    let source = source.get(..out.len().div_ceil(8) + 1).unwrap_or(source);
    let (groups, rest) = out.as_chunks_mut::<8>();
    let next = source.get(1..).unwrap_or_default().iter().chain(std::iter::once(&0));
    let mut bytes = source.iter().zip(next).map(|(low, high)| {
        let [byte, _] = (u16::from_le_bytes([*low, *high]) >> first_bit).to_le_bytes();
        byte
    });
    for (group, byte) in groups.iter_mut().zip(bytes.by_ref()) {
        *group = spread(byte);
    }
    if let Some(byte) = bytes.next() {
        let bits = spread(byte);
        rest.iter_mut().zip(bits).for_each(|(sample, bit)| *sample = bit);
    }
}

/// The bits of a byte as eight bytes, the least significant first.
fn spread(byte: u8) -> [u8; 8] {
    // Copies the byte eight times, keeps bit i of byte i, and makes 1 of what is left.
    let copies = (u64::from(byte) * 0x0101_0101_0101_0101) & 0x8040_2010_0804_0201;
    ((copies + 0x7F7F_7F7F_7F7F_7F7F) >> 7 & 0x0101_0101_0101_0101).to_le_bytes()
}

/// Packed cells of 12 or 24 bits, the first in the least significant bits, become cells of 16 or 32.
pub(crate) fn unpack_cells(source: &[u8], first_bit: u32, cell_bits: u32, out: &mut [u8]) {
    let mask = (1u32 << cell_bits.min(31)) - 1;
    let cell = |number: usize| {
        let bit = u64::from(first_bit) + number as u64 * u64::from(cell_bits);
        let start = usize::try_from(bit / 8).ok()?;
        let bytes = match source.get(start..)?.first_chunk() {
            Some(bytes) => *bytes,
            None => {
                let mut bytes = [0; 4];
                let rest = source.get(start..)?;
                bytes.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                bytes
            }
        };
        Some(u32::from_le_bytes(bytes) >> (bit % 8) & mask)
    };
    if cell_bits > 16 {
        let (cells, _) = out.as_chunks_mut();
        for (to, number) in cells.iter_mut().zip(0..) {
            *to = cell(number).unwrap_or_default().to_ne_bytes();
        }
    } else {
        let (cells, _) = out.as_chunks_mut();
        for (to, number) in cells.iter_mut().zip(0..) {
            *to = u16::try_from(cell(number).unwrap_or_default()).unwrap_or_default().to_ne_bytes();
        }
    }
}

/// One plane a sample → one pixel after the other (Planar Configuration 1 → 0).
pub(crate) fn interleave(planes: &[u8], samples: usize, size: usize, out: &mut [u8]) {
    match size {
        1 => interleave_cells::<1>(planes, samples, out),
        2 => interleave_cells::<2>(planes, samples, out),
        4 => interleave_cells::<4>(planes, samples, out),
        _ => interleave_cells::<8>(planes, samples, out),
    }
}

fn interleave_cells<const SIZE: usize>(planes: &[u8], samples: usize, out: &mut [u8]) {
    let (cells, _) = planes.as_chunks::<SIZE>();
    let (out, _) = out.as_chunks_mut::<SIZE>();
    let mut planes = cells.chunks_exact((out.len() / samples.max(1)).max(1));
    let mut plane = || planes.next().unwrap_or_default();
    match samples {
        3 => {
            let planes = [plane(), plane(), plane()];
            simd::interleave(planes, out.as_chunks_mut().0);
        }
        4 => {
            let (a, b, c, d) = (plane(), plane(), plane(), plane());
            let (pixels, _) = out.as_chunks_mut::<4>();
            for ((((pixel, a), b), c), d) in pixels.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *pixel = [*a, *b, *c, *d];
            }
        }
        _ => out.iter_mut().zip(cells).for_each(|(to, from)| *to = *from),
    }
}

/// Two luminances and their shared chrominances (Y Y B R) → two whole pixels (Y B R Y B R).
pub(crate) fn upsample_422(source: &[u8], size: usize, out: &mut [u8]) {
    match size {
        1 => upsample_cells::<1>(source, out),
        2 => upsample_cells::<2>(source, out),
        4 => upsample_cells::<4>(source, out),
        _ => upsample_cells::<8>(source, out),
    }
}

fn upsample_cells<const SIZE: usize>(source: &[u8], out: &mut [u8]) {
    let (cells, _) = source.as_chunks::<SIZE>();
    let (pairs, _) = cells.as_chunks::<4>();
    let (out, _) = out.as_chunks_mut::<SIZE>();
    let (pixels, _) = out.as_chunks_mut::<6>();
    for ([first, second, blue, red], pixels) in pairs.iter().zip(pixels) {
        *pixels = [*first, *blue, *red, *second, *blue, *red];
    }
}

#[cfg(test)]
mod tests {
    use super::super::description::ImageAttributes;
    use super::*;
    use proptest::prelude::*;

    fn description(allocated: i64, stored: i64, high: i64, signed: bool) -> ImageDescription {
        ImageDescription::new(&ImageAttributes {
            bits_allocated: allocated,
            bits_stored: stored,
            high_bit: high,
            pixel_representation: signed.into(),
            ..ImageAttributes::default()
        })
        .unwrap()
    }

    fn sixteen(values: &[u16], stored: i64, high: i64, signed: bool, order: ByteOrder) -> Vec<i32> {
        let mut bytes: Vec<u8> = values
            .iter()
            .flat_map(|v| if order == ByteOrder::Big { v.to_be_bytes() } else { v.to_le_bytes() })
            .collect();
        CellPass::new(&description(16, stored, high, signed), order, false).apply(&mut bytes);
        let (cells, _) = bytes.as_chunks::<2>();
        cells
            .iter()
            .map(|c| if signed { i16::from_ne_bytes(*c).into() } else { u16::from_ne_bytes(*c).into() })
            .collect()
    }

    #[test]
    fn ps3_5_8_1_1_a_sample_is_the_bits_stored_that_end_at_high_bit() {
        let cells = [0x0FFF, 0xF800, 0x7801, 0xFFFF, 0x0000];
        for order in [ByteOrder::Little, ByteOrder::Big] {
            assert_eq!(sixteen(&cells, 12, 11, false, order), [0xFFF, 0x800, 0x801, 0xFFF, 0]);
            assert_eq!(sixteen(&cells, 12, 11, true, order), [-1, -2048, -2047, -1, 0]);
            assert_eq!(sixteen(&cells, 12, 15, false, order), [0x0FF, 0xF80, 0x780, 0xFFF, 0]);
            assert_eq!(sixteen(&cells, 12, 15, true, order), [0x0FF, -128, 0x780, -1, 0]);
            assert_eq!(sixteen(&cells, 16, 15, false, order), cells.map(i32::from));
            assert_eq!(sixteen(&cells, 1, 0, true, order), [-1, 0, -1, -1, 0]);
        }
    }

    #[test]
    fn keeps_the_cell_where_it_is_asked_for() {
        let mut bytes = [0xFF, 0xF7];
        let pass = CellPass::new(&description(16, 12, 11, true), ByteOrder::Little, true);
        assert!(pass.is_identity() || cfg!(target_endian = "big"));
        pass.apply(&mut bytes);
        assert_eq!(u16::from_ne_bytes(bytes), 0xF7FF);
    }

    #[test]
    fn finds_the_only_unused_bit_that_is_set() {
        let length = 2 * BLOCK + 100;
        for (size, stored, signed) in
            [1, 2, 4, 8].into_iter().flat_map(|size| [(size, 1, false), (size, 5, true), (size, 7, false)])
        {
            let bits = i64::try_from(size * 8).unwrap();
            let pass =
                CellPass::new(&description(bits, stored, stored - 1, signed), ByteOrder::Little, false);
            let top = if cfg!(target_endian = "big") { 0 } else { size - 1 };
            for at in [top, BLOCK + top, length - length % size - size + top] {
                let mut bytes = vec![0; length];
                bytes[at] = 0x80;
                pass.apply(&mut bytes);
                assert!(bytes.iter().all(|byte| *byte == 0), "{size} {at}");
            }
        }
    }

    #[test]
    fn other_cell_sizes() {
        let mut bytes = [0xF5, 0x0A];
        CellPass::new(&description(8, 4, 3, true), ByteOrder::Little, false).apply(&mut bytes);
        assert_eq!(bytes.map(u8::cast_signed), [5, -6]);
        let mut bytes = 0xFF80_0001_u32.to_be_bytes();
        CellPass::new(&description(32, 24, 23, true), ByteOrder::Big, false).apply(&mut bytes);
        assert_eq!(i32::from_ne_bytes(bytes), -0x7F_FFFF);
        let mut bytes = 0x1234_5678_9ABC_DEF0_u64.to_be_bytes();
        CellPass::new(&description(64, 64, 63, false), ByteOrder::Big, false).apply(&mut bytes);
        assert_eq!(u64::from_ne_bytes(bytes), 0x1234_5678_9ABC_DEF0);
        let mut bytes = 0x0123_4567_89AB_CDEF_u64.to_le_bytes();
        CellPass::new(&description(64, 40, 47, false), ByteOrder::Little, false).apply(&mut bytes);
        assert_eq!(u64::from_ne_bytes(bytes), 0x45_6789_ABCD);
        let float = ImageAttributes {
            sample_kind: SampleKind::Float,
            bits_allocated: 32,
            bits_stored: 0,
            ..ImageAttributes::default()
        };
        let float = ImageDescription::new(&float).unwrap();
        let mut bytes = 1.5_f32.to_be_bytes();
        CellPass::new(&float, ByteOrder::Big, false).apply(&mut bytes);
        assert!((f32::from_ne_bytes(bytes) - 1.5).abs() < f32::EPSILON);
    }

    #[test]
    fn ps3_5_8_1_1_bits_begin_at_the_least_significant() {
        let mut out = [9; 11];
        unpack_bits(&[0b1000_0001, 0b0000_0101], 0, &mut out);
        assert_eq!(out, [1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1]);
        let mut out = [9; 3];
        unpack_bits(&[0b1000_0001, 0b0000_0101], 6, &mut out);
        assert_eq!(out, [0, 1, 1]);
        let mut out = [9; 10];
        unpack_bits(&[0xFF], 0, &mut out);
        assert_eq!(out, [1, 1, 1, 1, 1, 1, 1, 1, 9, 9]);
    }

    #[test]
    fn packed_cells_of_12_and_24_bits() {
        // 0xABC, 0x123, 0x7FF from the least significant bit on.
        let packed = [0xBC, 0x3A, 0x12, 0xFF, 0x07];
        let mut out = [0; 6];
        unpack_cells(&packed, 0, 12, &mut out);
        let (cells, _) = out.as_chunks::<2>();
        assert_eq!(cells.iter().map(|c| u16::from_ne_bytes(*c)).collect::<Vec<_>>(), [0xABC, 0x123, 0x7FF]);
        let mut out = [0; 2];
        unpack_cells(&packed[1..], 4, 12, &mut out);
        assert_eq!(u16::from_ne_bytes(out), 0x123);
        let mut out = [0; 8];
        unpack_cells(&packed, 0, 24, &mut out);
        let (cells, _) = out.as_chunks::<4>();
        let cells: Vec<_> = cells.iter().map(|c| u32::from_ne_bytes(*c)).collect();
        assert_eq!(cells, [0x12_3ABC, 0x00_07FF]);
        let mut out = 0x0800_u16.to_ne_bytes();
        CellPass::new(&description(12, 12, 11, true), ByteOrder::Little, false).apply(&mut out);
        assert_eq!(i16::from_ne_bytes(out), -2048);
    }

    #[test]
    fn planes_become_pixels() {
        let mut out = [0; 6];
        interleave(&[1, 2, 3, 4, 5, 6], 3, 1, &mut out);
        assert_eq!(out, [1, 3, 5, 2, 4, 6]);
        let mut out = [0; 8];
        interleave(&[1, 2, 3, 4, 5, 6, 7, 8], 4, 1, &mut out);
        assert_eq!(out, [1, 3, 5, 7, 2, 4, 6, 8]);
        let mut out = [0; 6];
        interleave(&[1, 1, 2, 2, 3, 3], 3, 2, &mut out);
        assert_eq!(out, [1, 1, 2, 2, 3, 3]);
    }

    #[test]
    fn ps3_3_c_7_6_3_1_2_chrominances_are_shared_by_two_pixels() {
        let mut out = [0; 12];
        upsample_422(&[1, 2, 3, 4, 5, 6, 7, 8], 1, &mut out);
        assert_eq!(out, [1, 3, 4, 2, 3, 4, 5, 7, 8, 6, 7, 8]);
        let mut out = [0; 12];
        upsample_422(&[1, 1, 2, 2, 3, 3, 4, 4], 2, &mut out);
        assert_eq!(out, [1, 1, 3, 3, 4, 4, 2, 2, 3, 3, 4, 4]);
    }

    proptest! {
        #[test]
        fn every_sample_is_what_arithmetic_says(
            cells: Vec<u16>, stored in 1i64..=16, above in 0i64..16, signed: bool, big: bool,
        ) {
            let high = (stored - 1 + above).min(15);
            let order = if big { ByteOrder::Big } else { ByteOrder::Little };
            let expected: Vec<i32> = cells.iter().map(|cell| {
                let sample = i32::from(*cell) >> (high + 1 - stored) & ((1 << stored) - 1);
                if signed && sample >> (stored - 1) == 1 { sample - (1 << stored) } else { sample }
            }).collect();
            prop_assert_eq!(sixteen(&cells, stored, high, signed, order), expected);
        }

        #[test]
        fn wide_registers_change_cells_as_any_machine_does(
            bytes in prop::collection::vec(any::<u8>(), 0..600), size in 0usize..4, stored in 1i64..64, signed: bool, big: bool,
        ) {
            let bits = [8, 16, 32, 64][size];
            let stored = stored.min(bits);
            let order = if big { ByteOrder::Big } else { ByteOrder::Little };
            let pass = CellPass::new(&description(bits, stored, stored - 1, signed), order, false);
            let (mut wide, mut plain) = (bytes.clone(), bytes);
            pass.apply(&mut wide);
            pass.change(&mut plain);
            prop_assert_eq!(wide, plain);
        }

        #[test]
        fn bits_are_unpacked_from_any_bit(source: Vec<u8>, first_bit in 0u32..8, length in 0usize..99) {
            let mut out = vec![7; length];
            unpack_bits(&source, first_bit, &mut out);
            for (i, sample) in out.iter().enumerate() {
                let bit = i + first_bit as usize;
                if let Some(byte) = source.get(bit / 8) {
                    prop_assert_eq!(*sample, byte >> (bit % 8) & 1);
                }
            }
        }

        #[test]
        fn never_panics(source: Vec<u8>, first_bit: u32, samples in 0usize..6, length in 0usize..99) {
            let mut out = vec![0; length];
            unpack_bits(&source, first_bit, &mut out);
            unpack_cells(&source, first_bit % 8, 12, &mut out);
            unpack_cells(&source, first_bit % 8, 24, &mut out);
            for size in [1, 2, 4, 8] {
                interleave(&source, samples, size, &mut out);
                upsample_422(&source, size, &mut out);
            }
            swap_words(&mut out);
        }
    }
}
