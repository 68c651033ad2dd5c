//! Files: preamble, meta information and what goes without them (PS3.10 §7).

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)]

mod support;

use std::io::Write;
use std::sync::Arc;

use fastdcm::dataset::{ByteOrder, Draft, DraftPart, DraftValue, Encoding, Flags, StoredRows, Target};
use fastdcm::file::{DicomFile, FileDraft, FilePlan, ReadOptions, read_memory, read_source};
use fastdcm::sink::SinkOptions;
use fastdcm::source::FileSource;
use fastdcm::{ErrorKind, Limits, Result, Tag, Vr};
use support::*;

const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
const NAME: u32 = 0x0010_0010;
const PIXELS: u32 = 0x7FE0_0010;

fn read(bytes: &[u8]) -> Result<DicomFile> {
    read_memory(Box::new(bytes.to_vec()), &ReadOptions::default())
}

fn read_forced(bytes: &[u8]) -> Result<DicomFile> {
    read_memory(Box::new(bytes.to_vec()), &ReadOptions { force: true, ..ReadOptions::default() })
}

fn names(file: &DicomFile) -> Vec<&'static str> {
    file.all_warnings().map(|warning| warning.kind.name()).collect()
}

fn dataset() -> Vec<u8> {
    [explicit(0x0008_0060, "CS", b"CT"), explicit(NAME, "PN", b"A^B ")].concat()
}

#[test]
fn ps3_10_7_1_a_file_with_everything() {
    let file = read(&file(EXPLICIT, &dataset())).unwrap();
    assert_eq!(file.preamble.as_deref(), Some(&[0; 128]));
    assert_eq!(file.transfer_syntax.unwrap().as_str(), EXPLICIT);
    assert_eq!(lines(&file.meta), ["(0002,0000) UL 4", "(0002,0010) UI 20"]);
    assert_eq!(lines(&file.dataset), ["(0008,0060) CS 2", "(0010,0010) PN 4"]);
    assert_eq!(file.dataset().find(Tag(NAME)).unwrap().value(), Some(&b"A^B "[..]));
    assert_eq!(names(&file), [""; 0]);
}

#[test]
fn what_is_no_dicom_is_refused() {
    assert_eq!(*read(b"").err().unwrap().kind(), ErrorKind::Empty);
    for bytes in [&b"x"[..], &[0; 131], b"GIF89a and some more bytes than eight", &[0; 1000]] {
        assert_eq!(*read(bytes).err().unwrap().kind(), ErrorKind::NoPrefix);
        assert_eq!(*read_forced(bytes).err().unwrap().kind(), ErrorKind::NotDicom);
    }
    let only_prefix = [vec![0; 128], b"DICM".to_vec()].concat();
    assert_eq!(*read(&only_prefix).err().unwrap().kind(), ErrorKind::NoDataSet);
}

#[test]
fn a_file_without_data_set_where_that_is_allowed() {
    let options = ReadOptions { allow_empty: true, ..ReadOptions::default() };
    let file = read_memory(Box::new([vec![0; 128], b"DICM".to_vec()].concat()), &options).unwrap();
    assert!(file.meta.is_empty() && file.dataset.is_empty());
}

#[test]
fn a_bare_data_set_needs_force() {
    assert_eq!(*read(&dataset()).err().unwrap().kind(), ErrorKind::NoPrefix);
    let file = read_forced(&dataset()).unwrap();
    assert_eq!(lines(&file.dataset), ["(0008,0060) CS 2", "(0010,0010) PN 4"]);
    assert_eq!(names(&file), ["NoPreamble", "NoFileMeta"]);
    let implicit = [implicit(0x0008_0060, b"CT"), implicit(NAME, b"A^B ")].concat();
    assert_eq!(read_forced(&implicit).unwrap().encoding, Some(Encoding::IMPLICIT_LITTLE));
}

