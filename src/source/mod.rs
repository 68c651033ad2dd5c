//! Where bytes come from; knows nothing of DICOM.

mod read_at;
mod resident;

pub use read_at::ReadAt;
pub use resident::{Owner, Resident};
