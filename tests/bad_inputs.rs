//! Damage that real files have: what is read all the same, and which warning tells of it.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fastdcm::dataset::{DatasetView, Encoding, Index, TokenizerOptions};
use fastdcm::file::{ReadOptions, read_memory, read_source};
use fastdcm::source::{ReadAt, Resident};
use fastdcm::{ErrorKind, Result, Tag, Vr, WarningKind};
use support::*;

const NAME: u32 = 0x0010_0010;
const ID: u32 = 0x0010_0020;
const ROWS: u32 = 0x0028_0010;
const CODE: u32 = 0x0008_0100;
const SEQUENCE: u32 = 0x0040_0275;
const AFTER: u32 = 0x0042_0010;
const PIXELS: u32 = 0x7FE0_0010;
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const RLE: &str = "1.2.840.10008.1.2.5";

/// An element with which a data set begins, and one behind the damage.
fn between(damage: &[u8]) -> Vec<u8> {
    [explicit(0x0008_0060, "CS", b"CT"), damage.to_vec(), explicit(AFTER, "ST", b"ok")].concat()
}

/// What is read between the two, with warnings.
fn damaged(damage: &[u8]) -> (Vec<String>, Vec<&'static str>) {
    let index = index(&between(damage), Encoding::EXPLICIT_LITTLE).unwrap();
    let mut lines = lines(&index);
    assert_eq!(lines.remove(0), "(0008,0060) CS 2");
    assert_eq!(lines.pop().unwrap(), "(0042,0010) ST 2");
    assert_eq!(index.truncated_at(), None);
    let warnings = warnings(&index);
    // Strict reading fails with the first of them, and on nothing else.
    let options = TokenizerOptions { strict: true, ..TokenizerOptions::default() };
    let strict = index_with(&between(damage), Encoding::EXPLICIT_LITTLE, options);
    let kind = strict.err().map(|error| error.kind().clone());
    let first = index.warnings().iter().min_by_key(|warning| warning.kind == WarningKind::DuplicateTag);
    assert_eq!(kind, first.map(|warning| ErrorKind::Strict(warning.kind)));
    (lines, warnings)
}

#[test]
fn little_endian_where_big_endian_was_declared_even_if_the_first_attribute_is_private() {
    let read = |bytes: &[u8]| {
        let index = index(bytes, Encoding::EXPLICIT_BIG).unwrap();
        (lines(&index), warnings(&index), index.truncated_at())
    };
    let private = [explicit(0x0009_0010, "LO", b"ACME"), explicit(NAME, "PN", b"A^B ")].concat();
    let expected = vec!["(0009,0010) LO 4".to_owned(), "(0010,0010) PN 4".to_owned()];
    assert_eq!(read(&private), (expected, vec!["LittleEndianFound"], None));
    // In neither order: nothing is made up.
    let error = index(b"neither of them is a data set", Encoding::EXPLICIT_BIG).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidValue(_)) && error.offset() == Some(0));
}

#[test]
fn a_group_length_of_a_low_group_is_no_sign_of_the_other_byte_order() {
    let bytes = [explicit(0x0001_0000, "UL", &[0; 4]), explicit(0x0008_0016, "UI", b"1.2\0")].concat();
    let index = index(&bytes, Encoding::EXPLICIT_LITTLE).unwrap();
    assert_eq!(lines(&index), ["(0001,0000) UL 4", "(0008,0016) UI 4"]);
}

