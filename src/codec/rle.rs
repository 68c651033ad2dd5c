//! RLE (PS3.5 Annex G): a header of 16 numbers and up to 15 segments, each a plane of bytes, most significant first.

use super::{Decode, EncodedFrame, interrupt, long_enough};
use crate::error::{Result, WarningKind};
use crate::pixel::ImageDescription;
use crate::pixel::simd;
use crate::pixel::unpack::unpack_bits;

const NAME: &str = "RLE";

/// Bytes of the header (PS3.5 §G.5).
const HEADER: usize = 64;

/// Most bytes that a byte of a segment can stand for: two become 128.
const EXPANSION: u64 = 64;

/// Most bytes that one run gives.
const LONGEST_RUN: usize = 128;

/// Decoded bytes of each segment before they are woven into pixels: all segments together stay in the first cache.
const BLOCK: usize = 4096;

/// The codec.
pub(super) struct Rle;

impl Decode for Rle {
    fn name(&self) -> &'static str {
        NAME
    }

    fn check(&self, length: u64, description: &ImageDescription) -> Result<(), String> {
        let planes = Planes::of(description)?;
        let needed = planes.segments() as u64 * planes.length;
        let most = length.saturating_sub(HEADER as u64).saturating_mul(EXPANSION);
        long_enough(length, needed, most)
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
            .map(|is_padded| is_padded.then_some(WarningKind::SegmentPadded))
            .map_err(|reason| frame.fault(NAME, reason))
    }

    fn decode_start(
        &self,
        frame: &EncodedFrame<'_>,
        description: &ImageDescription,
        out: &mut [u8],
    ) -> usize {
        decode_frame_start(&frame.bytes(), description, out).unwrap_or_default()
    }
}

/// How segments and the bytes of pixels go together.
struct Planes {
    samples: usize,
    /// Segments of a sample.
    bytes_of_sample: usize,
    /// Bytes of a sample in the result.
    size: usize,
    /// Decoded bytes of a segment.
    length: u64,
}

impl Planes {
    fn of(description: &ImageDescription) -> Result<Self, String> {
        let bits = usize::from(description.bits_allocated());
        let samples = usize::from(description.samples_per_pixel());
        let size = description.sample_type().size();
        let (bytes_of_sample, length) = match bits {
            // Pixels of one bit stay packed.
            1 => (1, description.pixels().div_ceil(8)),
            _ => (bits / 8, description.pixels()),
        };
        let planes = Self { samples, bytes_of_sample, size, length };
        if bits % 8 != 0 && bits != 1 || planes.segments() > 15 {
            return Err(format!("{samples} samples of {bits} bits do not fit segments"));
        }
        Ok(planes)
    }

    fn segments(&self) -> usize {
        self.samples * self.bytes_of_sample
    }

    /// Where in a pixel the bytes of a segment go.
    fn position(&self, segment: usize) -> usize {
        let (sample, byte) = (segment / self.bytes_of_sample, segment % self.bytes_of_sample);
        let in_sample = if cfg!(target_endian = "big") {
            self.size - self.bytes_of_sample + byte
        } else {
            self.bytes_of_sample - 1 - byte
        };
        sample * self.size + in_sample
    }
}

/// True when a segment holds more than is needed.
fn decode_frame(bytes: &[u8], description: &ImageDescription, out: &mut [u8]) -> Result<bool, String> {
    let planes = Planes::of(description)?;
    let mut segments = segments(bytes, planes.segments())?;
    let length = usize::try_from(planes.length).map_err(|_| "too large".to_owned())?;
    if description.bits_allocated() == 1 {
        decode_bits(&mut segments, length, planes.samples, out)?;
    } else {
        let stride = planes.samples * planes.size;
        if planes.size != planes.bytes_of_sample {
            out.fill(0); // bytes of a cell that no segment has
        }
        let mut left = length;
        for block in out.chunks_mut(BLOCK * stride) {
            interrupt::check()?;
            let wanted = left.min(BLOCK);
            for (number, segment) in segments.iter_mut().enumerate() {
                segment.fill(wanted).map_err(|had| short(number, length - left + had, length))?;
            }
            weave(&segments, &planes, block);
            segments.iter_mut().for_each(|segment| segment.consume(wanted));
            left -= wanted;
        }
    }
    let mut is_padded = false;
    for (number, segment) in segments.iter().enumerate() {
        is_padded |= segment.end().map_err(|excess| {
            format!("segment {number} holds {excess} bytes more than the {length} that are needed")
        })?;
    }
    Ok(is_padded)
}

