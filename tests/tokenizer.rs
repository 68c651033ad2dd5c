//! The tokenizer: the structures of PS3.5 §7, damage, and reading by parts.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)]

mod support;

use fastdcm::dataset::{Encoding, Flags, Index, Progress, Tokenizer, TokenizerOptions};
use fastdcm::{ErrorKind, Limits, Tag, Vr};
use support::*;

const NAME: u32 = 0x0010_0010;
const ID: u32 = 0x0010_0020;
const SEQUENCE: u32 = 0x0040_0275;
const CODE: u32 = 0x0008_0100;
const PIXELS: u32 = 0x7FE0_0010;

/// A data set with every way of nesting, explicit VR little endian.
fn nested() -> Vec<u8> {
    let inner = explicit(CODE, "SH", b"AB");
    [
        explicit(0x0008_0005, "CS", b"ISO_IR 100"),
        explicit(0x0008_1140, "SQ", &[item(&inner), open_item(&inner)].concat()),
        explicit(NAME, "PN", b"A^B "),
        explicit_header(SEQUENCE, "SQ", UNDEFINED),
        open_item(&explicit(0x0040_0008, "SQ", &item(&inner))),
        item(b""),
        end_sequence(),
        explicit_header(PIXELS, "OB", UNDEFINED),
        item(b""),
        item(&[7; 10]),
        end_sequence(),
        explicit(0xFFFC_FFFC, "OB", &[0; 4]),
    ]
    .concat()
}

#[test]
fn ps3_5_7_5_nested_data_sets_are_ranges_of_one_index() {
    let index = index(&nested(), Encoding::EXPLICIT_LITTLE).unwrap();
    assert_eq!(
        lines(&index),
        [
            "(0008,0005) CS 10",
            "(0008,1140) SQ 44",
            ".(FFFE,E000) 10",
            "..(0008,0100) SH 2",
            ".(FFFE,E000) 10 undefined",
            "..(0008,0100) SH 2",
            "(0010,0010) PN 4",
            "(0040,0275) SQ 54 undefined",
            ".(FFFE,E000) 30 undefined",
            "..(0040,0008) SQ 18",
            "...(FFFE,E000) 10",
            "....(0008,0100) SH 2",
            ".(FFFE,E000) 0",
            "(7FE0,0010) OB 26 undefined",
            ".(FFFE,E000) 0",
            ".(FFFE,E000) 10",
            "(FFFC,FFFC) OB 4",
        ]
    );
    assert!(index.warnings().is_empty());
    assert_eq!(index.end(), nested().len() as u64);
}

#[test]
fn a_buffer_of_any_size_gives_the_same_index_and_no_byte_is_asked_for_twice() {
    let bytes = nested();
    let whole = index(&bytes, Encoding::EXPLICIT_LITTLE).unwrap();
    for step in 1..bytes.len() {
        let mut tokenizer =
            Tokenizer::new(Index::default(), Encoding::EXPLICIT_LITTLE, 0, TokenizerOptions::default());
        let (mut start, mut end) = (0, 0);
        loop {
            let total = (end == bytes.len()).then_some(bytes.len() as u64);
            match tokenizer.resume(start as u64, &bytes[start..end], total).unwrap() {
                Progress::Done => break,
                Progress::NeedSize => panic!("nothing here needs the size"),
                Progress::Need { offset, length } => {
                    // What lies in front of the offset is thrown away: it can not be looked at again.
                    assert!(offset as usize >= start && (offset + length) as usize > end);
                    start = (offset as usize).min(bytes.len());
                    end = (start + (length as usize).max(step)).clamp(end, bytes.len());
                }
            }
        }
        let parts = tokenizer.finish();
        assert_eq!(parts.rows(), whole.rows(), "step {step}");
        assert!(parts.warnings().is_empty());
    }
}

