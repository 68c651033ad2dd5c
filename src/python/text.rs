//! Text values: decoded once, made into Python objects one by one.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyFloat, PyInt, PyString, PyTuple, PyType};

use super::attribute::new_instance;
use super::context::Context;
use crate::error::WarningKind;
use crate::value::character_set::CharacterSet;
use crate::value::number::{IntegerString, parse_decimal, parse_integer};
use crate::value::text::{raw_values, rules, values};
use crate::vr::Vr;

/// The values of a text element.
pub enum Text {
    /// No value.
    None,
    /// One value.
    One(Py<PyAny>),
    /// Several.
    Several(Texts),
}

/// Several text values: their characters, joined by backslashes.
pub struct Texts {
    vr: Vr,
    text: String,
    /// The byte after each value, where they are too many to be counted each time.
    ends: Vec<usize>,
    count: usize,
    /// Of person names, the bytes and what they were decoded by.
    names: Option<Names>,
}

/// As many values are counted each time one is asked for.
const FEW: usize = 16;

struct Names {
    raw: Box<[Box<[u8]>]>,
    context: Arc<Context>,
}

impl Text {
    /// Decodes the values in `bytes`; beside them the first thing that was wrong.
    pub fn new(
        py: Python<'_>,
        vr: Vr,
        bytes: &[u8],
        context: &Arc<Context>,
    ) -> PyResult<(Self, Option<WarningKind>)> {
        let mut decoded = values(vr, bytes, context.set);
        let Some(first) = decoded.next() else { return Ok((Self::None, None)) };
        let Some(second) = decoded.next() else {
            let raw = if vr == Vr::PN { raw_values(vr, bytes, context.set).next() } else { None };
            let object = object(py, vr, &first.text, raw.map(|raw| (raw, &**context)))?;
            return Ok((Self::One(object), first.fault));
        };
        let mut text = String::with_capacity(bytes.len());
        text.push_str(&first.text);
        let mut ends = Vec::new();
        let mut count = 1;
        let mut fault = first.fault;
        for value in std::iter::once(second).chain(decoded) {
            if count == FEW {
                // From here on they are worth it.
                ends = text.match_indices('\\').map(|(end, _)| end).collect();
            }
            if count >= FEW {
                ends.push(text.len());
            }
            text.push('\\');
            text.push_str(&value.text);
            count += 1;
            fault = fault.or(value.fault);
        }
        if count > FEW {
            ends.push(text.len());
        }
        let names = (vr == Vr::PN).then(|| Names {
            raw: raw_values(vr, bytes, context.set).map(Box::from).collect(),
            context: Arc::clone(context),
        });
        Ok((Self::Several(Texts { vr, text, ends, count, names }), fault))
    }
}

impl Texts {
    pub fn len(&self) -> usize {
        self.count
    }

    /// The text of one value.
    fn part(&self, number: usize) -> Option<&str> {
        if self.ends.is_empty() {
            return self.text.split('\\').nth(number);
        }
        let end = *self.ends.get(number)?;
        let start = match number.checked_sub(1) {
            Some(before) => self.ends.get(before)?.saturating_add(1),
            None => 0,
        };
        self.text.get(start..end)
    }

    /// True when the values are plain text.
    pub fn is_plain(&self) -> bool {
        !matches!(self.vr, Vr::DS | Vr::IS | Vr::PN)
    }

    /// One value as Python object.
    pub fn get(&self, py: Python<'_>, number: usize) -> PyResult<Option<Py<PyAny>>> {
        let Some(part) = self.part(number) else { return Ok(None) };
        let name = self.names.as_ref().and_then(|names| Some((&**names.raw.get(number)?, &*names.context)));
        object(py, self.vr, part, name).map(Some)
    }
}

/// The object of an element without a value, as pydicom has it: numbers are `None`, text is empty.
pub fn empty(py: Python<'_>, vr: Vr, context: &Context) -> PyResult<Py<PyAny>> {
    match vr {
        Vr::DS | Vr::IS => Ok(py.None()),
        _ => object(py, vr, "", (vr == Vr::PN).then_some((&[], context))),
    }
}

