//! Scans and their tables at the border.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type, Time64MicrosecondType, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, SchemaRef};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyIndexError, PyKeyError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyBytes, PyCapsule, PyList, PyString};

use super::arrow::{batches_of, schema_capsule, stream_capsule};
use super::running::{GivenLimits, GivenOptions, Running, paths_of, scan_options};
use crate::bulk::{
    Column, FrameIndex, KnownRows, Scan, normal_batch, take_rows, write_cell, write_csv_header,
    write_csv_rows,
};

/// The batches of a scan, or of a part of one.
#[pyclass(frozen, module = "fastdcm._core")]
pub struct ArrowTable {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    /// Made when frames are asked for first; `None` inside where no column has paths.
    index: PyOnceLock<Option<FrameIndex>>,
}

/// A scan under way: an iterator of tables of one batch.
#[pyclass(frozen, module = "fastdcm._core")]
pub struct ScanIterator {
    scan: Running<Scan>,
    schema: SchemaRef,
}

#[pymethods]
impl ScanIterator {
    /// `columns` are (name or None, path) pairs; `options` are (recursive, errors, threads); `frames` asks for the
    /// columns of frames, of unchanged files those of a known table.
    #[new]
    #[pyo3(signature = (paths, columns, options, limits, progress, frames=false, known=None))]
    fn new(
        paths: &Bound<'_, PyList>,
        columns: Vec<(Option<String>, String)>,
        options: GivenOptions<'_>,
        limits: Option<GivenLimits>,
        progress: Option<Py<PyAny>>,
        frames: bool,
        known: Option<&Bound<'_, ArrowTable>>,
    ) -> PyResult<Self> {
        let columns =
            Column::parse_all(&columns).map_err(|error| PyValueError::new_err(error.to_string()))?;
        let options = scan_options(options, limits)?;
        let paths = paths_of(paths)?;
        let known = known.map(|table| {
            let schema = Scan::schema_with_frames(&columns);
            KnownRows::new(&table.get().batches, &schema).map_err(|error| refused(&error))
        });
        let scan = if frames {
            Scan::with_frames(paths, columns, &options, known.transpose()?)?
        } else {
            Scan::new(paths, columns, &options)?
        };
        let schema = Arc::clone(scan.schema());
        Ok(Self { scan: Running::new(scan, progress), schema })
    }

    fn __iter__(this: Py<Self>) -> Py<Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<ArrowTable>> {
        let batch = self.scan.next(py, Scan::next_batch)?;
        Ok(batch.map(|batch| ArrowTable::new(Arc::clone(&self.schema), vec![batch])))
    }

    /// Everything that is left, as one table.
    fn read_all(&self, py: Python<'_>) -> PyResult<ArrowTable> {
        let mut batches = Vec::new();
        while let Some(batch) = self.scan.next(py, Scan::next_batch)? {
            batches.push(batch);
        }
        Ok(ArrowTable::new(Arc::clone(&self.schema), batches))
    }
}

#[pymethods]
impl ArrowTable {
    /// The table of any library that gives such a capsule.
    #[staticmethod]
    fn from_stream(stream: &Bound<'_, PyCapsule>) -> PyResult<Self> {
        let (schema, batches) = batches_of(stream)?;
        let batches: Vec<RecordBatch> =
            batches.iter().map(normal_batch).collect::<Result<_, _>>().map_err(|error| refused(&error))?;
        // Without a batch the types are those of the library, and of no consequence.
        let schema = batches.first().map_or(schema, RecordBatch::schema);
        Ok(Self::new(schema, batches))
    }

    /// The rows with these numbers (int64), in this order.
    fn take(&self, rows: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (py, count) = (rows.py(), self.__len__());
        let rows = integers_of(rows)?.into_iter();
        let rows = rows.map(|row| usize::try_from(row).ok().filter(|row| *row < count));
        let rows: Option<Vec<usize>> = rows.collect();
        let rows = rows.ok_or_else(|| PyIndexError::new_err("row out of range"))?;
        let batches = py.detach(|| take_rows(&self.schema, &self.batches, &rows));
        Ok(Self::new(Arc::clone(&self.schema), batches.map_err(|error| refused(&error))?))
    }

    /// How many frames there are in each row, int64; -1 where the table does not say.
    fn frame_counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyByteArray>> {
        let index = self.index(py)?;
        let counts = (0..index.count()).map(|row| index.frame_count(row).map_or(-1, i64::from));
        Ok(PyByteArray::new(py, &counts.flat_map(i64::to_ne_bytes).collect::<Vec<_>>()))
    }

