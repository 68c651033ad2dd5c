//! JPEG 2000 (ISO/IEC 15444-1) and its high throughput form (ISO/IEC 15444-15): sizes checked here, colour decoded by
//! `hayro-jpeg2000`, and by OpenJPEG what that does not have, or takes longer for.
//!
//! The codec inverts the transform of the components: YBR_RCT and YBR_ICT come out as RGB (PS3.5 §8.2.4).

mod codestream;
mod container;
mod packets;

use std::borrow::Cow;

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

use super::cells::{Component, write_colour, write_component};
use super::openjpeg::{self, Plane};
use super::{CodestreamColour, Decode, EncodedFrame, Marks, has_end};
use crate::error::{Result, WarningKind};
use crate::pixel::ImageDescription;
use codestream::Codestream;
pub(super) use codestream::HIGH_THROUGHPUT;

/// Bytes of the shortest codestream: SOC, SIZ, COD, QCD, SOT, SOD.
const SHORTEST: u64 = 80;

/// Most bits of a sample that 32-bit floating point numbers keep, with room for the transforms.
const MAX_FLOAT_PRECISION: u8 = 16;

/// The codec, under the name that its family of transfer syntaxes has.
pub(super) struct Jpeg2000(pub(super) &'static str);

impl Decode for Jpeg2000 {
    fn name(&self) -> &'static str {
        self.0
    }

    fn check(&self, length: u64, _: &ImageDescription) -> Result<(), String> {
        // A codestream of one colour can be as short for an image of any size.
        if length >= SHORTEST {
            return Ok(());
        }
        Err(format!("{length} bytes are no codestream"))
    }

    fn marks(&self, frame: &EncodedFrame<'_>, _: &ImageDescription) -> Marks {
        Marks { colour: colour(&frame.bytes()), fills_cells: true }
    }

    fn decode(
        &self,
        frame: &EncodedFrame<'_>,
        description: &ImageDescription,
        out: &mut [u8],
    ) -> Result<Option<WarningKind>> {
        decode_frame(&frame.bytes(), description, 0, out).map_err(|reason| frame.fault(self.0, reason))
    }

    /// As many as there are decomposition levels. Not where samples are taken for signed ones, or the other way round:
    /// what is next to each other in the file is not in the codestream, and its low band means nothing (TOSHIBA).
    fn halvings(&self, frame: &EncodedFrame<'_>, description: &ImageDescription, wanted: u8) -> u8 {
        let bytes = frame.bytes();
        let found =
            container::codestream(&bytes).and_then(|(bytes, _)| Codestream::check(bytes, description));
        match found {
            Err(_) | Ok((_, Some(WarningKind::SignContradicts))) => 0,
            Ok((header, _)) => header.halvings.min(wanted),
        }
    }

    fn decode_reduced(
        &self,
        frame: &EncodedFrame<'_>,
        description: &ImageDescription,
        reduce: u8,
        out: &mut [u8],
    ) -> Result<Option<WarningKind>> {
        let decoded = decode_frame(&frame.bytes(), description, reduce, out);
        decoded.map_err(|reason| frame.fault(self.0, reason))
    }

    /// All rows, less exactly: what there is of a codestream is mostly the coarse part of every row.
    fn decode_start(
        &self,
        frame: &EncodedFrame<'_>,
        description: &ImageDescription,
        out: &mut [u8],
    ) -> usize {
        let bytes = frame.bytes();
        let cut = container::codestream(&bytes).ok().filter(|(bytes, _)| !has_end(bytes));
        let mended = cut.and_then(|(bytes, _)| Codestream::mended(bytes));
        if mended.is_none_or(|bytes| decode_frame(&bytes, description, 0, out).is_err()) {
            return 0;
        }
        // Of one colour is what nothing was decoded of.
        let size = usize::from(description.samples_per_pixel()) * description.sample_type().size();
        let mut pixels = out.chunks_exact(size);
        let first = pixels.next();
        if pixels.all(|pixel| Some(pixel) == first) { 0 } else { out.len() }
    }
}

