//! What the operating system gives: the same files opened and read by a bare loop, with nothing of fastdcm in it.

use std::ffi::c_void;
use std::fs::File;
use std::io;
#[cfg(unix)]
use std::os::unix::fs::FileExt;
#[cfg(windows)]
use std::os::windows::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::buffer::PyUntypedBuffer;
use pyo3::prelude::*;

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}

/// Open, one read of `prefix` bytes, close: for every path, by so many threads. Returns the bytes read.
#[pyfunction]
fn read_prefixes(py: Python<'_>, paths: Vec<PathBuf>, prefix: usize, threads: usize) -> PyResult<usize> {
    let next = AtomicUsize::new(0);
    let work = || -> io::Result<usize> {
        let mut buffer = vec![0; prefix];
        let mut bytes = 0;
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            bytes += read_at(&File::open(path)?, &mut buffer, 0)?;
        }
        Ok(bytes)
    };
    let total = py.detach(|| {
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mut total = work()?;
            for other in others {
                total += other.join().map_err(|_| io::Error::other("a thread panicked"))??;
            }
            io::Result::Ok(total)
        })
    })?;
    Ok(total)
}

/// Open, read from `offset` on into the memory of `out` until it is full, close.
#[pyfunction]
fn read_into(py: Python<'_>, path: PathBuf, offset: u64, out: &Bound<'_, PyAny>) -> PyResult<()> {
    let buffer = PyUntypedBuffer::get(out)?;
    if buffer.readonly() || !buffer.is_c_contiguous() {
        return Err(pyo3::exceptions::PyValueError::new_err("out must be writable and contiguous"));
    }
    let (address, length) = (buffer.buf_ptr() as usize, buffer.len_bytes());
    py.detach(|| {
        let file = File::open(path)?;
        // SAFETY: `buffer` keeps the memory alive until this function ends; it is contiguous and writable, and the
        // benches that call this touch it from no other thread.
        let memory = unsafe { std::slice::from_raw_parts_mut(address as *mut c_void as *mut u8, length) };
        let mut filled = 0;
        while filled < length {
            match read_at(&file, &mut memory[filled..], offset + filled as u64)? {
                0 => return Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
                count => filled += count,
            }
        }
        Ok(())
    })
    .map_err(PyErr::from)
}

/// The bare loops.
#[pymodule(gil_used = false)]
mod ceiling {
    #[pymodule_export]
    use super::{read_into, read_prefixes};
}
