//! What can be copied as it stands.

use super::draft::StoredRows;
use super::facts::own_character_set;
use super::planner::Context;
use super::text;
use crate::dataset::{Flags, Row};
use crate::error::Result;
use crate::tag::Tag;
use crate::vr::Vr;

/// Bytes of a delimiter.
const DELIMITER: u64 = 8;

/// The byte behind an element and its delimiter, when all of it can be copied: it is whole, and its text is in the
/// character set wanted.
pub(super) fn extent(
    stored: &StoredRows<'_>,
    number: u32,
    row: &Row,
    context: &Context,
) -> Result<Option<u64>> {
    let is_whole = is_whole(stored, number, row.end())?;
    if !is_whole || !context.has_one_character_set() && needs_encoding(stored, number, row.end(), context)? {
        return Ok(None);
    }
    Ok(Some(end_of(row)))
}

/// The byte behind an element and its delimiter.
pub(super) fn end_of(row: &Row) -> u64 {
    let delimiter = if row.has(Flags::UNDEFINED_LENGTH) { DELIMITER } else { 0 };
    row.value_end().saturating_add(delimiter)
}

/// True when no value of these rows is cut, and every undefined length has its delimiter.
pub(super) fn is_whole(stored: &StoredRows<'_>, first: u32, end: u32) -> Result<bool> {
    let rows = stored.index.rows().get(first as usize..end as usize).unwrap_or_default();
    for row in rows {
        if row.has(Flags::TRUNCATED) || row.has(Flags::UNDEFINED_LENGTH) && !has_delimiter(stored, row)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn has_delimiter(stored: &StoredRows<'_>, row: &Row) -> Result<bool> {
    // Where the input ends, fewer bytes are there than are asked for.
    let Ok(found) = stored.read(row.value_end(), DELIMITER) else { return Ok(false) };
    // Of a sequence with VR UN the delimiter is in little endian, wherever the sequence stands.
    Ok(if row.tag() == Tag::ITEM {
        matches!(*found, [0xFE, 0xFF, 0x0D, 0xE0, ..] | [0xFF, 0xFE, 0xE0, 0x0D, ..])
    } else {
        matches!(*found, [0xFE, 0xFF, 0xDD, 0xE0, ..] | [0xFF, 0xFE, 0xE0, 0xDD, ..])
    })
}

/// True when some text of these rows is other bytes in the target's character set. Items that name one keep theirs.
fn needs_encoding(stored: &StoredRows<'_>, first: u32, end: u32, context: &Context) -> Result<bool> {
    let mut number = first;
    while let Some(row) = stored.index.row(number).filter(|_| number < end) {
        let names_own = row.tag() == Tag::ITEM && own_character_set(stored, number + 1, row.end()).is_some();
        if names_own {
            number = row.end().max(number + 1);
            continue;
        }
        let is_text = row.vr() != Vr::SQ && row.vr().follows_character_set();
        if is_text && !text::is_the_same(&stored.value(row)?, context) {
            return Ok(true);
        }
        number += 1;
    }
    Ok(false)
}
