//! Frames of many files into one array.

use std::num::NonZeroUsize;

use pyo3::exceptions::{PyIndexError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};

use super::buffer::{Target, empty_array};
use super::bulk::{ArrowTable, integers_of};
use super::pixel::check_out;
use super::running::{paths_of, raise};
use crate::bulk::{Batch, BatchOptions, FrameRemark, ImageRequest, Memory, OnFault, ScanError, WantedFrames};
use crate::error::{ErrorKind, Result};
use crate::limits::Limits;
use crate::pixel::{PhotometricInterpretation, Region, Rendering, Resize, SampleType, Values};

/// (errors, threads, reduce).
type ImageOptions<'o> = (&'o str, Option<NonZeroUsize>, u8);

/// (depth, elements, inflated, frame).
type ImageLimits = (u32, u64, u64, u64);

/// Place, image, frame, whether it could not be decoded, what was wrong, and at which byte of the file.
type Remark = (Option<usize>, usize, Option<u32>, bool, String, Option<u64>);

/// Kind of values, centre and width of the window, part (top, left, rows, columns), size (rows, columns, letterbox).
type WantedRendering<'p> =
    (&'p str, Option<(f64, f64)>, Option<(u32, u32, u32, u32)>, Option<(u32, u32, Option<f64>)>);

/// Frames that are decoded together; their headers were read.
#[pyclass(frozen, module = "fastdcm._core")]
pub struct FrameBatch {
    batch: Batch,
    progress: Option<Py<PyAny>>,
}

#[pymethods]
impl FrameBatch {
    /// Reads the headers. `frames` are numbers for each path, or None for all; `options` are (errors, threads, reduce).
    #[new]
    #[pyo3(signature = (paths, frames, options, limits, progress, rendering=None))]
    fn new(
        paths: &Bound<'_, PyList>,
        frames: Vec<Option<Vec<u32>>>,
        options: ImageOptions<'_>,
        limits: Option<ImageLimits>,
        progress: Option<Py<PyAny>>,
        rendering: Option<WantedRendering<'_>>,
    ) -> PyResult<Self> {
        let py = paths.py();
        let options = batch_options(options, limits, rendering)?;
        let requests = paths_of(paths)?.into_iter().zip(frames);
        let requests: Vec<ImageRequest> = requests
            .map(|(path, frames)| ImageRequest::new(path, frames.map(Vec::into_boxed_slice)))
            .collect();
        Self::read(py, requests, options, progress)
    }

    /// The frames of rows of a table, which need not be read where it says where they are. `rows` are int64, all rows
    /// when None; `frames` are numbers for each of them or None, or int64, one for each, -1 for all.
    #[staticmethod]
    #[pyo3(signature = (table, rows, frames, options, limits, progress, rendering=None))]
    fn of_table(
        table: &Bound<'_, ArrowTable>,
        rows: Option<&Bound<'_, PyAny>>,
        frames: WantedOf<'_>,
        options: ImageOptions<'_>,
        limits: Option<ImageLimits>,
        progress: Option<Py<PyAny>>,
        rendering: Option<WantedRendering<'_>>,
    ) -> PyResult<Self> {
        let py = table.py();
        let index = table.get().index(py)?;
        let rows = match rows {
            Some(rows) => integers_of(rows)?,
            None => (0..index.count()).filter_map(|row| i64::try_from(row).ok()).collect(),
        };
        let wanted = frames.of_rows(rows.len())?;
        let requests = py.detach(|| {
            let request = |(row, wanted)| index.request(usize::try_from(row).ok()?, wanted);
            rows.into_iter().zip(wanted).map(request).collect::<Option<Vec<_>>>()
        });
        let requests =
            requests.ok_or_else(|| PyIndexError::new_err("a row out of range, or without a path"))?;
        Self::read(py, requests, batch_options(options, limits, rendering)?, progress)
    }

    fn __len__(&self) -> usize {
        self.batch.places()
    }

    /// The types of samples that there are, by numpy's names.
    #[getter]
    fn dtypes(&self) -> Vec<&'static str> {
        self.batch.sample_types().into_iter().map(SampleType::name).collect()
    }

    /// The Photometric Interpretations that there are once frames are decoded.
    #[getter]
    fn interpretations(&self) -> Vec<Option<&'static str>> {
        let found = self.batch.interpretations().into_iter();
        found.map(|found| found.map(PhotometricInterpretation::as_str)).collect()
    }

    /// The axes of a frame, where they are those of all.
    #[getter]
    fn frame_shape<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        self.batch.frame_shape().map(|shape| PyTuple::new(py, shape)).transpose()
    }

    /// For every place the axes of its frame, where they are known.
    fn shapes<'py>(&self, py: Python<'py>) -> PyResult<Vec<Option<Bound<'py, PyTuple>>>> {
        let mut shapes = Vec::new();
        self.batch.each_place(|_, _, shape| {
            shapes.push(shape.map(|shape| PyTuple::new(py, shape)).transpose());
        });
        shapes.into_iter().collect()
    }

    /// For every place the numbers of its image and its frame, -1 where that is not known: int64 both.
    fn places<'py>(&self, py: Python<'py>) -> (Bound<'py, PyBytes>, Bound<'py, PyBytes>) {
        let (mut images, mut frames) = (Vec::new(), Vec::new());
        self.batch.each_place(|image, frame, _| {
            images.extend(i64::try_from(image).unwrap_or(-1).to_ne_bytes());
            frames.extend(frame.map_or(-1, i64::from).to_ne_bytes());
        });
        (PyBytes::new(py, &images), PyBytes::new(py, &frames))
    }

    /// The frames in an array of this type, new or the caller's: one axis in front where all have the same shape,
    /// otherwise one frame after the other in a single axis. And what was odd or wrong.
    #[pyo3(signature = (dtype, out=None))]
    fn decode<'py>(
        &self,
        py: Python<'py>,
        dtype: &str,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyAny>, Vec<Remark>)> {
        let to = SampleType::ALL.into_iter().find(|kind| kind.name() == dtype);
        let to = to.ok_or_else(|| PyTypeError::new_err("no such type of samples"))?;
        let length = self.batch.length(to)?;
        let shape = match self.batch.frame_shape() {
            Some(frame) => [&[self.batch.places()], frame].concat(),
            None => vec![length / to.size()],
        };
        let total = Some(self.batch.places());
        let mut ticker = Ticker { progress: self.progress.as_ref(), total, raised: None };
        let mut tick = |done| ticker.tick(done);
        let (array, decoded) = if let Some(out) = out {
            check_out(out, &shape, dtype)?;
            let target = Target::new(out, length)?;
            let memory = Memory::Shared(0, length, &target);
            (out.clone(), py.detach(|| self.batch.decode(to, memory, &mut tick)))
        } else {
            let array = empty_array(py, &shape, dtype)?;
            let target = Target::new(&array, length)?;
            let decoded =
                target.fill_fresh(py, |memory| self.batch.decode(to, Memory::Own(memory), &mut tick));
            (array, decoded)
        };
        let remarks = ticker.finish(py, decoded)?;
        Ok((array, remarks.into_iter().map(remark_of).collect()))
    }
}

