//! Decoded frames → rendered ones, in memory that is kept from frame to frame.

use super::presentation::{FramePresentation, Presentation, StoredFrame};
use super::rendering::{RenderedForm, Rendering, Resize, Values, refused};
use super::resample::{Resampler, Size};
use super::whole_numbers::{Fractions, range_of, write_numbers};
use super::{ImageDescription, OutputType, SampleType, convert};
use crate::error::{Error, ErrorKind, Result};

/// Samples that become integers at a time.
const PIECE: usize = 1 << 14;

/// An image of which frames are rendered.
#[derive(Clone, Copy)]
pub struct RenderedImage<'a> {
    /// What becomes of its frames.
    pub rendering: &'a Rendering,
    /// Its attributes.
    pub description: &'a ImageDescription,
    /// What its header says about values.
    pub presentation: Option<&'a Presentation>,
    /// What rendered frames are made of.
    pub form: RenderedForm,
}

/// Renders frames one after the other in memory that it keeps.
#[derive(Default)]
pub struct Renderer {
    part: Vec<u8>,
    values: Vec<u8>,
    scratch: Vec<u8>,
    resized: Vec<u8>,
    resampler: Resampler,
}

impl Renderer {
    /// Writes what becomes of a frame into `out`, in the type `to`.
    ///
    /// # Errors
    /// [`ErrorKind::PixelData`] where the functional groups of the frame do not do, or `to` does not have a value.
    pub fn render(
        &mut self,
        image: &RenderedImage<'_>,
        frame: StoredFrame<'_>,
        to: SampleType,
        out: &mut [u8],
    ) -> Result<()> {
        let RenderedImage { rendering, description, presentation, form } = *image;
        // Which values are black and white is asked of the whole frame, not of a part.
        let presentation = presentation.map(|known| known.of_frame(frame)).transpose()?;
        let part = rendering.part(description)?;
        let mut cropped = std::mem::take(&mut self.part);
        let samples = match rendering.crop {
            Some(region) if !frame.is_part => {
                make_long(&mut cropped, part.count().saturating_mul(description.sample_type().size()))?;
                region.cut(description, frame.samples, &mut cropped);
                &cropped
            }
            _ => frame.samples,
        };
        let stored = (description.sample_type(), samples);
        let done = match rendering.resize {
            None => self.values(rendering.values, presentation.as_ref(), stored, to, out),
            Some(resize) => {
                let size = Size { samples: form.samples, ..part };
                self.resized(rendering.values, presentation.as_ref(), stored, (size, resize), to, out)
            }
        };
        self.part = cropped;
        done
    }

    /// Writes the values of samples.
    fn values(
        &mut self,
        values: Values,
        presentation: Option<&FramePresentation<'_>>,
        (stored, samples): (SampleType, &[u8]),
        to: SampleType,
        out: &mut [u8],
    ) -> Result<()> {
        let Some(presentation) = presentation else { return converted(stored, samples, to, out) };
        match (values, to) {
            (Values::Display, SampleType::U8) => {
                presentation.apply(samples, OutputType::U8, &mut self.scratch, out);
                Ok(())
            }
            (Values::Display, _) => {
                make_long(&mut self.values, out.len() / to.size())?;
                presentation.apply(samples, OutputType::U8, &mut self.scratch, &mut self.values);
                converted(SampleType::U8, &self.values, to, out)
            }
            (_, SampleType::F32) => {
                presentation.apply(samples, OutputType::F32, &mut self.scratch, out);
                Ok(())
            }
            (_, SampleType::F64) => {
                presentation.apply(samples, OutputType::F64, &mut self.scratch, out);
                Ok(())
            }
            _ => self.whole_values(presentation, (stored, samples), to, out),
        }
    }

    /// Writes physical values as integers, which they must be.
    fn whole_values(
        &mut self,
        presentation: &FramePresentation<'_>,
        (stored, samples): (SampleType, &[u8]),
        to: SampleType,
        out: &mut [u8],
    ) -> Result<()> {
        make_long(&mut self.values, PIECE * size_of::<f64>())?;
        let pieces = samples.chunks(PIECE * stored.size()).zip(out.chunks_mut(PIECE * to.size()));
        let mut fits = true;
        for (samples, out) in pieces {
            let count = samples.len() / stored.size() * size_of::<f64>();
            let Some(values) = self.values.get_mut(..count) else { break };
            presentation.apply(samples, OutputType::F64, &mut self.scratch, values);
            let numbers = values.as_chunks().0.iter().map(|cell| f64::from_ne_bytes(*cell));
            fits &= write_numbers(numbers, Fractions::Refuse, to, out);
        }
        if fits { Ok(()) } else { Err(no_place("physical values", to)) }
    }

