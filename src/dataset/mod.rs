//! Data sets (PS3.5 §7): bytes → index, and views on both.

mod index;
mod tokenizer;
mod view;

pub use index::{Flags, Index, Row};
pub use tokenizer::{Encoding, Progress, Tokenizer, TokenizerOptions, VrForm};
pub use view::{ByteOrder, DatasetView, ElementView};
