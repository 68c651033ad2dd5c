//! Differences → samples (ITU-T T.81 H.1.2.1, Table H.1).

/// The pixels of a row, `C` samples in each.
pub(super) type Row<const C: usize> = [[u16; C]];

/// What stands above a row.
#[derive(Clone, Copy)]
pub(super) enum Above<'a, const C: usize> {
    /// Nothing, at the start of the scan and of each restart interval: the prediction is this.
    Nothing(u16),
    /// The row before.
    Row(&'a Row<C>),
}

/// Makes samples of the differences in `row`, modulo 2^16. `selection` is 1 to 7.
pub(super) fn undo<const C: usize>(selection: u8, above: Above<'_, C>, row: &mut Row<C>) {
    let previous = match above {
        Above::Nothing(first) => return horizontal([first; C], row),
        Above::Row(previous) => previous,
    };
    let first = previous.first().copied().unwrap_or([0; C]);
    match selection {
        1 => horizontal(first, row),
        2 => {
            for (pixel, above) in row.iter_mut().zip(previous) {
                *pixel = add(*pixel, *above);
            }
        }
        3 => {
            for (pixel, above) in row.iter_mut().zip([first].iter().chain(previous)) {
                *pixel = add(*pixel, *above);
            }
        }
        4 => walk(previous, row, |a, b, c| a + b - c),
        5 => walk(previous, row, |a, b, c| a + ((b - c) >> 1)),
        6 => walk(previous, row, |a, b, c| b + ((a - c) >> 1)),
        _ => walk(previous, row, |a, b, _| (a + b) >> 1),
    }
}

/// Each sample is predicted by the one before it; `first` predicts the first.
#[inline(always)]
fn horizontal<const C: usize>(first: [u16; C], row: &mut Row<C>) {
    let mut left = first;
    for pixel in row {
        left = add(left, *pixel);
        *pixel = left;
    }
}

/// `predict` is given the samples to the left (a), above (b), and above to the left (c). The first is predicted by b.
#[inline(always)]
fn walk<const C: usize>(previous: &Row<C>, row: &mut Row<C>, predict: impl Fn(i32, i32, i32) -> i32) {
    let Some((&first, previous)) = previous.split_first() else { return };
    let Some((pixel, row)) = row.split_first_mut() else { return };
    *pixel = add(*pixel, first);
    let (mut left, mut corner) = (*pixel, first);
    for (pixel, above) in row.iter_mut().zip(previous) {
        let mut samples = left.iter().zip(above).zip(&corner);
        let predictions = [(); C].map(|()| {
            let ((a, b), c) = samples.next().unwrap_or(((&0, &0), &0));
            let [low, high, ..] = predict((*a).into(), (*b).into(), (*c).into()).to_le_bytes();
            u16::from_le_bytes([low, high])
        });
        *pixel = add(*pixel, predictions);
        (left, corner) = (*pixel, *above);
    }
}

#[inline(always)]
fn add<const C: usize>(mut pixel: [u16; C], other: [u16; C]) -> [u16; C] {
    pixel.iter_mut().zip(other).for_each(|(sample, other)| *sample = sample.wrapping_add(other));
    pixel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t81_table_h_1_predictors() {
        let previous = [[100u16], [110], [130]];
        // a = 105, b = 110, c = 100, then with the sample that comes of them.
        let cases: [(u8, [u16; 3]); 7] = [
            (1, [105, 106, 107]),
            (2, [105, 111, 131]),
            (3, [105, 101, 111]),
            (4, [105, 116, 137]),
            (5, [105, 111, 122]),
            (6, [105, 113, 132]),
            (7, [105, 108, 120]),
        ];
        for (selection, expected) in cases {
            let mut row = [[5u16], [1], [1]];
            undo(selection, Above::Row(&previous), &mut row);
            assert_eq!(row.map(|[sample]| sample), expected, "{selection}");
            let mut row = [[5u16], [1], [0xFFFF]];
            undo(selection, Above::Nothing(128), &mut row);
            assert_eq!(row, [[133], [134], [133]], "{selection}");
        }
    }

    #[test]
    fn samples_are_modulo_two_to_the_16() {
        let previous = [[0xFFFFu16, 0], [0, 0xFFFF]];
        for selection in 1..=7 {
            let mut row = [[1u16, 0xFFFF], [0x8000, 0x8000]];
            undo(selection, Above::Row(&previous), &mut row);
            assert_eq!(row[0], [0, 0xFFFF]);
        }
        let mut row = [[1u16, 0xFFFF], [0x8000, 0x8000]];
        undo(6, Above::Row(&previous), &mut row);
        // 0 + ((0 - 0xFFFF) >> 1), 0xFFFF + ((0xFFFF - 0) >> 1)
        assert_eq!(
            row[1],
            [0x8000u16.wrapping_add(0x8000), 0xFFFFu16.wrapping_add(0x7FFF).wrapping_add(0x8000)]
        );
    }
}