/// What the main header says of colour. Boxes are no part of DICOM, whose attributes have their role (PS3.5 §A.4.4):
/// theirs counts only where nothing else tells.
fn colour(bytes: &[u8]) -> Option<CodestreamColour> {
    let (codestream, _) = container::codestream(bytes).ok()?;
    match Codestream::colour(codestream)? {
        CodestreamColour::Untransformed if container::is_sycc(bytes) => Some(CodestreamColour::PerhapsYbr),
        found => Some(found),
    }
}

/// `out` is for a frame at 1/2^`reduce` of its size.
fn decode_frame(
    bytes: &[u8],
    description: &ImageDescription,
    reduce: u8,
    out: &mut [u8],
) -> Result<Option<WarningKind>, String> {
    let (bytes, is_boxed) = container::codestream(bytes)?;
    let (header, odd) = Codestream::check(bytes, description)?;
    let bytes = &*closed(bytes.get(..header.length).unwrap_or(bytes));
    let is_narrow = header.components().iter().all(|part| part.precision <= MAX_FLOAT_PRECISION);
    // Grey takes OpenJPEG up to a quarter less time; with colour both are as fast.
    let is_colour = header.components().len() > 1;
    // Fuzzed, OpenJPEG gets its share of what it would not see otherwise.
    let is_spared = cfg!(fuzzing) && bytes.len() % 2 == 1;
    if reduce > header.halvings {
        return Err(format!("{} decomposition levels, {reduce} are to be left out", header.halvings));
    }
    let is_for_float = is_narrow && header.is_full() && !header.is_high_throughput && !is_spared;
    if is_colour && reduce == 0 && is_for_float {
        decode_in_float(bytes, &header, description, out)?;
    } else {
        decode_in_integer(bytes, &header, &description.reduced(reduce), reduce, out)?;
    }
    Ok(odd.or(is_boxed.then_some(WarningKind::CodestreamBoxed)))
}

/// The codestream with the marker at its end, which OpenJPEG wants to see.
fn closed(codestream: &[u8]) -> Cow<'_, [u8]> {
    match has_end(codestream) {
        true => Cow::Borrowed(codestream),
        false => Cow::Owned([codestream, &[0xFF, 0xD9]].concat()),
    }
}

fn decode_in_float(
    bytes: &[u8],
    header: &Codestream,
    description: &ImageDescription,
    out: &mut [u8],
) -> Result<(), String> {
    let settings = DecodeSettings { resolve_palette_indices: false, ..DecodeSettings::default() };
    let image = Image::new(bytes, &settings).map_err(|error| error.to_string())?;
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(|error| error.to_string())?;
    let (parts, planes) = (header.components(), decoded.components());
    let has_all = planes.iter().all(|plane| plane.samples().len() as u64 == description.pixels());
    if planes.len() != parts.len() || !has_all {
        return Err(format!("{} components were decoded, {} are needed", planes.len(), parts.len()));
    }
    for (number, (part, plane)) in parts.iter().zip(planes).enumerate() {
        let highest = (1_u32 << part.precision) - 1;
        // Signed samples come with an offset that makes none of them negative.
        let sign = if part.is_signed { 1 << (part.precision - 1) } else { 0 };
        let most = f32::from(u16::try_from(highest).unwrap_or(u16::MAX));
        let samples = plane.samples().iter().map(|sample| rounded(*sample, most) ^ sign);
        write_component(samples, number, part.precision, description, out);
    }
    Ok(())
}

/// The nearest whole number from 0 to `most`, which is below 2^23.
#[inline(always)]
fn rounded(sample: f32, most: f32) -> u32 {
    const WHOLE: f32 = 8_388_608.0; // from 2^23 on all numbers are whole, and the mantissa counts them
    (sample.clamp(0.0, most) + WHOLE).to_bits() & 0x7F_FFFF
}

