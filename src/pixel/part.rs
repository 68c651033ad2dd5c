//! Less than whole frames: at a fraction of their size, or regions of them.

use std::ops::Range;

use super::average::average;
use super::decoded_frame::encoded_frame;
use super::description::{BITS_STORED, ImageDescription, PHOTOMETRIC_INTERPRETATION, fault};
use super::native::{NativePixelData, resize};
use super::photometric::PhotometricInterpretation;
use super::source::PixelSource;
use super::{PixelData, PixelOptions, Storage};
use crate::codec::{self, EncodedFrame};
use crate::error::{ErrorKind, Result, WarningKind};

/// How often rows and columns can be halved at most: beyond that every frame is one pixel.
pub const MOST_REDUCED: u8 = 16;

/// A part of every frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Region {
    /// The first row, from zero.
    pub top: u32,
    /// The first column, from zero.
    pub left: u32,
    /// How many rows.
    pub rows: u32,
    /// How many columns.
    pub columns: u32,
}

impl Region {
    /// Frames of this size, which must be in those that are described.
    ///
    /// # Errors
    /// [`ErrorKind::PixelData`] where they are not.
    pub(super) fn of(self, whole: &ImageDescription) -> Result<ImageDescription> {
        let fits = |first: u32, count: u32, all: u16| {
            let is_inside = count > 0 && first.checked_add(count).is_some_and(|end| end <= all.into());
            u16::try_from(count).ok().filter(|_| is_inside)
        };
        let Self { top, left, rows, columns } = self;
        let size = fits(top, rows, whole.rows()).zip(fits(left, columns, whole.columns()));
        let (rows, columns) = size.ok_or_else(|| {
            ErrorKind::PixelData(format!(
                "no region of {rows} rows and {columns} columns at row {top}, column {left}: there are {} rows and {} columns",
                whole.rows(),
                whole.columns()
            ).into())
        })?;
        Ok(whole.resized(rows, columns))
    }

    /// The pixels of which those of this region are averages, in frames that were not yet halved so often.
    fn before(self, reduce: u8, whole: &ImageDescription) -> Self {
        let along = |first: u32, count: u32, all: u16| {
            let first = first << reduce.min(MOST_REDUCED);
            // Squares at the right and at the bottom are of what there is.
            (first, (count << reduce.min(MOST_REDUCED)).min(u32::from(all).saturating_sub(first)))
        };
        let (top, rows) = along(self.top, self.rows, whole.rows());
        let (left, columns) = along(self.left, self.columns, whole.columns());
        Self { top, left, rows, columns }
    }

    /// Copies its samples, which are in those of a frame, into `out`.
    pub(super) fn cut(self, description: &ImageDescription, samples: &[u8], out: &mut [u8]) {
        let (rows, columns) = self.ranges(description);
        let row = description.frame_length() / u64::from(description.rows());
        let row = usize::try_from(row).unwrap_or(usize::MAX).max(1);
        let rows = samples.get(rows).unwrap_or_default().chunks_exact(row);
        for (row, out) in rows.zip(out.chunks_exact_mut(columns.len().max(1))) {
            out.copy_from_slice(row.get(columns.clone()).unwrap_or_default());
        }
    }

    /// Bytes of the rows of a frame, and of those the bytes of the columns.
    fn ranges(self, description: &ImageDescription) -> (Range<usize>, Range<usize>) {
        let pixel = description.sample_type().size() * usize::from(description.samples_per_pixel());
        let row = pixel * usize::from(description.columns());
        let bytes = |first: u32, count: u32, size: usize| {
            let first = usize::try_from(first).unwrap_or(usize::MAX).saturating_mul(size);
            let length = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(size);
            first..first.saturating_add(length)
        };
        (bytes(self.top, self.rows, row), bytes(self.left, self.columns, pixel))
    }
}

