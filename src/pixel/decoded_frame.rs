//! One encoded frame on its way to samples, and the colours of frames.

use std::borrow::Cow;

use super::colour::ColourConversion;
use super::colour_space::Choice;
use super::frame::Frames;
use super::photometric::PhotometricInterpretation;
use super::source::PixelSource;
use super::unpack::CellPass;
use super::{PixelData, PixelOptions, Storage};
use crate::codec::{self, CodestreamColour, Decode, EncodedFrame};
use crate::dataset::ByteOrder;
use crate::error::{ErrorKind, Result, WarningKind};

impl PixelData {
    /// Decodes one encoded frame into `out`, [`PixelData::length`] has been asked for. Returns what was odd with the
    /// frame, and with its colours.
    pub(crate) fn decode_frame(
        &self,
        number: u32,
        source: &dyn PixelSource,
        options: &PixelOptions,
        out: &mut [u8],
    ) -> Result<[Option<WarningKind>; 2]> {
        if self.is_part(options) {
            return self.decode_part(number, source, options, out);
        }
        let Storage::Encapsulated { frames, .. } = &self.storage else { return Ok([None; 2]) };
        let bytes = encoded_frame(frames, number, source)?;
        let frame = EncodedFrame { number, fragments: std::slice::from_ref(&bytes) };
        self.decode_encoded(&frame, 0, options, out)
    }

    /// Decodes a frame at 1/2^`halvings` of its size, no more than its codec can.
    pub(super) fn decode_encoded(
        &self,
        frame: &EncodedFrame<'_>,
        halvings: u8,
        options: &PixelOptions,
        out: &mut [u8],
    ) -> Result<[Option<WarningKind>; 2]> {
        let Storage::Encapsulated { codec, .. } = &self.storage else { return Ok([None; 2]) };
        let marks = codec::marks(*codec, frame, &self.description);
        let (conversion, contradicts) = self.conversion(options, marks.colour)?;
        let (odd, decoded) = if halvings == 0 {
            self.decode_what_there_is(*codec, frame, options, out)?
        } else {
            let decoded = codec::decode_reduced(*codec, frame, &self.description, halvings, out);
            (decoded.map_err(|error| self.located(error))?, out.len())
        };
        let odd = [odd, contradicts];
        if let Some(kind) = odd.into_iter().flatten().next().filter(|_| options.strict) {
            return Err(self.located(ErrorKind::Strict(kind).into()));
        }
        // Codecs write in the byte order of this machine.
        let keep_cells = options.keep_cells || marks.fills_cells;
        CellPass::new(&self.description, ByteOrder::Little, keep_cells).without_swap().apply(out);
        if let Some(conversion) = conversion {
            conversion.apply_in_place(out.get_mut(..decoded).unwrap_or_default());
        }
        Ok(odd)
    }

    /// What was odd, and how many bytes in front of `out` are decoded: all, but where less was asked for.
    fn decode_what_there_is(
        &self,
        codec: &dyn Decode,
        frame: &EncodedFrame<'_>,
        options: &PixelOptions,
        out: &mut [u8],
    ) -> Result<(Option<WarningKind>, usize)> {
        let error = match codec::decode(codec, frame, &self.description, out) {
            Ok(odd) => return Ok((odd, out.len())),
            Err(error) => self.located(error),
        };
        let decoded = match options.partial {
            true => codec::decode_start(codec, frame, &self.description, out),
            false => 0,
        };
        // Behind the end of a cut file there is nothing to be had.
        let is_missing = match &self.storage {
            Storage::Encapsulated { frames, .. } => frames.count() <= frame.number.saturating_add(1),
            Storage::Native(_) => false,
        };
        let may_be_zero = options.partial && is_missing && self.incomplete.is_some();
        if decoded == 0 && !may_be_zero {
            return Err(error);
        }
        Ok((Some(WarningKind::PixelDataTruncated), decoded))
    }

    /// The Photometric Interpretation of what [`PixelData::decode`] gives, by the first frame that is asked for; `None`
    /// where that of the data set is absent or unknown. Nothing is decoded.
    ///
    /// # Errors
    /// Those of [`PixelData::length`] that are about frame numbers and colour; what the source refuses.
    pub fn interpretation(
        &self,
        source: &dyn PixelSource,
        options: &PixelOptions,
    ) -> Result<Option<PhotometricInterpretation>> {
        let number = self.range(options.index)?.start;
        let marks = match &self.storage {
            Storage::Native(_) => None,
            Storage::Encapsulated { codec, frames } => {
                let bytes = encoded_frame(frames, number, source)?;
                let frame = EncodedFrame { number, fragments: std::slice::from_ref(&bytes) };
                codec::marks(*codec, &frame, &self.description).colour
            }
        };
        match Choice::of(&self.description, marks) {
            Ok(choice) => {
                if !options.raw {
                    choice.conversion(&self.description)?;
                }
                Ok(choice.interpretation(&self.description, options.raw))
            }
            Err(_) if options.raw => Ok(self.description.photometric_interpretation()),
            Err(error) => Err(error),
        }
    }

    /// The same by the attributes alone, without a look at a frame.
    ///
    /// # Errors
    /// [`ErrorKind::PixelData`] when they do not tell the colours.
    pub fn interpretation_by_attributes(&self) -> Result<Option<PhotometricInterpretation>> {
        let description = &self.description;
        Choice::of(description, None).map(|choice| choice.interpretation(description, false))
    }

    /// What makes RGB of the samples, of whose codestream `marks` are known, and what is odd with that.
    pub(super) fn conversion(
        &self,
        options: &PixelOptions,
        marks: Option<CodestreamColour>,
    ) -> Result<(Option<ColourConversion>, Option<WarningKind>)> {
        if options.raw {
            return Ok((None, None));
        }
        let choice = Choice::of(&self.description, marks)?;
        Ok((choice.conversion(&self.description)?, choice.warning()))
    }

    /// What is wrong with colours whatever the frames say of them.
    pub(super) fn check_colour(&self, options: &PixelOptions) -> Result<()> {
        match &self.storage {
            _ if options.raw => Ok(()),
            Storage::Native(_) => self.conversion(options, None).map(|_| ()),
            Storage::Encapsulated { .. } => Choice::of(&self.description, None).map(|_| ()),
        }
    }
}

/// The bytes of a frame in one piece.
pub(super) fn encoded_frame<'s>(
    frames: &Frames,
    number: u32,
    source: &'s dyn PixelSource,
) -> Result<Cow<'s, [u8]>> {
    let mut parts = frames.frame(number).iter().filter(|fragment| fragment.length > 0);
    let mut bytes = match parts.next() {
        Some(first) => source.bytes(first.offset, first.length)?,
        None => Cow::Borrowed(&[][..]),
    };
    for part in parts {
        bytes.to_mut().extend_from_slice(&source.bytes(part.offset, part.length)?);
    }
    Ok(bytes)
}
