//! Python values → the bytes that they are written as.

use pyo3::buffer::PyUntypedBuffer;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyFloat, PyInt, PyList, PyString};

use super::assignment::members;
use super::error::to_exception;
use super::key::tag_of;
use crate::dataset::ByteOrder;
use crate::error::{Error, ErrorKind, TagPath};
use crate::value::character_set::CharacterSet;
use crate::value::decimal_string;
use crate::value::encode::{TextFault, encode_integers, encode_reals, encode_tags, encode_texts};
use crate::vr::{ValueKind, Vr};

/// The bytes of a value: numbers in little endian, text in `set`, not padded. `path` is where errors say it is.
pub fn encode(
    py: Python<'_>,
    vr: Vr,
    value: &Bound<'_, PyAny>,
    set: CharacterSet,
    path: &TagPath,
) -> PyResult<Vec<u8>> {
    let fault = |kind: ErrorKind| to_exception(py, &Error::from(kind).of(path.clone()), None);
    if value.is_none() {
        return Ok(Vec::new());
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(bytes.as_bytes().to_vec());
    }
    if vr.kind() == ValueKind::Bytes {
        return bytes_of(value).ok_or_else(|| fault(wrong_type(vr, value)));
    }
    let values = match members(value)? {
        Some(list) => list,
        None => PyList::new(py, [value])?,
    };
    match vr.kind() {
        ValueKind::Number => numbers(vr, &values).map_err(fault),
        ValueKind::Sequence | ValueKind::Bytes => Err(fault(wrong_type(vr, value))),
        _ => {
            let texts = values.iter().map(|value| text(vr, &value)).collect::<Result<Vec<_>, _>>();
            let texts = texts.map_err(fault)?;
            encode_texts(vr, texts.iter().map(String::as_str), set).map_err(|found| fault(kind_of(found)))
        }
    }
}

/// A type that no value of this VR has. It names the type: that is not the value.
fn wrong_type(vr: Vr, value: &Bound<'_, PyAny>) -> ErrorKind {
    let name = value.get_type().name().map(|name| name.to_string_lossy().into_owned());
    ErrorKind::Unwritable(format!("a value of VR {vr} cannot be of type {}", name.unwrap_or_default()).into())
}

fn kind_of(fault: TextFault) -> ErrorKind {
    match fault {
        TextFault::Character { fault, .. } => ErrorKind::Unencodable { index: fault.character },
        TextFault::Backslash { .. } | TextFault::SeveralValues { .. } => {
            ErrorKind::Unwritable(fault.to_string().into())
        }
    }
}

/// The memory of bytes-like objects.
fn bytes_of(value: &Bound<'_, PyAny>) -> Option<Vec<u8>> {
    let buffer = PyUntypedBuffer::get(value).ok()?;
    if !buffer.is_c_contiguous() {
        return None;
    }
    drop(buffer);
    let bytes = value.py().get_type::<PyBytes>().call1((value,)).ok()?;
    bytes.cast::<PyBytes>().ok().map(|bytes| bytes.as_bytes().to_vec())
}

fn numbers(vr: Vr, values: &Bound<'_, PyList>) -> Result<Vec<u8>, ErrorKind> {
    let order = ByteOrder::Little;
    let unwritable = |fault: crate::value::check::ValueFault| ErrorKind::Unwritable(fault.to_string().into());
    match vr {
        Vr::AT => {
            let tags = values.iter().map(|value| tag_of(&value).map_err(|_| wrong_type(vr, &value)));
            Ok(encode_tags(tags.collect::<Result<Vec<_>, _>>()?, order))
        }
        Vr::FL | Vr::FD => {
            let reals = values.iter().map(|value| value.extract::<f64>().map_err(|_| wrong_type(vr, &value)));
            encode_reals(vr, reals.collect::<Result<Vec<_>, _>>()?, order).map_err(unwritable)
        }
        _ => {
            let integers =
                values.iter().map(|value| value.extract::<i128>().map_err(|_| wrong_type(vr, &value)));
            encode_integers(vr, integers.collect::<Result<Vec<_>, _>>()?, order).map_err(unwritable)
        }
    }
}

/// The text of one value.
fn text(vr: Vr, value: &Bound<'_, PyAny>) -> Result<String, ErrorKind> {
    let py = value.py();
    let shown = |object: &Bound<'_, PyAny>| match object.str() {
        Ok(text) => text.to_str().map(str::to_owned).map_err(|_| wrong_type(vr, value)),
        Err(_) => Err(wrong_type(vr, value)),
    };
    if value.is_none() {
        return Ok(String::new());
    }
    if let Ok(text) = value.cast::<PyString>() {
        // Lone surrogates are no text that any character set has.
        let index = || text.to_string_lossy().chars().position(|c| c == char::REPLACEMENT_CHARACTER);
        return text
            .to_str()
            .map(str::to_owned)
            .map_err(|_| ErrorKind::Unencodable { index: index().unwrap_or_default() });
    }
    let original = value.getattr_opt(pyo3::intern!(py, "original_string")).ok().flatten();
    if let Some(original) = original.filter(|text| text.is_instance_of::<PyString>() && vr != Vr::PN) {
        return shown(&original);
    }
    match vr {
        Vr::PN | Vr::DA | Vr::TM | Vr::DT => date_text(vr, value)?.map_or_else(|| shown(value), Ok),
        Vr::DS if value.is_instance_of::<PyInt>() => integer_text(value),
        Vr::DS if value.is_instance_of::<PyFloat>() || value.extract::<f64>().is_ok() => {
            let text = value.extract::<f64>().ok().and_then(decimal_string);
            text.ok_or_else(|| ErrorKind::Unwritable("a Decimal String cannot be infinite or NaN".into()))
        }
        Vr::IS if value.is_instance_of::<PyInt>() || value.extract::<i128>().is_ok() => integer_text(value),
        _ => Err(wrong_type(vr, value)),
    }
}

fn integer_text(value: &Bound<'_, PyAny>) -> Result<String, ErrorKind> {
    let number = value.extract::<i128>().map_err(|_| wrong_type(Vr::IS, value))?;
    Ok(number.to_string())
}

/// The text of an object of `datetime` that has none of its own.
fn date_text(vr: Vr, value: &Bound<'_, PyAny>) -> Result<Option<String>, ErrorKind> {
    static TEXT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if vr == Vr::PN {
        // Of a person name, or of nothing that could be one.
        let is_name = value.get_type().name().is_ok_and(|name| name == "PersonName");
        return if is_name { Ok(None) } else { Err(wrong_type(vr, value)) };
    }
    let py = value.py();
    let text = TEXT
        .import(py, "fastdcm.conversion", "date_text")
        .and_then(|convert| convert.call1((vr.as_str(), value))?.extract::<String>());
    text.map(Some).map_err(|_| wrong_type(vr, value))
}