#[test]
fn every_whole_element_before_a_cut_is_kept() {
    let bytes = nested();
    let whole = index(&bytes, Encoding::EXPLICIT_LITTLE).unwrap();
    for cut in 0..bytes.len() {
        let part = index(&bytes[..cut], Encoding::EXPLICIT_LITTLE).unwrap();
        let kept = whole.rows().iter().filter(|row| row.value_end() <= cut as u64 && row.tag() != Tag::ITEM);
        for row in kept.filter(|row| row.vr() != Vr::SQ && !row.has(Flags::ENCAPSULATED)) {
            let found =
                part.rows().iter().find(|other| other.offset() == row.offset() && other.tag() == row.tag());
            let found = found.unwrap_or_else(|| panic!("{} lost by a cut at {cut}", row.tag()));
            assert_eq!((found.length(), found.vr()), (row.length(), row.vr()));
        }
        let at_boundary = cut == 0
            || whole.children(0, whole.len()).filter_map(|n| whole.row(n)).any(|row| {
                let delimiter = if row.has(Flags::UNDEFINED_LENGTH) { 8 } else { 0 };
                row.value_end() + delimiter == cut as u64
            });
        assert_eq!(part.truncated_at().is_none(), at_boundary, "cut at {cut}: {:?}", lines(&part));
    }
}

#[test]
fn implicit_vr_takes_the_vr_from_the_dictionary() {
    let bytes = [
        implicit(0x0008_0005, b"ISO_IR 100"),
        implicit(0x0028_0106, &[1, 0]),
        implicit(SEQUENCE, &item(&implicit(CODE, b"AB"))),
        implicit(0x0041_0010, b"ACME"),
        implicit(0x0041_1001, b"xx"),
        implicit(PIXELS, &[0; 4]),
    ]
    .concat();
    let index = index(&bytes, Encoding::IMPLICIT_LITTLE).unwrap();
    assert_eq!(
        lines(&index),
        [
            "(0008,0005) CS 10",
            "(0028,0106) US 2",
            "(0040,0275) SQ 18",
            ".(FFFE,E000) 10",
            "..(0008,0100) SH 2",
            "(0041,0010) LO 4",
            "(0041,1001) UN 2",
            "(7FE0,0010) OW 4"
        ]
    );
    assert!(index.rows()[1].has(Flags::AMBIGUOUS) && index.rows()[7].has(Flags::AMBIGUOUS));
    assert_eq!(warnings(&index), [""; 0]);
}

#[test]
fn private_elements_without_vr_take_it_from_the_private_dictionary() {
    let bytes = [
        implicit(0x0029_0010, b"SIEMENS CSA HEADER"),
        implicit(0x0029_1008, b"IMAGE NUM 4 "),
        implicit(0x0029_2008, b"other block."),
    ]
    .concat();
    let index = index(&bytes, Encoding::IMPLICIT_LITTLE).unwrap();
    assert_eq!(lines(&index)[1..], ["(0029,1008) CS 12", "(0029,2008) UN 12"]);
    assert_eq!(warnings(&index), ["PrivateCreatorMissing"]);
}

#[test]
fn big_endian_headers() {
    let bytes = [
        &[0x00, 0x08, 0x00, 0x05][..],
        b"CS\x00\x04TEST",
        &[0x00, 0x28, 0x00, 0x10],
        b"US\x00\x02\x02\x00",
        &[0x00, 0x40, 0x02, 0x75],
        b"SQ\x00\x00\xFF\xFF\xFF\xFF\xFF\xFE\xE0\x00\x00\x00\x00\x00\xFF\xFE\xE0\xDD\x00\x00\x00\x00",
    ]
    .concat();
    let index = index(&bytes, Encoding::EXPLICIT_BIG).unwrap();
    assert_eq!(
        lines(&index),
        ["(0008,0005) CS 4", "(0028,0010) US 2", "(0040,0275) SQ 8 undefined", ".(FFFE,E000) 0"]
    );
    assert!(index.rows()[1].has(Flags::BIG_ENDIAN));
}

