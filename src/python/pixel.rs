//! Pixels: frames straight into arrays.

use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;

use super::buffer::{Buffer, Target, empty_array};
use super::dataset::DatasetBase;
use super::error::to_exception;
use super::read::{Request, read_for};
use super::shared::{Odd, OnWarning, Part};
use super::value::Held;
use super::view::{Keep, View};
use super::write::settled_as;
use crate::bulk::{Pool, decode_frames};
use crate::dataset::Flags;
use crate::error::{ErrorKind, Result, Warning};
use crate::file::DicomFile;
use crate::pixel::{
    Header, JustOpened, PIXEL_RANGES, PIXEL_TAGS, PhotometricInterpretation, PixelData, PixelOptions,
    PixelSource, Region,
};
use crate::tag::Tag;
use crate::uid::Uid;

/// (top, left, rows, columns).
type RegionOfFrame = (u32, u32, u32, u32);

/// What `pixel_array` was asked for: (index, raw, out, view, bits, native, threads, partial, (reduce, region)).
pub type Wanted<'py> = (
    Option<i64>,
    bool,
    Option<Bound<'py, PyAny>>,
    bool,
    String,
    bool,
    Option<NonZeroUsize>,
    bool,
    (u8, Option<RegionOfFrame>),
);

pub fn options(wanted: &Wanted<'_>, on_warning: OnWarning) -> PyResult<PixelOptions> {
    let (index, raw, _, _, bits, ..) = wanted;
    let index = frame_index(*index)?;
    let keep_cells = match bits.as_str() {
        "stored" => false,
        "allocated" => true,
        _ => return Err(PyValueError::new_err("bits must be 'stored' or 'allocated'")),
    };
    let strict = on_warning == OnWarning::Raise;
    let (_, region) = wanted.8;
    let region = region.map(|(top, left, rows, columns)| Region { top, left, rows, columns });
    Ok(PixelOptions { index, raw: *raw, keep_cells, strict, partial: wanted.7, region })
}

fn frame_index(index: Option<i64>) -> PyResult<Option<u32>> {
    let fault = |_| PyErr::from(crate::Error::from(ErrorKind::FrameIndex { index: u64::MAX, frames: 0 }));
    index.map(|index| u32::try_from(index).map_err(fault)).transpose()
}

/// The pixel data of a data set.
pub fn pixels_of(view: &View, is_native: bool) -> Result<PixelData> {
    let file = &view.shared().file;
    if is_native {
        return PixelData::native_of(view.dataset(), file, &view.shared().limits);
    }
    PixelData::of(view.dataset(), syntax_of(view), file, &view.shared().limits)
}

/// The transfer syntax that the pixels of a data set are in.
fn syntax_of(view: &View) -> Option<Uid> {
    let syntax = view.shared().file.transfer_syntax;
    if view.depth() == 0 {
        return syntax;
    }
    let pixels = view.dataset().elements().filter(|element| element.tag().is_pixel_data()).last();
    let encapsulated = pixels.is_some_and(|pixels| pixels.row().has(Flags::ENCAPSULATED));
    // An icon may be native in a data set whose own frames are encapsulated (PS3.5 §A.4).
    syntax.filter(|_| encapsulated)
}

/// The pixels of a data set as an array.
#[pyfunction]
pub fn dataset_pixels<'py>(
    dataset: &Bound<'py, DatasetBase>,
    wanted: Wanted<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let view = &pixel_view(dataset)?;
    let options = options(&wanted, view.shared().on_warning)?;
    view_pixels(dataset.py(), view, &options, &wanted)
}

