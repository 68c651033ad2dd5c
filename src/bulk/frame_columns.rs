//! The columns by which any frame can be read again without the header of its file.

use super::cells::{CellType, Cells};
use super::image_file::FileStamp;
use crate::pixel::{FrameRange, ImageDescription, LocatedFrames, PhotometricInterpretation, SampleKind};

/// Their names. Numbers of the image are those by which it is decoded: what is missing in a file, or written in a way
/// that is mended, stands here as it is meant.
pub const FRAME_COLUMNS: [&str; 16] = [
    "file_size",
    "file_mtime",
    "frame_layout",
    "frame_count",
    "frame_rows",
    "frame_columns",
    "samples_per_pixel",
    "bits_allocated",
    "bits_stored",
    "high_bit",
    "pixel_representation",
    "planar_configuration",
    "sample_kind",
    "photometric_interpretation",
    "frame_offsets",
    "frame_lengths",
];

/// What they hold.
pub(super) fn frame_column_types() -> [CellType; 16] {
    use CellType::{Int64, Text, UInt16, UInt32, UInt64};
    [
        UInt64,
        Int64,
        Text,
        UInt32,
        UInt16,
        UInt16,
        UInt16,
        UInt16,
        UInt16,
        UInt16,
        UInt16,
        UInt16,
        Text,
        Text,
        UInt64.list(),
        UInt64.list(),
    ]
}

/// Names of [`SampleKind`]s: those of the elements that hold the samples.
pub(super) const SAMPLE_KINDS: [(SampleKind, &str); 3] = [
    (SampleKind::Integer, "PixelData"),
    (SampleKind::Float, "FloatPixelData"),
    (SampleKind::Double, "DoubleFloatPixelData"),
];

/// What is written of a file that has no image.
pub(super) fn push_stamp(cells: &mut [Cells], stamp: Option<FileStamp>) {
    if let ([size, modified, ..], Some(stamp)) = (cells, stamp) {
        size.push_integer(stamp.size.into());
        modified.push_integer(stamp.modified);
    }
}

/// What is written of the image of a file.
pub(super) fn push_image(cells: &mut [Cells], image: &LocatedFrames) {
    let [_, _, layout, count, rows, columns, samples, numbers @ ..] = cells else { return };
    let [allocated, stored, high_bit, representation, planar, kind, interpretation, offsets, lengths] =
        numbers
    else {
        return;
    };
    let description: &ImageDescription = &image.description;
    layout.push_bytes(image.layout.as_str().as_bytes());
    count.push_integer(description.number_of_frames().into());
    rows.push_integer(description.rows().into());
    columns.push_integer(description.columns().into());
    samples.push_integer(description.samples_per_pixel().into());
    allocated.push_integer(description.bits_allocated().into());
    stored.push_integer(description.bits_stored().into());
    high_bit.push_integer(description.high_bit().into());
    representation.push_integer(description.is_signed().into());
    planar.push_integer(description.is_planar().into());
    if let Some((_, name)) = SAMPLE_KINDS.iter().find(|(known, _)| *known == description.sample_kind()) {
        kind.push_bytes(name.as_bytes());
    }
    if let Some(known) = description.photometric_interpretation() {
        interpretation.push_bytes(PhotometricInterpretation::as_str(known).as_bytes());
    }
    if !image.ranges.is_empty() {
        push_list(offsets, image.ranges.iter().map(|range: &FrameRange| range.offset));
        push_list(lengths, image.ranges.iter().map(|range| range.length));
    }
}

fn push_list(cells: &mut Cells, values: impl Iterator<Item = u64>) {
    if let Some(items) = cells.list_items() {
        for value in values {
            items.push_integer(value.into());
        }
    }
    cells.end_list();
}
