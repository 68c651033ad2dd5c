//! Faults and warnings: what was found, what was expected, where.
//!
//! Neither ever holds a value of an element: contents are private.

use std::fmt;

use crate::dictionary;
use crate::tag::Tag;
use crate::transfer_syntax::{PixelDataForm, TransferSyntax, transfer_syntax};
use crate::uid::Uid;
use crate::vr::Vr;

/// The result of everything that reads input.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Where an element stands: the sequences and item numbers around it, then its own tag.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct TagPath {
    /// The sequences from the root down, each with the zero-based number of the item.
    pub items: Vec<(Tag, u32)>,
    /// The element itself, where one is meant.
    pub tag: Option<Tag>,
}

impl TagPath {
    /// An element of the root data set.
    #[must_use]
    pub const fn root(tag: Tag) -> Self {
        Self { items: Vec::new(), tag: Some(tag) }
    }

    /// True when no element is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tag.is_none() && self.items.is_empty()
    }
}

impl fmt::Display for TagPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (tag, item)) in self.items.iter().enumerate() {
            write!(f, "{}{tag}[{item}]", if i == 0 { "" } else { "." })?;
        }
        match self.tag {
            Some(tag) if self.items.is_empty() => write!(f, "{tag}"),
            Some(tag) => write!(f, ".{tag}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for TagPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A fault that ended reading, decoding or looking up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Fault>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    kind: ErrorKind,
    offset: Option<u64>,
    path: TagPath,
}

impl Error {
    /// What kind of fault it is.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The byte of the file at which it was found.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// The element it is about.
    #[must_use]
    pub fn path(&self) -> &TagPath {
        &self.0.path
    }

    /// The same fault, found at `offset`.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.0.offset = Some(offset);
        self
    }

    /// The same fault, about the element at `path`.
    #[must_use]
    pub fn of(mut self, path: TagPath) -> Self {
        self.0.path = path;
        self
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(Fault { kind, offset: None, path: TagPath::default() }))
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        ErrorKind::Io { kind: error.kind(), code: error.raw_os_error() }.into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.kind)?;
        if !self.0.path.is_empty() {
            write!(f, ", tag {}", self.0.path)?;
        }
        self.0.offset.map_or(Ok(()), |offset| write!(f, ", offset {offset:#X}"))
    }
}

impl std::error::Error for Error {}

