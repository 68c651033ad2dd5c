//! Values for use: arrays of samples on their way to physical values, displays and colours.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use super::buffer::{Origin, Target, empty_array};
use crate::dataset::ByteOrder;
use crate::error::{ErrorKind, Result};
use crate::pixel::{
    self, ColourConversion, LookupTable, LookupTableDescriptor, OutputType, Padding, Palette,
    PhotometricInterpretation, SampleType, Transform, Window,
};
use crate::tag::Tag;

/// Samples that are computed at a time: their memory stays in the nearest cache.
const CHUNK: usize = 1 << 14;

/// A look-up table as it stands: tag and numbers of its descriptor, its data, big endian, in segments.
type Table = (u32, Vec<i64>, PyBackedBytes, bool, bool);

/// Samples that share a transform: how many, what is padding (least, most, its value), the steps.
type Run<'py> = (usize, Option<(f64, f64, f64)>, Vec<PyRef<'py, Step>>);

/// One step from stored values to values for use.
#[pyclass(frozen, eq, module = "fastdcm._core")]
#[derive(PartialEq)]
pub struct Step {
    step: pixel::Step,
}

#[pymethods]
impl Step {
    /// `value * slope + intercept`.
    #[staticmethod]
    fn rescale(slope: f64, intercept: f64) -> Self {
        Self { step: pixel::Step::Rescale { slope, intercept } }
    }

    /// The entries of a look-up table.
    #[staticmethod]
    fn table(table: Table) -> PyResult<Self> {
        Ok(Self { step: pixel::Step::Table(read_table(&table)?) })
    }

    /// Centre, width, VOI LUT Function, and what black and white are.
    #[staticmethod]
    fn window(centre: f64, width: f64, function: &str, black: f64, white: f64) -> PyResult<Self> {
        Ok(Self { step: pixel::Step::Window(Window::new(centre, width, function, (black, white))?) })
    }

    /// The entries of a Presentation LUT for `least` to `least + span`.
    #[staticmethod]
    fn quantized(least: f64, span: f64, table: Table) -> PyResult<Self> {
        Ok(Self { step: pixel::Step::Quantized { least, span, table: read_table(&table)? } })
    }

    /// The greatest entry that the bits of the table allow; None for other steps.
    #[getter]
    fn most(&self) -> Option<u16> {
        match &self.step {
            pixel::Step::Table(table) | pixel::Step::Quantized { table, .. } => Some(table.most()),
            _ => None,
        }
    }

    /// Slope and intercept; None for other steps.
    #[getter]
    fn linear(&self) -> Option<(f64, f64)> {
        match self.step {
            pixel::Step::Rescale { slope, intercept } => Some((slope, intercept)),
            _ => None,
        }
    }
}

fn read_table((tag, numbers, data, is_big, is_segmented): &Table) -> Result<LookupTable> {
    let descriptor = LookupTableDescriptor::new(Tag(*tag), numbers)?;
    let order = if *is_big { ByteOrder::Big } else { ByteOrder::Little };
    if *is_segmented {
        LookupTable::of_segments(descriptor, data, order)
    } else {
        LookupTable::new(descriptor, data, order)
    }
}

/// An array of a caller: its memory, axes and type.
struct Samples {
    origin: Origin,
    shape: Vec<usize>,
    kind: SampleType,
}

impl Samples {
    fn of(array: &Bound<'_, PyAny>) -> PyResult<Self> {
        let name: String = array.getattr("dtype")?.getattr("name")?.extract()?;
        let kind = SampleType::ALL.into_iter().find(|kind| kind.name() == name);
        let kind = kind.ok_or_else(|| PyTypeError::new_err(format!("no pixels: an array of {name}")))?;
        Ok(Self { origin: Origin::new(array)?, shape: array.getattr("shape")?.extract()?, kind })
    }

    fn count(&self) -> usize {
        self.origin.length() / self.kind.size()
    }

    /// A copy of all bytes.
    fn bytes(&self) -> Result<Vec<u8>> {
        let length = self.origin.length();
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length).map_err(|_| ErrorKind::OutOfMemory(length as u64))?;
        bytes.resize(length, 0);
        self.origin.read(0, &mut bytes);
        Ok(bytes)
    }

    /// Calls `each` with chunks of `count` samples from number `from` on, and the number of each one's first.
    fn chunks(&self, from: usize, count: usize, mut each: impl FnMut(usize, &[u8])) {
        let mut scratch = vec![0; CHUNK.min(count) * self.kind.size()];
        let end = from.saturating_add(count).min(self.count());
        let mut number = from;
        while number < end {
            let wanted = (end - number).min(CHUNK) * self.kind.size();
            let Some(bytes) = scratch.get_mut(..wanted) else { return };
            self.origin.read(number * self.kind.size(), bytes);
            each(number, bytes);
            number += CHUNK;
        }
    }
}

