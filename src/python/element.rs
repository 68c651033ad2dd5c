//! Data elements: made at each access, from the data set that owns them and a place in its order.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyMemoryView, PyString, PyTuple};

use super::dataset::new_item;
use super::key::{tag_object, vr_object};
use super::sequence::Sequence;
use super::value;
use super::view::{Keep, View};
use crate::dataset::{ElementView, Flags};
use crate::dictionary::{attribute, private_attribute};
use crate::tag::Tag;
use crate::vr::{ValueKind, Vr};

/// Values of more than this many parts are shown by their number.
const SHOWN_VALUES: usize = 16;
/// Characters of the name in the one-line form.
const NAME_WIDTH: usize = 35;

/// A data element (PS3.5 §7.1): tag, VR, value, and what the dictionary says of it.
#[pyclass(frozen, module = "fastdcm")]
pub struct DataElement {
    /// The tag.
    // A member, which the interpreter reads by itself: a getter takes ten times as long.
    #[pyo3(get)]
    tag: Py<PyAny>,
    /// The VR, as two letters.
    #[pyo3(get, name = "VR")]
    vr: Py<PyString>,
    view: Arc<View>,
    position: usize,
    keep: Keep,
}

impl DataElement {
    pub fn new(py: Python<'_>, view: &Arc<View>, position: usize, keep: Keep) -> PyResult<Self> {
        let Some(element) = view.element(position) else { return Err(gone()) };
        let (tag, vr) = (tag_object(py, element.tag())?, vr_object(py, value::vr(view, &element)));
        Ok(Self { tag, vr, view: Arc::clone(view), position, keep })
    }

    fn element(&self) -> PyResult<ElementView<'_>> {
        let element = self.view.element(self.position);
        element.ok_or_else(gone)
    }

    fn raw_tag(&self) -> PyResult<Tag> {
        Ok(self.element()?.tag())
    }

    fn raw_vr(&self) -> PyResult<Vr> {
        Ok(value::vr(&self.view, &self.element()?))
    }

    /// The creator of the block that a private element is in.
    fn creator(&self) -> PyResult<Option<String>> {
        let Some(creator) = self.raw_tag()?.creator() else { return Ok(None) };
        Ok(value::private_creator(&self.view, creator))
    }
}

fn gone() -> PyErr {
    PyTypeError::new_err("the element is not there any more")
}

#[pymethods]
impl DataElement {
    /// The value; of several values a list, of a sequence its items.
    #[getter]
    fn value(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.view.value(py, self.position, self.keep)
    }

    /// How many values there are (PS3.5 §6.4); 1 for a sequence.
    #[getter(VM)]
    fn vm(&self, py: Python<'_>) -> PyResult<usize> {
        match self.raw_vr()?.kind() {
            ValueKind::Sequence => return Ok(1),
            // Pixel data are not read to be counted.
            ValueKind::Bytes => return Ok(usize::from(self.element()?.row().length() > 0)),
            _ => {}
        }
        let value = self.value(py)?.into_bound(py);
        value::multiplicity(&value)
    }

    /// True when there is no value, or no item.
    #[getter]
    fn is_empty(&self, py: Python<'_>) -> PyResult<bool> {
        if self.raw_vr()? != Vr::SQ {
            return Ok(self.vm(py)? == 0);
        }
        let value = self.value(py)?;
        Ok(value.bind(py).cast::<Sequence>().is_ok_and(|sequence| sequence.get().len() == 0))
    }

    /// The name in the dictionary; of private elements in brackets where it is known.
    #[getter]
    fn name(&self) -> PyResult<String> {
        let tag = self.raw_tag()?;
        if !tag.is_private() {
            return Ok(attribute(tag).map(|found| found.name.to_owned()).unwrap_or_default());
        }
        if let Some(creator) = self.creator()? {
            let found = private_attribute(&creator, tag);
            return Ok(
                found.map_or_else(|| "Private tag data".to_owned(), |found| format!("[{}]", found.name))
            );
        }
        let name = if tag.element() < 0x100 { "Private Creator" } else { "Private tag data" };
        Ok(name.to_owned())
    }

