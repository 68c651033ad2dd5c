//! What a scan is coded with: preset coding parameters (T.87 §C.2.4.1.1) and the variables that follow (§A.2.1).

/// Run lengths are coded in steps of two to the power of these (T.87 §A.2.1, array J).
pub(super) const RUN_ORDERS: [u8; 32] =
    [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// How long all steps before each one are together.
#[expect(clippy::indexing_slicing, reason = "computed by the compiler, which tells")]
pub(super) const RUN_LENGTHS: [u32; 32] = {
    let mut lengths = [0; 32];
    let mut at = 1;
    while at < lengths.len() {
        lengths[at] = lengths[at - 1] + (1 << RUN_ORDERS[at - 1]);
        at += 1;
    }
    lengths
};

/// How the components of a scan take turns (T.87 §C.2.3, ILV).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Interleave {
    /// A scan for each component.
    #[default]
    None,
    /// A line of each component.
    Line,
    /// A sample of each component.
    Sample,
}

/// Preset coding parameters of an LSE segment; zero is the default of the standard (T.87 §C.2.4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Presets {
    /// MAXVAL, the largest sample.
    pub maximum: u16,
    /// T1, T2 and T3, which part gradients into regions.
    pub thresholds: [u16; 3],
    /// RESET, the count at which what a context learned is halved.
    pub reset: u16,
}

/// What is lost of samples: numbers, for loops are compiled for each.
pub(super) mod loss {
    /// Nothing, and samples fill whole bits: errors wrap as the bits do.
    pub(in super::super) const NONE: u8 = 0;
    /// Nothing, and the largest sample is not that of so many bits.
    pub(in super::super) const NONE_IN_RANGE: u8 = 1;
    /// Samples are near to what they were.
    pub(in super::super) const NEAR: u8 = 2;
}

/// Everything that the coding of samples depends on, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Coding {
    /// MAXVAL.
    pub(super) maximum: i32,
    /// NEAR: how far a sample may be from what it was.
    pub(super) near: i32,
    /// 2 NEAR + 1.
    pub(super) step: i32,
    /// RANGE: how many errors there are.
    pub(super) range: i32,
    pub(super) thresholds: [i32; 3],
    pub(super) reset: u16,
    /// qbpp: bits of an error.
    pub(super) error_bits: u32,
    /// LIMIT: bits of the longest code.
    pub(super) limit: u32,
    /// One of [`loss`].
    pub(super) loss: u8,
}

impl Coding {
    /// Checks the parameters against each other.
    ///
    /// # Errors
    /// Which of them cannot be.
    pub(super) fn new(precision: u8, near: u8, presets: &Presets) -> Result<Self, String> {
        if !(2..=16).contains(&precision) {
            return Err(format!("a precision of {precision} bits; it must be 2 to 16"));
        }
        let largest = (1 << precision) - 1;
        let maximum = non_zero(presets.maximum).unwrap_or(largest);
        let near = i32::from(near);
        if maximum > largest {
            return Err(format!("a largest sample of {maximum} with {precision} bits"));
        }
        if near > maximum / 2 {
            return Err(format!("NEAR is {near}, which is over half of the largest sample, {maximum}"));
        }
        let thresholds = thresholds(maximum, near, &presets.thresholds)?;
        let reset = non_zero(presets.reset).unwrap_or(64);
        if !(3..=maximum.max(255)).contains(&reset) {
            return Err(format!("RESET is {reset}; it must be 3 to {}", maximum.max(255)));
        }
        let step = 2 * near + 1;
        let range = (maximum + 2 * near) / step + 1;
        let bits = bits_of(maximum + 1).max(2);
        Ok(Self {
            maximum,
            near,
            step,
            range,
            thresholds,
            reset: u16::try_from(reset).unwrap_or(u16::MAX),
            error_bits: bits_of(range),
            limit: 2 * (bits + bits.max(8)),
            loss: match near {
                0 if maximum == largest => loss::NONE,
                0 => loss::NONE_IN_RANGE,
                _ => loss::NEAR,
            },
        })
    }

    /// Zeros before a code stands for a number that is written plainly.
    pub(super) const fn most_zeros(&self) -> u32 {
        self.limit - self.error_bits - 1
    }

    /// The same for the sample that ends a run of this order (T.87 §A.7.2.2).
    pub(super) fn most_zeros_after_run(&self, order: u8) -> u32 {
        self.most_zeros() - u32::from(order) - 1
    }

