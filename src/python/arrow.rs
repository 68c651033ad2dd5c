//! Tables leave and come by the Arrow C data interface: capsules that polars, pyarrow, pandas and duckdb take over.
#![allow(unsafe_code)]

use std::sync::Arc;

use arrow_array::ffi::FFI_ArrowSchema;
use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

/// The capsule of `__arrow_c_schema__`.
///
/// The value's `Drop` calls its `release` where nobody took it over, which is what the capsule's destructor must do.
pub fn schema_capsule<'py>(py: Python<'py>, schema: &SchemaRef) -> PyResult<Bound<'py, PyCapsule>> {
    let schema =
        FFI_ArrowSchema::try_from(&**schema).map_err(|error| PyValueError::new_err(error.to_string()))?;
    PyCapsule::new_with_value(py, schema, c"arrow_schema")
}

/// The capsule of `__arrow_c_stream__`. Batches are shared, not copied.
pub fn stream_capsule<'py>(
    py: Python<'py>,
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> PyResult<Bound<'py, PyCapsule>> {
    let batches: Vec<Result<RecordBatch, ArrowError>> = batches.iter().cloned().map(Ok).collect();
    let reader = RecordBatchIterator::new(batches, Arc::clone(schema));
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(reader)), c"arrow_array_stream")
}

/// The batches of a capsule that `__arrow_c_stream__` of any library gave, and their schema. The library is asked for
/// them while the interpreter is held: it may be written in Python.
pub fn batches_of(stream: &Bound<'_, PyCapsule>) -> PyResult<(SchemaRef, Vec<RecordBatch>)> {
    let pointer = stream.pointer_checked(Some(c"arrow_array_stream"))?.cast::<FFI_ArrowArrayStream>();
    // SAFETY: by the Arrow PyCapsule interface a capsule of this name holds a pointer to this struct. What is taken over
    // is marked as released in the capsule, so that its destructor leaves it alone.
    let reader = unsafe { RecordBatchStreamReader::from_raw(pointer.as_ptr()) };
    let wrong = |error: ArrowError| PyValueError::new_err(format!("the Arrow data cannot be read: {error}"));
    let reader = reader.map_err(wrong)?;
    let schema = reader.schema();
    let batches = reader.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    Ok((schema, batches))
}
