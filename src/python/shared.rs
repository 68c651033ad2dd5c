//! What all data sets of one file share.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::assignment::Checks;
use super::context::Override;
use super::error::{to_exception, to_warning};
use crate::Limits;
use crate::dataset::{DatasetView, Index, Row};
use crate::error::{Error, ErrorKind, Warning, WarningKind};
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
    /// The path it was read from, as text.
    pub filename: Option<Py<PyAny>>,
    /// What replaces Specific Character Set.
    pub character_set: Option<Override>,
    /// What becomes of values that are assigned and break a rule of their VR.
    pub checks: Checks,
    /// What was wrong with values that were decoded so far.
    pub(super) found: Mutex<Found>,
}

#[derive(Default)]
pub(super) struct Found {
    warnings: Vec<Odd>,
    seen: HashSet<(Part, u32, WarningKind)>,
}

/// Something that is wrong with a value. Where it stands is looked up when somebody asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Odd {
    pub kind: WarningKind,
    pub part: Part,
    pub row: u32,
}

/// Which of a file's two data sets.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
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
        Self {
            file,
            on_warning,
            limits,
            filename: None,
            character_set,
            checks: Checks::default(),
            found: Mutex::default(),
        }
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
    pub fn warn(&self, py: Python<'_>, odd: Odd) -> PyResult<()> {
        if self.on_warning == OnWarning::Raise {
            let warning = self.located(odd);
            let error = Error::from(ErrorKind::Strict(warning.kind)).at(warning.offset).of(warning.path);
            return Err(to_exception(py, &error, None));
        }
        let new = {
            // Nothing that holds this lock runs Python code, or can leave the list half written.
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            let new =
                found.warnings.len() < MAX_VALUE_WARNINGS && found.seen.insert((odd.part, odd.row, odd.kind));
            if new {
                found.warnings.push(odd);
            }
            new
        };
        if new && self.on_warning == OnWarning::Warn { issue(py, &self.located(odd)) } else { Ok(()) }
    }

    /// What is odd as a warning, with its place.
    fn located(&self, odd: Odd) -> Warning {
        let index = self.index(odd.part);
        let offset = index.row(odd.row).map(Row::offset).unwrap_or_default();
        let path = index.paths(&[odd.row]).pop().unwrap_or_default();
        Warning { kind: odd.kind, offset, path }
    }

    /// Everything that is known to be wrong: around the data sets, in them, in the values decoded so far.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut all: Vec<Warning> = self.file.all_warnings().cloned().collect();
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner).warnings.clone();
        for part in [Part::Meta, Part::Data] {
            let mut odd: Vec<Odd> = found.iter().filter(|odd| odd.part == part).copied().collect();
            odd.sort_by_key(|odd| odd.row);
            let index = self.index(part);
            let rows: Vec<u32> = odd.iter().map(|odd| odd.row).collect();
            all.extend(odd.into_iter().zip(index.paths(&rows)).map(|(odd, path)| {
                let offset = index.row(odd.row).map(Row::offset).unwrap_or_default();
                Warning { kind: odd.kind, offset, path }
            }));
        }
        all
    }
}

/// `warnings.warn(DicomWarning(...))`.
pub fn issue(py: Python<'_>, warning: &Warning) -> PyResult<()> {
    let warnings = py.import("warnings")?;
    warnings.call_method1("warn", (to_warning(py, warning)?,)).map(drop)
}

/// Issues a warning of another kind through `warnings.warn`.
pub fn warn_of(py: Python<'_>, message: &str, kind: &str, tag: Tag) -> PyResult<()> {
    let attributes = PyDict::new(py);
    attributes.set_item("kind", kind)?;
    attributes.set_item("tag", tag.0)?;
    attributes.set_item("path", tag.to_string())?;
    let warning =
        py.import("fastdcm.errors")?.getattr("DicomWarning")?.call((message,), Some(&attributes))?;
    py.import("warnings")?.call_method1("warn", (warning,)).map(drop)
}
