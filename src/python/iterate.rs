//! Iteration over data sets; safe to share between threads, as lists are.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::element::DataElement;
use super::sequence::Sequence;
use super::view::{Keep, View};

/// The elements of one data set.
#[pyclass(frozen, module = "fastdcm")]
pub struct Elements {
    view: Arc<View>,
    next: AtomicUsize,
}

impl Elements {
    pub fn new(view: &Arc<View>) -> Self {
        Self { view: Arc::clone(view), next: AtomicUsize::new(0) }
    }
}

#[pymethods]
impl Elements {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<DataElement>> {
        let position = self.next.fetch_add(1, Ordering::Relaxed);
        if position >= self.view.len() {
            return Ok(None);
        }
        DataElement::new(py, &self.view, position, Keep::Changeable).map(Some)
    }

    fn __length_hint__(&self) -> usize {
        self.view.len().saturating_sub(self.next.load(Ordering::Relaxed))
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
    Dataset { view: Arc<View>, next: usize },
    Sequence { sequence: Py<Sequence>, next: usize },
}

impl Walk {
    pub fn new(view: &Arc<View>) -> Self {
        let root = Open::Dataset { view: Arc::clone(view), next: 0 };
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
            Some(Open::Dataset { view, next }) => {
                let position = *next;
                if let Some(element) = view.element(position) {
                    *next += 1;
                    let found = DataElement::new(py, view, position, Keep::Changeable)?;
                    if super::value::is_sequence(&element) {
                        let sequence = view.value(py, position, Keep::Changeable)?.into_bound(py);
                        if let Ok(sequence) = sequence.cast_into::<Sequence>() {
                            stack.push(Open::Sequence { sequence: sequence.unbind(), next: 0 });
                        }
                    }
                    return Ok(Some(found));
                }
                None
            }
            Some(Open::Sequence { sequence, next }) => {
                *next += 1;
                sequence.get().view(*next - 1)
            }
        };
        match opened {
            Some(view) => stack.push(Open::Dataset { view, next: 0 }),
            None => drop(stack.pop()),
        }
    }
}
