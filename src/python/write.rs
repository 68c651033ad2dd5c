//! Writing: data sets as bytes, files, and as the bytes and index that everything else reads from.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyString};

use super::context::Context;
use super::dataset::DatasetBase;
use super::error::to_exception;
use super::outgoing::{Collector, Outgoing};
use super::shared::{OnWarning, Shared};
use super::view::View;
use crate::dataset::{ByteOrder, Encoding, Plan, SequenceLengths, Target, VrForm};
use crate::error::Result;
use crate::file::{FileDraft, FilePlan, forget_replaced, read_data_set};
use crate::limits::Limits;
use crate::sink::{AtomicFile, Durability, SinkOptions};
use crate::transfer_syntax::{PixelDataForm, transfer_syntax};
use crate::uid::Uid;
use crate::value::character_set::CharacterSet;

/// Bytes that are handed to the operating system, or to a file object, at a time.
const BUFFER: usize = 32 << 10;

/// True for a transfer syntax with fragments.
fn is_encapsulated(syntax: Option<&Uid>) -> bool {
    let known = syntax.and_then(transfer_syntax);
    known.is_some_and(|known| known.pixel_data() == PixelDataForm::Encapsulated)
}

/// The data set as bytes and index alone, as if it had been read; itself where nothing was changed.
pub fn settled(py: Python<'_>, view: &Arc<View>) -> PyResult<Arc<View>> {
    if !view.is_changed(py) {
        return Ok(Arc::clone(view));
    }
    settled_as(py, view, view.shared().file.transfer_syntax)
}

/// The same for a data set whose pixel data are in another transfer syntax than when it was read.
pub fn settled_as(py: Python<'_>, view: &Arc<View>, syntax: Option<Uid>) -> PyResult<Arc<View>> {
    let limits = view.shared().limits;
    let collector = Collector {
        py,
        is_encapsulated: is_encapsulated(syntax.as_ref()),
        is_ge: false,
        depth: limits.depth,
    };
    let (outgoing, set) = collector.root(view)?;
    let encoding = Encoding::EXPLICIT_LITTLE;
    let written = py.detach(|| -> Result<_> {
        let target = Target { limits, ..Target::new(encoding, set) };
        let file = read_data_set(bytes_of(&outgoing, &target)?, encoding, limits)?;
        Ok(file)
    });
    let mut file = written.map_err(|error| to_exception(py, &error, None))?;
    file.transfer_syntax = syntax;
    let shared = Shared::new(file, OnWarning::Collect, limits, view.shared().character_set.clone());
    let inherited = Context::restore(Arc::new(shared), view.inherited().save());
    Ok(Arc::new(View::whole(inherited)))
}

fn bytes_of(outgoing: &Outgoing, target: &Target) -> Result<Vec<u8>> {
    let draft = outgoing.draft();
    let plan = Plan::new(&draft, target)?;
    let mut bytes = Vec::new();
    let length = usize::try_from(plan.length()).unwrap_or(usize::MAX);
    bytes.try_reserve_exact(length).map_err(|_| crate::ErrorKind::OutOfMemory(plan.length()))?;
    plan.write(&mut bytes)?;
    Ok(bytes)
}

/// What a data set is written as: (implicit VR, big endian, deflated, encapsulated, GE's private syntax).
type Form = (bool, bool, bool, bool, bool);

fn target_of(
    (implicit, big, ..): Form,
    lengths: &str,
    set: CharacterSet,
    limits: Limits,
) -> PyResult<Target> {
    let encoding = Encoding {
        vr_form: if implicit { VrForm::Implicit } else { VrForm::Explicit },
        byte_order: if big { ByteOrder::Big } else { ByteOrder::Little },
    };
    let lengths = match lengths {
        "as read" => SequenceLengths::AsRead,
        "defined" => SequenceLengths::Defined,
        "undefined" => SequenceLengths::Undefined,
        _ => {
            return Err(PyValueError::new_err("lengths must be \"as read\", \"defined\" or \"undefined\""));
        }
    };
    Ok(Target { lengths, limits, ..Target::new(encoding, set) })
}

/// Lists of elements that the target cannot keep as they are: (VR lost, written as UN, damaged text).
type Losses = (Vec<String>, Vec<String>, Vec<String>);

