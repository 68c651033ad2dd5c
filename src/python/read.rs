//! Opening files: paths in Rust, bytes in place.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyType;

use super::assignment::Checks;
use super::context::{Context, Override};
use super::dataset::new_dataset;
use super::error::to_exception;
use super::key::tag_of;
use super::shared::{OnWarning, Part, Shared, issue};
use super::view::View;
use crate::Limits;
use crate::dataset::{ByteOrder, Encoding, VrForm};
use crate::error::Result;
use crate::file::{DicomFile, ReadOptions, read_data_set, read_memory, read_source};
use crate::source::FileSource;
use crate::uid::Uid;

/// Pixel data of at least this many bytes stay in the file.
const DEFER_PIXELS: u64 = 64 << 10;
/// Bounds of the first read.
const HINT: std::ops::RangeInclusive<u64> = 4 << 10..=4 << 20;
/// First reads are multiples of this: lengths of text differ by a few bytes within a series.
const STEP: u64 = 256;
/// Bytes that a header may be longer than the one before it.
const MARGIN: u64 = 64;
/// Elements that memory is reserved for at once, at most.
const MAX_ROW_HINT: usize = 1 << 12;

thread_local! {
    /// Bytes in front of the pixel data of the last file, and how many elements: those of a series agree.
    static LAST_HEADER: Cell<(u64, usize)> = const { Cell::new((16 << 10, 0)) };
}

/// How `dcmread` was asked to read: its arguments in Rust.
pub struct Request {
    pub read: ReadOptions,
    pub on_warning: OnWarning,
    character_set: Option<Override>,
    checks: Checks,
}

impl Request {
    pub fn new(
        (force, stop_before_pixels, defer_size): (bool, bool, Option<u64>),
        specific_tags: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut request = match options {
            Some(options) => Self::of_options(options)?,
            None => Self {
                read: ReadOptions::default(),
                on_warning: OnWarning::Collect,
                character_set: None,
                checks: Checks::default(),
            },
        };
        let tags: Option<PyResult<Vec<_>>> =
            specific_tags.map(|tags| tags.try_iter()?.map(|tag| tag_of(&tag?)).collect());
        request.read.force = force;
        request.read.stop_before_pixels = stop_before_pixels;
        request.read.defer_size = defer_size;
        request.read.wanted = tags.transpose()?.map(ReadOptions::ranges_of);
        Ok(request)
    }

    /// What `fastdcm.ReadOptions` says.
    fn of_options(options: &Bound<'_, PyAny>) -> PyResult<Self> {
        let limits = options.getattr("limits")?;
        let limit = |name: &str| limits.getattr(name)?.extract::<u64>();
        let limits = Limits {
            depth: u32::try_from(limit("depth")?).unwrap_or(u32::MAX),
            elements: limit("elements")?,
            inflated: limit("inflated")?,
            frame: limit("frame")?,
        };
        let on_warning = match options.getattr("on_warning")?.extract::<String>()?.as_str() {
            "warn" => OnWarning::Warn,
            "raise" => OnWarning::Raise,
            _ => OnWarning::Collect,
        };
        let flag = |name: &str| options.getattr(name)?.extract::<bool>();
        let (read_on, even_lengths, allow_empty) =
            (flag("read_on")?, flag("even_lengths")?, flag("allow_empty")?);
        let terms: Option<Vec<String>> = options.getattr("character_set")?.extract()?;
        let strict = on_warning == OnWarning::Raise;
        let unknown = || PyValueError::new_err("unknown character set");
        let character_set = terms.map(|terms| Override::new(terms).ok_or_else(unknown)).transpose()?;
        let read =
            ReadOptions { limits, strict, read_on, even_lengths, allow_empty, ..ReadOptions::default() };
        let checks = Checks::by_name(Some(&options.getattr("checks")?.extract::<String>()?))?;
        Ok(Self { read, on_warning, character_set, checks })
    }

    /// The file as all its data sets share it.
    pub fn share(self, file: DicomFile) -> Shared {
        let shared = Shared::new(file, self.on_warning, self.read.limits, self.character_set);
        Shared { checks: self.checks, ..shared }
    }

    /// The Python object of a file that was read.
    fn finish(
        self,
        class: &Bound<'_, PyType>,
        file: DicomFile,
        filename: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let py = class.py();
        let warn = self.on_warning == OnWarning::Warn;
        let mut shared = self.share(file);
        shared.filename = filename.map(|name| name.clone().unbind());
        let shared = Arc::new(shared);
        if warn {
            shared.file.all_warnings().try_for_each(|warning| issue(py, warning))?;
        }
        Ok(new_dataset(class, Arc::new(View::root(shared, Part::Data)))?.into_any())
    }
}

