use proptest::prelude::*;

use super::super::number::{self, Number, binary};
use super::*;

fn set(terms: &str) -> CharacterSet {
    CharacterSet::from_value(terms.as_bytes(), CharacterSet::DEFAULT).0
}

fn encoded(vr: Vr, values: &[&str], terms: &str) -> Result<Vec<u8>, TextFault> {
    encode_texts(vr, values.iter().copied(), set(terms))
}

#[test]
fn ps3_5_6_4_values_are_joined() {
    for (vr, values, bytes) in [
        (Vr::CS, &["ORIGINAL", "PRIMARY", "", "AXIAL"][..], &b"ORIGINAL\\PRIMARY\\\\AXIAL"[..]),
        (Vr::DS, &["1.5", "-2"], b"1.5\\-2"),
        (Vr::LO, &["", ""], b"\\"),
        (Vr::LO, &[""], b""),
        (Vr::LO, &[], b""),
        (Vr::LT, &["C:\\path"], b"C:\\path"),
        (Vr::UR, &["https://example.org"], b"https://example.org"),
    ] {
        assert_eq!(encoded(vr, values, "").as_deref(), Ok(bytes), "{vr}");
    }
    let bytes = encoded(Vr::PN, &["山^田", "A"], "\\ISO 2022 IR 87");
    assert_eq!(bytes.as_deref(), Ok(&b"\x1b$B;3\x1b(B^\x1b$BED\x1b(B\\A"[..]));
}

#[test]
fn what_would_be_read_otherwise_is_refused() {
    assert_eq!(encoded(Vr::LO, &["a", "b\\c"], ""), Err(TextFault::Backslash { value: 1 }));
    assert_eq!(encoded(Vr::PN, &["\\"], "ISO_IR 192"), Err(TextFault::Backslash { value: 0 }));
    assert_eq!(encoded(Vr::LT, &["a", "b"], ""), Err(TextFault::SeveralValues { found: 2 }));
    let fault = TextFault::Character { value: 1, fault: EncodeFault { character: 2 } };
    assert_eq!(encoded(Vr::LO, &["ü", "abя"], "ISO_IR 100"), Err(fault));
    let text = "value 1: the character at index 2 is not in the Specific Character Set";
    assert_eq!(fault.to_string(), text);
}

#[test]
fn only_seven_vrs_follow_specific_character_set() {
    for &vr in Vr::ALL.iter().filter(|vr| !matches!(vr.kind(), ValueKind::Number | ValueKind::Bytes)) {
        let follows = matches!(vr, Vr::SH | Vr::LO | Vr::ST | Vr::LT | Vr::UC | Vr::UT | Vr::PN);
        assert_eq!(encoded(vr, &["é"], "ISO_IR 192").is_ok(), follows, "{vr}");
    }
}

#[test]
fn ps3_5_6_2_padding() {
    let spaces = "AE AS CS DA DS DT IS LO LT PN SH ST TM UC UR UT";
    for &vr in Vr::ALL {
        let expected = if spaces.split(' ').any(|name| name == vr.as_str()) { b' ' } else { 0 };
        assert_eq!(padding(vr), expected, "{vr}");
    }
}

#[test]
fn ps3_5_7_3_byte_order() {
    let bytes: Vec<u8> = (0..11).collect();
    let swapped = |unit| {
        let mut bytes = bytes.clone();
        swap(&mut bytes, unit);
        bytes
    };
    assert_eq!(swapped(2), [1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 10]);
    assert_eq!(swapped(4), [3, 2, 1, 0, 7, 6, 5, 4, 8, 9, 10]);
    assert_eq!(swapped(8), [7, 6, 5, 4, 3, 2, 1, 0, 8, 9, 10]);
    assert_eq!(swapped(3), [2, 1, 0, 5, 4, 3, 8, 7, 6, 9, 10]);
    for unit in [0, 1, 12, usize::MAX] {
        assert_eq!(swapped(unit), bytes);
    }
}

#[test]
fn integers_are_written_in_the_size_of_their_vr() {
    use ByteOrder::{Big, Little};
    assert_eq!(encode_integers(Vr::US, [1, 65535], Little), Ok(vec![1, 0, 255, 255]));
    assert_eq!(encode_integers(Vr::SS, [-2, 0x1234], Big), Ok(vec![255, 254, 0x12, 0x34]));
    assert_eq!(encode_integers(Vr::SV, [i64::MIN.into()], Big), Ok(vec![128, 0, 0, 0, 0, 0, 0, 0]));
    assert_eq!(encode_integers(Vr::UV, [u64::MAX.into()], Little), Ok(vec![255; 8]));
    assert_eq!(encode_integers(Vr::OB, [7, 255], Big), Ok(vec![7, 255]));
    assert_eq!(
        encode_integers(Vr::US, [1, 65536], Little),
        Err(ValueFault::Range { vr: Vr::US, least: 0, greatest: 65535 })
    );
    assert_eq!(encode_integers(Vr::FL, [1], Little), Err(ValueFault::Kind { vr: Vr::FL }));
    assert_eq!(encode_integers(Vr::LO, [1], Little), Err(ValueFault::Kind { vr: Vr::LO }));
}