impl PixelData {
    /// The same with frames at 1/2^`reduce` of their size, at most [`MOST_REDUCED`]: by the codec as far as it can, what
    /// is left by averages of squares of pixels, in RGB where YBR becomes that.
    ///
    /// # Errors
    /// [`ErrorKind::PixelData`] where there are no averages: of indexes into a palette, of single bits.
    pub fn reduced(self, reduce: u8) -> Result<Self> {
        if reduce == 0 {
            return Ok(Self { reduced: None, ..self });
        }
        let description = &self.description;
        if description.photometric_interpretation() == Some(PhotometricInterpretation::PaletteColor) {
            let reason = "indexes into a palette cannot be averaged".to_owned();
            return Err(fault(PHOTOMETRIC_INTERPRETATION, reason));
        }
        if description.bits_stored() == 1 {
            return Err(fault(BITS_STORED, "samples of one bit cannot be averaged".to_owned()));
        }
        let reduced = Some((reduce.min(MOST_REDUCED), description.reduced(reduce)));
        Ok(Self { reduced, ..self })
    }

    /// How often rows and columns are halved.
    fn reduce(&self) -> u8 {
        self.reduced.map_or(0, |(reduce, _)| reduce)
    }

    /// True where less than whole frames is wanted.
    pub(super) fn is_part(&self, options: &PixelOptions) -> bool {
        self.reduced.is_some() || options.region.is_some()
    }

    /// What the frames are of which [`PixelData::decode`] gives the samples: of the size that is asked for.
    ///
    /// # Errors
    /// [`ErrorKind::PixelData`] where there can be no such part of a frame.
    pub fn result_description(&self, options: &PixelOptions) -> Result<ImageDescription> {
        if self.reduced.is_some() && options.keep_cells {
            let reason = "whole cells with their unused bits cannot be averaged".to_owned();
            return Err(ErrorKind::PixelData(reason.into()).into());
        }
        let whole = self.description();
        options.region.map_or(Ok(*whole), |region| region.of(whole))
    }

    /// True where of a part of a frame no more is read than the rows that it is in. Otherwise a frame is decoded as a
    /// whole, and of many the memory is better kept.
    #[must_use]
    pub fn reads_parts(&self) -> bool {
        matches!(&self.storage, Storage::Native(native) if native.is_in_place(&self.description))
    }

    /// Native frames of which less is wanted, one after the other.
    pub(super) fn read_parts(
        &self,
        native: &NativePixelData,
        frames: Range<u32>,
        source: &dyn PixelSource,
        options: &PixelOptions,
        out: &mut [u8],
    ) -> Result<()> {
        let length = self.frame_bytes(options);
        let conversion = self.conversion(options, None)?.0;
        let mut samples = Vec::new();
        let whole = Self { reduced: None, ..self.clone() };
        for (number, out) in frames.zip(out.chunks_mut(length)) {
            if let Some(region) = options.region.map(|region| region.before(self.reduce(), &self.description))
            {
                let part = region.of(&self.description)?;
                let place = match self.reduced {
                    None => &mut *out,
                    Some(_) => {
                        resize_to(&mut samples, part.frame_length())?;
                        &mut samples
                    }
                };
                if self.read_region(native, number, region, source, options, place)? {
                    if let Some(conversion) = &conversion {
                        conversion.apply_in_place(place);
                    }
                    if let Some((reduce, _)) = self.reduced {
                        average(&part, &samples, reduce, out)?;
                    }
                    continue;
                }
            }
            // Behind the end of a cut file.
            if options.partial && native.whole_length(&self.description, number) == 0 {
                out.fill(0);
                continue;
            }
            let options_of_all = PixelOptions { index: Some(number), region: None, ..*options };
            resize_to(&mut samples, self.description.frame_length())?;
            whole.decode(source, &options_of_all, &mut samples)?;
            self.take_part(&samples, 0, options, out)?;
        }
        Ok(())
    }