/// The Photometric Interpretation of what `dataset_pixels` gives: (index, raw, native).
#[pyfunction]
pub fn dataset_interpretation(
    dataset: &Bound<'_, DatasetBase>,
    wanted: (Option<i64>, bool, bool),
) -> PyResult<Option<&'static str>> {
    let (index, raw, is_native) = wanted;
    let options = PixelOptions { index: frame_index(index)?, raw, ..PixelOptions::default() };
    let view = &pixel_view(dataset)?;
    let found = dataset.py().detach(|| {
        let pixels = pixels_of(view, is_native)?;
        pixels.interpretation(&view.shared().file, &options)
    })?;
    Ok(found.map(PhotometricInterpretation::as_str))
}

/// What `Dataset.pixel_array` is: all frames as stored, with YBR made RGB; the same array until an element is changed
/// that it depends on.
#[derive(Default)]
pub struct KeptPixels(Mutex<Option<Kept>>);

struct Kept {
    /// The moment of the last change.
    changed: u64,
    syntax: Option<Uid>,
    array: Py<PyAny>,
}

impl KeptPixels {
    /// Never held while Python runs.
    fn locked(&self) -> MutexGuard<'_, Option<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, py: Python<'_>, changed: u64, syntax: Option<Uid>) -> Option<Py<PyAny>> {
        let kept = self.locked();
        let kept = kept.as_ref().filter(|kept| kept.changed == changed && kept.syntax == syntax)?;
        Some(kept.array.clone_ref(py))
    }

    pub fn get(&self, dataset: &Bound<'_, DatasetBase>) -> PyResult<Py<PyAny>> {
        let py = dataset.py();
        let (changed, syntax) = (dataset.get().view().pixels_changed(), pixel_syntax(dataset)?);
        if let Some(array) = self.find(py, changed, syntax) {
            return Ok(array);
        }
        // Making runs Python code, and another thread may come first.
        let wanted = (None, false, None, false, "stored".to_owned(), false, None, false, (0, None));
        let array = dataset_pixels(dataset, wanted)?.unbind();
        if let Some(array) = self.find(py, changed, syntax) {
            return Ok(array);
        }
        let before = self.locked().replace(Kept { changed, syntax, array: array.clone_ref(py) });
        drop(before);
        Ok(array)
    }
}

/// The data set that pixels are read from: where elements were changed that they depend on, these alone, written anew.
pub fn pixel_view(dataset: &Bound<'_, DatasetBase>) -> PyResult<Arc<View>> {
    let (py, view) = (dataset.py(), dataset.get().view());
    let syntax = pixel_syntax(dataset)?;
    let is_as_read = view.pixels_changed() == 0 && syntax == view.shared().file.transfer_syntax;
    if is_as_read {
        return Ok(Arc::clone(view));
    }
    let wanted = Arc::new(view.slice(|tag| PIXEL_TAGS.binary_search(&tag).is_ok()));
    settled_as(py, &wanted, syntax)
}

/// The data set that the header of an image is read from: where it was changed, what values of pixels depend on, written anew.
pub fn header_view(dataset: &Bound<'_, DatasetBase>) -> PyResult<Arc<View>> {
    let (py, view) = (dataset.py(), dataset.get().view());
    if !view.is_changed(py) {
        return Ok(Arc::clone(view));
    }
    settled_as(py, &Arc::new(view.slice(Header::has_use_of)), view.shared().file.transfer_syntax)
}

/// The transfer syntax that pixel data are in, by the file meta information as it is now.
pub fn pixel_syntax(dataset: &Bound<'_, DatasetBase>) -> PyResult<Option<Uid>> {
    let (py, file) = (dataset.py(), dataset.get().view().shared());
    let meta = dataset.get().meta(py);
    let meta = meta.as_ref().and_then(|meta| meta.bind(py).cast::<DatasetBase>().ok());
    match meta.map(|meta| meta.get().view()) {
        Some(meta) if meta.has_changes() || !Arc::ptr_eq(meta.shared(), file) => transfer_syntax_of(py, meta),
        _ => Ok(file.file.transfer_syntax),
    }
}

