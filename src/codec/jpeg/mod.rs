//! JPEG (ISO/IEC 10918-1, ITU-T T.81) with Huffman coding: lossless, and of 8 and 12 bits with a DCT.
//!
//! The frame header in the codestream decides how a frame is read, not the transfer syntax: files have baseline frames
//! under the label of the lossless process.

mod bits;
mod colour;
mod dct;
mod header;
mod huffman;
mod idct;
mod layout;
mod lossless;
mod marker;
mod output;
mod plane;
mod predictor;
mod progressive;
mod reduced_idct;
mod scan;
mod sequential;
mod simd;
mod upsample;
mod usual_tables;

use std::borrow::Cow;

pub use colour::ColourMarks;

use super::{Decode, EncodedFrame, Marks, bit_position, has_end};
use crate::error::WarningKind;
use crate::pixel::{ImageDescription, SampleKind};
use header::{FrameHeader, Headers, Process};
use layout::MOST_REDUCED;

/// What is wrong with a codestream.
type Reason = Cow<'static, str>;

type Result<T, E = Reason> = std::result::Result<T, E>;

const NAME: &str = "JPEG";

/// Most samples that a byte can stand for: a bit is a block of 64, and of 18 blocks 16 may belong to one component.
const EXPANSION: u64 = 8 * 171;

/// The codec.
pub(super) struct Jpeg;

impl Decode for Jpeg {
    fn name(&self) -> &'static str {
        NAME
    }

    fn check(&self, length: u64, description: &ImageDescription) -> Result<(), String> {
        let (samples, most) = (description.samples(), length.saturating_mul(EXPANSION));
        if samples <= most {
            return Ok(());
        }
        Err(format!("{length} bytes cannot hold the {samples} samples of a frame: they give {most} at most"))
    }

    fn marks(&self, frame: &EncodedFrame<'_>, description: &ImageDescription) -> Marks {
        let marks = ColourMarks::of(&frame.bytes());
        let is_low = description.high_bit() + 1 == description.bits_stored();
        // Rounding makes samples greater than Bits Stored allow where these are fewer than the bits of the codestream:
        // without its top bit white would be black.
        let is_rounded = marks.is_some_and(|marks| !marks.is_lossless);
        Marks {
            colour: marks.and_then(|marks| marks.colour()),
            fills_cells: is_rounded && is_low && !description.is_signed(),
        }
    }

    fn decode(
        &self,
        frame: &EncodedFrame<'_>,
        description: &ImageDescription,
        out: &mut [u8],
    ) -> crate::Result<Option<WarningKind>> {
        let bytes = frame.bytes();
        decode_frame(&bytes, description, 0, out).map_err(|reason| frame.fault(NAME, reason.into_owned()))
    }

    /// The transform gives averages of 2, 4 or 8 samples, where there is one.
    fn halvings(&self, frame: &EncodedFrame<'_>, _: &ImageDescription, wanted: u8) -> u8 {
        let bytes = frame.bytes();
        let process = Headers::new(&bytes).and_then(|mut headers| Ok(headers.frame()?.process));
        match process {
            Ok(Process::Sequential | Process::Progressive) => wanted.min(MOST_REDUCED),
            _ => 0,
        }
    }

    fn decode_reduced(
        &self,
        frame: &EncodedFrame<'_>,
        description: &ImageDescription,
        reduce: u8,
        out: &mut [u8],
    ) -> crate::Result<Option<WarningKind>> {
        let bytes = frame.bytes();
        let decoded = decode_frame(&bytes, description, reduce, out);
        decoded.map_err(|reason| frame.fault(NAME, reason.into_owned()))
    }

    fn decode_start(
        &self,
        frame: &EncodedFrame<'_>,
        description: &ImageDescription,
        out: &mut [u8],
    ) -> usize {
        let bytes = frame.bytes();
        let rows = match has_end(&bytes) {
            true => 0,
            false => decode_rows(&bytes, description, out).unwrap_or(0),
        };
        out.len() / usize::from(description.rows()) * rows
    }
}

/// The rows that a codestream has which ends early.
fn decode_rows(bytes: &[u8], description: &ImageDescription, out: &mut [u8]) -> Result<usize> {
    let mut headers = Headers::new(bytes)?;
    let frame = headers.frame()?;
    check_frame(frame, description)?;
    match (frame.process, frame.precision) {
        (Process::Lossless, _) => lossless::decode_rows(&mut headers, description, out),
        (_, 12) => dct::decode_rows::<u16>(&mut headers, description, out),
        _ => dct::decode_rows::<u8>(&mut headers, description, out),
    }
}

/// `out` is for a frame at 1/2^`reduce` of its size, which only those with a DCT have.
fn decode_frame(
    bytes: &[u8],
    description: &ImageDescription,
    reduce: u8,
    out: &mut [u8],
) -> Result<Option<WarningKind>> {
    let mut headers = Headers::new(bytes)?;
    let frame = headers.frame()?;
    check_frame(frame, description)?;
    let (process, precision) = (frame.process, frame.precision);
    match process {
        Process::Lossless if reduce > 0 => return Err(Reason::Borrowed("a lossless frame has one size")),
        Process::Lossless => lossless::decode(&mut headers, description, out)?,
        _ if precision == 12 => dct::decode::<u16>(&mut headers, description, reduce, out)?,
        _ => dct::decode::<u8>(&mut headers, description, reduce, out)?,
    }
    bit_position::place(precision, description, out);
    if headers.number_of_lines.is_some_and(|lines| lines != description.rows()) {
        return Err(Reason::Borrowed("the DNL segment contradicts Rows"));
    }
    let contradicts = precision != description.bits_stored();
    Ok(contradicts.then_some(WarningKind::PrecisionContradicts))
}

/// Compares the frame header with the image description.
fn check_frame(frame: &FrameHeader, description: &ImageDescription) -> Result<()> {
    let (rows, columns) = (description.rows(), description.columns());
    // A frame without lines has them behind its first scan.
    if frame.columns != columns || frame.lines != rows && frame.lines != 0 {
        let (lines, width) = (frame.lines, frame.columns);
        return Err(format!(
            "the frame header says {lines} rows of {width} columns, the data set {rows} of {columns}"
        )
        .into());
    }
    let (components, samples) = (frame.components.len(), usize::from(description.samples_per_pixel()));
    if components != samples {
        return Err(format!("the frame has {components} components, Samples per Pixel is {samples}").into());
    }
    if description.sample_kind() != SampleKind::Integer {
        return Err(Reason::Borrowed("JPEG has no floating point samples"));
    }
    let (precision, allocated) = (frame.precision, description.bits_allocated());
    if precision > allocated {
        return Err(format!("samples of {precision} bits, Bits Allocated is {allocated}").into());
    }
    Ok(())
}
