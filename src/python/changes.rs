//! What was changed in a data set since it was read: elements that were set, and those that are gone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::cell::Cell;
use crate::pixel::PIXEL_TAGS;
use crate::tag::Tag;

/// The changes of one data set, root or item.
#[derive(Default)]
pub struct Changes {
    /// Never locked while Python runs.
    entries: Mutex<BTreeMap<Tag, Change>>,
    /// Counts changes of elements that pixels depend on.
    pixel_changes: AtomicU64,
}

/// What happened to an element.
#[derive(Clone)]
pub enum Change {
    /// It was set, or added.
    Set(Arc<Cell>),
    /// It is gone. Who held it from before may have given it another value.
    Deleted(Option<Arc<Cell>>),
}

impl Changes {
    fn entries(&self) -> MutexGuard<'_, BTreeMap<Tag, Change>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn get(&self, tag: Tag) -> Option<Change> {
        self.entries().get(&tag).cloned()
    }

    pub fn set(&self, tag: Tag, change: Change) {
        // What was there is dropped after the lock: dropping may run Python code.
        let before = self.entries().insert(tag, change);
        drop(before);
        self.note(tag);
    }

    /// Forgets an element that was added.
    pub fn remove(&self, tag: Tag) {
        let before = self.entries().remove(&tag);
        drop(before);
        self.note(tag);
    }

    /// Says that an element has another value.
    pub fn note(&self, tag: Tag) {
        if PIXEL_TAGS.binary_search(&tag).is_ok() {
            self.pixel_changes.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn pixel_changes(&self) -> u64 {
        self.pixel_changes.load(Ordering::Relaxed)
    }

    /// All changes, in the order of their tags.
    pub fn all(&self) -> Vec<(Tag, Change)> {
        self.entries().iter().map(|(tag, change)| (*tag, change.clone())).collect()
    }

    /// True when something is not as it was read: elements that were only shared are.
    pub fn is_changed(&self, py: Python<'_>) -> bool {
        self.all().iter().any(|(_, change)| match change {
            Change::Set(cell) => cell.is_changed(py),
            Change::Deleted(_) => true,
        })
    }

    /// The same changes for another data set, whose elements are its own.
    pub fn copy(&self, py: Python<'_>) -> Self {
        let copies = self.all().into_iter().map(|(tag, change)| match change {
            Change::Set(cell) => (tag, Change::Set(cell.copy(py))),
            Change::Deleted(_) => (tag, Change::Deleted(None)),
        });
        Self { entries: Mutex::new(copies.collect()), ..Self::default() }
    }

    pub fn traverse(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Nobody holds the lock now: the interpreter does nothing else.
        let Ok(entries) = self.entries.try_lock() else { return Ok(()) };
        entries.values().try_for_each(|change| match change {
            Change::Set(cell) | Change::Deleted(Some(cell)) => cell.traverse(visit),
            Change::Deleted(None) => Ok(()),
        })
    }
}