/// The transforms of runs of samples, which must be all.
fn transforms(runs: &[Run<'_>], count: usize) -> PyResult<Vec<(usize, Transform)>> {
    let total = runs.iter().try_fold(0usize, |total, (samples, ..)| total.checked_add(*samples));
    if total != Some(count) {
        return Err(PyValueError::new_err(format!(
            "transforms are not for the {count} samples of the array"
        )));
    }
    let transform = |(samples, padding, steps): &Run<'_>| {
        let padding = padding.map(|(least, most, value)| Padding { least, most, value });
        (*samples, Transform { padding, steps: steps.iter().map(|step| step.step.clone()).collect() })
    };
    Ok(runs.iter().map(transform).collect())
}

/// What becomes of the samples of an array, as an array of the same axes.
#[pyfunction]
pub fn transform_samples<'py>(
    array: &Bound<'py, PyAny>,
    runs: Vec<Run<'py>>,
    dtype: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let py = array.py();
    let samples = Samples::of(array)?;
    let runs = transforms(&runs, samples.count())?;
    let to = OutputType::from_name(dtype).ok_or_else(|| PyTypeError::new_err("no such type of values"))?;
    let size = to.sample_type().size();
    let result = empty_array(py, &samples.shape, dtype)?;
    let length = samples.count() * size;
    Target::new(&result, length)?.fill_fresh(py, |out| {
        let mut first = 0;
        for (count, transform) in &runs {
            let mut prepared = transform.prepare(samples.kind, to, *count);
            samples.chunks(first, *count, |number, bytes| {
                if let Some(out) =
                    out.get_mut(number * size..number * size + bytes.len() / samples.kind.size() * size)
                {
                    prepared.apply(bytes, out);
                }
            });
            first += count;
        }
    });
    Ok(result)
}

/// Least and greatest of what becomes of the samples of an array, padding left out; None without any.
#[pyfunction]
pub fn sample_range<'py>(array: &Bound<'py, PyAny>, runs: Vec<Run<'py>>) -> PyResult<Option<(f64, f64)>> {
    let samples = Samples::of(array)?;
    let runs = transforms(&runs, samples.count())?;
    Ok(array.py().detach(|| {
        let mut range: Option<(f64, f64)> = None;
        let mut first = 0;
        for (count, transform) in &runs {
            samples.chunks(first, *count, |_, bytes| {
                if let Some((least, most)) = transform.range(samples.kind, bytes) {
                    let (low, high) = range.unwrap_or((least, most));
                    range = Some((low.min(least), high.max(most)));
                }
            });
            first += count;
        }
        range
    }))
}

/// The colours of the samples of an array, in a last axis of their own, as they stand.
#[pyfunction]
pub fn palette_colours<'py>(array: &Bound<'py, PyAny>, tables: Vec<Table>) -> PyResult<Bound<'py, PyAny>> {
    let py = array.py();
    let palette = Palette::new(tables.iter().map(read_table).collect::<Result<_>>()?)?;
    let samples = Samples::of(array)?;
    let bytes = samples.bytes()?;
    let (colours, words) = (palette.samples(), palette.is_of_words());
    let shape: Vec<usize> = samples.shape.iter().copied().chain([colours]).collect();
    let result = empty_array(py, &shape, if words { "uint16" } else { "uint8" })?;
    let length = samples.count() * colours * (1 + usize::from(words));
    Target::new(&result, length)?.fill_fresh(py, |out| {
        palette.apply(samples.kind, &bytes, out);
    });
    Ok(result)
}

/// The pixels of an array, whose last axis has three samples, in another colour space; None where they are in it.
#[pyfunction]
pub fn convert_colours<'py>(
    array: &Bound<'py, PyAny>,
    from: &str,
    to: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = array.py();
    let interpretation = |term: &str| {
        PhotometricInterpretation::from_value(term.as_bytes()).ok_or_else(|| {
            PyValueError::new_err("a colour space must be a term of Photometric Interpretation")
        })
    };
    let samples = Samples::of(array)?;
    if samples.shape.last() != Some(&3) {
        return Err(PyValueError::new_err("the last axis of pixels in colour must have 3 samples"));
    }
    let conversion = ColourConversion::new(interpretation(from)?, interpretation(to)?, samples.kind)?;
    if conversion.is_identity() {
        return Ok(None);
    }
    let to = conversion.sample_type();
    let result = empty_array(py, &samples.shape, to.name())?;
    Target::new(&result, samples.count() * to.size())?.fill_fresh(py, |out| {
        // A chunk of whole pixels.
        let step = CHUNK / 3 * 3;
        for first in (0..samples.count()).step_by(step) {
            samples.chunks(first, step, |number, bytes| {
                let (start, length) = (number * to.size(), bytes.len() / samples.kind.size() * to.size());
                if let Some(out) = out.get_mut(start..start + length) {
                    conversion.apply(bytes, out);
                }
            });
        }
    });
    Ok(Some(result))
}

