//! JPEG-LS, lossless and near-lossless (PS3.5 §8.2.3, ITU-T T.87): decoder and encoder.

mod bit_reader;
mod bit_writer;
mod colour_transform;
mod context;
mod decode_line;
mod encode;
mod encode_line;
mod gradient;
mod marker;
mod model;
mod parameters;
mod scan;
mod simd;

use super::{Decode, EncodedFrame, bit_position, has_end};
use crate::error::{Result, WarningKind};
use crate::pixel::{ImageDescription, SampleKind};
use colour_transform::ColourTransform;
pub use encode::{Encoding, Image, encode};
use marker::{Extension, FrameHeader, Markers, ScanHeader, code};
use parameters::Coding;
pub use parameters::{Interleave, Presets};
use scan::{Scan, Target};

const NAME: &str = "JPEG-LS";

/// Bytes of the shortest codestream without its data: SOI, frame header and scan header of one component.
const HEADERS: u64 = 23;

/// Pixels that one bit stands for at most: the longest step of a run.
const LONGEST_STEP: u64 = 1 << 15;

/// The codec.
pub(super) struct JpegLs;

impl Decode for JpegLs {
    fn name(&self) -> &'static str {
        NAME
    }

    fn check(&self, length: u64, description: &ImageDescription) -> Result<(), String> {
        if description.sample_kind() != SampleKind::Integer {
            return Err("samples of floating point are not coded so".to_owned());
        }
        let bits = u64::from(description.rows()) * u64::from(description.columns()).div_ceil(LONGEST_STEP);
        let least = HEADERS + bits.div_ceil(8);
        if length >= least {
            return Ok(());
        }
        Err(format!("{length} bytes cannot hold a frame of this size: it takes {least} at least"))
    }

    fn decode(
        &self,
        frame: &EncodedFrame<'_>,
        description: &ImageDescription,
        out: &mut [u8],
    ) -> Result<Option<WarningKind>> {
        let bytes = frame.bytes();
        self.check(bytes.len() as u64, description)
            .and_then(|()| Codestream::new(description).decode(&bytes, out))
            .map_err(|reason| frame.fault(NAME, reason))
    }

    fn decode_start(
        &self,
        frame: &EncodedFrame<'_>,
        description: &ImageDescription,
        out: &mut [u8],
    ) -> usize {
        let bytes = frame.bytes();
        if has_end(&bytes) || description.sample_kind() != SampleKind::Integer {
            return 0;
        }
        let mut codestream = Codestream::new(description);
        let _ = codestream.decode(&bytes, out);
        let rows = if codestream.transform == ColourTransform::None { codestream.rows } else { 0 };
        out.len() / usize::from(description.rows()) * rows
    }
}

/// What the segments so far tell of a codestream.
struct Codestream<'d> {
    description: &'d ImageDescription,
    frame: Option<FrameHeader>,
    presets: Presets,
    /// In lines; zero for none.
    restart_interval: u32,
    transform: ColourTransform,
    /// Samples of a pixel that no scan gave yet.
    missing: Vec<usize>,
    /// Rows that have all samples.
    rows: usize,
}

impl<'d> Codestream<'d> {
    fn new(description: &'d ImageDescription) -> Self {
        Self {
            description,
            frame: None,
            presets: Presets::default(),
            restart_interval: 0,
            transform: ColourTransform::None,
            missing: (0..usize::from(description.samples_per_pixel())).collect(),
            rows: 0,
        }
    }

    /// Fills `out`. What follows the last scan that is needed is not looked at: padding and more is found there.
    fn decode(&mut self, bytes: &[u8], out: &mut [u8]) -> Result<Option<WarningKind>, String> {
        let mut markers = Markers::new(bytes)?;
        while !self.missing.is_empty() {
            match markers.next() {
                Some(code::SOS) => {
                    let header = ScanHeader::read(markers.segment(code::SOS)?)?;
                    let rest = self.scan(&header, markers.rest(), out)?;
                    markers.resume(rest);
                }
                None | Some(code::EOI) => {
                    let count = self.missing.len();
                    return Err(format!("the codestream ends before the scans of {count} components"));
                }
                Some(code) => self.segment(code, &mut markers)?,
            }
        }
        let Some(frame) = &self.frame else { return Ok(None) };
        let samples = usize::from(self.description.samples_per_pixel());
        self.transform.invert(frame.precision, samples, self.description.sample_type().size(), out)?;
        bit_position::place(frame.precision, self.description, out);
        let contradicts = frame.precision != self.description.bits_stored();
        Ok(contradicts.then_some(WarningKind::PrecisionContradicts))
    }