/// One value as Python object.
fn object(py: Python<'_>, vr: Vr, text: &str, name: Option<(&[u8], &Context)>) -> PyResult<Py<PyAny>> {
    match vr {
        Vr::DS => decimal(py, text),
        Vr::IS => integer(py, text),
        Vr::UI => uid(py, text),
        Vr::PN => {
            let (raw, context) = name.unzip();
            person_name(py, text, raw.unwrap_or_default(), context.map(Context::terms).unwrap_or_default())
        }
        _ => Ok(plain(py, text)),
    }
}

fn plain(py: Python<'_>, text: &str) -> Py<PyAny> {
    PyString::new(py, text).into_any().unbind()
}

/// A Decimal String: `DSfloat`, or the text where it is no number.
fn decimal(py: Python<'_>, text: &str) -> PyResult<Py<PyAny>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let Ok(Some(number)) = parse_decimal(text.as_bytes()) else { return Ok(plain(py, text)) };
    let class = CLASS.import(py, "fastdcm.values", "DSfloat")?;
    let object = new_instance(&py.get_type::<PyFloat>(), class, number)?;
    object.setattr(pyo3::intern!(py, "original_string"), text)?;
    Ok(object.unbind())
}

/// An Integer String: `IS`, `ISfloat`, or the text where it is no number.
fn integer(py: Python<'_>, text: &str) -> PyResult<Py<PyAny>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static REAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static WITH_TEXT: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let number = match parse_integer(text.as_bytes()) {
        Ok(Some(IntegerString::Real(_))) => {
            return Ok(REAL.import(py, "fastdcm.values", "ISfloat")?.call1((text,))?.unbind());
        }
        Ok(Some(number)) => number.integer(),
        _ => None,
    };
    let Some(number) = number else { return Ok(plain(py, text)) };
    let base = py.get_type::<PyInt>();
    // The text is kept where the number does not give it again.
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_decimal = digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_decimal && text != "-0" && (digits == "0" || !digits.starts_with('0')) {
        return Ok(new_instance(&base, CLASS.import(py, "fastdcm.values", "IS")?, number)?.unbind());
    }
    let object = new_instance(&base, WITH_TEXT.import(py, "fastdcm.values", "_TextIS")?, number)?;
    object.setattr(pyo3::intern!(py, "original_string"), text)?;
    Ok(object.unbind())
}

fn uid(py: Python<'_>, text: &str) -> PyResult<Py<PyAny>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let class = CLASS.import(py, "fastdcm.uid", "UID")?;
    Ok(new_instance(&py.get_type::<PyString>(), class, text)?.unbind())
}

fn person_name(py: Python<'_>, text: &str, raw: &[u8], terms: &[Box<str>]) -> PyResult<Py<PyAny>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let class = CLASS.import(py, "fastdcm.values", "PersonName")?;
    let terms = PyTuple::new(py, terms.iter().map(|term| &**term))?;
    Ok(class.call1((text, terms, PyBytes::new(py, raw)))?.unbind())
}

/// The VR with this name, and the character set of these terms.
fn text_form(vr: &str, terms: &[String]) -> PyResult<(Vr, CharacterSet)> {
    let vr = vr.as_bytes().try_into().ok().and_then(Vr::from_code).unwrap_or(Vr::LO);
    let set =
        if terms.is_empty() { Some(CharacterSet::DEFAULT) } else { CharacterSet::by_name(&terms.join("\\")) };
    Ok((vr, set.ok_or_else(|| PyValueError::new_err("unknown character set"))?))
}

/// The text that bytes of a VR are by these terms of Specific Character Set.
#[pyfunction]
pub fn decode_text(value: &[u8], vr: &str, terms: Vec<String>) -> PyResult<String> {
    let (vr, set) = text_form(vr, &terms)?;
    Ok(set.decode(value, rules(vr)).text.into_owned())
}

/// The bytes that text of a VR is by these terms of Specific Character Set.
#[pyfunction]
pub fn encode_text<'py>(
    py: Python<'py>,
    text: &str,
    vr: &str,
    terms: Vec<String>,
) -> PyResult<Bound<'py, PyBytes>> {
    let (vr, set) = text_form(vr, &terms)?;
    let bytes = set.encode(text, rules(vr)).map_err(|fault| PyValueError::new_err(fault.to_string()))?;
    Ok(PyBytes::new(py, &bytes))
}
