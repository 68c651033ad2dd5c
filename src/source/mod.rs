//! Where bytes come from; knows nothing of DICOM.

mod file;
mod memory;
mod read_at;
mod resident;
mod system;

pub use file::{FileSource, OPEN_FILES};
pub use memory::MemorySource;
pub use read_at::ReadAt;
pub use resident::{Owner, Resident};
#[cfg(unix)]
pub use system::Posix;
pub use system::{Access, FileKind, FileStatus, Native, Portable, System};
