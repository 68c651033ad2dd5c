//! Encapsulated pixel data as `bytes`: where its frames are, and how frames become one.

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::error::{ErrorKind, Result};
use crate::pixel::{self, Fragment, split_fragments};

/// Start and end of bytes.
type Bytes = (u64, u64);

/// The values of all items, the Basic Offset Table first.
#[pyfunction]
pub fn fragment_ranges(value: PyBackedBytes) -> PyResult<Vec<(usize, usize)>> {
    let ranges = split_fragments(&value).ok_or_else(no_fragments)?;
    Ok(ranges.into_iter().map(|range| (range.start, range.end)).collect())
}

/// The numbers of the Basic Offset Table.
#[pyfunction]
pub fn basic_offsets(value: PyBackedBytes) -> PyResult<Vec<u32>> {
    let table = pixel::basic_offsets(&value).ok_or_else(no_fragments)?;
    Ok(table)
}

/// The fragments of frames: of all, or of that with the number `index`.
#[pyfunction]
pub fn frame_ranges(
    py: Python<'_>,
    value: PyBackedBytes,
    number_of_frames: Option<u32>,
    extended: (PyBackedBytes, PyBackedBytes),
    index: Option<i64>,
) -> PyResult<Vec<Vec<Bytes>>> {
    let found = || -> Result<Vec<Vec<Bytes>>> {
        let frames =
            pixel::encapsulated_frames(&value, number_of_frames, (&extended.0[..], &extended.1[..]))?;
        let of = |part: &Fragment| (part.offset, part.offset.saturating_add(part.length));
        let ranges = |number| frames.frame(number).iter().map(of).collect::<Vec<_>>();
        let Some(index) = index else { return Ok((0..frames.count()).map(ranges).collect()) };
        let number = u32::try_from(index).ok().filter(|number| *number < frames.count());
        let fault = || ErrorKind::FrameIndex { index: index.unsigned_abs(), frames: frames.count().into() };
        Ok(vec![ranges(number.ok_or_else(fault)?)])
    };
    Ok(py.detach(found)?)
}

/// Frames → a value of Pixel Data.
#[pyfunction]
pub fn encapsulate(
    py: Python<'_>,
    frames: Vec<PyBackedBytes>,
    fragments_per_frame: usize,
    has_table: bool,
) -> PyResult<Bound<'_, PyBytes>> {
    let value = py.detach(|| pixel::encapsulate(&frames, fragments_per_frame, has_table))?;
    Ok(PyBytes::new(py, &value))
}

fn no_fragments() -> crate::Error {
    ErrorKind::OffsetTable("not a sequence of fragments".into()).into()
}
