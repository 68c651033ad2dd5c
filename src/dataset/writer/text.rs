//! Text in another character set (PS3.5 §6.1, PS3.3 C.12.1.1.2).

use super::planner::Context;
use crate::error::{ErrorKind, Result, WarningKind};
use crate::value::character_set::{CharacterSet, TextRules};
use crate::value::text::rules;
use crate::vr::Vr;

/// Text in another character set.
pub(super) struct Encoded {
    pub(super) bytes: Vec<u8>,
    /// Some bytes were not of the character set it was in.
    pub(super) is_damaged: bool,
}

/// True when these bytes are the same text in both character sets.
pub(super) fn is_the_same(bytes: &[u8], context: &Context) -> bool {
    context.has_one_character_set() || is_plain(bytes) && context.both_keep_ascii()
}

/// The same text in the target's character set, padded where its length is odd.
pub(super) fn encode_anew(bytes: &[u8], vr: Vr, context: &Context) -> Result<Encoded> {
    let (from, to) = (context.stored_set, context.target_set);
    let rules = rules(vr);
    let mut encoded = Encoded { bytes: Vec::with_capacity(bytes.len()), is_damaged: false };
    for (count, value) in from.split(bytes, rules).enumerate() {
        let decoded = from.decode(value, rules);
        let is_lossy = matches!(decoded.fault, Some(WarningKind::InvalidText | WarningKind::InvalidEscape));
        encoded.is_damaged |= is_lossy;
        if count > 0 {
            encoded.bytes.push(b'\\');
        }
        let value = to.encode(&decoded.text, rules);
        let value = value.map_err(|fault| ErrorKind::Unencodable { index: fault.character })?;
        encoded.bytes.extend(value);
    }
    // What padded the old bytes may be one byte too many now.
    if encoded.bytes.len() % 2 == 1 && encoded.bytes.last().is_some_and(|last| matches!(last, 0 | b' ')) {
        encoded.bytes.pop();
    }
    Ok(encoded)
}

/// True for a character set whose bytes below 80H are ASCII.
pub(super) fn keeps_ascii(set: CharacterSet) -> bool {
    // JIS X 0201 has a yen sign and an overline in place of these two.
    set.decode(b"\\~", TextRules::Single).text == "\\~"
}

/// True for bytes that are the same in all character sets that have ASCII.
fn is_plain(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte.is_ascii() && *byte != 0x1B)
}
