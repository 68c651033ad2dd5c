//! From stored values to values for use (PS3.3 C.11.1, C.11.2, C.7.6.16.2.11): steps that are computed one after the
//! other for each sample, in double precision, and rounded once at the end.

use super::description::SampleType;
use super::lookup_table::LookupTable;
use super::number_table::NumberTable;
use super::sample::{each_number, every_number, map, of_i64, rounded, rounded_byte, single, whole};
use super::voi::Window;

/// One step on the way of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `value * slope + intercept`.
    Rescale {
        /// Rescale Slope.
        slope: f64,
        /// Rescale Intercept.
        intercept: f64,
    },
    /// The entry of a look-up table.
    Table(LookupTable),
    /// A window.
    Window(Window),
    /// The nearest integer, halves upwards.
    Round,
    /// Real world values, by the first range that has the value; what is in none has no value: NaN.
    RealWorld(Vec<RealWorldRange>),
    /// `least..=least + span` in as many equal steps as the table has entries, in single precision; the entry.
    Quantized {
        /// The value for the first entry.
        least: f64,
        /// From there to the value for the last.
        span: f64,
        /// Presentation LUT.
        table: LookupTable,
    },
}

/// A range of stored values that has real world values (PS3.3 C.7.6.16.2.11).
#[derive(Clone, Debug, PartialEq)]
pub struct RealWorldRange {
    /// Real World Value First Value Mapped.
    pub first: f64,
    /// Real World Value Last Value Mapped.
    pub last: f64,
    /// How values become real world values.
    pub mapping: RealWorldMapping,
}

/// How values of a range become real world values.
#[derive(Clone, Debug, PartialEq)]
pub enum RealWorldMapping {
    /// `value * slope + intercept`.
    Linear {
        /// Real World Value Slope.
        slope: f64,
        /// Real World Value Intercept.
        intercept: f64,
    },
    /// One value for each integer of the range.
    Values(Vec<f64>),
}

impl RealWorldRange {
    /// Values that are listed.
    #[must_use]
    pub fn entries(&self) -> usize {
        match &self.mapping {
            RealWorldMapping::Linear { .. } => 0,
            RealWorldMapping::Values(values) => values.len(),
        }
    }

    fn at(&self, value: f64) -> Option<f64> {
        if !(self.first..=self.last).contains(&value) {
            return None;
        }
        match &self.mapping {
            RealWorldMapping::Linear { slope, intercept } => Some(value * slope + intercept),
            RealWorldMapping::Values(values) => {
                let number = usize::try_from(whole((value - self.first).floor())).ok()?;
                values.get(number).copied()
            }
        }
    }
}

impl Step {
    fn at(&self, value: f64) -> f64 {
        match self {
            Self::Rescale { slope, intercept } => value * slope + intercept,
            Self::Table(table) => table.at(value).into(),
            Self::Window(window) => window.at(value),
            Self::Round => (value + 0.5).floor(),
            Self::RealWorld(ranges) => ranges.iter().find_map(|range| range.at(value)).unwrap_or(f64::NAN),
            Self::Quantized { least, span, table } => {
                let last = of_i64(i64::try_from(table.len()).unwrap_or(i64::MAX)) - 1.0;
                let part = (single(value) - single(*least)) / (single(*span) / single(last));
                table.entry(whole(part.into())).into()
            }
        }
    }
}

/// Pixel Padding Value, or the range to Pixel Padding Range Limit, and what those pixels become instead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Padding {
    /// The least stored value that is padding.
    pub least: f64,
    /// The greatest.
    pub most: f64,
    /// What they become.
    pub value: f64,
}

impl Padding {
    fn has(&self, stored: f64) -> bool {
        (self.least..=self.most).contains(&stored)
    }
}

/// What becomes of stored values. Padding is told before any step (PS3.3 C.7.5.1.1.2).
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Transform {
    /// What is padding.
    pub padding: Option<Padding>,
    /// The steps in their order.
    pub steps: Vec<Step>,
}

impl Transform {
    /// What a stored value becomes.
    #[must_use]
    pub fn at(&self, stored: f64) -> f64 {
        match self.padding {
            Some(padding) if padding.has(stored) => padding.value,
            _ => self.steps.iter().fold(stored, |value, step| step.at(value)),
        }
    }

