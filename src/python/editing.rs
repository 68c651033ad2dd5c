//! Changes of a data set: elements set, put in and taken out.

use std::sync::Arc;

use pyo3::exceptions::{PyAttributeError, PyKeyError, PyNotImplementedError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PySlice, PyString};

use super::assignment::{Checks, assigned};
use super::attribute::generic_get;
use super::changes::Change;
use super::dataset::{DatasetBase, new_item};
use super::element::DataElement;
use super::key::tag_of;
use super::view::{Keep, Place, View};
use crate::dictionary::{self, DictionaryVr, similar_keyword, tag_for_keyword};
use crate::tag::Tag;
use crate::vr::Vr;

impl DatasetBase {
    /// `dataset[start:stop]`: a data set of the elements with tags in this range.
    pub(super) fn slice(slf: &Bound<'_, Self>, slice: &Bound<'_, PySlice>) -> PyResult<Py<PyAny>> {
        let view = slf.get().view().slice(tag_range(slice)?);
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
        let element = element.cast::<DataElement>().map_err(|_| {
            PyTypeError::new_err("what is assigned to a tag is a DataElement; a keyword takes a value")
        })?;
        let (tag, element) = (tag_of(key)?, element.get());
        if element.raw_tag() != tag {
            return Err(PyValueError::new_err("the key and the tag of the element are not the same"));
        }
        let cell = element.cell()?;
        let is_here = matches!(self.view().change(tag), Some(Change::Set(here)) if Arc::ptr_eq(&here, &cell));
        if !is_here {
            self.view().changes().set(tag, Change::Set(cell));
        }
        Ok(())
    }

    /// `del dataset[key]`, of one element or of a range of tags.
    pub(super) fn take_out(&self, key: &Bound<'_, PyAny>) -> PyResult<()> {
        if let Ok(slice) = key.cast::<PySlice>() {
            let keep = tag_range(slice)?;
            let tags = self.view().tags().into_iter().filter(|tag| keep(*tag));
            tags.for_each(|tag| _ = self.view().delete(tag));
            return Ok(());
        }
        self.delete(tag_of(key)?)
    }

    /// (tag, VR, the dictionary leaves a choice, value) of what was set, and the tags that are gone.
    pub(super) fn all_changes<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyList>, Vec<u32>)> {
        let changed = PyList::empty(py);
        for tag in self.view().tags() {
            let (vr, value) = match self.view().find(tag) {
                Some(Place::Set(cell)) => ((cell.vr(), cell.is_ambiguous()), cell.value(py)?),
                Some(Place::Stored(position)) if self.view().is_changed_in_place(py, position) => {
                    (self.view().stored_vr(position), self.view().stored_value(py, position, Keep::All)?)
                }
                _ => continue,
            };
            changed.append((tag.0, vr.0.as_str(), vr.1, value))?;
        }
        Ok((changed, self.view().deleted().map(|tag| tag.0).collect()))
    }
}

/// Refuses a name that is nearly a keyword: it would be stored where no file has it.
pub fn refuse_similar(object: &Bound<'_, DatasetBase>, name: &Bound<'_, PyString>) -> PyResult<()> {
    let Ok(text) = name.to_str() else { return Ok(()) };
    if !text.as_bytes().first().is_some_and(u8::is_ascii_uppercase)
        || tag_for_keyword(text.as_bytes()).is_some()
    {
        return Ok(());
    }
    let Some(similar) = similar_keyword(text) else { return Ok(()) };
    // Who has such an attribute already means it.
    if generic_get(object, name).is_ok() {
        return Ok(());
    }
    Err(PyAttributeError::new_err(format!("'{text}' is no keyword: did you mean '{similar}'?")))
}

/// The VR of a new element, and whether other elements decide on it when it is written.
fn dictionary_vr(view: &View, tag: Tag, value: &Bound<'_, PyAny>) -> (Vr, bool) {
    let is_negative = || value.extract::<i64>().is_ok_and(|number| number < 0);
    let word = || if is_negative() || view.context().is_signed() { Vr::SS } else { Vr::US };
    let is_bytes = value.is_instance_of::<PyBytes>();
    match dictionary::vr(tag) {
        Some(DictionaryVr::One(vr)) => (vr, false),
        Some(DictionaryVr::UsOrSs) => (word(), true),
        Some(DictionaryVr::ObOrOw) => (Vr::OW, true),
        Some(DictionaryVr::UsOrOw | DictionaryVr::UsOrSsOrOw) if is_bytes => (Vr::OW, true),
        Some(DictionaryVr::UsOrOw) => (Vr::US, false),
        Some(DictionaryVr::UsOrSsOrOw) => (word(), true),
        Some(DictionaryVr::None) | None if tag.is_private() && (0x10..0x100).contains(&tag.element()) => {
            (Vr::LO, false)
        }
        Some(DictionaryVr::None) | None => (Vr::UN, false),
    }
}

/// There is no such element.
pub fn missing(tag: Tag) -> PyErr {
    PyKeyError::new_err(tag.to_string())
}

/// Which tags are in a range such as `start:stop`.
fn tag_range(slice: &Bound<'_, PySlice>) -> PyResult<impl Fn(Tag) -> bool + use<>> {
    let bound = |name: &str| -> PyResult<Option<Tag>> {
        let bound = slice.getattr(name)?;
        if bound.is_none() { Ok(None) } else { tag_of(&bound).map(Some) }
    };
    let (start, stop) = (bound("start")?.unwrap_or_default(), bound("stop")?);
    let step = slice.getattr("step")?;
    let step: u32 = if step.is_none() { 1 } else { step.extract()? };
    Ok(move |tag: Tag| {
        let offset = tag.0.wrapping_sub(start.0);
        tag >= start && stop.is_none_or(|stop| tag < stop) && offset.checked_rem(step) == Some(0)
    })
}
