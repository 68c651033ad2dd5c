//! Overlay planes (PS3.3 C.9.2): graphics of one bit, in Overlay Data or in unused bits of the pixel cells.

use super::description::{SampleType, fault};
use super::unpack::{swap_words, unpack_bits};
use crate::dataset::ByteOrder;
use crate::error::{ErrorKind, Result};
use crate::tag::Tag;

/// Bytes that Overlay Data of this many pixels have.
///
/// # Errors
/// [`ErrorKind::PixelData`] where there are fewer in `found`.
fn needed(tag: Tag, pixels: u64, found: usize) -> Result<u64> {
    let needed = pixels.div_ceil(8);
    if needed > found as u64 {
        return Err(fault(tag, format!("{found} bytes of Overlay Data, {needed} are needed")));
    }
    Ok(needed)
}

/// How many pixels an overlay has, after a look at the bytes there are for them.
///
/// # Errors
/// [`ErrorKind::PixelData`] for sizes that cannot be, and where there are fewer bytes than pixels need.
pub fn overlay_pixels(group: u16, shape: [i64; 3], bytes: usize) -> Result<usize> {
    let rows_tag = Tag::new(group, 0x0010);
    let [frames, rows, columns] = shape;
    let is_possible = (1..=i64::from(i32::MAX)).contains(&frames)
        && [rows, columns].iter().all(|side| (1..=i64::from(u16::MAX)).contains(side));
    let pixels = frames.checked_mul(rows).and_then(|some| some.checked_mul(columns));
    let pixels = pixels.filter(|_| is_possible).and_then(|pixels| u64::try_from(pixels).ok());
    let pixels = pixels.ok_or_else(|| {
        fault(rows_tag, "an overlay must have 1 to 65535 rows and columns, and 1 frame at least".to_owned())
    })?;
    needed(Tag::new(group, 0x3000), pixels, bytes)?;
    usize::try_from(pixels).map_err(|_| ErrorKind::OutOfMemory(pixels).into())
}

/// Overlay Data as bytes that are 0 or 1; `out` is [`overlay_pixels`] long. The lowest bit is the first pixel.
pub fn unpack_overlay(data: &[u8], are_words: bool, order: ByteOrder, out: &mut [u8]) {
    if are_words && order == ByteOrder::Big {
        let mut swapped = data.to_vec();
        swap_words(&mut swapped);
        unpack_bits(&swapped, 0, out);
    } else {
        unpack_bits(data, 0, out);
    }
}

/// One bit of every cell as a byte that is 0 or 1.
pub fn bit_of_cells(kind: SampleType, cells: &[u8], bit: u32, out: &mut [u8]) {
    let byte = usize::try_from(bit / 8).unwrap_or(usize::MAX);
    // Cells are in the byte order of this machine.
    let byte = if cfg!(target_endian = "big") { kind.size().wrapping_sub(byte + 1) } else { byte };
    for (cell, to) in cells.chunks_exact(kind.size()).zip(out) {
        *to = cell.get(byte).map_or(0, |byte| byte >> (bit % 8) & 1);
    }
}

/// Makes pixels of 8-bit samples white where the overlay is 1.
///
/// `image` and `overlay` are rows and columns; `origin` is row and column of the image, from 1, at which the overlay
/// begins. What is outside of the image is left out.
pub fn burn_in(
    frame: &mut [u8],
    samples: usize,
    image: [usize; 2],
    plane: &[u8],
    overlay: [usize; 2],
    origin: [i64; 2],
) {
    let [_, columns] = image;
    let [_, plane_columns] = overlay;
    if columns == 0 || plane_columns == 0 || samples == 0 {
        return;
    }
    let [skipped_rows, skipped_columns] = origin.map(|from| usize::try_from(1 - from).unwrap_or(0));
    let [first_row, first_column] = origin.map(|from| usize::try_from(from - 1).unwrap_or(0));
    let lines = frame.chunks_exact_mut(columns * samples).skip(first_row);
    for (line, bits) in lines.zip(plane.chunks_exact(plane_columns).skip(skipped_rows)) {
        let pixels = line.chunks_exact_mut(samples).skip(first_column);
        for (pixel, bit) in pixels.zip(bits.iter().skip(skipped_columns)) {
            if *bit != 0 {
                pixel.fill(u8::MAX);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_looked_at_before_memory_is_asked_for() {
        assert_eq!(overlay_pixels(0x6000, [1, 3, 3], 2).unwrap(), 9);
        for (shape, bytes) in [
            ([1, 3, 3], 1),
            ([1, 65_535, 65_535], 100),
            ([i64::from(i32::MAX), 65_535, 65_535], 100),
            ([0, 3, 3], 9),
            ([1, -3, -3], 9),
            ([1, 0, 3], 9),
            ([1, 3, i64::MAX], 9),
        ] {
            assert!(overlay_pixels(0x6000, shape, bytes).is_err(), "{shape:?}");
        }
    }

    #[test]
    fn the_lowest_bit_is_the_first_pixel() {
        let mut out = [9; 10];
        unpack_overlay(&[0b0000_0101, 0b10], false, ByteOrder::Big, &mut out);
        assert_eq!(out, [1, 0, 1, 0, 0, 0, 0, 0, 0, 1]);
        unpack_overlay(&[0b10, 0b0000_0101], true, ByteOrder::Big, &mut out);
        assert_eq!(out, [1, 0, 1, 0, 0, 0, 0, 0, 0, 1]);
    }

    #[test]
    fn high_bits_of_cells_are_planes() {
        let cells: Vec<u8> =
            [0x8000u16, 0x0FFF, 0x1000, 0x9000].iter().flat_map(|cell| cell.to_ne_bytes()).collect();
        let planes = [15, 12, 0, 99].map(|bit| {
            let mut out = [9; 4];
            bit_of_cells(SampleType::U16, &cells, bit, &mut out);
            out
        });
        assert_eq!(planes, [[1, 0, 0, 1], [0, 0, 1, 1], [0, 1, 0, 0], [0; 4]]);
    }

    #[test]
    fn planes_are_burnt_in_at_their_origin_and_cut_at_the_edges() {
        let mut frame = [0; 12];
        burn_in(&mut frame, 1, [3, 4], &[1; 4], [2, 2], [2, 4]);
        assert_eq!(frame, [0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 255]);
        let mut frame = [0; 6];
        burn_in(&mut frame, 3, [1, 2], &[0, 0, 0, 1], [2, 2], [0, 0]);
        assert_eq!(frame, [255, 255, 255, 0, 0, 0]);
        burn_in(&mut frame, 3, [1, 2], &[1; 4], [2, 2], [i64::MIN + 2, i64::MAX]);
        burn_in(&mut frame, 3, [1, 2], &[1; 4], [2, 0], [1, 1]);
        assert_eq!(frame, [255, 255, 255, 0, 0, 0]);
    }
}