#[test]
fn implicit_items_of_undefined_length_end_with_their_sequence() {
    let inner = [header(SEQUENCE, UNDEFINED), open_item(&implicit(CODE, b"AB")), end_sequence()].concat();
    let content = [implicit(CODE, b"AB"), inner].concat();
    let damage = [
        explicit_header(0x0008_1140, "SQ", UNDEFINED),
        open_item(&content),
        open_item(&content),
        end_sequence(),
        explicit(SEQUENCE, "SQ", &item(&explicit(CODE, "SH", b"CD"))),
    ];
    let item = [
        ".(FFFE,E000) 52 undefined",
        "..(0008,0100) SH 2",
        "..(0040,0275) SQ 26 undefined",
        "...(FFFE,E000) 10 undefined",
        "....(0008,0100) SH 2",
    ];
    let (lines, warnings) = damaged(&damage.concat());
    assert_eq!(lines[0], "(0008,1140) SQ 136 undefined");
    assert_eq!((&lines[1..6], &lines[6..11]), (&item.map(String::from)[..], &item.map(String::from)[..]));
    assert_eq!(lines[11..], ["(0040,0275) SQ 18", ".(FFFE,E000) 10", "..(0008,0100) SH 2"]);
    assert_eq!(warnings, ["ImplicitFound"]);
}

#[test]
fn an_unknown_private_attribute_of_undefined_length_is_a_sequence() {
    let inner = [header(0x0041_1011, UNDEFINED), open_item(&implicit(CODE, b"AB")), end_sequence()].concat();
    let bytes = [
        implicit(0x0041_0010, b"ACME"),
        header(0x0041_1010, UNDEFINED),
        open_item(&inner),
        end_sequence(),
        implicit(AFTER, b"ok"),
    ];
    let index = index(&bytes.concat(), Encoding::IMPLICIT_LITTLE).unwrap();
    assert_eq!(
        lines(&index)[1..],
        [
            "(0041,1010) SQ 58 undefined",
            ".(FFFE,E000) 42 undefined",
            "..(0041,1011) SQ 26 undefined",
            "...(FFFE,E000) 10 undefined",
            "....(0008,0100) SH 2",
            "(0042,0010) ST 2"
        ]
    );
    // The item does not inherit the reservation of the data set around it (PS3.5 §7.8.1).
    assert_eq!(warnings(&index), ["PrivateCreatorMissing"]);
}

#[test]
fn a_sequence_that_the_input_ends_in_keeps_its_items() {
    let open = explicit_header(SEQUENCE, "SQ", UNDEFINED);
    let bytes = [explicit(NAME, "PN", b"A^B "), open, open_item(&explicit(CODE, "SH", b"AB"))].concat();
    let index = index(&bytes, Encoding::EXPLICIT_LITTLE).unwrap();
    let expected = ["(0040,0275) SQ 26 undefined", ".(FFFE,E000) 10 undefined", "..(0008,0100) SH 2"];
    assert_eq!(lines(&index)[1..], expected);
    assert_eq!(warnings(&index), ["SequenceDelimiterMissing"]);
    assert_eq!(index.truncated_at(), Some(bytes.len() as u64));
}

#[test]
fn what_is_open_where_its_parent_ends_is_told() {
    let code = explicit(CODE, "SH", b"AB");
    let open = [explicit_header(0x0008_1140, "SQ", UNDEFINED), item(&code)].concat();
    let (lines, warnings) = damaged(&explicit(SEQUENCE, "SQ", &item(&open)));
    assert_eq!(lines.len(), 5);
    assert_eq!(warnings, ["SequenceDelimiterMissing"]);
    let open_item = [header(0xFFFE_E000, UNDEFINED), code].concat();
    assert_eq!(damaged(&explicit(SEQUENCE, "SQ", &open_item)).1, ["ItemDelimiterMissing"]);
    let pixels = [explicit_header(PIXELS, "OB", UNDEFINED), item(b""), item(&[1; 4])].concat();
    let (lines, warnings) = damaged(&explicit(SEQUENCE, "SQ", &item(&pixels)));
    assert_eq!(lines[2..], ["..(7FE0,0010) OB 20 undefined", "...(FFFE,E000) 0", "...(FFFE,E000) 4"]);
    assert_eq!(warnings, ["SequenceDelimiterMissing"]);
}

#[test]
fn a_fragment_longer_than_the_item_around_it_is_clipped() {
    let pixels = [explicit_header(PIXELS, "OB", UNDEFINED), header(0xFFFE_E000, 400), vec![1; 4]].concat();
    let (lines, warnings) = damaged(&explicit(SEQUENCE, "SQ", &item(&pixels)));
    assert_eq!(lines.last().unwrap(), "...(FFFE,E000) 4 truncated");
    assert_eq!(warnings, ["FragmentTruncated", "SequenceDelimiterMissing"]);
}

