//! Grey on its way to 8 bits (PS3.3 C.11; PS3.4 N.2).

use std::sync::Arc;

use super::functional_groups::FunctionalGroups;
use super::header::Header;
use super::memo::Memo;
use super::modality::{self, LUT_DATA, LUT_DESCRIPTOR, Modality};
use super::padding::padding;
use super::voi::{self, Voi};
use super::{DisplayOptions, FrameHeader, entries, no_header};
use crate::error::Result;
use crate::pixel::sample::of_u64;
use crate::pixel::{
    ImageDescription, LookupTable, Padding, PhotometricInterpretation, SampleType, Step, Transform,
};
use crate::tag::Tag;

const PRESENTATION_LUT_SEQUENCE: Tag = Tag::new(0x2050, 0x0010);
const PRESENTATION_LUT_SHAPE: Tag = Tag::new(0x2050, 0x0020);

/// What the header says of all frames, and how it is found of each.
#[derive(Debug)]
pub(super) struct Grey {
    padding: Option<Padding>,
    modality: Modality,
    is_for_display: bool,
    voi: Voi,
    /// What the brightest value of interest is: the last entry of a Presentation LUT, or 255.
    white: f64,
    is_float: bool,
    has_one_bit: bool,
    /// The steps from 0..white to 8 bits.
    after: Vec<Step>,
    /// Where frames have no functional groups.
    all: Option<Arc<Steps>>,
    last: Memo<Steps>,
}

/// How stored values of a frame are shown.
#[derive(Debug)]
pub(super) struct Steps {
    /// To values of the modality.
    to_values: Transform,
    /// To 8 bits; `None` where nobody says which values are black and white.
    shown: Option<Arc<Transform>>,
}

impl Steps {
    pub(super) const fn needs_whole_frame(&self) -> bool {
        self.shown.is_none()
    }

    pub(super) fn table_entries(&self) -> usize {
        entries(&self.to_values.steps) + entries(&self.shown.as_deref().unwrap_or(&self.to_values).steps)
    }
}

impl Grey {
    pub(super) fn of(
        image: Header<'_>,
        description: &ImageDescription,
        options: DisplayOptions,
        groups: &FunctionalGroups,
    ) -> Result<Self> {
        let kind = description.sample_type();
        let is_float = matches!(kind, SampleType::F32 | SampleType::F64);
        let table = presentation_table(image)?;
        let white = table.as_ref().map_or(255.0, |table| of_u64(table.len() as u64) - 1.0);
        let is_for_display = modality::is_for_display(image)?;
        let modality = Modality::of(image, is_for_display)?;
        let holder = modality::holder(groups, image, 0);
        let mut grey = Self {
            // Padding is black.
            padding: padding(image, kind, 0.0)?,
            voi: Voi::of((image, holder), options, &modality, (white, is_float))?,
            modality,
            is_for_display,
            white,
            is_float,
            has_one_bit: description.bits_stored() == 1,
            after: after(image, description, table, white)?,
            all: None,
            last: Memo::default(),
        };
        if !groups.are_there() {
            grey.all = Some(Arc::new(grey.steps([image, image])?));
        }
        Ok(grey)
    }

    pub(super) fn table_entries(&self) -> usize {
        self.all.as_deref().map_or(0, Steps::table_entries)
    }

    /// The transforms to 8 bits of frames, with all of their samples. Where nobody says which values are black and white,
    /// it is the least and greatest of all of them.
    pub(super) fn transforms(
        &self,
        kind: SampleType,
        steps: &[Arc<Steps>],
        stored: &[&[u8]],
    ) -> Vec<Arc<Transform>> {
        if steps.iter().all(|steps| steps.shown.is_some()) {
            return steps.iter().filter_map(|steps| steps.shown.clone()).collect();
        }
        let range = self.range(steps.iter().zip(stored).map(|(steps, stored)| (&**steps, kind, *stored)));
        let mut last: Option<(&Arc<Steps>, Arc<Transform>)> = None;
        let transform = |steps| {
            let known = last.as_ref().filter(|(of, _)| Arc::ptr_eq(of, steps));
            let made = match (known, &steps.shown) {
                (Some((_, transform)), _) | (None, Some(transform)) => Arc::clone(transform),
                (None, None) => Arc::new(self.by_range(&steps.to_values, range)),
            };
            last = Some((steps, Arc::clone(&made)));
            made
        };
        steps.iter().map(transform).collect()
    }