#[test]
fn letters_of_the_prefix_in_a_value_are_no_prefix() {
    let mut text = vec![b' '; 200];
    text[40..44].copy_from_slice(b"DICM");
    let set = [explicit(0x0008_0060, "CS", b"CT  "), explicit(0x0008_0104, "LO", &text)].concat();
    let at = set.windows(4).position(|bytes| bytes == b"DICM").unwrap();
    let set = [explicit(0x0008_0008, "CS", &vec![b' '; 128 - 8 - at]), set].concat();
    assert_eq!(&set[128..132], b"DICM");
    let file = read(&set).unwrap();
    assert_eq!(file.dataset.len(), 3);
    assert_eq!(names(&file), ["NoPreamble", "NoFileMeta"]);
}

#[test]
fn meta_information_without_preamble() {
    let bytes = file(EXPLICIT, &dataset())[132..].to_vec();
    let file = read_forced(&bytes).unwrap();
    assert_eq!(file.transfer_syntax.unwrap().as_str(), EXPLICIT);
    assert_eq!(names(&file), ["NoPreamble"]);
    let prefix_first = [b"DICM".to_vec(), bytes].concat();
    assert_eq!(lines(&read(&prefix_first).unwrap().dataset).len(), 2);
}

#[test]
fn damaged_group_lengths_do_not_matter() {
    for length in [0_u32, 7, u32::MAX] {
        let mut bytes = file(EXPLICIT, &dataset());
        bytes[140..144].copy_from_slice(&length.to_le_bytes());
        let file = read(&bytes).unwrap();
        assert_eq!(file.dataset.len(), 2);
        assert_eq!(names(&file), ["MetaGroupLengthWrong"]);
    }
    let mut bytes = file(EXPLICIT, &dataset());
    bytes.drain(132..144);
    let file = read(&bytes).unwrap();
    assert_eq!((file.dataset.len(), names(&file)), (2, vec!["MetaGroupLengthMissing"]));
}

#[test]
fn meta_information_in_implicit_vr() {
    let mut bytes = vec![0; 128];
    bytes.extend_from_slice(b"DICM");
    bytes.extend(implicit(0x0002_0000, &28_u32.to_le_bytes()));
    bytes.extend(implicit(0x0002_0010, b"1.2.840.10008.1.2.1\0"));
    bytes.extend(dataset());
    let file = read(&bytes).unwrap();
    assert_eq!(file.transfer_syntax.unwrap().as_str(), EXPLICIT);
    assert_eq!((file.dataset.len(), names(&file)), (2, vec!["MetaImplicit"]));
}

#[test]
fn transfer_syntaxes_that_are_missing_or_unknown() {
    let implicit = [implicit(0x0008_0060, b"CT"), implicit(NAME, b"A^B ")].concat();
    for set in [dataset(), implicit] {
        let unknown = read(&file("1.2.3.4", &set)).unwrap();
        assert_eq!((unknown.dataset.len(), names(&unknown)[0]), (2, "TransferSyntaxUnknown"));
        let missing = read(&file("", &set)).unwrap();
        assert_eq!((missing.dataset.len(), names(&missing)[0]), (2, "TransferSyntaxMissing"));
    }
}

#[test]
fn ps3_5_a_5_deflated_data_sets() {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&dataset()).unwrap();
    let stream = encoder.finish().unwrap();
    let inflated = read(&file(DEFLATED, &stream)).unwrap();
    assert_eq!(inflated.dataset().find(Tag(NAME)).unwrap().value(), Some(&b"A^B "[..]));
    assert_eq!(names(&inflated), [""; 0]);
    let cut = read(&file(DEFLATED, &stream[..stream.len() - 2])).unwrap();
    assert!(names(&cut).contains(&"DeflateDamaged"));
    let limits = Limits { inflated: 10, ..Limits::DEFAULT };
    let options = ReadOptions { limits, ..ReadOptions::default() };
    let error = read_memory(Box::new(file(DEFLATED, &stream)), &options).err().unwrap();
    assert!(matches!(error.kind(), ErrorKind::LimitExceeded { limit: "inflated", .. }));
}

