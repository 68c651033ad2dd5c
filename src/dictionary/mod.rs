//! Dictionaries (PS3.6): attributes, UIDs, private attributes; generated static tables.
//!
//! `generate.py` makes the tables of `generated/` from those of `tables/`. They are constant data of the library,
//! found by perfect hashes made beforehand: nothing is built, allocated or locked at run time.

mod attribute;
#[rustfmt::skip]
pub(crate) mod generated;
mod perfect_hash;
mod private;
mod similar;
mod text;
mod uid;
mod value_representation;

pub use attribute::{Attribute, attribute, keywords, tag_for_keyword, vr};
pub use private::{PrivateAttribute, private_attribute};
pub use similar::similar_keyword;
pub use uid::{UidEntry, UidKind, uid, uid_for_keyword};
pub use value_representation::{DictionaryVr, Vm};

pub(crate) use uid::{number_of_uid, uid_entry};

/// The rows of an input table, for tests.
#[cfg(test)]
pub(crate) fn table_rows<const COLUMNS: usize>(table: &'static str) -> Vec<[&'static str; COLUMNS]> {
    let rows = table.lines().skip(1);
    rows.map(|row| row.split('\t').collect::<Vec<_>>().try_into().unwrap()).collect()
}
