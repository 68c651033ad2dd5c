//! The DICOM JSON Model (PS3.18 Annex F): data sets as JSON text, and back.
//!
//! [`Writer`] goes from *bytes + index* straight to UTF-8, [`Reader`] from text to the bytes of a data set in explicit VR
//! little endian, which has an index like any other. Both go from element to element without a tree between.
//!
//! What is written:
//! - Tags ascend; of elements that occur twice the last counts. Group lengths are left out, and so are elements of
//!   groups 0000 and 0002 (PS3.18 §F.2.2), unless the file meta information itself is what is asked for.
//! - Specific Character Set (0008,0005) is ISO_IR 192, since JSON is UTF-8: wherever the data set or an item has the
//!   element, whatever its value, and in the root data set also without it, where any text goes beyond ASCII.
//! - An empty element has its VR only; an empty value among several is `null`, an empty item `{}`.
//! - DS and IS are numbers with the digits that stand in the file. They are strings where a reader with 64-bit numbers
//!   would lose digits, or where the text is no number. UV and SV are strings from 2^53 on.
//! - FL and FD are the shortest text that gives the same number of 32 or 64 bits. What is not finite follows
//!   [`NonFinite`].
//! - A binary number whose length is no multiple of its size is written as UN with its bytes.
//! - OB, OD, OF, OL, OV, OW and UN are base64 of little endian, or whatever [`BulkData`] decides. Encapsulated pixel
//!   data are the items with their headers, offset table first, without the delimiter of the sequence.

mod base64;
mod bulk_data;
mod context;
mod lexer;
mod number;
mod output;
mod read;
mod read_values;
mod text;
mod value;
mod vr_survey;
mod write;

pub use bulk_data::{BulkData, BulkDataUri, BulkDataUris, BulkElement, FileBulkData, Placement};
pub use context::ValueContext;
pub use read::Reader;
pub use text::push_text;
pub use value::NonFinite;
pub use write::{Subject, WriteOptions, Writer};
