//! The rows of some files, column by column.

use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};

use super::cells::{CellType, Cells};
use super::column::Column;
use super::frame_columns::{FRAME_COLUMNS, frame_column_types, push_image, push_stamp};
use super::image_file::FileStamp;
use super::walk::bytes;
use crate::error::TagPath;
use crate::pixel::LocatedFrames;

/// The columns in front of the caller's.
pub const FIRST: [&str; 5] = ["path", "status", "message", "offset", "transfer_syntax"];
/// The columns behind the caller's.
pub const LAST: [&str; 3] = ["empty", "unreadable", "path_bytes"];

fn first_types() -> [CellType; 5] {
    [CellType::Text, CellType::Text, CellType::Text, CellType::UInt64, CellType::Text]
}

fn last_types() -> [CellType; 3] {
    [CellType::Text.list(), CellType::Text.list(), CellType::Binary]
}

/// What the status column says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Status {
    /// Nothing wrong was met.
    #[default]
    Ok,
    /// Something was wrong and could be read all the same; or a value does not fit its column.
    Warning,
    /// It could not be read.
    Error,
    /// Neither a prefix nor anything that looks like a data set.
    NotDicom,
}

impl Status {
    /// The word in the column.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::NotDicom => "not DICOM",
        }
    }
}

/// What was wrong first.
#[derive(Debug)]
pub(super) struct Remark {
    pub(super) text: String,
    pub(super) offset: Option<u64>,
}

impl Remark {
    /// What was wrong, and with which element.
    pub(super) fn new(what: &dyn std::fmt::Display, path: &TagPath, offset: Option<u64>) -> Self {
        let text = if path.is_empty() { what.to_string() } else { format!("{what}, tag {path}") };
        Self { text, offset }
    }
}

/// The schema of a table with these columns, with or without those of frames.
pub(super) fn schema(columns: &[Column], with_frames: bool) -> SchemaRef {
    let field = |(name, cell_type): (&str, CellType)| Field::new(name, cell_type.data_type(), true);
    let mut fields: Vec<Field> = FIRST.into_iter().zip(first_types()).map(field).collect();
    fields.extend(columns.iter().map(|column| field((column.name(), column.cell_type().clone()))));
    if with_frames {
        fields.extend(FRAME_COLUMNS.into_iter().zip(frame_column_types()).map(field));
    }
    fields.extend(LAST.into_iter().zip(last_types()).map(field));
    Arc::new(Schema::new(fields))
}

/// Rows, column by column.
#[derive(Debug)]
pub(super) struct RowSet {
    first: [Cells; 5],
    columns: Vec<Cells>,
    /// None, or those of frames.
    frames: Vec<Cells>,
    last: [Cells; 3],
}

impl RowSet {
    pub(super) fn new(columns: &[Column], with_frames: bool) -> Self {
        let frames = frame_column_types().map(Cells::new);
        Self {
            first: first_types().map(Cells::new),
            columns: columns.iter().map(|column| Cells::new(column.cell_type().clone())).collect(),
            frames: if with_frames { frames.into() } else { Vec::new() },
            last: last_types().map(Cells::new),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Cells> {
        self.first.iter().chain(&self.columns).chain(&self.frames).chain(&self.last)
    }

    /// Every column, in the order of the table.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Cells> {
        self.first.iter_mut().chain(&mut self.columns).chain(&mut self.frames).chain(&mut self.last)
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        let [path, ..] = &self.first;
        path.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the values, about.
    pub(super) fn size(&self) -> usize {
        self.all().map(Cells::size).sum()
    }

    /// The caller's columns.
    pub(super) fn columns_mut(&mut self) -> &mut [Cells] {
        &mut self.columns
    }

    /// Writes what is known of a file beside the caller's columns. What a column is short of is null.
    pub(super) fn end_row(&mut self, row: &RowEnd<'_>) {
        let number = self.len();
        let [path, status, message, offset, transfer_syntax] = &mut self.first;
        let [empty, unreadable, path_bytes] = &mut self.last;
        let name = row.path.to_string_lossy();
        path.push_bytes(name.as_bytes());
        if row.path.to_str().is_none() {
            path_bytes.push_bytes(bytes(row.path));
        }
        status.push_bytes(row.status.as_str().as_bytes());
        if let Some(remark) = row.remark {
            message.push_bytes(remark.text.as_bytes());
            remark.offset.map(|at| offset.push_integer(at.into()));
        }
        row.transfer_syntax.map(|uid| transfer_syntax.push_bytes(uid.as_bytes()));
        push_stamp(&mut self.frames, row.stamp);
        if let Some(image) = row.image {
            push_image(&mut self.frames, image);
        }
        push_names(empty, row.empty);
        push_names(unreadable, row.unreadable);
        for cells in self.all_mut().filter(|cells| cells.len() == number) {
            cells.push_null();
        }
    }

    /// Drops the cells that were added since the last row ended.
    pub(super) fn drop_unfinished(&mut self) {
        let rows = self.len();
        self.all_mut().for_each(|cells| cells.truncate(rows));
    }

    pub(super) fn append(&mut self, other: &Self) {
        self.all_mut().zip(other.all()).for_each(|(to, from)| to.append(from));
    }

    /// Drops all rows and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.all_mut().for_each(|cells| cells.truncate(0));
    }

    pub(super) fn finish(self, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
        let all = self.first.into_iter().chain(self.columns).chain(self.frames).chain(self.last);
        RecordBatch::try_new(Arc::clone(schema), all.map(Cells::finish).collect::<Result<_, _>>()?)
    }
}

/// What is written of a file beside the caller's columns.
pub(super) struct RowEnd<'a> {
    pub(super) path: &'a Path,
    pub(super) status: Status,
    pub(super) remark: Option<&'a Remark>,
    pub(super) transfer_syntax: Option<&'a str>,
    /// Names of columns whose element is there and has no value.
    pub(super) empty: &'a [&'a str],
    /// Names of columns whose element has a value that does not fit.
    pub(super) unreadable: &'a [&'a str],
    /// Which file it was.
    pub(super) stamp: Option<FileStamp>,
    /// Where its frames are.
    pub(super) image: Option<&'a LocatedFrames>,
}

fn push_names(cells: &mut Cells, names: &[&str]) {
    if let Some(items) = cells.list_items() {
        for name in names {
            items.push_bytes(name.as_bytes());
        }
    }
    cells.end_list();
}
