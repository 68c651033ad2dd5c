//! One file → one row.

use std::path::Path;

use arrow_schema::SchemaRef;

use super::column::{CellState, Column};
use super::element_path::{Attribute, Place};
use super::image_file::{DEFER_PIXELS, FileStamp};
use super::known_rows::KnownRows;
use super::ordered::{OnFault, ScanOptions, Work};
use super::row_set::{Remark, RowEnd, RowSet, Status, schema};
use super::same_reader::SameReader;
use crate::dataset::{DatasetView, ElementView};
use crate::error::{Error, ErrorKind, Result, TagPath};
use crate::file::{DicomFile, ReadOptions};
use crate::pixel::{LocatedFrames, PIXEL_RANGES};
use crate::source::FileSource;
use crate::tag::Tag;
use crate::value::character_set::CharacterSet;

/// Longest value that comes into a table.
pub const MAX_VALUE: u64 = 1 << 20;

/// Files that a thread takes at a time.
const CHUNK: usize = 32;

/// What is read of every file.
pub(super) struct Plan {
    columns: Vec<Column>,
    /// Where each column's root attribute is found.
    sites: Vec<Site>,
    /// The tags of the root data set that columns name, in order.
    tags: Vec<Tag>,
    options: ReadOptions,
    on_fault: OnFault,
    frames: Option<Frames>,
}

/// What is told of frames.
pub(super) struct Frames {
    /// Rows of an earlier scan.
    pub(super) known: Option<KnownRows>,
}

/// Where a column's root attribute is found.
#[derive(Clone, Copy)]
enum Site {
    /// By its number among the tags that are looked for in one go.
    Tag(usize),
    /// In the file meta information.
    Meta,
    /// By its private creator.
    Private,
}

impl Plan {
    pub(super) fn new(columns: Vec<Column>, options: &ScanOptions, frames: Option<Frames>) -> Self {
        let is_meta = |tag: Tag| tag.group() == 2;
        let tag_of = |column: &Column| match column.root_attribute() {
            Attribute::Tag(tag) => Some(*tag),
            Attribute::Private { .. } => None,
        };
        let mut tags: Vec<Tag> = columns.iter().filter_map(tag_of).filter(|tag| !is_meta(*tag)).collect();
        tags.push(Tag::SPECIFIC_CHARACTER_SET);
        tags.sort_unstable();
        tags.dedup();
        let site = |column: &Column| match tag_of(column) {
            Some(tag) if is_meta(tag) => Site::Meta,
            Some(tag) => tags.binary_search(&tag).map_or(Site::Private, Site::Tag),
            None => Site::Private,
        };
        let sites = columns.iter().map(site).collect();
        let mut ranges: Vec<(Tag, Tag)> =
            columns.iter().flat_map(|column| column.root_attribute().ranges()).collect();
        ranges.retain(|(first, _)| !is_meta(*first));
        ranges.push((Tag::SPECIFIC_CHARACTER_SET, Tag::SPECIFIC_CHARACTER_SET));
        if columns.iter().any(Column::needs_pixel_representation) {
            ranges.push((Tag::PIXEL_REPRESENTATION, Tag::PIXEL_REPRESENTATION));
        }
        if frames.is_some() {
            ranges.extend(PIXEL_RANGES);
        }
        let read = ReadOptions {
            limits: options.limits,
            force: true,
            defer_size: Some(MAX_VALUE),
            defer_pixels: Some(DEFER_PIXELS),
            wanted: Some(merged(ranges).into()),
            ..ReadOptions::default()
        };
        Self { columns, sites, tags, options: read, on_fault: options.on_fault, frames }
    }

    /// Rows without a row.
    pub(super) fn rows(&self) -> RowSet {
        RowSet::new(&self.columns, self.frames.is_some())
    }

    /// The columns of the rows.
    pub(super) fn schema(&self) -> SchemaRef {
        schema(&self.columns, self.frames.is_some())
    }

    /// The row of a file as it was known before; false where it has to be read.
    fn take_known(&self, path: &Path, rows: &mut RowSet) -> bool {
        let known = self.frames.as_ref().and_then(|frames| frames.known.as_ref());
        let known = known.and_then(|known| Some((known, FileStamp::of_path(path)?)));
        known.is_some_and(|(known, stamp)| known.push(path, stamp, rows.all_mut()))
    }

    /// (0008,0005), whose tag is among those that are looked for.
    fn character_set<'a>(&self, set: DatasetView<'a>, located: &[Option<u32>]) -> Option<ElementView<'a>> {
        let number = self.tags.binary_search(&Tag::SPECIFIC_CHARACTER_SET).ok()?;
        set.element((*located.get(number)?)?)
    }

    /// The numbers of the rows with the tags that are looked for; of duplicates the last.
    fn locate(&self, set: DatasetView<'_>, rows: &mut Vec<Option<u32>>) {
        rows.clear();
        rows.resize(self.tags.len(), None);
        let mut next = 0;
        for element in set.elements() {
            // Nearly always one of the next tags, since both are in order.
            while self.tags.get(next).is_some_and(|tag| *tag < element.tag()) {
                next += 1;
            }
            if self.tags.get(next) != Some(&element.tag()) {
                next = self.tags.partition_point(|tag| *tag < element.tag());
            }
            if self.tags.get(next) == Some(&element.tag())
                && let Some(row) = rows.get_mut(next)
            {
                *row = Some(element.number());
            }
        }
    }
}

/// The ranges in order, those that touch made one.
fn merged(mut ranges: Vec<(Tag, Tag)>) -> Vec<(Tag, Tag)> {
    ranges.sort_unstable();
    let mut merged: Vec<(Tag, Tag)> = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match merged.last_mut() {
            Some((_, end)) if first <= *end => *end = last.max(*end),
            _ => merged.push((first, last)),
        }
    }
    merged
}

