//! What the pixels of a data set measure, and what a viewer shows: by its header, in one go.

use std::num::NonZeroUsize;

use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::prelude::*;

use super::buffer::{Target, empty_array};
use super::dataset::DatasetBase;
use super::pixel::{Wanted, header_view, options, pixel_view, pixels_of, view_pixels};
use crate::error::{Error, ErrorKind, Result};
use crate::pixel::{
    DisplayOptions, Header, ImageDescription, OutputType, PhotometricInterpretation, PhysicalOptions,
    PixelOptions, Presentation, SampleType, StoredFrame,
};

/// Which pixels: a frame, or all; and their samples where something else decoded them, an array that nobody else sees.
type Pixels<'py> = (Option<i64>, Option<Bound<'py, PyAny>>);

/// Physical values. `options`: type, item of Real World Value Mapping Sequence, what padding becomes.
#[pyfunction]
pub fn physical_values<'py>(
    dataset: &Bound<'py, DatasetBase>,
    pixels: Pixels<'py>,
    options: (Option<String>, Option<i64>, Option<f64>),
) -> PyResult<Bound<'py, PyAny>> {
    let (dtype, real_world, padding) = options;
    let to = dtype.as_deref().map(|name| {
        OutputType::from_name(name).ok_or_else(|| PyTypeError::new_err("no such type of values"))
    });
    let (to, options) =
        (to.transpose()?, PhysicalOptions { real_world: real_world.map(item_number).transpose()?, padding });
    present(dataset, pixels, |header, description| {
        let default = match description.sample_type().physical() {
            SampleType::F64 => OutputType::F64,
            _ => OutputType::F32,
        };
        Ok((Presentation::physical(header, description, options)?, to.unwrap_or(default)))
    })
}

/// What a viewer shows. `options`: window, number of the VOI LUT or window of the image.
#[pyfunction]
pub fn display_values<'py>(
    dataset: &Bound<'py, DatasetBase>,
    pixels: Pixels<'py>,
    options: (Option<(f64, f64)>, i64),
) -> PyResult<Bound<'py, PyAny>> {
    let options = DisplayOptions { window: options.0, voi_index: item_number(options.1)? };
    present(dataset, pixels, |header, description| {
        Ok((Presentation::display(header, description, options)?, OutputType::U8))
    })
}

fn item_number(number: i64) -> PyResult<usize> {
    usize::try_from(number).map_err(|_| PyIndexError::new_err("numbers of items and windows begin at 0"))
}

/// The samples of frames, decoded where they are not given, and what becomes of them.
fn present<'py>(
    dataset: &Bound<'py, DatasetBase>,
    (index, samples): Pixels<'py>,
    make: impl FnOnce(Header<'_>, &ImageDescription) -> Result<(Presentation, OutputType)>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = dataset.py();
    let (view, header_view) = (pixel_view(dataset)?, header_view(dataset)?);
    let wanted: Wanted<'py> =
        (index, false, None, false, "stored".to_owned(), false, None::<NonZeroUsize>, false, (0, None));
    let options = options(&wanted, view.shared().on_warning)?;
    let description = ImageDescription::of(view.dataset(), &view.shared().file)?;
    let header = Header::new(header_view.dataset(), &header_view.shared().file);
    let (presentation, to) = make(header, &description)?;
    let is_decoded = samples.is_some();
    let stored = match samples {
        Some(samples) => samples,
        None => view_pixels(py, &view, &options, &wanted)?,
    };
    let interpretation = if presentation.needs_interpretation() && !is_decoded {
        let find = || pixels_of(&view, false)?.interpretation(&view.shared().file, &options);
        py.detach(find)?
    } else {
        Some(PhotometricInterpretation::Rgb)
    };
    let image = Image { presentation, header, description, interpretation, options, to };
    image.present(&stored)
}

/// An image whose samples are there.
struct Image<'a> {
    presentation: Presentation,
    header: Header<'a>,
    description: ImageDescription,
    interpretation: Option<PhotometricInterpretation>,
    options: PixelOptions,
    to: OutputType,
}

impl Image<'_> {
    /// What becomes of `stored`, an array that nobody else sees, in a new array.
    fn present<'py>(&self, stored: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = stored.py();
        let mut shape: Vec<usize> = stored.getattr("shape")?.extract()?;
        let samples = usize::from(self.description.samples_per_pixel());
        let stored_count: usize = shape.iter().product();
        if self.presentation.shown_samples() != samples {
            shape.push(self.presentation.shown_samples());
        }
        let count: usize = shape.iter().product();
        let to = self.to.sample_type();
        let result = empty_array(py, &shape, to.name())?;
        let target = Target::new(&result, count * to.size())?;
        let source = Target::new(stored, stored_count * self.description.sample_type().size())?;
        source.fill_fresh(py, |stored| {
            Python::attach(|py| target.fill_fresh(py, |out| self.write(stored, out)))
        })?;
        Ok(result)
    }

    fn write(&self, stored: &[u8], out: &mut [u8]) -> Result<()> {
        let (first, count) = match self.options.index {
            Some(index) => (index, 1),
            None => (0, self.description.number_of_frames()),
        };
        let number = usize::try_from(count).unwrap_or(usize::MAX).max(1);
        let (from, to) = (stored.len() / number, out.len() / number);
        if from == 0 || from * number != stored.len() || to * number != out.len() {
            return Err(not_those(stored.len(), number));
        }
        let interpretation = self.interpretation;
        let steps = (first..first.saturating_add(count))
            .map(|number| self.presentation.steps(Some(self.header), number))
            .collect::<Result<Vec<_>>>()?;
        let frames = stored.chunks_exact(from).zip(&steps);
        let frame = |(samples, steps)| StoredFrame { samples, is_part: false, interpretation, steps };
        let presentations = self.presentation.of_frames(&frames.map(frame).collect::<Vec<_>>())?;
        let mut scratch = Vec::new();
        let (mut stored, mut out) = (stored, out);
        // Tables are made once for neighbours that share them.
        for run in presentations.chunk_by(|one, next| next.is_that_of(one)) {
            let Some((presentation, rest)) = run.split_first() else { continue };
            let frames = 1 + rest.len();
            let (samples, later) = stored.split_at_checked(frames * from).unwrap_or_default();
            let Some((place, free)) = out.split_at_mut_checked(frames * to) else { break };
            presentation.apply(samples, self.to, &mut scratch, place);
            (stored, out) = (later, free);
        }
        Ok(())
    }
}

fn not_those(bytes: usize, frames: usize) -> Error {
    ErrorKind::PixelData(format!("{bytes} bytes are not those of {frames} frames").into()).into()
}