/// The kinds of fault. Each becomes one Python exception class (`src/python/error.rs`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input has no byte.
    Empty,
    /// No "DICM" prefix, and nothing that looks like a data set.
    NotDicom,
    /// No "DICM" prefix, and a data set without one was not asked for.
    NoPrefix,
    /// The input ends after the prefix.
    NoDataSet,
    /// The input ends inside something that cannot be read in part.
    Truncated {
        /// Bytes wanted.
        needed: u64,
        /// Bytes there.
        available: u64,
    },
    /// A length contradicts what is around it.
    InvalidLength {
        /// The length found.
        length: u64,
        /// The most it can be.
        available: u64,
    },
    /// A value contradicts its VR, and strict reading was asked for, or the value is needed.
    InvalidValue(&'static str),
    /// A text that is not of the DICOM JSON Model (PS3.18 Annex F).
    Json {
        /// Where in the text: `$["00081110"].Value[0]`.
        place: Box<str>,
        /// What is wrong there.
        reason: &'static str,
    },
    /// A limit of ours, not a fault of the file.
    LimitExceeded {
        /// Name of the argument that raises it.
        limit: &'static str,
        /// What the input asks for.
        value: u64,
        /// What is allowed.
        allowed: u64,
    },
    /// The deflate stream is damaged before its first element.
    Deflate,
    /// Something that is a warning otherwise, where strict reading was asked for.
    Strict(WarningKind),
    /// Attributes and pixel data contradict each other; the text says how, without values of patient elements.
    PixelData(Box<str>),
    /// An element that is needed is absent or empty.
    Missing(Tag),
    /// A frame could not be decoded.
    Codec {
        /// Name of the codec.
        codec: &'static str,
        /// Zero-based number of the frame.
        frame: u32,
        /// What is wrong with it.
        reason: Box<str>,
    },
    /// Offset tables contradict the fragments.
    OffsetTable(Box<str>),
    /// No codec for the transfer syntax.
    UnsupportedTransferSyntax(Uid),
    /// A frame number that is not below Number of Frames.
    FrameIndex {
        /// The number asked for.
        index: u64,
        /// How many frames there are.
        frames: u64,
    },
    /// A number that is not below that of the items or values of an element.
    ValueIndex {
        /// The element.
        tag: Tag,
        /// The number asked for.
        index: u64,
        /// How many there are.
        count: u64,
    },
    /// A value that is to be written is no multiple of what its VR consists of, or has no bytes of its own.
    ValueLength {
        /// The VR it is to have.
        vr: Vr,
        /// Its bytes.
        length: u64,
    },
    /// A value that is to be written is longer than a length field can say.
    ValueTooLong {
        /// The VR it is to have.
        vr: Vr,
        /// Its bytes.
        length: u64,
    },
    /// A character that the character set does not have.
    Unencodable {
        /// Its zero-based number in the value.
        index: usize,
    },
    /// A value that is to be written, and breaks a rule of its VR: the reason.
    Unwritable(Box<str>),
    /// Encapsulated pixel data in another encoding than explicit VR little endian.
    EncapsulatedPixelData,
    /// Not a regular file.
    NotRegularFile(&'static str),
    /// The file is not the one that was opened any more.
    FileChanged,
    /// The operating system refused.
    Io {
        /// The portable kind.
        kind: std::io::ErrorKind,
        /// `errno`, where there is one.
        code: Option<i32>,
    },
    /// Memory for something of this many bytes could not be had.
    OutOfMemory(u64),
    /// The caller asked to stop.
    Interrupted,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the input is empty (0 bytes)"),
            Self::NotDicom => {
                f.write_str("not DICOM: no \"DICM\" prefix at byte 128 and no data set at byte 0")
            }
            Self::NoPrefix => f.write_str(
                "not DICOM: no \"DICM\" prefix at byte 128; force=True reads a data set without one",
            ),
            Self::NoDataSet => {
                f.write_str("the input ends after the \"DICM\" prefix: no file meta information, no data set")
            }
            Self::Truncated { needed, available } => {
                write!(f, "{needed} bytes are needed, {available} are left")
            }
            Self::InvalidLength { length, available } => {
                write!(f, "value length {length} exceeds the {available} bytes left")
            }
            Self::InvalidValue(reason) => f.write_str(reason),
            Self::Json { place, reason } => write!(f, "{reason} at {place}"),
            Self::LimitExceeded { limit, value, allowed } => {
                write!(f, "{value} exceeds the limit of {allowed}; raise it with Limits({limit}=...)")
            }
            Self::Deflate => f.write_str("the deflated data set is damaged before its first element"),
            Self::Strict(warning) => write!(f, "{warning} (strict reading)"),
            Self::PixelData(reason) | Self::OffsetTable(reason) | Self::Unwritable(reason) => {
                f.write_str(reason)
            }
            Self::Missing(tag) => write!(f, "missing {tag}"),
            Self::Codec { codec, frame, reason } => write!(f, "{codec}, frame {frame}: {reason}"),
            Self::UnsupportedTransferSyntax(uid) => no_codec(f, uid),
            Self::FrameIndex { index, frames } => write!(f, "frame {index} of {frames}"),
            Self::ValueIndex { tag, index, count } => write!(f, "index {index} of {count} in {tag}"),
            Self::ValueLength { vr, length } => write!(f, "{length} bytes cannot be a value of VR {vr}"),
            Self::ValueTooLong { vr, length } => {
                write!(f, "{length} bytes are too many for a value of VR {vr}")
            }
            Self::Unencodable { index } => {
                write!(f, "character {index} (counted from 0) is not in Specific Character Set")
            }
            Self::EncapsulatedPixelData => {
                f.write_str("encapsulated pixel data can be written in explicit VR little endian only")
            }
            Self::NotRegularFile(what) => write!(f, "not a regular file but a {what}"),
            Self::FileChanged => f.write_str("the file has changed since it was opened or indexed"),
            Self::Io { kind, code } => match code {
                // "No such file or directory (os error 2)": the number is for programs, which have it as `errno`.
                Some(code) => {
                    let text = std::io::Error::from_raw_os_error(*code).to_string();
                    f.write_str(text.split(" (os error").next().unwrap_or(&text))
                }
                None => write!(f, "{kind}"),
            },
            Self::OutOfMemory(bytes) => write!(f, "no memory for {bytes} bytes"),
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}

/// What is said of a transfer syntax without a codec.
fn no_codec(f: &mut fmt::Formatter<'_>, uid: &Uid) -> fmt::Result {
    match dictionary::uid(uid.as_str()) {
        Some(known) => {
            write!(f, "no codec for transfer syntax {uid} ({})", known.name)?;
            match transfer_syntax(uid).map(TransferSyntax::pixel_data) {
                Some(PixelDataForm::Encapsulated) => {
                    f.write_str("; generate_fragments() gives what is encoded, as bytes")
                }
                Some(PixelDataForm::Referenced) => f.write_str(
                    "; the pixels are not in the file, Pixel Data Provider URL (0028,7FE0) leads to them",
                ),
                _ => Ok(()),
            }
        }
        None => write!(f, "no codec for transfer syntax {uid}"),
    }
}

/// Something that was wrong and could be read all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What was wrong.
    pub kind: WarningKind,
    /// The byte of the file (of the inflated data set, where it is deflated).
    pub offset: u64,
    /// The element it is about.
    pub path: TagPath,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if !self.path.is_empty() {
            write!(f, ", tag {}", self.path)?;
        }
        write!(f, ", offset {:#X}", self.offset)
    }
}