/// Transfer Syntax UID of file meta information that was changed.
fn transfer_syntax_of(py: Python<'_>, meta: &View) -> PyResult<Option<Uid>> {
    let Some(place) = meta.find(Tag::TRANSFER_SYNTAX_UID) else { return Ok(None) };
    let value = meta.value(py, &place, Keep::All)?.into_bound(py);
    Ok(value.str().ok().and_then(|uid| Uid::from_value(uid.to_string_lossy().as_bytes())))
}

pub fn view_pixels<'py>(
    py: Python<'py>,
    view: &View,
    options: &PixelOptions,
    wanted: &Wanted<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let is_native = wanted.5;
    let pixels = py.detach(|| pixels_of(view, is_native))?.reduced(wanted.8.0)?;
    tell(py, view, pixels.warnings())?;
    if wanted.3 {
        return plain_view(py, view, &pixels, options);
    }
    let (array, warnings) = fill(py, (&pixels, &view.shared().file), options, wanted.2.as_ref(), wanted.6)?;
    tell(py, view, &warnings)?;
    Ok(array)
}

/// Frames of one data set, one after the other: fragments and tables are looked at once.
#[pyclass(frozen, module = "fastdcm._core")]
pub struct FrameReader {
    view: Arc<View>,
    pixels: PixelData,
    options: PixelOptions,
}

#[pymethods]
impl FrameReader {
    #[new]
    fn new(dataset: &Bound<'_, DatasetBase>, raw: bool, native: bool, partial: bool) -> PyResult<Self> {
        let py = dataset.py();
        let view = pixel_view(dataset)?;
        let strict = view.shared().on_warning == OnWarning::Raise;
        let pixels = py.detach(|| pixels_of(&view, native))?;
        tell(py, &view, pixels.warnings())?;
        Ok(Self { view, pixels, options: PixelOptions { raw, strict, partial, ..PixelOptions::default() } })
    }

    /// Number of Frames.
    fn __len__(&self) -> usize {
        usize::try_from(self.pixels.description().number_of_frames()).unwrap_or(usize::MAX)
    }

    /// The array of a frame.
    fn frame<'py>(&self, py: Python<'py>, index: u32) -> PyResult<Bound<'py, PyAny>> {
        let options = PixelOptions { index: Some(index), ..self.options };
        let (array, warnings) =
            fill(py, (&self.pixels, &self.view.shared().file), &options, None, NonZeroUsize::new(1))?;
        tell(py, &self.view, &warnings)?;
        Ok(array)
    }
}

/// Notes what was wrong with pixels, as of the elements of this data set.
fn tell(py: Python<'_>, view: &View, warnings: &[Warning]) -> PyResult<()> {
    for warning in warnings {
        if let Some(element) = warning.path.tag.and_then(|tag| view.stored_element_of(tag)) {
            view.shared().warn(py, Odd { kind: warning.kind, part: view.part(), row: element.number() })?;
        }
    }
    Ok(())
}

/// The pixels of the file at `path` as an array; native ones are read straight into it.
#[pyfunction]
pub fn path_pixels<'py>(
    path: &Bound<'py, PyAny>,
    force: bool,
    read_options: Option<&Bound<'py, PyAny>>,
    wanted: Wanted<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = path.py();
    let mut request = Request::new((force, false, None), None, read_options)?;
    let options = options(&wanted, request.on_warning)?;
    let name: PathBuf = path.extract()?;
    let is_native = wanted.5;
    let fault = |error| to_exception(py, &error, Some(path));
    // Of one frame the others need not be found.
    let index = options.index.filter(|_| !is_native && !wanted.3);
    let (file, pixels) = py.detach(|| open_pixels(&name, &mut request, is_native, index)).map_err(fault)?;
    let pixels = pixels.reduced(wanted.8.0).map_err(fault)?;
    if wanted.3 {
        let shared = Arc::new(request.share(file));
        return plain_view(py, &View::root(shared, Part::Data), &pixels, &options);
    }
    let (array, warnings) = fill(py, (&pixels, &JustOpened(&file)), &options, wanted.2.as_ref(), wanted.6)?;
    if request.on_warning == OnWarning::Warn {
        warnings.iter().try_for_each(|warning| super::shared::issue(py, warning))?;
    }
    Ok(array)
}