/// Decodes up to the first pixel that a segment does not have: all segments but the last are whole mostly.
fn decode_frame_start(bytes: &[u8], description: &ImageDescription, out: &mut [u8]) -> Result<usize, String> {
    let planes = Planes::of(description)?;
    if description.bits_allocated() == 1 {
        return Ok(0);
    }
    let mut segments = segments_of(bytes, planes.segments(), true)?;
    let stride = planes.samples * planes.size;
    let mut decoded = 0;
    for block in out.chunks_mut(BLOCK * stride) {
        interrupt::check()?;
        let wanted = block.len() / stride;
        let had = segments.iter_mut().map(|segment| segment.fill(wanted).err().unwrap_or(wanted)).min();
        let had = had.unwrap_or_default().min(wanted);
        weave(&segments, &planes, block.get_mut(..had * stride).unwrap_or_default());
        segments.iter_mut().for_each(|segment| segment.consume(wanted));
        decoded += had * stride;
        if had < wanted {
            break;
        }
    }
    Ok(decoded)
}

fn short(number: usize, had: usize, needed: usize) -> String {
    format!("segment {number} gives {had} of {needed} bytes")
}

/// Bits stay packed in the segments; the bits of a pixel's samples are in as many segments.
fn decode_bits(
    segments: &mut [Segment<'_>],
    length: usize,
    samples: usize,
    out: &mut [u8],
) -> Result<(), String> {
    let mut plane = [0; BLOCK * 8];
    for (number, segment) in segments.iter_mut().enumerate() {
        let mut left = length;
        for block in out.chunks_mut(BLOCK * 8 * samples) {
            interrupt::check()?;
            let wanted = left.min(BLOCK);
            segment.fill(wanted).map_err(|had| short(number, length - left + had, length))?;
            unpack_bits(segment.decoded(), 0, &mut plane);
            for (pixel, sample) in block.chunks_exact_mut(samples).zip(&plane) {
                if let Some(place) = pixel.get_mut(number) {
                    *place = *sample;
                }
            }
            segment.consume(wanted);
            left -= wanted;
        }
    }
    Ok(())
}

/// The segments by the header (PS3.5 §G.5).
fn segments(bytes: &[u8], needed: usize) -> Result<Vec<Segment<'_>>, String> {
    segments_of(bytes, needed, false)
}

/// Where `is_cut`, those behind the last byte are empty.
fn segments_of(bytes: &[u8], needed: usize, is_cut: bool) -> Result<Vec<Segment<'_>>, String> {
    let header = bytes.get(..HEADER).ok_or_else(|| format!("{} bytes are no header", bytes.len()))?;
    let (numbers, _) = header.as_chunks();
    let mut numbers = numbers.iter().map(|number| u32::from_le_bytes(*number));
    let count = numbers.next().unwrap_or_default();
    if count as usize != needed {
        return Err(format!("{count} segments, {needed} are needed"));
    }
    let starts: Vec<usize> = numbers.take(needed).map(|start| start as usize).collect();
    let ends = starts.iter().copied().skip(1).chain([bytes.len()]);
    let ranges = starts.iter().copied().zip(ends).enumerate();
    ranges
        .map(|(number, (start, end))| {
            let end = if is_cut { end.min(bytes.len()) } else { end };
            let start = if is_cut { start.min(end) } else { start };
            let data = bytes.get(start..end).filter(|_| start >= HEADER);
            data.map(Segment::new)
                .ok_or_else(|| format!("segment {number} is at {start} to {end} of {} bytes", bytes.len()))
        })
        .collect()
}

/// A segment that is being decoded.
struct Segment<'a> {
    /// What is left of it.
    data: &'a [u8],
    filled: usize,
    /// Decoded bytes; runs are written whole and in steps, hence the room behind a block.
    buffer: Box<[u8; BLOCK + 2 * LONGEST_RUN]>,
}

