use proptest::prelude::*;

use super::*;
use crate::value::number::parse_decimal;

fn text(value: f64) -> String {
    decimal_string(value).unwrap()
}

#[test]
fn short_numbers_are_as_python_writes_them() {
    for (value, expected) in [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (5.0, "5.0"),
        (-1.5, "-1.5"),
        (0.1, "0.1"),
        (100_000.0, "100000.0"),
        (99_999_999_999_999.0, "99999999999999.0"),
        (1e22, "1e+22"),
        (1e16, "1e+16"),
        (1.25e-5, "1.25e-05"),
        (0.0001, "0.0001"),
        (1e-300, "1e-300"),
        (5e-324, "5e-324"),
        (-1.234_567_89e-7, "-1.23456789e-07"),
    ] {
        assert_eq!(text(value), expected);
    }
}

#[test]
fn ps3_5_6_2_long_numbers_are_rounded_to_sixteen_characters() {
    for (value, expected) in [
        (std::f64::consts::PI, "3.14159265358979"),
        (-std::f64::consts::PI, "-3.1415926535898"),
        (1.0 / 3.0, "0.33333333333333"),
        (2.0 / 3.0, "0.66666666666667"),
        (-2.0 / 3.0, "-0.6666666666667"),
        (100_000.0 / 3.0, "33333.3333333333"),
        (1e15, "1000000000000000"),
        (-1e15, "-1e15"),
        (1_234_567_890_123_456.0, "1234567890123456"),
        (-1_234_567_890_123_456.0, "-1234567890123e3"),
        (12_345_678_901_234_567.0, "12345678901235e3"),
        (1.234_567_890_123_456_7e20, "12345678901235e7"),
        (1.234_567_890_123_456_7e-5, "1.23456789012e-5"),
        (1.234_567_890_123_456_7e-20, "123456789012e-31"),
        (1.234_567_890_123_456_7e-200, "12345678901e-210"),
        // Rounding up gives a short number.
        (0.999_999_999_999_999_9, "1"),
        (9.999_999_999_999_996e22, "1e23"),
        (f64::MAX, "179769313486e297"),
        (f64::MIN, "-17976931348e298"),
        (f64::MIN_POSITIVE, "22250738585e-318"),
    ] {
        assert_eq!(text(value), expected);
    }
}

#[test]
fn what_is_no_number_has_no_text() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(decimal_string(value), None);
    }
}

proptest! {
    #[test]
    fn any_number_is_a_decimal_string(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        let Some(text) = decimal_string(value) else {
            prop_assert!(!value.is_finite());
            return Ok(());
        };
        prop_assert!(text.len() <= LONGEST, "{}", text);
        let read = parse_decimal(text.as_bytes()).unwrap().unwrap();
        // Ten digits stand in the worst case: a sign, and an exponent of four characters.
        prop_assert!((read - value).abs() <= value.abs() * 0.6e-9, "{} for {:e}", text, value);
        prop_assert_eq!(read.is_sign_negative(), value.is_sign_negative());
    }

    #[test]
    fn what_sixteen_characters_hold_is_exact(digits in -9_999_999_999_999_i64..=9_999_999_999_999, shift in 0_usize..=13) {
        let value: f64 = format!("{digits}e-{shift}").parse().unwrap();
        prop_assert_eq!(parse_decimal(text(value).as_bytes()), Ok(Some(value)));
    }
}