#[test]
fn cp_246_un_of_undefined_length_is_an_implicit_sequence() {
    let bytes = [
        explicit_header(0x0041_1010, "UN", UNDEFINED),
        open_item(&implicit(CODE, b"AB")),
        end_sequence(),
        explicit(0x0042_0010, "ST", b"ok"),
    ]
    .concat();
    let index = index(&bytes, Encoding::EXPLICIT_LITTLE).unwrap();
    assert_eq!(
        lines(&index),
        [
            "(0041,1010) SQ 26 undefined",
            ".(FFFE,E000) 10 undefined",
            "..(0008,0100) SH 2",
            "(0042,0010) ST 2"
        ]
    );
    assert_eq!(warnings(&index), ["PrivateCreatorMissing"]);
}

fn explicit_case(bytes: &[u8], expected: &[&str], expected_warnings: &[&str]) {
    let index = index(bytes, Encoding::EXPLICIT_LITTLE).unwrap();
    assert_eq!(lines(&index), expected);
    assert_eq!(warnings(&index), expected_warnings);
}

fn implicit_case(bytes: &[u8], expected: &[&str], expected_warnings: &[&str]) {
    let index = index(bytes, Encoding::IMPLICIT_LITTLE).unwrap();
    assert_eq!(lines(&index), expected);
    assert_eq!(warnings(&index), expected_warnings);
}

#[test]
fn implicit_found_where_explicit_was_declared() {
    let bytes = [implicit(0x0008_0060, b"CT"), implicit(NAME, b"A^B "), implicit(ID, b"12")].concat();
    let expected = ["(0008,0060) CS 2", "(0010,0010) PN 4", "(0010,0020) LO 2"];
    explicit_case(&bytes, &expected, &["ImplicitFound"]);
}

#[test]
fn explicit_found_where_implicit_was_declared() {
    let bytes =
        [explicit(0x0008_0060, "CS", b"CT"), explicit(NAME, "PN", b"A^B "), explicit(ID, "LO", b"12")];
    let expected = ["(0008,0060) CS 2", "(0010,0010) PN 4", "(0010,0020) LO 2"];
    implicit_case(&bytes.concat(), &expected, &["ExplicitFound"]);
}

#[test]
fn little_endian_found_where_big_endian_was_declared() {
    let bytes = [explicit(0x0008_0060, "CS", b"CT"), explicit(NAME, "PN", b"A^B ")].concat();
    let index = index(&bytes, Encoding::EXPLICIT_BIG).unwrap();
    assert_eq!(lines(&index), ["(0008,0060) CS 2", "(0010,0010) PN 4"]);
    assert_eq!(warnings(&index), ["LittleEndianFound"]);
}

#[test]
fn implicit_items_in_an_explicit_sequence() {
    let content = [implicit(CODE, b"AB"), implicit(0x0008_0102, b"DCM ")].concat();
    let bytes = [
        explicit(SEQUENCE, "SQ", &[item(&content), item(&content)].concat()),
        explicit(0x0042_0010, "ST", b"ok"),
    ]
    .concat();
    let expected = [
        "(0040,0275) SQ 60",
        ".(FFFE,E000) 22",
        "..(0008,0100) SH 2",
        "..(0008,0102) SH 4",
        ".(FFFE,E000) 22",
        "..(0008,0100) SH 2",
        "..(0008,0102) SH 4",
        "(0042,0010) ST 2",
    ];
    explicit_case(&bytes, &expected, &["ImplicitFound"]);
}

