//! Pixel data (PS3.5 §8, PS3.3 C.7.6.3): what the attributes say, frames as byte ranges, unpacking.
//!
//! [`PixelData`] is found in a data set without a pixel being read, and keeps no reference to it. It tells the size of
//! what is asked for, after all checks that can be made without decoding; then it fills memory of that size.

mod attributes;
mod average;
mod blocks;
mod colour;
pub mod colour_space;
mod convert;
mod decoded_frame;
mod description;
mod display;
mod encapsulation;
mod fragment;
mod frame;
mod located;
mod lookup_table;
pub(crate) mod native;
mod number_table;
mod offset_table;
mod one_frame;
mod overlay;
mod palette;
mod part;
mod photometric;
mod presentation;
mod renderer;
mod rendering;
mod resample;
mod sample;
mod search;
pub(crate) mod simd;
mod source;
mod transform;
pub(crate) mod unpack;
mod voi;
mod whole_numbers;

use std::ops::Range;

pub use attributes::{PIXEL_RANGES, PIXEL_TAGS};
pub use blocks::SharedMemory;
pub use colour::ColourConversion;
pub use convert::convert;
pub use description::{ImageAttributes, ImageDescription, SampleKind, SampleType};
pub use display::resize;
pub use encapsulation::{ExtendedTable, basic_offsets, encapsulate, encapsulated_frames};
pub use fragment::{Fragment, split_fragments};
pub use frame::Frames;
pub use located::{FrameBytes, FrameLayout, FrameRange, LocatedFrames};
pub use lookup_table::{LookupTable, LookupTableDescriptor};
pub use overlay::{bit_of_cells, burn_in, overlay_pixels, unpack_overlay};
pub use palette::Palette;
pub use part::{MOST_REDUCED, Region};
pub use photometric::PhotometricInterpretation;
pub use presentation::{
    DisplayOptions, FramePresentation, FrameSteps, Header, PhysicalOptions, Presentation, StoredFrame,
};
pub use renderer::{RenderedImage, Renderer};
pub use rendering::{RenderedForm, Rendering, Resize, Values};
pub use resample::LONGEST_SIDE;
pub use source::{JustOpened, PixelSource};
pub use transform::{OutputType, Padding, Prepared, RealWorldMapping, RealWorldRange, Step, Transform};
pub use voi::{VoiFunction, Window};

use crate::codec::{self, Decode, EncodedFrame};
use crate::dataset::{ByteOrder, DatasetView, ElementView, Flags};
use crate::error::{Error, ErrorKind, Result, TagPath, Warning, WarningKind};
use crate::file::DicomFile;
use crate::limits::Limits;
use crate::tag::Tag;
use crate::transfer_syntax::{self, CodecFamily, TransferSyntax, transfer_syntax};
use crate::uid::Uid;
use crate::vr::Vr;
use attributes::Attributes;
use description::fault;
use native::NativePixelData;

/// Of what is given in part, more than one in so many samples is there, or all are within the limit of one frame.
const MOST_MISSING: u64 = 4;

/// What is wanted of pixel data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct PixelOptions {
    /// Zero-based number of a frame; all frames when `None`.
    pub index: Option<u32>,
    /// Keep the stored colour space; otherwise YBR becomes RGB, by the table of [`colour_space`].
    pub raw: bool,
    /// Keep whole cells of Bits Allocated; otherwise samples of Bits Stored are taken out of them.
    pub keep_cells: bool,
    /// Every warning is an error.
    pub strict: bool,
    /// Of a frame that ends early give what could be decoded, and zero for the rest; otherwise it is an error.
    pub partial: bool,
    /// A part of each frame.
    pub region: Option<Region>,
}

/// The pixel data of a data set: what the attributes say and where the frames are.
#[derive(Clone)]
pub struct PixelData {
    description: ImageDescription,
    /// How often rows and columns are halved, and what frames are then.
    reduced: Option<(u8, ImageDescription)>,
    storage: Storage,
    /// Why not all frames are there, though some are.
    incomplete: Option<Error>,
    warnings: Vec<Warning>,
    limits: Limits,
    /// The first byte of the header of the pixel data element.
    offset: u64,
    tag: Tag,
}

#[derive(Clone)]
enum Storage {
    Native(NativePixelData),
    Encapsulated { codec: &'static dyn Decode, frames: Frames },
}

impl PixelData {
    /// The pixel data of a file.
    ///
    /// # Errors
    /// As [`PixelData::of`].
    pub fn of_file(file: &DicomFile, limits: &Limits) -> Result<Self> {
        Self::of(file.dataset(), file.transfer_syntax, file, limits)
    }

