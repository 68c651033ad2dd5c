//! JPEG XL (ISO/IEC 18181), bare or in boxes, by the crate `jxl`.
//!
//! What comes out is grey or RGB, whatever the frame was encoded from: JPEG images that were packed into JPEG XL
//! (PS3.5 §A.4.13) keep the Photometric Interpretation that they had as JPEG.

use jxl::api::{
    Endianness, Event, JxlBitDepth, JxlColorType, JxlDataFormat, JxlDecoder, JxlDecoderOptions,
    JxlOutputBuffer, JxlPixelFormat, ProfileLevel,
};

use super::cells::{Component, write_component};
use super::{CodestreamColour, Decode, EncodedFrame, Marks};
use crate::error::{Result, WarningKind};
use crate::pixel::ImageDescription;
use crate::pixel::native::resize;

const NAME: &str = "JPEG XL";

/// Most bits of a sample that is a whole number.
const MAX_PRECISION: u8 = 16;

/// The codec.
pub(super) struct JpegXl;

impl Decode for JpegXl {
    fn name(&self) -> &'static str {
        NAME
    }

    fn check(&self, length: u64, description: &ImageDescription) -> Result<(), String> {
        // A codestream of one colour can be as short for an image of any size.
        match (length, description.samples_per_pixel()) {
            (..2, _) => Err(format!("{length} bytes are no codestream")),
            (_, 1 | 3) => Ok(()),
            (_, samples) => Err(format!("{samples} samples per pixel, JPEG XL has 1 or 3 of colour")),
        }
    }

    fn marks(&self, _: &EncodedFrame<'_>, _: &ImageDescription) -> Marks {
        Marks { colour: Some(CodestreamColour::Converted), fills_cells: true }
    }

    fn decode(
        &self,
        frame: &EncodedFrame<'_>,
        description: &ImageDescription,
        out: &mut [u8],
    ) -> Result<Option<WarningKind>> {
        let bytes = frame.bytes();
        self.check(bytes.len() as u64, description)
            .and_then(|()| decode_frame(&bytes, description, out))
            .map_err(|reason| frame.fault(NAME, reason))
    }
}

fn decode_frame(
    mut bytes: &[u8],
    description: &ImageDescription,
    out: &mut [u8],
) -> Result<Option<WarningKind>, String> {
    let too_large = || "too large".to_owned();
    let samples = usize::try_from(description.samples()).map_err(|_| too_large())?;
    let mut options = JxlDecoderOptions::default();
    options.adjust_orientation = false;
    options.sample_limit = sample_limit(description);
    options.max_profile_level = ProfileLevel::Main10;
    let mut decoder = JxlDecoder::new(options);
    let (rows, columns) = (description.rows(), description.columns());
    step(&mut decoder, &mut bytes, None, Event::BasicInfo)
        .map_err(|reason| format!("{reason}; the attributes say {rows} rows, {columns} columns"))?;
    let (precision, odd) = compare(&decoder, description)?;
    let size = if precision > 8 { 2 } else { 1 };
    set_format(&mut decoder, precision, description)?;
    step(&mut decoder, &mut bytes, None, Event::FrameHeader)?;

    let is_final = size == description.sample_type().size() && !description.is_signed();
    if is_final && out.as_ptr().align_offset(size) == 0 {
        return decode_into(&mut decoder, bytes, description, out).map(|()| odd);
    }
    let mut scratch = Vec::new();
    let room = samples.checked_mul(size).and_then(|length| length.checked_add(size)).ok_or_else(too_large)?;
    resize(&mut scratch, room).map_err(|error| error.to_string())?;
    let start = scratch.as_ptr().align_offset(size);
    let decoded = scratch.get_mut(start..).and_then(|rest| rest.get_mut(..samples * size));
    let decoded = decoded.ok_or_else(too_large)?;
    decode_into(&mut decoder, bytes, description, decoded)?;
    write(decoded, precision, description, out);
    Ok(odd)
}

