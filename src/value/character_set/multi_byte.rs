//! Where characters begin in encodings whose second bytes may be 5CH (PS3.5 §6.1.2.3, Annexes J and K).

use encoding_rs::{BIG5, Encoding, GB18030, GBK, SHIFT_JIS};

/// True when a byte 5CH may be half a character of `encoding`.
pub fn has_backslash_inside(encoding: &'static Encoding) -> bool {
    [GBK, GB18030, SHIFT_JIS, BIG5].contains(&encoding)
}

/// The length of the first value of `bytes`: all before the first backslash that is not half a character.
pub fn value_length(encoding: &'static Encoding, bytes: &[u8]) -> usize {
    let mut length = 0;
    while let Some(rest @ [first, ..]) = bytes.get(length..) {
        if *first == b'\\' {
            break;
        }
        length += if first.is_ascii() { 1 } else { character_length(encoding, rest) };
    }
    length.min(bytes.len())
}

fn character_length(encoding: &'static Encoding, bytes: &[u8]) -> usize {
    let is_lead = |byte: u8| match encoding {
        encoding if encoding == SHIFT_JIS => matches!(byte, 0x81..=0x9F | 0xE0..=0xFC),
        _ => matches!(byte, 0x81..=0xFE),
    };
    let is_trail = |byte: u8| match encoding {
        encoding if encoding == SHIFT_JIS => matches!(byte, 0x40..=0x7E | 0x80..=0xFC),
        encoding if encoding == BIG5 => matches!(byte, 0x40..=0x7E | 0xA1..=0xFE),
        _ => matches!(byte, 0x40..=0x7E | 0x80..=0xFE),
    };
    match *bytes {
        // Four bytes, in GB18030 only; a GBK reader meets them where a writer has just the term wrong.
        [0x81..=0xFE, 0x30..=0x39, 0x81..=0xFE, 0x30..=0x39, ..]
            if encoding == GBK || encoding == GB18030 =>
        {
            4
        }
        [lead, trail, ..] if is_lead(lead) && is_trail(trail) => 2,
        _ => 1,
    }
}
