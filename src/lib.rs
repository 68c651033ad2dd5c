//! DICOM in Rust: one pass, one index, many views.
//!
//! A tokenizer walks the bytes of a data set once and writes a flat index of byte ranges ([`dataset`]). Everything
//! else is a view on *bytes + index*: values ([`value`]), JSON ([`json`]), pixels ([`pixel`]), tables over many files ([`bulk`]) and, with
//! the feature `python`, the extension module behind the Python package.
//!
//! A lower module never imports an upper one: words ([`tag`], [`vr`], [`uid`], [`dictionary`], [`transfer_syntax`],
//! [`limits`], [`error`]) < [`source`] and [`sink`] < [`dataset`] and [`value`] < [`mod@file`] < [`json`], [`pixel`],
//! [`codec`] < [`bulk`] < `python`.

pub mod bulk;
pub mod codec;
pub mod dataset;
pub mod dictionary;
pub mod error;
pub mod file;
pub mod json;
pub mod limits;
pub mod pixel;
#[cfg(feature = "python")]
mod python;
pub mod sink;
pub mod source;
pub mod tag;
pub mod transfer_syntax;
pub mod uid;
pub mod value;
pub mod vr;

pub use error::{Error, ErrorKind, Result, Warning, WarningKind};
pub use limits::Limits;
pub use tag::Tag;
pub use uid::Uid;
pub use vr::Vr;
