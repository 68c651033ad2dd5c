//! Sequences (SQ): lists of data sets.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyList, PySlice, PyType};

use super::attribute::is_only_reference;
use super::context::Context;
use super::dataset::{DatasetBase, new_item};
use super::view::View;
use crate::dataset::{ElementView, Flags};

/// The items of a sequence (PS3.5 §7.5): a list of :class:`Dataset`.
///
/// Items are made when they are asked for, and are the same objects each time.
///
/// Parameters
/// ----------
/// iterable : iterable of Dataset, optional
///     The first items.
#[pyclass(frozen, sequence, module = "fastdcm", weakref)]
pub struct Sequence {
    stored: Option<Stored>,
    /// The items, once some were put in, taken out or replaced.
    edited: OnceLock<Py<PyList>>,
}

/// A sequence as it was read.
struct Stored {
    /// That of the data set it is in.
    context: Arc<Context>,
    /// How many sequences there are from the root to this one.
    depth: u32,
    /// A delimiter ended it.
    is_undefined_length: bool,
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
        let stored = Stored {
            context: Arc::clone(view.context()),
            depth: view.depth().saturating_add(1),
            is_undefined_length: element.row().has(Flags::UNDEFINED_LENGTH),
            items,
        };
        Self { stored: Some(stored), edited: OnceLock::new() }
    }

    /// The items as they were read.
    fn stored_items(&self) -> &[Item] {
        self.stored.as_ref().map_or(&[], |stored| stored.items.as_slice())
    }

    pub fn len(&self, py: Python<'_>) -> usize {
        self.edited.get().map_or_else(|| self.stored_items().len(), |list| list.bind(py).len())
    }

    /// True when it was read from a file in which a delimiter ends it.
    pub fn is_undefined_length(&self) -> bool {
        self.stored.as_ref().is_some_and(|stored| stored.is_undefined_length)
    }

    /// The view on the item with this number.
    pub fn view(&self, py: Python<'_>, number: usize) -> Option<Arc<View>> {
        if let Some(list) = self.edited.get() {
            let item = list.bind(py).get_item(number).ok()?;
            return Some(Arc::clone(item.cast::<DatasetBase>().ok()?.get().view()));
        }
        let stored = self.stored.as_ref()?;
        let item = stored.items.as_slice().get(number)?;
        let mut made = item.made();
        match &*made {
            Made::Dataset(dataset) => Some(Arc::clone(dataset.get().view())),
            Made::View(view) => Some(Arc::clone(view)),
            Made::Nothing => {
                let view = Arc::new(View::item(&stored.context, item.row, stored.depth));
                *made = Made::View(Arc::clone(&view));
                Some(view)
            }
        }
    }

    /// The item with this number, the same object each time.
    pub fn item(&self, py: Python<'_>, number: usize) -> PyResult<Option<Py<PyAny>>> {
        if let Some(list) = self.edited.get() {
            return Ok(list.bind(py).get_item(number).ok().map(Bound::unbind));
        }
        let (Some(item), Some(view)) = (self.stored_items().get(number), self.view(py, number)) else {
            return Ok(None);
        };
        if let Made::Dataset(dataset) = &*item.made() {
            return Ok(Some(dataset.clone_ref(py).into_any()));
        }
        let new = new_item(py, view)?;
        let mut made = item.made();
        if let Made::Dataset(first) = &*made {
            // Another thread came first. `new` is dropped after the lock: that runs Python code.
            return Ok(Some(first.clone_ref(py).into_any()));
        }
        *made = Made::Dataset(new.clone_ref(py));
        Ok(Some(new.into_any()))
    }

    /// True when items were put in, taken out or replaced since it was read, or one of them was changed.
    pub fn is_changed(&self, py: Python<'_>) -> bool {
        self.edited.get().is_some()
            || self.stored_items().iter().any(|item| {
                let view = match &*item.made() {
                    Made::Nothing => return false,
                    Made::View(view) => Arc::clone(view),
                    Made::Dataset(dataset) => Arc::clone(dataset.get().view()),
                };
                view.is_changed(py)
            })
    }

    /// Takes out the views on the items; lets go of the data sets that were made of them.
    fn take_views(&self, views: &mut Vec<Arc<View>>) {
        for item in self.stored_items() {
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
        for number in 0..self.len(py) {
            list.append(self.item(py, number)?)?;
        }
        Ok(list)
    }

    /// The items, to be changed.
    fn edit<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        if let Some(list) = self.edited.get() {
            return Ok(list.bind(py).clone());
        }
        let list = self.list(py)?.unbind();
        // Two threads that are the first to change it get the same list.
        let _ = self.edited.set(list.clone_ref(py));
        Ok(self.edited.get().map_or(list, |first| first.clone_ref(py)).into_bound(py))
    }
}

/// What may be an item.
fn item<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if value.is_instance_of::<DatasetBase>() {
        return Ok(value.clone());
    }
    Err(PyTypeError::new_err(format!(
        "the items of a sequence are data sets, not {}",
        value.get_type().name()?.to_string_lossy()
    )))
}

