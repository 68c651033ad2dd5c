//! Faults → exceptions: the one place where an [`Error`] becomes a Python object.

use pyo3::exceptions::{PyIndexError, PyKeyboardInterrupt, PyMemoryError, PyOSError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

use crate::error::{Error, ErrorKind, TagPath, Warning, WarningKind};
use crate::tag::Tag;
use crate::uid::Uid;
use crate::vr::Vr;

/// The classes of `fastdcm.errors` that faults become.
#[derive(Clone, Copy)]
#[repr(usize)]
enum Class {
    NotDicom,
    Truncated,
    InvalidLength,
    InvalidValue,
    LimitExceeded,
    PixelData,
    Codec,
    OffsetTable,
    UnsupportedTransferSyntax,
    NotRegularFile,
    FileChanged,
    Warning,
}

impl Class {
    const NAMES: [&'static str; 12] = [
        "NotDicomError",
        "TruncatedError",
        "InvalidLengthError",
        "InvalidValueError",
        "LimitExceededError",
        "PixelDataError",
        "CodecError",
        "OffsetTableError",
        "UnsupportedTransferSyntaxError",
        "NotRegularFileError",
        "FileChangedError",
        "DicomWarning",
    ];

    fn get(self, py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
        static CLASSES: [PyOnceLock<Py<PyType>>; Class::NAMES.len()] =
            [const { PyOnceLock::new() }; Class::NAMES.len()];
        let number = self as usize;
        match (CLASSES.get(number), Self::NAMES.get(number)) {
            (Some(cell), Some(name)) => cell.import(py, "fastdcm.errors", name),
            _ => Err(PyOSError::new_err("no such exception")),
        }
    }
}

/// A fault on its way to Python, with the path of the file it is about.
pub struct Raise<'a> {
    error: &'a Error,
    filename: Option<&'a Bound<'a, PyAny>>,
}

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        Python::attach(|py| to_exception(py, &error, None))
    }
}

/// The exception for a fault of the file with this name.
pub fn to_exception(py: Python<'_>, error: &Error, filename: Option<&Bound<'_, PyAny>>) -> PyErr {
    Raise { error, filename }.exception(py).unwrap_or_else(|failure| failure)
}