macro_rules! warnings {
    ($($name:ident $text:literal;)*) => {
        /// The kinds of warning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum WarningKind { $(#[doc = $text] $name),* }

        impl WarningKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// A short name that stays the same between releases.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// What was wrong, as a sentence.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

warnings! {
    NoPreamble "no preamble and \"DICM\" prefix: read as a bare data set";
    NoFileMeta "no file meta information";
    MetaGroupLengthMissing "no group length in the file meta information";
    MetaGroupLengthWrong "the group length of the file meta information is wrong";
    MetaImplicit "the file meta information is in implicit VR";
    TransferSyntaxMissing "no Transfer Syntax UID: encoding found from the data";
    TransferSyntaxUnknown "unknown Transfer Syntax UID: read as explicit VR little endian";
    ImplicitFound "explicit VR was declared, implicit VR found";
    ExplicitFound "implicit VR was declared, explicit VR found";
    LittleEndianFound "big endian was declared, little endian found";
    BigEndianFound "little endian was declared, big endian found";
    ZlibHeader "the deflated data set has a zlib header";
    DeflateDamaged "the deflate stream is damaged: what was inflated before is kept";
    Truncated "the input ends inside this element";
    SequenceDelimiterMissing "the input ends inside a sequence of undefined length";
    ItemDelimiterMissing "the item has no delimiter";
    ItemLengthClipped "the item is longer than the sequence around it";
    LengthClipped "the value is longer than the item around it";
    StrayDelimiter "a delimiter outside any sequence or item";
    UnexpectedElement "bytes that are no item where an item must stand";
    OddLength "the value length is odd";
    InvalidVr "the VR is not two letters: VR taken from the dictionary";
    UnknownVr "the VR is unknown: read as UN";
    Garbage "bytes after the data set";
    DuplicateTag "the element occurs twice: the last counts";
    TagsOutOfOrder "the element is out of order";
    CommandGroup "an element of group 0000 in a file";
    MetaGroupInDataSet "an element of group 0002 in the data set";
    PrivateCreatorMissing "a private element without a private creator";
    PrivateCreatorInvalid "the private creator is empty or not text";
    CharacterSetUnknown "unknown term in Specific Character Set";
    CharacterSetAlias "misspelt term in Specific Character Set";
    CharacterSetExtension "a term without code extensions among several in Specific Character Set";
    CharacterSetMissing "text beyond ASCII without Specific Character Set";
    InvalidText "bytes that are not of the character set";
    InvalidEscape "an escape sequence that the character set does not allow";
    InvalidNumber "text that is not a number";
    NumberOverflow "a number out of range";
    InvalidDate "text that is not a date";
    InvalidTime "text that is not a time";
    InvalidDateTime "text that is not a date and time";
    InvalidPersonName "a person name of more than three groups or five components";
    InvalidUid "a UID that is not of digits and dots";
    InvalidLength "the value length is no multiple of the VR's size";
    PixelDataPadded "pixel data one byte short";
    PixelDataTruncated "the pixel data end early: what could be decoded is kept, the rest is zero";
    PixelDataTooLong "pixel data longer than the frames need";
    NumberOfFramesZero "Number of Frames is 0: read as 1";
    HighBitContradicts "High Bit contradicts Bits Allocated and Bits Stored: samples read from bit 0 on";
    UnexpectedVr "the attribute has another VR than the standard's";
    OffsetTableIgnored "the offset table contradicts the fragments and was ignored";
    FragmentTruncated "the input ends inside a fragment";
    SegmentPadded "a segment of the RLE stream holds more than the frame needs";
    PrecisionContradicts "the codestream has samples of another number of bits than Bits Stored";
    CodestreamContradicts "the codestream is of another kind than the transfer syntax says: read as what it is";
    ColourContradicts "the marks of the codestream contradict Photometric Interpretation: see fastdcm.pixels for what is done";
    CodestreamBoxed "a file format where a codestream belongs: read without its boxes";
    FramesSearched "no offset table tells the frames: found by the begins and ends of their codestreams";
    SignContradicts "the codestream has samples with a sign, or without, other than Pixel Representation says";
}

impl fmt::Display for WarningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_where_and_at_which_byte() {
        let path = TagPath { items: vec![(Tag(0x0040_0275), 1)], tag: Some(Tag(0x0010_0010)) };
        let error = Error::from(ErrorKind::InvalidLength { length: 70, available: 12 }).at(0x1A4).of(path);
        assert_eq!(
            error.to_string(),
            "value length 70 exceeds the 12 bytes left, tag (0040,0275)[1].(0010,0010), offset 0x1A4"
        );
    }
}