    fn __len__(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The names of the columns.
    #[getter]
    fn names(&self) -> Vec<&str> {
        self.schema.fields().iter().map(|field| field.name().as_str()).collect()
    }

    /// The type of a column: a name of numpy's, or "text", "binary", "date", "time", "list".
    fn kind(&self, name: &str) -> PyResult<&'static str> {
        Ok(match self.schema.field(self.number(name)?).data_type() {
            DataType::Int16 => "int16",
            DataType::UInt16 => "uint16",
            DataType::Int32 => "int32",
            DataType::UInt32 => "uint32",
            DataType::Int64 => "int64",
            DataType::UInt64 => "uint64",
            DataType::Float32 => "float32",
            DataType::Float64 => "float64",
            DataType::Date32 => "date",
            DataType::Time64(_) => "time",
            DataType::Binary => "binary",
            DataType::List(_) => "list",
            DataType::Utf8 | DataType::Null => "text",
            other => {
                let reason =
                    format!("column {name:?} is of the Arrow type {other}: ask the library it came from");
                return Err(PyTypeError::new_err(reason));
            }
        })
    }

    /// The values of a column of numbers, dates or times, in native byte order, and a byte for each that is 1 where
    /// there is none; no such bytes where there are no nulls.
    fn fixed<'py>(
        &self,
        py: Python<'py>,
        name: &str,
    ) -> PyResult<(Bound<'py, PyByteArray>, Option<Bound<'py, PyByteArray>>)> {
        let number = self.number(name)?;
        let (mut values, mut nulls) = (Vec::new(), Vec::new());
        let mut has_nulls = false;
        for array in self.column(number) {
            let data = array.to_data();
            if let Some(buffer) = data.buffers().first().filter(|_| array.data_type().is_primitive()) {
                values.extend_from_slice(buffer.as_slice());
            }
            has_nulls |= array.null_count() > 0;
            nulls.extend((0..array.len()).map(|row| u8::from(array.is_null(row))));
        }
        let nulls = has_nulls.then(|| PyByteArray::new(py, &nulls));
        Ok((PyByteArray::new(py, &values), nulls))
    }

    /// The values of a column as Python objects, from row `first` on, `count` of them; `None` for nulls.
    fn objects<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        first: usize,
        count: usize,
    ) -> PyResult<Bound<'py, PyList>> {
        let objects = PyList::empty(py);
        let number = self.number(name)?;
        let mut skip = first;
        for array in self.column(number) {
            let left = count - objects.len().min(count);
            let from = skip.min(array.len());
            for row in from..array.len().min(from.saturating_add(left)) {
                objects.append(to_object(py, array, row)?)?;
            }
            skip -= from;
        }
        Ok(objects)
    }

    /// A row as text, one string a column; nothing for nulls.
    fn texts(&self, row: usize) -> PyResult<Vec<String>> {
        let mut before = 0;
        for batch in &self.batches {
            if row - before < batch.num_rows() {
                let text = |array: &ArrayRef| {
                    let mut text = String::new();
                    write_cell(array, row - before, &mut text);
                    text
                };
                return Ok(batch.columns().iter().map(text).collect());
            }
            before += batch.num_rows();
        }
        Err(PyIndexError::new_err("row out of range"))
    }

    /// Why each cell of a column is null, as a byte: 0 there is a value, 1 absent, 2 empty, 3 unreadable, 4 not read.
    fn states<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyBytes>> {
        let number = self.number(name)?;
        let own = ["status", "empty", "unreadable"].map(|name| self.number(name));
        let [Ok(status), Ok(empty), Ok(unreadable)] = own else {
            return Err(PyKeyError::new_err("states need the columns status, empty and unreadable"));
        };
        let mut states = Vec::with_capacity(self.__len__());
        for batch in &self.batches {
            let columns = [number, status, empty, unreadable].map(|number| batch.columns().get(number));
            let [Some(cells), Some(status), Some(empty), Some(unreadable)] = columns else { continue };
            let status = status.as_string::<i32>();
            for row in 0..batch.num_rows() {
                states.push(match status.value(row) {
                    _ if names_column(unreadable, row, name) => 3,
                    _ if cells.is_valid(row) => 0,
                    "error" | "not DICOM" => 4,
                    _ if names_column(empty, row, name) => 2,
                    _ => 1,
                });
            }
        }
        Ok(PyBytes::new(py, &states))
    }

    /// The numbers of the rows whose status is not "ok".
    fn fault_rows(&self) -> PyResult<Vec<usize>> {
        let statuses = self.column(self.number("status")?).flat_map(|array| array.as_string::<i32>().iter());
        Ok(statuses.enumerate().filter(|(_, status)| *status != Some("ok")).map(|(row, _)| row).collect())
    }

    /// How many rows there are of each status, in the order of their first.
    fn status_counts(&self) -> Vec<(String, usize)> {
        let mut counts: Vec<(String, usize)> = Vec::new();
        let statuses = self.number("status").into_iter().flat_map(|number| self.column(number));
        for status in statuses.flat_map(|array| array.as_string::<i32>().iter().flatten()) {
            match counts.iter_mut().find(|(known, _)| known == status) {
                Some((_, count)) => *count += 1,
                None => counts.push((status.to_owned(), 1)),
            }
        }
        counts
    }

    /// The header line of a CSV file, or with a number the lines of that batch; `None` behind the last.
    #[pyo3(signature = (batch=None))]
    fn csv(&self, py: Python<'_>, batch: Option<usize>) -> PyResult<Option<String>> {
        py.detach(|| {
            let mut text = Vec::new();
            match batch {
                None => write_csv_header(&self.schema, &mut text)?,
                Some(number) => match self.batches.get(number) {
                    Some(batch) => write_csv_rows(batch, &mut text)?,
                    None => return Ok(None),
                },
            }
            Ok(String::from_utf8(text).ok())
        })
    }

    /// The same rows with these columns only.
    fn select(&self, names: Vec<String>) -> PyResult<Self> {
        let numbers = names.iter().map(|name| self.number(name)).collect::<PyResult<Vec<_>>>()?;
        let broken = |error: ArrowError| refused(&error);
        let batches = self.batches.iter().map(|batch| batch.project(&numbers)).collect::<Result<_, _>>();
        let schema = Arc::new(self.schema.project(&numbers).map_err(broken)?);
        Ok(Self::new(schema, batches.map_err(broken)?))
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.schema)
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The interface allows the producer to give its own schema whatever is requested.
        let _ = requested_schema;
        stream_capsule(py, &self.schema, &self.batches)
    }
}

