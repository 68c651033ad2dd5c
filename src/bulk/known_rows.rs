//! Rows of an earlier scan, taken over for files that are what they were.

use std::path::Path;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, SchemaRef};

use super::arrow_value::{bytes, list, normal, number, text, whole};
use super::cells::{CellType, Cells};
use super::image_file::FileStamp;
use super::row_set::Status;
use super::selected_rows::RowNumbers;
use super::walk;

/// Rows of an earlier scan with the same columns.
pub struct KnownRows {
    numbers: RowNumbers,
    batches: Vec<KnownBatch>,
    /// The numbers of the rows in the order of their paths; `None` where that is how they stand.
    order: Option<Vec<u32>>,
}

struct KnownBatch {
    path: ArrayRef,
    path_bytes: ArrayRef,
    status: ArrayRef,
    size: ArrayRef,
    modified: ArrayRef,
    /// In the order of the new scan.
    columns: Vec<ArrayRef>,
}

impl KnownRows {
    /// The rows of a table that has all columns of the new one.
    ///
    /// # Errors
    /// Names the column that is missing; what Arrow says of columns that are too long.
    pub fn new(batches: &[RecordBatch], schema: &SchemaRef) -> Result<Self, ArrowError> {
        let numbers = RowNumbers::of(batches);
        let batches = batches.iter().map(|batch| KnownBatch::new(batch, schema)).collect::<Result<_, _>>()?;
        let mut known = Self { numbers, batches, order: None };
        if !known.is_sorted() {
            let count = u32::try_from(known.numbers.count()).map_err(|_| {
                ArrowError::InvalidArgumentError("too many rows that are not in order".into())
            })?;
            let mut order: Vec<u32> = (0..count).collect();
            order.sort_by(|one, other| known.path(*one as usize).cmp(&known.path(*other as usize)));
            known.order = Some(order);
        }
        Ok(known)
    }

    fn is_sorted(&self) -> bool {
        let mut last: &[u8] = &[];
        (0..self.numbers.count()).all(|row| {
            let path = self.path(row).unwrap_or_default();
            let follows = last <= path;
            last = path;
            follows
        })
    }

    fn path(&self, row: usize) -> Option<&[u8]> {
        let (batch, row) = self.numbers.place(row)?;
        self.batches.get(batch)?.path(row)
    }

    /// Adds the row of a file to `cells`, the columns of the new table; false where there is none, where the file is
    /// another one now, or where it could not be read then.
    pub(super) fn push<'c>(
        &self,
        path: &Path,
        stamp: FileStamp,
        cells: impl Iterator<Item = &'c mut Cells>,
    ) -> bool {
        let Some((batch, row)) = self.find(walk::bytes(path)) else { return false };
        let Some(batch) = self.batches.get(batch).filter(|batch| batch.is_same(row, stamp)) else {
            return false;
        };
        for (cells, column) in cells.zip(&batch.columns) {
            push_value(cells, column, row);
        }
        true
    }

    fn find(&self, path: &[u8]) -> Option<(usize, usize)> {
        let row_at = |place: usize| match &self.order {
            Some(order) => order.get(place).map(|row| *row as usize),
            None => Some(place),
        };
        let (mut first, mut end) = (0, self.numbers.count());
        while first < end {
            let middle = first + (end - first) / 2;
            if row_at(middle).and_then(|row| self.path(row)) < Some(path) {
                first = middle + 1;
            } else {
                end = middle;
            }
        }
        let row = row_at(first)?;
        (self.path(row) == Some(path)).then(|| self.numbers.place(row)).flatten()
    }
}

impl KnownBatch {
    fn new(batch: &RecordBatch, schema: &SchemaRef) -> Result<Self, ArrowError> {
        let column = |name: &str| {
            let found = batch.column_by_name(name);
            let missing =
                || ArrowError::InvalidArgumentError(format!("the known table has no column {name:?}"));
            normal(found.ok_or_else(missing)?)
        };
        let columns = schema.fields().iter().map(|field| column(field.name())).collect::<Result<_, _>>()?;
        Ok(Self {
            path: column("path")?,
            path_bytes: column("path_bytes")?,
            status: column("status")?,
            size: column("file_size")?,
            modified: column("file_mtime")?,
            columns,
        })
    }

    fn path(&self, row: usize) -> Option<&[u8]> {
        bytes(&self.path_bytes, row).or_else(|| text(&self.path, row).map(str::as_bytes))
    }

    fn is_same(&self, row: usize, stamp: FileStamp) -> bool {
        let was_read = text(&self.status, row).is_some_and(|status| status != Status::Error.as_str());
        was_read
            && whole(&self.size, row) == Some(stamp.size.into())
            && whole(&self.modified, row) == Some(stamp.modified)
    }
}

/// Adds what a row of an array holds; a null where it does not fit.
fn push_value(cells: &mut Cells, array: &dyn Array, row: usize) {
    let pushed = match cells.cell_type() {
        CellType::Text => text(array, row).is_some_and(|value| cells.push_bytes(value.as_bytes())),
        CellType::Binary => bytes(array, row).is_some_and(|value| cells.push_bytes(value)),
        CellType::Float32 | CellType::Float64 => push_number(cells, array, row),
        CellType::List(_) => push_list(cells, array, row),
        _ => whole(array, row).is_some_and(|value| cells.push_integer(value)),
    };
    if !pushed {
        cells.push_null();
    }
}

#[expect(clippy::cast_possible_truncation, reason = "back to the width from which it came")]
fn push_number(cells: &mut Cells, array: &dyn Array, row: usize) -> bool {
    number(array, row).is_some_and(|value| cells.push_float(value) || cells.push_float32(value as f32))
}

fn push_list(cells: &mut Cells, array: &dyn Array, row: usize) -> bool {
    let Some((items, first, count)) = list(array, row) else { return false };
    let Some(child) = cells.list_items() else { return false };
    for item in first..first.saturating_add(count) {
        push_value(child, items, item);
    }
    cells.end_list();
    true
}
