//! Values that users assign: converted, and checked against their VR and VM (PS3.5 §6.2, §6.4).

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyFloat, PyInt, PyList, PyString};

use super::conversion::convert;
use super::multi_value::MultiValue;
use super::shared::warn_of;
use crate::dictionary::attribute;
use crate::tag::Tag;
use crate::value::check::{ValueFault, check_integer, check_multiplicity, check_real, check_text};
use crate::vr::{ValueKind, Vr};

/// What becomes of a value that its VR does not allow.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Checks {
    /// It is taken, and a warning issued.
    #[default]
    Warn,
    /// It is an error.
    Error,
    /// Nobody looks.
    Ignore,
}

impl Checks {
    /// By the name that users give.
    pub fn by_name(name: Option<&str>) -> PyResult<Self> {
        match name {
            None | Some("warn") => Ok(Self::Warn),
            Some("error") => Ok(Self::Error),
            Some("ignore") => Ok(Self::Ignore),
            Some(_) => Err(PyValueError::new_err("checks must be \"warn\", \"error\" or \"ignore\"")),
        }
    }

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Ignore => "ignore",
        }
    }
}

/// The value that an element gets of what was assigned.
pub fn assigned<'py>(
    tag: Tag,
    vr: Vr,
    value: &Bound<'py, PyAny>,
    checks: Checks,
) -> PyResult<Bound<'py, PyAny>> {
    if tag.is_pixel_data() && value.hasattr(pyo3::intern!(value.py(), "dtype"))? {
        // An array knows its shape and type, which attributes say: bytes of it alone may not be what they say.
        return Err(PyTypeError::new_err("pixel data are bytes; of an array, those of its tobytes()"));
    }
    let value = convert(vr, value)?;
    if checks == Checks::Ignore {
        return Ok(value);
    }
    let Err(fault) = check(tag, vr, &value)? else { return Ok(value) };
    // The fault names rules and lengths, never the value.
    let message = format!("the value assigned to {tag} is not one of VR {vr}: {fault}");
    match checks {
        Checks::Error => Err(PyValueError::new_err(message)),
        _ => warn_of(value.py(), &message, "InvalidValue", tag).map(|()| value),
    }
}

/// The first rule that a value breaks.
fn check(tag: Tag, vr: Vr, value: &Bound<'_, PyAny>) -> PyResult<Result<(), ValueFault>> {
    if value.is_none() || matches!(vr.kind(), ValueKind::Sequence | ValueKind::Bytes) {
        return Ok(Ok(()));
    }
    let Some(members) = members(value)? else { return Ok(check_one(vr, value)) };
    let vm = attribute(tag).filter(|_| !tag.is_private()).map(|found| found.vm);
    if let Some(Err(fault)) = vm.map(|vm| check_multiplicity(vm, members.len())) {
        return Ok(Err(fault));
    }
    Ok(members.iter().try_for_each(|member| check_one(vr, &member)))
}

/// The members of a list.
pub fn members<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
    if let Ok(values) = value.cast_exact::<MultiValue>() {
        return values.get().list(value.py()).map(Some);
    }
    Ok(value.cast::<PyList>().ok().cloned())
}

fn check_one(vr: Vr, value: &Bound<'_, PyAny>) -> Result<(), ValueFault> {
    let wrong_kind = Err(ValueFault::Kind { vr });
    if value.is_none() {
        return Ok(());
    }
    match vr.kind() {
        ValueKind::Number if matches!(vr, Vr::FL | Vr::FD) => {
            value.extract::<f64>().map_or(wrong_kind, |number| check_real(vr, number))
        }
        ValueKind::Number if vr == Vr::AT => Ok(()),
        ValueKind::Number => value.extract::<i128>().map_or(wrong_kind, |number| check_integer(vr, number)),
        ValueKind::Sequence | ValueKind::Bytes => Ok(()),
        _ => check_text_like(vr, value),
    }
}

/// Text, and what is written as text.
fn check_text_like(vr: Vr, value: &Bound<'_, PyAny>) -> Result<(), ValueFault> {
    let original = value.getattr_opt(pyo3::intern!(value.py(), "original_string")).ok().flatten();
    let text = original.filter(|text| text.is_instance_of::<PyString>());
    match vr {
        // A float that has no text of its own is written as one that fits.
        Vr::DS if text.is_none() && value.is_instance_of::<PyFloat>() => {
            value.extract::<f64>().map_or(Err(ValueFault::Kind { vr }), |number| check_real(vr, number))
        }
        Vr::IS if text.is_none() && value.is_instance_of::<PyInt>() => {
            let number = value.extract::<i128>().unwrap_or(i128::MAX);
            check_integer(vr, number)
        }
        _ if value.is_instance_of::<PyBytes>() => Ok(()),
        Vr::PN | Vr::DA | Vr::TM | Vr::DT | Vr::DS | Vr::IS => {
            match text.unwrap_or_else(|| value.clone()).str() {
                Ok(text) => check_text(vr, &text.to_string_lossy()),
                Err(_) => Err(ValueFault::Kind { vr }),
            }
        }
        _ => match value.cast::<PyString>() {
            Ok(text) => check_text(vr, &text.to_string_lossy()),
            Err(_) => Err(ValueFault::Kind { vr }),
        },
    }
}

/// The rule that a value of a text VR breaks, as a sentence.
#[pyfunction]
pub fn value_fault(vr: &str, value: &str) -> Option<String> {
    let vr = Vr::from_code(vr.as_bytes().try_into().ok()?)?;
    check_text(vr, value).err().map(|fault| fault.to_string())
}
