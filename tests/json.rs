//! The DICOM JSON Model (PS3.18 Annex F), out and in.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)]

mod support;

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use fastdcm::bulk::{BulkDataPolicy, JsonLines, ScanOptions};
use fastdcm::file::{DicomFile, ReadOptions, read_memory, read_source};
use fastdcm::json::{
    BulkData, BulkElement, FileBulkData, NonFinite, Placement, Subject, WriteOptions, Writer,
};
use fastdcm::source::MemorySource;
use fastdcm::{Error, ErrorKind, Result};
use proptest::prelude::*;
use support::{end_sequence, explicit, explicit_header, file, header, implicit, item, open_item};

const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const BIG: &str = "1.2.840.10008.1.2.2";

fn read(transfer_syntax: &str, dataset: &[u8]) -> DicomFile {
    read_memory(Box::new(file(transfer_syntax, dataset)), &ReadOptions::default()).unwrap()
}

fn write_with(file: &DicomFile, options: &WriteOptions, bulk_data: &mut dyn BulkData) -> Result<String> {
    let mut out = b"kept".to_vec();
    let result = Writer::default().write(&Subject::of_file(file), options, bulk_data, &mut out);
    let text = String::from_utf8(out).unwrap();
    let text = text.strip_prefix("kept").unwrap().to_owned();
    match result {
        Ok(faults) => {
            assert!(faults.is_empty());
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
            Ok(text)
        }
        Err(error) => {
            assert_eq!(text, "");
            Err(error)
        }
    }
}

fn write(file: &DicomFile) -> String {
    write_with(file, &WriteOptions::default(), &mut FileBulkData::Inline).unwrap()
}

/// The JSON of explicit VR little endian elements.
fn json(elements: &[Vec<u8>]) -> String {
    write(&read(EXPLICIT, &elements.concat()))
}

fn sequence(tag: u32, items: &[Vec<u8>]) -> Vec<u8> {
    explicit(tag, "SQ", &items.concat())
}

#[test]
fn ps3_18_f_2_forms_of_attributes() {
    assert_eq!(json(&[]), "{}");
    assert_eq!(
        json(&[
            explicit(0x0008_0020, "DA", b"20130409"),
            explicit(0x0008_0056, "CS", b"ONLINE"),
            explicit(0x0008_0061, "CS", b"CT\\PET "),
            explicit(0x0010_0010, "PN", b"Wang^XiaoDong=\xE7\x8E\x8B^=x"),
            explicit(0x0010_0020, "LO", b"12345 "),
            explicit(0x0010_0030, "DA", b""),
            explicit(0x0028_0009, "AT", &[0x18, 0, 0x63, 0x10]),
        ]),
        concat!(
            r#"{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"#,
            r#""00080020":{"vr":"DA","Value":["20130409"]},"00080056":{"vr":"CS","Value":["ONLINE"]},"#,
            r#""00080061":{"vr":"CS","Value":["CT","PET"]},"#,
            r#""00100010":{"vr":"PN","Value":[{"Alphabetic":"Wang^XiaoDong","Ideographic":"王^","Phonetic":"x"}]},"#,
            r#""00100020":{"vr":"LO","Value":["12345"]},"00100030":{"vr":"DA"},"#,
            r#""00280009":{"vr":"AT","Value":["00181063"]}}"#
        )
    );
}

#[test]
fn ps3_18_f_2_5_empty_values_are_null() {
    assert_eq!(
        json(&[
            explicit(0x0008_0061, "CS", b"CT\\\\MR"),
            explicit(0x0010_0010, "PN", b"\\=\\=b\\a="),
            explicit(0x0018_0050, "DS", b"1\\ "),
            explicit(0x0040_A730, "SQ", b""),
        ]),
        concat!(
            r#"{"00080061":{"vr":"CS","Value":["CT",null,"MR"]},"#,
            r#""00100010":{"vr":"PN","Value":[null,null,{"Ideographic":"b"},{"Alphabetic":"a"}]},"#,
            r#""00180050":{"vr":"DS","Value":[1,null]},"0040A730":{"vr":"SQ"}}"#
        )
    );
}

