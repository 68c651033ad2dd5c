//! Frames as byte ranges of a file, kept apart from the file's header, so that each can be read again with one read.

use std::borrow::Cow;

use super::attributes::Attributes;
use super::description::{ImageDescription, SampleKind};
use super::fragment::Fragment;
use super::frame::{self, Frames};
use super::native::NativePixelData;
use super::source::PixelSource;
use super::{Coding, PixelData, Storage, codec_of, contradiction, native_of};
use crate::codec;
use crate::dataset::{ByteOrder, Flags};
use crate::error::{Error, ErrorKind, Result, WarningKind};
use crate::file::DicomFile;
use crate::limits::Limits;
use crate::tag::Tag;
use crate::uid::Uid;

/// How the bytes of frames lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameLayout {
    /// Native samples in little endian.
    Native,
    /// Native samples in big endian.
    NativeBigEndian,
    /// Native cells smaller than the words of big endian that hold them.
    NativeSwappedWords,
    /// Items that hold a codestream.
    Encapsulated,
}

impl FrameLayout {
    /// Every one.
    pub const ALL: [Self; 4] =
        [Self::Native, Self::NativeBigEndian, Self::NativeSwappedWords, Self::Encapsulated];

    /// A name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::NativeBigEndian => "native, big endian",
            Self::NativeSwappedWords => "native, swapped words",
            Self::Encapsulated => "encapsulated",
        }
    }

    /// The one with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.as_str() == name)
    }
}

/// Bytes of a frame in its file: those of its samples, or those of its items with their headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameRange {
    /// The first byte.
    pub offset: u64,
    /// How many there are.
    pub length: u64,
}

impl FrameRange {
    /// The byte behind the last; `None` beyond any file.
    #[must_use]
    pub fn end(&self) -> Option<u64> {
        self.offset.checked_add(self.length)
    }
}

/// What an image is made of and where its frames are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedFrames {
    /// What the attributes say.
    pub description: ImageDescription,
    /// How the frames lie in the file.
    pub layout: FrameLayout,
    /// The transfer syntax that the file names.
    pub transfer_syntax: Option<Uid>,
    /// The number of the first frame that has a range.
    pub first: u32,
    /// A range for each frame from there on, as far as they are there whole, or none where only the header can tell.
    pub ranges: Box<[FrameRange]>,
}

impl LocatedFrames {
    /// Where the frames of a file are, without a look at them. There are no ranges where frames are not items of the
    /// file, or not all of them are known.
    ///
    /// # Errors
    /// [`ErrorKind::Missing`] without pixel data, and as [`PixelData::of`].
    pub fn of_file(file: &DicomFile) -> Result<Self> {
        let mut attributes = Attributes::of(file.dataset(), file);
        let (element, kind) = attributes.pixel_data()?;
        let description = attributes.description(kind)?;
        let transfer_syntax = file.transfer_syntax;
        let is_encapsulated = element.row().has(Flags::ENCAPSULATED);
        let (layout, ranges) = match (codec_of(transfer_syntax)?, is_encapsulated) {
            (Coding::Native(known), false) => {
                let native = native_of(&element, &description, known);
                // A frame may end in the middle of a word.
                let ranges = if native.swap_words { Box::default() } else { native.ranges(&description) };
                (native.layout(), ranges)
            }
            (Coding::Codec(..), true) => {
                let (frames, incomplete) = frame::frames_of(&mut attributes, &element, &description)?;
                // Those that were searched for may begin inside an item.
                let is_searched =
                    attributes.warnings.iter().any(|warning| warning.kind == WarningKind::FramesSearched);
                let number = description.number_of_frames();
                let ranges = || (0..number).map(|number| range_of(frames.frame(number))).collect();
                let ranges = if is_searched || incomplete.is_some() { None } else { ranges() };
                (FrameLayout::Encapsulated, ranges.unwrap_or_default())
            }
            (coding, _) => return Err(contradiction(&coding, &element)),
        };
        let ranges = if file.inflated.is_some() { Box::default() } else { ranges };
        Ok(Self { description, layout, transfer_syntax, first: 0, ranges })
    }
}

