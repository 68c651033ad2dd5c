//! Native pixel data (PS3.5 §8.2): frames by arithmetic, cells unpacked on the way into the caller's memory.

use std::borrow::Cow;
use std::ops::Range;

use super::description::{ImageDescription, fault};
use super::located::{FrameLayout, FrameRange};
use super::photometric::PhotometricInterpretation;
use super::source::PixelSource;
use super::unpack::{self, CellPass};
use crate::dataset::ByteOrder;
use crate::error::{ErrorKind, Result, WarningKind};
use crate::tag::Tag;

/// Bytes read and unpacked in one step: they are still in the cache when their unused bits are dealt with, or when
/// they are copied on.
pub(super) const BLOCK: usize = 128 << 10;

/// Where native pixel data are and how they are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NativePixelData {
    pub(super) tag: Tag,
    /// The first byte.
    pub(super) offset: u64,
    /// Bytes that are there.
    pub(super) length: u64,
    pub(super) order: ByteOrder,
    /// Big endian words hold cells smaller than they are: bytes are swapped in pairs before anything else.
    pub(super) swap_words: bool,
    /// The input ends in it.
    pub(super) is_truncated: bool,
}

/// Some bits of the pixel data.
struct Bits {
    bytes: Range<u64>,
    /// Bits of the first byte that belong to what is in front.
    skipped: u32,
}

impl NativePixelData {
    /// Bytes read and unpacked in one step: they are still in the cache when their unused bits are dealt with.
    pub(super) const BLOCK: usize = 512 << 10;

    /// How they lie.
    pub(super) fn layout(&self) -> FrameLayout {
        match self.order {
            _ if self.swap_words => FrameLayout::NativeSwappedWords,
            ByteOrder::Little => FrameLayout::Native,
            ByteOrder::Big => FrameLayout::NativeBigEndian,
        }
    }

    /// The first byte of a frame, counted from that of the first; `None` beyond any file.
    pub(super) fn start_of(description: &ImageDescription, frame: u32) -> Option<u64> {
        Self::bits(description, frame..frame).map(|bits| bits.bytes.start)
    }

    /// The bytes of each frame that is there whole.
    pub(super) fn ranges(&self, description: &ImageDescription) -> Box<[FrameRange]> {
        let range = |frame| {
            let Range { start, end } = Self::bits(description, frame..frame + 1)?.bytes;
            let offset = self.offset.checked_add(start)?;
            (end <= self.length).then_some(FrameRange { offset, length: end - start })
        };
        (0..description.number_of_frames()).map_while(range).collect()
    }

    /// The bits of frames, and the bytes they lie in; `None` where the sum is beyond any file.
    fn bits(description: &ImageDescription, frames: Range<u32>) -> Option<Bits> {
        let frame = frame_bits(description);
        let start = frame.checked_mul(frames.start.into())?;
        let end = frame.checked_mul(frames.end.into())?;
        let skipped = u32::try_from(start % 8).ok()?;
        Some(Bits { bytes: start / 8..end.div_ceil(8), skipped })
    }

    /// Compares the bytes there are with those that frames need.
    ///
    /// # Errors
    /// [`ErrorKind::PixelData`] with both numbers.
    pub(super) fn check(
        &self,
        description: &ImageDescription,
        frames: &Range<u32>,
        partial: bool,
    ) -> Result<Option<WarningKind>> {
        if is_subsampled(description) && description.pixels() % 2 == 1 {
            let reason = "an odd number of pixels cannot share chrominances".to_owned();
            return Err(fault(super::description::PHOTOMETRIC_INTERPRETATION, reason));
        }
        let all = Self::bits(description, 0..description.number_of_frames());
        // What a cut file still holds whole may be had frame by frame.
        let is_short = all.as_ref().is_none_or(|all| all.bytes.end > self.length);
        let is_cut = self.is_truncated || partial && is_short;
        let needed =
            if is_cut { Self::bits(description, 0..frames.end) } else { all.map(|all| Bits { ..all }) };
        let needed = needed.map_or(u64::MAX, |bits| bits.bytes.end);
        match self.length {
            length if length == needed.saturating_add(needed % 2) || length == needed => Ok(None),
            length if length > 0 && length.saturating_add(1) == needed => {
                Ok(Some(WarningKind::PixelDataPadded))
            }
            length if length > needed && is_cut => Ok(None),
            length if length > needed => self.check_long(description, needed),
            _ if partial && self.whole_length(description, frames.start) > 0 => {
                Ok(Some(WarningKind::PixelDataTruncated))
            }
            length => Err(self.short(description, length, needed)),
        }
    }