    /// The pixel data of a data set, root or item. `source` gives what is not in memory.
    ///
    /// # Errors
    /// [`ErrorKind::Missing`], [`ErrorKind::PixelData`] and [`ErrorKind::OffsetTable`] when the attributes contradict
    /// each other or the pixel data, [`ErrorKind::UnsupportedTransferSyntax`] when there is no codec.
    pub fn of(
        set: DatasetView<'_>,
        syntax: Option<Uid>,
        source: &dyn PixelSource,
        limits: &Limits,
    ) -> Result<Self> {
        Self::found(set, codec_of(syntax)?, source, limits)
    }

    /// The pixel data of a data set, taken for native in little endian whatever the transfer syntax says: for files
    /// whose transfer syntax is not that of their pixels. Fragments are put together.
    ///
    /// # Errors
    /// As [`PixelData::of`].
    pub fn native_of(set: DatasetView<'_>, source: &dyn PixelSource, limits: &Limits) -> Result<Self> {
        let is_encapsulated = |element: &ElementView<'_>| {
            element.tag().is_pixel_data() && element.row().has(Flags::ENCAPSULATED)
        };
        let coding = match set.elements().any(|element| is_encapsulated(&element)) {
            true => Coding::Codec(codec::uncompressed(), CodecFamily::Uncompressed),
            false => Coding::Native(None),
        };
        Self::found(set, coding, source, limits)
    }

    fn found(
        set: DatasetView<'_>,
        coding: Coding,
        source: &dyn PixelSource,
        limits: &Limits,
    ) -> Result<Self> {
        let mut attributes = Attributes::of(set, source);
        let (element, kind) = attributes.pixel_data()?;
        let description = attributes.description(kind)?;
        let is_encapsulated = element.row().has(Flags::ENCAPSULATED);
        let mut incomplete = None;
        let storage = match (coding, is_encapsulated) {
            (Coding::Native(known), false) => Storage::Native(native_of(&element, &description, known)),
            (Coding::Codec(labelled, family), true) => {
                let frames;
                (frames, incomplete) = frame::frames_of(&mut attributes, &element, &description)?;
                let codec = codec_by_signature(family, frames.frame(0), &mut attributes, &element);
                Storage::Encapsulated { codec: codec.unwrap_or(labelled), frames }
            }
            (coding, _) => return Err(contradiction(&coding, &element)),
        };
        let offset = element.row().header_offset();
        Ok(Self {
            description,
            reduced: None,
            storage,
            incomplete,
            warnings: attributes.warnings,
            limits: *limits,
            offset,
            tag: element.tag(),
        })
    }

    /// What the attributes say; of frames that are reduced, what they are then.
    #[must_use]
    pub fn description(&self) -> &ImageDescription {
        self.reduced.as_ref().map_or(&self.description, |(_, reduced)| reduced)
    }

    /// What was wrong with the attributes and could be read all the same.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The fragments of each frame; `None` for native pixel data.
    #[must_use]
    pub fn frames(&self) -> Option<&Frames> {
        match &self.storage {
            Storage::Native(_) => None,
            Storage::Encapsulated { frames, .. } => Some(frames),
        }
    }

    /// The axes of what is asked for.
    #[must_use]
    pub fn shape(&self, options: &PixelOptions) -> Vec<usize> {
        let result = self.result_description(options).unwrap_or(self.description);
        if options.index.is_some() { result.frame_shape() } else { result.shape() }
    }

    /// Offset and length of the bytes that are what is asked for as they stand, so that a view on them will do.
    ///
    /// Where a cell has unused bits, the pixels are looked at.
    ///
    /// # Errors
    /// Those of [`PixelData::length`]; what the source refuses.
    pub fn plain_range(
        &self,
        source: &dyn PixelSource,
        options: &PixelOptions,
    ) -> Result<Option<(u64, u64)>> {
        self.checked(options)?;
        if self.is_part(options) {
            return Ok(None);
        }
        match &self.storage {
            Storage::Native(native) if self.conversion(options, None)?.0.is_none() => {
                let frames = self.range(options.index)?;
                native.plain_range(&self.description, frames, options.keep_cells, source)
            }
            _ => Ok(None),
        }
    }

    /// Bytes of what is asked for. All is checked here that can be checked without reading pixels, before memory is
    /// asked for: the numbers of frames and bytes, limits, colour.
    ///
    /// # Errors
    /// [`ErrorKind::FrameIndex`], [`ErrorKind::PixelData`], [`ErrorKind::LimitExceeded`], [`ErrorKind::Codec`].
    pub fn length(&self, options: &PixelOptions) -> Result<u64> {
        self.checked(options).map(|(length, _)| length)
    }

