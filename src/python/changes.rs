//! What was changed in a data set since it was read: elements that were set, and those that are gone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::cell::Cell;
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

/// What was changed, and how the data set is now.
impl View {
    /// What was changed; made where nothing was yet.
    pub fn changes(&self) -> &Changes {
        self.more().changes.get_or_init(Changes::default)
    }

    pub(super) fn all_changes(&self) -> Option<&Changes> {
        self.more.get()?.changes.get()
    }

    /// The change of an element since it was read.
    pub fn change(&self, tag: Tag) -> Option<Change> {
        self.all_changes()?.get(tag)
    }

    /// True when some element was set, deleted or shared.
    pub fn has_changes(&self) -> bool {
        self.all_changes().is_some()
    }

    /// How often an element was changed that pixels depend on.
    pub fn pixel_changes(&self) -> u64 {
        self.all_changes().map_or(0, Changes::pixel_changes)
    }

    /// Where the element with this tag is.
    pub fn find(&self, tag: Tag) -> Option<Place> {
        match self.change(tag) {
            Some(Change::Set(cell)) => Some(Place::Set(cell)),
            Some(Change::Deleted(_)) => None,
            None => self.find_stored(tag).map(Place::Stored),
        }
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        if self.has_changes() { self.tags().len() } else { self.stored_len() }
    }

    /// The tags of the elements, in ascending order.
    pub fn tags(&self) -> Vec<Tag> {
        let stored = self.stored_entries().map(|(tag, _)| tag);
        let Some(changes) = self.all_changes() else { return stored.collect() };
        let mut tags: Vec<Tag> = stored.filter(|tag| changes.get(*tag).is_none()).collect();
        let set = changes.all().into_iter().filter(|(_, change)| matches!(change, Change::Set(_)));
        tags.extend(set.map(|(tag, _)| tag));
        tags.sort_unstable();
        tags
    }

    /// The value of an element.
    pub fn value(&self, py: Python<'_>, place: &Place, keep: Keep) -> PyResult<Py<PyAny>> {
        match place {
            Place::Stored(position) => self.stored_value(py, *position, keep),
            Place::Set(cell) => cell.value(py),
        }
    }

    /// The VR of an element as it was read.
    pub fn stored_vr(&self, position: usize) -> (Vr, bool) {
        let Some(element) = self.stored_element(position) else { return (Vr::UN, false) };
        (value::vr(self, &element), element.row().has(Flags::AMBIGUOUS))
    }

    /// The cell of an element, for who shares it. What it holds is still what was read.
    pub fn share(&self, tag: Tag) -> Option<Arc<Cell>> {
        match self.find(tag)? {
            Place::Set(cell) => Some(cell),
            Place::Stored(position) => {
                let cell = Cell::stored(Arc::new(self.twin()), position);
                self.changes().set(tag, Change::Set(Arc::clone(&cell)));
                Some(cell)
            }
        }
    }

    /// Gives an element that is there another value, or makes it with this VR.
    pub fn set(&self, tag: Tag, vr: (Vr, bool), value: Py<PyAny>) {
        match self.change(tag) {
            Some(Change::Set(cell)) => {
                cell.set_value(value);
                self.changes().note(tag);
            }
            Some(Change::Deleted(_)) | None => {
                self.changes().set(tag, Change::Set(Cell::new(tag, vr, value)));
            }
        }
    }

    /// Takes an element out; false where there is none.
    pub fn delete(&self, tag: Tag) -> bool {
        match (self.find(tag), self.find_stored(tag)) {
            (None, _) => return false,
            (Some(_), None) => self.changes().remove(tag),
            (Some(_), Some(_)) => self.changes().set(tag, Change::Deleted(None)),
        }
        true
    }

    /// The tags of elements that were taken out.
    pub fn deleted(&self) -> impl Iterator<Item = Tag> + '_ {
        let changes = self.all_changes().map(Changes::all).unwrap_or_default();
        changes.into_iter().filter(|(_, change)| matches!(change, Change::Deleted(_))).map(|(tag, _)| tag)
    }

    /// True when the element at this place of the order was changed in place: values of it, or items.
    pub fn is_changed_in_place(&self, py: Python<'_>, position: usize) -> bool {
        let Some(value) = self.kept(position) else { return false };
        let value = value.bind(py);
        if let Ok(values) = value.cast_exact::<MultiValue>() {
            return values.get().is_changed();
        }
        value.cast_exact::<Sequence>().is_ok_and(|sequence| sequence.get().is_changed(py))
    }

    /// True when it would not be written as it was read.
    pub fn is_changed(&self, py: Python<'_>) -> bool {
        // Items are looked at by way of their sequences, as deep as what was read is nested.
        let Some(more) = self.more.get() else { return false };
        more.changes.get().is_some_and(|changes| changes.is_changed(py))
            || more
                .slots
                .get()
                .is_some_and(|slots| (0..slots.len()).any(|position| self.is_changed_in_place(py, position)))
    }
}