    fn check_long(&self, description: &ImageDescription, needed: u64) -> Result<Option<WarningKind>> {
        if let Some(interpretation) = description.photometric_interpretation()
            && is_subsampled(description)
            && self.length >= needed / 2 * 3
        {
            let reason = format!(
                "{} bytes of pixel data, {needed} are needed with shared chrominances: {interpretation} is wrong",
                self.length
            );
            return Err(fault(super::description::PHOTOMETRIC_INTERPRETATION, reason));
        }
        Ok(Some(WarningKind::PixelDataTooLong))
    }

    fn short(&self, description: &ImageDescription, length: u64, needed: u64) -> crate::error::Error {
        let shape = description.shape().iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ");
        let needed = if needed == u64::MAX { "more than 2^61".to_owned() } else { needed.to_string() };
        let bits = description.bits_allocated();
        let reason =
            format!("{length} bytes of pixel data, {needed} are needed for {shape} samples of {bits} bits");
        fault(self.tag, reason).at(self.offset)
    }

    /// Where the bytes of frames are, when they are what the result holds.
    pub(super) fn plain_range(
        &self,
        description: &ImageDescription,
        frames: Range<u32>,
        keep_cells: bool,
        source: &dyn PixelSource,
    ) -> Result<Option<(u64, u64)>> {
        let pass = CellPass::new(description, self.order, keep_cells);
        let is_plain = self.is_in_place(description) && pass.can_be_identity();
        let bits = Self::bits(description, frames).filter(|bits| is_plain && bits.bytes.end <= self.length);
        let Some(Bits { bytes: Range { start, end }, .. }) = bits else { return Ok(None) };
        let (offset, length) = (self.offset + start, end - start);
        let are_samples = pass.is_identity() || pass.are_samples(&source.bytes(offset, length)?);
        Ok(are_samples.then_some((offset, length)))
    }

    /// True when cells lie in the file as samples do in the result, but for their byte order and unused bits.
    pub(super) fn is_in_place(&self, description: &ImageDescription) -> bool {
        !self.swap_words && is_placed(description)
    }

    /// Bytes of the result from this frame on whose pixels are there with all their samples.
    pub(super) fn whole_length(&self, description: &ImageDescription, start: u32) -> u64 {
        let there = self.length.saturating_mul(8);
        let before = frame_bits(description).saturating_mul(start.into());
        whole_pixels(description, there.saturating_sub(before))
    }

    /// Fills `out` with the samples of frames. [`NativePixelData::check`] has been called.
    pub(super) fn read(
        &self,
        description: &ImageDescription,
        frames: Range<u32>,
        keep_cells: bool,
        source: &dyn PixelSource,
        out: &mut [u8],
    ) -> Result<()> {
        let pass = CellPass::new(description, self.order, keep_cells);
        if self.is_in_place(description) {
            let start = Self::bits(description, frames).map_or(u64::MAX, |bits| bits.bytes.start);
            return self.read_in_place(start, pass, source, out);
        }
        let frame_length = usize::try_from(description.frame_length()).unwrap_or(usize::MAX);
        let mut cells = Vec::new();
        for (frame, out) in frames.zip(out.chunks_mut(frame_length)) {
            self.read_frame(description, frame, pass, source, &mut cells, out)?;
        }
        Ok(())
    }

    /// Where the bytes of a frame are, and what makes samples of them, when that is nothing or hardly ever anything.
    pub(super) fn nearly_samples(
        &self,
        description: &ImageDescription,
        frame: u32,
    ) -> Option<(Range<u64>, CellPass)> {
        let pass = CellPass::new(description, self.order, false);
        let Range { start, end } = Self::bits(description, frame..frame.checked_add(1)?)?.bytes;
        let is_there = self.is_in_place(description) && end <= self.length;
        let range = self.offset.checked_add(start)?..self.offset.checked_add(end)?;
        (is_there && pass.can_be_identity()).then_some((range, pass))
    }