#[test]
fn delimiters_that_are_missing_or_stray() {
    let code = explicit(CODE, "SH", b"AB");
    let after = explicit(0x0042_0010, "ST", b"ok");
    let open = explicit_header(SEQUENCE, "SQ", UNDEFINED);
    let no_sequence_delimiter = [open.clone(), open_item(&code), after.clone()].concat();
    explicit_case(
        &no_sequence_delimiter,
        &[
            "(0040,0275) SQ 26 undefined",
            ".(FFFE,E000) 10 undefined",
            "..(0008,0100) SH 2",
            "(0042,0010) ST 2",
        ],
        &["SequenceDelimiterMissing"],
    );
    let no_item_delimiter =
        [open, header(0xFFFE_E000, UNDEFINED), code.clone(), end_sequence(), after.clone()].concat();
    explicit_case(
        &no_item_delimiter,
        &[
            "(0040,0275) SQ 18 undefined",
            ".(FFFE,E000) 10 undefined",
            "..(0008,0100) SH 2",
            "(0042,0010) ST 2",
        ],
        &["ItemDelimiterMissing"],
    );
    let stray = [code, end_sequence(), header(0xFFFE_E00D, 0), after].concat();
    explicit_case(&stray, &["(0008,0100) SH 2", "(0042,0010) ST 2"], &["StrayDelimiter", "StrayDelimiter"]);
}

#[test]
fn an_item_longer_than_its_sequence_is_clipped() {
    let content = explicit(CODE, "SH", b"AB");
    let bytes = [
        explicit(SEQUENCE, "SQ", &[header(0xFFFE_E000, 99), content].concat()),
        explicit(0x0042_0010, "ST", b"ok"),
    ];
    explicit_case(
        &bytes.concat(),
        &["(0040,0275) SQ 18", ".(FFFE,E000) 10 truncated", "..(0008,0100) SH 2", "(0042,0010) ST 2"],
        &["ItemLengthClipped"],
    );
}

#[test]
fn a_value_longer_than_its_item_is_clipped() {
    let content = [explicit_header(CODE, "SH", 70), b"AB".to_vec()].concat();
    let bytes = [explicit(SEQUENCE, "SQ", &item(&content)), explicit(0x0042_0010, "ST", b"ok")];
    explicit_case(
        &bytes.concat(),
        &["(0040,0275) SQ 18", ".(FFFE,E000) 10", "..(0008,0100) SH 2 truncated", "(0042,0010) ST 2"],
        &["LengthClipped"],
    );
}

#[test]
fn encapsulated_pixel_data_in_an_item_is_bound_by_it() {
    let icon = [explicit_header(PIXELS, "OB", UNDEFINED), item(b""), item(&[1; 4])].concat();
    let bytes = [explicit(0x0088_0200, "SQ", &item(&icon)), explicit(0x0089_0010, "LO", b"ok")].concat();
    let index = index(&bytes, Encoding::EXPLICIT_LITTLE).unwrap();
    assert_eq!(lines(&index).last().unwrap(), "(0089,0010) LO 2");
    assert!(index.truncated_at().is_none());
}

#[test]
fn delimiter_bytes_inside_a_fragment_are_data() {
    let data = [end_sequence(), header(0xFFFE_E000, 2), vec![1, 2]].concat();
    let bytes = [explicit_header(PIXELS, "OB", UNDEFINED), item(b""), item(&data), end_sequence()].concat();
    explicit_case(&bytes, &["(7FE0,0010) OB 34 undefined", ".(FFFE,E000) 0", ".(FFFE,E000) 18"], &[]);
}

#[test]
fn odd_lengths_are_read_as_they_are() {
    let bytes = [explicit(NAME, "PN", b"A^B"), explicit(ID, "LO", b"12")].concat();
    explicit_case(&bytes, &["(0010,0010) PN 3", "(0010,0020) LO 2"], &["OddLength"]);
}

#[test]
fn damaged_vrs_are_replaced_by_the_dictionary() {
    for damage in [[0xFF, 0xFF], [0, 0], [0x20, 0x20], [b'?', b'1']] {
        let mut bad = explicit(NAME, "PN", b"A^B ");
        bad[4..6].copy_from_slice(&damage);
        let bytes = [explicit(0x0008_0060, "CS", b"CT"), bad, explicit(ID, "LO", b"12")].concat();
        let expected = ["(0008,0060) CS 2", "(0010,0010) PN 4", "(0010,0020) LO 2"];
        explicit_case(&bytes, &expected, &["InvalidVr"]);
    }
}

