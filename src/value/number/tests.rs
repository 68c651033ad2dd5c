use proptest::prelude::*;

use super::*;

const INVALID: WarningKind = WarningKind::InvalidNumber;
const OVERFLOW: WarningKind = WarningKind::NumberOverflow;

#[test]
fn ps3_5_6_2_ds() {
    for (text, value) in [
        ("0", 0.0),
        (" 1.50 ", 1.5),
        ("+1.", 1.0),
        (".5", 0.5),
        ("-.5", -0.5),
        ("1e5", 1e5),
        ("-1.25E-3", -1.25e-3),
        ("0.1", 0.1),
        ("123456789012345", 123_456_789_012_345.0),
        ("1234567890123456", 1_234_567_890_123_456.0),
        ("0.30000000000000004", 0.300_000_000_000_000_04),
        ("1e-999", 0.0),
        ("1.5\0", 1.5),
        ("000000000000000000001", 1.0),
    ] {
        assert_eq!(parse_decimal(text.as_bytes()), Ok(Some(value)), "{text}");
    }
    assert!(parse_decimal(b"-0").unwrap().unwrap().is_sign_negative());
    assert_eq!(parse_decimal(b"  "), Ok(None));
    for text in [
        "1,5",
        "nan",
        "inf",
        "-infinity",
        "1_0",
        "1 2",
        "1d5",
        "",
        ".",
        "-",
        "+",
        "e5",
        "1e",
        "--1",
        "0x10",
        "1.2.3",
        "\u{663}",
    ] {
        let expected = if text.is_empty() { Ok(None) } else { Err(INVALID) };
        assert_eq!(parse_decimal(text.as_bytes()), expected, "{text}");
    }
    assert_eq!(parse_decimal(b"1e999"), Err(OVERFLOW));
    assert_eq!(parse_decimal(b"-1e999"), Err(OVERFLOW));
}

#[test]
fn ps3_5_6_2_is() {
    use IntegerString::{Decimal, Integer, Large, Real};
    for (text, value, fault) in [
        ("0", Integer(0), None),
        (" -12 ", Integer(-12), None),
        ("+5", Integer(5), None),
        ("007", Integer(7), None),
        ("2147483647", Integer(i32::MAX), None),
        ("-2147483648", Integer(i32::MIN), None),
        ("2147483648", Large(2_147_483_648), Some(OVERFLOW)),
        ("9223372036854775807", Large(i64::MAX), Some(OVERFLOW)),
        ("1.0", Decimal(1), Some(INVALID)),
        ("-3.", Decimal(-3), Some(INVALID)),
        ("1e3", Decimal(1000), Some(INVALID)),
        ("1.5", Real(1.5), Some(INVALID)),
    ] {
        assert_eq!(parse_integer(text.as_bytes()), Ok(Some(value)), "{text}");
        assert_eq!(value.fault(), fault, "{text}");
    }
    assert_eq!(parse_integer(b" "), Ok(None));
    for text in ["99999999999999999999999", "1e30", "1e999"] {
        assert_eq!(parse_integer(text.as_bytes()), Err(OVERFLOW), "{text}");
    }
    for text in ["x", "1,5", "0x10", "1_0", "-", "1 2", "--1"] {
        assert_eq!(parse_integer(text.as_bytes()), Err(INVALID), "{text}");
    }
}

#[test]
fn many_decimals_fill_a_buffer() {
    let mut out = [0.0; 4];
    assert_eq!(decimals_into(b"1\\ 2.5 \\-3e0 ", &mut out), Filled { written: 3, fault: None });
    assert_eq!(out, [1.0, 2.5, -3.0, 0.0]);
    assert_eq!(decimals_into(b"1\\\\x\\1e999\\5", &mut out), Filled { written: 4, fault: Some(INVALID) });
    assert!(out[1..].iter().all(|value| value.is_nan()));
    assert_eq!(decimals_into(b" ", &mut out), Filled { written: 0, fault: None });
    assert_eq!(count_values(b"1\\\\3"), 3);
    assert_eq!(count_values(b""), 0);
}

#[test]
fn many_integers_fill_a_buffer() {
    let mut out = [7; 4];
    assert_eq!(integers_into(b"1\\-2\\3 ", &mut out), Filled { written: 3, fault: None });
    assert_eq!(out, [1, -2, 3, 7]);
    assert_eq!(integers_into(b"1\\\\1.5\\x", &mut out), Filled { written: 4, fault: Some(INVALID) });
    assert_eq!(out, [1, 0, 0, 0]);
}

