//! What a decoder and an encoder know alike of the samples before: neighbours, predictions, contexts.

use super::context::{CONTEXTS, Context, GRADIENT_WEIGHTS, RunContext};
use super::gradient::Gradients;
use super::parameters::Coding;

/// The samples around the next one (T.87 §A.3.1, Figure A.1).
#[derive(Clone, Copy)]
pub(super) struct Neighbours {
    /// Ra, to the left.
    pub(super) left: i32,
    /// Rb, above.
    pub(super) above: i32,
    /// Rc, above to the left.
    pub(super) above_left: i32,
    /// Rd, above to the right.
    pub(super) above_right: i32,
}

impl Neighbours {
    /// Those of each sample of a pixel.
    #[inline(always)]
    pub(super) fn of_each(
        left: [i32; 4],
        above: [i32; 4],
        above_left: [i32; 4],
        above_right: [i32; 4],
    ) -> [Self; 4] {
        let ([a, e, i, m], [b, f, j, n]) = (left, above);
        let ([c, g, k, o], [d, h, l, p]) = (above_left, above_right);
        let one = |left, above, above_left, above_right| Self { left, above, above_left, above_right };
        [one(a, b, c, d), one(e, f, g, h), one(i, j, k, l), one(m, n, o, p)]
    }

    /// The edge-detecting predictor (T.87 §A.4.1).
    #[inline(always)]
    pub(super) fn prediction(self) -> i32 {
        let (least, most) = (self.left.min(self.above), self.left.max(self.above));
        self.left.wrapping_add(self.above).wrapping_sub(self.above_left).min(most).max(least)
    }
}

/// Everything that adapts while a scan, or what lies between two restarts, is coded.
pub(super) struct Model {
    pub(super) coding: Coding,
    pub(super) gradients: Gradients,
    pub(super) contexts: Box<[Context; CONTEXTS]>,
    /// By RItype.
    pub(super) runs: [RunContext; 2],
}

impl Model {
    /// # Errors
    /// When there is no memory for it.
    pub(super) fn new(coding: Coding) -> Result<Self, String> {
        Ok(Self {
            coding,
            gradients: Gradients::new(&coding)?,
            contexts: Box::new([Context::new(&coding); CONTEXTS]),
            runs: [RunContext::new(&coding, 0), RunContext::new(&coding, 1)],
        })
    }

    /// Forgets what was learned.
    pub(super) fn restart(&mut self) {
        self.contexts.fill(Context::new(&self.coding));
        self.runs = [RunContext::new(&self.coding, 0), RunContext::new(&self.coding, 1)];
    }

    /// The region of a gradient.
    #[inline(always)]
    pub(super) fn region(&self, from: i32, to: i32) -> i32 {
        self.gradients.region(to.wrapping_sub(from))
    }

    /// The three regions in one number (T.87 §A.3.4), with the sign that the standard takes away. Zero begins a run.
    ///
    /// The gradient to the right of a sample is the one above the next: it is looked up once.
    #[inline(always)]
    pub(super) fn regions(&self, near: Neighbours, above_region: i32, right_region: i32) -> i32 {
        let [first, second, third] = GRADIENT_WEIGHTS;
        let left_region = self.region(near.left, near.above_left);
        let sum = first.wrapping_mul(right_region).wrapping_add(second.wrapping_mul(above_region));
        sum.wrapping_add(third.wrapping_mul(left_region))
    }

    /// The context of these regions, and -1 when it is that of the opposite gradients, else 0.
    #[inline(always)]
    pub(super) fn context(&mut self, regions: i32) -> (Option<&mut Context>, i32) {
        let sign = regions >> 31;
        // A number that is always below the length spares the check of it.
        let place = with_sign(regions, sign).cast_unsigned() as usize % CONTEXTS;
        (self.contexts.get_mut(place), sign)
    }

    /// Where the sample that ends a run is coded: context, prediction and sign (T.87 §A.7.2.1).
    ///
    /// Samples that take turns share the first context.
    #[inline(always)]
    pub(super) fn end_of_run(
        &mut self,
        left: i32,
        above: i32,
        is_alone: bool,
    ) -> (&mut RunContext, i32, i32) {
        let [unlike, alike] = &mut self.runs;
        let is_alike = is_alone & ((left - above).abs() <= self.coding.near);
        // Chosen, not branched: nothing foresees it.
        let context = if is_alike { alike } else { unlike };
        let prediction = if is_alike { left } else { above };
        (context, prediction, if is_alike { 0 } else { (above - left) >> 31 })
    }
}

/// The number, or its negative when `sign` is -1.
#[inline(always)]
pub(super) fn with_sign(value: i32, sign: i32) -> i32 {
    (value ^ sign).wrapping_sub(sign)
}

/// The lower half of a sample that was made sure to fit.
#[inline(always)]
pub(super) fn cell(sample: i32) -> u16 {
    (sample.cast_unsigned() & 0xFFFF) as u16
}

/// Two lines, each with a place before and one behind, which stand for what is outside the image (T.87 §A.3.1).
pub(super) struct Lines<const N: usize> {
    pub(super) previous: Vec<[u16; N]>,
    pub(super) current: Vec<[u16; N]>,
    /// RUNindex.
    pub(super) run_index: u8,
}

impl<const N: usize> Lines<N> {
    /// # Errors
    /// When there is no memory for them.
    pub(super) fn new(columns: usize) -> Result<Self, String> {
        let line = || -> Result<Vec<[u16; N]>, String> {
            let mut line = Vec::new();
            line.try_reserve_exact(columns + 2).map_err(|_| "no memory for a line".to_owned())?;
            line.resize(columns + 2, [0; N]);
            Ok(line)
        };
        Ok(Self { previous: line()?, current: line()?, run_index: 0 })
    }

    /// Begins a line: to its left is what is above its first sample.
    pub(super) fn begin(&mut self) {
        if let (Some(left), Some(above)) = (self.current.first_mut(), self.previous.get(1)) {
            *left = *above;
        }
    }

    /// Makes the line the previous one: right of it is its last sample once more.
    pub(super) fn end(&mut self) {
        if let [.., last, right] = self.current.as_mut_slice() {
            *right = *last;
        }
        std::mem::swap(&mut self.previous, &mut self.current);
    }

    /// As before the first line.
    pub(super) fn restart(&mut self) {
        self.previous.fill([0; N]);
        self.run_index = 0;
    }

    /// The samples of the line that ended last.
    pub(super) fn ended(&self) -> &[[u16; N]] {
        match self.previous.as_slice() {
            [_, samples @ .., _] => samples,
            _ => &[],
        }
    }
}