impl Raise<'_> {
    fn exception(&self, py: Python<'_>) -> PyResult<PyErr> {
        match self.error.kind() {
            ErrorKind::Empty | ErrorKind::NotDicom | ErrorKind::NoPrefix | ErrorKind::NoDataSet => {
                self.parse(py, Class::NotDicom)
            }
            ErrorKind::Truncated { .. } | ErrorKind::Deflate => self.parse(py, Class::Truncated),
            ErrorKind::InvalidLength { .. }
            | ErrorKind::ValueLength { .. }
            | ErrorKind::ValueTooLong { .. } => self.parse(py, Class::InvalidLength),
            ErrorKind::InvalidValue(_)
            | ErrorKind::Unencodable { .. }
            | ErrorKind::Unwritable(_)
            | ErrorKind::Json { .. } => self.parse(py, Class::InvalidValue),
            ErrorKind::Strict(warning) => self.parse(py, strict_class(*warning)),
            ErrorKind::LimitExceeded { limit, value, allowed: _ } => {
                let attributes = PyDict::new(py);
                attributes.set_item("limit", limit)?;
                attributes.set_item("value", value)?;
                self.with(py, Class::LimitExceeded, &attributes)
            }
            ErrorKind::PixelData(_) | ErrorKind::Missing(_) | ErrorKind::EncapsulatedPixelData => {
                self.with(py, Class::PixelData, &PyDict::new(py))
            }
            ErrorKind::Codec { codec, frame, reason: _ } => {
                let attributes = PyDict::new(py);
                attributes.set_item("codec", codec)?;
                attributes.set_item("frame", frame)?;
                self.with(py, Class::Codec, &attributes)
            }
            ErrorKind::OffsetTable(_) => self.with(py, Class::OffsetTable, &PyDict::new(py)),
            ErrorKind::UnsupportedTransferSyntax(uid) => {
                let attributes = PyDict::new(py);
                attributes.set_item("transfer_syntax", uid.as_str())?;
                self.with(py, Class::UnsupportedTransferSyntax, &attributes)
            }
            ErrorKind::NotRegularFile(_) => self.io(py, Class::NotRegularFile.get(py)?, Some(EINVAL)),
            ErrorKind::FileChanged => self.io(py, Class::FileChanged.get(py)?, None),
            ErrorKind::Io { kind, code } => {
                let code = code.or_else(|| errno_of(*kind));
                self.io(py, &py.get_type::<PyOSError>(), code)
            }
            ErrorKind::FrameIndex { .. } | ErrorKind::ValueIndex { .. } => {
                Ok(PyIndexError::new_err(self.message()?))
            }
            ErrorKind::OutOfMemory(_) => Ok(PyMemoryError::new_err(self.error.to_string())),
            ErrorKind::Interrupted => Ok(PyKeyboardInterrupt::new_err(())),
        }
    }

    /// A `ParseError`, with where it was found.
    fn parse(&self, py: Python<'_>, class: Class) -> PyResult<PyErr> {
        let attributes = PyDict::new(py);
        let path = self.error.path();
        attributes.set_item("offset", self.error.offset())?;
        attributes.set_item("tag", path.tag.map(|tag| tag.0))?;
        attributes.set_item("path", path.to_string())?;
        self.with(py, class, &attributes)
    }

    fn with(&self, py: Python<'_>, class: Class, attributes: &Bound<'_, PyDict>) -> PyResult<PyErr> {
        Ok(PyErr::from_value(class.get(py)?.call((self.message()?,), Some(attributes))?))
    }

    /// What was wrong, and the name of the file.
    fn message(&self) -> PyResult<String> {
        let message = self.error.to_string();
        Ok(match self.filename {
            Some(name) => format!("{message} ({})", name.str()?.to_string_lossy()),
            None => message,
        })
    }

    /// An `OSError`; Python itself chooses the subclass by `errno`.
    fn io(&self, _py: Python<'_>, class: &Bound<'_, PyType>, code: Option<i32>) -> PyResult<PyErr> {
        let Some(code) = code else {
            return Ok(PyErr::from_value(class.call1((self.message()?,))?));
        };
        let text = self.error.kind().to_string();
        Ok(PyErr::from_value(class.call1((code, text, self.filename))?))
    }
}

