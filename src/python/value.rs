//! Elements → Python values.

use std::borrow::Cow;
use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyFloat, PyInt, PyMemoryView, PyString};

use super::buffer::{Buffer, Bytes, fresh_bytes};
use super::date_time;
use super::multi_value::{MultiValue, Values};
use super::number::{self, Numbers};
use super::sequence::Sequence;
use super::shared::{Odd, Part, Shared};
use super::text::{self, Text};
use super::view::{Place, View};
use crate::dataset::{ByteOrder, ElementView};
use crate::error::{Error, ErrorKind, Result, WarningKind};
use crate::tag::Tag;
use crate::value::character_set::CharacterSet;
use crate::value::number::Binary;
use crate::value::text::{rules, values};
use crate::vr::{ValueKind, Vr};

/// True for a sequence of items.
pub fn is_sequence(element: &ElementView<'_>) -> bool {
    element.vr() == Vr::SQ
}

/// The VR, where the dictionary leaves a choice the one that other elements decide.
pub fn vr(view: &View, element: &ElementView<'_>) -> Vr {
    element.decided_vr(view.context().is_signed(), || has_one_entry(view))
}

/// What a Python value is, for who decides whether it is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A sequence of items.
    Sequence,
    /// Several values.
    Several,
    /// One number of a binary VR, which is made as fast as it is found.
    Number,
    /// Anything else.
    Other,
}

/// The form of a value that [`to_python`] made.
pub fn form(py: Python<'_>, value: &Py<PyAny>) -> Form {
    let value = value.bind(py);
    if value.is_exact_instance_of::<Sequence>() {
        Form::Sequence
    } else if value.is_exact_instance_of::<MultiValue>() {
        Form::Several
    } else if value.is_exact_instance_of::<PyInt>() || value.is_exact_instance_of::<PyFloat>() {
        Form::Number
    } else {
        Form::Other
    }
}

const LUT_DESCRIPTOR: Tag = Tag(0x0028_3002);

/// True when LUT Descriptor says that the table has one entry.
fn has_one_entry(view: &View) -> bool {
    let Some(descriptor) = view.stored_element_of(LUT_DESCRIPTOR) else { return false };
    let entries = descriptor.value().and_then(|value| u16::first(value, descriptor.byte_order()));
    entries == Some(1)
}

/// The bytes of a value, from memory or from the file.
fn bytes<'a>(view: &'a View, element: &ElementView<'a>) -> Result<Cow<'a, [u8]>> {
    view.shared().file.value(element)
}

/// The value as Python object.
pub fn to_python(py: Python<'_>, view: &View, element: &ElementView<'_>) -> PyResult<Py<PyAny>> {
    let vr = vr(view, element);
    if vr == Vr::SQ {
        return Ok(Py::new(py, Sequence::new(view, element))?.into_any());
    }
    let large = element.value().is_none();
    if large && vr.kind() == ValueKind::Bytes {
        let (row, file) = (element.row(), &view.shared().file);
        let length =
            usize::try_from(row.length()).map_err(|_| Error::from(ErrorKind::OutOfMemory(row.length())))?;
        return Ok(fresh_bytes(py, length, |memory| file.read_into(row.offset(), memory))?
            .into_any()
            .unbind());
    }
    let bytes = if large { py.detach(|| bytes(view, element)) } else { bytes(view, element) }?;
    match vr.kind() {
        ValueKind::Number => numbers(py, view, element, vr, &bytes),
        ValueKind::Bytes | ValueKind::Sequence if bytes.is_empty() => Ok(py.None()),
        ValueKind::Bytes | ValueKind::Sequence => Ok(PyBytes::new(py, &bytes).into_any().unbind()),
        _ => texts(py, view, element, vr, &bytes),
    }
}

fn numbers(
    py: Python<'_>,
    view: &View,
    element: &ElementView<'_>,
    vr: Vr,
    bytes: &[u8],
) -> PyResult<Py<PyAny>> {
    let form = number::Form::new(vr, element.byte_order());
    let Some((form, count)) = form.and_then(|form| Some((form, form.count(bytes)?))) else {
        warn(py, view, element, WarningKind::InvalidLength)?;
        return Ok(PyBytes::new(py, bytes).into_any().unbind());
    };
    match count {
        0 => Ok(py.None()),
        1 => form.object(py, bytes),
        _ => Ok(Py::new(py, MultiValue::new(vr, Values::Numbers(Numbers::new(form, bytes))))?.into_any()),
    }
}

fn texts(
    py: Python<'_>,
    view: &View,
    element: &ElementView<'_>,
    vr: Vr,
    bytes: &[u8],
) -> PyResult<Py<PyAny>> {
    let context = view.context();
    let (text, fault) = Text::new(py, vr, bytes, context)?;
    if let Some(fault) = fault {
        warn(py, view, element, fault)?;
    }
    if vr.follows_character_set() {
        context.faults().iter().try_for_each(|fault| view.shared().warn(py, *fault))?;
    }
    match text {
        Text::None => text::empty(py, vr, context),
        Text::One(value) => Ok(value),
        Text::Several(values) => Ok(Py::new(py, MultiValue::new(vr, Values::Texts(values)))?.into_any()),
    }
}

