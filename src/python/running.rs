//! Work on many files under way, whatever comes of it: one thread asks at a time, Ctrl-C works, forks are noticed.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError, TryLockError};

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use super::error::to_exception;
use crate::bulk::{JsonLines, OnFault, Scan, ScanError, ScanOptions, ScanProgress};
use crate::error::{ErrorKind, Result};
use crate::limits::Limits;

/// Work that belongs to the process that began it.
pub trait Process {
    /// True in that process.
    fn is_of_this_process(&self) -> bool;
}

impl Process for Scan {
    fn is_of_this_process(&self) -> bool {
        Self::is_of_this_process(self)
    }
}

impl Process for JsonLines {
    fn is_of_this_process(&self) -> bool {
        Self::is_of_this_process(self)
    }
}

/// Work under way.
pub struct Running<S: Process> {
    /// One thread at a time asks; `None` once the work has ended.
    work: Mutex<Option<S>>,
    progress: Option<Py<PyAny>>,
}

impl<S: Process> Drop for Running<S> {
    fn drop(&mut self) {
        // In a forked child, letting go of it would wait for threads that are not there.
        let work = self.work.get_mut().unwrap_or_else(PoisonError::into_inner);
        if work.as_ref().is_some_and(|work| !work.is_of_this_process()) {
            std::mem::forget(work.take());
        }
    }
}

/// Asks whether to go on.
type Tick<'t> = &'t mut dyn FnMut(ScanProgress) -> Result<()>;

impl<S: Process + Send> Running<S> {
    /// Work that tells `progress` how far it has come.
    pub fn new(work: S, progress: Option<Py<PyAny>>) -> Self {
        Self { work: Mutex::new(Some(work)), progress }
    }

    /// What `step` gives next; `None` once there is nothing more.
    pub fn next<T: Send>(
        &self,
        py: Python<'_>,
        step: impl Fn(&mut S, Tick<'_>) -> Result<Option<T>, ScanError> + Sync,
    ) -> PyResult<Option<T>> {
        let mut raised: Option<PyErr> = None;
        let (mut is_busy, mut is_foreign) = (false, false);
        let result = py.detach(|| {
            let mut work = match self.work.try_lock() {
                Ok(work) => work,
                // A panic while it was locked leaves work that can be asked again.
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                // Another thread, or the progress callback of this very call.
                Err(TryLockError::WouldBlock) => {
                    is_busy = true;
                    return Ok(None);
                }
            };
            let Some(running) = work.as_mut() else { return Ok(None) };
            if !running.is_of_this_process() {
                is_foreign = true;
                return Ok(None);
            }
            let mut tick = |progress: ScanProgress| {
                Python::attach(|py| self.tick(py, progress)).map_err(|error| {
                    raised = Some(error);
                    ErrorKind::Interrupted.into()
                })
            };
            let result = step(running, &mut tick);
            if !matches!(result, Ok(Some(_))) {
                *work = None;
            }
            result
        });
        match (raised, result) {
            _ if is_busy => Err(PyRuntimeError::new_err("the scan is being asked for a batch already")),
            _ if is_foreign => Err(PyRuntimeError::new_err("a scan cannot go on in a forked process")),
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(raise(py, &error)),
            (None, Ok(result)) => Ok(result),
        }
    }

    /// Lets Ctrl-C through and tells how far it has come.
    fn tick(&self, py: Python<'_>, progress: ScanProgress) -> PyResult<()> {
        py.check_signals()?;
        if let Some(callback) = &self.progress {
            let total = progress.is_all.then_some(progress.found);
            callback.call1(py, (progress.done, total))?;
        }
        Ok(())
    }
}

/// (recursive, errors, threads).
pub type GivenOptions<'a> = (bool, &'a str, Option<NonZeroUsize>);
/// (depth, elements, inflated).
pub type GivenLimits = (u32, u64, u64);

/// What input may ask for, from Python's arguments.
pub fn limits_of(limits: Option<GivenLimits>) -> Limits {
    limits.map_or(Limits::DEFAULT, |(depth, elements, inflated)| Limits {
        depth,
        elements,
        inflated,
        ..Limits::DEFAULT
    })
}

/// How files are found and read, from Python's arguments.
pub fn scan_options(
    (recursive, errors, threads): GivenOptions<'_>,
    limits: Option<GivenLimits>,
) -> PyResult<ScanOptions> {
    let on_fault = match errors {
        "report" => OnFault::Report,
        "raise" => OnFault::Raise,
        "skip" => OnFault::Skip,
        _ => return Err(PyValueError::new_err("errors must be \"report\", \"raise\" or \"skip\"")),
    };
    let limits = limits_of(limits);
    Ok(ScanOptions { recursive, on_fault, threads, limits })
}

/// Paths, from text or path objects.
pub fn paths_of(paths: &Bound<'_, PyList>) -> PyResult<Vec<PathBuf>> {
    paths.iter().map(|path| path_of(&path)).collect()
}

/// A path, from text or a path object. Text that is UTF-8 is read in place.
fn path_of(path: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    match path.cast::<PyString>().map(|text| text.to_str()) {
        Ok(Ok(text)) => Ok(PathBuf::from(text)),
        _ => path.extract(),
    }
}

/// The exception for what ended work on many files, with the path it is about.
pub fn raise(py: Python<'_>, fault: &ScanError) -> PyErr {
    let path = fault.path.as_ref().and_then(|path| path.as_os_str().into_pyobject(py).ok());
    to_exception(py, &fault.error, path.as_ref().map(Bound::as_any))
}
