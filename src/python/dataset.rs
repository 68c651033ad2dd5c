//! `DatasetBase`: what Python's `Dataset` is built on.

use std::cell::Cell as ThreadCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyAttributeError, PyKeyError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PySlice, PyString, PyTuple, PyType};

use super::assignment::{Checks, assigned};
use super::attribute::{generic_get, generic_set, new_instance};
use super::cell::Cell;
use super::changes::Change;
use super::editing::{missing, only_checks, refuse_arguments, refuse_similar, view_of, with_suggestion};
use super::element::DataElement;
use super::error::to_warning;
use super::iterate::{Elements, Walk};
use super::key::{tag_object, tag_of, vr_for, vr_of};
use super::pixel::KeptPixels;
use super::shared::{Part, Shared};
use super::snapshot;
use super::view::{Keep, Place, View};
use crate::dataset::{ByteOrder, Flags, VrForm};
use crate::dictionary::{attribute, tag_for_keyword};
use crate::error::Warning;
use crate::tag::Tag;

/// A data set on its way into a Python object.
#[pyclass(frozen, module = "fastdcm")]
pub struct Handle(Arc<View>);

/// A data set: look-up and change by keyword, tag and range of tags, in Rust.
#[pyclass(subclass, frozen, module = "fastdcm", weakref)]
pub struct DatasetBase {
    view: Arc<View>,
    /// Names of keywords that a subclass has given a meaning of its own.
    own_names: Option<Py<PyAny>>,
    /// The file meta information: that of the file, or what was set in its place. Never locked while Python runs.
    meta: Mutex<Option<Py<PyAny>>>,
    pixels: KeptPixels,
}

/// Held for a few instructions that run no Python code.
fn locked<T>(cell: &Mutex<T>) -> MutexGuard<'_, T> {
    cell.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The `fastdcm.Dataset` of a data set.
pub fn new_item(py: Python<'_>, view: Arc<View>) -> PyResult<Py<DatasetBase>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    new_dataset(CLASS.import(py, "fastdcm.dataset", "Dataset")?, view)
}

/// An object of `class`, a subclass of `DatasetBase`; its `__init__` is for who makes data sets of nothing.
pub fn new_dataset(class: &Bound<'_, PyType>, view: Arc<View>) -> PyResult<Py<DatasetBase>> {
    let base = class.py().get_type::<DatasetBase>();
    Ok(new_instance(&base, class, Handle(view))?.cast_into::<DatasetBase>()?.unbind())
}

impl DatasetBase {
    pub fn view(&self) -> &Arc<View> {
        &self.view
    }

    /// The file meta information, where somebody has asked for it or set it.
    pub fn meta(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        locked(&self.meta).as_ref().map(|meta| meta.clone_ref(py))
    }

    /// The tag that an attribute name stands for, unless a subclass has another use for the name.
    fn keyword(&self, name: &Bound<'_, PyString>) -> PyResult<Option<Tag>> {
        // A text that is not Unicode (lone surrogates) is no keyword.
        let Ok(text) = name.to_str() else { return Ok(None) };
        if !may_be_keyword(text) {
            return Ok(None);
        }
        match (tag_for_keyword(text.as_bytes()), &self.own_names) {
            (Some(_), Some(names)) if names.bind(name.py()).contains(name)? => Ok(None),
            (tag, _) => Ok(tag),
        }
    }
}

/// What is not looked up is the name of a method or property mostly.
pub(super) fn may_be_keyword(text: &str) -> bool {
    // The one keyword that begins with a small letter is that of (0018,1318).
    text.as_bytes().first().is_some_and(u8::is_ascii_uppercase) || text == "dBdt"
}

