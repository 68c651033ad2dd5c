//! Values on their way out, case by case: the vectors that `test_written_values.py` puts before pydicom.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use fastdcm::Vr;
use fastdcm::value::character_set::CharacterSet;
use fastdcm::value::check::{ValueFault, check_matching_key, check_text};
use fastdcm::value::text;
use serde_json::Value;

const CHECKS: &str = include_str!("vectors/checks.jsonl");
const TEXTS: &str = include_str!("vectors/texts.jsonl");

fn cases(lines: &str) -> impl Iterator<Item = Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap())
}

fn vr(case: &Value) -> Vr {
    Vr::from_code(case["vr"].as_str().unwrap().as_bytes().try_into().unwrap()).unwrap()
}

const fn name(fault: ValueFault) -> &'static str {
    match fault {
        ValueFault::Length { .. } => "Length",
        ValueFault::Repertoire { .. } => "Repertoire",
        ValueFault::Blank { .. } => "Blank",
        ValueFault::Form { .. } => "Form",
        ValueFault::ComponentGroups { .. } => "ComponentGroups",
        ValueFault::Components { .. } => "Components",
        ValueFault::Range { .. } => "Range",
        ValueFault::NotFinite { .. } => "NotFinite",
        ValueFault::Kind { .. } => "Kind",
        ValueFault::Multiplicity { .. } => "Multiplicity",
    }
}

#[test]
fn ps3_5_6_2_values_that_are_set() {
    let mut complaints = Vec::new();
    for case in cases(CHECKS) {
        let times = case["times"].as_u64().unwrap_or(1);
        let text = case["text"].as_str().unwrap().repeat(times.try_into().unwrap());
        let expected = [case["fault"].as_str(), case.get("key").unwrap_or(&case["fault"]).as_str()];
        let found = [check_text(vr(&case), &text), check_matching_key(vr(&case), &text)];
        let found = found.map(|result| result.err().map(name));
        if found != expected {
            complaints.push(format!("{case}: {found:?}"));
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn what_is_written_without_a_fault_is_read_without_a_warning() {
    // What reading takes for odd and the standard does not.
    let leap_second = |case: &Value| case["text"].as_str().unwrap().contains("60");
    let overflow = |case: &Value| case["text"] == "1e999";
    let sound = |case: &Value| case["fault"].is_null() && !leap_second(case) && !overflow(case);
    for case in cases(CHECKS).filter(sound) {
        assert_eq!(text::check(vr(&case), case["text"].as_str().unwrap()), None, "{case}");
    }
}

#[test]
fn texts_are_written_as_the_standard_has_it() {
    let mut complaints = Vec::new();
    for case in cases(TEXTS) {
        let (set, faults) =
            CharacterSet::from_value(case["terms"].as_str().unwrap().as_bytes(), CharacterSet::DEFAULT);
        assert_eq!(faults, [], "{case}");
        let rules = text::rules(vr(&case));
        let text = case["text"].as_str().unwrap();
        let written = set.encode(text, rules).unwrap();
        let hex: String = written.iter().map(|byte| format!("{byte:02x}")).collect();
        if hex != case["hex"] {
            complaints.push(format!("{case}: {hex}"));
        }
        let read = set.decode(&written, rules);
        assert_eq!((read.text.as_ref(), read.fault), (text, None), "{case}");
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}