#[test]
fn a_sequence_longer_than_the_item_around_it_is_clipped() {
    let inner = [explicit_header(0x0008_1140, "SQ", 98), item(&explicit(CODE, "SH", b"AB"))].concat();
    let (lines, warnings) = damaged(&explicit(SEQUENCE, "SQ", &item(&inner)));
    assert_eq!(lines[2], "..(0008,1140) SQ 18 truncated");
    assert_eq!((lines.len(), warnings), (5, vec!["LengthClipped"]));
}

#[test]
fn a_header_that_does_not_fit_into_its_item_is_no_element() {
    // Eight bytes are left: enough for a short header, but a long one would reach into what follows.
    let read = |vr| damaged(&explicit(SEQUENCE, "SQ", &item(&explicit_header(0x0008_0104, vr, 0)[..8])));
    let around = ["(0040,0275) SQ 16", ".(FFFE,E000) 8"].map(String::from).to_vec();
    let with = |line: &str| [around.clone(), vec![line.to_owned()]].concat();
    assert_eq!(read("OB"), (around.clone(), vec!["UnexpectedElement"]));
    assert_eq!(read("ZZ"), (with("..(0008,0104) UN 0"), vec!["UnknownVr"]));
    assert_eq!(read("\0\0"), (with("..(0008,0104) LO 0"), vec!["ImplicitFound"]));
}

#[test]
fn stray_delimiters_in_an_item_of_defined_length() {
    let code = explicit(CODE, "SH", b"AB");
    let content = [header(0xFFFE_E00D, 0), code.clone(), end_sequence()].concat();
    let (lines, warnings) = damaged(&explicit(SEQUENCE, "SQ", &item(&content)));
    assert_eq!(lines, ["(0040,0275) SQ 34", ".(FFFE,E000) 26", "..(0008,0100) SH 2"]);
    assert_eq!(warnings, ["StrayDelimiter", "StrayDelimiter"]);
    let stray = [item(&code), end_sequence(), header(0xFFFE_E00D, 0)].concat();
    let (lines, warnings) = damaged(&explicit(SEQUENCE, "SQ", &stray));
    assert_eq!(lines, ["(0040,0275) SQ 34", ".(FFFE,E000) 10", "..(0008,0100) SH 2"]);
    assert_eq!(warnings, ["StrayDelimiter", "StrayDelimiter"]);
}

#[test]
fn unknown_vrs_in_items_and_at_the_end() {
    let long = explicit(CODE, "ZZ", b"1234");
    let mut short = explicit(CODE, "SH", b"1234");
    short[4..6].copy_from_slice(b"ZZ");
    for unknown in [&long, &short] {
        let (lines, warnings) = damaged(&explicit(SEQUENCE, "SQ", &item(unknown)));
        assert_eq!(lines[2], "..(0008,0100) UN 4");
        assert_eq!(warnings, ["UnknownVr"]);
        let last = index(unknown, Encoding::EXPLICIT_LITTLE).unwrap();
        assert_eq!((support::lines(&last)[0].as_str(), last.truncated_at()), ("(0008,0100) UN 4", None));
    }
}

