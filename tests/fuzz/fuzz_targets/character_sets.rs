//! Specific Character Set and a text of it, with a line feed between them. Whatever the bytes: no panic, time and memory
//! in proportion to them, and splitting loses nothing.
#![no_main]

use fastdcm::value::character_set::{CharacterSet, TextRules};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let (Some(terms), Some(text)) = (parts.next(), parts.next()) else { return };
    let (set, _) = CharacterSet::from_value(terms, CharacterSet::DEFAULT);
    if let Ok(name) = std::str::from_utf8(terms) {
        let _ = CharacterSet::by_name(name);
    }
    for rules in [TextRules::Values, TextRules::PersonName, TextRules::Single] {
        let values: Vec<&[u8]> = set.split(text, rules).collect();
        assert_eq!(values.join(&b'\\'), text, "splitting loses bytes");
        for value in values {
            let decoded = set.decode(value, rules);
            // One byte is at most one character, of at most four bytes; a replacement character takes three.
            assert!(decoded.text.len() <= value.len() * 4, "text out of proportion");
            let is_plain = value.iter().all(|byte| (0x20..0x7F).contains(byte) && !b"\\~".contains(byte));
            if is_plain {
                assert_eq!(decoded.text.as_bytes(), value, "ASCII is itself in every character set");
            }
        }
    }
});