    /// Fills `out`, which is [`PixelData::length`] long, with samples in the byte order of this machine, colour by
    /// pixel. Returns the warnings about the pixel data themselves.
    ///
    /// # Errors
    /// Those of [`PixelData::length`]; [`ErrorKind::Codec`]; what the source refuses.
    pub fn decode(
        &self,
        source: &dyn PixelSource,
        options: &PixelOptions,
        out: &mut [u8],
    ) -> Result<Vec<Warning>> {
        let (length, warning) = self.checked(options)?;
        if out.len() as u64 != length {
            let reason = format!("memory of {} bytes for {length}", out.len());
            return Err(ErrorKind::PixelData(reason.into()).into());
        }
        let frames = self.range(options.index)?;
        let odd = match &self.storage {
            Storage::Native(native) if self.is_part(options) => {
                self.read_parts(native, frames, source, options, out)?;
                Vec::new()
            }
            Storage::Native(native) => {
                let there = match warning {
                    Some(WarningKind::PixelDataTruncated) => {
                        native.whole_length(&self.description, frames.start)
                    }
                    _ => length,
                };
                native.read(&self.description, frames, options.keep_cells, source, out)?;
                let there = usize::try_from(there).unwrap_or(usize::MAX).min(out.len());
                let (pixels, missing) = out.split_at_mut(there);
                missing.fill(0);
                if let (Some(conversion), _) = self.conversion(options, None)? {
                    conversion.apply_in_place(pixels);
                }
                Vec::new()
            }
            Storage::Encapsulated { .. } => self.decode_frames(frames, source, options, out)?,
        };
        Ok(warning.into_iter().chain(odd).map(|kind| self.warning(kind)).collect())
    }

    fn decode_frames(
        &self,
        frames: Range<u32>,
        source: &dyn PixelSource,
        options: &PixelOptions,
        out: &mut [u8],
    ) -> Result<Vec<WarningKind>> {
        let mut odd = Vec::new();
        for (number, out) in frames.zip(out.chunks_mut(self.frame_bytes(options))) {
            for kind in self.decode_frame(number, source, options, out)?.into_iter().flatten() {
                if !odd.contains(&kind) {
                    odd.push(kind);
                }
            }
        }
        Ok(odd)
    }

    /// Bytes of a decoded frame, as far as there can be so many.
    pub(crate) fn frame_bytes(&self, options: &PixelOptions) -> usize {
        let result = self.result_description(options).unwrap_or(self.description);
        usize::try_from(result.frame_length()).unwrap_or(usize::MAX)
    }

    /// True for frames that are decoded one by one.
    #[must_use]
    pub fn is_encapsulated(&self) -> bool {
        matches!(self.storage, Storage::Encapsulated { .. })
    }

    /// The first byte of the header of the pixel data element.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    fn checked(&self, options: &PixelOptions) -> Result<(u64, Option<WarningKind>)> {
        let strict = |warning: Option<WarningKind>| match warning {
            Some(kind) if options.strict => Err(self.located(ErrorKind::Strict(kind).into())),
            _ => Ok(()),
        };
        strict(self.warnings.first().map(|warning| warning.kind))?;
        if let Some(error) = self.incomplete.as_ref().filter(|_| !options.partial) {
            return Err(error.clone());
        }
        let frames = self.range(options.index)?;
        self.check_colour(options)?;
        let frame_length = self.description.frame_length();
        let warning = match &self.storage {
            Storage::Native(native) => native.check(&self.description, &frames, options.partial)?,
            Storage::Encapsulated { codec, frames: ranges } => {
                self.check_limit(frame_length)?;
                // What is cut may be shorter than any whole frame.
                for number in frames.clone().filter(|_| !options.partial) {
                    let checked = codec.check(ranges.frame_length(number), &self.description);
                    let frame = EncodedFrame { number, fragments: &[] };
                    checked.map_err(|reason| self.located(frame.fault(codec.name(), reason)))?;
                }
                None
            }
        };
        strict(warning)?;
        let result = self.result_description(options)?;
        let length = u64::from(frames.end - frames.start).checked_mul(result.frame_length());
        let length = length.ok_or(ErrorKind::OutOfMemory(u64::MAX))?;
        // What is missing can claim any size, too.
        if options.partial && length / MOST_MISSING > self.there(&frames) {
            self.check_limit(length)?;
        }
        Ok((length, warning))
    }

    /// Bytes that can be made of what is there of these frames.
    fn there(&self, frames: &Range<u32>) -> u64 {
        match &self.storage {
            Storage::Native(native) => native.whole_length(&self.description, frames.start),
            Storage::Encapsulated { codec, frames: ranges } => {
                let can_be =
                    |number: &u32| codec.check(ranges.frame_length(*number), &self.description).is_ok();
                let count = frames.clone().filter(can_be).count() as u64;
                count.saturating_mul(self.description.frame_length())
            }
        }
    }

    /// Native bytes that are really there need no limit; an encoded frame can claim any size.
    fn check_limit(&self, length: u64) -> Result<()> {
        if length <= self.limits.frame {
            return Ok(());
        }
        let kind = ErrorKind::LimitExceeded { limit: "frame", value: length, allowed: self.limits.frame };
        Err(self.located(kind.into()))
    }

    fn range(&self, index: Option<u32>) -> Result<Range<u32>> {
        let frames = self.description.number_of_frames();
        match index {
            None => Ok(0..frames),
            Some(index) if index < frames => Ok(index..index + 1),
            Some(index) => Err(ErrorKind::FrameIndex { index: index.into(), frames: frames.into() }.into()),
        }
    }

    pub(crate) fn warning(&self, kind: WarningKind) -> Warning {
        Warning { kind, offset: self.offset, path: TagPath::root(self.tag) }
    }

    fn located(&self, error: Error) -> Error {
        error.at(self.offset).of(TagPath::root(self.tag))
    }
}