/// From the header of the first item to the end of the last; `None` where they do not follow each other.
fn range_of(fragments: &[Fragment]) -> Option<FrameRange> {
    let (first, last) = (fragments.first()?, fragments.last()?);
    let follow = |pair: &[Fragment]| match pair {
        [before, after] => before.offset.checked_add(before.length) == Some(after.item()),
        _ => false,
    };
    let offset = first.item();
    let length = last.offset.checked_add(last.length)?.checked_sub(offset)?;
    fragments.windows(2).all(follow).then_some(FrameRange { offset, length })
}

impl LocatedFrames {
    /// The pixel data, for one frame of them and no other, and the bytes of that frame, which are read at once.
    ///
    /// # Errors
    /// [`ErrorKind::FrameIndex`] when the frame has no range; [`ErrorKind::FileChanged`] when its bytes are not what
    /// they were; [`ErrorKind::UnsupportedTransferSyntax`]; what the source refuses.
    pub fn frame(
        &self,
        number: u32,
        source: &dyn PixelSource,
        limits: &Limits,
    ) -> Result<(PixelData, FrameBytes)> {
        let frames = self.description.number_of_frames().into();
        let missing = ErrorKind::FrameIndex { index: number.into(), frames };
        let range = self.range(number).ok_or(missing)?;
        let bytes = source.bytes(range.offset, range.length)?.into_owned();
        let (Coding::Codec(labelled, family), FrameLayout::Encapsulated) =
            (codec_of(self.transfer_syntax)?, self.layout)
        else {
            return Err(ErrorKind::FileChanged.into());
        };
        let fragments = fragments_in(&bytes, range.offset).ok_or(ErrorKind::FileChanged)?;
        let bytes = FrameBytes { offset: range.offset, bytes };
        let frames = Frames::only(number, fragments);
        let start = start_of(frames.frame(number), &bytes)?;
        let (codec, contradicts) = codec::decoder_by_signature(family, &start).unwrap_or((labelled, false));
        let mut pixels = self.pixels(Storage::Encapsulated { codec, frames }, limits);
        if contradicts {
            pixels.warnings.push(pixels.warning(WarningKind::CodestreamContradicts));
        }
        Ok((pixels, bytes))
    }

    /// The pixel data by what the index says, for checks and, where they are native, for reading: of encoded frames it
    /// is not known yet what they consist of. `only` leaves out all frames but one.
    ///
    /// # Errors
    /// [`ErrorKind::UnsupportedTransferSyntax`]; [`ErrorKind::FileChanged`] where the layout is not one of the transfer
    /// syntax.
    pub fn claimed(&self, only: Option<u32>, limits: &Limits) -> Result<PixelData> {
        let order = match self.layout {
            FrameLayout::Native => ByteOrder::Little,
            FrameLayout::NativeBigEndian => ByteOrder::Big,
            FrameLayout::NativeSwappedWords => return Err(ErrorKind::FileChanged.into()),
            FrameLayout::Encapsulated => return self.claimed_codestreams(only, limits),
        };
        let changed = || Error::from(ErrorKind::FileChanged);
        let (first, last) = self.ranges.first().zip(self.ranges.last()).ok_or_else(changed)?;
        let offset = NativePixelData::start_of(&self.description, self.first)
            .and_then(|before| first.offset.checked_sub(before))
            .ok_or_else(changed)?;
        let native = NativePixelData {
            tag: self.tag(),
            offset,
            length: last.end().and_then(|end| end.checked_sub(offset)).ok_or_else(changed)?,
            order,
            swap_words: false,
            // What lies behind may be there or not.
            is_truncated: self.ranges.len() < self.description.number_of_frames() as usize,
        };
        Ok(self.pixels(Storage::Native(native), limits))
    }