#[test]
fn sequences_nest_and_have_empty_items() {
    let name = explicit(0x0008_1150, "UI", b"1.2\0");
    let inner = [explicit_header(0x0008_1199, "SQ", u32::MAX), open_item(&name), end_sequence()].concat();
    let outer = sequence(0x0008_1140, &[item(&[name.clone(), inner].concat()), item(b""), item(&name)]);
    assert_eq!(
        json(&[outer, explicit(0x0010_0020, "LO", b"A ")]),
        concat!(
            r#"{"00081140":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["1.2"]},"00081199":{"vr":"SQ","Value":"#,
            r#"[{"00081150":{"vr":"UI","Value":["1.2"]}}]}},{},{"00081150":{"vr":"UI","Value":["1.2"]}}]},"#,
            r#""00100020":{"vr":"LO","Value":["A"]}}"#
        )
    );
}

#[test]
fn tags_ascend_and_the_last_duplicate_counts() {
    let elements = [
        explicit(0x0002_0002, "UI", b"1.2\0"),
        explicit(0x0010_0000, "UL", &[0; 4]),
        explicit(0x0010_0020, "LO", b"B "),
        explicit(0x0008_0060, "CS", b"CT"),
        explicit(0x0010_0020, "LO", b"C "),
        explicit(0xFFFE_1234, "LO", b"D "),
    ];
    // Not in front: that would be meta information.
    assert_eq!(
        json(&elements[1..]),
        r#"{"00080060":{"vr":"CS","Value":["CT"]},"00100020":{"vr":"LO","Value":["C"]}}"#
    );
}