#[test]
fn pixel_data_stays_in_the_source_and_what_follows_is_read() {
    let pixels: Vec<u8> = (0..300_000_u32).map(|i| i.to_le_bytes()[0]).collect();
    let padding = explicit(0xFFFC_FFFC, "OB", &[0; 4]);
    let set = [dataset(), explicit(PIXELS, "OW", &pixels), padding].concat();
    let source = Watched::new(file(EXPLICIT, &set));
    let options = ReadOptions { defer_pixels: Some(1 << 16), header_hint: 4096, ..ReadOptions::default() };
    let file = read_source(source.clone(), &options).unwrap();
    let last = lines(&file.dataset).split_off(2);
    assert_eq!(last, ["(7FE0,0010) OW 300000", "(FFFC,FFFC) OB 4"]);
    assert!(file.bytes.len() < 10_000);
    let element = file.dataset().find(Tag(PIXELS)).unwrap();
    assert!(element.row().has(Flags::DEFERRED) && element.value().is_none());
    assert_eq!(*file.value(&element).unwrap(), pixels);
    assert_eq!(file.dataset().find(Tag(0xFFFC_FFFC)).unwrap().value(), Some(&[0; 4][..]));
}

#[test]
fn no_byte_is_read_twice() {
    let private: Vec<u8> = (0..500).flat_map(|i| explicit(0x0021_1000 + i, "LO", &[b'x'; 50])).collect();
    let set = [
        dataset(),
        explicit(0x0021_0010, "LO", b"ACME"),
        private,
        explicit(0x0029_1010, "OB", &[1; 100_000]),
        explicit(PIXELS, "OW", &[0; 200_000]),
    ];
    for hint in [1, 200, 4096, 1 << 20] {
        let source = Watched::new(file(EXPLICIT, &set.concat()));
        let options =
            ReadOptions { defer_pixels: Some(1 << 16), header_hint: hint, ..ReadOptions::default() };
        let file = read_source(source.clone(), &options).unwrap();
        assert_eq!(file.dataset.len(), 505);
        assert!(file.dataset().find(Tag(0x0029_1010)).unwrap().value().is_some());
        let mut end = 0;
        for read in source.reads() {
            assert!(read.start >= end, "{read:?} was read before, hint {hint}");
            end = read.end;
        }
    }
}

#[test]
fn a_source_and_memory_give_the_same() {
    let fragments: Vec<u8> = (0..20).flat_map(|i| item(&vec![i; 70_000])).collect();
    let end = [end_sequence(), explicit(0xFFFC_FFFC, "OB", &[0; 4])].concat();
    let set = [dataset(), explicit_header(PIXELS, "OB", UNDEFINED), item(b""), fragments, end].concat();
    let bytes = file("1.2.840.10008.1.2.5", &set);
    let whole = read(&bytes).unwrap();
    let options = ReadOptions { defer_pixels: Some(1 << 16), ..ReadOptions::default() };
    for cut in [bytes.len(), bytes.len() - 30, 200_000, 66_000, 300] {
        let source = Watched::new(bytes[..cut].to_vec());
        let part = read_source(source, &options).unwrap();
        let memory = read(&bytes[..cut]).unwrap();
        assert_eq!(lines(&part.dataset), lines(&memory.dataset), "cut at {cut}");
        assert_eq!(names(&part), names(&memory));
        assert_eq!(part.truncated_at(), memory.truncated_at());
        assert_eq!(part.truncated_at().is_none(), cut == bytes.len());
    }
    let part = read_source(Watched::new(bytes), &options).unwrap();
    assert!(part.bytes.len() < 100_000, "{}", part.bytes.len());
    for (a, b) in part.dataset.rows().iter().zip(whole.dataset.rows()) {
        let (a, b) =
            (part.read(a.offset(), a.length()).unwrap(), whole.read(b.offset(), b.length()).unwrap());
        assert!(a == b);
    }
}