/// Reads the file at `path`; `class` is what the data set becomes.
#[pyfunction]
pub fn read_path(
    class: &Bound<'_, PyType>,
    path: &Bound<'_, PyAny>,
    flags: (bool, bool, Option<u64>),
    specific_tags: Option<&Bound<'_, PyAny>>,
    options: Option<&Bound<'_, PyAny>>,
) -> PyResult<Py<PyAny>> {
    let py = class.py();
    let mut request = Request::new(flags, specific_tags, options)?;
    let name: PathBuf = path.extract()?;
    let read = py.detach(|| read_for(&name, &mut request.read));
    let file = read.map_err(|error| to_exception(py, &error, Some(path)))?;
    request.finish(class, file, Some(path))
}

/// Reads a file that is in memory; `class` is what the data set becomes.
#[pyfunction]
pub fn read_bytes(
    class: &Bound<'_, PyType>,
    data: PyBackedBytes,
    flags: (bool, bool, Option<u64>),
    specific_tags: Option<&Bound<'_, PyAny>>,
    options: Option<&Bound<'_, PyAny>>,
    filename: Option<&Bound<'_, PyAny>>,
) -> PyResult<Py<PyAny>> {
    let py = class.py();
    let request = Request::new(flags, specific_tags, options)?;
    let read = py.detach(|| read_memory(Box::new(data), &request.read));
    let file = read.map_err(|error| to_exception(py, &error, None))?;
    request.finish(class, file, filename)
}

/// Reads a data set that is in memory, without anything in front of it.
///
/// `form` is (implicit VR, big endian); `inherited` is what stands around an item: (terms of Specific Character Set,
/// Pixel Representation).
#[pyfunction]
pub fn read_elements(
    class: &Bound<'_, PyType>,
    data: PyBackedBytes,
    form: (bool, bool),
    transfer_syntax: Option<&str>,
    inherited: (Vec<String>, Option<u16>),
) -> PyResult<Py<PyAny>> {
    let py = class.py();
    let encoding = Encoding {
        vr_form: if form.0 { VrForm::Implicit } else { VrForm::Explicit },
        byte_order: if form.1 { ByteOrder::Big } else { ByteOrder::Little },
    };
    let limits = Limits::DEFAULT;
    let read = py.detach(|| read_data_set(data, encoding, limits));
    let mut file = read.map_err(|error| to_exception(py, &error, None))?;
    file.transfer_syntax = transfer_syntax.and_then(|uid| Uid::from_value(uid.as_bytes()));
    let shared = Arc::new(Shared::new(file, OnWarning::Collect, limits, None));
    let around = Context::restore(shared, (inherited.0, false, inherited.1));
    Ok(new_dataset(class, Arc::new(View::whole(around)))?.into_any())
}

/// Reads the file at `path`, its header in one piece where it is as long as that of the file before it.
pub fn read_for(path: &Path, options: &mut ReadOptions) -> Result<DicomFile> {
    (options.header_hint, options.row_hint) = LAST_HEADER.get();
    let file = read_file(path, options)?;
    let header = header_length(&file).saturating_add(MARGIN).next_multiple_of(STEP);
    let rows = file.dataset.rows().len().min(MAX_ROW_HINT);
    LAST_HEADER.set((header.clamp(*HINT.start(), *HINT.end()), rows));
    Ok(file)
}

/// Large values stay in the file where it may stay open.
fn read_file(path: &Path, options: &mut ReadOptions) -> Result<DicomFile> {
    let mut source = FileSource::open(path)?;
    if options.stop_before_pixels && options.defer_size.is_none() {
        return read_source(Arc::new(source), options);
    }
    if source.try_keep_open() {
        options.defer_pixels = Some(DEFER_PIXELS);
    } else {
        options.defer_size = None;
    }
    read_source(Arc::new(source), options)
}

/// Bytes in front of the pixel data.
fn header_length(file: &DicomFile) -> u64 {
    // What may stand behind pixel data is short.
    let last = file.dataset.rows().iter().rev().take(16);
    let pixels = last.into_iter().find(|row| row.tag().is_pixel_data());
    pixels.map_or_else(|| file.dataset.end(), |row| row.offset())
}
