//! Scans of folders: rows, types, states, faults, order, cancelling.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)]

mod support;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use fastdcm::bulk::{Column, OnFault, Scan, ScanError, ScanOptions, write_cell};
use fastdcm::{Error, ErrorKind};
use proptest::prelude::*;
use support::{end_sequence, explicit, file, implicit, item, open_item};

const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const BIG: &str = "1.2.840.10008.1.2.2";

/// A folder of its own for a test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fastdcm-scan-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn columns(names: &[&str]) -> Vec<Column> {
    names.iter().map(|name| Column::parse(name, None).unwrap()).collect()
}

/// Rows as text, by the names of their columns.
struct Rows {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Rows {
    fn of(scan: &mut Scan) -> Result<Self, ScanError> {
        let names = scan.schema().fields().iter().map(|field| field.name().clone()).collect();
        let mut rows = Vec::new();
        while let Some(batch) = scan.next_batch(&mut |_| Ok(()))? {
            for row in 0..batch.num_rows() {
                let text = |array| {
                    let mut text = String::new();
                    write_cell(array, row, &mut text);
                    text
                };
                rows.push(batch.columns().iter().map(|array| text(array)).collect());
            }
        }
        Ok(Self { names, rows })
    }

    fn get(&self, name: &str) -> Vec<&str> {
        let number = self.names.iter().position(|found| found == name).unwrap();
        self.rows.iter().map(|row| row[number].as_str()).collect()
    }