    fn claimed_codestreams(&self, only: Option<u32>, limits: &Limits) -> Result<PixelData> {
        let Coding::Codec(codec, _) = codec_of(self.transfer_syntax)? else {
            return Err(ErrorKind::FileChanged.into());
        };
        let fragment =
            |range: &FrameRange| Fragment { offset: range.offset, length: range.length.saturating_sub(8) };
        let frames = match only {
            Some(number) => Frames::only(number, self.range(number).map(fragment).into_iter().collect()),
            None => Frames::each(self.ranges.iter().map(fragment).collect()),
        };
        Ok(self.pixels(Storage::Encapsulated { codec, frames }, limits))
    }

    /// The bytes of a frame; `None` where it has no range.
    #[must_use]
    pub fn range(&self, number: u32) -> Option<&FrameRange> {
        self.ranges.get(number.checked_sub(self.first)? as usize)
    }

    fn tag(&self) -> Tag {
        match self.description.sample_kind() {
            SampleKind::Integer => Tag::PIXEL_DATA,
            SampleKind::Float => Tag::FLOAT_PIXEL_DATA,
            SampleKind::Double => Tag::DOUBLE_FLOAT_PIXEL_DATA,
        }
    }

    fn pixels(&self, storage: Storage, limits: &Limits) -> PixelData {
        PixelData {
            description: self.description,
            reduced: None,
            storage,
            incomplete: None,
            warnings: Vec::new(),
            limits: *limits,
            offset: self.ranges.first().map_or(0, |first| first.offset),
            tag: self.tag(),
        }
    }
}

/// The values of the items that a range begins with; the last may be longer than what is wanted of it.
fn fragments_in(bytes: &[u8], offset: u64) -> Option<Vec<Fragment>> {
    let mut fragments = Vec::new();
    let mut at = 0_usize;
    while at < bytes.len() {
        let ([a, b, c, d, length @ ..], rest) = bytes.get(at..)?.split_first_chunk::<8>()?;
        (u32::from_le_bytes([*c, *d, *a, *b]) == Tag::ITEM.0).then_some(())?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?.min(rest.len());
        at = at.checked_add(8)?;
        fragments.push(Fragment { offset: offset.checked_add(at as u64)?, length: length as u64 });
        at = at.checked_add(length)?;
    }
    Some(fragments)
}

/// The bytes by which a codestream says what it is.
fn start_of(fragments: &[Fragment], source: &FrameBytes) -> Result<Vec<u8>> {
    let mut start = Vec::new();
    for fragment in fragments {
        let missing = (codec::SIGNATURE_LENGTH - start.len()) as u64;
        start.extend_from_slice(&source.bytes(fragment.offset, fragment.length.min(missing))?);
    }
    Ok(start)
}

/// The bytes of one frame, by their offset in the file.
pub struct FrameBytes {
    offset: u64,
    bytes: Vec<u8>,
}

impl FrameBytes {
    fn get(&self, offset: u64, length: u64) -> Result<&[u8]> {
        let changed = || Error::from(ErrorKind::FileChanged);
        let start = offset.checked_sub(self.offset).and_then(|start| usize::try_from(start).ok());
        let end =
            start.zip(usize::try_from(length).ok()).and_then(|(start, length)| start.checked_add(length));
        let range = start.zip(end).map(|(start, end)| start..end).ok_or_else(changed)?;
        self.bytes.get(range).ok_or_else(changed)
    }
}

impl PixelSource for FrameBytes {
    fn bytes(&self, offset: u64, length: u64) -> Result<Cow<'_, [u8]>> {
        self.get(offset, length).map(Cow::Borrowed)
    }

    fn read_into(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        buffer.copy_from_slice(self.get(offset, buffer.len() as u64)?);
        Ok(())
    }
}
