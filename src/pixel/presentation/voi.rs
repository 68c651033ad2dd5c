//! Values of interest: the VOI look-up table or window of an image (PS3.3 C.11.2).

use super::DisplayOptions;
use super::functional_groups::FunctionalGroups;
use super::header::Header;
use super::modality::{LUT_DATA, LUT_DESCRIPTOR, Modality};
use crate::error::{ErrorKind, Result};
use crate::pixel::description::BITS_STORED;
use crate::pixel::{Step, Window};
use crate::tag::Tag;

const WINDOW_CENTER: Tag = Tag::new(0x0028, 0x1050);
const WINDOW_WIDTH: Tag = Tag::new(0x0028, 0x1051);
const VOI_LUT_FUNCTION: Tag = Tag::new(0x0028, 0x1056);
const VOI_LUT_SEQUENCE: Tag = Tag::new(0x0028, 0x3010);
const FRAME_VOI_LUT_SEQUENCE: Tag = Tag::new(0x0028, 0x9132);

/// From values of the modality to black and white.
#[derive(Debug)]
pub(super) enum Voi {
    /// The same for all frames.
    Steps(Vec<Step>),
    /// The window of this number of each frame, where it has one.
    OfFrames(usize),
}

impl Voi {
    /// The window that is asked for, or the VOI LUT of the image, whose first frame has its rescale in `holder`; `white`
    /// is what comes out for white.
    pub(super) fn of(
        (image, holder): (Header<'_>, Header<'_>),
        options: DisplayOptions,
        modality: &Modality,
        (white, is_float): (f64, bool),
    ) -> Result<Self> {
        let index = options.voi_index;
        if let Some((centre, width)) = options.window {
            let window = Window::new(centre, width, function("LINEAR", is_float), (0.0, white))?;
            return Ok(Self::Steps(vec![Step::Window(window)]));
        }
        if !image.first_item(VOI_LUT_SEQUENCE).is_some_and(|item| item.has(LUT_DATA)) {
            return Ok(Self::OfFrames(index));
        }
        let item = image.item(VOI_LUT_SEQUENCE, index)?;
        let is_signed = has_negative_values((image, holder), modality, is_float)?;
        let table = item.table((LUT_DESCRIPTOR, LUT_DATA), is_signed, false)?;
        let slope = white / f64::from(table.most());
        Ok(Self::Steps(vec![Step::Table(table), Step::Rescale { slope, intercept: 0.0 }]))
    }

    /// The steps of a frame; `None` where the image does not say how.
    pub(super) fn steps(
        &self,
        holder: Header<'_>,
        (white, is_float): (f64, bool),
    ) -> Result<Option<Vec<Step>>> {
        let index = match self {
            Self::Steps(steps) => return Ok(Some(steps.clone())),
            Self::OfFrames(index) => *index,
        };
        let (centres, widths) = (holder.numbers(WINDOW_CENTER)?, holder.numbers(WINDOW_WIDTH)?);
        let windows = centres.len().min(widths.len());
        if windows == 0 && index == 0 {
            return Ok(None);
        }
        // A single one is for all views.
        let number = if windows == 1 && centres.len().max(widths.len()) == 1 { 0 } else { index };
        let window = centres.into_iter().zip(widths).nth(number);
        let no_window =
            || ErrorKind::ValueIndex { tag: WINDOW_CENTER, index: index as u64, count: windows as u64 };
        let (centre, width) = window.ok_or_else(no_window)?;
        let term = holder.text(VOI_LUT_FUNCTION)?.to_uppercase();
        let term = if term.is_empty() { "LINEAR" } else { &term };
        // Writers leave a width of 0 where they know of no window.
        let window = Window::new(centre, width, function(term, is_float), (0.0, white)).ok();
        Ok(window.map(|window| vec![Step::Window(window)]))
    }
}

/// What has the window of a frame.
pub(super) fn holder<'a>(groups: &FunctionalGroups, image: Header<'a>, frame: u32) -> Header<'a> {
    groups.holder(image, frame, (FRAME_VOI_LUT_SEQUENCE, WINDOW_CENTER))
}

/// LINEAR is made for integers: of floating point it would make a width of 1 a threshold.
fn function(term: &str, is_float: bool) -> &str {
    if is_float && term == "LINEAR" { "LINEAR_EXACT" } else { term }
}

/// True where values of the modality can be negative: then a table begins at a number with a sign.
fn has_negative_values(
    (image, holder): (Header<'_>, Header<'_>),
    modality: &Modality,
    is_float: bool,
) -> Result<bool> {
    if modality.has_table() {
        return Ok(false);
    }
    let Some(bits) = image.number(BITS_STORED)? else { return Ok(image.is_signed()) };
    let step = modality.step(holder)?;
    if is_float {
        return Ok(false);
    }
    if !(1.0..65.0).contains(&bits) {
        return Err(Header::fault(BITS_STORED, "no number of bits"));
    }
    let values = 2f64.powf(bits.floor());
    let (least, most) =
        if image.is_signed() { (-values / 2.0, values / 2.0 - 1.0) } else { (0.0, values - 1.0) };
    let (slope, intercept) = match step {
        Some(Step::Rescale { slope, intercept }) => (slope, intercept),
        _ => (1.0, 0.0),
    };
    Ok((least * slope + intercept).min(most * slope + intercept) < 0.0)
}
