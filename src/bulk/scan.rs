//! Many files → record batches: one row a file, in the order of their paths, whatever the threads.

use std::path::PathBuf;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::column::Column;
use super::file_row::{Frames, Plan};
use super::known_rows::KnownRows;
use super::ordered::{Ordered, ScanError, ScanOptions, ScanProgress};
use super::row_set::{RowSet, schema};
use crate::error::{Error, ErrorKind, Result};

/// Rows of a batch; the last may have fewer, and one with large values too.
const BATCH: usize = 4096;
/// Bytes of values after which a batch is ended.
const BATCH_BYTES: usize = 64 << 20;

/// A scan under way. It belongs to the process that began it: in a forked child its threads are gone, and what they
/// held may be locked. There it gives an error, and is to be leaked.
pub struct Scan {
    files: Ordered<Plan>,
    batch: RowSet,
    schema: SchemaRef,
}

impl Scan {
    /// Prepares a scan; nothing is read before the first batch is asked for.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where the system gives no threads.
    pub fn new(paths: Vec<PathBuf>, columns: Vec<Column>, options: &ScanOptions) -> Result<Self> {
        Self::of_plan(paths, Plan::new(columns, options, None), options)
    }

    /// A scan that says of each file where its frames are, and takes the rows of unchanged files from `known`.
    ///
    /// # Errors
    /// As [`Scan::new`].
    pub fn with_frames(
        paths: Vec<PathBuf>,
        columns: Vec<Column>,
        options: &ScanOptions,
        known: Option<KnownRows>,
    ) -> Result<Self> {
        Self::of_plan(paths, Plan::new(columns, options, Some(Frames { known })), options)
    }

    /// The columns of a table that says where frames are.
    #[must_use]
    pub fn schema_with_frames(columns: &[Column]) -> SchemaRef {
        schema(columns, true)
    }

    fn of_plan(paths: Vec<PathBuf>, plan: Plan, options: &ScanOptions) -> Result<Self> {
        let (schema, batch) = (plan.schema(), plan.rows());
        Ok(Self { files: Ordered::new(paths, plan, options)?, batch, schema })
    }

    /// The columns of every batch.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// True in the process that began it.
    #[must_use]
    pub fn is_of_this_process(&self) -> bool {
        self.files.is_of_this_process()
    }

    /// How far it has come.
    #[must_use]
    pub fn progress(&self) -> ScanProgress {
        self.files.progress()
    }

    /// The next rows. `tick` is called about every 50 ms, and ends the scan by an error.
    ///
    /// # Errors
    /// What `tick` gives; with [`OnFault::Raise`](super::OnFault::Raise) the first file that cannot be read; in a forked
    /// process at once.
    pub fn next_batch(
        &mut self,
        tick: &mut dyn FnMut(ScanProgress) -> Result<()>,
    ) -> Result<Option<RecordBatch>, ScanError> {
        while let Some(rows) = self.files.next(tick)? {
            self.batch.append(&rows);
            self.files.recycle(rows);
            if self.batch.len() >= BATCH || self.batch.size() >= BATCH_BYTES {
                return self.finish_batch().map(Some);
            }
        }
        if self.batch.is_empty() { Ok(None) } else { self.finish_batch().map(Some) }
    }

    fn finish_batch(&mut self) -> Result<RecordBatch, ScanError> {
        let rows = std::mem::replace(&mut self.batch, self.files.work().rows());
        rows.finish(&self.schema)
            .map_err(|_| Error::from(ErrorKind::InvalidValue("rows that are no table")).into())
    }
}