/// How the pixels of a transfer syntax are read.
enum Coding {
    Native(Option<&'static TransferSyntax>),
    Codec(&'static dyn Decode, CodecFamily),
}

/// What is said of pixel data that are not what the transfer syntax has.
fn contradiction(coding: &Coding, element: &ElementView<'_>) -> Error {
    let reason = match coding {
        Coding::Native(_) => {
            "fragments, but the transfer syntax has native pixel data; native=True puts them together"
        }
        Coding::Codec(..) => {
            "no fragments, but the transfer syntax has encapsulated pixel data; native=True reads them"
        }
    };
    fault(element.tag(), reason.to_owned()).at(element.row().header_offset())
}

fn codec_of(syntax: Option<Uid>) -> Result<Coding> {
    let Some(uid) = syntax else { return Ok(Coding::Native(None)) };
    let unsupported = || Error::from(ErrorKind::UnsupportedTransferSyntax(uid));
    let known = transfer_syntax(&uid).ok_or_else(unsupported)?;
    match known.pixel_data() {
        transfer_syntax::PixelDataForm::Native => Ok(Coding::Native(Some(known))),
        transfer_syntax::PixelDataForm::Encapsulated => {
            let codec = codec::decoder(known).ok_or_else(unsupported)?;
            Ok(Coding::Codec(codec, known.codec()))
        }
        transfer_syntax::PixelDataForm::Referenced => Err(unsupported()),
    }
}

/// The codec that the first frame says it is for.
fn codec_by_signature<'a>(
    family: CodecFamily,
    frame: &[Fragment],
    attributes: &mut Attributes<'a>,
    element: &ElementView<'a>,
) -> Option<&'static dyn Decode> {
    let mut start = Vec::new();
    for fragment in frame.iter().filter(|fragment| fragment.length > 0) {
        let missing = (codec::SIGNATURE_LENGTH - start.len()) as u64;
        match attributes.bytes(fragment.offset, fragment.length.min(missing)) {
            Ok(bytes) if missing > 0 => start.extend_from_slice(&bytes),
            // What cannot be read is told when all of the frame is.
            _ => break,
        }
    }
    let (codec, contradicts) = codec::decoder_by_signature(family, &start)?;
    if contradicts {
        attributes.warn(WarningKind::CodestreamContradicts, element);
    }
    Some(codec)
}

fn native_of(
    element: &ElementView<'_>,
    description: &ImageDescription,
    syntax: Option<&TransferSyntax>,
) -> NativePixelData {
    // GE's private syntax: pixels in big endian in a data set in little endian. Cells of a byte have no order there.
    let is_ge = syntax.is_some_and(|known| known.pixel_byte_order() != known.encoding().byte_order);
    let order = if is_ge { ByteOrder::Big } else { element.byte_order() };
    let has_words = element.vr() == Vr::OW && !matches!(description.bits_allocated(), 16 | 32 | 64);
    NativePixelData {
        tag: element.tag(),
        offset: element.row().offset(),
        length: element.row().length(),
        order,
        swap_words: has_words && order == ByteOrder::Big && !is_ge,
        is_truncated: element.row().has(Flags::TRUNCATED),
    }
}