#[test]
fn a_known_attribute_sent_as_un_gets_its_vr_only_where_the_value_can_be_that() {
    let vr_of = |tag: u32, value: &[u8]| {
        let index = index(&explicit(tag, "UN", value), Encoding::EXPLICIT_LITTLE).unwrap();
        index.rows()[0].vr()
    };
    assert_eq!(vr_of(ROWS, &[0, 2]), Vr::US);
    assert_eq!(vr_of(ROWS, &[0; 8]), Vr::US);
    assert_eq!(vr_of(ROWS, &[0; 3]), Vr::UN);
    assert_eq!(vr_of(ROWS, b""), Vr::US);
    assert_eq!(vr_of(0x0028_0009, &[0x18, 0, 0x63, 0x10]), Vr::AT);
    assert_eq!(vr_of(0x0028_0009, &[0; 6]), Vr::UN);
    assert_eq!(vr_of(0x0072_0074, &[0; 12]), Vr::UN); // FD
    assert_eq!(vr_of(0x0028_0106, &[0; 3]), Vr::UN); // US or SS
    assert_eq!(vr_of(PIXELS, &[0; 3]), Vr::UN); // OB or OW
    assert_eq!(vr_of(PIXELS, &[0; 4]), Vr::OW);
    assert_eq!(vr_of(NAME, b"A^B"), Vr::PN);
    assert_eq!(vr_of(SEQUENCE, &item(b"")), Vr::SQ);
    assert_eq!(vr_of(SEQUENCE, b""), Vr::SQ);
    assert_eq!(vr_of(SEQUENCE, b"no items"), Vr::UN);
    assert_eq!(vr_of(0x0041_1001, b"1234"), Vr::UN);
}

#[test]
fn lengths_past_the_end_of_the_input() {
    for (tag, vr, length) in
        [(0x0040_A160, "UT", 0x7FFF_FFF0), (0x0042_0011, "OB", 0xFFFF_FFFE), (NAME, "PN", 9000)]
    {
        let bytes =
            [explicit(0x0008_0060, "CS", b"CT"), explicit_header(tag, vr, length), b"what is there".to_vec()];
        let bytes = bytes.concat();
        let read = index(&bytes, Encoding::EXPLICIT_LITTLE).unwrap();
        assert_eq!(lines(&read)[1], format!("{} {vr} 13 truncated", Tag(tag)));
        assert_eq!(warnings(&read), ["Truncated"]);
        assert_eq!(read.truncated_at(), Some(10));
        let options = TokenizerOptions { strict: true, ..TokenizerOptions::default() };
        let error = index_with(&bytes, Encoding::EXPLICIT_LITTLE, options).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Strict(WarningKind::Truncated));
    }
}

#[test]
fn an_input_that_ends_in_pixel_data_keeps_its_header() {
    let start = [explicit(ROWS, "US", &[2, 0]), explicit_header(PIXELS, "OW", 1000), vec![7; 600]].concat();
    let bytes = file(EXPLICIT, &start);
    let read = read_memory(Box::new(bytes.clone()), &ReadOptions::default()).unwrap();
    assert_eq!(lines(&read.dataset), ["(0028,0010) US 2", "(7FE0,0010) OW 600 truncated"]);
    assert_eq!(read.truncated_at(), Some(bytes.len() as u64 - 612));

    let start = [
        explicit(ROWS, "US", &[2, 0]),
        explicit_header(PIXELS, "OB", UNDEFINED),
        item(b""),
        item(&[1; 10]),
        header(0xFFFE_E000, 1000),
        vec![7; 600],
    ];
    let bytes = file(RLE, &start.concat());
    let read = read_memory(Box::new(bytes.clone()), &ReadOptions::default()).unwrap();
    assert_eq!(
        lines(&read.dataset)[1..],
        ["(7FE0,0010) OB 634 undefined", ".(FFFE,E000) 0", ".(FFFE,E000) 10", ".(FFFE,E000) 600 truncated"]
    );
    assert_eq!(warnings(&read.dataset), ["FragmentTruncated"]);
    assert_eq!(read.truncated_at(), Some(bytes.len() as u64 - 608));
}

/// Sequences in sequences, 100,000 deep, built from the inside.
fn nest(closed: bool, sequence: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    if !closed {
        let level = [sequence(UNDEFINED), header(0xFFFE_E000, UNDEFINED)].concat();
        return level.repeat(100_000);
    }
    let level = sequence(0).len() as u32 + 8;
    let all = 100_000 * level;
    let headers = (0..100_000).map(|depth| all - (depth + 1) * level);
    headers.flat_map(|left| [sequence(left + 8), header(0xFFFE_E000, left)].concat()).collect()
}

