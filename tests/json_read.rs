//! The DICOM JSON Model (PS3.18 Annex F) as input: sound, odd, hostile, cut anywhere, and back again.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)]
#![allow(clippy::print_stderr)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use fastdcm::dataset::Encoding;
use fastdcm::file::{DicomFile, ReadOptions, read_data_set, read_memory};
use fastdcm::json::{
    BulkDataUri, BulkDataUris, FileBulkData, NonFinite, Reader, Subject, WriteOptions, Writer,
};
use fastdcm::{Error, ErrorKind, Limits, Result};
use proptest::prelude::*;
use support::{explicit, item};

fn read_with(text: &str, limits: Limits, uris: &mut dyn BulkDataUris) -> Result<Vec<u8>> {
    let mut reader = Reader::new(text.as_bytes(), limits);
    let first = reader.next(uris)?.expect("a data set");
    assert_eq!(reader.next(uris)?, None);
    Ok(first)
}

fn read(text: &str) -> Result<Vec<u8>> {
    read_with(text, Limits::DEFAULT, &mut Vec::new())
}

fn write(file: &DicomFile) -> String {
    let options = WriteOptions { non_finite: NonFinite::Text, ..WriteOptions::default() };
    let mut out = Vec::new();
    Writer::default().write(&Subject::of_file(file), &options, &mut FileBulkData::Inline, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What is written of what is read.
fn again(text: &str) -> String {
    write(&read_data_set(read(text).unwrap(), Encoding::EXPLICIT_LITTLE, Limits::DEFAULT).unwrap())
}

fn error(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

const SAMPLE: &str = concat!(
    r#"{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00080008":{"vr":"CS","Value":["ORIGINAL",null,"AXIAL"]},"#,
    r#""00080020":{"vr":"DA","Value":["20130409"]},"00081140":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":"#,
    r#"["1.2.840"]},"00081199":{"vr":"SQ","Value":[{},{"00100020":{"vr":"LO","Value":["A\"\\\\\n"]}}]}},{}]},"#,
    r#""00091001":{"vr":"UN","InlineBinary":"AAECAw=="},"#,
    r#""00100010":{"vr":"PN","Value":[{"Alphabetic":"Wang^XiaoDong","Ideographic":"王^小東"},null,{"Phonetic":"x"}]},"#,
    r#""00104000":{"vr":"LT"},"00180050":{"vr":"DS","Value":[1.50,null,"1,5","0.1234567890123456789"]},"#,
    r#""00200013":{"vr":"IS","Value":[-7]},"00280009":{"vr":"AT","Value":["00181063","7FE00010"]},"#,
    r#""00280010":{"vr":"US","Value":[65535]},"00280106":{"vr":"SS","Value":[-1]},"#,
    r#""00720072":{"vr":"FL","Value":[0.1,-0.0,"NaN","Infinity","-Infinity"]},"#,
    r#""00720074":{"vr":"FD","Value":[0.1,1e22,5e-324]},"00720078":{"vr":"UL","Value":[4294967295]},"#,
    r#""0072007C":{"vr":"SL","Value":[-2147483648]},"00720082":{"vr":"SV","Value":[-1,"-9223372036854775808"]},"#,
    r#""00720083":{"vr":"UV","Value":[1,"18446744073709551615"]},"7FE00010":{"vr":"OW","InlineBinary":"AAEC/w=="}}"#,
);

#[test]
fn what_is_read_is_written_again() {
    let sample = SAMPLE.replace(r#"A\"\\\\\n"#, r#"A\"\n"#);
    assert_eq!(again(&sample), sample);
}

#[test]
fn elements_are_bytes_as_in_a_file() {
    let text = r#"{"00100020":{"vr":"LO","Value":["A"]},"00280010":{"vr":"US","Value":[258]},
        "0040A730":{"vr":"SQ","Value":[{"00280009":{"vr":"AT","Value":["0018106a"]}}]},"00420011":{"vr":"OB","InlineBinary":"AQID"}}"#;
    let attribute = explicit(0x0028_0009, "AT", &[0x18, 0, 0x6A, 0x10]);
    let expected = [
        explicit(0x0010_0020, "LO", b"A "),
        explicit(0x0028_0010, "US", &[2, 1]),
        explicit(0x0040_A730, "SQ", &item(&attribute)),
        explicit(0x0042_0011, "OB", &[1, 2, 3, 0]),
    ];
    assert_eq!(read(text).unwrap(), expected.concat());
}

#[test]
fn ps3_18_f_4_an_answer_of_a_search() {
    // One of the two objects of the standard's example, with its array around bytes.
    let text = r#"[ {
        "00080005": { "vr": "CS", "Value": [ "ISO_IR 192" ] },
        "00080020": { "vr": "DT", "Value": [ "20130409" ] },
        "00080030": { "vr": "TM", "Value": [ "131600.0000" ] },
        "00080050": { "vr": "SH", "Value": [ "11235813" ] },
        "00080056": { "vr": "CS", "Value": [ "ONLINE" ] },
        "00080061": { "vr": "CS", "Value": [ "CT", "PET" ] },
        "00080090": { "vr": "PN", "Value": [ { "Alphabetic": "^Bob^^Dr." } ] },
        "00081190": { "vr": "UR", "Value": [ "http://wado.nema.org/studies/1.2.392.200036" ] },
        "00090010": { "vr": "LO", "Value": [ "Vendor A" ] },
        "00091002": { "vr": "UN", "InlineBinary": [ "z0x9c8v7" ] },
        "00100010": { "vr": "PN", "Value": [ { "Alphabetic": "Wang^XiaoDong", "Ideographic": "王^小东" } ] },
        "00100020": { "vr": "LO", "Value": [ "12345" ] },
        "00100021": { "vr": "LO", "Value": [ "Hospital A" ] },
        "00100030": { "vr": "DA", "Value": [ "19670701" ] },
        "00100040": { "vr": "CS", "Value": [ "M" ] },
        "00101002": { "vr": "SQ", "Value": [
            { "00100020": { "vr": "LO", "Value": [ "54321" ] }, "00100021": { "vr": "LO", "Value": [ "Hospital B" ] } },
            { "00100020": { "vr": "LO", "Value": [ "24680" ] }, "00100021": { "vr": "LO", "Value": [ "Hospital C" ] } }
        ] },
        "0020000D": { "vr": "UI", "Value": [ "1.2.392.200036.9116.2.2.2.1762893313.1029997326.945873" ] },
        "00200010": { "vr": "SH", "Value": [ "11235813" ] },
        "00201206": { "vr": "IS", "Value": [ 4 ] },
        "00201208": { "vr": "IS", "Value": [ 942 ] }
    } ]"#;
    let compact: String = text.lines().map(str::trim).collect::<String>();
    let mut expected =
        compact.replace("Hospital ", "Hospital_").replace("Vendor ", "Vendor_").replace("ISO_IR ", "ISO_IR_");
    expected.retain(|character| character != ' ');
    let expected = expected
        .replace("Hospital_", "Hospital ")
        .replace("Vendor_", "Vendor ")
        .replace("ISO_IR_", "ISO_IR ");
    let expected = expected.replace(r#"["z0x9c8v7"]"#, r#""z0x9c8v7""#);
    assert_eq!(format!("[{}]", again(text)), expected);
}

#[test]
fn members_and_tags_come_in_any_order() {
    let nested = r#"{"Value":[{"0040a160":{"Value":["B"],"vr":"UT"},"00100020":{"Value":["A"],"vr":"LO"}},{}],"vr":"SQ"}"#;
    let text =
        format!(r#"{{"0040A730":{nested},"00081140":{{"vr":"SQ","Value":[{{"0040A730":{nested}}}]}}}}"#);
    let sorted = r#"{"vr":"SQ","Value":[{"00100020":{"vr":"LO","Value":["A"]},"0040A160":{"vr":"UT","Value":["B"]}},{}]}"#;
    let expected =
        format!(r#"{{"00081140":{{"vr":"SQ","Value":[{{"0040A730":{sorted}}}]}},"0040A730":{sorted}}}"#);
    assert_eq!(again(&text), expected);
}

#[test]
fn text_is_declared_as_utf_8() {
    let name = r#""00100010":{"vr":"PN","Value":[{"Alphabetic":"Ä"}]}"#;
    let utf8 = r#""00080005":{"vr":"CS","Value":["ISO_IR 192"]}"#;
    let item = format!(r#""00081140":{{"vr":"SQ","Value":[{{{name}}}]}}"#);
    assert_eq!(again(&format!("{{{name}}}")), format!("{{{utf8},{name}}}"));
    assert_eq!(again(&format!("{{{item}}}")), format!("{{{utf8},{item}}}"));
    let latin1 = r#""00080005":{"Value":["ISO_IR 100"],"vr":"CS"}"#;
    assert_eq!(again(&format!("{{{name},{latin1}}}")), format!("{{{utf8},{name}}}"));
    assert_eq!(
        again(r#"{"00100020":{"vr":"LO","Value":["A"]}}"#),
        r#"{"00100020":{"vr":"LO","Value":["A"]}}"#
    );
}

#[test]
fn odd_forms_that_are_meant_well() {
    let forms = [
        (r#"{"00280010":{"vr":"US","Value":[1.0]}}"#, r#"{"00280010":{"vr":"US","Value":[1]}}"#),
        (r#"{"00720082":{"vr":"SV","Value":["-1"]}}"#, r#"{"00720082":{"vr":"SV","Value":[-1]}}"#),
        (r#"{"00280010":{"vr":"US","Value":[null]}}"#, r#"{"00280010":{"vr":"US"}}"#),
        (r#"{"00280010":{"vr":"US","Value":[]}}"#, r#"{"00280010":{"vr":"US"}}"#),
        (r#"{"00720072":{"vr":"FL","Value":[null]}}"#, r#"{"00720072":{"vr":"FL"}}"#),
        (r#"{"00720072":{"vr":"FL","Value":[1,null]}}"#, r#"{"00720072":{"vr":"FL","Value":[1.0,"NaN"]}}"#),
        (
            r#"{"00100010":{"vr":"PN","Value":["A^B=C"]}}"#,
            r#"{"00100010":{"vr":"PN","Value":[{"Alphabetic":"A^B","Ideographic":"C"}]}}"#,
        ),
        (r#"{"00080060":{"vr":"CS","Value":["A\\B"]}}"#, r#"{"00080060":{"vr":"CS","Value":["A","B"]}}"#),
        (
            r#"{"00420011":{"vr":"OB","InlineBinary":["AQI="]}}"#,
            r#"{"00420011":{"vr":"OB","InlineBinary":"AQI="}}"#,
        ),
        (r#"{"00100000":{"vr":"UL","Value":[7]}}"#, "{}"),
        (" {\n} ", "{}"),
        ("\u{FEFF}{}", "{}"),
        ("[{}]", "{}"),
    ];
    for (text, expected) in forms {
        assert_eq!(again(text), expected, "{text}");
    }
}

#[test]
fn several_data_sets_in_an_array() {
    let mut reader = Reader::new(br#"[{"00080060":{"vr":"CS","Value":["CT"]}}, {}]"#, Limits::DEFAULT);
    assert_eq!(reader.next(&mut Vec::new()).unwrap().unwrap(), explicit(0x0008_0060, "CS", b"CT"));
    assert!(reader.is_array());
    assert_eq!(reader.next(&mut Vec::new()).unwrap().unwrap(), b"");
    assert_eq!(reader.next(&mut Vec::new()).unwrap(), None);
    assert_eq!(Reader::new(b"[]", Limits::DEFAULT).next(&mut Vec::new()).unwrap(), None);

    let mut reader = Reader::new(br#"[{},{"00080060":{"vr":"XX"}},{}]"#, Limits::DEFAULT);
    assert!(reader.next(&mut Vec::new()).unwrap().is_some());
    let fault = reader.next(&mut Vec::new()).unwrap_err().to_string();
    assert_eq!(fault, r#"an unknown VR at $[1]["00080060"], tag (0008,0060), offset 0x10"#);
    assert_eq!(reader.next(&mut Vec::new()).unwrap(), None);
}

#[test]
fn ps3_5_6_2_2_values_that_are_too_long_become_un() {
    let value = "1\\\\".repeat(40_000);
    let text = format!(r#"{{"00180050":{{"vr":"DS","Value":["{value}"]}}}}"#);
    let bytes = read(&text).unwrap();
    assert_eq!(&bytes[4..8], b"UN\0\0");
    assert!(again(&text).starts_with(r#"{"00180050":{"vr":"DS","Value":[1,1,"#));
    let creator = format!(r#"{{"00090010":{{"vr":"LO","Value":["{}"]}}}}"#, "x".repeat(70_000));
    assert!(error(&creator).contains("private creator"));
}

#[test]
fn values_elsewhere_are_asked_for() {
    let text = r#"{"0040A730":{"vr":"SQ","Value":[{},{"00420011":{"BulkDataURI":"http://a/\u00e4","vr":"OB"}}]},
        "7FE00010":{"vr":"OW","BulkDataURI":["b"]}}"#;
    let mut uris: Vec<BulkDataUri> = Vec::new();
    let bytes = read_with(text, Limits::DEFAULT, &mut uris).unwrap();
    let asked: Vec<_> = uris.iter().map(|uri| format!("{} {} {}", uri.path, uri.vr, uri.uri)).collect();
    assert_eq!(asked, ["(0040,A730)[1].(0042,0011) OB http://a/ä", "(7FE0,0010) OW b"]);
    let written = write(&read_data_set(bytes, Encoding::EXPLICIT_LITTLE, Limits::DEFAULT).unwrap());
    assert!(written.contains(r#""7FE00010":{"vr":"OW"}"#));

    struct Given;
    impl BulkDataUris for Given {
        fn resolve(
            &mut self,
            _: &fastdcm::error::TagPath,
            _: fastdcm::Vr,
            uri: &str,
        ) -> Result<Option<Vec<u8>>> {
            if uri == "b" { Ok(Some(vec![1, 2, 3])) } else { Err(Error::from(ErrorKind::Interrupted)) }
        }
    }
    let pixels = r#"{"7FE00010":{"vr":"OB","BulkDataURI":"b"}}"#;
    let bytes = read_with(pixels, Limits::DEFAULT, &mut Given).unwrap();
    assert_eq!(bytes, explicit(0x7FE0_0010, "OB", &[1, 2, 3, 0]));
    assert_eq!(*read_with(text, Limits::DEFAULT, &mut Given).unwrap_err().kind(), ErrorKind::Interrupted);
}

/// Texts and what is said of them.
const FAULTS: &[(&str, &str)] = &[
    ("", "the text ends early at $"),
    ("[", "the text ends early at $"),
    ("1", "no object where a data set must stand at $"),
    ("{} x", "text behind the end at $"),
    ("[{}}", "no comma and no end"),
    (r#"{"PatientName":{"vr":"PN"}}"#, "a key that is no tag"),
    (r#"{"0010001":{"vr":"PN"}}"#, "a key that is no tag"),
    (r#"{"FFFEE000":{"vr":"UN"}}"#, "the tag of an item"),
    (r#"{"00100010":{}}"#, "an attribute without a VR"),
    (r#"{"00100010":{"vr":"XX"}}"#, "an unknown VR"),
    (r#"{"00100010":{"vr":"P"}}"#, "an unknown VR"),
    (r#"{"00100010":{"vr":1}}"#, "no text where text must stand"),
    (r#"{"00100010":{"vr":"PN","vr":"PN"}}"#, r#"a second VR at $["00100010"]"#),
    (r#"{"00100010":{"vr":"PN","value":[]}}"#, "a member that an attribute does not have"),
    (r#"{"00100010":{"vr":"PN","Value":{}}}"#, r#"no array where values must stand at $["00100010"].Value"#),
    (r#"{"00100010":{"vr":"PN","Value":[{"Family":"x"}]}}"#, "a member that a name does not have"),
    (r#"{"00100010":{"vr":"PN","Value":[{"Alphabetic":"x=y"}]}}"#, "a delimiter inside"),
    (r#"{"00100010":{"vr":"PN","Value":[{"Phonetic":"","Phonetic":""}]}}"#, "occurs twice"),
    (r#"{"00280010":{"vr":"US"},"00280010":{"vr":"US"}}"#, "a tag that occurs twice"),
    (r#"{"0008103e":{"vr":"LO"},"0008103E":{"vr":"LO"}}"#, "a tag that occurs twice"),
    (r#"{"00280010":{"vr":"US","Value":[65536]}}"#, r#"does not hold at $["00280010"].Value[0]"#),
    (r#"{"00280010":{"vr":"US","Value":[1.5]}}"#, "does not hold"),
    (r#"{"00280010":{"vr":"US","Value":[1e400]}}"#, "does not hold"),
    (r#"{"00280010":{"vr":"US","Value":["1"]}}"#, "no number where"),
    (r#"{"00280010":{"vr":"US","Value":[true]}}"#, "no number where"),
    (r#"{"00280010":{"vr":"US","Value":[1,null]}}"#, "null among numbers"),
    (r#"{"00280010":{"vr":"US","Value":[01]}}"#, "no comma and no end"),
    (r#"{"00280010":{"vr":"US","Value":[1,]}}"#, "no JSON value"),
    (r#"{"00720072":{"vr":"FL","Value":[1e39]}}"#, "does not hold"),
    (r#"{"00720074":{"vr":"FD","Value":["1"]}}"#, "no number where"),
    (r#"{"00280009":{"vr":"AT","Value":["PatientName"]}}"#, "no number where"),
    (r#"{"00180050":{"vr":"DS","InlineBinary":"AAAA"}}"#, "InlineBinary of a VR that has values"),
    (r#"{"00420011":{"vr":"OB","InlineBinary":"AAA"}}"#, r#"no base64 at $["00420011"].InlineBinary"#),
    (r#"{"00420011":{"vr":"OB","InlineBinary":"A*=="}}"#, "no base64"),
    (r#"{"00420011":{"vr":"OB","Value":[1]}}"#, "Value where InlineBinary must stand"),
    (r#"{"00420011":{"vr":"OB","Value":[],"InlineBinary":""}}"#, "a second value"),
    (r#"{"00081140":{"vr":"SQ","Value":[1]}}"#, r#"no object where an item must stand"#),
    (r#"{"00081140":{"vr":"SQ","BulkDataURI":"x"}}"#, "the URI of a sequence"),
    (r#"{"00104000":{"vr":"LT","Value":["a","b"]}}"#, "several values of a VR that has one"),
    (r#"{"00104000":{"vr":"LT","Value":["\ud800"]}}"#, "half a surrogate pair"),
    (r#"{"00104000":{"vr":"LT","Value":["\udc00\ud800"]}}"#, "half a surrogate pair"),
    (r#"{"00104000":{"vr":"LT","Value":["\x41"]}}"#, "no escape sequence"),
    ("{\"00104000\":{\"vr\":\"LT\",\"Value\":[\"\n\"]}}", "a control character"),
];

#[test]
fn faults_name_their_place_and_no_value() {
    let nested = r#"{"00081110":{"vr":"SQ","Value":[{"00080018":{"vr":"UI","Value":["1.2",3]}}]}}"#;
    assert_eq!(
        error(nested),
        concat!(
            r#"no text where text must stand at $["00081110"].Value[0]["00080018"].Value[1], "#,
            "tag (0008,1110)[0].(0008,0018), offset 0x46"
        )
    );
    for (text, expected) in FAULTS {
        let found = error(text);
        assert!(found.contains(expected), "{text}: {found}");
        assert!(found.contains("offset"), "{text}: {found}");
    }
    let error = Reader::new(b"{\"00104000\":{\"vr\":\"LT\",\"Value\":[\"\xFF\"]}}", Limits::DEFAULT);
    let fault = { error }.next(&mut Vec::new()).unwrap_err();
    assert_eq!(fault.offset(), Some(33));
}

#[test]
fn depth_is_a_limit() {
    let nest = |depth: usize, head: &str| {
        format!(
            "{{{}{}}}",
            format!(r#""00081140":{{{head}"Value":[{{"#).repeat(depth),
            format!(r#"}}]{}}}"#, if head.is_empty() { r#","vr":"SQ""# } else { "" }).repeat(depth)
        )
    };
    for head in [r#""vr":"SQ","#, ""] {
        let bytes = read(&nest(128, head)).unwrap();
        assert!(read_data_set(bytes, Encoding::EXPLICIT_LITTLE, Limits::DEFAULT).is_ok());
        let fault = read(&nest(129, head)).unwrap_err();
        assert!(matches!(fault.kind(), ErrorKind::LimitExceeded { limit: "depth", .. }), "{fault}");
        assert!(read(&nest(100_000, head)).is_err());
    }
    for text in
        ["[".repeat(100_000), "{".repeat(1000), r#"{"00081140":{"Value":"#.to_owned() + &"[".repeat(100_000)]
    {
        assert!(read(&text).is_err());
    }
}

#[test]
fn a_text_cut_anywhere_is_an_error() {
    let early = SAMPLE
        .replace(r#"{"vr":"SQ","Value":[{},"#, r#"{"Value":[{},"#)
        .replace("}}]}},{}]}", "}}],\"vr\":\"SQ\"}},{}]}");
    assert_ne!(early, SAMPLE);
    for text in [SAMPLE, &early] {
        assert!(read(text).is_ok());
        for length in 0..text.len() {
            let mut reader = Reader::new(&text.as_bytes()[..length], Limits::DEFAULT);
            let fault = reader.next(&mut Vec::new()).unwrap_err();
            assert!(fault.offset().unwrap() <= length as u64);
        }
    }
}

/// The folder of the corpus; none where it may be absent and is.
fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = std::env::var_os("FASTDCM_CORPUS").map_or(beside, PathBuf::from);
    if folder.join("MANIFEST.jsonl").is_file() {
        return Some(folder);
    }
    let required = std::env::var_os("FASTDCM_REQUIRE_CORPUS").is_some_and(|value| value == "1");
    assert!(!required, "no corpus at {}", folder.display());
    eprintln!("NOT TESTED: no corpus at {} (FASTDCM_CORPUS)", folder.display());
    None
}

/// The model with bytes as their number, made even, and the letters before the last group: odd values are padded when
/// they are read.
fn padded(text: &str) -> serde_json::Value {
    let mut model: serde_json::Value = serde_json::from_str(text).unwrap();
    let mut open = vec![&mut model];
    while let Some(value) = open.pop() {
        match value {
            serde_json::Value::Object(members) => {
                if let Some(serde_json::Value::String(text)) = members.get_mut("InlineBinary") {
                    let bytes = text.len() / 4 * 3 - text.bytes().filter(|byte| *byte == b'=').count();
                    let even = bytes.next_multiple_of(2);
                    *text = format!("{even} {}", &text[..even.saturating_sub(2) / 3 * 4]);
                }
                open.extend(members.values_mut());
            }
            serde_json::Value::Array(values) => open.extend(values),
            _ => {}
        }
    }
    model
}

#[test]
fn out_and_in_and_out_is_the_same_over_the_corpus() {
    let Some(folder) = corpus() else { return };
    let manifest = fs::read_to_string(folder.join("MANIFEST.jsonl")).unwrap();
    let (mut compared, mut different) = (0, Vec::new());
    for line in manifest.lines() {
        let row: serde_json::Value =
            serde_json::from_str(&line.replace("\\ud", "\\u0").replace("NaN", "0")).unwrap();
        let name = row["file"].as_str().unwrap();
        let options = ReadOptions { force: true, ..ReadOptions::default() };
        let Ok(file) = read_memory(Box::new(fs::read(folder.join(name)).unwrap()), &options) else {
            continue;
        };
        let text = write(&file);
        compared += 1;
        match read(&text) {
            Ok(bytes) => {
                let file = read_data_set(bytes, Encoding::EXPLICIT_LITTLE, Limits::DEFAULT).unwrap();
                let again = write(&file);
                if again != text && padded(&again) != padded(&text) {
                    different.push(name.to_owned());
                }
            }
            Err(fault) => different.push(format!("{name}: {fault}")),
        }
    }
    assert!(compared > 800, "{compared}");
    assert_eq!(different, Vec::<String>::new());
}

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("null".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(|number| format!("{number:?}")),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        "[ -~]{0,12}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        "[0-9A-F]{8}".prop_map(|text| format!("\"{text}\"")),
        Just(r#"{"Alphabetic":"A^B","Phonetic":"C"}"#.to_owned()),
    ]
}

fn attribute() -> impl Strategy<Value = String> {
    let vr = prop::sample::select(fastdcm::Vr::ALL.to_vec());
    (vr, prop::collection::vec(scalar(), 0..4), any::<bool>()).prop_map(|(vr, values, vr_first)| {
        let values = format!(r#""Value":[{}]"#, values.join(","));
        if vr_first { format!(r#"{{"vr":"{vr}",{values}}}"#) } else { format!(r#"{{{values},"vr":"{vr}"}}"#) }
    })
}

fn data_set() -> impl Strategy<Value = String> {
    let element = (any::<u32>(), attribute()).prop_map(|(tag, text)| format!(r#""{tag:08X}":{text}"#));
    let leaf =
        prop::collection::vec(element, 0..5).prop_map(|elements| format!("{{{}}}", elements.join(",")));
    leaf.prop_recursive(4, 20, 3, |inner| {
        (any::<u32>(), prop::collection::vec(inner, 0..3)).prop_map(|(tag, items)| {
            format!(r#"{{"{tag:08X}":{{"Value":[{}],"vr":"SQ"}}}}"#, items.join(","))
        })
    })
}

proptest! {
    #[test]
    fn what_can_be_read_is_stable(text in data_set()) {
        if let Ok(bytes) = read(&text) {
            let once = write(&read_data_set(bytes, Encoding::EXPLICIT_LITTLE, Limits::DEFAULT).unwrap());
            let bytes = read(&once);
            prop_assert!(bytes.is_ok(), "{} gave {}: {:?}", text, once, bytes);
            let twice = write(&read_data_set(bytes.unwrap(), Encoding::EXPLICIT_LITTLE, Limits::DEFAULT).unwrap());
            prop_assert_eq!(again(&twice), twice);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Reader::new(&bytes, Limits::DEFAULT).next(&mut Vec::new());
    }
}