    fn files(&self) -> Vec<&str> {
        self.get("path")
            .into_iter()
            .map(|path| Path::new(path).file_name().unwrap().to_str().unwrap())
            .collect()
    }
}

fn scan_with(folder: &Folder, names: &[&str], options: &ScanOptions) -> Result<Rows, ScanError> {
    Rows::of(&mut Scan::new(vec![folder.0.clone()], columns(names), options)?)
}

fn scan(folder: &Folder, names: &[&str]) -> Rows {
    scan_with(folder, names, &ScanOptions::default()).unwrap()
}

/// A small explicit VR little endian file.
fn small(patient: &str, rows: u16) -> Vec<u8> {
    let elements = [
        explicit(0x0008_0060, "CS", b"CT"),
        explicit(0x0010_0020, "LO", format!("{patient:<6}").as_bytes()),
        explicit(0x0028_0010, "US", &rows.to_le_bytes()),
    ];
    file(EXPLICIT, &elements.concat())
}

#[test]
fn one_row_a_file_in_the_order_of_paths() {
    let folder = Folder::new("order");
    for name in ["b/2", "a", "b/1", "c"] {
        folder.write(name, &small(name, 7));
    }
    let found = scan(&folder, &["PatientID", "Rows", "Columns"]);
    assert_eq!(found.get("PatientID"), ["a", "b/1", "b/2", "c"]);
    assert_eq!((found.get("Rows"), found.get("Columns")), (vec!["7"; 4], vec![""; 4]));
    assert_eq!((found.get("status"), found.get("transfer_syntax")), (vec!["ok"; 4], vec![EXPLICIT; 4]));
    assert_eq!(
        (found.get("message"), found.get("offset"), found.get("path_bytes")),
        (vec![""; 4], vec![""; 4], vec![""; 4])
    );
}

#[test]
fn types_come_from_the_dictionary() {
    let names = [
        "PatientID",
        "StudyDate",
        "StudyTime",
        "AcquisitionDateTime",
        "Rows",
        "SmallestImagePixelValue",
        "InstanceNumber",
        "SliceThickness",
        "PixelSpacing",
        "ImageType",
        "FrameIncrementPointer",
        "ReferencedImageSequence",
        "(0029,NOBODY KNOWS,01)",
        "ICCProfile",
        "RecommendedDisplayFrameRateInFloat",
        "TransferSyntaxUID",
        "SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[*].PixelSpacing",
    ];
    let types: Vec<_> =
        columns(&names).iter().map(|column| column.cell_type().data_type().to_string()).collect();
    let list = |of: &str| format!("List({of})");
    let wanted = [
        "Utf8",
        "Date32",
        "Time64(µs)",
        "Utf8",
        "UInt16",
        "Int32",
        "Int64",
        "Float64",
        &list("Float64"),
        &list("Utf8"),
        &list("Utf8"),
        "Int32",
        "Utf8",
        "Binary",
        "Float32",
        "Utf8",
        &list(&list("Float64")),
    ];
    let wanted: Vec<_> = wanted.iter().map(|name| name.to_string()).collect();
    assert_eq!(types, wanted);
}

#[test]
fn names_are_told_apart() {
    let parse = |texts: &[(Option<&str>, &str)]| {
        let texts: Vec<_> =
            texts.iter().map(|(name, text)| (name.map(str::to_owned), (*text).to_owned())).collect();
        Column::parse_all(&texts)
            .map(|columns| columns.iter().map(|column| column.name().to_owned()).collect())
    };
    assert_eq!(
        parse(&[(None, "00280010"), (Some("height"), "Rows")]),
        Ok(vec!["Rows".to_owned(), "height".to_owned()])
    );
    assert!(parse(&[(None, "Rows"), (None, "(0028,0010)")]).unwrap_err().to_string().contains("already"));
    assert!(parse(&[(Some("status"), "Rows")]).is_err());
    assert!(parse(&[(None, "PixelData")]).unwrap_err().to_string().contains("pixel data"));
}

#[test]
fn absent_empty_and_unreadable_are_told_apart() {
    let folder = Folder::new("states");
    let elements = [
        explicit(0x0008_0020, "DA", b"20240230"),
        explicit(0x0008_0030, "TM", b""),
        explicit(0x0010_0020, "LO", b"two\\values"),
        explicit(0x0028_0010, "US", &[1, 0, 2, 0]),
        explicit(0x0028_0030, "DS", b"0.5\\bad "),
        explicit(0x0028_1050, "DS", b"1\\\\3"),
    ];
    folder.write("a", &file(EXPLICIT, &elements.concat()));
    let names = ["StudyDate", "StudyTime", "PatientID", "Rows", "Columns", "PixelSpacing", "WindowCenter"];
    let found = scan(&folder, &names);
    assert_eq!(names.map(|name| found.get(name)[0]), ["", "", "", "", "", "0.5\\", "1\\\\3"]);
    assert_eq!(found.get("empty"), ["StudyTime"]);
    assert_eq!(found.get("unreadable"), ["StudyDate\\PatientID\\Rows\\PixelSpacing"]);
    assert_eq!(
        (found.get("status")[0], found.get("message")[0]),
        ("warning", "text that is not a date, tag (0008,0020)")
    );
    assert_eq!(found.get("offset")[0], (132 + 12 + 28 + 8).to_string());
}

#[test]
fn a_second_value_is_told_with_its_number() {
    let folder = Folder::new("second");
    folder.write("a", &file(EXPLICIT, &explicit(0x0028_0010, "US", &[1, 0, 2, 0])));
    assert_eq!(scan(&folder, &["Rows"]).get("message"), ["2 values where one is allowed, tag (0028,0010)"]);
}

#[test]
fn values_of_another_vr_are_read_where_they_fit() {
    let folder = Folder::new("vrs");
    let elements = [
        explicit(0x0008_0020, "LO", b"20240229"),
        explicit(0x0020_0013, "US", &[7, 0]),
        explicit(0x0028_0010, "UL", &[1, 0, 1, 0]),
        explicit(0x0028_0011, "IS", b" 12 "),
        explicit(0x0028_0030, "FD", &[0.5_f64.to_le_bytes(), 0.25_f64.to_le_bytes()].concat()),
    ];
    folder.write("a", &file(EXPLICIT, &elements.concat()));
    let names = ["StudyDate", "InstanceNumber", "Rows", "Columns", "PixelSpacing"];
    let found = scan(&folder, &names);
    assert_eq!(names.map(|name| found.get(name)[0]), ["2024-02-29", "7", "", "12", "0.5\\0.25"]);
    assert_eq!(
        (found.get("unreadable")[0], found.get("message")[0]),
        ("Rows", "a number out of range, tag (0028,0010)")
    );
}

#[test]
fn paths_into_sequences() {
    let folder = Folder::new("paths");
    let spacing = |text: &[u8]| item(&explicit(0x0028_0030, "DS", text));
    let measures = explicit(0x0028_9110, "SQ", &[spacing(b"1\\2 "), item(&[]), spacing(b"3\\4 ")].concat());
    let shared = explicit(0x5200_9229, "SQ", &open_item(&measures));
    folder.write("a", &file(EXPLICIT, &shared));
    folder.write("b", &small("b", 1));
    let path = |items: &str| {
        format!("SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[{items}].PixelSpacing")
    };
    let names = [path("0"), path("1"), path("2"), path("3"), path("*")];
    let count = "SharedFunctionalGroupsSequence[0].PixelMeasuresSequence";
    let names: Vec<&str> =
        names.iter().map(String::as_str).chain([count, "SharedFunctionalGroupsSequence"]).collect();
    let found = scan(&folder, &names);
    assert_eq!(found.rows[0][5..12], ["1\\2", "", "3\\4", "", "1\\2||3\\4", "3", "1"]);
    assert_eq!(found.rows[1][5..12], ["", "", "", "", "", "", ""]);
}

#[test]
fn ps3_5_7_8_1_private_creators_in_any_block() {
    let folder = Folder::new("private");
    let creator = |block: u32, creator: &[u8]| explicit(0x0043_0000 | block, "LO", creator);
    let value = |block: u32, value: &[u8]| explicit(0x0043_0039 | block << 8, "IS", value);
    let own: &[u8] = b"GEMS_PARM_01";
    let files = [
        vec![creator(0x10, own), value(0x10, b"5\\6 ")],
        vec![creator(0x11, b"OTHERS"), creator(0xFE, own), value(0x11, b"1 "), value(0xFE, b"5\\6 ")],
        vec![creator(0x10, b"OTHERS"), value(0x10, b"1 ")],
        vec![creator(0x10, own), creator(0x11, own), value(0x11, b"7\\8 ")],
    ];
    for (number, elements) in files.iter().enumerate() {
        folder.write(&number.to_string(), &file(EXPLICIT, &elements.concat()));
    }
    let found = scan(&folder, &["(0043,GEMS_PARM_01,39)"]);
    assert_eq!(found.get("(0043,GEMS_PARM_01,39)"), ["5\\6", "5\\6", "", "7\\8"]);
}

#[test]
fn text_is_decoded_and_items_inherit_the_character_set() {
    let folder = Folder::new("text");
    let name = explicit(0x0010_0010, "PN", b"M\xFCller^J\xF6rg ");
    let codes = explicit(
        0x0040_0275,
        "SQ",
        &[
            item(&explicit(0x0040_0007, "LO", b"\xDF ")),
            item(
                &[explicit(0x0008_0005, "CS", b"ISO_IR 192"), explicit(0x0040_0007, "LO", "ß".as_bytes())]
                    .concat(),
            ),
        ]
        .concat(),
    );
    let elements = [explicit(0x0008_0005, "CS", b"ISO_IR 100"), name.clone(), codes].concat();
    folder.write("a", &file(EXPLICIT, &elements));
    folder.write("b", &file(EXPLICIT, &name));
    let step = "RequestAttributesSequence[*].ScheduledProcedureStepDescription";
    let found = scan(&folder, &["PatientName", step]);
    assert_eq!((found.get("PatientName")[0], found.get(step)[0]), ("Müller^Jörg", "ß\\ß"));
    assert_eq!(found.get("status"), ["ok", "warning"]);
    assert_eq!(found.get("message")[1], "text beyond ASCII without Specific Character Set, tag (0010,0010)");
    assert_eq!(found.get("unreadable")[1], "");
}

#[test]
fn us_or_ss_follows_pixel_representation_where_no_vr_is_written() {
    let folder = Folder::new("signed");
    for signed in [0, 1] {
        let elements = [implicit(0x0028_0103, &[signed, 0]), implicit(0x0028_0106, &[0xFF, 0xFF])].concat();
        folder.write(&signed.to_string(), &file(IMPLICIT, &elements));
    }
    assert_eq!(scan(&folder, &["SmallestImagePixelValue"]).get("SmallestImagePixelValue"), ["65535", "-1"]);
}

#[test]
fn big_endian_numbers_and_tags() {
    let folder = Folder::new("big");
    let elements = b"\x00\x28\x00\x09AT\x00\x04\x00\x18\x10\x63\x00\x28\x00\x10US\x00\x02\x01\x02";
    folder.write("a", &file(BIG, elements));
    let found = scan(&folder, &["FrameIncrementPointer", "Rows"]);
    assert_eq!((found.get("FrameIncrementPointer")[0], found.get("Rows")[0]), ("(0018,1063)", "258"));
}

#[test]
fn cp_246_un_of_undefined_length_is_stepped_over_in_big_endian() {
    let folder = Folder::new("un");
    let hidden = [item(&implicit(0x0008_1155, b"1.2.")), end_sequence()].concat();
    let elements =
        [b"\x00\x08\x21\x12UN\x00\x00\xFF\xFF\xFF\xFF", &*hidden, b"\x00\x28\x00\x10US\x00\x02\x00\x07"];
    folder.write("a", &file(BIG, &elements.concat()));
    let found = scan(&folder, &["Rows"]);
    assert_eq!((found.get("Rows")[0], found.get("status")[0]), ("7", "ok"));
}

fn damaged() -> Folder {
    let folder = Folder::new(&format!("damaged-{:?}", std::thread::current().id()));
    folder.write("1", &small("1", 1));
    folder.write("2", b"");
    folder.write("3.txt", b"No DICOM file at all, only text that goes on for a while.");
    folder.write("4", &small("4", 1)[..132]);
    folder.write("5", &small("5", 1)[132 + 40..]);
    let nested = |inner: Vec<u8>| explicit(0x0008_1140, "SQ", &item(&inner));
    folder.write("6", &file(EXPLICIT, &(0..200).fold(Vec::new(), |inner, _| nested(inner))));
    folder
}

#[test]
fn files_that_cannot_be_read_are_rows() {
    let found = scan(&damaged(), &["PatientID", "ReferencedImageSequence"]);
    assert_eq!(found.files(), ["1", "2", "3.txt", "4", "5", "6"]);
    assert_eq!(found.get("status"), ["ok", "error", "not DICOM", "error", "warning", "error"]);
    assert_eq!(found.get("PatientID"), ["1", "", "", "", "5", ""]);
    let messages = found.get("message");
    assert!(
        messages[1].contains("0 bytes")
            && messages[4].contains("no preamble")
            && messages[5].contains("depth")
    );
    assert!(
        messages
            .iter()
            .zip(found.get("status"))
            .all(|(message, status)| message.is_empty() == (status == "ok"))
    );
}

#[test]
fn faults_can_be_skipped_or_raised() {
    let folder = damaged();
    let options = |on_fault| ScanOptions { on_fault, ..ScanOptions::default() };
    assert_eq!(
        scan_with(&folder, &["ReferencedImageSequence"], &options(OnFault::Skip)).unwrap().files(),
        ["1", "5"]
    );
    let fault = scan_with(&folder, &[], &options(OnFault::Raise)).err().unwrap();
    assert_eq!((fault.path, fault.error.kind()), (Some(folder.0.join("2")), &ErrorKind::Empty));
}

#[test]
fn a_path_that_leads_nowhere_is_a_fault_like_others() {
    let folder = Folder::new("nowhere");
    let paths = vec![folder.0.join("nowhere"), folder.write("a", &small("a", 1))];
    let scan = |on_fault| {
        let options = ScanOptions { on_fault, ..ScanOptions::default() };
        Rows::of(&mut Scan::new(paths.clone(), Vec::new(), &options).unwrap())
    };
    assert_eq!(scan(OnFault::Report).unwrap().get("status"), ["ok", "error"]);
    assert_eq!(scan(OnFault::Skip).unwrap().get("status"), ["ok"]);
    let fault = scan(OnFault::Raise).err().unwrap();
    assert!(matches!(fault.error.kind(), ErrorKind::Io { kind: std::io::ErrorKind::NotFound, .. }));
    assert_eq!(fault.path.as_ref(), Some(&paths[0]));
}

#[test]
fn files_and_folders_may_be_named_in_any_mixture() {
    let folder = Folder::new("mixture");
    let mut named = vec![folder.0.clone()];
    for number in 0..900 {
        let name = format!("{:02}/{}/{number}", number % 30, number % 3);
        let path = folder.write(&name, &small(&number.to_string(), number));
        match number % 4 {
            0 => named.push(path),
            1 => named.push(path.parent().unwrap().to_path_buf()),
            _ => {}
        }
    }
    let scan = |named: &[PathBuf], threads, recursive| {
        let options =
            ScanOptions { threads: NonZeroUsize::new(threads), recursive, ..ScanOptions::default() };
        let mut scan = Scan::new(named.to_vec(), columns(&["Rows"]), &options).unwrap();
        let rows = Rows::of(&mut scan).unwrap();
        assert_eq!(scan.progress().found, rows.rows.len() as u64);
        rows.rows
    };
    let wanted = scan(&named[..1], 1, true);
    assert!(wanted.len() == 900 && wanted.is_sorted());
    assert!([1, 2, 8].into_iter().all(|threads| scan(&named, threads, true) == wanted));
    assert!(scan(&named, 2, false).is_sorted());
}

#[test]
fn the_same_rows_whatever_the_threads() {
    let folder = Folder::new("threads");
    for number in 0..700 {
        folder.write(&format!("{}/{number}", number % 7), &small(&number.to_string(), number));
    }
    let rows = |threads| {
        let options = ScanOptions { threads: NonZeroUsize::new(threads), ..ScanOptions::default() };
        scan_with(&folder, &["PatientID", "Rows"], &options).unwrap().rows
    };
    let one = rows(1);
    assert_eq!(one.len(), 700);
    assert!(one.is_sorted());
    assert!([2, 3, 16].into_iter().all(|threads| rows(threads) == one));
}

#[test]
fn a_scan_that_waits_for_its_caller_holds_up_no_other() {
    let folder = Folder::new("waiting");
    (0..5000).for_each(|number| drop(folder.write(&number.to_string(), b"x")));
    let start = || Scan::new(vec![folder.0.clone()], Vec::new(), &ScanOptions::default()).unwrap();
    let mut waiting = start();
    assert_eq!(waiting.next_batch(&mut |_| Ok(())).unwrap().unwrap().num_rows(), 4096);
    assert_eq!(Rows::of(&mut start()).unwrap().rows.len(), 5000);
    assert_eq!(waiting.next_batch(&mut |_| Ok(())).unwrap().unwrap().num_rows(), 904);
    assert!(waiting.next_batch(&mut |_| Ok(())).unwrap().is_none());
    let progress = waiting.progress();
    assert_eq!((progress.done, progress.found, progress.is_all), (5000, 5000, true));
}

#[test]
fn the_caller_can_end_it() {
    let folder = Folder::new("end");
    (0..500).for_each(|number| drop(folder.write(&number.to_string(), b"x")));
    let mut scan = Scan::new(vec![folder.0.clone()], Vec::new(), &ScanOptions::default()).unwrap();
    let fault = scan.next_batch(&mut |_| Err(Error::from(ErrorKind::Interrupted))).unwrap_err();
    assert_eq!(fault.error.kind(), &ErrorKind::Interrupted);
}

/// A file with a little of everything, and columns for all of it.
fn rich() -> (Vec<u8>, Vec<Column>) {
    let elements = [
        explicit(0x0008_0005, "CS", b"ISO_IR 100"),
        explicit(0x0008_0020, "DA", b"20240229"),
        explicit(0x0008_0060, "CS", b"CT"),
        explicit(0x0010_0010, "PN", b"M\xFCller^J "),
        explicit(0x0043_0010, "LO", b"GEMS_PARM_01"),
        explicit(0x0043_1039, "IS", b"5\\6 "),
        [
            support::explicit_header(0x5200_9229, "SQ", support::UNDEFINED),
            open_item(&explicit(0x0028_0030, "DS", b"1\\2 ")),
            end_sequence(),
        ]
        .concat(),
    ];
    let names = [
        "StudyDate",
        "Modality",
        "PatientName",
        "(0043,GEMS_PARM_01,39)",
        "SharedFunctionalGroupsSequence[*].PixelSpacing",
    ];
    (file(EXPLICIT, &elements.concat()), columns(&names))
}

fn row_of(path: &Path, columns: Vec<Column>) -> Rows {
    Rows::of(&mut Scan::new(vec![path.to_path_buf()], columns, &ScanOptions::default()).unwrap()).unwrap()
}

#[test]
fn cut_at_every_offset_what_lies_before_is_kept() {
    let folder = Folder::new("cut");
    let (bytes, columns) = rich();
    let whole = row_of(&folder.write("whole", &bytes), columns.clone());
    assert_eq!(whole.rows[0][5..10], ["2024-02-29", "CT", "Müller^J", "5\\6", "1\\2"]);
    for cut in 0..bytes.len() {
        let found = row_of(&folder.write("cut", &bytes[..cut]), columns.clone());
        assert_eq!(found.rows.len(), 1);
        for column in 5..9 {
            let value = &whole.rows[0][column];
            let is_before = [206, 216, 234, 266][column - 5] <= cut;
            if is_before {
                assert_eq!(&found.rows[0][column], value, "{cut}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_bytes_are_a_row(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12)) {
        let folder = Folder::new("any");
        let (mut bytes, columns) = rich();
        for (index, byte) in changes {
            *index.get_mut(&mut bytes) = byte;
        }
        let found = row_of(&folder.write("a", &bytes), columns);
        prop_assert_eq!(found.rows.len(), 1);
    }
}
