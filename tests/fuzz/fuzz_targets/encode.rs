//! A byte that chooses a VR, Specific Character Set, a line feed, and a value of it. Whatever the bytes: no panic, and what
//! is written is read as the same, without a fault.
#![no_main]

use fastdcm::Vr;
use fastdcm::dataset::ByteOrder;
use fastdcm::value::character_set::{CharacterSet, TextRules};
use fastdcm::value::check::{check_matching_key, check_text};
use fastdcm::value::encode::{TextFault, encode_integers, encode_reals, encode_texts, swap};
use fastdcm::value::{decimal_string, number, text};
use libfuzzer_sys::fuzz_target;

/// Writes a text and reads it again.
fn check_encoding(set: CharacterSet, text: &str, rules: TextRules) {
    match set.encode(text, rules) {
        Ok(bytes) => {
            assert!(set.decode(&bytes, rules).text == text, "read otherwise");
            if text.is_ascii() || set != CharacterSet::DEFAULT {
                assert_eq!(set.decode(&bytes, rules).fault, None, "written with a fault");
            }
            // An escape sequence before and behind each character, in the worst case.
            assert!(bytes.len() <= 16 * text.len(), "bytes out of proportion");
        }
        Err(fault) => {
            let before: String = text.chars().take(fault.character).collect();
            assert!(fault.character < text.chars().count(), "a fault behind the end");
            assert!(set.encode(&before, rules).is_ok(), "a fault before the one that is told");
        }
    }
}

fn check_values(vr: Vr, text: &str, set: CharacterSet) {
    let values: Vec<&str> = text.split('\\').collect();
    match encode_texts(vr, values.iter().copied(), set) {
        Ok(bytes) if vr.has_text_values() => {
            let rules = text::rules(vr);
            let set = text::character_set(vr, set);
            let read = set.split(&bytes, rules).map(|value| set.decode(value, rules).text);
            assert!(read.eq(values), "values are read otherwise");
        }
        Ok(_) => assert_eq!(values.len(), 1),
        Err(TextFault::SeveralValues { found }) => assert!(found > 1 && !vr.has_text_values()),
        Err(TextFault::Character { value, fault }) => {
            assert!(fault.character < values[value].chars().count());
        }
        Err(TextFault::Backslash { .. }) => unreachable!("no value has one"),
    }
}

fn check_numbers(vr: Vr, bytes: &[u8]) {
    for number in number::binary::<f64>(bytes, ByteOrder::Little).into_iter().flatten() {
        if let Some(text) = decimal_string(number) {
            assert_eq!(check_text(Vr::DS, &text), Ok(()));
        }
        let _ = encode_reals(vr, [number], ByteOrder::Big);
    }
    for number in number::binary::<i64>(bytes, ByteOrder::Little).into_iter().flatten() {
        if let Ok(bytes) = encode_integers(vr, [number.into()], ByteOrder::Big) {
            assert_eq!(bytes.len(), vr.unit());
        }
    }
    let mut swapped = bytes.to_vec();
    swap(&mut swapped, vr.unit());
    swap(&mut swapped, vr.unit());
    assert_eq!(swapped, bytes);
}

fuzz_target!(|data: &[u8]| {
    let Some((first, data)) = data.split_first() else { return };
    let vr = Vr::ALL[usize::from(*first) % Vr::ALL.len()];
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let (Some(terms), Some(bytes)) = (parts.next(), parts.next()) else { return };
    let (set, _) = CharacterSet::from_value(terms, CharacterSet::DEFAULT);
    let given = String::from_utf8_lossy(bytes);
    for rules in [TextRules::Values, TextRules::PersonName, TextRules::Single] {
        check_encoding(set, &given, rules);
        check_encoding(set, &set.decode(bytes, rules).text, rules);
    }
    check_values(vr, &given, set);
    if check_text(vr, &given).is_ok() {
        assert_eq!(check_matching_key(vr, &given), Ok(()));
    }
    check_numbers(vr, bytes);
});