/// A file and its pixel data. Of its header no more is kept than pixels depend on, unless all that is wrong is asked for.
fn open_pixels(
    path: &Path,
    request: &mut Request,
    is_native: bool,
    index: Option<u32>,
) -> Result<(DicomFile, PixelData)> {
    let limits = request.read.limits;
    let pixels_of = |file: &DicomFile| match is_native {
        true => PixelData::native_of(file.dataset(), file, &limits),
        false => PixelData::of_file(file, &limits),
    };
    if request.on_warning == OnWarning::Collect {
        request.read.wanted = Some(PIXEL_RANGES.into());
        request.read.stop_in_fragments = index.is_some();
        let mut file = read_for(path, &mut request.read)?;
        request.read.stop_in_fragments = false;
        if let Some(index) = index
            && file.dataset.rows().last().is_some_and(|row| row.has(Flags::ENCAPSULATED))
        {
            if let Ok(Some(pixels)) = PixelData::of_one_frame(&file, &JustOpened(&file), index, &limits) {
                return Ok((file, pixels));
            }
            file = read_for(path, &mut request.read)?;
        }
        request.read.wanted = None;
        match pixels_of(&file) {
            // Perhaps it stands behind the pixel data.
            Err(error) if matches!(error.kind(), ErrorKind::Missing(_)) => {}
            found => return found.map(|pixels| (file, pixels)),
        }
    }
    let file = read_for(path, &mut request.read)?;
    let pixels = pixels_of(&file)?;
    Ok((file, pixels))
}

/// Decodes into a new array, or into the caller's.
fn fill<'py>(
    py: Python<'py>,
    (pixels, file): (&PixelData, &dyn PixelSource),
    options: &PixelOptions,
    out: Option<&Bound<'py, PyAny>>,
    threads: Option<NonZeroUsize>,
) -> PyResult<(Bound<'py, PyAny>, Vec<Warning>)> {
    let length = pixels.length(options)?;
    let bytes = usize::try_from(length).map_err(|_| crate::Error::from(ErrorKind::OutOfMemory(length)))?;
    let (shape, dtype) = (pixels.shape(options), pixels.description().sample_type().name());
    let filling = Filling { pixels, file, options, threads };
    let mut raised = None;
    let (array, filled) = if let Some(out) = out {
        check_out(out, &shape, dtype)?;
        let target = Target::new(out, bytes)?;
        (out.clone(), py.detach(|| filling.fill_shared(&target, &mut raised)))
    } else {
        let array = empty_array(py, &shape, dtype)?;
        let target = Target::new(&array, bytes)?;
        let frames = filling.frames();
        let filled = target.fill_fresh(py, |memory| filling.fill(frames, memory, &mut raised));
        (array, filled)
    };
    match raised {
        Some(error) => Err(error),
        None => Ok((array, filled?)),
    }
}

/// Pixels on their way into memory.
struct Filling<'a> {
    pixels: &'a PixelData,
    file: &'a dyn PixelSource,
    options: &'a PixelOptions,
    threads: Option<NonZeroUsize>,
}

