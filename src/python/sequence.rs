//! Sequences (SQ): lists of data sets.

use std::sync::{Arc, OnceLock};

use pyo3::exceptions::PyIndexError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyList, PySlice};

use super::context::Context;
use super::dataset::new_item;
use super::shared::{Around, Part, Place, Shared};
use super::view::View;
use crate::dataset::ElementView;

/// What the items of a sequence are made of.
pub struct Source {
    pub shared: Arc<Shared>,
    pub part: Part,
    pub context: Context,
    around: Arc<Around>,
}

/// The items of a sequence (PS3.5 §7.5): a list of :class:`Dataset` that is not changed.
///
/// Items are made when they are asked for, and are the same objects each time.
#[pyclass(frozen, sequence, module = "fastdcm", weakref)]
pub struct Sequence {
    source: Source,
    /// The row of each item, and the item once it was asked for.
    items: Box<[(u32, OnceLock<Py<PyAny>>)]>,
}

impl Sequence {
    /// The value of a sequence element of the data set `view`.
    pub fn new(view: &View, element: &ElementView<'_>) -> Self {
        let index = view.shared().index(view.part());
        let rows = index.children(element.number().saturating_add(1), element.row().end());
        let source = Source {
            shared: Arc::clone(view.shared()),
            part: view.part(),
            context: view.context().clone(),
            around: view.place().sequence(element.tag()),
        };
        Self { source, items: rows.map(|row| (row, OnceLock::new())).collect() }
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// The item with this number.
    pub fn item(&self, py: Python<'_>, number: usize) -> PyResult<Option<Py<PyAny>>> {
        let Some((row, slot)) = self.items.get(number) else { return Ok(None) };
        if let Some(item) = slot.get() {
            return Ok(Some(item.clone_ref(py)));
        }
        let place = Place::item(&self.source.around, u32::try_from(number).unwrap_or(u32::MAX));
        let item = new_item(py, View::item(&self.source, *row, place))?;
        let _ = slot.set(item.clone_ref(py));
        Ok(Some(slot.get().map_or(item, |first| first.clone_ref(py))))
    }

    fn list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        for number in 0..self.items.len() {
            list.append(self.item(py, number)?)?;
        }
        Ok(list)
    }
}

#[pymethods]
impl Sequence {
    fn __len__(&self) -> usize {
        self.items.len()
    }

    fn __getitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        if let Ok(slice) = key.cast::<PySlice>() {
            let indices = slice.indices(isize::try_from(self.items.len())?)?;
            let list = PyList::empty(py);
            let mut number = indices.start;
            for _ in 0..indices.slicelength {
                list.append(self.item(py, usize::try_from(number)?)?)?;
                number += indices.step;
            }
            return Ok(list.into_any().unbind());
        }
        let number: isize = key.extract()?;
        let from_end = if number < 0 { self.items.len() } else { 0 };
        let position = from_end.checked_add_signed(number);
        match position.map(|position| self.item(py, position)).transpose()?.flatten() {
            Some(item) => Ok(item),
            None => Err(PyIndexError::new_err("sequence item out of range")),
        }
    }

    fn __iter__(slf: PyRef<'_, Self>) -> Items {
        Items { sequence: slf.into(), next: std::sync::atomic::AtomicUsize::new(0) }
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let other = match other.cast::<Self>() {
            Ok(sequence) => sequence.get().list(py)?,
            Err(_) => match other.cast::<PyList>() {
                Ok(list) => list.clone(),
                Err(_) => return Ok(false),
            },
        };
        self.list(py)?.eq(other)
    }

    fn __repr__(&self) -> String {
        format!("<Sequence, length {}>", self.items.len())
    }

    fn __str__(&self, py: Python<'_>) -> PyResult<String> {
        let mut text = String::from("[");
        for item in self.list(py)? {
            text.push_str(&item.str()?.to_cow()?);
        }
        text.push(']');
        Ok(text)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.items.iter().filter_map(|(_, slot)| slot.get()).try_for_each(|item| visit.call(item))
    }
}

/// Goes through the items of a sequence.
#[pyclass(frozen, module = "fastdcm")]
pub struct Items {
    sequence: Py<Sequence>,
    next: std::sync::atomic::AtomicUsize,
}

#[pymethods]
impl Items {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let number = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.sequence.get().item(py, number)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.sequence)
    }
}
