//! Data sets on their way out (PS3.5 §7): a draft is measured and checked as a whole, then written.
//!
//! A [`Draft`] borrows what was read and owns what is new. A [`Plan`] says which bytes come of it for a [`Target`]; all
//! that can be wrong is found before the first of them is written. What was read and stays as it is, is copied byte for
//! byte in runs as long as possible, whatever is odd about it.

mod draft;
mod element;
mod facts;
mod implicit;
mod part;
mod plan;
mod planner;
mod report;
mod row;
mod step;
mod target;
mod text;
mod verbatim;

pub use draft::{Draft, DraftItem, DraftPart, DraftValue, StoredRows};
pub use plan::Plan;
pub use report::Report;
pub use target::{SequenceLengths, Target};