    /// The transform, ready for about `samples` samples of the type `from`.
    #[must_use]
    pub fn prepare(&self, from: SampleType, to: OutputType, samples: usize) -> Prepared<'_> {
        // A table pays where it is shorter than the image; one multiplication is faster than a table.
        let is_single_rescale = self.padding.is_none() && matches!(self.steps[..], [Step::Rescale { .. }]);
        let pays = (from.size() == 1 && samples > 0x100 || from.size() == 2 && samples > 0x1_0000)
            && (!is_single_rescale || matches!(to, OutputType::U8 | OutputType::U16));
        let table = match to {
            _ if !pays => None,
            OutputType::U8 => NumberTable::new(from).map(Way::Bytes),
            OutputType::U16 => NumberTable::new(from).map(Way::Words),
            OutputType::F32 => NumberTable::new(from).map(Way::Singles),
            OutputType::F64 => NumberTable::new(from).map(Way::Doubles),
        };
        let way = table.unwrap_or(match self.steps[..] {
            [Step::Rescale { slope, intercept }] if self.padding.is_none() => {
                Way::Rescale { slope, intercept }
            }
            _ => Way::Each,
        });
        Prepared { transform: self, from, to, way }
    }

    /// Least and greatest of what samples become, padding and what is not finite left out; `None` where nothing is left.
    #[must_use]
    pub fn range(&self, from: SampleType, samples: &[u8]) -> Option<(f64, f64)> {
        let mut range: Option<(f64, f64)> = None;
        let mut take = |value: f64| {
            if value.is_finite() {
                let (least, most) = range.unwrap_or((value, value));
                range = Some((least.min(value), most.max(value)));
            }
        };
        let is_shown = |stored: f64| !self.padding.is_some_and(|padding| padding.has(stored));
        let value = |stored| self.steps.iter().fold(stored, |value, step| step.at(value));
        match every_number(from) {
            Some(all) if samples.len() > 0x1_0000 * from.size() => {
                let mut is_there = vec![[0u8]; all.len()];
                mark(from, samples, &mut is_there);
                all.into_iter()
                    .zip(is_there)
                    .filter(|(stored, there)| *there == [1] && is_shown(*stored))
                    .for_each(|(stored, _)| take(value(stored)));
            }
            _ => each_number(from, samples, |stored| {
                if is_shown(stored) {
                    take(value(stored));
                }
            }),
        }
        range
    }
}

/// Sets the row of the bits of every sample of one or two bytes.
fn mark(from: SampleType, samples: &[u8], rows: &mut [[u8; 1]]) {
    let mut set = |bits: usize| rows.get_mut(bits).into_iter().for_each(|row| *row = [1]);
    if from.size() == 1 {
        samples.iter().for_each(|cell| set((*cell).into()));
    } else {
        samples.as_chunks().0.iter().for_each(|cell| set(u16::from_ne_bytes(*cell).into()));
    }
}

/// The types that values for use come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // each is named after itself
pub enum OutputType {
    U8,
    U16,
    F32,
    F64,
}

impl OutputType {
    /// The one that numpy has this name for.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::U8, Self::U16, Self::F32, Self::F64].into_iter().find(|kind| kind.sample_type().name() == name)
    }

    /// The same among the types of samples.
    #[must_use]
    pub const fn sample_type(self) -> SampleType {
        match self {
            Self::U8 => SampleType::U8,
            Self::U16 => SampleType::U16,
            Self::F32 => SampleType::F32,
            Self::F64 => SampleType::F64,
        }
    }
}

/// A transform with its table, where a table pays.
pub struct Prepared<'a> {
    transform: &'a Transform,
    from: SampleType,
    to: OutputType,
    way: Way,
}

enum Way {
    Bytes(NumberTable<1>),
    Words(NumberTable<2>),
    Singles(NumberTable<4>),
    Doubles(NumberTable<8>),
    Rescale { slope: f64, intercept: f64 },
    Each,
}