impl ArrowTable {
    fn new(schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        Self { schema, batches, index: PyOnceLock::new() }
    }

    /// The rows as images.
    pub fn index(&self, py: Python<'_>) -> PyResult<&FrameIndex> {
        let index = self.index.get_or_init(py, || FrameIndex::of(&self.batches));
        index.as_ref().ok_or_else(|| PyKeyError::new_err("path"))
    }

    fn number(&self, name: &str) -> PyResult<usize> {
        self.schema.index_of(name).map_err(|_| PyKeyError::new_err(name.to_owned()))
    }

    fn column(&self, number: usize) -> impl Iterator<Item = &ArrayRef> {
        self.batches.iter().filter_map(move |batch| batch.columns().get(number))
    }
}

/// Numbers of a contiguous buffer of int64.
pub fn integers_of(buffer: &Bound<'_, PyAny>) -> PyResult<Vec<i64>> {
    PyBuffer::<i64>::get(buffer)?.to_vec(buffer.py())
}

fn refused(error: &ArrowError) -> PyErr {
    PyValueError::new_err(match error {
        ArrowError::InvalidArgumentError(reason) => reason.clone(),
        other => other.to_string(),
    })
}

/// True when the list of names in this row has the name.
fn names_column(lists: &ArrayRef, row: usize, name: &str) -> bool {
    let names = lists.as_list::<i32>().value(row);
    names.as_string::<i32>().iter().any(|found| found == Some(name))
}

/// A cell as Python object.
fn to_object<'py>(py: Python<'py>, array: &dyn Array, row: usize) -> PyResult<Bound<'py, PyAny>> {
    if array.is_null(row) {
        return Ok(py.None().into_bound(py));
    }
    match array.data_type() {
        DataType::Utf8 => Ok(PyString::new(py, array.as_string::<i32>().value(row)).into_any()),
        DataType::Binary => Ok(PyBytes::new(py, array.as_binary::<i32>().value(row)).into_any()),
        DataType::Date32 => {
            static FROM_ORDINAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
            let from_ordinal = FROM_ORDINAL.get_or_try_init(py, || {
                let date = py.import("datetime")?.getattr("date")?;
                date.getattr("fromordinal").map(Bound::unbind)
            })?;
            // Day 1 of Python's count is 0001-01-01.
            let ordinal = i64::from(array.as_primitive::<Date32Type>().value(row)) + 719_163;
            Ok(from_ordinal.call1(py, (ordinal,))?.into_bound(py))
        }
        DataType::Time64(_) => {
            static TIME: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
            let time = TIME.import(py, "datetime", "time")?;
            let microseconds = array.as_primitive::<Time64MicrosecondType>().value(row);
            let seconds = microseconds / 1_000_000;
            time.call1((seconds / 3600, seconds / 60 % 60, seconds % 60, microseconds % 1_000_000))
        }
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            let objects = PyList::empty(py);
            for item in 0..items.len() {
                objects.append(to_object(py, &items, item)?)?;
            }
            Ok(objects.into_any())
        }
        _ => number_object(py, array, row),
    }
}

fn number_object<'py>(py: Python<'py>, array: &dyn Array, row: usize) -> PyResult<Bound<'py, PyAny>> {
    Ok(match array.data_type() {
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).into_pyobject(py)?.into_any(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).into_pyobject(py)?.into_any(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into_pyobject(py)?.into_any(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).into_pyobject(py)?.into_any(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into_pyobject(py)?.into_any(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).into_pyobject(py)?.into_any(),
        DataType::Float32 => array.as_primitive::<Float32Type>().value(row).into_pyobject(py)?.into_any(),
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row).into_pyobject(py)?.into_any(),
        _ => py.None().into_bound(py),
    })
}
