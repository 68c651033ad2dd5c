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

impl Change {
    /// Where the element is now.
    fn place(self) -> Option<Place> {
        match self {
            Self::Set(cell) => Some(Place::Set(cell)),
            Self::Deleted => None,
        }
    }
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

    /// The last moment at which something was changed that pixels depend on.
    pub fn pixels_changed(&self) -> u64 {
        self.all_changes().map_or(0, Changes::pixels_changed)
    }

    /// Where the element with this tag is.
    pub fn find(&self, tag: Tag) -> Option<Place> {
        match self.change(tag) {
            Some(change) => change.place(),
            None => self.find_stored(tag).map(Place::Stored),
        }
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        if self.has_changes() { self.places().len() } else { self.stored_len() }
    }

    /// The tags of the elements, in ascending order.
    pub fn tags(&self) -> Vec<Tag> {
        if !self.has_changes() {
            return self.stored_entries().map(|(tag, _)| tag).collect();
        }
        self.places().into_iter().map(|(tag, _)| tag).collect()
    }

    /// Where each element is, in ascending order of the tags: what was read and what was changed, in one pass.
    pub fn places(&self) -> Vec<(Tag, Place)> {
        let mut changes = self.all_changes().map(Changes::all).unwrap_or_default().into_iter().peekable();
        let mut places = Vec::with_capacity(self.stored_len() + changes.len());
        for position in 0..self.stored_len() {
            let Some((tag, _)) = self.stored_entry(position) else { continue };
            while let Some((added, change)) = changes.next_if(|(changed, _)| *changed < tag) {
                places.extend(change.place().map(|place| (added, place)));
            }
            let place = match changes.next_if(|(changed, _)| *changed == tag) {
                Some((_, change)) => change.place(),
                None => Some(Place::Stored(position)),
            };
            places.extend(place.map(|place| (tag, place)));
        }
        places.extend(changes.filter_map(|(tag, change)| Some((tag, change.place()?))));
        places
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
                self.changes().share(tag, Arc::clone(&cell));
                Some(cell)
            }
        }
    }

    /// Gives an element that is there another value, or makes it with this VR.
    pub fn set(&self, tag: Tag, vr: (Vr, bool), value: Py<PyAny>) {
        match self.change(tag) {
            Some(Change::Set(cell)) => cell.set_value(value),
            Some(Change::Deleted) | None => {
                self.changes().set(tag, Change::Set(Cell::new(tag, vr, value)));
            }
        }
    }

    /// Puts in an element, in place of one with the same tag.
    pub fn add(&self, tag: Tag, cell: Arc<Cell>) {
        if !matches!(self.change(tag), Some(Change::Set(here)) if Arc::ptr_eq(&here, &cell)) {
            self.detach(tag);
            self.changes().set(tag, Change::Set(cell));
        }
    }

    /// Parts with the element with this tag: who holds it holds it alone.
    fn detach(&self, tag: Tag) {
        if self.find_stored(tag).is_none() || self.changes().held(tag).is_some() {
            return;
        }
        let cell = match self.change(tag) {
            Some(Change::Set(cell)) => Some(cell),
            Some(Change::Deleted) | None => None,
        };
        self.changes().detach(tag, cell);
    }

    /// The cell that an element of this data set is now for who has held it since it was read, where it is not as it
    /// was read.
    pub fn held(&self, tag: Tag) -> Option<Arc<Cell>> {
        let changes = self.all_changes()?;
        match (changes.held(tag), changes.get(tag)) {
            (Some(held), _) => held,
            (None, Some(Change::Set(cell))) => Some(cell),
            (None, _) => None,
        }
    }

    /// True when who has held an element since it was read holds it alone.
    pub fn is_detached(&self, tag: Tag) -> bool {
        self.all_changes().is_some_and(|changes| changes.held(tag).is_some())
    }

    /// Takes an element out; false where there is none.
    pub fn delete(&self, tag: Tag) -> bool {
        if self.find(tag).is_none() {
            return false;
        }
        self.detach(tag);
        match self.find_stored(tag) {
            None => self.changes().remove(tag),
            Some(_) => self.changes().set(tag, Change::Deleted),
        }
        true
    }

    /// The tags of elements that were taken out.
    pub fn deleted(&self) -> impl Iterator<Item = Tag> + '_ {
        let changes = self.all_changes().map(Changes::all).unwrap_or_default();
        changes.into_iter().filter(|(_, change)| matches!(change, Change::Deleted)).map(|(tag, _)| tag)
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
        let changes = self.all_changes().map(Changes::all).unwrap_or_default();
        let is_another = |change: &Change| match change {
            Change::Set(cell) => self.is_changed_to(py, cell),
            Change::Deleted => true,
        };
        changes.iter().any(|(_, change)| is_another(change))
            || self
                .more
                .get()
                .and_then(|more| more.slots.get())
                .is_some_and(|slots| (0..slots.len()).any(|position| self.is_changed_in_place(py, position)))
    }

    /// True when a cell of this data set does not hold what was read here.
    pub fn is_changed_to(&self, py: Python<'_>, cell: &Cell) -> bool {
        let Content::Stored(twin, position) = cell.content(py) else { return true };
        let here = self.find_stored(cell.tag()).and_then(|position| self.stored_entry(position));
        let is_same_data_set = Arc::ptr_eq(twin.shared(), self.shared()) && twin.part() == self.part();
        cell.is_changed(py) || !is_same_data_set || twin.stored_entry(position) != here
    }
}