impl Filling<'_> {
    /// The frames that are asked for.
    fn frames(&self) -> Range<u32> {
        match self.options.index {
            Some(index) => index..index.saturating_add(1),
            None => 0..self.pixels.description().number_of_frames(),
        }
    }

    /// Fills memory of our own; several encoded frames by several threads. A signal of Python ends it: `raised`.
    fn fill(
        &self,
        frames: Range<u32>,
        memory: &mut [u8],
        raised: &mut Option<PyErr>,
    ) -> Result<Vec<Warning>> {
        if frames.len() <= 1 || !self.pixels.is_encapsulated() {
            let one = PixelOptions { index: Some(frames.start), ..*self.options };
            let options = if frames.len() == 1 { &one } else { self.options };
            return self.pixels.decode(self.file, options, memory);
        }
        let mut tick = || {
            Python::attach(|py| py.check_signals()).map_err(|error| {
                *raised = Some(error);
                ErrorKind::Interrupted.into()
            })
        };
        decode_frames((self.pixels, self.file), self.options, frames, self.threads, memory, &mut tick)
    }

    /// Fills memory that its owner may look at meanwhile: some frames at a time, by way of memory of our own.
    fn fill_shared(&self, target: &Target, raised: &mut Option<PyErr>) -> Result<Vec<Warning>> {
        let frames = self.frames();
        let threads = if self.pixels.is_encapsulated() { Pool::get(self.threads)?.threads() } else { 1 };
        let step = if threads > 1 { threads.saturating_mul(2) } else { 1 };
        let mut memory = Vec::new();
        let mut warnings: Vec<Warning> = Vec::new();
        let mut offset = 0;
        for start in frames.clone().step_by(step) {
            let end =
                u32::try_from(step).map_or(frames.end, |step| start.saturating_add(step).min(frames.end));
            let options = PixelOptions { index: Some(start), ..*self.options };
            let length = self.pixels.length(&options)?.saturating_mul((end - start).into());
            let bytes = usize::try_from(length).map_err(|_| ErrorKind::OutOfMemory(length))?;
            memory.clear();
            memory.try_reserve_exact(bytes).map_err(|_| ErrorKind::OutOfMemory(length))?;
            memory.resize(bytes, 0);
            for warning in self.fill(start..end, &mut memory, raised)? {
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
            }
            target.write(offset, &memory);
            offset += bytes;
        }
        Ok(warnings)
    }
}

/// Refuses an `out` of another shape or type.
pub fn check_out(out: &Bound<'_, PyAny>, shape: &[usize], dtype: &str) -> PyResult<()> {
    let py = out.py();
    let not_array = |_| PyTypeError::new_err("out must be an ndarray");
    let found_type = out.getattr("dtype").map_err(not_array)?;
    let found: Vec<usize> = out.getattr("shape").and_then(|shape| shape.extract()).map_err(not_array)?;
    static DTYPE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let wanted = DTYPE.import(py, "numpy", "dtype")?.call1((dtype,))?;
    if found != shape || !found_type.eq(&wanted)? {
        let found_type = found_type.str()?;
        return Err(PyValueError::new_err(format!(
            "out has shape {found:?} and dtype {}, {shape:?} and {dtype} are needed",
            found_type.to_string_lossy()
        )));
    }
    Ok(())
}

/// A read-only array on the bytes of the file, where they are the samples as they stand.
fn plain_view<'py>(
    py: Python<'py>,
    view: &View,
    pixels: &PixelData,
    options: &PixelOptions,
) -> PyResult<Bound<'py, PyAny>> {
    let range = py.detach(|| pixels.plain_range(&view.shared().file, options))?;
    let Some((offset, length)) = range else {
        return Err(PyValueError::new_err("no view: the samples do not stand in the file as they are"));
    };
    let shared = view.shared();
    let held = if shared.bytes(Part::Data).get(offset, length).is_some() {
        Held::resident(shared, Part::Data, offset, length)
    } else {
        Held::Read(py.detach(|| shared.file.read(offset, length).map(Cow::into_owned))?)
    };
    static FROM_BUFFER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let dtype = pixels.description().sample_type().name();
    let buffer = Buffer::view(py, Box::new(held))?;
    let flat = FROM_BUFFER.import(py, "numpy", "frombuffer")?.call1((buffer, dtype))?;
    flat.call_method1("reshape", (PyTuple::new(py, pixels.shape(options))?,))
}
