//! One value of one VR. Whatever the bytes: no panic, and every way to count values gives the same number.
#![no_main]

use fastdcm::Vr;
use fastdcm::dataset::ByteOrder;
use fastdcm::value::character_set::CharacterSet;
use fastdcm::value::person_name::PersonName;
use fastdcm::value::{number, text};
use libfuzzer_sys::fuzz_target;

fn check_text(vr: Vr, bytes: &[u8], set: CharacterSet) {
    let raw: Vec<&[u8]> = text::raw_values(vr, bytes, set).collect();
    let decoded: Vec<_> = text::values(vr, bytes, set).collect();
    assert_eq!(decoded.len(), raw.len());
    assert_eq!(text::multiplicity(vr, bytes, set), raw.len());
    for value in &decoded {
        let name = PersonName::new(&value.text);
        assert!(name.groups().flat_map(|group| group.components()).count() <= value.text.len() + 1);
    }
}

fn check_numbers(vr: Vr, bytes: &[u8], order: ByteOrder) {
    if let Ok(numbers) = number::numbers(vr, bytes, order) {
        let (low, high) = numbers.size_hint();
        assert_eq!((low, high), (numbers.count(), Some(low)));
    }
    let count = number::count_values(bytes);
    let mut decimals = vec![0.0; count];
    assert!(number::decimals_into(bytes, &mut decimals).written <= count);
    let mut integers = vec![0; count];
    let filled = number::integers_into(bytes, &mut integers);
    for (integer, decimal) in integers.iter().zip(&decimals).take(filled.written) {
        // What is an integer for IS is the same number for DS.
        if filled.fault.is_none() && integer.unsigned_abs() < 1 << 53 {
            assert!((*integer as f64 - decimal).abs() < f64::EPSILON, "{integer} is not {decimal}");
        }
    }
    let _ = number::tags(bytes, order).map(Iterator::count);
}

fuzz_target!(|data: &[u8]| {
    let Some((&[first, second], bytes)) = data.split_first_chunk() else { return };
    let vr = Vr::ALL[usize::from(first) % Vr::ALL.len()];
    let order = if second & 1 == 0 { ByteOrder::Little } else { ByteOrder::Big };
    let terms: &[u8] = match second >> 1 & 3 {
        0 => b"",
        1 => b"ISO_IR 192",
        2 => b"GB18030",
        _ => b"\\ISO 2022 IR 87",
    };
    let (set, _) = CharacterSet::from_value(terms, CharacterSet::DEFAULT);
    check_text(vr, bytes, set);
    check_numbers(vr, bytes, order);
});