impl<'a> Segment<'a> {
    /// Bytes copied at once: nearly all runs are shorter.
    const STEP: usize = 16;

    fn new(data: &'a [u8]) -> Self {
        Self { data, filled: 0, buffer: Box::new([0; BLOCK + 2 * LONGEST_RUN]) }
    }

    fn decoded(&self) -> &[u8] {
        self.buffer.get(..BLOCK).unwrap_or_default()
    }

    /// Decodes until `wanted` bytes (at most a block) are there, or gives how many there are.
    fn fill(&mut self, wanted: usize) -> Result<(), usize> {
        let mut data = self.data;
        let mut filled = self.filled;
        while filled < wanted {
            let Some(room) = self.buffer.get_mut(filled..) else { return Err(filled) };
            let Some((count, rest)) = decode_run(data, room) else { return Err(filled) };
            filled += count;
            data = rest;
        }
        (self.data, self.filled) = (data, filled);
        Ok(())
    }

    /// Drops the first `count` decoded bytes.
    fn consume(&mut self, count: usize) {
        self.buffer.copy_within(count.min(self.filled)..self.filled, 0);
        self.filled = self.filled.saturating_sub(count);
    }

    /// What is left when everything was consumed: true for padding, an error for more.
    fn end(&self) -> Result<bool, usize> {
        if self.filled > 1 {
            return Err(self.filled);
        }
        // One byte of padding makes the length even (PS3.5 §G.4); NULs and no-operations are padding too.
        match self.data {
            [] | [_] => Ok(self.filled > 0),
            rest if rest.iter().all(|byte| matches!(byte, 0 | 128)) => Ok(true),
            rest => Err(rest.len()),
        }
    }
}

/// Decodes one run of PS3.5 §G.3 into `room`: how many bytes it gave, and what follows it. `None` at the end.
#[inline(always)]
fn decode_run<'a>(data: &'a [u8], room: &mut [u8]) -> Option<(usize, &'a [u8])> {
    const STEP: usize = Segment::STEP;
    let (&header, data) = data.split_first()?;
    let header = usize::from(header);
    match header {
        0..128 => {
            let count = header + 1;
            match (data.first_chunk::<STEP>(), room.first_chunk_mut::<STEP>()) {
                (Some(from), Some(to)) if count <= STEP => *to = *from,
                _ => room.get_mut(..count)?.copy_from_slice(data.get(..count)?),
            }
            Some((count, data.get(count..)?))
        }
        128 => Some((0, data)),
        _ => {
            let count = 257 - header;
            let (&byte, data) = data.split_first()?;
            match room.first_chunk_mut::<STEP>() {
                Some(to) if count <= STEP => *to = [byte; STEP],
                _ => room.get_mut(..count)?.fill(byte),
            }
            Some((count, data))
        }
    }
}

/// Bytes of the segments → pixels.
fn weave(segments: &[Segment<'_>], planes: &Planes, out: &mut [u8]) {
    let at = |position: usize| {
        let segment = (0..segments.len()).find(|segment| planes.position(*segment) == position);
        segment.and_then(|segment| segments.get(segment)).map(Segment::decoded).unwrap_or_default()
    };
    match planes.samples * planes.size {
        1 => {
            let source = at(0);
            let length = out.len().min(source.len());
            if let (Some(to), Some(from)) = (out.get_mut(..length), source.get(..length)) {
                to.copy_from_slice(from);
            }
        }
        2 => {
            let (pixels, _) = out.as_chunks_mut();
            for ((pixel, a), b) in pixels.iter_mut().zip(at(0)).zip(at(1)) {
                *pixel = [*a, *b];
            }
        }
        3 => {
            let planes = [at(0), at(1), at(2)].map(|plane| plane.as_chunks::<1>().0);
            simd::interleave(planes, out.as_chunks_mut().0.as_chunks_mut().0);
        }
        stride => {
            for (number, segment) in segments.iter().enumerate() {
                let position = planes.position(number);
                for (pixel, byte) in out.chunks_exact_mut(stride).zip(segment.decoded()) {
                    if let Some(place) = pixel.get_mut(position) {
                        *place = *byte;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
