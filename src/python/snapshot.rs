//! Data sets that leave the process: rows and bytes as they are, and back. An item takes its own range along.

use std::ops::Range;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyTuple, PyType};

use super::assignment::Checks;
use super::buffer::{Buffer, fresh_bytes};
use super::context::{Context, Inherited, Override};
use super::dataset::new_dataset;
use super::shared::{OnWarning, Part, Shared};
use super::value::Held;
use super::view::View;
use crate::Limits;
use crate::dataset::{ByteOrder, Encoding, Index, Row, VrForm};
use crate::error::{Error, ErrorKind, TagPath, Warning, WarningKind};
use crate::file::DicomFile;
use crate::source::Resident;
use crate::tag::Tag;
use crate::uid::Uid;
use crate::vr::Vr;

/// Protocols from this one on may keep the bytes outside of the pickle.
const OUT_OF_BAND: u32 = 5;

/// (file meta information is meant, preamble, transfer syntax, (implicit VR, big endian), path).
type Head = (bool, Option<PyBackedBytes>, Option<String>, Option<(bool, bool)>, Option<Py<PyAny>>);
/// (rows of the meta information, rows of the data set, truncated at, end).
type Rows = (PyBackedBytes, PyBackedBytes, Option<u64>, u64);
/// Offset and bytes of what is in memory: of the file, and of the inflated data set.
type Pieces = (Vec<(u64, Piece)>, Option<Vec<(u64, Piece)>>);
/// Bytes out of a pickle, or a buffer that was kept outside of it.
pub struct Piece(PyBackedBytes);

impl<'py> FromPyObject<'_, 'py> for Piece {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = object.extract() {
            return Ok(Self(bytes));
        }
        Ok(Self(object.py().get_type::<PyBytes>().call1((object,))?.extract()?))
    }
}

/// (kind, offset, sequences and items, tag) of a warning.
type SavedWarning = (String, u64, Vec<(u32, u32)>, Option<u32>);
/// (warnings, what happens to them, terms that replace those of the file, what the data set inherits, checks).
type Manner = (Vec<SavedWarning>, u8, Option<Vec<String>>, Inherited, String);

/// What [`restore`] makes a data set from.
type State = (Head, Rows, Pieces, Manner);

/// The state of a data set.
pub fn save<'py>(py: Python<'py>, view: &View, protocol: u32) -> PyResult<Bound<'py, PyTuple>> {
    let (shared, file) = (view.shared(), &view.shared().file);
    let is_meta = view.part() == Part::Meta;
    let encoding = view
        .encoding()
        .map(|encoding| (encoding.vr_form == VrForm::Implicit, encoding.byte_order == ByteOrder::Big));
    let preamble = file.preamble.as_ref().map(|preamble| PyBytes::new(py, &**preamble));
    let syntax = file.transfer_syntax.map(|uid| uid.as_str().to_owned());
    let own = rows_of(view);
    let own_bytes = to_bytes(py, &own);
    let rows = if is_meta {
        (own_bytes, PyBytes::new(py, &[]))
    } else {
        (to_bytes(py, file.meta.rows()), own_bytes)
    };

    let keep = Keeper { py, shared, protocol };
    let mut in_file = keep.pieces(Part::Meta, file.meta.rows())?;
    let mut inflated = None;
    if !is_meta {
        let pieces = keep.pieces(Part::Data, &own)?;
        if file.inflated.is_some() { inflated = Some(pieces) } else { in_file.extend(pieces) }
    }
    let warnings: Vec<SavedWarning> = shared.warnings().into_iter().map(saved).collect();
    let terms: Option<Vec<&str>> =
        shared.character_set.as_ref().map(|given| given.terms.iter().map(|term| &**term).collect());
    let manner = (warnings, shared.on_warning as u8, terms, view.inherited().save(), shared.checks.name());
    let index = shared.index(view.part());
    let filename = shared.filename.as_ref().map(|name| name.clone_ref(py));
    let head = (is_meta, preamble, syntax, encoding, filename);
    let rows = (rows.0, rows.1, index.truncated_at(), index.end());
    (head, rows, (in_file, inflated), manner).into_pyobject(py)
}

fn to_bytes<'py>(py: Python<'py>, rows: &[Row]) -> Bound<'py, PyBytes> {
    let mut bytes = Vec::with_capacity(size_of_val(rows));
    rows.iter().for_each(|row| bytes.extend_from_slice(&row.to_bytes()));
    PyBytes::new(py, &bytes)
}

/// The rows of a data set as an index of their own.
fn rows_of(view: &View) -> Vec<Row> {
    let index = view.shared().index(view.part());
    let runs: Vec<Range<u32>> = if view.is_slice() {
        let mut roots: Vec<u32> = view.stored_entries().map(|(_, row)| row).collect();
        roots.sort_unstable();
        let end = |root: u32| index.row(root).map_or(root, Row::end).max(root.saturating_add(1));
        roots.into_iter().map(|root| root..end(root)).collect()
    } else {
        vec![view.rows()]
    };
    let mut rows: Vec<Row> = Vec::with_capacity(runs.iter().map(ExactSizeIterator::len).sum());
    for run in runs {
        let shift = i64::from(run.start) - i64::try_from(rows.len()).unwrap_or_default();
        let run = index.rows().get(run.start as usize..run.end as usize).unwrap_or_default();
        rows.extend(run.iter().map(|row| {
            let mut row = *row;
            row.set_end(u32::try_from(i64::from(row.end()) - shift).unwrap_or_default());
            row
        }));
    }
    rows
}

