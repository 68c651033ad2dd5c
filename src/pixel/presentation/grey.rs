//! Grey on its way to 8 bits (PS3.3 C.11; PS3.4 N.2).

use std::sync::Arc;

use super::functional_groups::FunctionalGroups;
use super::header::Header;
use super::memo::Memo;
use super::modality::{self, LUT_DATA, LUT_DESCRIPTOR, Modality};
use super::voi::{self, OwnWindow, Voi};
use super::{FrameHeader, entries, no_header};
use crate::error::Result;
use crate::pixel::sample::of_u64;
use crate::pixel::{
    ImageDescription, LookupTable, Padding, PhotometricInterpretation, SampleType, Step, Transform,
};
use crate::tag::Tag;

const PRESENTATION_LUT_SEQUENCE: Tag = Tag::new(0x2050, 0x0010);
const PRESENTATION_LUT_SHAPE: Tag = Tag::new(0x2050, 0x0020);
/// Pixel Padding Value and Pixel Padding Range Limit.
const PADDING: [Tag; 2] = [Tag::new(0x0028, 0x0120), Tag::new(0x0028, 0x0121)];
const FLOAT_PADDING: [Tag; 2] = [Tag::new(0x0028, 0x0122), Tag::new(0x0028, 0x0124)];
const DOUBLE_PADDING: [Tag; 2] = [Tag::new(0x0028, 0x0123), Tag::new(0x0028, 0x0125)];

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
pub(super) enum Steps {
    All(Arc<Transform>),
    /// Nobody says which values are black and white: these steps lead to the values among which they are found.
    ToRange(Transform),
}

impl Steps {
    pub(super) const fn needs_whole_frame(&self) -> bool {
        matches!(self, Self::ToRange(_))
    }

    pub(super) fn table_entries(&self) -> usize {
        match self {
            Self::All(transform) => 2 * entries(&transform.steps),
            Self::ToRange(transform) => 2 * entries(&transform.steps),
        }
    }
}

impl Grey {
    pub(super) fn of(
        image: Header<'_>,
        description: &ImageDescription,
        own: OwnWindow,
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
            padding: padding(image, kind)?,
            voi: Voi::of((image, holder), own, &modality, (white, is_float))?,
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

    /// How stored values of a frame are shown.
    pub(super) fn of_frame(&self, frame: Option<FrameHeader<'_>>) -> Result<Arc<Steps>> {
        if let Some(steps) = &self.all {
            return Ok(Arc::clone(steps));
        }
        let FrameHeader { groups, image, number } = frame.ok_or_else(no_header)?;
        let holders = [modality::holder(groups, image, number), voi::holder(groups, image, number)];
        self.last.get(holders.map(Header::rows), || self.steps(holders))
    }

    /// The transform to 8 bits of a frame: where [`Steps::needs_whole_frame`], all of its samples are `stored`.
    pub(super) fn transform(&self, steps: &Steps, (kind, stored): (SampleType, &[u8])) -> Arc<Transform> {
        match steps {
            Steps::All(transform) => Arc::clone(transform),
            Steps::ToRange(transform) => Arc::new(self.by_range(transform, kind, stored)),
        }
    }

    fn steps(&self, [modality, voi]: [Header<'_>; 2]) -> Result<Steps> {
        let step = if self.is_for_display { self.modality.step(modality)? } else { None };
        let mut transform = Transform { padding: self.padding, steps: step.into_iter().collect() };
        Ok(match self.voi.steps(voi, (self.white, self.is_float))? {
            Some(steps) => {
                transform.steps.extend(steps);
                transform.steps.extend(self.after.iter().cloned());
                Steps::All(Arc::new(transform))
            }
            None => Steps::ToRange(transform),
        })
    }

    /// Least to greatest value, padding left out, as black to white.
    fn by_range(&self, to_values: &Transform, kind: SampleType, stored: &[u8]) -> Transform {
        let (least, most) = match to_values.steps[..] {
            [] if self.has_one_bit => (0.0, 1.0),
            _ => to_values.range(kind, stored).unwrap_or((0.0, 0.0)),
        };
        let span = most - least;
        let slope = if span > 0.0 { self.white / span } else { 0.0 };
        let ramp = [Step::Rescale { slope: 1.0, intercept: -least }, Step::Rescale { slope, intercept: 0.0 }];
        let steps = to_values.steps.iter().cloned().chain(ramp).chain(self.after.iter().cloned());
        Transform { padding: self.padding, steps: steps.collect() }
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

/// Padding, which is black (PS3.3 C.7.5.1.1.2).
fn padding(image: Header<'_>, kind: SampleType) -> Result<Option<Padding>> {
    let [value, limit] = match kind {
        SampleType::F32 => FLOAT_PADDING,
        SampleType::F64 => DOUBLE_PADDING,
        _ => PADDING,
    };
    let (value, limit) = (image.number(value)?, image.number(limit)?);
    let Some(value) = value else { return Ok(None) };
    let (value, limit) = (signed(value, kind), signed(limit.unwrap_or(value), kind));
    Ok(Some(Padding { least: value.min(limit), most: value.max(limit), value: 0.0 }))
}

/// Padding as the samples are: writers give it in US to signed samples, and in SS to unsigned ones.
fn signed(value: f64, kind: SampleType) -> f64 {
    let bits = |bytes: usize| 2f64.powi(8 * i32::try_from(bytes).unwrap_or(8));
    let wraps = bits(kind.size().max(2));
    match kind {
        SampleType::I8 | SampleType::I16 | SampleType::I32 | SampleType::I64
            if value >= bits(kind.size()) / 2.0 =>
        {
            value - wraps
        }
        SampleType::U8 | SampleType::U16 | SampleType::U32 | SampleType::U64 if value < 0.0 => value + wraps,
        _ => value,
    }
}
