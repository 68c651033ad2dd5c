//! Components of fewer samples → as many as the frame has (ITU-T T.81 A.1 leaves open how).
//!
//! As libjpeg-turbo does it: between samples at half the resolution there is a triangle filter, all else is repeated.

use super::Result;
use super::idct::Sample;
use super::layout::{ComponentLayout, Layout};
use super::output::memory;
use super::plane::Plane;
use crate::pixel::simd::widest;

/// How a component becomes as large as the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter {
    /// It is.
    None,
    /// Twice as many columns.
    Columns,
    /// Twice as many rows.
    Rows,
    /// Both.
    Both,
    /// The sample that is there.
    Nearest,
}

/// Makes rows of a component that are as long as those of the frame.
pub(super) struct Upsampler<S> {
    filter: Filter,
    component: ComponentLayout,
    /// Samples in a row and in a column of an MCU, of the frame and of the component.
    frame_size: (usize, usize),
    own_size: (usize, usize),
    /// Sums of two rows.
    sums: Vec<u16>,
    row: Vec<S>,
}

impl<S: Sample> Upsampler<S> {
    pub(super) fn new(layout: &Layout, component: &ComponentLayout) -> Result<Self> {
        let frame_size = (layout.horizontal * layout.side, layout.vertical * layout.side);
        let own_size = (component.horizontal * component.side, component.vertical * component.side);
        // Where a block is one sample, libjpeg-turbo has no filter.
        let is_filtered = layout.side > 1;
        let is_wide = component.columns > 2 && is_filtered;
        let doubled = (2 * own_size.0, 2 * own_size.1);
        let filter = match (frame_size.0 == own_size.0, frame_size.1 == own_size.1) {
            (true, true) => Filter::None,
            (false, true) if frame_size.0 == doubled.0 && is_wide => Filter::Columns,
            (true, false) if frame_size.1 == doubled.1 && is_filtered => Filter::Rows,
            (false, false) if frame_size == doubled && is_wide => Filter::Both,
            _ => Filter::Nearest,
        };
        let (sums, length) = match filter {
            Filter::None => (0, 0),
            Filter::Columns | Filter::Rows | Filter::Both => (component.columns, 2 * component.columns),
            Filter::Nearest => (0, layout.columns),
        };
        Ok(Self {
            filter,
            component: *component,
            frame_size,
            own_size,
            sums: memory(sums, 0)?,
            row: memory(length, S::default())?,
        })
    }

    /// Row `number` of the frame, at least as long as that.
    pub(super) fn row<'a>(&'a mut self, plane: &'a Plane<S>, number: usize) -> &'a [S] {
        let columns = self.component.columns;
        let row = |number: usize| plane.row(number).get(..columns).unwrap_or_default();
        match self.filter {
            Filter::None => return row(number),
            Filter::Columns => widest(|| double_columns(row(number), &mut self.row)),
            Filter::Rows => {
                let (near, far) = (row(number / 2), row(self.far_row(number)));
                // Halves are rounded down in one row and up in the other, so that they do not add up.
                let half = if number.is_multiple_of(2) { 1 } else { 2 };
                widest(|| {
                    for ((sample, near), far) in self.row.iter_mut().zip(near).zip(far) {
                        *sample = S::narrow((sum(*near, *far) + half) >> 2);
                    }
                });
            }
            Filter::Both => {
                let (near, far) = (row(number / 2), row(self.far_row(number)));
                widest(|| {
                    for ((to, near), far) in self.sums.iter_mut().zip(near).zip(far) {
                        *to = sum(*near, *far);
                    }
                    double_sums(&self.sums, &mut self.row);
                });
            }
            Filter::Nearest => {
                let samples = row(number * self.own_size.1 / self.frame_size.1);
                for (to, column) in self.row.iter_mut().zip(0usize..) {
                    let place = column * self.own_size.0 / self.frame_size.0;
                    *to = samples.get(place).copied().unwrap_or_default();
                }
            }
        }
        &self.row
    }

    /// The second nearest row of the component; at the edges it is the nearest again.
    fn far_row(&self, number: usize) -> usize {
        let near = number / 2;
        let far = if number.is_multiple_of(2) { near.saturating_sub(1) } else { near + 1 };
        far.min(self.component.rows.saturating_sub(1))
    }
}

/// Three quarters of the near sample and one of the far one, times four.
#[inline(always)]
fn sum<S: Sample>(near: S, far: S) -> u16 {
    near.into().wrapping_mul(3).wrapping_add(far.into())
}

#[inline(always)]
fn double_columns<S: Sample>(samples: &[S], out: &mut [S]) {
    let (pairs, _) = out.as_chunks_mut::<2>();
    let neighbours = samples.windows(3);
    if let ([first, second, ..], [.., before, last], [first_pair, .., last_pair]) =
        (samples, samples, &mut *pairs)
    {
        *first_pair = [*first, S::narrow((sum(*first, *second).wrapping_add(2)) >> 2)];
        *last_pair = [S::narrow((sum(*last, *before).wrapping_add(1)) >> 2), *last];
    }
    for (pair, window) in pairs.iter_mut().skip(1).zip(neighbours) {
        if let [left, sample, right] = window {
            *pair = [
                S::narrow((sum(*sample, *left).wrapping_add(1)) >> 2),
                S::narrow((sum(*sample, *right).wrapping_add(2)) >> 2),
            ];
        }
    }
}

/// The same with sums of rows, in which a sample counts four times.
#[inline(always)]
fn double_sums<S: Sample>(sums: &[u16], out: &mut [S]) {
    let (pairs, _) = out.as_chunks_mut::<2>();
    let sixteenth = |value: u16, rounding: u16| S::narrow(value.wrapping_add(rounding) >> 4);
    if let ([first, second, ..], [.., before, last], [first_pair, .., last_pair]) = (sums, sums, &mut *pairs)
    {
        *first_pair = [sixteenth(first.wrapping_mul(4), 8), sixteenth(sum(*first, *second), 7)];
        *last_pair = [sixteenth(sum(*last, *before), 8), sixteenth(last.wrapping_mul(4), 7)];
    }
    for (pair, window) in pairs.iter_mut().skip(1).zip(sums.windows(3)) {
        if let [left, here, right] = window {
            *pair = [sixteenth(sum(*here, *left), 8), sixteenth(sum(*here, *right), 7)];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_between_two_are_nearer_to_the_nearer() {
        let mut out = [0u8; 8];
        double_columns(&[0u8, 100, 200, 100], &mut out);
        assert_eq!(out, [0, 25, 75, 125, 175, 175, 125, 100]);
        let mut out = [0u16; 6];
        double_sums(&[0, 4 * 1000, 4 * 4095], &mut out);
        assert_eq!(out, [0, 250, 750, 1774, 3321, 4095]);
    }
}