    /// Gives the samples of frames block by block, each with its offset in the result; false, and nothing given, where
    /// they cannot be had so. [`NativePixelData::check`] has been called.
    pub(super) fn read_blocks(
        &self,
        description: &ImageDescription,
        frames: Range<u32>,
        (source, memory): (&dyn PixelSource, &mut Vec<u8>),
        write: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<bool> {
        if !self.is_in_place(description) {
            return Ok(false);
        }
        let pass = CellPass::new(description, self.order, false);
        let count = u64::from(frames.end.saturating_sub(frames.start));
        let length =
            count.checked_mul(description.frame_length()).and_then(|length| usize::try_from(length).ok());
        let length = length.ok_or(ErrorKind::OutOfMemory(u64::MAX))?;
        let start = Self::bits(description, frames).map_or(u64::MAX, |bits| bits.bytes.start);
        resize(memory, BLOCK.min(length))?;
        for first in (0..length).step_by(BLOCK) {
            let block = memory.get_mut(..BLOCK.min(length - first)).unwrap_or_default();
            self.read_in_place(start.saturating_add(first as u64), pass, source, block)?;
            write(first, block);
        }
        Ok(true)
    }

    /// Fills `out` with samples from byte `first` of a frame on, where cells are in place.
    pub(super) fn read_bytes(
        &self,
        description: &ImageDescription,
        frame: u32,
        first: u64,
        keep_cells: bool,
        source: &dyn PixelSource,
        out: &mut [u8],
    ) -> Result<()> {
        let pass = CellPass::new(description, self.order, keep_cells);
        let frames = frame..frame.saturating_add(1);
        let start = Self::bits(description, frames).map_or(u64::MAX, |bits| bits.bytes.start);
        self.read_in_place(start.saturating_add(first), pass, source, out)
    }

    /// In blocks, so that memory is passed over once.
    fn read_in_place(
        &self,
        start: u64,
        pass: CellPass,
        source: &dyn PixelSource,
        out: &mut [u8],
    ) -> Result<()> {
        let mut at = start;
        let step = if pass.is_identity() { usize::MAX } else { Self::BLOCK };
        for block in out.chunks_mut(step) {
            let there = self.length.saturating_sub(at).min(block.len() as u64);
            let (file, missing) = block.split_at_mut(usize::try_from(there).unwrap_or(usize::MAX));
            source.read_into(self.offset.saturating_add(at), file)?;
            missing.fill(0);
            pass.apply(block);
            at = at.saturating_add(block.len() as u64);
        }
        Ok(())
    }

    /// A frame whose cells do not lie as the result's do.
    fn read_frame(
        &self,
        description: &ImageDescription,
        frame: u32,
        pass: CellPass,
        source: &dyn PixelSource,
        scratch: &mut Vec<u8>,
        out: &mut [u8],
    ) -> Result<()> {
        let (bytes, skipped) = self.frame_bytes(description, frame, source)?;
        place_cells(description, &bytes, skipped, scratch, out)?;
        pass.apply(out);
        Ok(())
    }

    /// The bytes of a frame in the order of bits, and the bits of the first that belong to the frame in front.
    fn frame_bytes<'a>(
        &self,
        description: &ImageDescription,
        frame: u32,
        source: &'a dyn PixelSource,
    ) -> Result<(Cow<'a, [u8]>, u32)> {
        let bits = Self::bits(description, frame..frame.saturating_add(1))
            .ok_or(ErrorKind::OutOfMemory(u64::MAX))?;
        let Range { start, end } = bits.bytes;
        let start = start.min(self.length);
        if !self.swap_words {
            let end = end.min(self.length).max(start);
            let bytes = source.bytes(self.offset.saturating_add(start), end - start)?;
            return Ok((bytes, bits.skipped));
        }
        // Whole words, of which the frame may begin or end in the middle.
        let first = start & !1;
        let last = end.next_multiple_of(2).min(self.length).max(first);
        let mut bytes = source.bytes(self.offset.saturating_add(first), last - first)?.into_owned();
        unpack::swap_words(&mut bytes);
        bytes.drain(..usize::try_from(start - first).unwrap_or_default().min(bytes.len()));
        Ok((Cow::Owned(bytes), bits.skipped))
    }
}