/// As the crate counts: three colours also of what is grey, at least 16 columns, and room for alpha, which is dropped.
fn sample_limit(description: &ImageDescription) -> Option<usize> {
    let row = usize::from(description.columns()).max(16);
    row.checked_mul(description.rows().into())?.checked_mul(3 + 1)?.checked_add(1)
}

/// Compares what the codestream is with what the attributes say; gives the bits of a sample.
fn compare(
    decoder: &JxlDecoder,
    description: &ImageDescription,
) -> Result<(u8, Option<WarningKind>), String> {
    let info = decoder.basic_info().ok_or("no header")?;
    let profile = decoder.embedded_color_profile().ok_or("no colour profile")?;
    let (rows, columns) = (usize::from(description.rows()), usize::from(description.columns()));
    let samples = usize::from(description.samples_per_pixel());
    let ((width, height), channels) = (info.size, profile.channels());
    if (height, width, channels) != (rows, columns, samples) {
        return Err(format!(
            "the codestream has {height} rows, {width} columns, {channels} components, the attributes say {rows}, \
             {columns}, {samples}"
        ));
    }
    let JxlBitDepth::Int { bits_per_sample } = info.bit_depth else {
        return Err("samples in floating point".to_owned());
    };
    let precision = u8::try_from(bits_per_sample).unwrap_or(u8::MAX);
    let odd = Component { precision, is_signed: false }.check(description)?;
    if precision > MAX_PRECISION {
        return Err(format!("samples of {precision} bits, {MAX_PRECISION} are the most that can be decoded"));
    }
    Ok((precision, odd))
}

fn set_format(decoder: &mut JxlDecoder, precision: u8, description: &ImageDescription) -> Result<(), String> {
    let data = match precision {
        ..=8 => JxlDataFormat::U8 { bit_depth: precision },
        _ => JxlDataFormat::U16 { endianness: Endianness::native(), bit_depth: precision },
    };
    let is_grey = description.samples_per_pixel() == 1;
    let color_type = if is_grey { JxlColorType::Grayscale } else { JxlColorType::Rgb };
    let extra_channels = decoder.basic_info().map_or(0, |info| info.extra_channels.len());
    let format = JxlPixelFormat {
        color_type,
        color_data_format: Some(data),
        extra_channel_format: vec![None; extra_channels],
    };
    decoder.set_pixel_format(format).map_err(|error| error.to_string())
}

fn decode_into(
    decoder: &mut JxlDecoder,
    mut bytes: &[u8],
    description: &ImageDescription,
    out: &mut [u8],
) -> Result<(), String> {
    out.fill(0); // what the codec might leave out
    let rows = usize::from(description.rows());
    let row = out.len() / rows;
    let mut buffers = [JxlOutputBuffer::new(out, rows, row)];
    step(decoder, &mut bytes, Some(&mut buffers), Event::FrameComplete { has_more_frames: false })
}

/// Goes on to the next event, which must be the one that is wanted.
fn step(
    decoder: &mut JxlDecoder,
    bytes: &mut &[u8],
    buffers: Option<&mut [JxlOutputBuffer<'_>]>,
    wanted: Event,
) -> Result<(), String> {
    match decoder.process(bytes, buffers, None) {
        Ok(found) if found == wanted => Ok(()),
        Ok(Event::NeedMoreInput { .. }) => Err("the codestream ends before its frame".to_owned()),
        Ok(Event::FrameComplete { .. }) => Err("more than one frame in the codestream".to_owned()),
        Ok(_) => Err("the codestream has no frame".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Unsigned samples → cells.
fn write(decoded: &[u8], precision: u8, description: &ImageDescription, out: &mut [u8]) {
    let step = usize::from(description.samples_per_pixel());
    for number in 0..step {
        if precision > 8 {
            let (cells, _) = decoded.as_chunks();
            let samples = cells.iter().skip(number).step_by(step);
            let samples = samples.map(|cell| u32::from(u16::from_ne_bytes(*cell)));
            write_component(samples, number, precision, description, out);
        } else {
            let samples = decoded.iter().skip(number).step_by(step).map(|sample| u32::from(*sample));
            write_component(samples, number, precision, description, out);
        }
    }
}

#[cfg(test)]
mod tests;