fn warn(py: Python<'_>, view: &View, element: &ElementView<'_>, kind: WarningKind) -> PyResult<()> {
    view.shared().warn(py, Odd { kind, part: view.part(), row: element.number() })
}

/// The private creator that this tag holds (PS3.5 §7.8.1).
pub fn private_creator(py: Python<'_>, view: &View, creator: Tag) -> Option<String> {
    match view.find(creator)? {
        Place::Stored(position) => {
            let value = view.stored_element(position)?.value()?;
            values(Vr::LO, value, view.context().set).next().map(|creator| creator.text.trim().to_owned())
        }
        Place::Set(cell) => {
            let text = cell.value(py).ok()?.into_bound(py).cast_into::<PyString>().ok()?;
            Some(text.to_string_lossy().trim().to_owned())
        }
    }
}

/// How many values a Python value is.
pub fn multiplicity(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    if value.is_none() {
        return Ok(0);
    }
    if let Ok(values) = value.cast::<MultiValue>() {
        return Ok(values.get().len(value.py()));
    }
    let text = value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>();
    // Numbers are one value, 0 too; a text or a person name is one unless it is empty.
    let is_number = value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>();
    Ok(usize::from(is_number || text && value.is_truthy()? || !text && value.is_truthy()?))
}

/// The bytes of one value, wherever they are.
pub enum Held {
    Resident { shared: Arc<Shared>, part: Part, offset: u64, length: u64 },
    Read(Vec<u8>),
}

impl Held {
    /// Bytes of a file that are in memory.
    pub fn resident(shared: &Arc<Shared>, part: Part, offset: u64, length: u64) -> Self {
        Self::Resident { shared: Arc::clone(shared), part, offset, length }
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Resident { shared, part, offset, length } => {
                shared.bytes(*part).get(*offset, *length).unwrap_or_default()
            }
            Self::Read(bytes) => bytes,
        }
    }
}

/// A read-only view on the bytes of a value.
pub fn buffer<'py>(
    py: Python<'py>,
    view: &View,
    element: &ElementView<'_>,
) -> PyResult<Bound<'py, PyMemoryView>> {
    let row = element.row();
    let held: Bytes = if element.value().is_some() {
        Box::new(Held::resident(view.shared(), view.part(), row.offset(), row.length()))
    } else {
        Box::new(Held::Read(py.detach(|| bytes(view, element).map(Cow::into_owned))?))
    };
    Buffer::view(py, held)
}

/// The text of a value as it stands in the file, padding included.
pub fn original_string(py: Python<'_>, view: &View, element: &ElementView<'_>) -> PyResult<Option<String>> {
    let vr = vr(view, element);
    if matches!(vr.kind(), ValueKind::Number | ValueKind::Bytes | ValueKind::Sequence) {
        return Ok(None);
    }
    let set = if vr.follows_character_set() { view.context().set } else { CharacterSet::ISO_646 };
    let bytes = py.detach(|| bytes(view, element))?;
    // Value by value: an escape sequence counts up to the next delimiter only.
    let values: Vec<_> =
        set.split(&bytes, rules(vr)).map(|value| set.decode(value, rules(vr)).text).collect();
    Ok(Some(values.join("\\")))
}

/// What a DA, TM or DT value means.
pub fn typed(py: Python<'_>, view: &View, element: &ElementView<'_>) -> PyResult<Py<PyAny>> {
    typed_bytes(py, vr(view, element), &bytes(view, element)?)
}

/// What bytes mean as a DA, TM or DT value.
pub fn typed_bytes(py: Python<'_>, vr: Vr, bytes: &[u8]) -> PyResult<Py<PyAny>> {
    if !matches!(vr, Vr::DA | Vr::TM | Vr::DT) {
        return Err(PyTypeError::new_err(format!("values of VR {vr} are no dates or times")));
    }
    date_time::objects(py, vr, bytes)
}

/// The numbers of a value as an array.
pub fn to_numpy<'py>(py: Python<'py>, view: &View, element: &ElementView<'_>) -> PyResult<Bound<'py, PyAny>> {
    let vr = vr(view, element);
    let bytes = py.detach(|| bytes(view, element))?;
    numpy_of(py, vr, element.byte_order(), &bytes)
}

/// The numbers in bytes as an array.
pub fn numpy_of<'py>(py: Python<'py>, vr: Vr, order: ByteOrder, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    if matches!(vr, Vr::DS | Vr::IS) {
        return number::of_text(py, vr, bytes);
    }
    match number::Form::new(vr, order) {
        Some(form) => form.to_numpy(py, bytes),
        None => Err(PyTypeError::new_err(format!("values of VR {vr} are no numbers"))),
    }
}
