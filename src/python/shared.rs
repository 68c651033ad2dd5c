//! What all data sets of one file share, and where each of them stands in it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;

use super::context::Override;
use super::error::{to_exception, to_warning};
use crate::Limits;
use crate::dataset::{DatasetView, Index};
use crate::error::{Error, ErrorKind, TagPath, Warning, WarningKind};
use crate::file::DicomFile;
use crate::source::Resident;
use crate::tag::Tag;

/// Warnings that values of one file may add: a damaged file could hold millions.
const MAX_VALUE_WARNINGS: usize = 1000;

/// What happens when something is wrong and could be read all the same.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum OnWarning {
    /// It is listed.
    #[default]
    Collect,
    /// It is listed, and issued through `warnings.warn`.
    Warn,
    /// It is an error.
    Raise,
}

/// The file behind data sets: all of them hold it, none holds another.
#[derive(Default)]
pub struct Shared {
    pub file: DicomFile,
    pub on_warning: OnWarning,
    /// What decoding may ask for.
    pub limits: Limits,
    /// What replaces Specific Character Set.
    pub character_set: Option<Override>,
    /// What was wrong with values that were decoded so far.
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    warnings: Vec<Warning>,
    seen: HashSet<(u64, WarningKind)>,
}

/// Which of a file's two data sets.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Part {
    /// The file meta information.
    Meta,
    /// The data set.
    #[default]
    Data,
}

impl Shared {
    pub fn new(
        file: DicomFile,
        on_warning: OnWarning,
        limits: Limits,
        character_set: Option<Override>,
    ) -> Self {
        Self { file, on_warning, limits, character_set, found: Mutex::default() }
    }

    pub fn index(&self, part: Part) -> &Index {
        match part {
            Part::Meta => &self.file.meta,
            Part::Data => &self.file.dataset,
        }
    }

    pub fn bytes(&self, part: Part) -> &Resident {
        match (part, &self.file.inflated) {
            (Part::Data, Some(inflated)) => inflated,
            _ => &self.file.bytes,
        }
    }

    /// The data set of rows `first..end`.
    pub fn view(&self, part: Part, first: u32, end: u32) -> DatasetView<'_> {
        DatasetView::of_rows(self.index(part), self.bytes(part), first, end)
    }

    /// Notes what was wrong with a value, once a place and kind, and does about it what the reader asked for.
    pub fn warn(&self, py: Python<'_>, warning: Warning) -> PyResult<()> {
        if self.on_warning == OnWarning::Raise {
            let error = Error::from(ErrorKind::Strict(warning.kind)).at(warning.offset).of(warning.path);
            return Err(to_exception(py, &error, None));
        }
        let new = {
            // Nothing that holds this lock runs Python code, or can leave the list half written.
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            let room = found.warnings.len() < MAX_VALUE_WARNINGS;
            let new = room && found.seen.insert((warning.offset, warning.kind));
            if new {
                found.warnings.push(warning.clone());
            }
            new
        };
        if new && self.on_warning == OnWarning::Warn { issue(py, &warning) } else { Ok(()) }
    }

    /// Everything that is known to be wrong: around the data sets, in them, in the values decoded so far.
    pub fn warnings(&self) -> Vec<Warning> {
        let file = self.file.warnings.iter();
        let mut all: Vec<Warning> =
            file.chain(self.file.meta.warnings()).chain(self.file.dataset.warnings()).cloned().collect();
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(found.warnings.iter().cloned());
        all
    }
}

/// `warnings.warn(DicomWarning(...))`.
pub fn issue(py: Python<'_>, warning: &Warning) -> PyResult<()> {
    let warnings = py.import("warnings")?;
    warnings.call_method1("warn", (to_warning(py, warning)?,)).map(drop)
}

/// A sequence element that items stand in, with what stands around it.
#[derive(Debug)]
pub struct Around {
    tag: Tag,
    place: Place,
    depth: u32,
}

impl Around {
    /// How many sequences there are from the root to this one.
    pub fn depth(&self) -> u32 {
        self.depth
    }
}

/// The sequences around a data set; held by it, never by what is around it.
#[derive(Clone, Default, Debug)]
pub struct Place {
    sequence: Option<Arc<Around>>,
    item: u32,
}

impl Place {
    /// What stands around the items of the sequence `tag` of the data set that stands here.
    pub fn sequence(&self, tag: Tag) -> Arc<Around> {
        let depth = self.sequence.as_ref().map_or(0, |around| around.depth).saturating_add(1);
        Arc::new(Around { tag, place: self.clone(), depth })
    }

    /// The place of an item.
    pub fn item(sequence: &Arc<Around>, item: u32) -> Self {
        Self { sequence: Some(Arc::clone(sequence)), item }
    }

    /// True inside of a sequence.
    pub fn is_item(&self) -> bool {
        self.sequence.is_some()
    }

    /// The path of an element that stands here.
    pub fn path(&self, tag: Tag) -> TagPath {
        let mut items = Vec::new();
        let mut place = self;
        while let Some(around) = &place.sequence {
            items.push((around.tag, place.item));
            place = &around.place;
        }
        items.reverse();
        TagPath { items, tag: Some(tag) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Nesting may be as deep as the limit allows: a chain of drops must not use the stack.
        let mut next = self.sequence.take();
        while let Some(mut around) = next.and_then(Arc::into_inner) {
            next = around.place.sequence.take();
        }
    }
}