#[test]
fn ps3_5_6_2_unknown_vrs_have_the_long_form_unless_that_cannot_be() {
    let long = [explicit(0x0008_0060, "CS", b"CT"), explicit(NAME, "ZZ", b"1234"), explicit(ID, "LO", b"12")];
    let expected = ["(0008,0060) CS 2", "(0010,0010) UN 4", "(0010,0020) LO 2"];
    explicit_case(&long.concat(), &expected, &["UnknownVr"]);
    let mut short = explicit(NAME, "PN", b"1234");
    short[4..6].copy_from_slice(b"ZZ");
    let short = [explicit(0x0008_0060, "CS", b"CT"), short, explicit(ID, "LO", b"12")];
    explicit_case(&short.concat(), &expected, &["UnknownVr"]);
}

#[test]
fn a_known_attribute_sent_as_un_gets_its_vr() {
    let sequence = item(&implicit(CODE, b"AB"));
    let bytes = [explicit(NAME, "UN", b"A^B "), explicit(SEQUENCE, "UN", &sequence)].concat();
    explicit_case(
        &bytes,
        &["(0010,0010) PN 4", "(0040,0275) SQ 18", ".(FFFE,E000) 10", "..(0008,0100) SH 2"],
        &[],
    );
}

#[test]
fn trailing_bytes() {
    let element = explicit(NAME, "PN", b"A^B ");
    for zeros in [1, 7, 8, 100] {
        let bytes = [element.clone(), vec![0; zeros]].concat();
        let index = index(&bytes, Encoding::EXPLICIT_LITTLE).unwrap();
        assert_eq!((lines(&index), warnings(&index)), (vec!["(0010,0010) PN 4".to_owned()], vec![]));
        assert_eq!(index.truncated_at(), None);
    }
    let bytes = [element, b"\xDE\xAD\xBE\xEF garbage, and no element".to_vec()].concat();
    let index = index(&bytes, Encoding::EXPLICIT_LITTLE).unwrap();
    assert_eq!(lines(&index), ["(0010,0010) PN 4"]);
    assert_eq!(warnings(&index), ["Garbage"]);
}

#[test]
fn duplicates_and_disorder_are_told() {
    let a = explicit(ID, "LO", b"1 ");
    let b = explicit(NAME, "PN", b"A^B ");
    let lines = ["(0010,0020) LO 2", "(0010,0010) PN 4", "(0010,0020) LO 2"];
    explicit_case(&[a.clone(), b.clone(), a.clone()].concat(), &lines, &["TagsOutOfOrder", "DuplicateTag"]);
    explicit_case(&[b, a.clone(), a].concat(), &[lines[1], lines[0], lines[0]], &["DuplicateTag"]);
}

#[test]
fn groups_0000_and_0002_in_a_data_set_are_told() {
    let bytes = [explicit(0x0000_0110, "US", &[1, 0]), explicit(0x0002_0010, "UI", b"1.2\0")].concat();
    let expected = ["(0000,0110) US 2", "(0002,0010) UI 4"];
    explicit_case(&bytes, &expected, &["CommandGroup", "MetaGroupInDataSet"]);
}

#[test]
fn depth_is_limited() {
    let mut open = Vec::new();
    for _ in 0..100_000 {
        open.extend(explicit_header(SEQUENCE, "SQ", UNDEFINED));
        open.extend(header(0xFFFE_E000, UNDEFINED));
    }
    let error = index(&open, Encoding::EXPLICIT_LITTLE).unwrap_err();
    let limit = ErrorKind::LimitExceeded { limit: "depth", value: 129, allowed: 128 };
    assert_eq!(*error.kind(), limit);
    assert!(error.offset().is_some());
    let allowed: Vec<u8> = open[..128 * 20].to_vec();
    assert_eq!(index(&allowed, Encoding::EXPLICIT_LITTLE).unwrap().len(), 256);
}

