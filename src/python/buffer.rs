//! Memory across the border: read-only views on bytes we hold, and arrays of others that we write.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::fs::File;
use std::io;
use std::ptr;

use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::{PyBufferError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyMemoryView, PyTuple};

use crate::error::{Error, ErrorKind, Result};
use crate::pixel::SharedMemory;

/// Bytes that stay where they are and do not change as long as this lives.
pub type Bytes = Box<dyn AsRef<[u8]> + Send + Sync>;

/// A read-only view on bytes we hold.
#[pyclass(frozen, module = "fastdcm")]
pub struct Buffer {
    bytes: Bytes,
}

impl Buffer {
    /// A `memoryview` on `bytes`, which it keeps alive.
    pub fn view(py: Python<'_>, bytes: Bytes) -> PyResult<Bound<'_, PyMemoryView>> {
        PyMemoryView::from(Bound::new(py, Self { bytes })?.as_any())
    }
}

#[pymethods]
impl Buffer {
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        if flags & ffi::PyBUF_WRITABLE == ffi::PyBUF_WRITABLE {
            return Err(PyBufferError::new_err("the view is read-only"));
        }
        let bytes = (*slf.get().bytes).as_ref();
        let (start, length) = (bytes.as_ptr().cast::<c_void>().cast_mut(), bytes.len());
        let length = isize::try_from(length).map_err(|_| PyBufferError::new_err("too long for a view"))?;
        // SAFETY: `view` is the structure that the interpreter asks to be filled. The memory lives as long as the
        // object, of which the call takes a reference, and is not written through a view marked as read-only.
        let status = unsafe { ffi::PyBuffer_FillInfo(view, slf.as_ptr(), start, length, 1, flags) };
        if status == 0 { Ok(()) } else { Err(PyErr::fetch(slf.py())) }
    }
}

/// The memory of a caller's array, C-contiguous and writable, by raw pointer: its owner may look at it meanwhile.
pub struct Target {
    buffer: PyUntypedBuffer,
}

impl Target {
    /// The memory of `array`, which must have `length` bytes.
    pub fn new(array: &Bound<'_, PyAny>, length: usize) -> PyResult<Self> {
        let buffer = PyUntypedBuffer::get(array)?;
        if buffer.readonly() {
            return Err(PyValueError::new_err("out is read-only"));
        }
        if !buffer.is_c_contiguous() {
            return Err(PyValueError::new_err("out is not C-contiguous"));
        }
        if buffer.len_bytes() != length {
            let found = buffer.len_bytes();
            return Err(PyValueError::new_err(format!("out has {found} bytes, {length} are needed")));
        }
        Ok(Self { buffer })
    }

    /// The memory of an array that nobody else has seen yet: `fill` may write it as its own.
    ///
    /// The caller promises that `array` was just made and is not returned before this call ends.
    pub fn fill_fresh<R: Send>(&self, py: Python<'_>, fill: impl FnOnce(&mut [u8]) -> R + Send) -> R {
        let memory = Memory(self.buffer.buf_ptr().cast(), self.buffer.len_bytes());
        py.detach(move || {
            let Memory(start, length) = { memory };
            if length == 0 {
                return fill(&mut []);
            }
            // SAFETY: the buffer is C-contiguous, writable and `length` bytes long, and is kept by `self.buffer`; the
            // array is fresh, so no one else reads or writes it until we return. numpy.empty leaves memory
            // uninitialised for the abstract machine, yet it comes from an allocator outside of Rust's sight.
            fill(unsafe { std::slice::from_raw_parts_mut(start, length) })
        })
    }

    /// Copies `bytes` to the byte `offset` of memory that others may see.
    pub fn write(&self, offset: usize, bytes: &[u8]) -> bool {
        let Some(end) = offset.checked_add(bytes.len()) else { return false };
        if end > self.buffer.len_bytes() {
            return false;
        }
        // SAFETY: `offset..end` lies in the buffer, which is C-contiguous and writable. No reference to the memory
        // is made; a racing access by its owner is a race of bytes that the owner chose.
        unsafe {
            ptr::copy(bytes.as_ptr(), self.buffer.buf_ptr().cast::<u8>().add(offset), bytes.len());
        }
        true
    }
}

impl SharedMemory for Target {
    fn write(&self, offset: usize, bytes: &[u8]) {
        Self::write(self, offset, bytes);
    }

    fn read(&self, offset: usize, bytes: &mut [u8]) {
        copy_out(&self.buffer, offset, bytes);
    }

