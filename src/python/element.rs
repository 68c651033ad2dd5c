//! Data elements: made at each access, as views of the data set that they are in.

use std::sync::Arc;

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyMemoryView, PyString, PyTuple};

use super::assignment::{Checks, assigned};
use super::attribute::replace_member;
use super::cell::Cell;
use super::dataset::new_item;
use super::encode::encode;
use super::key::{tag_object, tag_of, vr_for, vr_object, vr_of};
use super::sequence::Sequence;
use super::showing;
use super::value;
use super::view::{Keep, Place, View};
use crate::dataset::{ByteOrder, ElementView, Flags};
use crate::dictionary::{attribute, private_attribute};
use crate::error::TagPath;
use crate::tag::Tag;
use crate::value::character_set::CharacterSet;
use crate::vr::{ValueKind, Vr};

/// Characters of the name in the one-line form.
const NAME_WIDTH: usize = 35;

/// A data element (PS3.5 §7.1): tag, VR, value, and what the dictionary says of it.
///
/// An element of a data set is a view of it: a value that is assigned here is assigned there, and the other way round.
///
/// Parameters
/// ----------
/// tag : int, str or pair of int
///     The tag, or a keyword.
/// VR : str
///     The VR, as two letters.
/// value : object
///     The value; a list of several, of a sequence its items.
/// checks : {"warn", "error", "ignore"}
///     What becomes of a value that the VR does not allow (PS3.5 §6.2).
#[pyclass(frozen, module = "fastdcm", weakref)]
pub struct DataElement {
    /// The tag.
    // A member, which the interpreter reads by itself: a getter takes ten times as long.
    #[pyo3(get)]
    tag: Py<PyAny>,
    /// The VR, as two letters.
    #[pyo3(get, name = "VR")]
    vr: Py<PyString>,
    site: Site,
    keep: Keep,
}

/// Where the element is.
enum Site {
    /// In a data set, at this place of the order, unless it was set since.
    Stored(Arc<View>, usize),
    /// It was set, in a data set where there is one.
    Set(Arc<Cell>, Option<Arc<View>>),
}

/// What the element is now.
enum Now<'a> {
    Stored(&'a Arc<View>, ElementView<'a>, usize),
    Set(Arc<Cell>),
}

impl DataElement {
    /// The element of a data set at a place.
    pub fn new(py: Python<'_>, view: &Arc<View>, place: Place, keep: Keep) -> PyResult<Self> {
        let (tag, vr, site) = match place {
            Place::Stored(position) => {
                let Some(element) = view.stored_element(position) else { return Err(gone()) };
                (element.tag(), value::vr(view, &element), Site::Stored(Arc::clone(view), position))
            }
            Place::Set(cell) => (cell.tag(), cell.vr(), Site::Set(cell, Some(Arc::clone(view)))),
        };
        Ok(Self { tag: tag_object(py, tag)?, vr: vr_object(py, vr), site, keep })
    }

