//! `DatasetBase`: what Python's `Dataset` is built on.

use std::cell::Cell;
use std::sync::{Arc, OnceLock};

use pyo3::exceptions::{PyAttributeError, PyKeyError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PySlice, PyString, PyTuple, PyType};

use super::attribute::{generic_get, generic_set};
use super::element::DataElement;
use super::error::to_warning;
use super::iterate::{Elements, Walk};
use super::key::{tag_object, tag_of};
use super::pixel::default_pixels;
use super::shared::{Part, Shared};
use super::snapshot;
use super::view::{Keep, View};
use crate::dataset::{ByteOrder, VrForm};
use crate::dictionary::{attribute, tag_for_keyword};
use crate::error::Warning;
use crate::tag::Tag;

/// A data set on its way into a Python object.
#[pyclass(frozen, module = "fastdcm")]
pub struct Handle(Arc<View>);

/// A data set that is not changed: look-up by keyword, tag and range of tags, in Rust.
#[pyclass(subclass, frozen, module = "fastdcm")]
pub struct DatasetBase {
    view: Arc<View>,
    /// Names of keywords that a subclass has given a meaning of its own.
    own_names: Option<Py<PyAny>>,
    meta: OnceLock<Py<PyAny>>,
    pixels: OnceLock<Py<PyAny>>,
}

/// An object that is made at most once; of two threads that make it both get the first one.
fn once(
    py: Python<'_>,
    cell: &OnceLock<Py<PyAny>>,
    make: impl FnOnce() -> PyResult<Py<PyAny>>,
) -> PyResult<Py<PyAny>> {
    if let Some(object) = cell.get() {
        return Ok(object.clone_ref(py));
    }
    // Made outside of the cell: making runs Python code, and another thread may come first.
    let object = make()?;
    let _ = cell.set(object.clone_ref(py));
    Ok(cell.get().map_or(object, |first| first.clone_ref(py)))
}

/// The `fastdcm.Dataset` of a data set.
pub fn new_item(py: Python<'_>, view: Arc<View>) -> PyResult<Py<DatasetBase>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    new_dataset(CLASS.import(py, "fastdcm.dataset", "Dataset")?, view)
}

/// An object of `class`, which is a subclass of `DatasetBase` without an `__init__` of its own.
pub fn new_dataset(class: &Bound<'_, PyType>, view: Arc<View>) -> PyResult<Py<DatasetBase>> {
    Ok(class.call1((Handle(view),))?.cast_into::<DatasetBase>()?.unbind())
}

impl DatasetBase {
    pub fn view(&self) -> &Arc<View> {
        &self.view
    }

    /// The tag that an attribute name stands for, unless a subclass has another use for the name.
    fn keyword(&self, name: &Bound<'_, PyString>) -> PyResult<Option<Tag>> {
        // A text that is not Unicode (lone surrogates) is no keyword.
        let Ok(text) = name.to_str() else { return Ok(None) };
        if !text.as_bytes().first().is_some_and(u8::is_ascii_uppercase) {
            return Ok(None);
        }
        match (tag_for_keyword(text.as_bytes()), &self.own_names) {
            (Some(_), Some(names)) if names.bind(name.py()).contains(name)? => Ok(None),
            (tag, _) => Ok(tag),
        }
    }
}

/// Arguments are for the `__init__` of subclasses: without one there is nobody to take them.
fn refuse_arguments(class: &Bound<'_, PyType>) -> PyResult<()> {
    let init = pyo3::intern!(class.py(), "__init__");
    if class.getattr(init)?.is(&class.py().get_type::<PyAny>().getattr(init)?) {
        return Err(PyTypeError::new_err(format!("{}() takes a data set or nothing", class.name()?)));
    }
    Ok(())
}

thread_local! {
    /// What the look-up raised that just failed in this thread.
    static LAST_FAULT: Cell<Option<PyErr>> = const { Cell::new(None) };
}

fn read_only(name: &Bound<'_, PyString>) -> PyErr {
    PyAttributeError::new_err(format!(
        "'{}' is an element of the data set, which is read-only",
        name.to_string_lossy()
    ))
}

fn missing(tag: Tag) -> PyErr {
    PyKeyError::new_err(tag.to_string())
}