/// Writes a file.
///
/// `head` is (file meta information, preamble); `copies` says that nothing was changed since it was read; `target` is a
/// path, an object with `write`, or None for the bytes; `options` are (replace a file that is there, sync).
#[pyfunction]
pub fn dataset_to_file<'py>(
    dataset: &Bound<'py, DatasetBase>,
    head: (Option<Bound<'py, DatasetBase>>, Option<PyBackedBytes>),
    form: Form,
    lengths: &str,
    copies: bool,
    target: &Bound<'py, PyAny>,
    options: (bool, bool),
) -> PyResult<(Option<Bound<'py, PyBytes>>, Losses)> {
    let py = dataset.py();
    let view = dataset.get().view();
    let destination = Destination::of(target, options)?;
    if copies && view.shared().file.has_original() {
        let file = &view.shared().file;
        let bytes = destination.write(py, &|out| file.write_original(out))?;
        return Ok((bytes, Losses::default()));
    }
    let limits = view.shared().limits;
    let collector = Collector { py, is_encapsulated: form.3, is_ge: form.4, depth: limits.depth };
    let (outgoing, set) = collector.root(view)?;
    let meta = match &head.0 {
        Some(meta) => Some(Collector { is_encapsulated: false, ..collector }.root(meta.get().view())?.0),
        None => None,
    };
    let preamble = head.1.as_ref().and_then(|preamble| <&[u8; 128]>::try_from(&**preamble).ok());
    let target = target_of(form, lengths, set, limits)?;
    let (draft, meta) = (outgoing.draft(), meta.as_ref().map(Outgoing::draft));
    let draft = FileDraft { preamble, meta: meta.as_ref(), dataset: &draft, target, is_deflated: form.2 };
    let plan = py.detach(|| FilePlan::new(&draft)).map_err(|error| to_exception(py, &error, None))?;
    let bytes = destination.write(py, &|out| plan.write(out))?;
    let texts = |paths: &[crate::error::TagPath]| paths.iter().map(ToString::to_string).collect();
    let report = plan.report();
    let losses = (texts(&report.vr_lost), texts(&report.written_as_unknown), texts(&report.damaged_text));
    Ok((bytes, losses))
}

/// The data set without anything in front of it, as bytes.
#[pyfunction]
pub fn dataset_bytes<'py>(
    dataset: &Bound<'py, DatasetBase>,
    form: Form,
    lengths: &str,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = dataset.py();
    let view = dataset.get().view();
    let limits = view.shared().limits;
    let collector = Collector { py, is_encapsulated: form.3, is_ge: form.4, depth: limits.depth };
    let (outgoing, set) = collector.root(view)?;
    let target = target_of(form, lengths, set, limits)?;
    let bytes = py.detach(|| bytes_of(&outgoing, &target)).map_err(|error| to_exception(py, &error, None))?;
    Ok(PyBytes::new(py, &bytes))
}

/// Where a file goes.
enum Destination<'py> {
    Memory,
    Path { name: Bound<'py, PyAny>, path: PathBuf, options: SinkOptions },
    Object(Bound<'py, PyAny>),
}

impl<'py> Destination<'py> {
    fn of(target: &Bound<'py, PyAny>, (overwrite, durable): (bool, bool)) -> PyResult<Self> {
        if target.is_none() {
            return Ok(Self::Memory);
        }
        if target.is_instance_of::<PyString>() || target.is_instance_of::<PyBytes>() {
            let durability = if durable { Durability::Full } else { Durability::None };
            let path = target.extract()?;
            let options = SinkOptions { overwrite, durability };
            return Ok(Self::Path { name: target.clone(), path, options });
        }
        Ok(Self::Object(target.clone()))
    }

    /// Has `write` write all of it, without the interpreter.
    fn write(
        self,
        py: Python<'py>,
        write: &(dyn Fn(&mut dyn Write) -> Result<()> + Sync),
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        match self {
            Self::Memory => {
                let mut bytes = Vec::new();
                py.detach(|| write(&mut bytes)).map_err(|error| to_exception(py, &error, None))?;
                Ok(Some(PyBytes::new(py, &bytes)))
            }
            Self::Path { name, path, options } => {
                let written = py.detach(|| -> Result<()> {
                    let mut out = BufWriter::with_capacity(BUFFER, AtomicFile::create(&path, options)?);
                    write(&mut out)?;
                    out.into_inner().map_err(io::IntoInnerError::into_error)?.commit()?;
                    // The file is whole: that the journal of the one before it stays is no reason to say it is not.
                    let _ = forget_replaced(&path);
                    Ok(())
                });
                written.map_err(|error| to_exception(py, &error, Some(&name)))?;
                Ok(None)
            }
            Self::Object(object) => {
                let mut out = ObjectWriter { object: object.unbind(), raised: None };
                let written = py.detach(|| -> Result<()> {
                    let mut buffered = BufWriter::with_capacity(BUFFER, &mut out);
                    write(&mut buffered)?;
                    Ok(buffered.flush()?)
                });
                if let Some(raised) = out.raised {
                    return Err(raised);
                }
                written.map_err(|error| to_exception(py, &error, None))?;
                Ok(None)
            }
        }
    }
}

/// Writes to a Python file object.
struct ObjectWriter {
    object: Py<PyAny>,
    raised: Option<PyErr>,
}

impl Write for ObjectWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let called = Python::attach(|py| -> PyResult<usize> {
            let written = self.object.bind(py).call_method1("write", (PyBytes::new(py, bytes),))?;
            // What does not say how much it has written has written all.
            Ok(written.extract::<usize>().unwrap_or(bytes.len()))
        });
        called.map_err(|error| {
            self.raised = Some(error);
            io::Error::other("write raised")
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
