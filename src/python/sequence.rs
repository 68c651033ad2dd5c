//! Sequences (SQ): lists of data sets.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyIndexError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyList, PySlice};

use super::attribute::is_only_reference;
use super::context::Context;
use super::dataset::{DatasetBase, new_item};
use super::view::View;
use crate::dataset::ElementView;

/// The items of a sequence (PS3.5 §7.5): a list of :class:`Dataset` that is not changed.
///
/// Items are made when they are asked for, and are the same objects each time.
#[pyclass(frozen, sequence, module = "fastdcm", weakref)]
pub struct Sequence {
    /// That of the data set it is in.
    context: Arc<Context>,
    /// How many sequences there are from the root to this one.
    depth: u32,
    items: Items,
}

/// Most sequences have one item: it is held in place.
enum Items {
    One(Item),
    Several(Box<[Item]>),
}

impl Items {
    fn as_slice(&self) -> &[Item] {
        match self {
            Self::One(item) => std::slice::from_ref(item),
            Self::Several(items) => items,
        }
    }
}

/// How many levels may be dropped one inside the other.
const DEEP: u32 = 64;

/// An item of a sequence.
struct Item {
    row: u32,
    /// Never locked while Python runs.
    made: Mutex<Made>,
}

/// What was made of an item. The view is handed over to the data set, so that it has one owner that lasts.
enum Made {
    Nothing,
    View(Arc<View>),
    Dataset(Py<DatasetBase>),
}

impl Item {
    fn made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sequence {
    /// The value of a sequence element of the data set `view`.
    pub fn new(view: &View, element: &ElementView<'_>) -> Self {
        let index = view.shared().index(view.part());
        let mut rows = index.children(element.number().saturating_add(1), element.row().end());
        let item = |row| Item { row, made: Mutex::new(Made::Nothing) };
        let items = match (rows.next(), rows.next()) {
            (Some(row), None) => Items::One(item(row)),
            (first, second) => {
                Items::Several(first.into_iter().chain(second).chain(rows).map(item).collect())
            }
        };
        Self { context: Arc::clone(view.context()), depth: view.depth().saturating_add(1), items }
    }

    pub fn len(&self) -> usize {
        self.items.as_slice().len()
    }

    /// The view on the item with this number.
    pub fn view(&self, number: usize) -> Option<Arc<View>> {
        let item = self.items.as_slice().get(number)?;
        let mut made = item.made();
        match &*made {
            Made::Dataset(dataset) => Some(Arc::clone(dataset.get().view())),
            Made::View(view) => Some(Arc::clone(view)),
            Made::Nothing => {
                let view = Arc::new(View::item(&self.context, item.row, self.depth));
                *made = Made::View(Arc::clone(&view));
                Some(view)
            }
        }
    }

    /// The item with this number, the same object each time.
    pub fn item(&self, py: Python<'_>, number: usize) -> PyResult<Option<Py<DatasetBase>>> {
        let (Some(item), Some(view)) = (self.items.as_slice().get(number), self.view(number)) else {
            return Ok(None);
        };
        if let Made::Dataset(dataset) = &*item.made() {
            return Ok(Some(dataset.clone_ref(py)));
        }
        let new = new_item(py, view)?;
        let mut made = item.made();
        if let Made::Dataset(first) = &*made {
            // Another thread came first. `new` is dropped after the lock: that runs Python code.
            return Ok(Some(first.clone_ref(py)));
        }
        *made = Made::Dataset(new.clone_ref(py));
        Ok(Some(new))
    }

    /// Takes out the views on the items; lets go of the data sets that were made of them.
    fn take_views(&self, views: &mut Vec<Arc<View>>) {
        for item in self.items.as_slice() {
            let made = std::mem::replace(&mut *item.made(), Made::Nothing);
            // A data set is let go of without the lock: that may run Python code.
            match made {
                Made::Nothing => {}
                Made::View(view) => views.push(view),
                Made::Dataset(dataset) => views.push(Arc::clone(dataset.get().view())),
            }
        }
    }

    fn list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        for number in 0..self.len() {
            list.append(self.item(py, number)?)?;
        }
        Ok(list)
    }
}

impl Drop for Sequence {
    /// Nesting may be as deep as the limit allows: what is deep is dropped without using the stack.
    fn drop(&mut self) {
        if !self.depth.is_multiple_of(DEEP) {
            return;
        }
        let mut views = Vec::new();
        self.take_views(&mut views);
        Python::attach(|py| {
            while let Some(view) = views.pop() {
                for value in Arc::into_inner(view).into_iter().flat_map(View::into_values) {
                    let value = value.bind(py);
                    if let Ok(sequence) = value.cast::<Self>()
                        && is_only_reference(value)
                    {
                        sequence.get().take_views(&mut views);
                    }
                }
            }
        });
    }
}

#[pymethods]
impl Sequence {
    fn __len__(&self) -> usize {
        self.len()
    }

    fn __getitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        if let Ok(slice) = key.cast::<PySlice>() {
            let indices = slice.indices(isize::try_from(self.len())?)?;
            let list = PyList::empty(py);
            let mut number = indices.start;
            for _ in 0..indices.slicelength {
                list.append(self.item(py, usize::try_from(number)?)?)?;
                number += indices.step;
            }
            return Ok(list.into_any().unbind());
        }
        let number: isize = key.extract()?;
        let from_end = if number < 0 { self.len() } else { 0 };
        let position = from_end.checked_add_signed(number);
        match position.map(|position| self.item(py, position)).transpose()?.flatten() {
            Some(item) => Ok(item.into_any()),
            None => Err(PyIndexError::new_err("sequence item out of range")),
        }
    }

    fn __iter__(slf: PyRef<'_, Self>) -> SequenceItems {
        SequenceItems { sequence: slf.into(), next: AtomicUsize::new(0) }
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
        format!("<Sequence, length {}>", self.len())
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
        // Nobody holds the lock now: the interpreter does nothing else.
        let made = self.items.as_slice().iter().filter_map(|item| item.made.try_lock().ok());
        made.into_iter().try_for_each(|made| match &*made {
            Made::Nothing => Ok(()),
            Made::View(view) => view.traverse(visit),
            Made::Dataset(dataset) => visit.call(dataset),
        })
    }
}

/// Goes through the items of a sequence.
#[pyclass(frozen, module = "fastdcm")]
pub struct SequenceItems {
    sequence: Py<Sequence>,
    next: AtomicUsize,
}

#[pymethods]
impl SequenceItems {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<DatasetBase>>> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.sequence.get().item(py, number)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.sequence)
    }
}
