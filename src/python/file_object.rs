//! Python file objects as a source: values that are read when they are written.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::{ErrorKind, Result};
use crate::source::ReadAt;

/// A binary file object, from where it stands to its end.
pub struct FileObject {
    object: Py<PyAny>,
    start: u64,
    length: u64,
}

impl FileObject {
    /// The rest of a file object and its length; `None` for anything that cannot be read and moved in.
    pub fn of(object: &Bound<'_, PyAny>) -> PyResult<Option<(Self, u64)>> {
        if !object.hasattr("read")? || !object.hasattr("seek")? || !object.hasattr("tell")? {
            return Ok(None);
        }
        let start: u64 = object.call_method0("tell")?.extract()?;
        let end: u64 = object.call_method1("seek", (0, 2))?.extract()?;
        object.call_method1("seek", (start,))?;
        let length = end.saturating_sub(start);
        let this = Self { object: object.clone().unbind(), start, length };
        Ok(Some((this, length)))
    }

    fn read(&self, py: Python<'_>, offset: u64, buffer: &mut [u8]) -> PyResult<usize> {
        let object = self.object.bind(py);
        object.call_method1("seek", (self.start.saturating_add(offset),))?;
        let data = object.call_method1("read", (buffer.len(),))?;
        let data = data.cast::<PyBytes>()?.as_bytes();
        let count = data.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), data.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }
}

impl Drop for FileObject {
    /// The object stands where it stood, so that it can be written once more.
    fn drop(&mut self) {
        // Nothing can be done about an object that does not move any more; the next write will say so.
        Python::attach(|py| _ = self.object.bind(py).call_method1("seek", (self.start,)));
    }
}

impl ReadAt for FileObject {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let read = Python::attach(|py| self.read(py, offset.saturating_add(filled as u64), rest));
            match read {
                Ok(0) => break,
                Ok(count) => filled += count,
                // What was measured cannot be read any more, for whatever reason.
                Err(_) => return Err(ErrorKind::FileChanged.into()),
            }
        }
        Ok(filled)
    }

    fn size(&self) -> Result<u64> {
        Ok(self.length)
    }
}
