//! Rows of a table → images whose frames can be read without their headers.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use arrow_array::{Array, ArrayRef, RecordBatch};

use super::arrow_value::{bytes, list, normal, text, whole};
use super::batch::ImageRequest;
use super::frame_columns::{FRAME_COLUMNS, SAMPLE_KINDS};
use super::image_file::FileStamp;
use super::selected_rows::RowNumbers;
use super::walk::path_of;
use crate::pixel::{
    FrameLayout, FrameRange, ImageAttributes, ImageDescription, LocatedFrames, PhotometricInterpretation,
};
use crate::uid::Uid;

/// Frames that are wanted of the file in a row.
#[derive(Clone, Debug)]
pub enum WantedFrames {
    /// All of them.
    All,
    /// The one with this number.
    One(u32),
    /// These, in this order.
    Some(Box<[u32]>),
}

impl WantedFrames {
    fn numbers(self) -> Option<Box<[u32]>> {
        match self {
            Self::All => None,
            Self::One(number) => Some([number].into()),
            Self::Some(numbers) => Some(numbers),
        }
    }
}

/// A table of files, by rows.
pub struct FrameIndex {
    numbers: RowNumbers,
    batches: Vec<LazyBatch>,
}

/// A batch whose columns are brought into our forms when the first of its rows is asked for.
struct LazyBatch {
    batch: RecordBatch,
    made: OnceLock<Option<IndexBatch>>,
}

impl LazyBatch {
    fn get(&self) -> Option<&IndexBatch> {
        self.made.get_or_init(|| IndexBatch::of(&self.batch)).as_ref()
    }
}

struct IndexBatch {
    path: ArrayRef,
    path_bytes: Option<ArrayRef>,
    transfer_syntax: Option<ArrayRef>,
    /// In the order of their names; `None` where the table has not all of them.
    frames: Option<[ArrayRef; FRAME_COLUMNS.len()]>,
}

impl FrameIndex {
    /// The index of a table; `None` where a batch has no column of paths.
    #[must_use]
    pub fn of(batches: &[RecordBatch]) -> Option<Self> {
        let lazy = |batch: &RecordBatch| {
            batch.column_by_name("path")?;
            Some(LazyBatch { batch: batch.clone(), made: OnceLock::new() })
        };
        Some(Self {
            numbers: RowNumbers::of(batches),
            batches: batches.iter().map(lazy).collect::<Option<_>>()?,
        })
    }

    /// How many rows there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.numbers.count()
    }

    /// What is to be read of the file in a row; `None` where there is no such row, or no path in it.
    #[must_use]
    pub fn request(&self, row: usize, frames: WantedFrames) -> Option<ImageRequest> {
        let (batch, row) = self.numbers.place(row)?;
        let batch = self.batches.get(batch)?.get()?;
        let only = if let WantedFrames::One(number) = frames { Some(number) } else { None };
        Some(ImageRequest {
            path: batch.path(row)?,
            frames: frames.numbers(),
            located: batch.located(row, only).map(|(stamp, frames)| (stamp, Arc::new(frames))),
        })
    }

    /// How many frames the file in a row has; `None` where the table does not say.
    #[must_use]
    pub fn frame_count(&self, row: usize) -> Option<u32> {
        let (batch, row) = self.numbers.place(row)?;
        let [_, _, _, count, ..] = self.batches.get(batch)?.get()?.frames.as_ref()?;
        u32::try_from(whole(count, row)?).ok()
    }
}

impl IndexBatch {
    fn of(batch: &RecordBatch) -> Option<Self> {
        let column = |name: &str| normal(batch.column_by_name(name)?).ok();
        let frames = FRAME_COLUMNS.iter().map(|name| column(name)).collect::<Option<Vec<_>>>();
        Some(Self {
            path: column("path")?,
            path_bytes: column("path_bytes"),
            transfer_syntax: column("transfer_syntax"),
            frames: frames.and_then(|frames| frames.try_into().ok()),
        })
    }

    fn path(&self, row: usize) -> Option<PathBuf> {
        let raw = self.path_bytes.as_ref().and_then(|column| bytes(column, row));
        raw.map(path_of).or_else(|| text(&self.path, row).map(PathBuf::from))
    }

    /// Where the frames are, or the only one that is wanted.
    fn located(&self, row: usize, only: Option<u32>) -> Option<(FileStamp, LocatedFrames)> {
        let [size, modified, layout, numbers @ .., offsets, lengths] = self.frames.as_ref()?;
        let stamp =
            FileStamp { size: u64::try_from(whole(size, row)?).ok()?, modified: whole(modified, row)? };
        let layout = FrameLayout::from_name(text(layout, row)?)?;
        let description = description(numbers, row)?;
        let transfer_syntax = match self.transfer_syntax.as_ref().and_then(|column| text(column, row)) {
            Some(uid) => Some(Uid::from_value(uid.as_bytes())?),
            None => None,
        };
        let (first, ranges) = ranges(offsets, lengths, row, only)?;
        Some((stamp, LocatedFrames { description, layout, transfer_syntax, first, ranges }))
    }
}

fn description(columns: &[ArrayRef], row: usize) -> Option<ImageDescription> {
    let [count, rows, image_columns, samples, rest @ ..] = columns else { return None };
    let [allocated, stored, high_bit, representation, planar, kind, interpretation] = rest else {
        return None;
    };
    let number = |column: &ArrayRef| i64::try_from(whole(column, row)?).ok();
    let name = text(kind, row)?;
    let (sample_kind, _) = SAMPLE_KINDS.into_iter().find(|(_, known)| *known == name)?;
    let attributes = ImageAttributes {
        rows: number(rows)?,
        columns: number(image_columns)?,
        samples_per_pixel: number(samples)?,
        bits_allocated: number(allocated)?,
        bits_stored: number(stored)?,
        high_bit: number(high_bit)?,
        pixel_representation: number(representation)?,
        planar_configuration: number(planar)?,
        number_of_frames: number(count)?,
        photometric_interpretation: text(interpretation, row)
            .and_then(|term| PhotometricInterpretation::from_value(term.as_bytes())),
        sample_kind,
    };
    ImageDescription::new(&attributes).ok()
}

/// The number of the first frame, and the ranges from there on.
fn ranges(
    offsets: &dyn Array,
    lengths: &dyn Array,
    row: usize,
    only: Option<u32>,
) -> Option<(u32, Box<[FrameRange]>)> {
    let (offsets, first_offset, count) = list(offsets, row)?;
    let (lengths, first_length, other_count) = list(lengths, row)?;
    if count != other_count {
        return None;
    }
    let range = |number: usize| {
        Some(FrameRange {
            offset: u64::try_from(whole(offsets, first_offset + number)?).ok()?,
            length: u64::try_from(whole(lengths, first_length + number)?).ok()?,
        })
    };
    match only {
        Some(number) if (number as usize) < count => Some((number, [range(number as usize)?].into())),
        Some(_) => None,
        None => Some((0, (0..count).map(range).collect::<Option<_>>()?)),
    }
}