/// Bits of a frame: two samples a pixel where chrominances are shared, otherwise all. Below 2^41.
fn frame_bits(description: &ImageDescription) -> u64 {
    let samples = if is_subsampled(description) { description.pixels() * 2 } else { description.samples() };
    samples * u64::from(description.bits_allocated())
}

/// Bytes of the result whose pixels have all their samples in the first bits of native frames.
pub(crate) fn whole_pixels(description: &ImageDescription, bits: u64) -> u64 {
    let (frame, samples) = (frame_bits(description), u64::from(description.samples_per_pixel()));
    let cells = bits % frame / u64::from(description.bits_allocated());
    let pixels = match (is_subsampled(description), description.is_planar()) {
        (true, _) => cells / 4 * 2,
        (false, true) => cells.saturating_sub((samples - 1) * description.pixels()),
        (false, false) => cells / samples,
    };
    let in_frame = pixels * samples * description.sample_type().size() as u64;
    (bits / frame).saturating_mul(description.frame_length()).saturating_add(in_frame)
}

/// Bytes of a native frame that begins and ends with a byte.
pub(crate) fn native_frame_length(description: &ImageDescription) -> u64 {
    frame_bits(description).div_ceil(8)
}

/// True when the cells of a native frame lie as samples do in the result, but for their byte order and unused bits.
pub(crate) fn is_placed(description: &ImageDescription) -> bool {
    let is_whole = usize::from(description.bits_allocated()) == description.sample_type().size() * 8;
    is_whole && !description.is_planar() && !is_subsampled(description)
}

/// The cells of a native frame → where the samples of the result are; their byte order and unused bits stay.
///
/// # Errors
/// [`ErrorKind::OutOfMemory`] where there is none for `scratch`.
pub(crate) fn place_cells(
    description: &ImageDescription,
    bytes: &[u8],
    skipped: u32,
    scratch: &mut Vec<u8>,
    out: &mut [u8],
) -> Result<()> {
    let cell_bits = description.bits_allocated().into();
    let size = description.sample_type().size();
    if !description.is_planar() && !is_subsampled(description) {
        unpack_into(bytes, skipped, cell_bits, out);
        return Ok(());
    }
    let samples = frame_bits(description) / u64::from(cell_bits);
    let length = usize::try_from(samples).ok().and_then(|samples| samples.checked_mul(size));
    resize(scratch, length.ok_or(ErrorKind::OutOfMemory(u64::MAX))?)?;
    unpack_into(bytes, skipped, cell_bits, scratch);
    if is_subsampled(description) {
        unpack::upsample_422(scratch, size, out);
    } else {
        unpack::interleave(scratch, description.samples_per_pixel().into(), size, out);
    }
    Ok(())
}

/// Cells of any size → cells of the result's samples; what is missing at the end is zero.
fn unpack_into(bytes: &[u8], skipped: u32, cell_bits: u32, out: &mut [u8]) {
    match cell_bits {
        1 => {
            let there = (bytes.len() * 8).saturating_sub(skipped as usize).min(out.len());
            let (out, missing) = out.split_at_mut(there);
            unpack::unpack_bits(bytes, skipped, out);
            missing.fill(0);
        }
        12 | 24 => unpack::unpack_cells(bytes, skipped, cell_bits, out),
        _ => {
            let there = bytes.len().min(out.len());
            let (out, missing) = out.split_at_mut(there);
            out.copy_from_slice(bytes.get(..there).unwrap_or_default());
            missing.fill(0);
        }
    }
}

/// Makes `memory` as long as is asked for, or says that there is none.
pub(crate) fn resize(memory: &mut Vec<u8>, length: usize) -> Result<()> {
    memory.clear();
    memory.try_reserve_exact(length).map_err(|_| ErrorKind::OutOfMemory(length as u64))?;
    memory.resize(length, 0);
    Ok(())
}

/// True when native pixel data have two luminances for each pair of chrominances.
pub(crate) fn is_subsampled(description: &ImageDescription) -> bool {
    description.samples_per_pixel() == 3
        && description.photometric_interpretation().is_some_and(PhotometricInterpretation::is_subsampled)
}