#[test]
fn reals_and_tags() {
    let order = ByteOrder::Big;
    assert_eq!(
        encode_reals(Vr::FL, [1.0, f64::INFINITY], order),
        Ok(vec![0x3F, 0x80, 0, 0, 0x7F, 0x80, 0, 0])
    );
    assert_eq!(encode_reals(Vr::FD, [-2.0], order), Ok(vec![0xC0, 0, 0, 0, 0, 0, 0, 0]));
    assert_eq!(encode_reals(Vr::OF, [1e39], order), Err(ValueFault::NotFinite { vr: Vr::OF }));
    assert_eq!(encode_reals(Vr::US, [1.0], order), Err(ValueFault::Kind { vr: Vr::US }));
    let tags = [Tag(0x0010_0020), Tag(0x7FE0_0010)];
    assert_eq!(encode_tags(tags, ByteOrder::Little), [0x10, 0, 0x20, 0, 0xE0, 0x7F, 0x10, 0]);
    assert_eq!(encode_tags(tags, order), [0, 0x10, 0, 0x20, 0x7F, 0xE0, 0, 0x10]);
    for order in [ByteOrder::Little, order] {
        assert!(number::tags(&encode_tags(tags, order), order).unwrap().eq(tags));
    }
}

const ORDERS: [ByteOrder; 2] = [ByteOrder::Little, ByteOrder::Big];

proptest! {
    #[test]
    fn integers_are_read_back(values in proptest::collection::vec(any::<i64>(), 0..9), shift in 0_u32..64) {
        for vr in [Vr::US, Vr::SS, Vr::UL, Vr::SL, Vr::UV, Vr::SV, Vr::OB, Vr::OW, Vr::OL, Vr::OV] {
            for order in ORDERS {
                let values: Vec<i128> = values.iter().map(|value| i128::from(value >> shift)).collect();
                let Ok(bytes) = encode_integers(vr, values.iter().copied(), order) else {
                    prop_assert!(values.iter().any(|value| check_integer(vr, *value).is_err()));
                    continue;
                };
                let read = number::numbers(vr, &bytes, order).unwrap().map(|number| match number {
                    Number::Unsigned(value) => Some(i128::from(value)),
                    Number::Signed(value) => Some(value.into()),
                    Number::Real(_) => None,
                });
                prop_assert!(read.eq(values.into_iter().map(Some)));
            }
        }
    }

    #[test]
    fn swapped_bytes_are_the_numbers_in_the_other_order(numbers in proptest::collection::vec(any::<u32>(), 0..9)) {
        let mut bytes = encode_numbers(&numbers, ByteOrder::Little);
        prop_assert!(binary::<u32>(&bytes, ByteOrder::Little).unwrap().eq(numbers.iter().copied()));
        swap(&mut bytes, 4);
        prop_assert_eq!(&bytes, &encode_numbers(&numbers, ByteOrder::Big));
        swap(&mut bytes, 4);
        prop_assert_eq!(bytes, encode_numbers(&numbers, ByteOrder::Little));
    }

    #[test]
    fn texts_are_read_back(
        vr in proptest::sample::select(Vr::ALL).prop_filter("text", |vr| vr.has_text_values()),
        values in proptest::collection::vec("[!-~äя山길王\\\\]{1,6}", 1..5),
        terms in proptest::sample::select(vec!["ISO_IR 192", "GB18030", "ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 87"]),
    ) {
        let set = set(terms);
        match encode_texts(vr, values.iter().map(String::as_str), set) {
            Ok(bytes) => {
                let read: Vec<_> = text::values(vr, &bytes, set).map(|value| value.text).collect();
                if vr != Vr::PN {
                    prop_assert_eq!(read, values);
                }
            }
            Err(TextFault::Backslash { value }) => prop_assert!(values[value].contains('\\')),
            Err(TextFault::Character { value, .. }) => prop_assert!(!values[value].is_ascii()),
            Err(fault) => prop_assert!(false, "{}", fault),
        }
    }
}