/// `description` is that of the frame at 1/2^`reduce` of its size.
fn decode_in_integer(
    bytes: &[u8],
    header: &Codestream,
    description: &ImageDescription,
    reduce: u8,
    out: &mut [u8],
) -> Result<(), String> {
    // The image begins on the grid that is left.
    let origin = (header.origin.0 >> reduce, header.origin.1 >> reduce);
    openjpeg::decode(bytes, reduce, |planes| {
        let parts = header.components();
        if planes.len() != parts.len() {
            return Err(format!("{} components were decoded, {} are needed", planes.len(), parts.len()));
        }
        if let ([first, _, _], [red, green, blue]) = (parts, planes)
            && header.is_full()
            && parts.iter().all(|part| part == first)
            && planes.iter().all(|plane| plane.samples.len() as u64 == description.pixels())
        {
            let (least, most) = range(*first);
            let bits = |sample: &i32| (*sample).clamp(least, most).cast_unsigned();
            let samples = [red, green, blue].map(|plane| plane.samples.iter().map(bits));
            write_colour(samples, first.precision, description, out);
            return Ok(());
        }
        for (number, ((part, step), plane)) in parts.iter().zip(header.steps).zip(planes).enumerate() {
            let samples = Upsampled::new(plane, step, origin, description)?;
            let (least, most) = range(*part);
            let bits = |sample: i32| sample.clamp(least, most).cast_unsigned();
            if step == (1, 1) {
                // One for each pixel, in their order.
                let samples = plane.samples.iter().map(|sample| bits(*sample));
                write_component(samples, number, part.precision, description, out);
            } else {
                write_component(samples.map(bits), number, part.precision, description, out);
            }
        }
        Ok(())
    })
}

/// The least and the greatest sample of a component.
fn range(part: Component) -> (i32, i32) {
    // OpenJPEG gives unsigned samples of 32 bits as they lie.
    let is_signed = part.is_signed || part.precision >= 32;
    let highest = (u32::MAX >> 32_u32.saturating_sub(part.precision.into())).min(i32::MAX.cast_unsigned());
    let most = highest.cast_signed() >> u32::from(part.is_signed && part.precision < 32);
    (if is_signed { -most - 1 } else { 0 }, most)
}

/// The samples of a plane, one for each pixel: that at or before it on the reference grid.
struct Upsampled<'a> {
    plane: &'a Plane<'a>,
    step: (u32, u32),
    origin: (u32, u32),
    columns: u32,
    /// The pixel that is next: column and row.
    at: (u32, u32),
    rows: u32,
}

impl<'a> Upsampled<'a> {
    fn new(
        plane: &'a Plane<'a>,
        step: (u8, u8),
        origin: (u32, u32),
        description: &ImageDescription,
    ) -> Result<Self, String> {
        let (columns, rows) = (u32::from(description.columns()), u32::from(description.rows()));
        let step = (u32::from(step.0).max(1), u32::from(step.1).max(1));
        let along = |origin: u32, count: u32, step: u32| {
            origin.saturating_add(count).div_ceil(step) - origin.div_ceil(step)
        };
        let needed = (along(origin.0, columns, step.0), along(origin.1, rows, step.1));
        if needed != (plane.columns, plane.rows) || needed.0 == 0 || needed.1 == 0 {
            return Err(format!(
                "a component of {} rows and {} columns, {} and {} are needed",
                plane.rows, plane.columns, needed.1, needed.0
            ));
        }
        Ok(Self { plane, step, origin, columns, rows, at: (0, 0) })
    }

    fn index(at: u32, origin: u32, step: u32, count: u32) -> u32 {
        (origin.saturating_add(at) / step).saturating_sub(origin.div_ceil(step)).min(count - 1)
    }
}

impl Iterator for Upsampled<'_> {
    type Item = i32;

    fn next(&mut self) -> Option<i32> {
        if self.at.1 >= self.rows {
            return None;
        }
        let column = Self::index(self.at.0, self.origin.0, self.step.0, self.plane.columns);
        let row = Self::index(self.at.1, self.origin.1, self.step.1, self.plane.rows);
        let place = u64::from(row) * u64::from(self.plane.columns) + u64::from(column);
        self.at = if self.at.0 + 1 < self.columns { (self.at.0 + 1, self.at.1) } else { (0, self.at.1 + 1) };
        self.plane.samples.get(usize::try_from(place).ok()?).copied()
    }
}

#[cfg(test)]
mod reduced_tests;
#[cfg(test)]
mod tests;