    fn segment(&mut self, marker: u8, markers: &mut Markers<'_>) -> Result<(), String> {
        match marker {
            code::SOF55 => {
                let header = FrameHeader::read(markers.segment(marker)?)?;
                if self.frame.is_some() {
                    return Err("two frame headers".to_owned());
                }
                self.check_frame(&header)?;
                self.frame = Some(header);
            }
            code::LSE => match Extension::read(markers.segment(marker)?)? {
                Extension::Presets(presets) => self.presets = presets,
                Extension::Size { rows, columns } => self.check_size(rows, columns)?,
                Extension::Table => {}
            },
            code::DRI => self.restart_interval = marker::restart_interval(markers.segment(marker)?)?,
            code::APP8 => {
                let found = ColourTransform::read(markers.segment(marker)?)?;
                self.transform = found.unwrap_or(self.transform);
            }
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                return Err(format!("a frame of another JPEG process, SOF{}", marker - 0xC0));
            }
            // No segments: SOI and restarts that are out of place, TEM and others.
            0x80..=0xBF | 0xD0..=0xD8 => return Err(format!("marker FF{marker:02X} is out of place")),
            _ => {
                markers.segment(marker)?;
            }
        }
        Ok(())
    }

    fn check_frame(&self, header: &FrameHeader) -> Result<(), String> {
        let (found, samples) = (header.components.len(), self.description.samples_per_pixel());
        if found != usize::from(samples) {
            return Err(format!("{found} components in the codestream, Samples per Pixel is {samples}"));
        }
        let allocated = self.description.bits_allocated();
        if header.precision > allocated {
            let precision = header.precision;
            return Err(format!(
                "samples of {precision} bits in the codestream, Bits Allocated is {allocated}"
            ));
        }
        // Zero rows or columns: another segment tells them.
        let rows = if header.rows == 0 { self.description.rows().into() } else { header.rows };
        let columns = if header.columns == 0 { self.description.columns().into() } else { header.columns };
        self.check_size(rows, columns)
    }

    fn check_size(&self, rows: u32, columns: u32) -> Result<(), String> {
        let expected = (u32::from(self.description.rows()), u32::from(self.description.columns()));
        if (rows, columns) == expected {
            return Ok(());
        }
        let (expected_rows, expected_columns) = expected;
        Err(format!(
            "{rows} rows and {columns} columns in the codestream, Rows and Columns are {expected_rows} and {expected_columns}"
        ))
    }

    /// Decodes a scan, and gives what follows it.
    fn scan<'a>(&mut self, header: &ScanHeader, data: &'a [u8], out: &mut [u8]) -> Result<&'a [u8], String> {
        let Some(frame) = &self.frame else { return Err("a scan before the frame header".to_owned()) };
        let mut places = Vec::new();
        for identifier in &header.components {
            let of = |place: &usize| {
                frame.components.get(*place).is_some_and(|component| component.identifier == *identifier)
            };
            let Some(at) = self.missing.iter().position(of) else {
                return Err(format!(
                    "a scan of component {identifier}, which is unknown or was there before"
                ));
            };
            places.push(self.missing.remove(at));
        }
        let coding = Coding::new(frame.precision, header.near, &self.presets)?;
        let mut target = Target {
            columns: usize::from(self.description.columns()),
            samples: usize::from(self.description.samples_per_pixel()),
            size: self.description.sample_type().size(),
            out,
            rows: 0,
        };
        let (interleave, restart_interval) = (header.interleave, self.restart_interval);
        let rest = Scan { interleave, places, restart_interval, data }.decode(coding, &mut target);
        // Of several scans each has a component: no pixel is whole before the last one.
        self.rows = if self.missing.is_empty() { target.rows } else { 0 };
        rest
    }
}

#[cfg(test)]
mod tests;