#[test]
fn depth_is_limited_at_once_however_it_is_written() {
    let explicit_of = |length| explicit_header(SEQUENCE, "SQ", length);
    let un_of = |length| explicit_header(SEQUENCE, "UN", length);
    let implicit_of = |length| header(SEQUENCE, length);
    // Inside a UN everything is implicit (PS3.5 §6.2.2, note).
    let inside = nest(false, implicit_of);
    let un = [explicit_header(SEQUENCE, "UN", UNDEFINED), header(0xFFFE_E000, UNDEFINED), inside].concat();
    let cases = [
        (nest(false, explicit_of), Encoding::EXPLICIT_LITTLE),
        (nest(true, explicit_of), Encoding::EXPLICIT_LITTLE),
        (nest(false, implicit_of), Encoding::IMPLICIT_LITTLE),
        (nest(true, implicit_of), Encoding::IMPLICIT_LITTLE),
        (nest(false, un_of), Encoding::EXPLICIT_LITTLE),
        (nest(true, un_of), Encoding::EXPLICIT_LITTLE),
        (un, Encoding::EXPLICIT_LITTLE),
    ];
    for (number, (bytes, encoding)) in cases.iter().enumerate() {
        let error = index(bytes, *encoding).expect_err(&format!("case {number}"));
        let limit = ErrorKind::LimitExceeded { limit: "depth", value: 129, allowed: 128 };
        assert_eq!((error.kind(), error.offset().is_some()), (&limit, true), "case {number}");
    }
}

/// The index of very many elements: a row takes 24 bytes and nothing grows beside it.
fn crowded(bytes: &[u8], encoding: Encoding) -> Index {
    let index = index(bytes, encoding).unwrap();
    assert!(index.warnings().len() <= 1000);
    index
}

#[test]
fn a_million_elements_or_items_are_read() {
    const MANY: usize = 1_000_000;
    let explicit_little = Encoding::EXPLICIT_LITTLE;
    let ascending =
        |form: fn(u32) -> Vec<u8>| (0..MANY as u32).flat_map(|i| form(0x0040_0000 + i)).collect::<Vec<u8>>();
    let empty = crowded(&ascending(|tag| explicit(tag, "LO", b"")), explicit_little);
    assert_eq!(empty.len() as usize, MANY);
    crowded(&ascending(|tag| implicit(tag, b"")), Encoding::IMPLICIT_LITTLE);
    // Private elements of blocks that nothing reserves, each of another block.
    let blocks = |i: u32| Tag::new(0x0041 + (i as u16 >> 8) * 2, 0x1000 | (i as u16) << 8).0;
    let private: Vec<u8> = (0..MANY as u32).flat_map(|i| implicit(blocks(i), b"")).collect();
    let private = crowded(&private, Encoding::IMPLICIT_LITTLE);
    assert_eq!(private.len() as usize, MANY);
    // Private creators, each of which reserves a block again.
    let creators: Vec<u8> =
        (0..MANY as u32).flat_map(|i| explicit(0x0041_0010 + i % 0xF0, "LO", b"AB")).collect();
    crowded(&creators, explicit_little);
    let items = explicit(SEQUENCE, "SQ", &item(b"").repeat(MANY));
    assert_eq!(crowded(&items, explicit_little).len() as usize, MANY + 1);
    let open_items = [explicit_header(SEQUENCE, "SQ", UNDEFINED), open_item(b"").repeat(MANY)].concat();
    assert_eq!(crowded(&open_items, explicit_little).len() as usize, MANY + 1);
    let fragments =
        [explicit_header(PIXELS, "OB", UNDEFINED), item(b"").repeat(MANY), end_sequence()].concat();
    assert_eq!(crowded(&fragments, explicit_little).len() as usize, MANY + 1);
    let twice = explicit(NAME, "PN", b"").repeat(MANY);
    assert_eq!(crowded(&twice, explicit_little).warnings_dropped(), MANY as u64 - 1001);
    let descending: Vec<u8> =
        (0..MANY as u32).rev().flat_map(|i| explicit(0x0040_0000 + i, "LO", b"")).collect();
    crowded(&descending, explicit_little);
    let stray = end_sequence().repeat(MANY);
    assert_eq!(crowded(&stray, explicit_little).warnings_dropped(), MANY as u64 - 1000);
    // Sequences, each of which stays open, until the next item of the outer one.
    let unfinished = [explicit_header(CODE, "SQ", UNDEFINED), header(0xFFFE_E000, UNDEFINED)].concat();
    let bytes = [unfinished.clone(), [end_sequence(), unfinished].concat().repeat(MANY / 4)].concat();
    crowded(&bytes, explicit_little);
}

