//! Images of another size for display: each new pixel is the mean of the area that it covers.

/// The old pixels under each new one, with the share of each: `(first old pixel, shares)`.
fn shares(from: usize, to: usize) -> Vec<(usize, Vec<u64>)> {
    // In steps of 1 / (from * to) of the side, old pixels are `to` wide and new ones `from`.
    (0..to)
        .map(|new| {
            let (start, end) = (new * from, (new + 1) * from);
            let first = start / to;
            let overlap = |old: usize| (end.min((old + 1) * to) - start.max(old * to)) as u64;
            (first, (first..end.div_ceil(to)).map(overlap).collect())
        })
        .collect()
}

/// Writes `frame` of 8-bit samples and `[rows, columns]` in the size `to` into `out`; halves are rounded upwards.
pub fn resize(frame: &[u8], samples: usize, from: [usize; 2], to: [usize; 2], out: &mut [u8]) {
    let ([rows, columns], [new_rows, new_columns]) = (from, to);
    if rows * columns * samples == 0 || new_rows * new_columns == 0 {
        return;
    }
    let (down, across) = (shares(rows, new_rows), shares(columns, new_columns));
    let area = (rows * columns) as u64;
    let mut sums = vec![0u64; new_columns * samples];
    for ((first_row, row_shares), line) in down.iter().zip(out.chunks_exact_mut(new_columns * samples)) {
        sums.fill(0);
        for (row, row_share) in frame.chunks_exact(columns * samples).skip(*first_row).zip(row_shares) {
            for ((first, column_shares), sum) in across.iter().zip(sums.chunks_exact_mut(samples)) {
                for (pixel, share) in row.chunks_exact(samples).skip(*first).zip(column_shares) {
                    for (total, sample) in sum.iter_mut().zip(pixel) {
                        *total += row_share * share * u64::from(*sample);
                    }
                }
            }
        }
        for (place, sum) in line.iter_mut().zip(&sums) {
            *place = u8::try_from((sum + area / 2) / area).unwrap_or(u8::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn resized(frame: &[u8], samples: usize, from: [usize; 2], to: [usize; 2]) -> Vec<u8> {
        let mut out = vec![0xA5; to[0] * to[1] * samples];
        resize(frame, samples, from, to, &mut out);
        out
    }

    #[test]
    fn new_pixels_are_means_of_what_they_cover() {
        assert_eq!(resized(&[0, 100, 200, 101], 1, [2, 2], [1, 1]), [100]);
        assert_eq!(resized(&[0, 90, 30], 1, [1, 3], [1, 2]), [30, 50]);
        assert_eq!(resized(&[7, 9], 1, [1, 2], [2, 4]), [7, 7, 9, 9, 7, 7, 9, 9]);
        assert_eq!(resized(&[0, 10, 20, 100, 110, 121], 3, [1, 2], [1, 1]), [50, 60, 71]);
    }

    proptest! {
        #[test]
        fn sizes_of_any_kind_keep_a_plain_image_plain(rows in 1usize..20, columns in 1usize..20, new_rows in 1usize..30, new_columns in 1usize..30, grey: u8, samples in 1usize..4) {
            let frame = vec![grey; rows * columns * samples];
            let found = resized(&frame, samples, [rows, columns], [new_rows, new_columns]);
            prop_assert!(found.iter().all(|sample| *sample == grey));
        }

        #[test]
        fn the_same_size_is_the_same_image(frame in prop::collection::vec(any::<u8>(), 36)) {
            prop_assert_eq!(resized(&frame, 3, [3, 4], [3, 4]), frame);
        }
    }
}
