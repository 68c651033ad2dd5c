//! What was changed in a data set since it was read: elements that were set, and those that are gone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::cell::{Cell, Content};
use super::multi_value::MultiValue;
use super::sequence::Sequence;
use super::value;
use super::view::{Keep, Place, View};
use crate::dataset::Flags;
use crate::pixel::PIXEL_TAGS;
use crate::tag::Tag;
use crate::vr::Vr;

/// The changes of one data set, root or item.
#[derive(Default)]
pub struct Changes {
    /// Never locked while Python runs.
    entries: Mutex<BTreeMap<Tag, Change>>,
    /// Elements as they were read that were taken out, or had another put in their place: what they are for who holds
    /// them from before, where that is not what was read. Never locked while Python runs.
    detached: Mutex<BTreeMap<Tag, Option<Arc<Cell>>>>,
    /// The moment at which an element was added or taken out that pixels depend on.
    pixels_changed: AtomicU64,
}

/// What happened to an element.
#[derive(Clone)]
pub enum Change {
    /// It was set, or added.
    Set(Arc<Cell>),
    /// It is gone.
    Deleted,
}

/// The next moment: each is later than all before it, in whatever data set.
pub fn moment() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed).saturating_add(1)
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

    /// Puts in the cell of an element that is as it was read.
    pub fn share(&self, tag: Tag, cell: Arc<Cell>) {
        let before = self.entries().insert(tag, Change::Set(cell));
        drop(before);
    }

    /// Forgets an element that was added.
    pub fn remove(&self, tag: Tag) {
        let before = self.entries().remove(&tag);
        drop(before);
        self.note(tag);
    }

    /// Says that another element is here, or none.
    fn note(&self, tag: Tag) {
        if PIXEL_TAGS.binary_search(&tag).is_ok() {
            self.pixels_changed.fetch_max(moment(), Ordering::Relaxed);
        }
    }

    /// The last moment at which something was changed that pixels depend on.
    pub fn pixels_changed(&self) -> u64 {
        let entries = self.entries();
        let cells = PIXEL_TAGS.iter().filter_map(|tag| match entries.get(tag) {
            Some(Change::Set(cell)) => Some(cell.set_at()),
            _ => None,
        });
        cells.max().unwrap_or_default().max(self.pixels_changed.load(Ordering::Relaxed))
    }

    fn detached(&self) -> MutexGuard<'_, BTreeMap<Tag, Option<Arc<Cell>>>> {
        self.detached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an element that was read is for who holds it: `None` where it is in its data set still.
    pub fn held(&self, tag: Tag) -> Option<Option<Arc<Cell>>> {
        self.detached().get(&tag).cloned()
    }

    /// Says that an element that was read is not in its data set any more, and what it is now.
    pub fn detach(&self, tag: Tag, cell: Option<Arc<Cell>>) {
        let before = self.detached().insert(tag, cell);
        drop(before);
    }

    /// All changes, in the order of their tags.
    pub fn all(&self) -> Vec<(Tag, Change)> {
        self.entries().iter().map(|(tag, change)| (*tag, change.clone())).collect()
    }

    /// The same changes for another data set, whose elements are its own.
    pub fn copy(&self, py: Python<'_>) -> Self {
        let copies = self.all().into_iter().map(|(tag, change)| match change {
            Change::Set(cell) => (tag, Change::Set(cell.copy(py))),
            Change::Deleted => (tag, Change::Deleted),
        });
        Self { entries: Mutex::new(copies.collect()), ..Self::default() }
    }

    pub fn traverse(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Nobody holds the lock now: the interpreter does nothing else.
        if let Ok(entries) = self.entries.try_lock() {
            entries.values().try_for_each(|change| match change {
                Change::Set(cell) => cell.traverse(visit),
                Change::Deleted => Ok(()),
            })?;
        }
        let Ok(detached) = self.detached.try_lock() else { return Ok(()) };
        detached.values().flatten().try_for_each(|cell| cell.traverse(visit))
    }
}