#[test]
fn garbage_behind_zeros_is_told_and_all_elements_are_kept() {
    let bytes = [explicit(NAME, "PN", b"A^B "), vec![0; 20], b"and then something".to_vec()].concat();
    let index = index(&bytes, Encoding::EXPLICIT_LITTLE).unwrap();
    assert_eq!(lines(&index), ["(0010,0010) PN 4"]);
    assert_eq!(warnings(&index), ["Garbage"]);
    assert_eq!(index.truncated_at(), Some(12));
}

#[test]
fn ps3_10_7_2_data_set_trailing_padding_is_an_element_like_others() {
    let bytes = [explicit(NAME, "PN", b"A^B "), explicit(0xFFFC_FFFC, "OB", &[0; 1000])].concat();
    let index = index(&bytes, Encoding::EXPLICIT_LITTLE).unwrap();
    assert_eq!(lines(&index)[1], "(FFFC,FFFC) OB 1000");
    assert_eq!((warnings(&index).len(), index.truncated_at()), (0, None));
}

#[test]
fn of_duplicates_the_last_counts_and_all_can_be_reached() {
    let bytes =
        [explicit(NAME, "PN", b"A^B "), explicit(ID, "LO", b"1 "), explicit(NAME, "PN", b"C^D ")].concat();
    let index = index(&bytes, Encoding::EXPLICIT_LITTLE).unwrap();
    assert_eq!(warnings(&index), ["TagsOutOfOrder", "DuplicateTag"]);
    let resident = Resident::whole(Box::new(bytes));
    let dataset = DatasetView::root(&index, &resident);
    assert_eq!(dataset.find(Tag(NAME)).unwrap().value(), Some(&b"C^D "[..]));
    assert_eq!(dataset.find(Tag(ID)).unwrap().value(), Some(&b"1 "[..]));
    assert_eq!(dataset.elements().count(), 3);
}

#[test]
fn private_elements_without_a_usable_creator() {
    let value = explicit(0x0041_1001, "DS", b"1.5 ");
    let (lines, warnings) = damaged(&[explicit(NAME, "PN", b""), value.clone()].concat());
    assert_eq!((lines[1].as_str(), warnings), ("(0041,1001) DS 4", vec!["PrivateCreatorMissing"]));
    let (lines, warnings) = damaged(&[explicit(0x0041_0010, "LO", b""), value.clone()].concat());
    assert_eq!((lines[1].as_str(), warnings), ("(0041,1001) DS 4", vec!["PrivateCreatorInvalid"]));
    for creator in [explicit(0x0041_0010, "SQ", b""), explicit(0x0041_0010, "OB", &[0; 4])] {
        let (lines, warnings) = damaged(&[creator, value.clone()].concat());
        assert_eq!((lines[1].as_str(), warnings), ("(0041,1001) DS 4", vec!["PrivateCreatorInvalid"]));
    }
    // Without a VR of its own there is nothing to know it by.
    let bytes =
        [implicit(0x0029_0010, b"\0\0"), implicit(0x0029_1008, b"text"), implicit(0x0029_2008, b"text")];
    let index = index(&bytes.concat(), Encoding::IMPLICIT_LITTLE).unwrap();
    assert_eq!(support::lines(&index)[1..], ["(0029,1008) UN 4", "(0029,2008) UN 4"]);
    assert_eq!(support::warnings(&index), ["PrivateCreatorInvalid", "PrivateCreatorMissing"]);
}