    /// A sample from its prediction and an error times [`Coding::step`] (T.87 §A.4.5).
    #[inline(always)]
    pub(super) fn reconstruct(&self, prediction: i32, error: i32) -> i32 {
        let sample = prediction.wrapping_add(error);
        if (0..=self.maximum).contains(&sample) { sample } else { self.wrapped(sample) }
    }

    /// What is beyond the range comes in at the other end; what is not quite beyond it stays at this one.
    #[cold]
    #[inline(never)] // else it is done for all samples, and the next one waits for it
    fn wrapped(&self, sample: i32) -> i32 {
        let turn = self.range * self.step;
        let wrapped = if sample < -self.near {
            sample + turn
        } else if sample > self.maximum + self.near {
            sample - turn
        } else {
            sample
        };
        wrapped.clamp(0, self.maximum)
    }
}

/// Bits that numbers below `count` need.
fn bits_of(count: i32) -> u32 {
    i32::BITS - (count - 1).leading_zeros()
}

fn non_zero(value: u16) -> Option<i32> {
    (value != 0).then(|| i32::from(value))
}

/// T1, T2 and T3: those given, else the defaults of T.87 §C.2.4.1.1.1.
fn thresholds(maximum: i32, near: i32, given: &[u16; 3]) -> Result<[i32; 3], String> {
    let basic = [3, 7, 21];
    let offsets = [2, 3, 4];
    let nears = [3, 5, 7];
    let mut least = near + 1;
    let mut found = [0; 3];
    for ((((place, given), basic), offset), of_near) in
        found.iter_mut().zip(given).zip(basic).zip(offsets).zip(nears)
    {
        let default = if maximum >= 128 {
            let factor = (maximum.min(4095) + 128) >> 8;
            factor * (basic - offset) + offset + of_near * near
        } else {
            let factor = 256 / (maximum + 1);
            (basic / factor + of_near * near).max(offset)
        };
        let default = if (least..=maximum).contains(&default) { default } else { least };
        let value = non_zero(*given).unwrap_or(default);
        if !(least..=maximum).contains(&value) {
            return Err(format!("a threshold of {value}; it must be {least} to {maximum}"));
        }
        *place = value;
        least = value;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t87_c_2_4_1_1_1_defaults() {
        let of = |precision, near| Coding::new(precision, near, &Presets::default()).unwrap();
        // Table C.3 of the standard.
        assert_eq!(of(8, 0).thresholds, [3, 7, 21]);
        assert_eq!(of(10, 0).thresholds, [6, 19, 72]);
        assert_eq!(of(12, 0).thresholds, [18, 67, 276]);
        assert_eq!(of(16, 0).thresholds, [18, 67, 276]);
        assert_eq!(of(8, 3).thresholds, [12, 22, 42]);
        assert_eq!(of(2, 0).thresholds, [2, 3, 3]);
        let grey = of(8, 0);
        assert_eq!((grey.range, grey.error_bits, grey.limit, grey.reset), (256, 8, 32, 64));
        let near = of(8, 3);
        assert_eq!((near.range, near.error_bits, near.limit, near.loss), (38, 6, 32, loss::NEAR));
        assert_eq!((of(16, 0).error_bits, of(16, 0).limit), (16, 64));
        assert_eq!((of(2, 0).error_bits, of(2, 0).limit), (2, 20));
    }

    #[test]
    fn parameters_that_contradict_each_other_are_refused() {
        let reason = |precision, near, presets: Presets| Coding::new(precision, near, &presets).unwrap_err();
        let none = Presets::default();
        assert_eq!(reason(1, 0, none), "a precision of 1 bits; it must be 2 to 16");
        assert_eq!(reason(17, 0, none), "a precision of 17 bits; it must be 2 to 16");
        assert_eq!(reason(4, 8, none), "NEAR is 8, which is over half of the largest sample, 15");
        let presets = Presets { maximum: 256, ..none };
        assert_eq!(reason(8, 0, presets), "a largest sample of 256 with 8 bits");
        let presets = Presets { thresholds: [9, 8, 0], ..none };
        assert_eq!(reason(8, 0, presets), "a threshold of 8; it must be 9 to 255");
        let presets = Presets { reset: 2, ..none };
        assert_eq!(reason(8, 0, presets), "RESET is 2; it must be 3 to 255");
    }
}
