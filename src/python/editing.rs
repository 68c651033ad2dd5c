//! Changes of a data set: elements set, put in and taken out.

use std::sync::Arc;

use pyo3::exceptions::{PyAttributeError, PyKeyError, PyNotImplementedError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PySlice, PyString, PyTuple, PyType};

use super::assignment::{Checks, assigned};
use super::attribute::generic_get;
use super::dataset::{DatasetBase, may_be_keyword, new_item};
use super::element::DataElement;
use super::key::{chosen_vr, tag_of};
use super::shared::{Part, Shared};
use super::view::{Keep, Place, View};
use crate::dictionary::{self, DictionaryVr, similar_keyword, tag_for_keyword};
use crate::tag::Tag;
use crate::vr::Vr;

impl DatasetBase {
    /// `dataset[start:stop]`: a data set of the elements with tags in this range.
    pub(super) fn slice(slf: &Bound<'_, Self>, slice: &Bound<'_, PySlice>) -> PyResult<Py<PyAny>> {
        let tags = tags_in(slf.get().view(), slice)?;
        let view = slf.get().view().slice(|tag| tags.binary_search(&tag).is_ok());
        Ok(new_item(slf.py(), Arc::new(view))?.into_any())
    }

    /// Gives an element a value, or makes it with the VR of the dictionary.
    pub(super) fn assign(&self, tag: Tag, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let vr = match self.view().find(tag) {
            Some(Place::Stored(position)) => self.view().stored_vr(position),
            Some(Place::Set(cell)) => (cell.vr(), cell.is_ambiguous()),
            None => dictionary_vr(self.view(), tag, value),
        };
        // A choice of VRs is checked when it is made.
        let checks = if vr.1 { Checks::Ignore } else { self.view().shared().checks };
        let value = assigned(tag, vr.0, value, checks)?;
        self.view().set(tag, vr, value.unbind());
        Ok(())
    }

    fn delete(&self, tag: Tag) -> PyResult<()> {
        if self.view().delete(tag) { Ok(()) } else { Err(missing(tag)) }
    }

    /// `dataset[key] = element`: the element itself, which others may hold.
    pub(super) fn put(&self, key: &Bound<'_, PyAny>, element: &Bound<'_, PyAny>) -> PyResult<()> {
        if key.is_instance_of::<PySlice>() {
            return Err(PyNotImplementedError::new_err("a range of tags cannot be assigned to"));
        }
        set_element(self.view(), key, element)
    }

    /// `del dataset[key]`, of one element or of a range of tags.
    pub(super) fn take_out(&self, key: &Bound<'_, PyAny>) -> PyResult<()> {
        if let Ok(slice) = key.cast::<PySlice>() {
            tags_in(self.view(), slice)?.into_iter().for_each(|tag| _ = self.view().delete(tag));
            return Ok(());
        }
        self.delete(tag_of(key)?)
    }

    /// (tag, VR, the dictionary leaves a choice, value) of what was set, and the tags that are gone.
    pub(super) fn all_changes<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyList>, Vec<u32>)> {
        let changed = PyList::empty(py);
        for (tag, place) in self.view().places() {
            let (vr, value) = match place {
                Place::Set(cell) => ((cell.vr(), cell.is_ambiguous()), cell.value(py)?),
                Place::Stored(position) if self.view().is_changed_in_place(py, position) => {
                    (self.view().stored_vr(position), self.view().stored_value(py, position, Keep::All)?)
                }
                Place::Stored(_) => continue,
            };
            changed.append((tag.0, vr.0.as_str(), vr.1, value))?;
        }
        Ok((changed, self.view().deleted().map(|tag| tag.0).collect()))
    }
}

/// Refuses a name that is nearly a keyword: it would be stored where no file has it.
pub fn refuse_similar(object: &Bound<'_, DatasetBase>, name: &Bound<'_, PyString>) -> PyResult<()> {
    let Ok(text) = name.to_str() else { return Ok(()) };
    if !may_be_keyword(text) || tag_for_keyword(text.as_bytes()).is_some() {
        return Ok(());
    }
    let Some(similar) = similar_keyword(text) else { return Ok(()) };
    // Who has such an attribute already means it.
    if generic_get(object, name).is_ok() {
        return Ok(());
    }
    Err(PyAttributeError::new_err(format!("'{text}' is no keyword: did you mean '{similar}'?")))
}