thread_local! {
    /// What the look-up raised that just failed in this thread.
    static LAST_FAULT: ThreadCell<Option<PyErr>> = const { ThreadCell::new(None) };
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
            Some(Arc::new(dataset.get().view.shallow_copy(class.py())))
        } else if let Some(elements) = first.and_then(|first| first.cast::<PyDict>().ok()) {
            Some(Arc::new(view_of(elements)?))
        } else if let Some(checks) = only_checks(args, kwargs)? {
            Some(Arc::new(View::root(Shared { checks, ..Shared::default() }.into(), Part::Data)))
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
            meta: Mutex::default(),
            pixels: KeptPixels::default(),
        })
    }

    fn __getattribute__<'py>(
        slf: &Bound<'py, Self>,
        name: &Bound<'py, PyString>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let this = slf.get();
        if let Some(tag) = this.keyword(name)?
            && let Some(place) = this.view.find(tag)
        {
            return Ok(this.view.value(slf.py(), &place, Keep::All)?.into_bound(slf.py()));
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
        let fault = LAST_FAULT.take();
        let fault = fault.unwrap_or_else(|| PyAttributeError::new_err(name.clone().unbind()));
        Err(with_suggestion(name, fault)?)
    }

    fn __setattr__(
        slf: &Bound<'_, Self>,
        name: &Bound<'_, PyString>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        match slf.get().keyword(name)? {
            Some(tag) => slf.get().assign(tag, value),
            None => {
                refuse_similar(slf, name)?;
                generic_set(slf, name, Some(value))
            }
        }
    }

    fn __delattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyString>) -> PyResult<()> {
        match slf.get().keyword(name)? {
            Some(tag) if slf.get().view.delete(tag) => Ok(()),
            Some(_) => Err(PyAttributeError::new_err(name.clone().unbind())),
            None => generic_set(slf, name, None),
        }
    }

    fn __setitem__(&self, key: &Bound<'_, PyAny>, element: &Bound<'_, PyAny>) -> PyResult<()> {
        self.put(key, element)
    }

    fn __delitem__(&self, key: &Bound<'_, PyAny>) -> PyResult<()> {
        self.take_out(key)
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
        let place = slf.get().view.find(tag).ok_or_else(|| missing(tag))?;
        let element = DataElement::new(py, &slf.get().view, place, Keep::All)?;
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
                    Some(place) => Ok(this.view.value(py, &place, Keep::All)?.into_bound(py)),
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
            Some(place) => {
                Ok(Bound::new(py, DataElement::new(py, &this.view, place, Keep::All)?)?.into_any())
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
        self.view.tags().into_iter().map(|tag| tag_object(py, tag)).collect()
    }

    /// The keywords of the elements, in ascending order of tags.
    fn _keywords(&self) -> Vec<&'static str> {
        let tags = self.view.tags();
        let keywords = tags.iter().filter_map(|tag| Some(attribute(*tag)?.keyword));
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
            Some(place) => self.view.value(py, &place, Keep::All),
            None => Ok(default.unwrap_or_else(|| py.None())),
        }
    }

    /// Make an element of `tag` and `VR` with this value, in place of one that is there.
    ///
    /// Parameters
    /// ----------
    /// tag : int, str or pair of int
    ///     The tag, or a keyword.
    /// VR : str
    ///     The VR, as two letters.
    /// value : object
    ///     The value; a list of several, of a sequence its items.
    /// checks : {"warn", "error", "ignore"}, optional
    ///     What becomes of a value that the VR does not allow; that of the data set by default.
    #[pyo3(signature = (tag, VR, value, *, checks = None))]
    #[expect(non_snake_case, reason = "pydicom's name")]
    fn add_new(
        &self,
        tag: &Bound<'_, PyAny>,
        VR: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        checks: Option<&str>,
    ) -> PyResult<()> {
        let (tag, vr) = (tag_of(tag)?, vr_for(VR, value, self.view.context().is_signed())?);
        let checks = checks.map_or(Ok(self.view.shared().checks), |name| Checks::by_name(Some(name)))?;
        let value = assigned(tag, vr.0, value, if vr.1 { Checks::Ignore } else { checks })?;
        self.view.add(tag, Cell::new(tag, vr, value.unbind()));
        Ok(())
    }

    /// Gives the element of a tag a value, or makes it with the VR of the dictionary.
    fn _set(&self, tag: u32, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.assign(Tag(tag), value)
    }

    /// Take out all elements.
    fn clear(&self) {
        self.view.tags().into_iter().for_each(|tag| _ = self.view.delete(tag));
    }

    /// What becomes of values that are assigned and break a rule of their VR.
    fn _checks(&self) -> &'static str {
        self.view.shared().checks.name()
    }

    /// True when this is the same data set of the same file, and neither was changed.
    fn _is_same(&self, py: Python<'_>, other: &Bound<'_, Self>) -> bool {
        let (a, b) = (&self.view, &other.get().view);
        let is_same_place = Arc::ptr_eq(a.shared(), b.shared()) && a.part() == b.part();
        is_same_place
            && a.stored_entries().eq(b.stored_entries())
            && !(a.has_changes() || b.has_changes() || a.is_changed(py) || b.is_changed(py))
    }

    /// True when it would not be written as it was read.
    fn _is_changed(&self, py: Python<'_>) -> bool {
        self.view.is_changed(py)
    }

    /// The same data set as it was read, for copies that get changes of their own.
    fn _as_read(&self) -> Handle {
        Handle(Arc::new(self.view.copy()))
    }

    /// What was changed since it was read: (tag, VR, the dictionary leaves a choice, value), and the tags that are gone.
    fn _changes<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyList>, Vec<u32>)> {
        self.all_changes(py)
    }

    /// Makes the changes that `_changes` gave.
    fn _change(
        &self,
        changed: Vec<(u32, Bound<'_, PyAny>, bool, Py<PyAny>)>,
        deleted: Vec<u32>,
    ) -> PyResult<()> {
        for (tag, vr, is_ambiguous, value) in changed {
            let cell = Cell::new(Tag(tag), (vr_of(&vr)?, is_ambiguous), value);
            self.view.changes().set(Tag(tag), Change::Set(cell));
        }
        deleted.into_iter().for_each(|tag| _ = self.view.delete(Tag(tag)));
        Ok(())
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

    /// The file meta information of the file, as an object of `class`, or what was set in its place; the same object
    /// each time.
    fn _meta(&self, class: &Bound<'_, PyType>) -> PyResult<Py<PyAny>> {
        let py = class.py();
        if let Some(meta) = self.meta(py) {
            return Ok(meta);
        }
        // Made outside of the lock: making runs Python code, and another thread may come first.
        let view = View::root(Arc::clone(self.view.shared()), Part::Meta);
        let made = new_dataset(class, Arc::new(view))?.into_any();
        let mut meta = locked(&self.meta);
        Ok(meta.get_or_insert(made).clone_ref(py))
    }

    /// Sets the file meta information; `None` for what the file has.
    fn _set_meta(&self, meta: Option<Py<PyAny>>) {
        let before = std::mem::replace(&mut *locked(&self.meta), meta);
        drop(before);
    }

    /// True when it stands for a whole file, with the file's own meta information as it was read.
    fn _is_file(&self, py: Python<'_>, meta: Option<&Bound<'_, Self>>) -> bool {
        let shared = self.view.shared();
        let is_root = self.view.depth() == 0 && self.view.part() == Part::Data && !self.view.is_slice();
        let own_meta = meta.map_or(shared.file.meta.is_empty(), |meta| {
            let view = &meta.get().view;
            Arc::ptr_eq(view.shared(), shared) && view.part() == Part::Meta && !view.is_changed(py)
        });
        is_root && self.view.rows() == (0..shared.file.dataset.len()) && own_meta
    }

    /// True when the file that it was read from can be had again.
    fn _has_original(&self) -> bool {
        self.view.shared().file.has_original()
    }

    /// True when the pixel data are fragments, as they were read.
    fn _is_encapsulated(&self) -> bool {
        let Some(Place::Stored(position)) = self.view.find(Tag::PIXEL_DATA) else { return false };
        let element = self.view.stored_element(position);
        element.is_some_and(|element| element.row().has(Flags::ENCAPSULATED))
    }

    /// The transfer syntax of the file it was read from.
    fn _transfer_syntax(&self) -> Option<String> {
        self.view.shared().file.transfer_syntax.map(|uid| uid.as_str().to_owned())
    }

    /// True when there is file meta information: of a file that was read, or set.
    fn _has_meta(&self) -> bool {
        let is_of_file = self.view.part() == Part::Data && self.view.depth() == 0;
        let shared = self.view.shared();
        let file = &shared.file;
        let was_read = shared.filename.is_some() || file.encoding.is_some() || !file.meta.is_empty();
        locked(&self.meta).is_some() || is_of_file && was_read
    }

    /// All frames as stored, with YBR made RGB; the same array until an element is changed that it depends on.
    fn _pixel_array(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        slf.get().pixels.get(slf)
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
        // Nobody holds the lock now: the interpreter does nothing else.
        if let Ok(meta) = self.meta.try_lock() {
            visit.call(&*meta)?;
        }
        self.view.traverse(visit)
    }
}