    fn now(&self) -> PyResult<Now<'_>> {
        match &self.site {
            Site::Set(cell, _) => Ok(Now::Set(Arc::clone(cell))),
            Site::Stored(view, position) => {
                let element = view.stored_element(*position).ok_or_else(gone)?;
                match view.held(element.tag()) {
                    Some(cell) => Ok(Now::Set(cell)),
                    None => Ok(Now::Stored(view, element, *position)),
                }
            }
        }
    }

    /// The data set it is known to be in.
    fn view(&self) -> Option<&Arc<View>> {
        match &self.site {
            Site::Stored(view, _) => Some(view),
            Site::Set(_, view) => view.as_ref(),
        }
    }

    /// The cell that others may share, made where there is none yet.
    pub fn cell(&self) -> PyResult<Arc<Cell>> {
        match (self.now()?, &self.site) {
            (Now::Set(cell), _) => Ok(cell),
            (Now::Stored(view, element, position), _) if view.is_detached(element.tag()) => {
                let cell = Cell::stored(Arc::new(view.twin()), position);
                view.changes().detach(element.tag(), Some(Arc::clone(&cell)));
                Ok(cell)
            }
            (Now::Stored(view, element, _), _) => view.share(element.tag()).ok_or_else(gone),
        }
    }

    pub fn raw_tag(&self) -> Tag {
        match &self.site {
            Site::Stored(view, position) => {
                view.stored_entry(*position).map(|(tag, _)| tag).unwrap_or_default()
            }
            Site::Set(cell, _) => cell.tag(),
        }
    }

    fn raw_vr(&self) -> PyResult<Vr> {
        Ok(match self.now()? {
            Now::Stored(view, element, _) => value::vr(view, &element),
            Now::Set(cell) => cell.vr(),
        })
    }

    /// The bytes that the value would be written as, in little endian and UTF-8.
    fn encoded(&self, py: Python<'_>, cell: &Cell) -> PyResult<Vec<u8>> {
        let path = TagPath::root(cell.tag());
        encode(py, cell.vr(), cell.value(py)?.bind(py), CharacterSet::UTF_8, &path)
    }

    /// The creator of the block that a private element is in.
    fn creator(&self, py: Python<'_>) -> Option<String> {
        let creator = self.raw_tag().creator()?;
        value::private_creator(py, self.view()?, creator)
    }

    fn set_value(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let this = slf.get();
        let (tag, vr) = (this.raw_tag(), this.raw_vr()?);
        let checks = this.view().map(|view| view.shared().checks).unwrap_or_default();
        let value = assigned(tag, vr, value, checks)?.unbind();
        match &this.site {
            Site::Set(cell, _) => cell.set_value(value),
            Site::Stored(view, _) if view.is_detached(tag) => this.cell()?.set_value(value),
            Site::Stored(view, position) => view.set(tag, view.stored_vr(*position), value),
        }
        Ok(())
    }

    fn set_vr(slf: &Bound<'_, Self>, vr: &Bound<'_, PyAny>) -> PyResult<()> {
        let vr = vr_of(vr)?;
        slf.get().cell()?.set_vr(slf.py(), vr)?;
        replace_member(slf, &slf.get().vr, vr_object(slf.py(), vr));
        Ok(())
    }
}

fn gone() -> PyErr {
    PyTypeError::new_err("the element is not there any more")
}

