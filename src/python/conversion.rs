//! What users assign → values as elements hold them.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyFloat, PyInt, PyString};

use super::key::vr_object;
use crate::vr::{ValueKind, Vr};

/// The value of an element of this VR: a list becomes a `MultiValue` or a `Sequence`, text is split at its backslashes,
/// numbers in text become numbers.
pub fn convert<'py>(vr: Vr, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    static CONVERT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if is_as_held(vr, value, true)? {
        return Ok(value.clone());
    }
    let py = value.py();
    CONVERT.import(py, "fastdcm.conversion", "convert")?.call1((vr_object(py, vr), value))
}

/// One value of an element of this VR.
pub fn convert_one<'py>(vr: Vr, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    static CONVERT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if is_as_held(vr, value, false)? {
        return Ok(value.clone());
    }
    let py = value.py();
    CONVERT.import(py, "fastdcm.conversion", "convert_one")?.call1((vr_object(py, vr), value))
}

/// True for what most values are: they stay as they are.
fn is_as_held(vr: Vr, value: &Bound<'_, PyAny>, may_be_several: bool) -> PyResult<bool> {
    if value.is_none() {
        return Ok(vr != Vr::SQ); // a sequence without items
    }
    Ok(match vr.kind() {
        ValueKind::Ascii | ValueKind::Text if matches!(vr, Vr::DS | Vr::IS | Vr::UI | Vr::PN) => false,
        ValueKind::Ascii | ValueKind::Text => {
            let Ok(text) = value.cast_exact::<PyString>() else { return Ok(false) };
            !may_be_several || !text.to_string_lossy().contains('\\')
        }
        ValueKind::SingleText | ValueKind::SingleAscii => value.is_exact_instance_of::<PyString>(),
        ValueKind::Number if matches!(vr, Vr::FL | Vr::FD) => value.is_exact_instance_of::<PyFloat>(),
        ValueKind::Number => vr != Vr::AT && value.is_exact_instance_of::<PyInt>(),
        ValueKind::Bytes => value.is_exact_instance_of::<PyBytes>(),
        ValueKind::Sequence => false,
    })
}