impl Work for Plan {
    type Reader = FileRow;
    type Output = RowSet;

    fn chunk(&self) -> usize {
        CHUNK
    }

    fn on_fault(&self) -> OnFault {
        self.on_fault
    }

    fn output(&self) -> RowSet {
        self.rows()
    }

    fn clear(&self, rows: &mut RowSet) {
        rows.clear();
    }

    fn read(&self, path: &Path, reader: &mut FileRow, rows: &mut RowSet) -> Result<()> {
        let FileRow { files, values } = reader;
        if self.frames.is_none() {
            return files.read(path, &self.options, |file| {
                values.write(path, (file, None), self, rows);
                Ok(())
            });
        }
        if self.take_known(path, rows) {
            return Ok(());
        }
        let source = FileSource::open(path)?;
        let stamp = FileStamp::of(&source);
        files.read_open(source, &self.options, |file| {
            values.write(path, (file, stamp), self, rows);
            Ok(())
        })
    }

    fn take_back(&self, rows: &mut RowSet) {
        rows.drop_unfinished();
    }

    fn report(&self, path: &Path, error: &Error, rows: &mut RowSet) {
        let is_dicom = *error.kind() != ErrorKind::NotDicom;
        rows.end_row(&RowEnd {
            path,
            status: if is_dicom { Status::Error } else { Status::NotDicom },
            remark: Some(&Remark::new(error.kind(), error.path(), error.offset())),
            transfer_syntax: None,
            empty: &[],
            unreadable: &[],
            stamp: if self.frames.is_some() { FileStamp::of_path(path) } else { None },
            image: None,
        });
    }
}

/// Reads files one after the other, with the same memory.
#[derive(Default)]
pub(super) struct FileRow {
    files: SameReader,
    values: RowValues,
}

/// What the values of the last file are kept for.
#[derive(Default)]
struct RowValues {
    /// The rows of the tags that are looked for.
    located: Vec<Option<u32>>,
    /// The Specific Character Set of the last file and what it means: mostly the next one's too.
    terms: Vec<u8>,
    character_set: Option<CharacterSet>,
}

impl RowValues {
    fn write(
        &mut self,
        path: &Path,
        (file, stamp): (&DicomFile, Option<FileStamp>),
        plan: &Plan,
        rows: &mut RowSet,
    ) {
        let warning = file.all_warnings().next();
        let mut remark = warning.map(|found| Remark::new(&found.kind, &found.path, Some(found.offset)));
        let dataset = file.dataset();
        plan.locate(dataset, &mut self.located);
        let character_set = self.character_set(plan.character_set(dataset, &self.located), &mut remark);
        let meta = Place::root(file.meta(), CharacterSet::DEFAULT);
        let root = Place::root(dataset, character_set);
        let mut empty: Vec<&str> = Vec::new();
        let mut unreadable: Vec<&str> = Vec::new();
        for ((column, site), cells) in plan.columns.iter().zip(&plan.sites).zip(rows.columns_mut()) {
            let (place, found) = match site {
                Site::Tag(number) => {
                    let row = self.located.get(*number).copied().flatten();
                    (&root, row.and_then(|row| dataset.element(row)))
                }
                Site::Meta => (&meta, column.root_attribute().find(meta.set)),
                Site::Private => (&root, column.root_attribute().find(dataset)),
            };
            let cell = column.read(place, found, cells);
            match cell.state {
                CellState::Value | CellState::Absent => {}
                CellState::Empty => empty.push(column.name()),
                CellState::Unreadable => unreadable.push(column.name()),
            }
            if let Some(fault) = cell.fault {
                let new = || Remark::new(&fault.reason, &TagPath::root(fault.tag), Some(fault.offset));
                remark.get_or_insert_with(new);
            }
        }
        let image = if plan.frames.is_some() { located(file, &mut remark) } else { None };
        rows.end_row(&RowEnd {
            path,
            status: if remark.is_some() { Status::Warning } else { Status::Ok },
            remark: remark.as_ref(),
            transfer_syntax: file.transfer_syntax.as_ref().map(crate::Uid::as_str),
            empty: &empty,
            unreadable: &unreadable,
            stamp,
            image: image.as_ref(),
        });
    }

    /// What the text of a data set is written in.
    fn character_set(
        &mut self,
        element: Option<ElementView<'_>>,
        remark: &mut Option<Remark>,
    ) -> CharacterSet {
        let value = element.and_then(|element| element.value()).unwrap_or_default();
        if let Some(known) = self.character_set.filter(|_| self.terms == value) {
            return known;
        }
        let (set, faults) = CharacterSet::from_value(value, CharacterSet::DEFAULT);
        // A faulty one is told of every file.
        self.character_set = faults.is_empty().then_some(set);
        value.clone_into(&mut self.terms);
        if let (Some(kind), Some(element)) = (faults.first(), element) {
            let path = TagPath::root(element.tag());
            remark.get_or_insert_with(|| Remark::new(kind, &path, Some(element.row().offset())));
        }
        set
    }
}

/// Where the frames of a file are; `None` where it has none, or where something is wrong with them.
fn located(file: &DicomFile, remark: &mut Option<Remark>) -> Option<LocatedFrames> {
    let error = match LocatedFrames::of_file(file) {
        Ok(image) => return Some(image),
        // Most objects without pixel data are none that should have them.
        Err(error) if *error.kind() == ErrorKind::Missing(Tag::PIXEL_DATA) => return None,
        Err(error) => error,
    };
    remark.get_or_insert_with(|| Remark::new(error.kind(), error.path(), error.offset()));
    None
}
