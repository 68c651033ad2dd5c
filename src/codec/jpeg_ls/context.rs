//! What is learned from the samples so far: contexts of the regular mode and of the samples that end a run
//! (T.87 §A.2.1, §A.6, §A.7.2).

use super::parameters::Coding;

/// Contexts of the regular mode, with room up to a power of two: an index needs no check then.
pub(super) const CONTEXTS: usize = 512;

/// Contexts of three gradients with nine regions each are numbered by these, in both signs.
pub(super) const GRADIENT_WEIGHTS: [i32; 3] = [81, 9, 1];

/// A context of the regular mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Context {
    /// A: sum of the magnitudes of errors.
    magnitudes: u32,
    /// B: sum of errors, as far as the correction does not account for it.
    bias: i32,
    /// C: what is added to the prediction.
    correction: i16,
    /// N: how often the context was met.
    count: u16,
    /// The order of the code of the next error: found when the sums change, so that it is there when it is needed.
    order: u8,
    /// All ones when errors are coded with the signs swapped (T.87 §A.5.2), else zero.
    flip: i8,
}

impl Context {
    pub(super) fn new(coding: &Coding) -> Self {
        let magnitudes = initial_magnitudes(coding);
        let mut new = Self { magnitudes, bias: 0, correction: 0, count: 1, order: 0, flip: 0 };
        new.prepare(coding.near == 0);
        new
    }

    #[inline(always)]
    pub(super) fn order(&self) -> u32 {
        u32::from(self.order)
    }

    #[inline(always)]
    pub(super) fn flip(&self) -> i32 {
        i32::from(self.flip)
    }

    #[inline(always)]
    pub(super) fn correction(&self) -> i32 {
        i32::from(self.correction)
    }

    /// Takes an error into account (T.87 §A.6); times [`Coding::step`] it is the `difference`.
    ///
    /// Where noise decides there is no branch: no machine would foresee it.
    #[inline(always)]
    pub(super) fn update(&mut self, error: i32, difference: i32, reset: u16, is_lossless: bool) {
        self.magnitudes = self.magnitudes.wrapping_add(error.unsigned_abs());
        let mut bias = self.bias.wrapping_add(difference);
        if self.count == reset {
            self.magnitudes >>= 1;
            bias >>= 1;
            self.count >>= 1;
        }
        let count = self.count.wrapping_add(1);
        let met = i32::from(count);
        let (is_low, is_high) = (bias <= -met, bias > 0);
        let raised = bias.wrapping_add(met).max(1 - met);
        let lowered = bias.wrapping_sub(met).min(0);
        self.bias = if is_low {
            raised
        } else if is_high {
            lowered
        } else {
            bias
        };
        let change = i16::from(is_high) - i16::from(is_low);
        self.correction = self.correction.wrapping_add(change).clamp(-128, 127);
        self.count = count;
        self.prepare(is_lossless);
    }

    #[inline(always)]
    fn prepare(&mut self, is_lossless: bool) {
        self.order = order(self.magnitudes, self.count);
        let is_flipped =
            is_lossless & (self.order == 0) & (self.bias.wrapping_mul(2) <= -i32::from(self.count));
        self.flip = -i8::from(is_flipped);
    }
}

/// A context of samples that end a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RunContext {
    magnitudes: u32,
    count: u16,
    /// Nn: how many errors were negative.
    negatives: u16,
    /// RItype: 1 where the run's sample and the one above the end are alike.
    kind: u8,
}

impl RunContext {
    pub(super) fn new(coding: &Coding, kind: u8) -> Self {
        Self { magnitudes: initial_magnitudes(coding), count: 1, negatives: 0, kind }
    }

    /// The order of the next code (T.87 §A.7.2.1).
    pub(super) fn order(&self) -> u32 {
        let extra = u32::from(self.count >> 1) * u32::from(self.kind);
        u32::from(order(self.magnitudes.wrapping_add(extra), self.count))
    }

    /// The error that is coded as this number (T.87 §A.7.2.2).
    pub(super) fn error_of(&self, mapped: u32, order: u32) -> i32 {
        let value = mapped.wrapping_add(u32::from(self.kind));
        let magnitude = (value.wrapping_add(1) >> 1).cast_signed();
        let is_odd = value & 1 == 1;
        if self.mostly_negative(order) == is_odd { -magnitude } else { magnitude }
    }