impl FrameBatch {
    fn read(
        py: Python<'_>,
        requests: Vec<ImageRequest>,
        options: BatchOptions,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let mut ticker = Ticker { progress: progress.as_ref(), total: None, raised: None };
        let read = py.detach(|| Batch::read(requests, options, &mut || ticker.tick(0)));
        let batch = ticker.finish(py, read)?;
        Ok(Self { batch, progress })
    }
}

/// Which frames of rows are wanted.
#[derive(FromPyObject)]
enum WantedOf<'py> {
    Lists(Vec<Option<Vec<u32>>>),
    Numbers(Bound<'py, PyAny>),
}

impl WantedOf<'_> {
    fn of_rows(self, count: usize) -> PyResult<Vec<WantedFrames>> {
        let wanted: Vec<WantedFrames> = match self {
            Self::Lists(lists) => {
                let some = |numbers: Vec<u32>| WantedFrames::Some(numbers.into_boxed_slice());
                lists.into_iter().map(|numbers| numbers.map_or(WantedFrames::All, some)).collect()
            }
            Self::Numbers(numbers) if numbers.is_none() => vec![WantedFrames::All; count],
            Self::Numbers(numbers) => {
                let one = |number: i64| match number {
                    -1 => Ok(WantedFrames::All),
                    _ => u32::try_from(number).map(WantedFrames::One),
                };
                let wanted = integers_of(&numbers)?.into_iter().map(one).collect::<Result<_, _>>();
                wanted.map_err(|_| PyIndexError::new_err("frame numbers begin at 0"))?
            }
        };
        if wanted.len() != count {
            let reason = format!("frames has {} entries for {count} rows", wanted.len());
            return Err(PyValueError::new_err(reason));
        }
        Ok(wanted)
    }
}