#[test]
fn elements_are_limited() {
    let limits = Limits { elements: 10, ..Limits::DEFAULT };
    let bytes = explicit(NAME, "PN", b"").repeat(11);
    let options = TokenizerOptions { limits, ..TokenizerOptions::default() };
    let error = index_with(&bytes, Encoding::EXPLICIT_LITTLE, options).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::LimitExceeded { limit: "elements", value: 11, allowed: 10 }));
}

#[test]
fn strict_reading_turns_warnings_into_errors() {
    let bytes = explicit(NAME, "PN", b"A^B");
    let options = TokenizerOptions { strict: true, ..TokenizerOptions::default() };
    let error = index_with(&bytes, Encoding::EXPLICIT_LITTLE, options).unwrap_err();
    assert_eq!(error.to_string(), "the value length is odd (strict reading), tag (0010,0010), offset 0x0");
}

#[test]
fn stops_where_it_is_told() {
    let stop = |stop_at| {
        let options = TokenizerOptions { stop_at: Some(Tag(stop_at)), ..TokenizerOptions::default() };
        index_with(&nested(), Encoding::EXPLICIT_LITTLE, options).unwrap().rows().last().unwrap().tag()
    };
    assert_eq!(stop(NAME), Tag(CODE));
    assert_eq!(stop(NAME + 1), Tag(NAME));
    let options = TokenizerOptions { stop_before_pixels: true, ..TokenizerOptions::default() };
    let index = index_with(&nested(), Encoding::EXPLICIT_LITTLE, options).unwrap();
    assert!(index.rows().iter().all(|row| row.tag() != Tag::PIXEL_DATA));
}

#[test]
fn wanted_elements_only_and_nothing_behind_the_last() {
    let wanted = |ranges: &[(u32, u32)]| {
        let ranges = ranges.iter().map(|(a, b)| (Tag(*a), Tag(*b))).collect();
        let options = TokenizerOptions { wanted: Some(ranges), ..TokenizerOptions::default() };
        let index = index_with(&nested(), Encoding::EXPLICIT_LITTLE, options).unwrap();
        assert!(index.warnings().is_empty());
        (lines(&index), index.end())
    };
    assert_eq!(wanted(&[(NAME, NAME)]).0, ["(0010,0010) PN 4"]);
    let (lines, end) = wanted(&[(0x0008_0000, 0x0008_0010), (SEQUENCE, SEQUENCE)]);
    assert_eq!(lines.len(), 7);
    assert!(end < nested().len() as u64);
    assert_eq!(wanted(&[(0xFFFC_FFFC, 0xFFFC_FFFC)]).0, ["(FFFC,FFFC) OB 4"]);
}

#[test]
fn reading_on_finds_what_stands_out_of_order() {
    let bytes = [
        explicit(0x0008_0060, "CS", b"CT"),
        explicit(ID, "LO", b"1 "),
        explicit(PIXELS, "OW", &[0; 4]),
        explicit(NAME, "PN", b"A^B "),
    ]
    .concat();
    let read = |options| index_with(&bytes, Encoding::EXPLICIT_LITTLE, options).unwrap();
    let wanted = Some([NAME, ID].map(|tag| (Tag(tag), Tag(tag))).into());
    let options = TokenizerOptions { wanted, ..TokenizerOptions::default() };
    assert_eq!(lines(&read(options.clone())), ["(0010,0020) LO 2"]);
    let options = TokenizerOptions { read_on: true, ..options };
    assert_eq!(lines(&read(options)), ["(0010,0020) LO 2", "(0010,0010) PN 4"]);
    let options = TokenizerOptions { stop_before_pixels: true, read_on: true, ..TokenizerOptions::default() };
    assert_eq!(lines(&read(options)), ["(0008,0060) CS 2", "(0010,0020) LO 2", "(0010,0010) PN 4"]);
}

