//! Iteration over data sets; safe to share between threads, as lists are.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::element::DataElement;
use super::sequence::Sequence;
use super::view::{Keep, Place, View};
use crate::tag::Tag;
use crate::vr::Vr;

/// The elements of one data set.
#[pyclass(frozen, module = "fastdcm")]
pub struct Elements {
    members: Members,
    next: AtomicUsize,
}

impl Elements {
    pub fn new(view: &Arc<View>) -> Self {
        Self { members: Members::of(view), next: AtomicUsize::new(0) }
    }
}

/// The elements that a data set has now. One that is taken out before its turn is left out.
struct Members {
    view: Arc<View>,
    /// Of a data set that is not as it was read.
    tags: Option<Box<[Tag]>>,
}

impl Members {
    fn of(view: &Arc<View>) -> Self {
        let tags = view.has_changes().then(|| view.tags().into_boxed_slice());
        Self { view: Arc::clone(view), tags }
    }

    fn len(&self) -> usize {
        self.tags.as_ref().map_or_else(|| self.view.stored_len(), |tags| tags.len())
    }

    /// The element with this number: `None` behind the last one, `Some(None)` for one that is gone.
    fn place(&self, number: usize) -> Option<Option<Place>> {
        match &self.tags {
            Some(tags) => tags.get(number).map(|tag| self.view.find(*tag)),
            None if number >= self.view.stored_len() => None,
            None if !self.view.has_changes() => Some(Some(Place::Stored(number))),
            None => Some(self.view.stored_entry(number).and_then(|(tag, _)| self.view.find(tag))),
        }
    }
}

#[pymethods]
impl Elements {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<DataElement>> {
        while let Some(place) = self.members.place(self.next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(place) = place {
                return DataElement::new(py, &self.members.view, place, Keep::Changeable).map(Some);
            }
        }
        Ok(None)
    }

    fn __length_hint__(&self) -> usize {
        self.members.len().saturating_sub(self.next.load(Ordering::Relaxed))
    }
}

/// The elements of a data set and of all that is nested in it.
#[pyclass(frozen, module = "fastdcm")]
pub struct Walk {
    /// The data sets and sequences that are open; `None` while a thread is at work on them, so that no lock is held
    /// while Python runs.
    open: Mutex<Option<Vec<Open>>>,
}

/// A data set that is walked, or a sequence inside it.
enum Open {
    Dataset { members: Members, next: usize },
    Sequence { sequence: Py<Sequence>, next: usize },
}

impl Walk {
    pub fn new(view: &Arc<View>) -> Self {
        let root = Open::Dataset { members: Members::of(view), next: 0 };
        Self { open: Mutex::new(Some(vec![root])) }
    }

    fn open(&self) -> MutexGuard<'_, Option<Vec<Open>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Walk {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<DataElement>> {
        let Some(mut stack) = self.open().take() else {
            return Err(PyValueError::new_err("another thread is using the iterator"));
        };
        let found = step(py, &mut stack);
        *self.open() = Some(stack);
        found
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // A stack that is at work is not shown: its objects are then in use anyway.
        let Ok(open) = self.open.try_lock() else { return Ok(()) };
        open.iter().flatten().try_for_each(|open| match open {
            Open::Dataset { .. } => Ok(()),
            Open::Sequence { sequence, .. } => visit.call(sequence),
        })
    }
}

/// The next element; what it holds is opened, to come after it.
fn step(py: Python<'_>, stack: &mut Vec<Open>) -> PyResult<Option<DataElement>> {
    loop {
        let opened = match stack.last_mut() {
            None => return Ok(None),
            Some(Open::Dataset { members, next }) => {
                *next += 1;
                match members.place(*next - 1) {
                    None => None,
                    Some(None) => continue,
                    Some(Some(place)) => {
                        return element(py, Arc::clone(&members.view), place, stack).map(Some);
                    }
                }
            }
            Some(Open::Sequence { sequence, next }) => {
                *next += 1;
                sequence.get().view(py, *next - 1)
            }
        };
        match opened {
            Some(view) => stack.push(Open::Dataset { members: Members::of(&view), next: 0 }),
            None => drop(stack.pop()),
        }
    }
}

/// The element at a place; a sequence is opened.
fn element(py: Python<'_>, view: Arc<View>, place: Place, stack: &mut Vec<Open>) -> PyResult<DataElement> {
    let is_sequence = match &place {
        Place::Stored(position) => {
            view.stored_element(*position).is_some_and(|element| super::value::is_sequence(&element))
        }
        Place::Set(cell) => cell.vr() == Vr::SQ,
    };
    if is_sequence {
        let sequence = view.value(py, &place, Keep::Changeable)?.into_bound(py);
        if let Ok(sequence) = sequence.cast_into::<Sequence>() {
            stack.push(Open::Sequence { sequence: sequence.unbind(), next: 0 });
        }
    }
    DataElement::new(py, &view, place, Keep::Changeable)
}