fn remark_of(remark: FrameRemark) -> Remark {
    let FrameRemark { place, image, frame, what } = remark;
    match what {
        Ok(warning) => (place, image, frame, false, warning.to_string(), Some(warning.offset)),
        Err(error) => (place, image, frame, true, error.to_string(), error.offset()),
    }
}

fn batch_options(
    (errors, threads, reduce): ImageOptions<'_>,
    limits: Option<ImageLimits>,
    rendering: Option<WantedRendering<'_>>,
) -> PyResult<BatchOptions> {
    let on_fault = match errors {
        "null" => OnFault::Report,
        "raise" => OnFault::Raise,
        "skip" => OnFault::Skip,
        _ => return Err(PyValueError::new_err("errors must be \"raise\", \"skip\" or \"null\"")),
    };
    let limits = limits.map_or(Limits::DEFAULT, |(depth, elements, inflated, frame)| Limits {
        depth,
        elements,
        inflated,
        frame,
    });
    let rendering = rendering.map(rendering_of).transpose()?.unwrap_or_default();
    Ok(BatchOptions { on_fault, threads, limits, rendering: Rendering { reduce, ..rendering } })
}

fn rendering_of((values, window, crop, resize): WantedRendering<'_>) -> PyResult<Rendering> {
    let values = match values {
        "stored" => Values::Stored,
        "physical" => Values::Physical,
        "display" => Values::Display,
        _ => return Err(PyValueError::new_err("values must be \"stored\", \"physical\" or \"display\"")),
    };
    let crop = crop.map(|(top, left, rows, columns)| Region { top, left, rows, columns });
    let resize = resize.map(|(rows, columns, letterbox)| Resize { rows, columns, letterbox });
    Ok(Rendering { values, window, crop, resize, reduce: 0 })
}

/// Lets Ctrl-C through and tells how far the work has come.
struct Ticker<'a> {
    progress: Option<&'a Py<PyAny>>,
    /// `None` until it is known.
    total: Option<usize>,
    raised: Option<PyErr>,
}

impl Ticker<'_> {
    fn tick(&mut self, done: usize) -> Result<()> {
        let told = Python::attach(|py| {
            py.check_signals()?;
            self.progress.map(|progress| progress.call1(py, (done, self.total))).transpose().map(|_| ())
        });
        told.map_err(|error| {
            self.raised = Some(error);
            ErrorKind::Interrupted.into()
        })
    }

    /// What the work gave, or the exception for what ended it.
    fn finish<T>(self, py: Python<'_>, result: Result<T, ScanError>) -> PyResult<T> {
        match self.raised {
            Some(error) => Err(error),
            None => result.map_err(|fault| raise(py, &fault)),
        }
    }
}
