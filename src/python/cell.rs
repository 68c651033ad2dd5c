//! Elements that were set: a tag, a VR and a Python value, held by data sets and by the elements that stand for them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::changes::moment;
use super::view::{Keep, View};
use crate::dataset::Flags;
use crate::tag::Tag;
use crate::vr::Vr;

/// An element whose value can be another one tomorrow. Whoever holds it sees what the others see.
pub struct Cell {
    tag: Tag,
    /// Never locked while Python runs.
    state: Mutex<State>,
    /// The moment at which it got its value: [`moment`].
    set_at: AtomicU64,
}

struct State {
    vr: Vr,
    /// The dictionary leaves a choice that other elements decide when it is written.
    is_ambiguous: bool,
    /// Written with a delimiter at its end, where there is a choice.
    is_undefined_length: bool,
    content: Content,
}

/// What the value is.
pub enum Content {
    /// As it was read. The view is a twin ([`View::twin`]) of the one that holds the cell: nothing leads back.
    Stored(Arc<View>, usize),
    /// What was set.
    Object(Py<PyAny>),
}

impl Content {
    fn clone_ref(&self, py: Python<'_>) -> Self {
        match self {
            Self::Stored(view, position) => Self::Stored(Arc::clone(view), *position),
            Self::Object(value) => Self::Object(value.clone_ref(py)),
        }
    }
}

impl Cell {
    /// An element with this value.
    pub fn new(tag: Tag, (vr, is_ambiguous): (Vr, bool), value: Py<PyAny>) -> Arc<Self> {
        Self::of(tag, State { vr, is_ambiguous, is_undefined_length: false, content: Content::Object(value) })
    }

    /// An element as it was read, to be shared.
    pub fn stored(twin: Arc<View>, position: usize) -> Arc<Self> {
        let tag = twin.stored_entry(position).map(|(tag, _)| tag).unwrap_or_default();
        let (vr, is_ambiguous) = twin.stored_vr(position);
        let element = twin.stored_element(position);
        let is_undefined_length = element.is_some_and(|element| element.row().has(Flags::UNDEFINED_LENGTH));
        let content = Content::Stored(twin, position);
        let cell = Self::of(tag, State { vr, is_ambiguous, is_undefined_length, content });
        cell.set_at.store(0, Ordering::Relaxed);
        cell
    }

    fn of(tag: Tag, state: State) -> Arc<Self> {
        Arc::new(Self { tag, state: Mutex::new(state), set_at: AtomicU64::new(moment()) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An element of its own with the same value.
    pub fn copy(&self, py: Python<'_>) -> Arc<Self> {
        let state = self.state();
        let content = state.content.clone_ref(py);
        let State { vr, is_ambiguous, is_undefined_length, .. } = *state;
        Self::of(self.tag, State { vr, is_ambiguous, is_undefined_length, content })
    }

    pub fn tag(&self) -> Tag {
        self.tag
    }

    pub fn vr(&self) -> Vr {
        self.state().vr
    }

    pub fn is_ambiguous(&self) -> bool {
        self.state().is_ambiguous
    }

    pub fn is_undefined_length(&self) -> bool {
        self.state().is_undefined_length
    }

    pub fn set_undefined_length(&self, py: Python<'_>, is_undefined: bool) -> PyResult<()> {
        if self.is_undefined_length() != is_undefined {
            self.set_value(self.value(py)?);
            self.state().is_undefined_length = is_undefined;
        }
        Ok(())
    }

    pub fn set_vr(&self, py: Python<'_>, vr: Vr) -> PyResult<()> {
        // What was read stands behind its own VR.
        self.set_value(self.value(py)?);
        let mut state = self.state();
        (state.vr, state.is_ambiguous) = (vr, false);
        Ok(())
    }

    pub fn set_at(&self) -> u64 {
        self.set_at.load(Ordering::Relaxed)
    }

    pub fn content(&self, py: Python<'_>) -> Content {
        self.state().content.clone_ref(py)
    }

    /// False when it is as it was read, in this data set or another one.
    pub fn is_changed(&self, py: Python<'_>) -> bool {
        match self.content(py) {
            Content::Stored(view, position) => view.is_changed_in_place(py, position),
            Content::Object(_) => true,
        }
    }

    pub fn set_value(&self, value: Py<PyAny>) {
        // What was there is dropped after the lock: dropping may run Python code.
        let before = std::mem::replace(&mut self.state().content, Content::Object(value));
        self.set_at.fetch_max(moment(), Ordering::Relaxed);
        drop(before);
    }

    /// The value. One that can be changed stays with the cell.
    pub fn value(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self.content(py) {
            Content::Object(value) => Ok(value),
            Content::Stored(view, position) => view.stored_value(py, position, Keep::All),
        }
    }

    /// Shows the garbage collector the value, for the one owner of the cell; see [`View::traverse`].
    pub fn traverse(self: &Arc<Self>, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if Arc::strong_count(self) > 1 {
            return Ok(());
        }
        match self.state.try_lock().as_deref() {
            Ok(State { content: Content::Object(value), .. }) => visit.call(value),
            Ok(State { content: Content::Stored(view, _), .. }) => view.traverse(visit),
            Err(_) => Ok(()),
        }
    }
}