#[pymethods]
impl DataElement {
    #[new]
    #[pyo3(signature = (
        tag, VR, value, file_value_tell = None, is_undefined_length = false, already_converted = false,
        validation_mode = None, *, checks = None
    ))]
    #[expect(non_snake_case, reason = "pydicom's name")]
    #[expect(clippy::too_many_arguments, reason = "pydicom's")]
    fn py_new(
        tag: &Bound<'_, PyAny>,
        VR: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        file_value_tell: Option<u64>,
        is_undefined_length: bool,
        already_converted: bool,
        validation_mode: Option<u8>,
        checks: Option<&str>,
    ) -> PyResult<Self> {
        let _ = (file_value_tell, already_converted); // pydicom's, of elements that it reads
        let checks = match (checks, validation_mode) {
            (None, Some(0)) => Checks::Ignore,
            (None, Some(2)) => Checks::Error,
            _ => Checks::by_name(checks)?,
        };
        let (py, tag, (vr, is_ambiguous)) = (tag.py(), tag_of(tag)?, vr_for(VR, value, false)?);
        let value = assigned(tag, vr, value, if is_ambiguous { Checks::Ignore } else { checks })?;
        let cell = Cell::new(tag, (vr, is_ambiguous), value.unbind());
        cell.set_undefined_length(py, is_undefined_length)?;
        let site = Site::Set(cell, None);
        Ok(Self { tag: tag_object(py, tag)?, vr: vr_object(py, vr), site, keep: Keep::All })
    }

    fn __setattr__(slf: &Bound<'_, Self>, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        match name {
            "value" => Self::set_value(slf, value),
            "VR" => Self::set_vr(slf, value),
            "is_undefined_length" => slf.get().cell()?.set_undefined_length(slf.py(), value.is_truthy()?),
            _ => Err(PyAttributeError::new_err(format!("'{name}' of a DataElement cannot be set"))),
        }
    }

    /// The value; of several values a list, of a sequence its items.
    #[getter]
    fn value(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match &self.site {
            Site::Stored(view, position) if !view.has_changes() => {
                view.stored_value(py, *position, self.keep)
            }
            _ => match self.now()? {
                Now::Stored(view, _, position) => view.stored_value(py, position, self.keep),
                Now::Set(cell) => cell.value(py),
            },
        }
    }

    /// How many values there are (PS3.5 §6.4); 1 for a sequence.
    #[getter(VM)]
    fn vm(&self, py: Python<'_>) -> PyResult<usize> {
        match self.raw_vr()?.kind() {
            ValueKind::Sequence => return Ok(1),
            // Pixel data are not read to be counted.
            ValueKind::Bytes => {
                if let Now::Stored(_, element, _) = self.now()? {
                    return Ok(usize::from(element.row().length() > 0));
                }
            }
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
        Ok(value.bind(py).cast::<Sequence>().is_ok_and(|sequence| sequence.get().len(py) == 0))
    }

    /// The name in the dictionary; of private elements in brackets where it is known.
    #[getter]
    fn name(&self, py: Python<'_>) -> PyResult<String> {
        let tag = self.raw_tag();
        if !tag.is_private() {
            return Ok(attribute(tag).map(|found| found.name.to_owned()).unwrap_or_default());
        }
        if let Some(creator) = self.creator(py) {
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
        Ok(attribute(self.raw_tag()).map(|found| found.keyword).unwrap_or_default())
    }

    /// The creator of the block that a private element is in (PS3.5 §7.8.1).
    #[getter]
    fn private_creator(&self, py: Python<'_>) -> Option<String> {
        self.creator(py)
    }

    /// True for an odd group number.
    #[getter]
    fn is_private(&self) -> PyResult<bool> {
        Ok(self.raw_tag().is_private())
    }

    /// True when the standard has retired the attribute.
    #[getter]
    fn is_retired(&self) -> PyResult<bool> {
        let tag = self.raw_tag();
        Ok(attribute(tag).is_some_and(|found| found.retired && !found.keyword.is_empty()))
    }

    /// True when the length in the file is undefined (PS3.5 §7.1.1), or is to be.
    #[getter]
    fn is_undefined_length(&self) -> PyResult<bool> {
        Ok(match self.now()? {
            Now::Stored(_, element, _) => element.row().has(Flags::UNDEFINED_LENGTH),
            Now::Set(cell) => cell.is_undefined_length(),
        })
    }

    /// True when the value was cut by the end of the input or of what is around it.
    #[getter]
    fn is_truncated(&self) -> PyResult<bool> {
        Ok(match self.now()? {
            Now::Stored(_, element, _) => element.row().has(Flags::TRUNCATED),
            Now::Set(_) => false,
        })
    }

    /// The byte at which the value begins, in the file or in the inflated data set; None for a value that was set.
    #[getter]
    fn file_tell(&self) -> PyResult<Option<u64>> {
        Ok(match self.now()? {
            Now::Stored(_, element, _) => Some(element.row().offset()),
            Now::Set(_) => None,
        })
    }

    /// Bytes of the value in the file, padding included and delimiters left out; None for a value that was set.
    #[getter]
    fn length(&self) -> PyResult<Option<u64>> {
        Ok(match self.now()? {
            Now::Stored(_, element, _) => Some(element.row().length()),
            Now::Set(_) => None,
        })
    }

    /// A read-only view on the bytes of the value as they stand in the file, without a copy where they are in memory.
    ///
    /// Of a value that was set: numbers in little endian, text in UTF-8.
    #[getter]
    fn buffer<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyMemoryView>> {
        match self.now()? {
            Now::Stored(view, element, _) => value::buffer(py, view, &element),
            Now::Set(cell) => {
                let value = cell.value(py)?.into_bound(py);
                if value.is_exact_instance_of::<PyBytes>() {
                    return PyMemoryView::from(&value);
                }
                PyMemoryView::from(PyBytes::new(py, &self.encoded(py, &cell)?).as_any())
            }
        }
    }

    /// The text of the value before it was split and made into numbers, blanks at its end included; None for binary
    /// values.
    #[getter]
    fn original_string(&self, py: Python<'_>) -> PyResult<Option<String>> {
        match self.now()? {
            Now::Stored(view, element, _) => value::original_string(py, view, &element),
            Now::Set(cell) => match cell.vr().kind() {
                ValueKind::Number | ValueKind::Bytes | ValueKind::Sequence => Ok(None),
                _ => Ok(String::from_utf8(self.encoded(py, &cell)?).ok()),
            },
        }
    }

    /// What a DA, TM or DT value means: an object of `datetime`, a list of them where there are several values, None
    /// where the text is none. Parts that were not written are the earliest.
    #[getter]
    fn typed_value(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self.now()? {
            Now::Stored(view, element, _) => value::typed(py, view, &element),
            Now::Set(cell) => value::typed_bytes(py, cell.vr(), &self.encoded(py, &cell)?),
        }
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
        match self.now()? {
            Now::Stored(view, element, _) => value::to_numpy(py, view, &element),
            Now::Set(cell) => {
                let is_words = cell.vr().kind() == ValueKind::Bytes;
                let order =
                    self.view().filter(|_| is_words).map_or(ByteOrder::Little, |view| view.byte_order());
                value::numpy_of(py, cell.vr(), order, &self.encoded(py, &cell)?)
            }
        }
    }

    /// What an element of this VR has that has no value: empty text, no items, or None.
    #[getter]
    fn empty_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        static EMPTY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        EMPTY.import(py, "fastdcm.conversion", "empty_value")?.call1((vr_object(py, self.raw_vr()?),))
    }

    /// Take the value out: what is left is `empty_value`.
    fn clear(slf: &Bound<'_, Self>) -> PyResult<()> {
        Self::set_value(slf, &slf.get().empty_value(slf.py())?)
    }

    /// True when the value is a file object, which is read when the data set is written.
    #[getter]
    fn is_buffered(&self, py: Python<'_>) -> PyResult<bool> {
        match self.now()? {
            Now::Stored(..) => Ok(false),
            Now::Set(cell) => cell.value(py)?.bind(py).hasattr(pyo3::intern!(py, "read")),
        }
    }

    /// False: pydicom's word for elements that it has not decoded yet.
    #[classattr]
    fn is_raw() -> bool {
        false
    }

    /// Return the element in the DICOM JSON Model, as objects; the arguments are those of `Dataset.to_json_dict`.
    #[pyo3(signature = (bulk_data_element_handler = None, bulk_data_threshold = 1024))]
    fn to_json_dict<'py>(
        slf: &Bound<'py, Self>,
        bulk_data_element_handler: Option<&Bound<'py, PyAny>>,
        bulk_data_threshold: i64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let convert = slf.py().import("fastdcm.json_model")?.getattr("element_to_json_dict")?;
        convert.call1((slf, bulk_data_element_handler, bulk_data_threshold))
    }

    /// Return the element in the DICOM JSON Model, as text; the arguments are those of `Dataset.to_json`.
    #[pyo3(signature = (bulk_data_threshold = 1024, bulk_data_element_handler = None, dump_handler = None))]
    fn to_json<'py>(
        slf: &Bound<'py, Self>,
        bulk_data_threshold: i64,
        bulk_data_element_handler: Option<&Bound<'py, PyAny>>,
        dump_handler: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let found = Self::to_json_dict(slf, bulk_data_element_handler, bulk_data_threshold)?;
        let dump = dump_handler.map_or_else(|| slf.py().import("json")?.getattr("dumps"), Ok)?;
        dump.call1((found,))
    }

    /// The value as it is shown in one line.
    #[getter]
    fn repval(&self, py: Python<'_>) -> PyResult<String> {
        let vr = self.raw_vr()?;
        if let Now::Stored(_, element, _) = self.now()?
            && vr.kind() == ValueKind::Bytes
            && let Some(shown) = showing::many(element.row().length())
        {
            return Ok(shown); // not read to be counted
        }
        showing::value(vr, self.vm(py)?, self.value(py)?.bind(py))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let name: String = self.name(py)?.chars().take(NAME_WIDTH).collect();
        Ok(format!("{} {name:<NAME_WIDTH$} {}: {}", self.raw_tag(), self.raw_vr()?, self.repval(py)?))
    }

    fn __getitem__<'py>(&self, py: Python<'py>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.value(py)?.into_bound(py).get_item(key)
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Ok(other) = other.cast::<Self>() else { return Ok(false) };
        let other = other.get();
        if self.raw_tag() != other.raw_tag() || self.raw_vr()? != other.raw_vr()? {
            return Ok(false);
        }
        self.value(py)?.bind(py).eq(other.value(py)?)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        if let Now::Stored(view, element, _) = self.now()? {
            let getitem = py.import("operator")?.getattr("getitem")?;
            let owner = new_item(py, Arc::clone(view))?;
            return (getitem, (owner, element.tag().0)).into_pyobject(py);
        }
        let arguments = (self.raw_tag().0, vr_object(py, self.raw_vr()?), self.value(py)?);
        let ignoring = PyDict::new(py);
        ignoring.set_item("checks", "ignore")?;
        let class =
            py.import("functools")?.getattr("partial")?.call((py.get_type::<Self>(),), Some(&ignoring))?;
        (class, arguments).into_pyobject(py)
    }
}