    /// The number that an error is coded as (T.87 §A.7.2.2).
    pub(super) fn mapped_of(&self, error: i32, order: u32) -> u32 {
        let is_odd = error != 0 && self.mostly_negative(order) == (error < 0);
        2 * error.unsigned_abs() - u32::from(is_odd) - u32::from(self.kind)
    }

    fn mostly_negative(&self, order: u32) -> bool {
        order != 0 || 2 * u32::from(self.negatives) >= u32::from(self.count)
    }

    /// Takes an error into account (T.87 §A.7.2.2).
    pub(super) fn update(&mut self, error: i32, mapped: u32, reset: u16) {
        self.negatives += u16::from(error < 0);
        self.magnitudes =
            self.magnitudes.wrapping_add(mapped.wrapping_add(1).wrapping_sub(self.kind.into()) >> 1);
        if self.count == reset {
            self.magnitudes >>= 1;
            self.count >>= 1;
            self.negatives >>= 1;
        }
        self.count += 1;
    }
}

fn initial_magnitudes(coding: &Coding) -> u32 {
    ((coding.range + 32) / 64).max(2).unsigned_abs()
}

/// The least order with `count << order >= magnitudes` (T.87 §A.5.1).
#[inline(always)]
fn order(magnitudes: u32, count: u16) -> u8 {
    let count = u32::from(count);
    let order = (magnitudes | 1).ilog2().saturating_sub((count | 1).ilog2());
    let order = order + u32::from(count.wrapping_shl(order) < magnitudes);
    (order & 0x1F) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::jpeg_ls::parameters::Presets;
    use proptest::prelude::*;

    /// T.87 §A.6 as it is written there.
    fn updated(context: &Context, error: i32, coding: &Coding) -> Context {
        let (mut a, mut b, mut c, mut n) =
            (context.magnitudes, context.bias, context.correction, i32::from(context.count));
        b += error * coding.step;
        a += error.unsigned_abs();
        if n == i32::from(coding.reset) {
            a >>= 1;
            b = if b >= 0 { b >> 1 } else { -((1 - b) >> 1) };
            n >>= 1;
        }
        n += 1;
        if b <= -n {
            b += n;
            c -= i16::from(c > -128);
            b = b.max(-n + 1);
        } else if b > 0 {
            b -= n;
            c += i16::from(c < 127);
            b = b.min(0);
        }
        let mut k = 0;
        while (u64::from(n.unsigned_abs()) << k) < u64::from(a) {
            k += 1;
        }
        let flip = -i8::from(coding.near == 0 && k == 0 && 2 * b <= -n);
        let count = u16::try_from(n).unwrap();
        Context { magnitudes: a, bias: b, correction: c, count, order: k, flip }
    }

    proptest! {
        #[test]
        fn t87_a_6_contexts_learn_as_the_standard_says(
            errors in prop::collection::vec(prop_oneof![-3i32..3, -32768i32..32768, 0i32..9], 1..400),
            near in prop_oneof![Just(0u8), 0u8..20],
            reset in prop_oneof![Just(0u16), 3u16..255],
        ) {
            let coding = Coding::new(16, near, &Presets { reset, ..Presets::default() }).unwrap();
            let mut context = Context::new(&coding);
            for error in errors {
                let expected = updated(&context, error, &coding);
                context.update(error, error * coding.step, coding.reset, near == 0);
                prop_assert_eq!(context, expected);
            }
        }

        #[test]
        fn errors_after_runs_come_back(errors in prop::collection::vec(-300i32..300, 1..200), kind in 0u8..2) {
            let coding = Coding::new(12, 0, &Presets::default()).unwrap();
            let mut context = RunContext::new(&coding, kind);
            for error in errors {
                // With alike samples around, an error of zero would have gone on with the run.
                let error = if error == 0 && kind == 1 { 1 } else { error };
                let order = context.order();
                let mapped = context.mapped_of(error, order);
                prop_assert_eq!(context.error_of(mapped, order), error);
                context.update(error, mapped, coding.reset);
            }
        }
    }
}
