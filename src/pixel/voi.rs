//! Values of interest: windows (PS3.3 C.11.2.1.2, C.11.2.1.3).

use super::description::fault;
use crate::error::Result;
use crate::tag::Tag;

const WINDOW_WIDTH: Tag = Tag::new(0x0028, 0x1051);
const VOI_LUT_FUNCTION: Tag = Tag::new(0x0028, 0x1056);

/// VOI LUT Function (0028,1056).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoiFunction {
    /// A ramp for integers: width 1 is a threshold.
    Linear,
    /// A ramp from centre - width / 2 to centre + width / 2.
    LinearExact,
    /// An S-shaped curve.
    Sigmoid,
}

impl VoiFunction {
    /// The one with this defined term.
    #[must_use]
    pub fn from_term(term: &str) -> Option<Self> {
        [("LINEAR", Self::Linear), ("LINEAR_EXACT", Self::LinearExact), ("SIGMOID", Self::Sigmoid)]
            .into_iter()
            .find_map(|(known, function)| (known == term).then_some(function))
    }
}

/// A window and the range of what comes out of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    centre: f64,
    width: f64,
    function: VoiFunction,
    least: f64,
    most: f64,
}

impl Window {
    /// A window of this centre and width; `range` is what black and white are.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::PixelData`] for a width below 1 of LINEAR, and for one that is not above 0.
    pub fn new(centre: f64, width: f64, term: &str, range: (f64, f64)) -> Result<Self> {
        let Some(function) = VoiFunction::from_term(term) else {
            let reason = "VOI LUT Function is none of LINEAR, LINEAR_EXACT, SIGMOID".to_owned();
            return Err(fault(VOI_LUT_FUNCTION, reason));
        };
        let (least, most) = range;
        let numbers = [centre, width, least, most];
        let is_wide_enough = if function == VoiFunction::Linear { width >= 1.0 } else { width > 0.0 };
        if !is_wide_enough || !numbers.into_iter().all(f64::is_finite) {
            let reason = "Window Width must be at least 1 for LINEAR, and above 0 for others".to_owned();
            return Err(fault(WINDOW_WIDTH, reason));
        }
        let (centre, width) = match function {
            VoiFunction::Linear => (centre - 0.5, width - 1.0),
            VoiFunction::LinearExact | VoiFunction::Sigmoid => (centre, width),
        };
        Ok(Self { centre, width, function, least, most })
    }

    /// What a value becomes.
    #[must_use]
    pub fn at(&self, value: f64) -> f64 {
        let range = self.most - self.least;
        if self.function == VoiFunction::Sigmoid {
            return range / (1.0 + (-4.0 * (value - self.centre) / self.width).exp()) + self.least;
        }
        if value <= self.centre - self.width / 2.0 {
            self.least
        } else if value > self.centre + self.width / 2.0 {
            self.most
        } else {
            ((value - self.centre) / self.width + 0.5) * range + self.least
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(window: [f64; 2], term: &str, value: f64) -> f64 {
        Window::new(window[0], window[1], term, (0.0, 255.0)).unwrap().at(value)
    }

    #[test]
    fn ps3_3_c_11_2_1_2_1_note_4() {
        // c = 2048, w = 4096: 0 becomes black, 4095 white.
        assert_eq!(at([2048.0, 4096.0], "LINEAR", 0.0), 0.0);
        assert_eq!(at([2048.0, 4096.0], "LINEAR", 4095.0), 255.0);
        assert_eq!(at([2048.0, 4096.0], "LINEAR", 2047.5), 127.5);
        // c = 2048, w = 1: a threshold.
        assert_eq!([2047.0, 2048.0].map(|value| at([2048.0, 1.0], "LINEAR", value)), [0.0, 255.0]);
        // c = 0, w = 100: -50 is black, 49 white.
        assert_eq!([-50.0, 49.0].map(|value| at([0.0, 100.0], "LINEAR", value)), [0.0, 255.0]);
        // c = 0, w = 1.
        assert_eq!([-1.0, 0.0].map(|value| at([0.0, 1.0], "LINEAR", value)), [0.0, 255.0]);
    }

    #[test]
    fn ps3_3_c_11_2_1_3() {
        assert_eq!(
            [-50.0, 0.0, 50.0].map(|value| at([0.0, 100.0], "LINEAR_EXACT", value)),
            [0.0, 127.5, 255.0]
        );
        assert_eq!(at([10.0, 4.0], "SIGMOID", 10.0), 127.5);
        assert!((at([10.0, 4.0], "SIGMOID", 11.0) - 255.0 / (1.0 + (-1f64).exp())).abs() < 1e-12);
        assert_eq!([-1e300, 1e300].map(|value| at([0.0, 1.0], "SIGMOID", value)), [0.0, 255.0]);
    }

    #[test]
    fn windows_that_are_none_are_refused() {
        for (width, term) in [(0.5, "LINEAR"), (0.0, "SIGMOID"), (0.0, "LINEAR_EXACT"), (5.0, "linear")] {
            assert!(Window::new(0.0, width, term, (0.0, 1.0)).is_err(), "{term} {width}");
        }
        assert!(Window::new(f64::NAN, 5.0, "LINEAR", (0.0, 1.0)).is_err());
        assert!(Window::new(0.0, f64::INFINITY, "LINEAR", (0.0, 1.0)).is_err());
    }

    proptest! {
        #[test]
        fn a_window_rises_and_stays_in_its_range(centre in -1e5f64..1e5, width in 1f64..1e5, a in -1e6f64..1e6, b in -1e6f64..1e6, term in "LINEAR|LINEAR_EXACT|SIGMOID") {
            let window = Window::new(centre, width, &term, (-7.0, 90.0)).unwrap();
            let (low, high) = (window.at(a.min(b)), window.at(a.max(b)));
            prop_assert!(-7.0 - 1e-9 <= low && low <= high + 1e-9 && high <= 90.0 + 1e-9);
        }
    }
}
