use proptest::prelude::*;

use super::super::text;
use super::*;

fn vm(min: u16, max: Option<u16>, step: u16) -> Vm {
    Vm { min, max, step }
}

#[test]
fn a_fault_is_a_sentence_without_the_value() {
    for (fault, sentence) in [
        (check_text(Vr::LO, &"é".repeat(70)), "a value of LO has at most 64 characters, this one has 70"),
        (
            check_text(Vr::PN, &format!("a={}", "b".repeat(65))),
            "a component group of PN has at most 64 characters, this one has 65",
        ),
        (
            check_text(Vr::CS, "A-B"),
            "a value of CS has capital letters, digits, spaces and underscores: the character at index 1 is none",
        ),
        (check_text(Vr::AE, "  "), "a value of AE is not of spaces alone"),
        (check_text(Vr::DA, "20190229"), "a value of DA is a day, YYYYMMDD"),
        (check_text(Vr::PN, "a=b=c=d"), "a person name has at most 3 component groups, this one has 4"),
        (check_text(Vr::PN, "^^^^^"), "a component group of PN has at most 5 components, this one has 6"),
        (check_text(Vr::IS, "2147483648"), "a value of IS is from -2147483648 to 2147483647"),
        (check_integer(Vr::SS, 40_000), "a value of SS is from -32768 to 32767"),
        (check_real(Vr::DS, f64::NAN), "a value of DS is neither infinite nor NaN"),
        (check_text(Vr::US, "1"), "US has values of another kind"),
        (check_multiplicity(vm(2, None, 2), 3), "the attribute has 2-2n values, these are 3"),
    ] {
        assert_eq!(fault.unwrap_err().to_string(), sentence);
    }
}

#[test]
fn every_vr_is_of_text_or_of_numbers_or_neither() {
    for &vr in Vr::ALL {
        let kinds =
            [check_text(vr, ""), check_integer(vr, 0), check_real(vr, 0.0)].map(|result| result.is_ok());
        let expected = match vr {
            Vr::IS => [true, true, false],
            Vr::DS => [true, false, true],
            Vr::US | Vr::SS | Vr::UL | Vr::SL | Vr::UV | Vr::SV => [false, true, false],
            Vr::OB | Vr::OW | Vr::OL | Vr::OV => [false, true, false],
            Vr::FL | Vr::FD | Vr::OF | Vr::OD => [false, false, true],
            Vr::AT | Vr::SQ | Vr::UN => [false; 3],
            _ => [true, false, false],
        };
        assert_eq!(kinds, expected, "{vr}");
    }
}

#[test]
fn ps3_5_6_2_ranges_of_integers() {
    for (vr, least, greatest) in [
        (Vr::US, 0, 65_535),
        (Vr::SS, -32_768, 32_767),
        (Vr::UL, 0, u32::MAX.into()),
        (Vr::SL, i32::MIN.into(), i32::MAX.into()),
        (Vr::UV, 0, u64::MAX.into()),
        (Vr::SV, i64::MIN.into(), i64::MAX.into()),
        (Vr::IS, i32::MIN.into(), i32::MAX.into()),
        (Vr::OB, 0, 255),
        (Vr::OW, 0, 65_535),
    ] {
        for value in [least, greatest, 0, 1] {
            assert_eq!(check_integer(vr, value), Ok(()), "{vr}");
        }
        for value in [least - 1, greatest + 1, i128::MIN, i128::MAX] {
            assert_eq!(check_integer(vr, value), Err(ValueFault::Range { vr, least, greatest }), "{vr}");
        }
    }
}

#[test]
fn ps3_5_6_2_ranges_of_reals() {
    for value in [0.0, -1e38, f64::from(f32::MAX), 1e-300, f64::NAN, f64::INFINITY] {
        assert_eq!(check_real(Vr::FL, value), Ok(()));
    }
    assert_eq!(check_real(Vr::FL, 1e39), Err(ValueFault::NotFinite { vr: Vr::FL }));
    assert_eq!(check_real(Vr::FD, f64::MAX), Ok(()));
    assert_eq!(check_real(Vr::DS, f64::MIN), Ok(()));
    assert_eq!(check_real(Vr::DS, f64::INFINITY), Err(ValueFault::NotFinite { vr: Vr::DS }));
}

#[test]
fn ps3_5_6_4_number_of_values() {
    for (vm, allowed) in [
        (Vm::ONE, &[0, 1][..]),
        (vm(1, Some(3), 1), &[0, 1, 2, 3]),
        (vm(1, None, 1), &[0, 1, 2, 3, 4, 5, 6, 7]),
        (vm(2, None, 2), &[0, 2, 4, 6]),
        (vm(3, None, 3), &[0, 3, 6]),
        (vm(6, Some(6), 1), &[0, 6]),
    ] {
        let found: Vec<_> = (0..8).filter(|count| check_multiplicity(vm, *count).is_ok()).collect();
        assert_eq!(found, allowed, "{vm}");
    }
}

fn any_vr() -> impl Strategy<Value = Vr> {
    proptest::sample::select(Vr::ALL)
}

proptest! {
    #[test]
    fn what_is_allowed_in_a_data_set_is_allowed_in_a_query(vr in any_vr(), text in "[0-9A-Z+. ^=:/-]{0,20}|\\PC{0,70}") {
        if check_text(vr, &text).is_ok() {
            prop_assert_eq!(check_matching_key(vr, &text), Ok(()));
        }
    }

    #[test]
    fn what_is_allowed_is_read_without_a_warning(vr in any_vr(), text in "[0-9A-Z+. ^=-]{0,20}|[0-9]{4,8}|\\PC{0,70}") {
        // The standard has leap seconds and numbers beyond all f64.
        prop_assume!(!text.contains("60") && !text.contains('E'));
        if check_text(vr, &text).is_ok() {
            prop_assert_eq!(text::check(vr, &text), None);
        }
    }

    #[test]
    fn any_point_in_time_is_allowed(
        (year, month, day) in (1_u16..=9999, 1_u8..=12, 1_u8..=28),
        (hour, minute, second, fraction) in (0_u8..24, 0_u8..60, 0_u8..=60, 0_u32..1_000_000),
    ) {
        let date = format!("{year:04}{month:02}{day:02}");
        let time = format!("{hour:02}{minute:02}{second:02}.{fraction:06}");
        for (vr, text) in [(Vr::DA, &date), (Vr::TM, &time), (Vr::DT, &format!("{date}{time}+0100"))] {
            prop_assert_eq!(check_text(vr, text), Ok(()));
            for range in [format!("{text}-"), format!("-{text}"), format!("{text}-{text}")] {
                prop_assert!(check_text(vr, &range).is_err());
                prop_assert_eq!(check_matching_key(vr, &range), Ok(()));
            }
        }
    }

    #[test]
    fn decimal_strings_are_allowed(value in any::<f64>()) {
        if let Some(text) = decimal_string(value) {
            prop_assert_eq!(check_text(Vr::DS, &text), Ok(()));
        }
    }
}