#[test]
fn an_index_takes_24_bytes_an_element() {
    let elements: Vec<u8> = (0..1000).flat_map(|i| explicit(0x0020_1000 + i, "US", &[1, 0])).collect();
    let file = read(&file(EXPLICIT, &elements)).unwrap();
    assert_eq!((file.dataset.len(), file.dataset.memory()), (1000, 24_000));
}

#[test]
fn a_length_that_lies_allocates_nothing() {
    let set = [dataset(), explicit_header(0x0042_0011, "OB", 0xFFFF_FFF0), vec![1; 100]].concat();
    let source = Watched::new(file(EXPLICIT, &set));
    let file = read_source(source, &ReadOptions::default()).unwrap();
    assert_eq!(lines(&file.dataset)[2], "(0042,0011) OB 100 truncated");
    assert!(file.bytes.len() < 1000);
    assert_eq!(file.truncated_at(), Some(file.dataset.rows()[2].header_offset()));
}

#[test]
fn a_cut_at_any_byte_gives_elements_or_an_error() {
    let set = [dataset(), explicit(0x0040_0275, "SQ", &item(&dataset())), explicit(PIXELS, "OB", &[7; 10])];
    let bytes = file(EXPLICIT, &set.concat());
    let whole = read(&bytes).unwrap();
    for cut in 0..bytes.len() {
        let Ok(part) = read(&bytes[..cut]) else {
            assert!(cut <= 132, "cut at {cut}");
            continue;
        };
        for row in
            whole.meta.rows().iter().chain(whole.dataset.rows()).filter(|row| row.value_end() <= cut as u64)
        {
            let found =
                part.meta.rows().iter().chain(part.dataset.rows()).find(|r| r.offset() == row.offset());
            assert_eq!(found.map(|r| (r.tag(), r.length())), Some((row.tag(), row.length())), "cut at {cut}");
        }
    }
}

fn plan_of<'a>(
    file: &'a DicomFile,
    meta: &'a Draft<'a>,
    dataset: &'a Draft<'a>,
    deflated: bool,
) -> FilePlan<'a> {
    let target = Target::new(file.encoding.unwrap(), file.stored().character_set);
    FilePlan::new(&FileDraft {
        preamble: file.preamble.as_deref(),
        meta: (!meta.parts.is_empty()).then_some(meta),
        dataset,
        target,
        is_deflated: deflated,
    })
    .unwrap()
}

fn written(plan: &FilePlan<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    plan.write(&mut out).unwrap();
    assert!(plan.length().is_none_or(|length| length == out.len() as u64));
    out
}

#[test]
fn ps3_10_7_1_a_file_is_written_as_it_was() {
    let bytes = file(EXPLICIT, &dataset());
    let file = read(&bytes).unwrap();
    let (meta, data) = (Draft::stored(file.stored_meta()), Draft::stored(file.stored()));
    assert_eq!(written(&plan_of(&file, &meta, &data, false)), bytes);
    // Without preamble and meta information the data set alone.
    let none = Draft::default();
    let bare = DicomFile { preamble: None, encoding: file.encoding, ..DicomFile::default() };
    assert_eq!(written(&plan_of(&bare, &none, &data, false)), dataset());
}

#[test]
fn the_group_length_of_meta_information_is_computed() {
    let mut bytes = file(EXPLICIT, &dataset());
    bytes[140] ^= 4;
    let wrong = read(&bytes).unwrap();
    assert_eq!(names(&wrong), ["MetaGroupLengthWrong"]);
    let (meta, data) = (Draft::stored(wrong.stored_meta()), Draft::stored(wrong.stored()));
    assert_eq!(written(&plan_of(&wrong, &meta, &data, false)), file(EXPLICIT, &dataset()));
    let implicit_meta =
        [vec![0; 128], b"DICM".to_vec(), implicit(0x0002_0010, b"1.2.840.10008.1.2.1\0"), dataset()];
    let found = read(&implicit_meta.concat()).unwrap();
    let (meta, data) = (Draft::stored(found.stored_meta()), Draft::stored(found.stored()));
    assert_eq!(written(&plan_of(&found, &meta, &data, false)), file(EXPLICIT, &dataset()));
}

