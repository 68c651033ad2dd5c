//! Tags and VRs on their way from and to Python.

use std::sync::Mutex;

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyInt, PyList, PyString, PyTuple, PyType};

use crate::dictionary::{DictionaryVr, tag_for_keyword};
use crate::tag::Tag;
use crate::vr::Vr;

/// The tag that a key names: one number, a pair of numbers, a keyword, or hexadecimal digits.
pub fn tag_of(key: &Bound<'_, PyAny>) -> PyResult<Tag> {
    if let Ok(number) = key.cast::<PyInt>() {
        return number.extract().map(Tag).map_err(|_| out_of_range(key));
    }
    if let Ok(text) = key.cast::<PyString>() {
        return tag_of_text(&text.to_cow()?).ok_or_else(|| {
            PyValueError::new_err("neither a DICOM keyword nor a hexadecimal number of eight digits")
        });
    }
    if key.is_instance_of::<PyTuple>() || key.is_instance_of::<PyList>() {
        if key.len()? != 2 {
            return Err(PyValueError::new_err("a tag is one int or a pair of them"));
        }
        let (group, element) = (key.get_item(0)?, key.get_item(1)?);
        // As in pydicom: too great is worse than negative.
        return match (half(&group), half(&element)) {
            (Ok(group), Ok(element)) => Ok(Tag::new(group, element)),
            (Err(_), Err(fault)) if fault.is_instance_of::<PyOverflowError>(key.py()) => Err(fault),
            (Err(fault), _) | (_, Err(fault)) => Err(fault),
        };
    }
    Err(PyTypeError::new_err("a tag is an int, a pair of int or a keyword"))
}

/// The tag of a keyword or of hexadecimal digits.
fn tag_of_text(text: &str) -> Option<Tag> {
    tag_for_keyword(text.as_bytes()).or_else(|| {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let valid = !digits.starts_with('+') && !digits.is_empty();
        u32::from_str_radix(digits, 16).ok().filter(|_| valid).map(Tag)
    })
}

fn half(number: &Bound<'_, PyAny>) -> PyResult<u16> {
    if let Ok(text) = number.cast::<PyString>() {
        return u16::from_str_radix(&text.to_cow()?, 16).map_err(|_| out_of_range(number));
    }
    if !number.is_instance_of::<PyInt>() {
        return Err(PyTypeError::new_err("group and element number of a tag must be int"));
    }
    number.extract().map_err(|_| out_of_range(number))
}

fn out_of_range(number: &Bound<'_, PyAny>) -> PyErr {
    if number.lt(0).unwrap_or_default() {
        PyValueError::new_err("a tag is not negative")
    } else {
        PyOverflowError::new_err("group and element number of a tag have 16 bits each")
    }
}

/// The tag that a key names, as a plain number.
#[pyfunction]
pub fn tag_from_key(key: &Bound<'_, PyAny>) -> PyResult<u32> {
    tag_of(key).map(|tag| tag.0)
}

/// A tag as Python object.
type Cell = Option<(Tag, Py<PyAny>)>;

const CELLS: usize = 1024;

/// Tags made lately, each in the one place its number leads to: data sets hold the same few tags again and again.
static LATELY: [Mutex<Cell>; CELLS] = [const { Mutex::new(None) }; CELLS];

/// The `fastdcm.tag.BaseTag` of a tag.
pub fn tag_object(py: Python<'_>, tag: Tag) -> PyResult<Py<PyAny>> {
    let hash = tag.0.wrapping_mul(0x9E37_79B1) >> 22;
    let cell = LATELY.get(hash as usize);
    // `try_lock`: a child must not wait for a lock that a thread of its parent held when it was forked.
    if let Some(cell) = cell.and_then(|cell| cell.try_lock().ok())
        && let Some((found, object)) = &*cell
        && *found == tag
    {
        return Ok(object.clone_ref(py));
    }
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let object = CLASS.import(py, "fastdcm.tag", "BaseTag")?.call1((tag.0,))?.unbind();
    let stored = (tag, object.clone_ref(py));
    // What stood there is dropped after the lock: dropping may run Python code.
    let before = cell.and_then(|cell| cell.try_lock().ok()?.replace(stored));
    drop(before);
    Ok(object)
}

/// The two letters of a VR, the same object each time.
pub fn vr_object(py: Python<'_>, vr: Vr) -> Py<PyString> {
    static LETTERS: [PyOnceLock<Py<PyString>>; 34] = [const { PyOnceLock::new() }; 34];
    let make = || PyString::intern(py, vr.as_str()).unbind();
    LETTERS.get(vr as usize).map_or_else(make, |cell| cell.get_or_init(py, make).clone_ref(py))
}

/// The VR that somebody names.
pub fn vr_of(vr: &Bound<'_, PyAny>) -> PyResult<Vr> {
    let fault = || PyValueError::new_err("a VR is two letters, as 'LO'");
    let text = vr.str()?;
    let code: Option<[u8; 2]> = text.to_cow()?.as_bytes().try_into().ok();
    code.and_then(Vr::from_code).ok_or_else(fault)
}

/// The VR that somebody names for a value, or that a choice such as "US or SS" comes to; and whether other elements
/// decide on it when it is written.
pub fn vr_for(vr: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>, is_signed: bool) -> PyResult<(Vr, bool)> {
    let choice = match &*vr.str()?.to_cow()? {
        "US or SS" => DictionaryVr::UsOrSs,
        "OB or OW" => DictionaryVr::ObOrOw,
        "US or OW" => DictionaryVr::UsOrOw,
        "US or SS or OW" => DictionaryVr::UsOrSsOrOw,
        _ => return Ok((vr_of(vr)?, false)),
    };
    Ok(chosen_vr(choice, value, is_signed).unwrap_or((Vr::UN, false)))
}

/// What the dictionary says comes to for a value; `is_signed` is what Pixel Representation says.
pub fn chosen_vr(choice: DictionaryVr, value: &Bound<'_, PyAny>, is_signed: bool) -> Option<(Vr, bool)> {
    let is_negative = || value.extract::<i64>().is_ok_and(|number| number < 0);
    let word = || if is_negative() || is_signed { Vr::SS } else { Vr::US };
    let is_bytes = value.is_instance_of::<PyBytes>();
    match choice {
        DictionaryVr::One(vr) => Some((vr, false)),
        DictionaryVr::UsOrSs => Some((word(), true)),
        DictionaryVr::ObOrOw => Some((Vr::OW, true)),
        DictionaryVr::UsOrOw | DictionaryVr::UsOrSsOrOw if is_bytes => Some((Vr::OW, true)),
        DictionaryVr::UsOrOw => Some((Vr::US, false)),
        DictionaryVr::UsOrSsOrOw => Some((word(), true)),
        DictionaryVr::None => None,
    }
}