    /// Reads the rows of a region. False where pixels do not lie row by row, or not all are there.
    fn read_region(
        &self,
        native: &NativePixelData,
        number: u32,
        region: Region,
        source: &dyn PixelSource,
        options: &PixelOptions,
        out: &mut [u8],
    ) -> Result<bool> {
        let (rows, columns) = region.ranges(&self.description);
        let row = usize::from(self.description.columns()) * usize::from(self.description.samples_per_pixel());
        let row = row * self.description.sample_type().size();
        let there = native.whole_length(&self.description, number);
        if there < rows.end as u64 || !native.is_in_place(&self.description) {
            return Ok(false);
        }
        let read = |start: usize, out: &mut [u8]| {
            native.read_bytes(&self.description, number, start as u64, options.keep_cells, source, out)
        };
        if columns.len() == row {
            read(rows.start, out)?;
            return Ok(true);
        }
        // Whole rows, a few at a time: what is between the columns is read, too, in one piece.
        let mut scratch = Vec::new();
        let step = (NativePixelData::BLOCK / row.max(1)).max(1) * row;
        let mut places = out.chunks_mut(columns.len().max(1));
        for start in rows.clone().step_by(step.max(1)) {
            resize(&mut scratch, step.min(rows.end - start))?;
            read(start, &mut scratch)?;
            for (row, place) in scratch.chunks(row.max(1)).zip(&mut places) {
                place.copy_from_slice(row.get(columns.clone()).unwrap_or_default());
            }
        }
        Ok(true)
    }

    /// Decodes one encoded frame, of which less is wanted, into `out`. Returns what was odd.
    pub(super) fn decode_part(
        &self,
        number: u32,
        source: &dyn PixelSource,
        options: &PixelOptions,
        out: &mut [u8],
    ) -> Result<[Option<WarningKind>; 2]> {
        let Storage::Encapsulated { codec, frames } = &self.storage else { return Ok([None; 2]) };
        let bytes = encoded_frame(frames, number, source)?;
        let frame = EncodedFrame { number, fragments: std::slice::from_ref(&bytes) };
        let halvings = codec::halvings(*codec, &frame, &self.description, self.reduce());
        let is_all = halvings == self.reduce() && options.region.is_none();
        let mut samples = Vec::new();
        let decoded = if is_all {
            self.decode_encoded(&frame, halvings, options, out)
        } else {
            resize_to(&mut samples, self.description.reduced(halvings).frame_length())?;
            self.decode_encoded(&frame, halvings, options, &mut samples)
        };
        match decoded {
            // What there is of a frame comes at its whole size.
            Err(_) if options.partial && halvings > 0 => {
                resize_to(&mut samples, self.description.frame_length())?;
                let odd = self.decode_encoded(&frame, 0, options, &mut samples)?;
                self.take_part(&samples, 0, options, out)?;
                Ok(odd)
            }
            Ok(odd) if !is_all => self.take_part(&samples, halvings, options, out).map(|()| odd),
            decoded => decoded,
        }
    }

    /// Makes what is wanted of the samples of a frame that was halved so often.
    fn take_part(&self, samples: &[u8], halvings: u8, options: &PixelOptions, out: &mut [u8]) -> Result<()> {
        let found = self.description.reduced(halvings);
        let left = self.reduce().saturating_sub(halvings);
        let Some(region) = options.region else { return average(&found, samples, left, out) };
        let reduced = *self.description();
        let mut averaged = Vec::new();
        let samples = match left {
            0 => samples,
            _ => {
                resize_to(&mut averaged, reduced.frame_length())?;
                average(&found, samples, left, &mut averaged)?;
                &averaged
            }
        };
        region.cut(&reduced, samples, out);
        Ok(())
    }
}

fn resize_to(memory: &mut Vec<u8>, length: u64) -> Result<()> {
    resize(memory, usize::try_from(length).map_err(|_| ErrorKind::OutOfMemory(length))?)
}