    /// The keyword in the dictionary; empty for private and unknown elements.
    #[getter]
    fn keyword(&self) -> PyResult<&'static str> {
        Ok(attribute(self.raw_tag()?).map(|found| found.keyword).unwrap_or_default())
    }

    /// The creator of the block that a private element is in (PS3.5 §7.8.1).
    #[getter]
    fn private_creator(&self) -> PyResult<Option<String>> {
        self.creator()
    }

    /// True for an odd group number.
    #[getter]
    fn is_private(&self) -> PyResult<bool> {
        Ok(self.raw_tag()?.is_private())
    }

    /// True when the standard has retired the attribute.
    #[getter]
    fn is_retired(&self) -> PyResult<bool> {
        let tag = self.raw_tag()?;
        Ok(attribute(tag).is_some_and(|found| found.retired && !found.keyword.is_empty()))
    }

    /// True when the length in the file is undefined (PS3.5 §7.1.1).
    #[getter]
    fn is_undefined_length(&self) -> PyResult<bool> {
        Ok(self.element()?.row().has(Flags::UNDEFINED_LENGTH))
    }

    /// True when the value was cut by the end of the input or of what is around it.
    #[getter]
    fn is_truncated(&self) -> PyResult<bool> {
        Ok(self.element()?.row().has(Flags::TRUNCATED))
    }

    /// The byte at which the value begins, in the file or in the inflated data set.
    #[getter]
    fn file_tell(&self) -> PyResult<u64> {
        Ok(self.element()?.row().offset())
    }

    /// Bytes of the value, padding included and delimiters left out.
    #[getter]
    fn length(&self) -> PyResult<u64> {
        Ok(self.element()?.row().length())
    }

    /// A read-only view on the bytes of the value as they stand in the file, without a copy where they are in memory.
    #[getter]
    fn buffer<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyMemoryView>> {
        value::buffer(py, &self.view, &self.element()?)
    }

    /// The text of the value before it was split and made into numbers, blanks at its end included; None for binary
    /// values.
    #[getter]
    fn original_string(&self, py: Python<'_>) -> PyResult<Option<String>> {
        value::original_string(py, &self.view, &self.element()?)
    }

    /// What a DA, TM or DT value means: an object of `datetime`, a list of them where there are several values, None
    /// where the text is none. Parts that were not written are the earliest.
    #[getter]
    fn typed_value(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        value::typed(py, &self.view, &self.element()?)
    }

    /// Return the numbers of the value as an array.
    ///
    /// Returns
    /// -------
    /// ndarray, shape (VM,)
    ///     In the byte order of the machine; owns its memory. dtype by VR: int or uint of its size, float32 or
    ///     float64, uint8 for OB and UN, float64 for DS, int64 for IS.
    ///
    /// Raises
    /// ------
    /// TypeError
    ///     The VR holds no numbers.
    fn to_numpy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        value::to_numpy(py, &self.view, &self.element()?)
    }

    /// The value as it is shown in one line.
    #[getter]
    fn repval(&self, py: Python<'_>) -> PyResult<String> {
        let vr = self.raw_vr()?;
        let length = self.element()?.row().length();
        if vr.kind() == ValueKind::Bytes && length > SHOWN_VALUES as u64 {
            return Ok(format!("Array of {length} elements"));
        }
        let value = self.value(py)?.into_bound(py);
        if matches!(vr, Vr::LT | Vr::UC | Vr::UT) {
            let length = if value.is_none() { 0 } else { value.len()? };
            if length > SHOWN_VALUES {
                return Ok(format!("Array of {length} elements"));
            }
        }
        let count = self.vm(py)?;
        if count > SHOWN_VALUES {
            return Ok(format!("Array of {count} elements"));
        }
        // As pydicom: a UID is shown by its name, a missing one as empty text.
        if vr == Vr::UI && value.is_instance_of::<PyString>() && length > 0 {
            return value.getattr("name")?.extract();
        }
        Ok(value.repr()?.to_string_lossy().into_owned())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let name: String = self.name()?.chars().take(NAME_WIDTH).collect();
        Ok(format!("{} {name:<NAME_WIDTH$} {}: {}", self.raw_tag()?, self.raw_vr()?, self.repval(py)?))
    }

    fn __getitem__<'py>(&self, py: Python<'py>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.value(py)?.into_bound(py).get_item(key)
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Ok(other) = other.cast::<Self>() else { return Ok(false) };
        let other = other.get();
        if self.raw_tag()? != other.raw_tag()? || self.raw_vr()? != other.raw_vr()? {
            return Ok(false);
        }
        self.value(py)?.bind(py).eq(other.value(py)?)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let getitem = py.import("operator")?.getattr("getitem")?;
        let owner = new_item(py, Arc::clone(&self.view))?;
        (getitem, (owner, self.raw_tag()?.0)).into_pyobject(py)
    }
}
