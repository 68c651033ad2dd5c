//! Large values: in the text, elsewhere, or not at all (PS3.18 §F.2.6).

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

use super::write::Level;
use crate::dataset::{ElementView, Flags};
use crate::error::{Result, TagPath};
use crate::file::DicomFile;
use crate::tag::Tag;
use crate::vr::Vr;

/// Where a value goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Into the text.
    Inline,
    /// A BulkDataURI stands for it.
    Uri(String),
    /// Nowhere: the element has its VR only.
    Omit,
}

/// Decides where large values go.
pub trait BulkData {
    /// Text of UC, LT, ST, UR and UT of more bytes than this is asked for as well.
    fn longest_text(&self) -> u64 {
        u64::MAX
    }

    /// Where the value of this element goes: one of OB, OD, OF, OL, OV, OW or UN, or a long text. It is not empty.
    ///
    /// # Errors
    /// What ends the writing.
    fn place(&mut self, element: &BulkElement<'_>) -> Result<Placement>;
}

/// Gives the values that stand elsewhere.
pub trait BulkDataUris {
    /// The bytes of a value in little endian, text in UTF-8; `None` leaves the element empty.
    ///
    /// # Errors
    /// What ends the reading.
    fn resolve(&mut self, path: &TagPath, vr: Vr, uri: &str) -> Result<Option<Vec<u8>>>;
}

/// A value that stands elsewhere: the element, its VR and where the value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkDataUri {
    /// The element with the sequences and item numbers around it.
    pub path: TagPath,
    /// Its VR.
    pub vr: Vr,
    /// Where the value is.
    pub uri: String,
}

/// Leaves the elements empty and notes them.
impl BulkDataUris for Vec<BulkDataUri> {
    fn resolve(&mut self, path: &TagPath, vr: Vr, uri: &str) -> Result<Option<Vec<u8>>> {
        self.push(BulkDataUri { path: path.clone(), vr, uri: uri.to_owned() });
        Ok(None)
    }
}

/// An element whose value may go elsewhere.
pub struct BulkElement<'a> {
    pub(super) element: ElementView<'a>,
    pub(super) vr: Vr,
    pub(super) levels: &'a [Level],
    pub(super) file: &'a DicomFile,
}

impl<'a> BulkElement<'a> {
    /// The tag.
    #[must_use]
    pub fn tag(&self) -> Tag {
        self.element.tag()
    }

    /// The VR that is written.
    #[must_use]
    pub fn vr(&self) -> Vr {
        self.vr
    }

    /// Bytes of the value.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.element.row().length()
    }

    /// The first byte of the value in the file; of a deflated data set, in the inflated one.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.element.row().offset()
    }

    /// True for encapsulated pixel data: the value is the items, offset table first.
    #[must_use]
    pub fn is_encapsulated(&self) -> bool {
        self.element.row().has(Flags::ENCAPSULATED)
    }

    /// The element with the sequences and item numbers around it.
    #[must_use]
    pub fn path(&self) -> TagPath {
        super::write::path(self.levels, self.tag())
    }

    /// The rows of the items around it, the outermost first.
    pub fn item_rows(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.levels.iter().skip(1).map(Level::item_row)
    }

    /// The value as it stands in the file, big endian where the file is.
    ///
    /// # Errors
    /// As [`DicomFile::read`].
    pub fn value(&self) -> Result<Cow<'a, [u8]>> {
        self.file.value(&self.element)
    }
}

/// Places large values without asking anybody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileBulkData {
    /// All into the text.
    Inline,
    /// Binary values of more bytes than this are left out.
    Omit(u64),
    /// Values of more bytes than this stay in their file: `file:///path?offset=N&length=N`. Offsets of a deflated data
    /// set count in the inflated one.
    Uri(u64, Box<str>),
}

impl FileBulkData {
    /// Values of more than `longest` bytes stay in the file with this absolute path.
    #[must_use]
    pub fn uri(longest: u64, path: &Path) -> Self {
        let mut base = String::from("file://");
        let path = path.as_os_str().as_encoded_bytes();
        if !path.starts_with(b"/") {
            base.push('/'); // "C:\..." has a slash in front
        }
        for byte in path {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' | b':' => {
                    base.push(char::from(*byte));
                }
                b'\\' if cfg!(windows) => base.push('/'),
                // Writing to a `String` does not fail.
                _ => _ = write!(base, "%{byte:02X}"),
            }
        }
        Self::Uri(longest, base.into_boxed_str())
    }
}

impl BulkData for FileBulkData {
    fn longest_text(&self) -> u64 {
        match self {
            Self::Uri(longest, _) => *longest,
            Self::Inline | Self::Omit(_) => u64::MAX,
        }
    }

    fn place(&mut self, element: &BulkElement<'_>) -> Result<Placement> {
        let (offset, length) = (element.offset(), element.length());
        Ok(match self {
            Self::Omit(longest) if length > *longest => Placement::Omit,
            Self::Uri(longest, base) if length > *longest => {
                Placement::Uri(format!("{base}?offset={offset}&length={length}"))
            }
            _ => Placement::Inline,
        })
    }
}
