//! Gradients → regions (T.87 §A.3.3), by a table with a place for every difference of two samples.

use super::parameters::Coding;

/// The region of every gradient, -4 to 4.
pub(super) struct Gradients {
    regions: Vec<i8>,
    /// Where the gradient of zero is.
    zero: i32,
}

impl Gradients {
    /// # Errors
    /// When there is no memory for the table.
    pub(super) fn new(coding: &Coding) -> Result<Self, String> {
        let length = usize::try_from(2 * coding.maximum + 1).unwrap_or_default();
        let mut regions = Vec::new();
        regions.try_reserve_exact(length).map_err(|_| "no memory for a table of gradients".to_owned())?;
        let [first, second, third] = coding.thresholds;
        let edges = [
            (-coding.maximum, -4),
            (1 - third, -3),
            (1 - second, -2),
            (1 - first, -1),
            (-coding.near, 0),
            (coding.near + 1, 1),
            (first, 2),
            (second, 3),
            (third, 4),
        ];
        let ends = edges.iter().skip(1).map(|(start, _)| *start).chain([coding.maximum + 1]);
        for ((start, region), end) in edges.iter().zip(ends) {
            let count = usize::try_from(end - start).unwrap_or(0);
            regions.resize(regions.len() + count, *region);
        }
        Ok(Self { regions, zero: coding.maximum })
    }

    /// The region of a difference of two samples.
    #[inline(always)]
    pub(super) fn region(&self, gradient: i32) -> i32 {
        let place = gradient.wrapping_add(self.zero).cast_unsigned() as usize;
        self.regions.get(place).map_or(0, |region| i32::from(*region))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::jpeg_ls::parameters::Presets;
    use proptest::prelude::*;

    /// T.87 §A.3.3 as it is written there.
    fn region(gradient: i32, near: i32, [t1, t2, t3]: [i32; 3]) -> i32 {
        match gradient {
            d if d <= -t3 => -4,
            d if d <= -t2 => -3,
            d if d <= -t1 => -2,
            d if d < -near => -1,
            d if d <= near => 0,
            d if d < t1 => 1,
            d if d < t2 => 2,
            d if d < t3 => 3,
            _ => 4,
        }
    }

    proptest! {
        #[test]
        fn t87_a_3_3_regions(precision in 2u8..13, near in 0u8..30, given in any::<[u16; 3]>(), preset: bool) {
            let mut thresholds = given.map(|one| one % (1 << precision));
            thresholds.sort_unstable();
            let thresholds = if preset { thresholds } else { [0; 3] };
            let Ok(coding) = Coding::new(precision, near, &Presets { thresholds, ..Presets::default() }) else {
                return Ok(());
            };
            let gradients = Gradients::new(&coding).unwrap();
            for gradient in -coding.maximum..=coding.maximum {
                let expected = region(gradient, coding.near, coding.thresholds);
                prop_assert_eq!(gradients.region(gradient), expected, "{}", gradient);
            }
        }
    }
}
