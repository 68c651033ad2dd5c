//! Data sets (PS3.5 §7): bytes → index, and views on both.

mod ambiguous;
mod creators;
mod element;
mod encoding;
mod header;
mod index;
mod level;
mod options;
mod repair;
mod tokenizer;
mod view;
mod window;
mod writer;

pub use ambiguous::Deciders;
pub use encoding::{Encoding, VrForm};
pub use header::{explicit_header, explicit_header_size, item_header, vr_for_length};
pub use index::{Flags, Index, Row, sort_by_tag};
pub use options::{Part, TokenizerOptions};
pub use tokenizer::{Progress, Tokenizer};
pub use view::{ByteOrder, DatasetView, ElementView};
pub use writer::{
    Draft, DraftItem, DraftPart, DraftValue, Plan, Report, SequenceLengths, StoredRows, Target,
};