#[test]
fn text_is_utf_8_and_says_so() {
    let name = explicit(0x0010_0010, "PN", b"\xBB\xEE");
    let declared = explicit(0x0008_0005, "CS", b"ISO_IR 144");
    let utf8 = r#""00080005":{"vr":"CS","Value":["ISO_IR 192"]}"#;
    let russian = r#""00100010":{"vr":"PN","Value":[{"Alphabetic":"Лю"}]}"#;
    assert_eq!(json(&[declared.clone(), name.clone()]), format!("{{{utf8},{russian}}}"));
    // Items inherit, or have their own.
    let own = item(&[declared.clone(), name.clone()].concat());
    let items = sequence(0x0008_1140, &[item(&name), own.clone()]);
    assert_eq!(
        json(&[declared.clone(), items]),
        format!(r#"{{{utf8},"00081140":{{"vr":"SQ","Value":[{{{russian}}},{{{utf8},{russian}}}]}}}}"#)
    );
    // The root says so as soon as any text needs it.
    let before = explicit(0x0008_0001, "UL", &[1, 0, 0, 0]);
    let own = sequence(0x0008_1140, &[own]);
    let nested = format!(r#""00081140":{{"vr":"SQ","Value":[{{{utf8},{russian}}}]}}"#);
    assert_eq!(json(std::slice::from_ref(&own)), format!("{{{utf8},{nested}}}"));
    assert_eq!(json(&[before, own]), format!(r#"{{"00080001":{{"vr":"UL","Value":[1]}},{utf8},{nested}}}"#));
    // An empty element is there all the same.
    assert_eq!(json(&[explicit(0x0008_0005, "CS", b"")]), format!("{{{utf8}}}"));
}

#[test]
fn numbers_keep_their_digits() {
    let doubles: Vec<u8> =
        [0.1_f64, -0.0, 1.0, 1e22, 5e-324].into_iter().flat_map(f64::to_le_bytes).collect();
    let floats: Vec<u8> = [0.1_f32, 16_777_216.0, 1e-10].into_iter().flat_map(f32::to_le_bytes).collect();
    let large: Vec<u8> =
        [(1_u64 << 53) - 1, 1 << 53, u64::MAX].into_iter().flat_map(u64::to_le_bytes).collect();
    let signed: Vec<u8> =
        [-(1_i64 << 53) + 1, -(1 << 53), i64::MIN].into_iter().flat_map(i64::to_le_bytes).collect();
    assert_eq!(
        json(&[
            explicit(0x0018_0050, "DS", b"+1.50\\.5\\0.1234567890123456789\\1,5 "),
            explicit(0x0020_0013, "IS", b"007\\-12\\99999999999999999999\\x "),
            explicit(0x0028_0010, "US", &[0xFF, 0xFF]),
            explicit(0x0072_0072, "FL", &floats),
            explicit(0x0072_0074, "FD", &doubles),
            explicit(0x0072_0082, "SV", &signed),
            explicit(0x0072_0083, "UV", &large),
        ]),
        concat!(
            r#"{"00180050":{"vr":"DS","Value":[1.50,0.5,"0.1234567890123456789","1,5"]},"#,
            r#""00200013":{"vr":"IS","Value":[7,-12,"99999999999999999999","x"]},"#,
            r#""00280010":{"vr":"US","Value":[65535]},"#,
            r#""00720072":{"vr":"FL","Value":[0.1,16777216.0,1e-10]},"#,
            r#""00720074":{"vr":"FD","Value":[0.1,-0.0,1.0,1e22,5e-324]},"#,
            r#""00720082":{"vr":"SV","Value":[-9007199254740991,"-9007199254740992","-9223372036854775808"]},"#,
            r#""00720083":{"vr":"UV","Value":[9007199254740991,"9007199254740992","18446744073709551615"]}}"#
        )
    );
}

#[test]
fn numbers_that_json_does_not_have_follow_the_policy() {
    let values: Vec<u8> =
        [1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY].into_iter().flat_map(f64::to_le_bytes).collect();
    let inner = item(&explicit(0x0018_9073, "FD", &values));
    let file = read(EXPLICIT, &sequence(0x0018_9477, &[item(b""), inner]));
    let with = |non_finite| {
        let options = WriteOptions { non_finite, ..WriteOptions::default() };
        write_with(&file, &options, &mut FileBulkData::Inline)
    };
    let error = with(NonFinite::Refuse).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidValue(_)));
    assert_eq!(error.path().to_string(), "(0018,9477)[1].(0018,9073)");
    assert!(with(NonFinite::Null).unwrap().contains("[1.0,null,null,null]"));
    assert!(with(NonFinite::Text).unwrap().contains(r#"[1.0,"NaN","Infinity","-Infinity"]"#));

    let options = WriteOptions { skips_faults: true, ..WriteOptions::default() };
    let mut out = Vec::new();
    let subject = Subject::of_file(&file);
    let faults = Writer::default().write(&subject, &options, &mut FileBulkData::Inline, &mut out).unwrap();
    assert_eq!((out.as_slice(), faults.len()), (&b"{}"[..], 1));
}

#[test]
fn numbers_of_a_wrong_length_are_bytes() {
    assert_eq!(
        json(&[explicit(0x0028_0010, "US", &[1, 2, 3, 4, 5])]),
        r#"{"00280010":{"vr":"UN","InlineBinary":"AQIDBAU="}}"#
    );
}

#[test]
fn other_elements_decide_on_us_and_ss() {
    let smallest = implicit(0x0028_0106, &[0xFF, 0xFF]);
    let lut = [implicit(0x0028_3002, &[1, 0, 0, 0, 16, 0]), implicit(0x0028_3006, &[7, 0])].concat();
    let signed = implicit(0x0028_0103, &[1, 0]);
    let items = implicit(0x0028_3010, &item(&[smallest.clone(), lut].concat()));
    let unsigned = write(&read(IMPLICIT, &smallest));
    assert_eq!(unsigned, r#"{"00280106":{"vr":"US","Value":[65535]}}"#);
    let text = write(&read(IMPLICIT, &[signed, smallest, items].concat()));
    assert_eq!(
        text,
        concat!(
            r#"{"00280103":{"vr":"US","Value":[1]},"00280106":{"vr":"SS","Value":[-1]},"00283010":{"vr":"SQ","#,
            r#""Value":[{"00280106":{"vr":"SS","Value":[-1]},"00283002":{"vr":"SS","Value":[1,0,16]},"#,
            r#""00283006":{"vr":"US","Value":[7]}}]}}"#
        )
    );
}

#[test]
fn big_endian_becomes_little() {
    let words = [0x7F, 0xE0, 0, 0x10, b'O', b'W', 0, 0, 0, 0, 0, 4, 1, 2, 3, 4];
    let rows = [0, 0x28, 0, 0x10, b'U', b'S', 0, 2, 1, 2];
    assert_eq!(
        write(&read(BIG, &[&rows[..], &words].concat())),
        r#"{"00280010":{"vr":"US","Value":[258]},"7FE00010":{"vr":"OW","InlineBinary":"AgEEAw=="}}"#
    );
}

#[test]
fn encapsulated_pixel_data_are_items_without_the_delimiter() {
    let items = [item(b""), item(&[1, 2])].concat();
    let pixels =
        [explicit_header(0x7FE0_0010, "OB", u32::MAX), items.clone(), header(0xFFFE_E0DD, 0)].concat();
    let text = write(&read("1.2.840.10008.1.2.5", &pixels));
    assert_eq!(items.len(), 18);
    assert_eq!(text, r#"{"7FE00010":{"vr":"OB","InlineBinary":"/v8A4AAAAAD+/wDgAgAAAAEC"}}"#);
}

/// Remembers what it was asked for.
#[derive(Default)]
struct Asked(Vec<String>);

impl BulkData for Asked {
    fn longest_text(&self) -> u64 {
        4
    }

    fn place(&mut self, element: &BulkElement<'_>) -> Result<Placement> {
        let (path, vr, length) = (element.path(), element.vr(), element.length());
        let value = element.value()?;
        let rows = element.item_rows().count();
        self.0.push(format!("{path} {vr} {length} {} {rows}", value.len()));
        match element.tag().0 {
            0x0009_1001 => Ok(Placement::Omit),
            0x0040_A160 => Ok(Placement::Inline),
            0x7FE0_0010 => Err(Error::from(ErrorKind::Interrupted)),
            _ => Ok(Placement::Uri("https://example.org/\"1\"".to_owned())),
        }
    }
}

#[test]
fn large_values_go_where_the_policy_says() {
    let text = explicit(0x0040_A160, "UT", b"long text");
    let items = sequence(0x0040_A730, &[item(b""), item(&explicit(0x0028_2000, "OB", &[1, 2]))]);
    let private = explicit(0x0009_1001, "UN", &[1, 2]);
    let elements = [private, explicit(0x0028_2000, "OB", b""), text.clone(), items].concat();
    let mut asked = Asked::default();
    let written = write_with(&read(EXPLICIT, &elements), &WriteOptions::default(), &mut asked).unwrap();
    assert_eq!(
        asked.0,
        ["(0009,1001) UN 2 2 0", "(0040,A160) UT 9 9 0", "(0040,A730)[1].(0028,2000) OB 2 2 1"]
    );
    assert_eq!(
        written,
        concat!(
            r#"{"00091001":{"vr":"UN"},"00282000":{"vr":"OB"},"0040A160":{"vr":"UT","Value":["long text"]},"#,
            r#""0040A730":{"vr":"SQ","Value":[{},{"00282000":{"vr":"OB","BulkDataURI":"https://example.org/\"1\""}}]}}"#
        )
    );
    let pixels = read(EXPLICIT, &explicit(0x7FE0_0010, "OW", &[0; 8]));
    let error = write_with(&pixels, &WriteOptions::default(), &mut asked).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Interrupted);

    let mut uri = FileBulkData::uri(4, Path::new("/data/a b/ä.dcm"));
    assert_eq!(
        write_with(&pixels, &WriteOptions::default(), &mut uri).unwrap(),
        r#"{"7FE00010":{"vr":"OW","BulkDataURI":"file:///data/a%20b/%C3%A4.dcm?offset=184&length=8"}}"#
    );
    let omitted = write_with(&pixels, &WriteOptions::default(), &mut FileBulkData::Omit(4)).unwrap();
    assert_eq!(omitted, r#"{"7FE00010":{"vr":"OW"}}"#);
}

#[test]
fn values_that_stay_in_the_file_are_read_in_parts() {
    let pixels: Vec<u8> = (0..500_001_u32).map(|number| (number % 251) as u8).collect();
    for (syntax, vr) in [(EXPLICIT, "OW"), (BIG, "OB")] {
        let dataset = if syntax == BIG {
            [&[0x7F, 0xE0, 0, 0x10, b'O', b'B', 0, 0][..], &500_001_u32.to_be_bytes(), &pixels].concat()
        } else {
            explicit(0x7FE0_0010, vr, &pixels)
        };
        let bytes = file(syntax, &dataset);
        let whole = read_memory(Box::new(bytes.clone()), &ReadOptions::default()).unwrap();
        let options = ReadOptions { defer_size: Some(1000), ..ReadOptions::default() };
        let deferred = read_source(Arc::new(MemorySource::new(Box::new(bytes))), &options).unwrap();
        assert!(deferred.source.is_some());
        let text = write(&deferred);
        assert_eq!(text, write(&whole));
    }
}

/// A folder of its own for a test, removed at the end.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fastdcm-json-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn lines_of_many_files_keep_the_order_whatever_the_threads() {
    let folder = Folder::new("lines");
    for number in 0..100 {
        let instance = explicit(0x0020_0013, "IS", format!("{number:02}").as_bytes());
        std::fs::write(folder.0.join(format!("{number:02}")), file(EXPLICIT, &instance)).unwrap();
    }
    std::fs::write(folder.0.join("50x"), b"nothing of the kind").unwrap();
    let not_finite = explicit(0x0072_0074, "FD", &f64::NAN.to_le_bytes());
    std::fs::write(folder.0.join("70x"), file(EXPLICIT, &not_finite)).unwrap();
    for (bulk_data, threads) in
        [(BulkDataPolicy::Inline, 1), (BulkDataPolicy::Omit(0), 3), (BulkDataPolicy::Uri(0), 9)]
    {
        let options = ScanOptions { threads: NonZeroUsize::new(threads), ..ScanOptions::default() };
        let paths = vec![folder.0.clone()];
        let mut lines = JsonLines::new(paths, WriteOptions::default(), bulk_data, &options).unwrap();
        let mut text = Vec::new();
        while let Some(part) = lines.next_lines(&mut |_| Ok(())).unwrap() {
            text.extend_from_slice(&part);
            lines.recycle(part);
        }
        let text = String::from_utf8(text).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 102);
        assert_eq!(lines[50], r#"{"00200013":{"vr":"IS","Value":[50]}}"#);
        assert!(lines[51].starts_with("{\"path\":") && lines[51].contains("not DICOM"));
        assert!(lines[72].contains("not finite") && !lines[72].contains("NaN"), "{}", lines[72]);
    }
}

proptest! {
    #[test]
    fn decimal_strings_keep_their_number(value in any::<f64>(), digits in 0_usize..18, form in 0..4_u8) {
        prop_assume!(value.is_finite());
        let text = match form {
            0 => format!("{value:.digits$e}"),
            1 => format!("{:+.digits$}", value % 1e6),
            2 => format!("{value}"),
            _ => format!("000{}.", value.abs() % 1e18),
        };
        let written = json(&[explicit(0x0018_0050, "DS", format!("{text:>2}").as_bytes())]);
        let member = written.strip_prefix(r#"{"00180050":{"vr":"DS","Value":["#).unwrap();
        let member = member.strip_suffix("]}}").unwrap();
        match member.parse::<f64>() {
            Ok(number) => prop_assert_eq!(number, text.parse::<f64>().unwrap()),
            Err(_) => prop_assert_eq!(member, format!("\"{text}\"")),
        }
    }
}