impl Prepared<'_> {
    /// Writes into `out` what the samples become, as many as both have.
    pub fn apply(&mut self, samples: &[u8], out: &mut [u8]) {
        let transform = self.transform;
        match &mut self.way {
            Way::Bytes(table) => table.apply(samples, out, |stored| [rounded_byte(transform.at(stored))]),
            Way::Words(table) => {
                table.apply(samples, out, |stored| rounded(transform.at(stored), u16::MAX).to_ne_bytes());
            }
            Way::Singles(table) => {
                table.apply(samples, out, |stored| single(transform.at(stored)).to_ne_bytes());
            }
            Way::Doubles(table) => table.apply(samples, out, |stored| transform.at(stored).to_ne_bytes()),
            &mut Way::Rescale { slope, intercept } => {
                self.each(samples, out, move |stored| stored * slope + intercept);
            }
            Way::Each => self.each(samples, out, |stored| transform.at(stored)),
        }
    }

    #[inline(always)]
    fn each(&self, samples: &[u8], out: &mut [u8], of: impl Fn(f64) -> f64) {
        let from = self.from;
        match self.to {
            OutputType::U8 => map(from, samples, out, move |stored| [rounded_byte(of(stored))]),
            OutputType::U16 => {
                map(from, samples, out, move |stored| rounded(of(stored), u16::MAX).to_ne_bytes())
            }
            OutputType::F32 => map(from, samples, out, move |stored| single(of(stored)).to_ne_bytes()),
            OutputType::F64 => map(from, samples, out, move |stored| of(stored).to_ne_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OUTPUTS: [OutputType; 4] = [OutputType::U8, OutputType::U16, OutputType::F32, OutputType::F64];

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let rescale =
            (-4f64..4.0, -2000f64..2000.0).prop_map(|(slope, intercept)| Step::Rescale { slope, intercept });
        let window = (-900f64..900.0, 1f64..3000.0, "LINEAR|LINEAR_EXACT|SIGMOID").prop_map(
            |(centre, width, term)| Step::Window(Window::new(centre, width, &term, (0.0, 255.0)).unwrap()),
        );
        let real = (-99f64..99.0, 0f64..999.0).prop_map(|(first, length)| {
            let mapping = RealWorldMapping::Linear { slope: 0.25, intercept: 7.0 };
            Step::RealWorld(vec![RealWorldRange { first, last: first + length, mapping }])
        });
        prop::collection::vec(prop_oneof![rescale, window, real, Just(Step::Round)], 0..4)
    }

    fn padding() -> impl Strategy<Value = Option<Padding>> {
        let some = (-300f64..300.0, 0f64..99.0).prop_map(|(least, span)| Padding {
            least,
            most: least + span,
            value: 3.0,
        });
        prop::option::of(some)
    }

    /// One sample after the other, without any table.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturation of the language")]
    fn slowly(transform: &Transform, from: SampleType, to: OutputType, samples: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        each_number(from, samples, |stored| {
            let value = transform.at(stored);
            match to {
                OutputType::U8 => out.push((value + 0.5).floor() as u8),
                OutputType::U16 => out.extend(((value + 0.5).floor() as u16).to_ne_bytes()),
                OutputType::F32 => out.extend((value as f32).to_ne_bytes()),
                OutputType::F64 => out.extend(value.to_ne_bytes()),
            }
        });
        out
    }

    proptest! {
        #[test]
        fn tables_and_loops_give_what_each_value_gives(
            steps in steps(), padding in padding(), samples in prop::collection::vec(any::<u8>(), 0..64), many: bool,
            from in prop::sample::select(vec![SampleType::U8, SampleType::I8, SampleType::U16, SampleType::I16, SampleType::I32, SampleType::F32]),
        ) {
            let transform = Transform { padding, steps };
            for to in OUTPUTS {
                let size = to.sample_type().size();
                let mut out = vec![0xA5; samples.len() / from.size() * size];
                transform.prepare(from, to, if many { 100_000 } else { 1 }).apply(&samples, &mut out);
                prop_assert_eq!(&out, &slowly(&transform, from, to, &samples));
            }
        }

        #[test]
        fn ranges_are_those_of_the_values(steps in steps(), padding in padding(), few in prop::collection::vec(any::<i16>(), 0..40)) {
            let transform = Transform { padding, steps };
            let shown = few.iter().filter(|value| !padding.is_some_and(|padding| padding.has(f64::from(**value))));
            let values: Vec<f64> = shown.map(|value| Transform { padding: None, ..transform.clone() }.at(f64::from(*value))).filter(|value| value.is_finite()).collect();
            let expected = values.iter().copied().reduce(f64::min).zip(values.iter().copied().reduce(f64::max));
            let once: Vec<u8> = few.iter().flat_map(|value| value.to_ne_bytes()).collect();
            let often: Vec<u8> = once.iter().copied().cycle().take(once.len() * 5000).collect();
            prop_assert_eq!(transform.range(SampleType::I16, &once), expected);
            prop_assert_eq!(transform.range(SampleType::I16, &often), expected);
        }
    }

    #[test]
    fn real_world_values_are_those_of_the_first_range_that_has_the_value() {
        let range = |first, last, mapping| RealWorldRange { first, last, mapping };
        let step = Step::RealWorld(vec![
            range(0.0, 9.0, RealWorldMapping::Linear { slope: 2.0, intercept: 1.0 }),
            range(5.0, 11.0, RealWorldMapping::Values(vec![0.5; 6])),
        ]);
        assert_eq!([0.0, 9.0, 9.5, 10.0].map(|value| step.at(value)), [1.0, 19.0, 0.5, 0.5]);
        assert!([-1.0, 11.0, 12.0, f64::NAN].iter().all(|value| step.at(*value).is_nan()));
    }
}
