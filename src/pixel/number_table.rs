//! What becomes of every sample of a type of one or two bytes, worked out once, and only as far as samples go: most images
//! use a small part of the values that their cells could have.

use std::ops::Range;

use super::description::SampleType;
use super::sample::look_up;
use super::simd::widest;

/// Rows by the bits of a sample.
pub(super) struct NumberTable<const SIZE: usize> {
    from: SampleType,
    rows: Vec<[u8; SIZE]>,
    /// The rows that are there, in the order of the numbers.
    there: Range<u32>,
}

impl<const SIZE: usize> NumberTable<SIZE> {
    /// An empty table; `None` for types of more bytes.
    pub(super) fn new(from: SampleType) -> Option<Self> {
        let length = match from.size() {
            1 => 0x100,
            2 => 0x1_0000,
            _ => return None,
        };
        Some(Self { from, rows: vec![[0; SIZE]; length], there: 0..0 })
    }

    /// Writes the row of every sample into `out`; `of` makes rows that are not there yet.
    pub(super) fn apply(&mut self, samples: &[u8], out: &mut [u8], of: impl Fn(f64) -> [u8; SIZE]) {
        let wanted = self.range_of(samples);
        if self.there.is_empty() {
            self.there = wanted.start..wanted.start;
        }
        let (before, behind) = (wanted.start..self.there.start, self.there.end..wanted.end);
        for order in before.chain(behind) {
            let (bits, number) = self.number(order);
            if let Some(row) = self.rows.get_mut(bits) {
                *row = of(number);
            }
        }
        self.there = self.there.start.min(wanted.start)..self.there.end.max(wanted.end);
        look_up(samples, out, &self.rows);
    }

    /// What turns bits into their place in the order of the numbers, and back.
    fn flip(&self) -> u16 {
        match self.from {
            SampleType::I8 => 0x80,
            SampleType::I16 => 0x8000,
            _ => 0,
        }
    }

    /// From the least sample to behind the greatest, in the order of the numbers.
    fn range_of(&self, samples: &[u8]) -> Range<u32> {
        let flip = self.flip();
        let (least, most) = if self.from.size() == 1 {
            extent(samples.iter().map(|cell| u16::from(*cell) ^ flip))
        } else {
            extent(samples.as_chunks().0.iter().map(|cell| u16::from_ne_bytes(*cell) ^ flip))
        };
        if least > most { 0..0 } else { least.into()..u32::from(most) + 1 }
    }

    /// The bits and the number at a place in the order.
    fn number(&self, order: u32) -> (usize, f64) {
        let flip = self.flip();
        ((order ^ u32::from(flip)) as usize, f64::from(order) - f64::from(flip))
    }
}

/// The least and the greatest; the other way round where there is none.
#[inline(always)]
fn extent(places: impl Iterator<Item = u16>) -> (u16, u16) {
    widest(|| places.fold((u16::MAX, 0), |(least, most), place| (least.min(place), most.max(place))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixel::sample::each_number;
    use proptest::prelude::*;
    use std::cell::Cell;

    proptest! {
        #[test]
        fn rows_are_those_of_the_numbers_and_made_once(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..5),
            from in prop::sample::select(vec![SampleType::U8, SampleType::I8, SampleType::U16, SampleType::I16]),
        ) {
            let mut table = NumberTable::<8>::new(from).unwrap();
            let made = Cell::new(0u32);
            for samples in &pieces {
                let mut expected = Vec::new();
                each_number(from, samples, |number| expected.extend((number * 3.0).to_ne_bytes()));
                let mut out = vec![0xA5; expected.len()];
                table.apply(samples, &mut out, |number| {
                    made.set(made.get() + 1);
                    (number * 3.0).to_ne_bytes()
                });
                prop_assert_eq!(&out, &expected);
            }
            prop_assert_eq!(made.get(), table.there.end - table.there.start);
        }
    }

    #[test]
    fn only_what_samples_reach_is_made() {
        let mut table = NumberTable::<1>::new(SampleType::I16).unwrap();
        let samples: Vec<u8> = [-3i16, 5, 0].iter().flat_map(|sample| sample.to_ne_bytes()).collect();
        let made = Cell::new(0);
        table.apply(&samples, &mut [0; 3], |_| {
            made.set(made.get() + 1);
            [0]
        });
        assert_eq!(made.get(), 9);
        assert!(NumberTable::<1>::new(SampleType::I32).is_none());
    }
}