#[test]
fn ps3_5_a_5_a_deflated_file_reads_back() {
    for size in 0..40 {
        let data = [dataset(), explicit(PIXELS, "OB", &vec![7; 2 * size])].concat();
        let stored = Draft::default();
        let source = read(&file(EXPLICIT, &data)).unwrap();
        let dataset = Draft::stored(source.stored());
        let mut bytes = file(DEFLATED, &[]);
        let start = bytes.len();
        bytes.extend(written(&plan_of(
            &DicomFile { preamble: None, ..read(&file(EXPLICIT, &data)).unwrap() },
            &stored,
            &dataset,
            true,
        )));
        assert_eq!((bytes.len() - start) % 2, 0);
        let again = read(&bytes).unwrap();
        assert_eq!(names(&again), [""; 0]);
        assert_eq!(again.inflated.as_ref().unwrap().get(0, data.len() as u64).unwrap(), data);
        let dataset = Draft::stored(again.stored());
        assert_eq!(
            written(&plan_of(
                &DicomFile { preamble: None, encoding: again.encoding, ..DicomFile::default() },
                &stored,
                &dataset,
                false
            )),
            data
        );
    }
}

#[test]
fn a_file_may_be_written_over_the_one_it_is_read_from() {
    let path = std::env::temp_dir().join(format!("fastdcm-{}-over.dcm", std::process::id()));
    let data = [dataset(), explicit(PIXELS, "OB", &vec![7; 300_000])].concat();
    std::fs::write(&path, file(EXPLICIT, &data)).unwrap();
    let source = Arc::new(FileSource::open(&path).unwrap());
    let options = ReadOptions { defer_pixels: Some(1000), ..ReadOptions::default() };
    let found = read_source(source, &options).unwrap();
    assert!(found.source.is_some());
    let (meta, stored) = (Draft::stored(found.stored_meta()), found.stored());
    let name = DraftPart::New { tag: Tag(NAME), vr: Vr::PN, value: DraftValue::Bytes(b"C^D^E".into()) };
    let edited = Draft {
        parts: vec![
            DraftPart::Stored(StoredRows { end: 1, ..stored }),
            name,
            DraftPart::Stored(StoredRows { first: 2, ..stored }),
        ],
        byte_order: ByteOrder::Little,
    };
    plan_of(&found, &meta, &edited, false).write_to_path(&path, SinkOptions::default()).unwrap();
    let again = std::fs::read(&path).unwrap();
    let keep = SinkOptions { overwrite: false, ..SinkOptions::default() };
    let kept = plan_of(&found, &meta, &edited, false).write_to_path(&path, keep);
    std::fs::remove_file(&path).unwrap();
    let data = [
        explicit(0x0008_0060, "CS", b"CT"),
        explicit(NAME, "PN", b"C^D^E "),
        explicit(PIXELS, "OB", &vec![7; 300_000]),
    ];
    assert!(again == file(EXPLICIT, &data.concat()));
    assert!(matches!(
        kept.unwrap_err().kind(),
        ErrorKind::Io { kind: std::io::ErrorKind::AlreadyExists, .. }
    ));
}

proptest::proptest! {
    #[test]
    fn any_bytes_give_a_file_or_an_error(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..1000)) {
        let _ = read_forced(&bytes);
        for syntax in [EXPLICIT, IMPLICIT, DEFLATED] {
            let _ = read(&file(syntax, &bytes));
        }
    }
}