#[test]
fn ps3_5_7_3_binary_numbers_in_both_byte_orders() {
    use ByteOrder::{Big, Little};
    use Number::{Real, Signed, Unsigned};
    let read = |vr, bytes: &[u8], order| numbers(vr, bytes, order).unwrap().next().unwrap();
    assert_eq!(read(Vr::US, &[0xFE, 0xFF], Little), Unsigned(0xFFFE));
    assert_eq!(read(Vr::US, &[0xFE, 0xFF], Big), Unsigned(0xFEFF));
    assert_eq!(read(Vr::SS, &[0xFE, 0xFF], Little), Signed(-2));
    assert_eq!(read(Vr::UL, &[1, 0, 0, 0x80], Little), Unsigned(0x8000_0001));
    assert_eq!(read(Vr::SL, &[1, 0, 0, 0x80], Big), Signed(0x0100_0080));
    assert_eq!(read(Vr::UV, &[0xFF; 8], Big), Unsigned(u64::MAX));
    assert_eq!(read(Vr::SV, &[0xFF; 8], Little), Signed(-1));
    assert_eq!(read(Vr::FL, &1.5_f32.to_be_bytes(), Big), Real(1.5));
    assert_eq!(read(Vr::FD, &0.1_f64.to_le_bytes(), Little), Real(0.1));
    assert_eq!(read(Vr::OB, &[200], Big), Unsigned(200));
    let bytes = [0x10, 0x00, 0x20, 0x00, 0x7F, 0xE0, 0x00, 0x10];
    assert_eq!(tags(&bytes, Little).unwrap().collect::<Vec<_>>(), [Tag(0x0010_0020), Tag(0xE07F_1000)]);
    assert_eq!(tags(&bytes, Big).unwrap().collect::<Vec<_>>(), [Tag(0x1000_2000), Tag(0x7FE0_0010)]);
}

#[test]
fn a_length_that_does_not_fit_is_told() {
    for (vr, size) in
        [(Vr::US, 2), (Vr::SL, 4), (Vr::FL, 4), (Vr::FD, 8), (Vr::UV, 8), (Vr::OW, 2), (Vr::OD, 8)]
    {
        for length in 0..24 {
            let bytes = vec![0; length];
            let result = numbers(vr, &bytes, ByteOrder::Little).map(|numbers| numbers.len());
            let expected =
                if length % size == 0 { Ok(length / size) } else { Err(WarningKind::InvalidLength) };
            assert_eq!(result, expected, "{vr} {length}");
        }
    }
    assert_eq!(tags(&[0; 6], ByteOrder::Little).err(), Some(WarningKind::InvalidLength));
    assert_eq!(binary::<f32>(&[0; 3], ByteOrder::Big).err(), Some(WarningKind::InvalidLength));
}

#[test]
fn unaligned_bytes_fill_a_buffer() {
    let bytes: Vec<u8> = (0..17).collect();
    let mut out = [0_u32; 8];
    assert_eq!(u32::read_into(&bytes[1..], ByteOrder::Big, &mut out), 4);
    assert_eq!(out[..2], [0x0102_0304, 0x0506_0708]);
    assert_eq!(u32::read_into(&bytes, ByteOrder::Little, &mut out[..1]), 1);
    assert_eq!(out[0], 0x0302_0100);
}

proptest! {
    #[test]
    fn decimals_are_rounded_as_by_the_standard_library(text in "[+-]?[0-9]{0,18}(\\.[0-9]{0,18})?([eE][+-]?[0-9]{1,2})?") {
        let expected = text.parse::<f64>().ok();
        prop_assert_eq!(parse_decimal(text.as_bytes()).ok().flatten().map(f64::to_bits), expected.map(f64::to_bits));
    }

    #[test]
    fn any_integer_is_read_back(value in any::<i64>()) {
        let read = parse_integer(value.to_string().as_bytes()).unwrap().unwrap();
        prop_assert_eq!(read.integer(), Some(value));
        prop_assert_eq!(read.fault().is_none(), i32::try_from(value).is_ok());
    }

    #[test]
    fn one_by_one_equals_all_at_once(bytes in "[0-9.eE+,x \\\\-]{0,60}") {
        let text = bytes.as_bytes();
        let count = count_values(trim(text));
        let (mut reals, mut integers) = (vec![0.0; count], vec![0; count]);
        prop_assert_eq!(decimals_into(text, &mut reals).written, count);
        prop_assert_eq!(integers_into(text, &mut integers).written, count);
        let values = trim(text).split(|byte| *byte == b'\\').take(count);
        for (value, (real, integer)) in values.zip(reals.iter().zip(&integers)) {
            let expected = parse_decimal(value).ok().flatten().unwrap_or(f64::NAN);
            prop_assert_eq!(real.to_bits(), expected.to_bits());
            let expected = parse_integer(value).ok().flatten().and_then(IntegerString::integer).unwrap_or(0);
            prop_assert_eq!(*integer, expected);
        }
    }

    #[test]
    fn iterators_equal_buffers(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let whole = &bytes[..bytes.len() / 4 * 4];
            let mut out = vec![0_i32; whole.len() / 4];
            prop_assert_eq!(i32::read_into(&bytes, order, &mut out), out.len());
            let one_by_one: Vec<i32> = binary(whole, order).unwrap().collect();
            prop_assert_eq!(&one_by_one, &out);
            let any: Vec<Number> = numbers(Vr::SL, whole, order).unwrap().collect();
            let expected: Vec<Number> = out.iter().map(|value| Number::Signed((*value).into())).collect();
            prop_assert_eq!(any, expected);
        }
    }
}
