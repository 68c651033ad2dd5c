//! Some rows of a table, in any order.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, make_array};
use arrow_data::ArrayData;
use arrow_data::transform::MutableArrayData;
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};

use super::arrow_value::normal;

/// Rows of a batch that is made of chosen ones: their lists and texts stay within the offsets of Arrow.
const BATCH: usize = 1 << 16;

/// Batches one behind the other, and where each begins.
#[derive(Clone, Debug)]
pub struct RowNumbers {
    /// The first row of each batch, and the row behind the last.
    starts: Vec<usize>,
}

impl RowNumbers {
    /// Those of the rows of these batches.
    #[must_use]
    pub fn of(batches: &[RecordBatch]) -> Self {
        let mut starts = vec![0];
        starts.extend(batches.iter().scan(0_usize, |end, batch| {
            *end += batch.num_rows();
            Some(*end)
        }));
        Self { starts }
    }

    /// How many rows there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.last().copied().unwrap_or_default()
    }

    /// The batch of a row, and its number in it.
    #[must_use]
    pub fn place(&self, row: usize) -> Option<(usize, usize)> {
        if row >= self.count() {
            return None;
        }
        let batch = self.starts.partition_point(|start| *start <= row).checked_sub(1)?;
        Some((batch, row - self.starts.get(batch)?))
    }
}

/// The rows with these numbers, in this order. Those that are not there are left out.
///
/// # Errors
/// What Arrow says of columns that contradict the schema.
pub fn take_rows(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    rows: &[usize],
) -> Result<Vec<RecordBatch>, ArrowError> {
    let numbers = RowNumbers::of(batches);
    let columns: Vec<Vec<ArrayData>> = (0..schema.fields().len())
        .map(|column| {
            batches
                .iter()
                .filter_map(|batch| batch.columns().get(column))
                .map(|array| array.to_data())
                .collect()
        })
        .collect();
    rows.chunks(BATCH)
        .map(|rows| {
            let runs = runs(&numbers, rows);
            let count = runs.iter().map(|run| run.2 - run.1).sum();
            let taken =
                columns.iter().map(|parts| column_of(parts, &runs, count)).collect::<Result<_, _>>()?;
            let options = RecordBatchOptions::new().with_row_count(Some(count));
            RecordBatch::try_new_with_options(SchemaRef::clone(schema), taken, &options)
        })
        .collect()
}

/// Batch, first row and the row behind the last, of rows that follow each other.
fn runs(numbers: &RowNumbers, rows: &[usize]) -> Vec<(usize, usize, usize)> {
    let mut runs: Vec<(usize, usize, usize)> = Vec::new();
    for (batch, row) in rows.iter().filter_map(|row| numbers.place(*row)) {
        match runs.last_mut() {
            Some((last, _, end)) if *last == batch && *end == row => *end += 1,
            _ => runs.push((batch, row, row + 1)),
        }
    }
    runs
}

fn column_of(
    parts: &[ArrayData],
    runs: &[(usize, usize, usize)],
    count: usize,
) -> Result<ArrayRef, ArrowError> {
    let mut grown = MutableArrayData::new(parts.iter().collect(), false, count);
    for (batch, first, end) in runs {
        grown.try_extend(*batch, *first, *end)?;
    }
    Ok(make_array(grown.freeze()))
}

/// The same rows with columns in the forms that tables have.
///
/// # Errors
/// What Arrow says of columns that contradict each other.
pub fn normal_batch(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns: Vec<ArrayRef> = batch.columns().iter().map(normal).collect::<Result<_, _>>()?;
    let schema = batch.schema();
    let fields = schema.fields().iter().zip(&columns);
    let fields = fields.map(|(field, column)| Field::new(field.name(), column.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema, columns, &options)
}