    #[cfg(unix)]
    fn read_file(&self, offset: usize, length: usize, file: &File, at: u64) -> Option<io::Result<usize>> {
        use std::os::fd::AsRawFd;
        let end = offset.checked_add(length)?;
        if end > self.buffer.len_bytes() {
            return None;
        }
        let mut read = 0;
        while read < length {
            let from = libc::off_t::try_from(at.checked_add(read as u64)?).ok()?;
            // SAFETY: `offset..end` lies in the buffer, which is C-contiguous and writable; the system writes it, and no
            // reference to the memory is made. The file is open for as long as it is borrowed.
            let count = unsafe {
                let start = self.buffer.buf_ptr().cast::<u8>().add(offset + read);
                libc::pread(file.as_raw_fd(), start.cast(), length - read, from)
            };
            match usize::try_from(count) {
                Ok(0) => break,
                Ok(count) => read += count,
                Err(_) => {
                    let error = io::Error::last_os_error();
                    if error.kind() != io::ErrorKind::Interrupted {
                        return Some(Err(error));
                    }
                }
            }
        }
        Some(Ok(read))
    }

    #[cfg(not(unix))]
    fn read_file(&self, _: usize, _: usize, _: &File, _: u64) -> Option<io::Result<usize>> {
        None
    }
}

/// The memory of a caller's array, C-contiguous, by raw pointer: its owner may write it meanwhile.
pub struct Origin {
    buffer: PyUntypedBuffer,
}

impl Origin {
    /// The memory of `array`.
    pub fn new(array: &Bound<'_, PyAny>) -> PyResult<Self> {
        let buffer = PyUntypedBuffer::get(array)?;
        if buffer.is_c_contiguous() {
            return Ok(Self { buffer });
        }
        Err(PyValueError::new_err("the array is not C-contiguous"))
    }

    /// Bytes of the array.
    pub fn length(&self) -> usize {
        self.buffer.len_bytes()
    }

    /// Copies the bytes from `offset` on to `bytes`, as many as there are; gives their number.
    pub fn read(&self, offset: usize, bytes: &mut [u8]) -> usize {
        copy_out(&self.buffer, offset, bytes)
    }
}

/// Copies bytes of memory that others may write, from `offset` on, as many as there are; gives their number. The buffer
/// is C-contiguous.
fn copy_out(buffer: &PyUntypedBuffer, offset: usize, bytes: &mut [u8]) -> usize {
    let count = buffer.len_bytes().saturating_sub(offset).min(bytes.len());
    if count > 0 {
        // SAFETY: `offset..offset + count` lies in the buffer, which is C-contiguous. No reference to the memory is made;
        // a racing write by its owner is a race of bytes that the owner chose.
        unsafe {
            ptr::copy(buffer.buf_ptr().cast::<u8>().add(offset), bytes.as_mut_ptr(), count);
        }
    }
    count
}

/// A pointer on its way into a closure that runs without the interpreter.
struct Memory(*mut u8, usize);

// SAFETY: the pointer is used by one thread at a time: the closure runs on the thread that made it, detached.
unsafe impl Send for Memory {}

/// A `bytes` object of `length` bytes that `fill` writes, without the interpreter: once, and without a copy.
pub fn fresh_bytes<'py>(
    py: Python<'py>,
    length: usize,
    fill: impl FnOnce(&mut [u8]) -> Result<()> + Send,
) -> PyResult<Bound<'py, PyBytes>> {
    let size = isize::try_from(length).map_err(|_| Error::from(ErrorKind::OutOfMemory(length as u64)))?;
    // SAFETY: without a source the call gives a new object with memory of that size to be written, or null with an
    // exception set.
    let bytes = unsafe {
        Bound::from_owned_ptr_or_err(py, ffi::PyBytes_FromStringAndSize(ptr::null(), size))?
            .cast_into_unchecked::<PyBytes>()
    };
    if length == 0 {
        fill(&mut [])?;
        return Ok(bytes);
    }
    // SAFETY: the object is live and a `bytes`.
    let memory = Memory(unsafe { ffi::PyBytes_AsString(bytes.as_ptr()) }.cast(), length);
    py.detach(move || {
        let Memory(start, length) = { memory };
        // SAFETY: the memory is `length` bytes long and lives with `bytes`, which nobody else has seen yet. It comes
        // from an allocator outside of Rust's sight.
        fill(unsafe { std::slice::from_raw_parts_mut(start, length) })
    })?;
    Ok(bytes)
}

/// `numpy.empty(shape, dtype)`: owned by its holder, writable, without a base.
pub fn empty_array<'py>(py: Python<'py>, shape: &[usize], dtype: &str) -> PyResult<Bound<'py, PyAny>> {
    static EMPTY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    EMPTY.import(py, "numpy", "empty")?.call1((PyTuple::new(py, shape)?, dtype))
}