    /// Writes the values of samples in another size.
    fn resized(
        &mut self,
        values: Values,
        presentation: Option<&FramePresentation<'_>>,
        (stored, samples): (SampleType, &[u8]),
        (size, resize): (Size, Resize),
        to: SampleType,
        out: &mut [u8],
    ) -> Result<()> {
        let mut rendered = std::mem::take(&mut self.values);
        let kind = match (presentation, values) {
            (None, _) => stored,
            (Some(_), Values::Display) => SampleType::U8,
            (Some(_), _) => SampleType::F32,
        };
        let from = match presentation {
            None => samples,
            Some(presentation) => {
                make_long(&mut rendered, size.count().saturating_mul(kind.size()))?;
                let output = if kind == SampleType::U8 { OutputType::U8 } else { OutputType::F32 };
                presentation.apply(samples, output, &mut self.scratch, &mut rendered);
                &*rendered
            }
        };
        let inner = inner_size(size, resize);
        let done = if let Some(fill) = resize.letterbox {
            let mut resized = std::mem::take(&mut self.resized);
            let done = make_long(&mut resized, inner.count().saturating_mul(to.size()))
                .and_then(|()| self.resample(values, (kind, from), [size, inner], to, &mut resized))
                .and_then(|()| place(&resized, (inner, resize), (fill, to), out));
            self.resized = resized;
            done
        } else {
            self.resample(values, (kind, from), [size, inner], to, out)
        };
        self.values = rendered;
        done
    }

    fn resample(
        &mut self,
        values: Values,
        (kind, from): (SampleType, &[u8]),
        sizes: [Size; 2],
        to: SampleType,
        out: &mut [u8],
    ) -> Result<()> {
        if values == Values::Display {
            if to == SampleType::U8 {
                return self.resampler.bytes(from, sizes, out);
            }
            make_long(&mut self.scratch, sizes[1].count())?;
            self.resampler.bytes(from, sizes, &mut self.scratch)?;
            return converted(SampleType::U8, &self.scratch, to, out);
        }
        self.resampler.numbers(kind, from, sizes)?;
        // Single precision rounds the ends of large integers to numbers that their type does not have.
        let (least, most) = range_of(kind).into_inner();
        let numbers = self.resampler.singles.iter().map(|number| f64::from(*number).clamp(least, most));
        if write_numbers(numbers, Fractions::Round, to, out) {
            return Ok(());
        }
        Err(no_place("values", to))
    }
}

/// The size of a frame in the result: all of it, or with its proportions.
fn inner_size(old: Size, Resize { rows, columns, letterbox }: Resize) -> Size {
    if letterbox.is_none() {
        return Size { rows, columns, ..old };
    }
    let wide = u64::from;
    // To the nearest pixel, and one at least.
    let part = |side: u32, new: u32, other: u32| {
        let doubled = 2 * wide(side) * wide(new) + wide(other);
        u32::try_from(doubled / (2 * wide(other)).max(1)).unwrap_or(u32::MAX).max(1)
    };
    if wide(old.rows) * wide(columns) >= wide(old.columns) * wide(rows) {
        Size { rows, columns: part(old.columns, rows, old.rows).min(columns), ..old }
    } else {
        Size { rows: part(old.rows, columns, old.columns).min(rows), columns, ..old }
    }
}

/// Puts a frame into the middle of `out`, which is as large as `resize` says, and `fill` around it.
fn place(
    frame: &[u8],
    (inner, resize): (Size, Resize),
    (fill, to): (f64, SampleType),
    out: &mut [u8],
) -> Result<()> {
    let mut cell = [0; 8];
    let cell = cell.get_mut(..to.size()).unwrap_or_default();
    if !write_numbers(std::iter::once(fill), Fractions::Refuse, to, cell) {
        return Err(no_place("a fill", to));
    }
    out.chunks_exact_mut(to.size()).for_each(|place| place.copy_from_slice(cell));
    let bytes =
        |pixels: u32| usize::try_from(pixels).unwrap_or(usize::MAX).saturating_mul(inner.samples * to.size());
    let first = bytes((resize.columns - inner.columns) / 2);
    let (width, line) = (bytes(inner.columns), bytes(resize.columns));
    let top = usize::try_from((resize.rows - inner.rows) / 2).unwrap_or(usize::MAX);
    let lines = out.chunks_exact_mut(line.max(1)).skip(top);
    for (from, line) in frame.chunks_exact(width.max(1)).zip(lines) {
        if let Some(place) = line.get_mut(first..first.saturating_add(width)) {
            place.copy_from_slice(from);
        }
    }
    Ok(())
}

fn converted(from: SampleType, samples: &[u8], to: SampleType, out: &mut [u8]) -> Result<()> {
    if from == to {
        samples.iter().zip(out).for_each(|(sample, place)| *place = *sample);
        return Ok(());
    }
    if convert(from, samples, to, out) { Ok(()) } else { Err(no_place(from.name(), to)) }
}

fn no_place(what: &str, to: SampleType) -> Error {
    refused(format!("{what} that {} does not have", to.name()))
}

/// Makes memory so long, or says that there is none.
fn make_long(memory: &mut Vec<u8>, length: usize) -> Result<()> {
    memory.truncate(length);
    memory.try_reserve_exact(length - memory.len()).map_err(|_| ErrorKind::OutOfMemory(length as u64))?;
    memory.resize(length, 0);
    Ok(())
}
