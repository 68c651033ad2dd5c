//! Physical values: what stored values measure (PS3.3 C.11.1, C.8.8.3, C.7.6.16.2.11).

use std::sync::Arc;

use super::header::Header;
use super::memo::Memo;
use super::modality::{self, Modality};
use super::padding::padding;
use super::{FrameHeader, PhysicalOptions, entries, no_header};
use crate::error::Result;
use crate::pixel::sample::of_u64;
use crate::pixel::{Padding, RealWorldMapping, RealWorldRange, SampleType, Step, Transform};
use crate::tag::Tag;

const CODE_VALUE: Tag = Tag::new(0x0008, 0x0100);
const MEASUREMENT_UNITS_CODE_SEQUENCE: Tag = Tag::new(0x0040, 0x08EA);
pub(super) const REAL_WORLD_VALUE_MAPPING_SEQUENCE: Tag = Tag::new(0x0040, 0x9096);
const REAL_WORLD_VALUE_LUT_DATA: Tag = Tag::new(0x0040, 0x9212);
const REAL_WORLD_VALUE_INTERCEPT: Tag = Tag::new(0x0040, 0x9224);
const REAL_WORLD_VALUE_SLOPE: Tag = Tag::new(0x0040, 0x9225);
pub(super) const DOSE_GRID_SCALING: Tag = Tag::new(0x3004, 0x000E);
/// Real World Value First and Last Value Mapped; of floating point, Double Float Real World Value ...
const FIRST: [Tag; 2] = [Tag::new(0x0040, 0x9216), Tag::new(0x0040, 0x9214)];
const LAST: [Tag; 2] = [Tag::new(0x0040, 0x9211), Tag::new(0x0040, 0x9213)];

/// How stored values of each frame become physical values.
#[derive(Debug)]
pub(super) struct Physical {
    padding: Option<Padding>,
    /// The item of Real World Value Mapping Sequence that is asked for, whatever else there is.
    real_world: Option<usize>,
    /// Dose Grid Scaling.
    dose: Option<f64>,
    modality: Option<Modality>,
    /// Where frames have no functional groups.
    all: Option<Arc<Transform>>,
    last: Memo<Transform>,
}

impl Physical {
    pub(super) fn of(
        image: Header<'_>,
        kind: SampleType,
        has_groups: bool,
        options: PhysicalOptions,
    ) -> Result<Self> {
        let real_world = options.real_world;
        let is_asked = real_world.is_none();
        let dose = if is_asked { image.number(DOSE_GRID_SCALING)? } else { None };
        let modality = if is_asked && dose.is_none() { Some(Modality::of(image, true)?) } else { None };
        let padding = options.padding.map(|becomes| padding(image, kind, becomes)).transpose()?.flatten();
        let mut physical = Self { padding, real_world, dose, modality, all: None, last: Memo::default() };
        if !has_groups {
            physical.all = Some(Arc::new(physical.made(image, image)?));
        }
        Ok(physical)
    }

    pub(super) fn table_entries(&self) -> usize {
        self.all.as_ref().map_or(0, |transform| entries(&transform.steps))
    }

    /// The transform of a frame. By Dose Grid Scaling, the Modality LUT or rescale, or, where there is none or one by 1
    /// and 0, Real World Value Mapping.
    pub(super) fn transform(&self, frame: Option<FrameHeader<'_>>) -> Result<Arc<Transform>> {
        if let Some(transform) = &self.all {
            return Ok(Arc::clone(transform));
        }
        let FrameHeader { groups, image, number } = frame.ok_or_else(no_header)?;
        let holder = modality::holder(groups, image, number);
        let mapped = groups.sequence(image, number, REAL_WORLD_VALUE_MAPPING_SEQUENCE).unwrap_or(image);
        self.last.get([holder.rows(), mapped.rows()], || self.made(holder, mapped))
    }

    fn made(&self, holder: Header<'_>, mapped: Header<'_>) -> Result<Transform> {
        let step = self.step(holder, mapped)?;
        Ok(Transform { padding: self.padding, steps: step.into_iter().collect() })
    }

    fn step(&self, holder: Header<'_>, mapped: Header<'_>) -> Result<Option<Step>> {
        if let Some(slope) = self.dose {
            return Ok(Some(Step::Rescale { slope, intercept: 0.0 }));
        }
        let step = self.modality.as_ref().map(|modality| modality.step(holder)).transpose()?.flatten();
        // A rescale that does nothing, as in Parametric Maps: real world values say more.
        let is_final = match &step {
            Some(Step::Rescale { slope, intercept }) => (*slope, *intercept) != (1.0, 0.0),
            Some(_) => true,
            None => false,
        };
        if is_final {
            return Ok(step);
        }
        let ranges = ranges(mapped, self.real_world)?;
        Ok(if ranges.is_empty() { step } else { Some(Step::RealWorld(ranges)) })
    }
}

/// The ranges of Real World Value Mapping Sequence in the unit of an item, the first where none is chosen; its own first.
fn ranges(mapped: Header<'_>, chosen: Option<usize>) -> Result<Vec<RealWorldRange>> {
    let first = mapped.first_item(REAL_WORLD_VALUE_MAPPING_SEQUENCE);
    let item = match (chosen, first) {
        (None, None) => return Ok(Vec::new()),
        (None | Some(0), Some(first)) => first,
        (chosen, _) => mapped.item(REAL_WORLD_VALUE_MAPPING_SEQUENCE, chosen.unwrap_or_default())?,
    };
    let unit = code(item)?;
    let mut ranges = vec![range(item)?];
    for (number, item) in mapped.items(REAL_WORLD_VALUE_MAPPING_SEQUENCE).enumerate() {
        if number != chosen.unwrap_or_default() && code(item)? == unit {
            ranges.push(range(item)?);
        }
    }
    Ok(ranges)
}

fn range(item: Header<'_>) -> Result<RealWorldRange> {
    let (first, last) = (one_of(item, FIRST)?, one_of(item, LAST)?);
    let slope = item.number(REAL_WORLD_VALUE_SLOPE)?;
    if let Some((slope, intercept)) = slope.zip(item.number(REAL_WORLD_VALUE_INTERCEPT)?) {
        return Ok(RealWorldRange { first, last, mapping: RealWorldMapping::Linear { slope, intercept } });
    }
    let values = item.numbers(REAL_WORLD_VALUE_LUT_DATA)?;
    if of_u64(values.len() as u64) <= last - first {
        let reason = format!("{} real world values for more stored ones", values.len());
        return Err(Header::fault(REAL_WORLD_VALUE_LUT_DATA, &reason));
    }
    Ok(RealWorldRange { first, last, mapping: RealWorldMapping::Values(values) })
}

fn one_of(item: Header<'_>, tags: [Tag; 2]) -> Result<f64> {
    for tag in tags {
        if let Some(number) = item.number(tag)? {
            return Ok(number);
        }
    }
    Err(Header::fault(FIRST[0], "neither it nor the one of floating point is there"))
}

fn code(item: Header<'_>) -> Result<String> {
    item.first_item(MEASUREMENT_UNITS_CODE_SEQUENCE).map_or(Ok(String::new()), |unit| unit.text(CODE_VALUE))
}
