//! Where bytes go; knows nothing of DICOM.
//!
//! A file appears under its name when it is whole, or not at all: it is written under another name beside it.

mod atomic;
mod system;

pub use atomic::{AtomicFile, Durability, SinkOptions, followed, remove, remove_left};
#[cfg(unix)]
pub use system::Posix;
pub use system::{Native, Portable, System};