/// Takes the bytes of rows out of a file.
struct Keeper<'a, 'py> {
    py: Python<'py>,
    shared: &'a Arc<Shared>,
    protocol: u32,
}

impl<'py> Keeper<'_, 'py> {
    /// The bytes that these rows lie in, in the order of their offsets.
    fn pieces(&self, part: Part, rows: &[Row]) -> PyResult<Vec<(u64, Bound<'py, PyAny>)>> {
        let (Some(first), Some(last)) = (rows.first(), rows.iter().map(Row::value_end).max()) else {
            return Ok(Vec::new());
        };
        let start = first.header_offset();
        let resident = self.shared.bytes(part);
        let mut pieces = Vec::new();
        let mut number = 0_u32;
        for (base, bytes) in resident.segments() {
            let from = base.max(start);
            let to = base.saturating_add(bytes.len() as u64).min(last);
            if from < to {
                pieces.push((from, self.resident(part, from, to - from)?));
            }
        }
        while let Some(row) = rows.get(number as usize) {
            let deferred = row.vr() != Vr::SQ && resident.get(row.offset(), row.length()).is_none();
            if deferred {
                let (offset, length) = (row.offset(), row.length());
                let wanted =
                    usize::try_from(length).map_err(|_| Error::from(ErrorKind::OutOfMemory(length)))?;
                let file = &self.shared.file;
                let bytes = fresh_bytes(self.py, wanted, |memory| file.read_into(offset, memory))?;
                pieces.push((offset, bytes.into_any()));
            }
            // Fragments are part of the value that was just read.
            number = if deferred { row.end().max(number + 1) } else { number + 1 };
        }
        pieces.sort_by_key(|(base, _)| *base);
        Ok(pieces)
    }

    /// Bytes in memory: a view that the pickle may keep outside, or a copy.
    fn resident(&self, part: Part, offset: u64, length: u64) -> PyResult<Bound<'py, PyAny>> {
        let held = Held::resident(self.shared, part, offset, length);
        if self.protocol < OUT_OF_BAND {
            return Ok(PyBytes::new(self.py, held.as_ref()).into_any());
        }
        let view = Buffer::view(self.py, Box::new(held))?;
        self.py.import("pickle")?.getattr("PickleBuffer")?.call1((view,))
    }
}

fn saved(warning: Warning) -> SavedWarning {
    let items = warning.path.items.into_iter().map(|(tag, item)| (tag.0, item)).collect();
    (warning.kind.name().to_owned(), warning.offset, items, warning.path.tag.map(|tag| tag.0))
}

/// The data set of a state that `_state` gave, as an object of `class`.
#[pyfunction]
pub fn restore(class: &Bound<'_, PyType>, state: State) -> PyResult<Py<PyAny>> {
    let ((is_meta, preamble, syntax, encoding, filename), rows, pieces, manner) = state;
    let (warnings, manner, terms, inherited, checks) = manner;
    let (meta, dataset, truncated_at, end) = rows;
    let file = DicomFile {
        preamble: preamble.and_then(|preamble| Some(Box::new(<[u8; 128]>::try_from(&*preamble).ok()?))),
        meta: Index { rows: rows_from(&meta), ..Index::default() },
        dataset: Index { rows: rows_from(&dataset), truncated_at, end, ..Index::default() },
        bytes: resident(pieces.0),
        inflated: pieces.1.map(resident),
        source: None,
        transfer_syntax: syntax.and_then(|uid| Uid::from_value(uid.as_bytes())),
        size: None,
        encoding: encoding.map(|(implicit, big)| Encoding {
            vr_form: if implicit { VrForm::Implicit } else { VrForm::Explicit },
            byte_order: if big { ByteOrder::Big } else { ByteOrder::Little },
        }),
        warnings: warnings.into_iter().filter_map(restored).collect(),
    };
    let on_warning = match manner {
        1 => OnWarning::Warn,
        2 => OnWarning::Raise,
        _ => OnWarning::Collect,
    };
    let mut shared = Shared::new(file, on_warning, Limits::DEFAULT, terms.and_then(Override::new));
    shared.filename = filename;
    shared.checks = Checks::by_name(Some(&checks))?;
    let shared = Arc::new(shared);
    let view = if is_meta {
        View::root(shared, Part::Meta)
    } else {
        View::whole(Context::restore(shared, inherited))
    };
    Ok(new_dataset(class, Arc::new(view))?.into_any())
}

fn rows_from(bytes: &[u8]) -> Vec<Row> {
    bytes.as_chunks().0.iter().map(Row::from_bytes).collect()
}

fn resident(pieces: Vec<(u64, Piece)>) -> Resident {
    let mut resident = Resident::default();
    for (base, Piece(bytes)) in pieces {
        resident.push(base, Box::new(bytes));
    }
    resident
}

fn restored((kind, offset, items, tag): SavedWarning) -> Option<Warning> {
    let kind = *WarningKind::ALL.iter().find(|known| known.name() == kind)?;
    let items = items.into_iter().map(|(tag, item)| (Tag(tag), item)).collect();
    Some(Warning { kind, offset, path: TagPath { items, tag: tag.map(Tag) } })
}