#[test]
fn odd_lengths_that_are_mistakes_of_one() {
    let mut bytes = [explicit(NAME, "PN", b"A^B"), b" ".to_vec(), explicit(ID, "LO", b"12")].concat();
    let options = TokenizerOptions { even_lengths: true, ..TokenizerOptions::default() };
    let evened = index_with(&bytes, Encoding::EXPLICIT_LITTLE, options.clone()).unwrap();
    assert_eq!(lines(&evened), ["(0010,0010) PN 4", "(0010,0020) LO 2"]);
    assert_eq!(warnings(&evened), ["OddLength"]);
    bytes.truncate(11);
    let cut = index_with(&bytes, Encoding::EXPLICIT_LITTLE, options).unwrap();
    assert_eq!(lines(&cut), ["(0010,0010) PN 3 truncated"]);
}

#[test]
fn deferred_values_are_not_asked_for() {
    let pixels = vec![9; 100_000];
    let bytes =
        [explicit(NAME, "PN", b"A^B "), explicit(PIXELS, "OW", &pixels), explicit(0xFFFC_FFFC, "OB", b"")];
    let bytes = bytes.concat();
    let options = TokenizerOptions { defer_pixels_from: 1 << 16, ..TokenizerOptions::default() };
    let mut tokenizer = Tokenizer::new(Index::default(), Encoding::EXPLICIT_LITTLE, 0, options);
    let progress = tokenizer.resume(0, &bytes[..64], None).unwrap();
    let tail = bytes.len() as u64 - 12;
    assert_eq!(progress, Progress::Need { offset: tail, length: 8 });
    let progress = tokenizer.resume(tail, &bytes[tail as usize..], Some(bytes.len() as u64)).unwrap();
    assert_eq!(progress, Progress::Done);
    let index = tokenizer.finish();
    assert_eq!(lines(&index), ["(0010,0010) PN 4", "(7FE0,0010) OW 100000", "(FFFC,FFFC) OB 0"]);
    assert!(index.rows()[1].has(Flags::DEFERRED) && !index.rows()[0].has(Flags::DEFERRED));
}

proptest::proptest! {
    #[test]
    fn any_bytes_end_and_no_row_leaves_the_input(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..2000),
        big in proptest::bool::ANY,
    ) {
        let encoding = if big { Encoding::EXPLICIT_BIG } else { Encoding::IMPLICIT_LITTLE };
        for encoding in [encoding, Encoding::EXPLICIT_LITTLE] {
            if let Ok(index) = index(&bytes, encoding) {
                check(&index, bytes.len());
            }
        }
    }

    #[test]
    fn damage_anywhere_keeps_what_stands_before_it(position in 0_usize..400, value in proptest::num::u8::ANY) {
        let mut bytes = nested();
        let position = position % bytes.len();
        let whole = index(&bytes, Encoding::EXPLICIT_LITTLE).unwrap();
        bytes[position] = value;
        let Ok(damaged) = index(&bytes, Encoding::EXPLICIT_LITTLE) else { return Ok(()) };
        check(&damaged, bytes.len());
        // Root elements that end before the damage; the first one carries the decision on the encoding.
        for row in whole.children(0, whole.len()).filter_map(|n| whole.row(n)) {
            if row.value_end() <= position as u64 && row.vr() != Vr::SQ {
                proptest::prop_assert!(damaged.rows().iter().any(|r| r.offset() == row.offset() && r.tag() == row.tag()));
            }
        }
    }
}

fn check(index: &Index, size: usize) {
    let len = index.len();
    for (number, row) in index.rows().iter().enumerate() {
        assert!(row.end() > number as u32 && row.end() <= len);
        assert!(row.value_end() <= size as u64, "{row:?} leaves {size} bytes");
    }
    assert!(index.end() <= size as u64);
}
