//! Values as they are shown in one line.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::vr::Vr;

/// Values of more than this many parts are shown by their number.
const SHOWN_VALUES: u64 = 16;

/// What is shown in place of so many values; `None` where they are few.
pub fn many(count: u64) -> Option<String> {
    (count > SHOWN_VALUES).then(|| format!("Array of {count} elements"))
}

/// A value of an element, which is `count` values, as pydicom shows it.
pub fn value(vr: Vr, count: usize, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let is_long_text = matches!(vr, Vr::LT | Vr::UC | Vr::UT) && !value.is_none();
    let count = if is_long_text || value.is_instance_of::<PyBytes>() { value.len()? } else { count };
    if let Some(shown) = many(count as u64) {
        return Ok(shown);
    }
    // A UID is shown by its name, a missing one as empty text.
    if vr == Vr::UI && value.is_instance_of::<PyString>() && value.is_truthy()? {
        return value.getattr("name")?.extract();
    }
    Ok(value.repr()?.to_string_lossy().into_owned())
}