#[pymethods]
impl DatasetBase {
    #[new]
    #[classmethod]
    #[pyo3(signature = (*args, **kwargs))]
    fn new(
        class: &Bound<'_, PyType>,
        args: &Bound<'_, PyTuple>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let first = args.get_item(0).ok();
        let first = first.as_ref();
        let view = if let Some(handle) = first.and_then(|first| first.cast::<Handle>().ok()) {
            Some(Arc::clone(&handle.get().0))
        } else if let Some(dataset) = first.and_then(|first| first.cast::<Self>().ok()) {
            Some(Arc::new(dataset.get().view.copy()))
        } else {
            if !args.is_empty() || kwargs.is_some() {
                refuse_arguments(class)?;
            }
            None
        };
        let own_names = class.getattr(pyo3::intern!(class.py(), "_own_keywords"))?;
        Ok(Self {
            view: view.unwrap_or_else(|| Arc::new(View::root(Shared::default().into(), Part::Data))),
            own_names: (!own_names.is_none()).then(|| own_names.unbind()),
            meta: OnceLock::new(),
            pixels: OnceLock::new(),
        })
    }

    fn __getattribute__<'py>(
        slf: &Bound<'py, Self>,
        name: &Bound<'py, PyString>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let this = slf.get();
        if let Some(tag) = this.keyword(name)?
            && let Some(position) = this.view.find(tag)
        {
            return Ok(this.view.value(slf.py(), position, Keep::All)?.into_bound(slf.py()));
        }
        let found = generic_get(slf, name);
        if let Err(fault) = &found
            && fault.is_instance_of::<PyAttributeError>(slf.py())
        {
            LAST_FAULT.set(Some(fault.clone_ref(slf.py())));
        }
        found
    }

    /// Asked when `__getattribute__` raised AttributeError: raises that, which may come out of a property.
    fn __getattr__(&self, name: &Bound<'_, PyString>) -> PyResult<Py<PyAny>> {
        Err(LAST_FAULT.take().unwrap_or_else(|| PyAttributeError::new_err(name.clone().unbind())))
    }

    fn __setattr__(
        slf: &Bound<'_, Self>,
        name: &Bound<'_, PyString>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        match slf.get().keyword(name)? {
            Some(_) => Err(read_only(name)),
            None => generic_set(slf, name, Some(value)),
        }
    }

    fn __delattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyString>) -> PyResult<()> {
        match slf.get().keyword(name)? {
            Some(_) => Err(read_only(name)),
            None => generic_set(slf, name, None),
        }
    }

    fn __getitem__(slf: &Bound<'_, Self>, key: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        if let Ok(slice) = key.cast::<PySlice>() {
            return Self::slice(slf, slice);
        }
        let tag = tag_of(key).map_err(|fault| {
            let error =
                PyKeyError::new_err(key.repr().map_or_else(|_| String::new(), |text| text.to_string()));
            error.set_cause(py, Some(fault));
            error
        })?;
        let position = slf.get().view.find(tag).ok_or_else(|| missing(tag))?;
        let element = DataElement::new(py, &slf.get().view, position, Keep::All)?;
        Ok(Py::new(py, element)?.into_any())
    }

    fn __contains__(&self, key: &Bound<'_, PyAny>) -> bool {
        tag_of(key).is_ok_and(|tag| self.view.find(tag).is_some())
    }

    fn __len__(&self) -> usize {
        self.view.len()
    }

    fn __iter__(slf: &Bound<'_, Self>) -> Elements {
        Elements::new(&slf.get().view)
    }

    /// Return the value of a keyword, or the element of a tag.
    ///
    /// Parameters
    /// ----------
    /// key : str, int or pair of int
    ///     A keyword gives the value (any other attribute name the attribute), a tag the `DataElement`.
    /// default : object
    ///     What is returned when there is no such element.
    ///
    /// Raises
    /// ------
    /// TypeError
    ///     `key` is neither text nor a tag.
    #[pyo3(signature = (key, default = None))]
    fn get<'py>(
        slf: &Bound<'py, Self>,
        key: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        let default = || default.unwrap_or_else(|| py.None().into_bound(py));
        if let Ok(name) = key.cast::<PyString>() {
            return match this.keyword(name)? {
                Some(tag) => match this.view.find(tag) {
                    Some(position) => Ok(this.view.value(py, position, Keep::All)?.into_bound(py)),
                    None => Ok(default()),
                },
                None => Ok(slf.getattr_opt(name)?.unwrap_or_else(default)),
            };
        }
        let tag = tag_of(key).map_err(|fault| {
            let error = PyTypeError::new_err("Dataset.get key must be a string or tag");
            error.set_cause(py, Some(fault));
            error
        })?;
        match this.view.find(tag) {
            Some(position) => {
                Ok(Bound::new(py, DataElement::new(py, &this.view, position, Keep::All)?)?.into_any())
            }
            None => Ok(default()),
        }
    }

    /// Iterate over the elements, nested ones after the sequence they stand in.
    fn iterall(slf: &Bound<'_, Self>) -> Walk {
        Walk::new(&slf.get().view)
    }

    /// The tags of the elements, in ascending order.
    fn _tags(&self, py: Python<'_>) -> PyResult<Vec<Py<PyAny>>> {
        self.view.entries().map(|(tag, _)| tag_object(py, tag)).collect()
    }

    /// The keywords of the elements, in ascending order of tags.
    fn _keywords(&self) -> Vec<&'static str> {
        let keywords = self.view.entries().filter_map(|(tag, _)| Some(attribute(tag)?.keyword));
        // The keyword of a repeating group names its first tag only.
        keywords
            .filter(|keyword| {
                tag_for_keyword(keyword.as_bytes()).is_some_and(|tag| self.view.find(tag).is_some())
            })
            .collect()
    }

    /// The value of the element with this tag, or `default`.
    #[pyo3(signature = (tag, default = None))]
    fn _value(&self, py: Python<'_>, tag: u32, default: Option<Py<PyAny>>) -> PyResult<Py<PyAny>> {
        match self.view.find(Tag(tag)) {
            Some(position) => self.view.value(py, position, Keep::All),
            None => Ok(default.unwrap_or_else(|| py.None())),
        }
    }

    /// True when this is the same data set of the same file, unchanged.
    fn _is_same(&self, other: &Bound<'_, Self>) -> bool {
        let (a, b) = (&self.view, &other.get().view);
        Arc::ptr_eq(a.shared(), b.shared()) && a.part() == b.part() && a.entries().eq(b.entries())
    }

    /// The `DicomWarning` records of the file.
    fn _warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let warnings: Vec<Warning> = self.view.shared().warnings();
        let records: PyResult<Vec<_>> = warnings.iter().map(|warning| to_warning(py, warning)).collect();
        PyList::new(py, records?)
    }

    /// The byte at which the element begins that the file ends in.
    fn _truncated_at(&self) -> Option<u64> {
        self.view.shared().file.truncated_at()
    }

    /// (implicit VR, little endian); nothing is known of a data set that was not read.
    fn _encoding(&self) -> (Option<bool>, Option<bool>) {
        let encoding = self.view.encoding();
        (
            encoding.map(|encoding| encoding.vr_form == VrForm::Implicit),
            encoding.map(|encoding| encoding.byte_order == ByteOrder::Little),
        )
    }

    /// The terms of Specific Character Set that text is decoded by.
    fn _character_set(&self) -> Vec<String> {
        self.view.context().terms().iter().map(|term| String::from(&**term)).collect()
    }

    /// The file meta information, as an object of `class`; the same each time.
    fn _meta(&self, class: &Bound<'_, PyType>) -> PyResult<Py<PyAny>> {
        once(class.py(), &self.meta, || {
            let view = View::root(Arc::clone(self.view.shared()), Part::Meta);
            Ok(new_dataset(class, Arc::new(view))?.into_any())
        })
    }

    /// All frames as stored, with YBR made RGB; the same array each time.
    fn _pixel_array(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        once(py, &self.pixels, || default_pixels(py, &self.view).map(Bound::unbind))
    }

    /// The 128 bytes in front of the prefix.
    fn _preamble<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.view.shared().file.preamble.as_ref().map(|preamble| PyBytes::new(py, &**preamble))
    }

    /// The path it was read from.
    fn _filename(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.view.shared().filename.as_ref().map(|name| name.clone_ref(py))
    }

    /// All that is needed to make the data set again, for pickles.
    fn _state<'py>(&self, py: Python<'py>, protocol: u32) -> PyResult<Bound<'py, PyTuple>> {
        snapshot::save(py, &self.view, protocol)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.own_names)?;
        visit.call(self.meta.get())?;
        self.view.traverse(visit)
    }
}

impl DatasetBase {
    /// `dataset[start:stop]`: a data set of the elements with tags in this range.
    fn slice(slf: &Bound<'_, Self>, slice: &Bound<'_, PySlice>) -> PyResult<Py<PyAny>> {
        let bound = |name: &str| -> PyResult<Option<Tag>> {
            let bound = slice.getattr(name)?;
            if bound.is_none() { Ok(None) } else { tag_of(&bound).map(Some) }
        };
        let (start, stop) = (bound("start")?, bound("stop")?);
        let step = slice.getattr("step")?;
        let step: u32 = if step.is_none() { 1 } else { step.extract()? };
        let view = slf.get().view.slice(|tag| {
            let from = start.unwrap_or_default();
            let offset = tag.0.wrapping_sub(from.0);
            tag >= from && stop.is_none_or(|stop| tag < stop) && offset.checked_rem(step) == Some(0)
        });
        Ok(new_item(slf.py(), Arc::new(view))?.into_any())
    }
}