#[test]
fn ps3_5_7_8_1_items_do_not_inherit_reservations() {
    let creator = implicit(0x0029_0010, b"SIEMENS CSA HEADER");
    let element = implicit(0x0029_1008, b"IMAGE NUM 4 ");
    let own = [creator.clone(), element.clone()].concat();
    let bytes =
        [creator, element.clone(), implicit(SEQUENCE, &[item(&element), item(&own)].concat())].concat();
    let index = index(&bytes, Encoding::IMPLICIT_LITTLE).unwrap();
    let vrs = index.rows().iter().filter(|row| row.tag() == Tag(0x0029_1008)).map(|row| row.vr());
    assert_eq!(vrs.collect::<Vec<_>>(), [Vr::CS, Vr::UN, Vr::CS]);
    assert_eq!(warnings(&index), ["PrivateCreatorMissing"]);
}

#[test]
fn preambles_of_other_formats_are_kept() {
    for magic in [&b"MZ\x90\0"[..], b"\x7FELF", b"II*\0\x08\0\0\0", b"MM\0*"] {
        let mut bytes = file(EXPLICIT, &explicit(NAME, "PN", b"A^B "));
        bytes[..magic.len()].copy_from_slice(magic);
        bytes[100..128].fill(0xA5);
        let read = read_memory(Box::new(bytes.clone()), &ReadOptions::default()).unwrap();
        assert_eq!(read.preamble.as_deref().unwrap()[..], bytes[..128]);
        assert_eq!((read.dataset.len(), read.all_warnings().count()), (1, 0));
    }
}

#[test]
fn meta_information_behind_a_damaged_prefix_is_found_where_that_is_asked_for() {
    let mut bytes = file(EXPLICIT, &explicit(NAME, "PN", b"A^B "));
    bytes[128..132].fill(0);
    let read = |force| read_memory(Box::new(bytes.clone()), &ReadOptions { force, ..ReadOptions::default() });
    assert_eq!(*read(false).err().unwrap().kind(), ErrorKind::NoPrefix);
    let file = read(true).unwrap();
    assert_eq!((file.meta.len(), file.dataset.len()), (2, 1));
    assert_eq!(
        file.all_warnings().map(|warning| warning.kind).collect::<Vec<_>>(),
        [WarningKind::NoPreamble]
    );
    assert!(file.preamble.is_some());
}

/// A file that is cut while it is read: later reads see less of it.
struct Shrinking {
    bytes: Vec<u8>,
    size: AtomicU64,
}

impl ReadAt for Shrinking {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let size = self.size.swap(1500, Ordering::Relaxed) as usize;
        let there = self.bytes[..size].get(offset as usize..).unwrap_or_default();
        let length = there.len().min(buffer.len());
        buffer[..length].copy_from_slice(&there[..length]);
        Ok(length)
    }

    fn size(&self) -> Result<u64> {
        Ok(self.size.load(Ordering::Relaxed))
    }
}

#[test]
fn a_file_that_is_cut_while_it_is_read_keeps_what_was_read() {
    let elements: Vec<u8> = (0..100).flat_map(|i| explicit(0x0040_0100 + i, "LO", &[b'x'; 20])).collect();
    let bytes = file(EXPLICIT, &elements);
    for hint in [200, 1000, 1400] {
        for defer in [None, Some(16)] {
            let size = AtomicU64::new(bytes.len() as u64);
            let source = Arc::new(Shrinking { bytes: bytes.clone(), size });
            let options = ReadOptions { header_hint: hint, defer_size: defer, ..ReadOptions::default() };
            let read = read_source(source, &options).unwrap();
            assert_eq!(u64::from(read.dataset.len()), (1500 - read.meta.end()).div_ceil(28));
            assert!(read.truncated_at().is_some());
            assert_eq!(warnings(&read.dataset), ["Truncated"]);
        }
    }
}