fn items<'py>(values: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    if values.is_instance_of::<DatasetBase>() {
        return Err(PyTypeError::new_err(
            "a sequence is made of an iterable of data sets, not of a data set",
        ));
    }
    let items: Vec<_> = values.try_iter()?.map(|value| item(&value?)).collect::<PyResult<_>>()?;
    PyList::new(values.py(), items)
}

impl Drop for Sequence {
    /// Nesting may be as deep as the limit allows: what is deep is dropped without using the stack.
    fn drop(&mut self) {
        if !self.stored.as_ref().is_some_and(|stored| stored.depth.is_multiple_of(DEEP)) {
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
    #[new]
    #[pyo3(signature = (iterable = None))]
    fn py_new(py: Python<'_>, iterable: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let list = iterable.map_or_else(|| Ok(PyList::empty(py)), items)?;
        Ok(Self { stored: None, edited: OnceLock::from(list.unbind()) })
    }

    /// True when it was read from a file in which a delimiter ends it.
    #[getter(is_undefined_length)]
    fn py_is_undefined_length(&self) -> bool {
        self.is_undefined_length()
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        self.len(py)
    }

    fn __setitem__(&self, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let is_slice = key.is_instance_of::<PySlice>();
        let value = if is_slice { items(value)?.into_any() } else { item(value)? };
        self.edit(key.py())?.as_any().set_item(key, value)
    }

    fn __delitem__(&self, key: &Bound<'_, PyAny>) -> PyResult<()> {
        self.edit(key.py())?.as_any().del_item(key)
    }

    /// Add an item before the one with this number.
    fn insert(&self, index: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let item = item(value)?;
        self.edit(value.py())?.call_method1("insert", (index, item)).map(drop)
    }

    /// Add an item at the end.
    fn append(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let item = item(value)?;
        self.edit(value.py())?.append(item)
    }

    /// Add items at the end.
    fn extend(&self, values: &Bound<'_, PyAny>) -> PyResult<()> {
        let items = items(values)?;
        self.edit(values.py())?.call_method1("extend", (items,)).map(drop)
    }

    fn __iadd__(&self, values: &Bound<'_, PyAny>) -> PyResult<()> {
        self.extend(values)
    }

    /// Take out an item and return it; the last one without a number.
    #[pyo3(signature = (index = -1))]
    fn pop<'py>(&self, py: Python<'py>, index: isize) -> PyResult<Bound<'py, PyAny>> {
        self.edit(py)?.call_method1("pop", (index,))
    }

    /// Take out the first item that is equal to `value`; ValueError when there is none.
    fn remove(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.edit(value.py())?.call_method1("remove", (value,)).map(drop)
    }

    /// Take out all items.
    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        self.edit(py)?.call_method0("clear").map(drop)
    }

    /// Put the items in the opposite order.
    fn reverse(&self, py: Python<'_>) -> PyResult<()> {
        self.edit(py)?.reverse()
    }

    /// Return the number of items that are equal to `value`.
    fn count<'py>(&self, py: Python<'py>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.list(py)?.call_method1("count", (value,))
    }

    /// Return the number of the first item that is equal to `value`; ValueError when there is none.
    #[pyo3(signature = (value, start = 0, stop = isize::MAX))]
    fn index<'py>(
        &self,
        value: &Bound<'py, PyAny>,
        start: isize,
        stop: isize,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.list(value.py())?.call_method1("index", (value, start, stop))
    }

    /// The class itself: which items it holds is for type checkers.
    #[classmethod]
    fn __class_getitem__<'py>(class: &Bound<'py, PyType>, _items: &Bound<'py, PyAny>) -> Bound<'py, PyType> {
        class.clone()
    }

    fn __getitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        if let Ok(slice) = key.cast::<PySlice>() {
            let indices = slice.indices(isize::try_from(self.len(py))?)?;
            let list = PyList::empty(py);
            let mut number = indices.start;
            for _ in 0..indices.slicelength {
                list.append(self.item(py, usize::try_from(number)?)?)?;
                number += indices.step;
            }
            return Ok(list.into_any().unbind());
        }
        let number: isize = key.extract()?;
        let from_end = if number < 0 { self.len(py) } else { 0 };
        let position = from_end.checked_add_signed(number);
        match position.map(|position| self.item(py, position)).transpose()?.flatten() {
            Some(item) => Ok(item),
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

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("<Sequence, length {}>", self.len(py))
    }

    fn __copy__(&self, py: Python<'_>) -> PyResult<Self> {
        let list = self.list(py)?.as_any().call_method0("copy")?.cast_into::<PyList>()?;
        Ok(Self { stored: None, edited: OnceLock::from(list.unbind()) })
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyList>,))> {
        Ok((py.get_type::<Self>().into_any(), (self.list(py)?,)))
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
        visit.call(self.edited.get())?;
        let made = self.stored_items().iter().filter_map(|item| item.made.try_lock().ok());
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

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.sequence.get().item(py, number)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.sequence)
    }
}