/// Overlay Data of a group as 0 and 1, in the axes `shape`.
#[pyfunction]
pub fn overlay_data<'py>(
    py: Python<'py>,
    group: u16,
    data: PyBackedBytes,
    shape: [i64; 3],
    is_big: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let pixels = pixel::overlay_pixels(group, shape, data.len())?;
    let axes: Vec<usize> = shape.iter().map(|axis| usize::try_from(*axis).unwrap_or(0)).collect();
    let axes = if axes.first() == Some(&1) { axes.get(1..).unwrap_or_default() } else { &axes };
    let result = empty_array(py, axes, "uint8")?;
    let order = if is_big { ByteOrder::Big } else { ByteOrder::Little };
    Target::new(&result, pixels)?.fill_fresh(py, |out| pixel::unpack_overlay(&data, is_big, order, out));
    Ok(result)
}

/// One bit of the cells of an array as 0 and 1.
#[pyfunction]
pub fn overlay_bits<'py>(array: &Bound<'py, PyAny>, bit: u32) -> PyResult<Bound<'py, PyAny>> {
    let py = array.py();
    let samples = Samples::of(array)?;
    let result = empty_array(py, &samples.shape, "uint8")?;
    Target::new(&result, samples.count())?.fill_fresh(py, |out| {
        samples.chunks(0, samples.count(), |number, bytes| {
            let length = bytes.len() / samples.kind.size();
            if let Some(out) = out.get_mut(number..number + length) {
                pixel::bit_of_cells(samples.kind, bytes, bit, out);
            }
        });
    });
    Ok(result)
}

/// Makes pixels of an 8-bit frame white where an overlay plane is 1. The frame must be an array that nobody else sees.
#[pyfunction]
pub fn burn_overlay<'py>(
    frame: &Bound<'py, PyAny>,
    plane: &Bound<'py, PyAny>,
    origin: [i64; 2],
) -> PyResult<()> {
    let (image, overlay) = (Samples::of(frame)?, Samples::of(plane)?);
    let (&[rows, columns, ..], &[plane_rows, plane_columns]) = (&image.shape[..], &overlay.shape[..]) else {
        return Err(PyValueError::new_err("a frame and a plane have rows and columns"));
    };
    let samples = image.shape.get(2).copied().unwrap_or(1);
    let bits = overlay.bytes()?;
    Target::new(frame, rows * columns * samples)?.fill_fresh(frame.py(), |out| {
        pixel::burn_in(out, samples, [rows, columns], &bits, [plane_rows, plane_columns], origin);
    });
    Ok(())
}

/// Frames of 8-bit samples, `shape` being frames, rows, columns and samples, in another size.
#[pyfunction]
pub fn resize_frames<'py>(
    array: &Bound<'py, PyAny>,
    shape: [usize; 4],
    size: [usize; 2],
) -> PyResult<Bound<'py, PyAny>> {
    let py = array.py();
    let source = Samples::of(array)?;
    let [frames, rows, columns, samples] = shape;
    let length = |sides: &[usize]| sides.iter().try_fold(1usize, |all, side| all.checked_mul(*side));
    let [new_rows, new_columns] = size;
    let (Some(frame), Some(new_frame)) = (length(&shape[1..]), length(&[new_rows, new_columns, samples]))
    else {
        return Err(PyValueError::new_err("a size that no memory has"));
    };
    if source.kind != SampleType::U8
        || frame.checked_mul(frames) != Some(source.count())
        || frame * new_frame == 0
    {
        return Err(PyValueError::new_err(
            "frames of 8-bit samples that are not empty can have another size",
        ));
    }
    let bytes = source.bytes()?;
    let result = empty_array(py, &[frames, new_rows, new_columns, samples], "uint8")?;
    Target::new(&result, frames * new_frame)?.fill_fresh(py, |out| {
        for (frame, out) in bytes.chunks_exact(frame).zip(out.chunks_exact_mut(new_frame)) {
            pixel::resize(frame, samples, [rows, columns], size, out);
        }
    });
    Ok(result)
}
