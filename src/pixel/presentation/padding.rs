//! Pixels that are not of the image (PS3.3 C.7.5.1.1.2).

use super::header::Header;
use crate::error::Result;
use crate::pixel::{Padding, SampleType};
use crate::tag::Tag;

/// Pixel Padding Value and Pixel Padding Range Limit.
const PADDING: [Tag; 2] = [Tag::new(0x0028, 0x0120), Tag::new(0x0028, 0x0121)];
const FLOAT_PADDING: [Tag; 2] = [Tag::new(0x0028, 0x0122), Tag::new(0x0028, 0x0124)];
const DOUBLE_PADDING: [Tag; 2] = [Tag::new(0x0028, 0x0123), Tag::new(0x0028, 0x0125)];

/// The stored values that are padding, and what they become; `None` without padding.
pub(super) fn padding(image: Header<'_>, kind: SampleType, becomes: f64) -> Result<Option<Padding>> {
    let [value, limit] = match kind {
        SampleType::F32 => FLOAT_PADDING,
        SampleType::F64 => DOUBLE_PADDING,
        _ => PADDING,
    };
    let (value, limit) = (image.number(value)?, image.number(limit)?);
    let Some(value) = value else { return Ok(None) };
    let (value, limit) = (signed(value, kind), signed(limit.unwrap_or(value), kind));
    Ok(Some(Padding { least: value.min(limit), most: value.max(limit), value: becomes }))
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