    /// How stored values of a frame are shown.
    pub(super) fn of_frame(&self, frame: Option<FrameHeader<'_>>) -> Result<Arc<Steps>> {
        if let Some(steps) = &self.all {
            return Ok(Arc::clone(steps));
        }
        let FrameHeader { groups, image, number } = frame.ok_or_else(no_header)?;
        let holders = [modality::holder(groups, image, number), voi::holder(groups, image, number)];
        self.last.get(holders.map(Header::rows), || self.steps(holders))
    }

    fn steps(&self, [modality, voi]: [Header<'_>; 2]) -> Result<Steps> {
        let step = if self.is_for_display { self.modality.step(modality)? } else { None };
        let to_values = Transform { padding: self.padding, steps: step.into_iter().collect() };
        let voi = self.voi.steps(voi, (self.white, self.is_float))?;
        let shown = voi.map(|voi| Arc::new(self.shown(&to_values, voi)));
        Ok(Steps { to_values, shown })
    }

    /// By way of values of the modality and of interest to 8 bits.
    fn shown(&self, to_values: &Transform, voi: impl IntoIterator<Item = Step>) -> Transform {
        let steps = to_values.steps.iter().cloned().chain(voi).chain(self.after.iter().cloned());
        Transform { padding: self.padding, steps: steps.collect() }
    }

    /// Least and greatest value of frames, padding left out.
    fn range<'s>(
        &self,
        frames: impl Iterator<Item = (&'s Steps, SampleType, &'s [u8])> + Clone,
    ) -> (f64, f64) {
        if self.has_one_bit && frames.clone().all(|(steps, ..)| steps.to_values.steps.is_empty()) {
            return (0.0, 1.0);
        }
        let ranges = frames.filter_map(|(steps, kind, stored)| steps.to_values.range(kind, stored));
        let all = ranges.reduce(|(least, most), (low, high)| (least.min(low), most.max(high)));
        all.unwrap_or((0.0, 0.0))
    }

    /// Least to greatest value as black to white.
    fn by_range(&self, to_values: &Transform, (least, most): (f64, f64)) -> Transform {
        let span = most - least;
        let slope = if span > 0.0 { self.white / span } else { 0.0 };
        let ramp = [Step::Rescale { slope: 1.0, intercept: -least }, Step::Rescale { slope, intercept: 0.0 }];
        self.shown(to_values, ramp)
    }
}

fn presentation_table(image: Header<'_>) -> Result<Option<LookupTable>> {
    let item = image.first_item(PRESENTATION_LUT_SEQUENCE);
    item.map(|item| item.table((LUT_DESCRIPTOR, LUT_DATA), false, false)).transpose()
}

/// The steps from 0..white to 8 bits (PS3.3 C.11.4, C.11.6).
fn after(
    image: Header<'_>,
    description: &ImageDescription,
    table: Option<LookupTable>,
    white: f64,
) -> Result<Vec<Step>> {
    if let Some(table) = table {
        // The table leads to P-values: it has the inversion of MONOCHROME1 in it (PS3.3 C.11.4).
        let slope = 255.0 / f64::from(table.most());
        let quantized = Step::Quantized { least: 0.0, span: white, table };
        return Ok(vec![Step::Round, quantized, Step::Rescale { slope, intercept: 0.0 }]);
    }
    let shape = image.text(PRESENTATION_LUT_SHAPE)?.to_uppercase();
    let is_inverse = description.photometric_interpretation() == Some(PhotometricInterpretation::Monochrome1)
        || shape == "INVERSE";
    Ok(if is_inverse {
        vec![Step::Round, Step::Rescale { slope: -1.0, intercept: 255.0 }]
    } else {
        Vec::new()
    })
}
