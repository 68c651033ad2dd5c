//! Many files at once.

mod batch;
mod cell_text;
mod cells;
mod column;
mod conversion;
mod decode;
mod element_path;
mod file_row;
mod frames;
mod image_file;
mod json;
mod ordered;
mod pool;
mod rendered;
mod row_set;
mod same_reader;
mod scan;
mod walk;

pub use batch::{Batch, BatchOptions, ImageRequest};
pub use cell_text::{write_cell, write_csv_header, write_csv_rows};
pub use cells::{CellType, Cells};
pub use column::{Cell, CellFault, CellFaultReason, CellState, Column};
pub use decode::{FrameRemark, Memory, WriteShared};
pub use element_path::{Attribute, ColumnError, ElementPath, Items};
pub use file_row::MAX_VALUE;
pub use frames::decode_frames;
pub use json::{BulkDataPolicy, JsonLines};
pub use ordered::{OnFault, ScanError, ScanOptions, ScanProgress};
pub use pool::Pool;
pub use row_set::{FIRST, LAST, Status};
pub use scan::Scan;
pub use walk::{Found, Walk};