/// The fault of a failed look-up, which tells what may have been meant where the name could be a mistyped keyword.
pub fn with_suggestion(name: &Bound<'_, PyString>, fault: PyErr) -> PyResult<PyErr> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let Ok(text) = name.to_str() else { return Ok(fault) };
    if !may_be_keyword(text) || tag_for_keyword(text.as_bytes()).is_some() {
        return Ok(fault);
    }
    let py = name.py();
    let class = CLASS.import(py, "fastdcm.errors", "UnknownKeywordError")?;
    let exception = class.call1((fault.value(py).str()?, name))?;
    Ok(PyErr::from_value(exception))
}

/// The VR of a new element, and whether other elements decide on it when it is written.
fn dictionary_vr(view: &View, tag: Tag, value: &Bound<'_, PyAny>) -> (Vr, bool) {
    let choice = dictionary::vr(tag).unwrap_or(DictionaryVr::None);
    let is_creator = || tag.is_private() && (0x10..0x100).contains(&tag.element());
    chosen_vr(choice, value, view.context().is_signed())
        .unwrap_or_else(|| (if is_creator() { Vr::LO } else { Vr::UN }, false))
}

/// There is no such element.
pub fn missing(tag: Tag) -> PyErr {
    PyKeyError::new_err(tag.to_string())
}

/// The tags of a data set in a range such as `start:stop`, in ascending order; every n-th of them with a step.
fn tags_in(view: &View, slice: &Bound<'_, PySlice>) -> PyResult<Vec<Tag>> {
    let bound = |name: &str| -> PyResult<Option<Tag>> {
        let bound = slice.getattr(name)?;
        if bound.is_none() { Ok(None) } else { tag_of(&bound).map(Some) }
    };
    let (start, stop) = (bound("start")?.unwrap_or_default(), bound("stop")?);
    let step = slice.getattr("step")?;
    let step: usize = if step.is_none() { 1 } else { step.extract()? };
    if step == 0 {
        return Err(PyValueError::new_err("slice step cannot be zero"));
    }
    let within = |tag: &Tag| *tag >= start && stop.is_none_or(|stop| *tag < stop);
    Ok(view.tags().into_iter().filter(within).step_by(step).collect())
}

/// Puts an element in, in place of one with the same tag.
pub fn set_element(view: &View, key: &Bound<'_, PyAny>, element: &Bound<'_, PyAny>) -> PyResult<()> {
    let element = element.cast::<DataElement>().map_err(|_| {
        PyTypeError::new_err("what is assigned to a tag is a DataElement; a keyword takes a value")
    })?;
    let tag = tag_of(key).map_err(|fault| {
        let error = PyValueError::new_err("the key is no tag");
        error.set_cause(key.py(), Some(fault));
        error
    })?;
    let element = element.get();
    if element.raw_tag() != tag {
        return Err(PyValueError::new_err("the key and the tag of the element are not the same"));
    }
    view.add(tag, element.cell()?);
    Ok(())
}

/// The data set of a mapping from tags to elements, which are its own from now on.
pub fn view_of(elements: &Bound<'_, PyDict>) -> PyResult<View> {
    let view = View::root(Shared::default().into(), Part::Data);
    for (key, element) in elements {
        set_element(&view, &key, &element)?;
    }
    Ok(view)
}

/// `Dataset(checks=...)`.
pub fn only_checks(
    args: &Bound<'_, PyTuple>,
    kwargs: Option<&Bound<'_, PyDict>>,
) -> PyResult<Option<Checks>> {
    let Some(kwargs) = kwargs.filter(|kwargs| args.is_empty() && kwargs.len() == 1) else { return Ok(None) };
    let Some(checks) = kwargs.get_item("checks")? else { return Ok(None) };
    Checks::by_name(checks.extract()?).map(Some)
}

/// Arguments are for the `__init__` of subclasses: without one there is nobody to take them.
pub fn refuse_arguments(class: &Bound<'_, PyType>) -> PyResult<()> {
    let init = pyo3::intern!(class.py(), "__init__");
    if class.getattr(init)?.is(&class.py().get_type::<PyAny>().getattr(init)?) {
        return Err(PyTypeError::new_err(format!("{}() takes a data set or nothing", class.name()?)));
    }
    Ok(())
}