/// The exception of every kind of fault, by the name of the kind: for the tests.
#[pyfunction]
pub fn exceptions(py: Python<'_>) -> Vec<(&'static str, Py<PyAny>)> {
    let io = |kind| ErrorKind::Io { kind, code: None };
    let samples: Vec<(&'static str, ErrorKind)> = vec![
        ("Empty", ErrorKind::Empty),
        ("NotDicom", ErrorKind::NotDicom),
        ("NoPrefix", ErrorKind::NoPrefix),
        ("NoDataSet", ErrorKind::NoDataSet),
        ("Truncated", ErrorKind::Truncated { needed: 8, available: 4 }),
        ("InvalidLength", ErrorKind::InvalidLength { length: 70, available: 12 }),
        ("InvalidValue", ErrorKind::InvalidValue("no number")),
        ("Json", ErrorKind::Json { place: "$[\"00280010\"]".into(), reason: "no number" }),
        ("LimitExceeded", ErrorKind::LimitExceeded { limit: "depth", value: 129, allowed: 128 }),
        ("Deflate", ErrorKind::Deflate),
        ("Strict", ErrorKind::Strict(WarningKind::OddLength)),
        ("PixelData", ErrorKind::PixelData("no pixels".into())),
        ("Missing", ErrorKind::Missing(Tag::new(0x0028, 0x0010))),
        ("Codec", ErrorKind::Codec { codec: "RLE", frame: 3, reason: "short".into() }),
        ("OffsetTable", ErrorKind::OffsetTable("past the end".into())),
        (
            "UnsupportedTransferSyntax",
            Uid::from_value(b"1.2.3").map_or(ErrorKind::Empty, ErrorKind::UnsupportedTransferSyntax),
        ),
        ("FrameIndex", ErrorKind::FrameIndex { index: 3, frames: 3 }),
        ("ValueIndex", ErrorKind::ValueIndex { tag: Tag::new(0x0028, 0x1050), index: 2, count: 2 }),
        ("ValueLength", ErrorKind::ValueLength { vr: Vr::US, length: 3 }),
        ("ValueTooLong", ErrorKind::ValueTooLong { vr: Vr::LO, length: 70_000 }),
        ("Unencodable", ErrorKind::Unencodable { index: 2 }),
        ("Unwritable", ErrorKind::Unwritable("a value of another type".into())),
        ("EncapsulatedPixelData", ErrorKind::EncapsulatedPixelData),
        ("NotRegularFile", ErrorKind::NotRegularFile("FIFO")),
        ("FileChanged", ErrorKind::FileChanged),
        ("Io NotFound", io(std::io::ErrorKind::NotFound)),
        ("Io PermissionDenied", io(std::io::ErrorKind::PermissionDenied)),
        ("Io AlreadyExists", io(std::io::ErrorKind::AlreadyExists)),
        ("Io IsADirectory", io(std::io::ErrorKind::IsADirectory)),
        ("Io Other", io(std::io::ErrorKind::Other)),
        ("OutOfMemory", ErrorKind::OutOfMemory(1 << 60)),
        ("Interrupted", ErrorKind::Interrupted),
    ];
    let path = TagPath { items: vec![(Tag::new(0x0040, 0x0275), 1)], tag: Some(Tag::new(0x0010, 0x0010)) };
    let fault = |kind| to_exception(py, &Error::from(kind).at(0x1A4).of(path.clone()), None);
    samples.into_iter().map(|(name, kind)| (name, fault(kind).into_value(py).into_any())).collect()
}

/// What strict reading raises for a warning.
fn strict_class(warning: WarningKind) -> Class {
    use WarningKind as W;
    match warning {
        W::NoPreamble => Class::NotDicom,
        W::Truncated | W::SequenceDelimiterMissing | W::DeflateDamaged | W::FragmentTruncated => {
            Class::Truncated
        }
        W::MetaGroupLengthWrong
        | W::ItemLengthClipped
        | W::LengthClipped
        | W::OddLength
        | W::InvalidLength => Class::InvalidLength,
        _ => Class::InvalidValue,
    }
}

/// The number that a path of the wrong kind gets.
const EINVAL: i32 = 22;

/// The number Python picks the subclass of `OSError` by, for kinds that came without one.
fn errno_of(kind: std::io::ErrorKind) -> Option<i32> {
    match kind {
        std::io::ErrorKind::NotFound => Some(2),
        std::io::ErrorKind::PermissionDenied => Some(13),
        std::io::ErrorKind::AlreadyExists => Some(17),
        std::io::ErrorKind::IsADirectory => Some(21),
        _ => None,
    }
}

/// The `DicomWarning` record of a warning.
pub fn to_warning<'py>(py: Python<'py>, warning: &Warning) -> PyResult<Bound<'py, PyAny>> {
    let attributes = PyDict::new(py);
    attributes.set_item("kind", warning.kind.name())?;
    attributes.set_item("offset", warning.offset)?;
    attributes.set_item("tag", warning.path.tag.map(|Tag(number)| number))?;
    attributes.set_item("path", warning.path.to_string())?;
    Class::Warning.get(py)?.call((warning.to_string(),), Some(&attributes))
}
