//! Drafts of data sets: what is written of them, and what cannot be (PS3.5 §6, §7).

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation)]

mod support;

use std::borrow::Cow;

use fastdcm::dataset::{
    ByteOrder, DatasetView, Draft, DraftItem, DraftPart, DraftValue, Encoding, Index, Plan, SequenceLengths,
    StoredRows, Target, TokenizerOptions,
};
use fastdcm::source::{MemorySource, Resident};
use fastdcm::value::character_set::CharacterSet;
use fastdcm::{Error, ErrorKind, Limits, Tag, Vr};
use proptest::prelude::*;
use support::*;

const NAME: Tag = Tag(0x0010_0010);
const SEQUENCE: Tag = Tag(0x0008_1110);
const EXPLICIT: Target = Target::new(Encoding::EXPLICIT_LITTLE, CharacterSet::DEFAULT);
const BIG: Target = Target::new(Encoding::EXPLICIT_BIG, CharacterSet::DEFAULT);
const IMPLICIT: Target = Target::new(Encoding::IMPLICIT_LITTLE, CharacterSet::DEFAULT);

fn new(tag: u32, vr: Vr, value: &[u8]) -> DraftPart<'static> {
    DraftPart::New { tag: Tag(tag), vr, value: DraftValue::Bytes(Cow::Owned(value.to_vec())) }
}

fn sequence(tag: Tag, undefined: bool, items: Vec<(Draft<'_>, bool)>) -> DraftPart<'_> {
    let items = items.into_iter().map(|(draft, undefined_length)| DraftItem { draft, undefined_length });
    let value = DraftValue::Items { items: items.collect(), undefined_length: undefined };
    DraftPart::New { tag, vr: Vr::SQ, value }
}

fn draft<'a>(parts: impl IntoIterator<Item = DraftPart<'a>>) -> Draft<'a> {
    Draft { parts: parts.into_iter().collect(), byte_order: ByteOrder::Little }
}

fn write(draft: &Draft<'_>, target: &Target) -> Result<Vec<u8>, Error> {
    let plan = Plan::new(draft, target)?;
    let mut bytes = Vec::new();
    plan.write(&mut bytes)?;
    assert_eq!(plan.length(), bytes.len() as u64);
    Ok(bytes)
}

fn fault(draft: &Draft<'_>, target: &Target) -> (ErrorKind, String) {
    let error = Plan::new(draft, target).unwrap_err();
    (error.kind().clone(), error.path().to_string())
}

/// A data set that was read.
struct Read {
    index: Index,
    bytes: Resident,
    encoding: Encoding,
    set: CharacterSet,
}

impl Read {
    fn new(bytes: &[u8], encoding: Encoding) -> Self {
        let index = index_with(bytes, encoding, TokenizerOptions::default()).unwrap();
        let bytes = Resident::whole(Box::new(bytes.to_vec()));
        Self { index, bytes, encoding, set: CharacterSet::DEFAULT }
    }

    fn rows(&self) -> StoredRows<'_> {
        StoredRows::of(DatasetView::root(&self.index, &self.bytes), self.encoding, self.set)
    }

    fn part(&self, first: u32, end: u32) -> DraftPart<'_> {
        DraftPart::Stored(StoredRows { first, end, ..self.rows() })
    }

    fn to(&self, target: &Target) -> Result<Vec<u8>, Error> {
        write(&Draft::stored(self.rows()), target)
    }
}

#[test]
fn ps3_5_7_1_headers_in_every_encoding() {
    let elements = || {
        draft([
            new(0x0010_0010, Vr::PN, b"A"),
            new(0x0028_0010, Vr::US, &[1, 2]),
            new(0x7FE0_0010, Vr::OW, &[3, 4]),
        ])
    };
    let expected = [
        explicit(0x0010_0010, "PN", b"A "),
        explicit(0x0028_0010, "US", &[1, 2]),
        explicit(0x7FE0_0010, "OW", &[3, 4]),
    ];
    assert_eq!(write(&elements(), &EXPLICIT).unwrap(), expected.concat());
    let expected =
        [implicit(0x0010_0010, b"A "), implicit(0x0028_0010, &[1, 2]), implicit(0x7FE0_0010, &[3, 4])];
    assert_eq!(write(&elements(), &IMPLICIT).unwrap(), expected.concat());
    let expected: [&[u8]; 3] = [
        b"\x00\x10\x00\x10PN\x00\x02A ",
        b"\x00\x28\x00\x10US\x00\x02\x02\x01",
        b"\x7F\xE0\x00\x10OW\x00\x00\x00\x00\x00\x02\x04\x03",
    ];
    assert_eq!(write(&elements(), &BIG).unwrap(), expected.concat());
}

#[test]
fn ps3_5_6_2_values_are_padded_by_their_vr() {
    for (vr, pad) in [(Vr::UI, 0), (Vr::OB, 0), (Vr::UN, 0), (Vr::LO, b' '), (Vr::UT, b' '), (Vr::UR, b' ')] {
        let bytes = write(&draft([new(0x0009_1001, vr, b"1")]), &EXPLICIT).unwrap();
        assert_eq!(bytes[bytes.len() - 2..], [b'1', pad], "{vr}");
    }
    for vr in [Vr::US, Vr::FD, Vr::OW, Vr::OL, Vr::OD, Vr::AT, Vr::SQ] {
        let (kind, path) = fault(&draft([new(0x0009_1001, vr, b"123")]), &EXPLICIT);
        assert_eq!(kind, ErrorKind::ValueLength { vr, length: 3 });
        assert_eq!(path, "(0009,1001)");
    }
    assert_eq!(
        fault(&draft([new(0x0009_1001, Vr::AT, b"12")]), &EXPLICIT).0,
        ErrorKind::ValueLength { vr: Vr::AT, length: 2 }
    );
}

#[test]
fn ps3_5_6_2_2_long_values_become_unknown() {
    let long = vec![b'1'; 65_536];
    let elements = draft([new(0x0010_4000, Vr::LT, &long[..65_534]), new(0x0018_6000, Vr::DS, &long)]);
    let plan = Plan::new(&elements, &EXPLICIT).unwrap();
    let mut bytes = Vec::new();
    plan.write(&mut bytes).unwrap();
    assert_eq!(bytes[8 + 65_534..][..12], *b"\x18\x00\x00\x60UN\x00\x00\x00\x00\x01\x00");
    assert_eq!(
        plan.report().written_as_unknown.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["(0018,6000)"]
    );
    // Read again it has its VR, and implicit VR has room for it.
    let read = Read::new(&bytes, Encoding::EXPLICIT_LITTLE);
    assert_eq!(read.index.row(1).unwrap().vr(), Vr::DS);
    assert!(Plan::new(&elements, &IMPLICIT).unwrap().report().is_empty());
    for (tag, vr) in [(0x0002_0016, Vr::AE), (0x0009_0010, Vr::LO)] {
        let kind = fault(&draft([new(tag, vr, &long)]), &EXPLICIT).0;
        assert_eq!(kind, ErrorKind::ValueTooLong { vr, length: 65_536 });
    }
    let numbers = || draft([new(0x0028_3006, Vr::US, &long)]);
    assert!(write(&numbers(), &EXPLICIT).is_ok());
    assert!(matches!(fault(&numbers(), &BIG).0, ErrorKind::ValueTooLong { .. }));
}

#[test]
fn ps3_5_7_5_lengths_as_drafts_and_targets_say() {
    let items = |undefined| {
        draft([sequence(
            SEQUENCE,
            undefined,
            vec![(draft([new(NAME.0, Vr::PN, b"AB")]), false), (draft([]), true)],
        )])
    };
    let inner = explicit(NAME.0, "PN", b"AB");
    let sequence = |content: &[u8]| explicit(SEQUENCE.0, "SQ", content);
    let mixed = [item(&inner), open_item(&[])].concat();
    assert_eq!(write(&items(false), &EXPLICIT).unwrap(), sequence(&mixed));
    let open = |content: &[u8]| {
        [explicit_header(SEQUENCE.0, "SQ", UNDEFINED), content.to_vec(), end_sequence()].concat()
    };
    assert_eq!(write(&items(true), &EXPLICIT).unwrap(), open(&mixed));
    let target = Target { lengths: SequenceLengths::Defined, ..EXPLICIT };
    assert_eq!(write(&items(true), &target).unwrap(), sequence(&[item(&inner), item(&[])].concat()));
    let target = Target { lengths: SequenceLengths::Undefined, ..EXPLICIT };
    assert_eq!(write(&items(false), &target).unwrap(), open(&[open_item(&inner), open_item(&[])].concat()));
}

#[test]
fn what_is_read_is_copied_whatever_is_odd_about_it() {
    let nested = [
        header(0xFFFE_E000, UNDEFINED),
        explicit(0x0008_1150, "UI", b"1.2\0"),
        explicit(0x0008_1155, "UI", b"1"), // odd
        header(0xFFFE_E00D, 0),
        item(&explicit(0x0009_1001, "ZZ", b"")),
    ];
    let unknown =
        [explicit_header(0x0029_1001, "UN", UNDEFINED), item(&implicit(0x0008_0060, b"CT")), end_sequence()];
    let mut reserved = explicit(0x0042_0011, "OB", b"12");
    reserved[6] = 7; // bytes that nobody reads
    let bytes = [
        explicit(0x0008_0000, "UL", &[9, 9, 9, 9]),
        explicit(0x0008_0060, "CS", b"C"),
        explicit(SEQUENCE.0, "SQ", &nested.concat()),
        explicit(0x0010_0010, "PN", b"A^B"),
        unknown.concat(),
        reserved.clone(),
    ]
    .concat();
    let read = Read::new(&bytes, Encoding::EXPLICIT_LITTLE);
    let plan_of = Draft::stored(read.rows());
    let plan = Plan::new(&plan_of, &EXPLICIT).unwrap();
    assert_eq!(format!("{plan:?}"), format!("Plan({} bytes in 1 runs)", bytes.len()));
    assert_eq!(read.to(&EXPLICIT).unwrap(), bytes);
    // With an element replaced, all others stay; what the group length says may be wrong now.
    let modality = Tag(0x0008_0060);
    let end = read.index.len();
    let edited = draft([read.part(0, 1), new(modality.0, Vr::CS, b"MR"), read.part(2, end)]);
    let plan = Plan::new(&edited, &EXPLICIT).unwrap();
    assert_eq!(format!("{plan:?}"), format!("Plan({} bytes in 2 runs)", bytes.len() - 11));
    let mut expected = explicit(modality.0, "CS", b"MR");
    expected.extend_from_slice(&bytes[12 + 9..]);
    assert_eq!(write(&edited, &EXPLICIT).unwrap(), expected);
}

#[test]
fn a_sequence_with_an_edited_item_keeps_the_others() {
    let one = [explicit(NAME.0, "PN", b"ODD"), explicit(0x0010_0020, "LO", b"1 ")].concat();
    let bytes =
        [explicit_header(SEQUENCE.0, "SQ", UNDEFINED), item(&one), open_item(&one), end_sequence()].concat();
    let read = Read::new(&bytes, Encoding::EXPLICIT_LITTLE);
    let edited = draft([sequence(
        SEQUENCE,
        true,
        vec![
            (draft([read.part(2, 4)]), false),
            (draft([read.part(5, 6), new(0x0010_0020, Vr::LO, b"longer")]), true),
        ],
    )]);
    let changed = [explicit(NAME.0, "PN", b"ODD"), explicit(0x0010_0020, "LO", b"longer")].concat();
    let expected =
        [explicit_header(SEQUENCE.0, "SQ", UNDEFINED), item(&one), open_item(&changed), end_sequence()]
            .concat();
    assert_eq!(write(&edited, &EXPLICIT).unwrap(), expected);
}

#[test]
fn what_is_cut_or_not_closed_is_mended() {
    let cut = Read::new(&explicit(NAME.0, "PN", b"ABCDEF")[..11], Encoding::EXPLICIT_LITTLE);
    assert_eq!(cut.to(&EXPLICIT).unwrap(), explicit(NAME.0, "PN", b"ABC "));
    let open = [
        explicit_header(SEQUENCE.0, "SQ", UNDEFINED),
        header(0xFFFE_E000, UNDEFINED),
        explicit(NAME.0, "PN", b"AB"),
    ]
    .concat();
    let whole = [
        explicit_header(SEQUENCE.0, "SQ", UNDEFINED),
        open_item(&explicit(NAME.0, "PN", b"AB")),
        end_sequence(),
    ]
    .concat();
    assert_eq!(Read::new(&open, Encoding::EXPLICIT_LITTLE).to(&EXPLICIT).unwrap(), whole);
    let fragments = [explicit_header(0x7FE0_0010, "OB", UNDEFINED), item(&[]), item(b"123")].concat();
    let whole =
        [explicit_header(0x7FE0_0010, "OB", UNDEFINED), item(&[]), item(b"123\0"), end_sequence()].concat();
    assert_eq!(Read::new(&fragments, Encoding::EXPLICIT_LITTLE).to(&EXPLICIT).unwrap(), whole);
}

#[test]
fn other_elements_decide_on_vrs() {
    let signed = implicit(0x0028_0103, &[1, 0]);
    let table = |entries: u8| {
        let content = [implicit(0x0028_3002, &[entries, 0, 0, 0, 16, 0]), implicit(0x0028_3006, &[5, 0])];
        implicit(0x0028_3010, &item(&content.concat()))
    };
    let bytes = [signed, implicit(0x0028_0106, &[1, 2]), table(1), table(2), implicit(0x7FE0_0010, &[1, 2])];
    let mut bytes = bytes.concat();
    let position = bytes.len() - 10;
    bytes.splice(position..position, implicit(0x0028_9001, &[1, 0, 0, 0]));
    let read = Read::new(&bytes, Encoding::IMPLICIT_LITTLE);
    let out = read.to(&EXPLICIT).unwrap();
    let again = Read::new(&out, Encoding::EXPLICIT_LITTLE);
    let vrs = |tag: u32| -> Vec<Vr> {
        again.index.rows().iter().filter(|row| row.tag() == Tag(tag)).map(|row| row.vr()).collect()
    };
    assert_eq!((vrs(0x0028_0106), vrs(0x0028_3002)), (vec![Vr::SS], vec![Vr::SS, Vr::SS]));
    assert_eq!((vrs(0x0028_3006), vrs(0x7FE0_0010)), (vec![Vr::US, Vr::OW], vec![Vr::OW]));
    // Inherited from a data set that is not written.
    let alone = Read::new(&implicit(0x0028_0106, &[1, 2]), Encoding::IMPLICIT_LITTLE);
    let rows = StoredRows { pixel_representation: Some(1), ..alone.rows() };
    assert_eq!(write(&Draft::stored(rows), &EXPLICIT).unwrap(), explicit(0x0028_0106, "SS", &[1, 2]));
}

#[test]
fn pixel_data_are_swapped_as_they_are_read() {
    let cells: Vec<u8> = (1..=16).collect();
    let swapped =
        |unit: usize| -> Vec<u8> { cells.chunks(unit).flat_map(|cell| cell.iter().rev().copied()).collect() };
    for (bits, vr, unit) in
        [(8, "OB", 1), (8, "OW", 2), (1, "OW", 2), (16, "OW", 2), (16, "OB", 2), (32, "OW", 4), (64, "OW", 8)]
    {
        let bytes = [explicit(0x0028_0100, "US", &[bits, 0]), explicit(0x7FE0_0010, vr, &cells)].concat();
        let out = Read::new(&bytes, Encoding::EXPLICIT_LITTLE).to(&BIG).unwrap();
        assert_eq!(out[out.len() - 16..], swapped(unit), "{bits} {vr}");
        assert_eq!(Read::new(&out, Encoding::EXPLICIT_BIG).to(&EXPLICIT).unwrap(), bytes);
        let allocated = new(0x0028_0100, Vr::US, &[bits, 0]);
        let pixels = new(0x7FE0_0010, Vr::from_code([vr.as_bytes()[0], vr.as_bytes()[1]]).unwrap(), &cells);
        assert_eq!(write(&draft([allocated, pixels]), &BIG).unwrap(), out);
    }
    // Where pixel data alone are in big endian.
    let bytes = [implicit(0x0028_0100, &[16, 0]), implicit(0x7FE0_0010, &cells)].concat();
    let read = Read::new(&bytes, Encoding::IMPLICIT_LITTLE);
    let rows = StoredRows { pixel_byte_order: Some(ByteOrder::Big), ..read.rows() };
    let out = write(&Draft::stored(rows), &IMPLICIT).unwrap();
    assert_eq!(out[out.len() - 16..], swapped(2));
}

#[test]
fn new_words_are_in_the_byte_order_of_the_draft() {
    let number = |order: ByteOrder| {
        let parts = vec![new(0x0028_0010, Vr::US, &[1, 0]), new(0x7FE0_0010, Vr::OW, &[1, 2, 3, 4])];
        Draft { parts, byte_order: order }
    };
    let out = |order, target: &Target| write(&number(order), target).unwrap();
    let last = |bytes: &[u8]| bytes[bytes.len() - 4..].to_vec();
    assert_eq!(last(&out(ByteOrder::Little, &EXPLICIT)), [1, 2, 3, 4]);
    assert_eq!(last(&out(ByteOrder::Big, &EXPLICIT)), [2, 1, 4, 3]);
    assert_eq!(last(&out(ByteOrder::Little, &BIG)), [2, 1, 4, 3]);
    assert_eq!(last(&out(ByteOrder::Big, &BIG)), [1, 2, 3, 4]);
    // Numbers are in little endian all the same.
    assert_eq!(out(ByteOrder::Big, &EXPLICIT)[..10], explicit(0x0028_0010, "US", &[1, 0]));
}

#[test]
fn group_lengths_stay_where_all_of_the_group_is_copied() {
    let name = || explicit(0x0010_0010, "PN", b"A^B ");
    let bytes = [
        explicit(0x0008_0000, "UL", &[10, 0, 0, 0]),
        explicit(0x0008_0060, "CS", b"CT"),
        explicit(0x0010_0000, "UL", &[12, 0, 0, 0]),
        name(),
    ];
    let read = Read::new(&bytes.concat(), Encoding::EXPLICIT_LITTLE);
    let parts = |has_whole_groups: bool| {
        let stored = StoredRows { has_whole_groups, end: 3, ..read.rows() };
        draft([DraftPart::Stored(stored), new(0x0010_0020, Vr::LO, b"42")])
    };
    let id = explicit(0x0010_0020, "LO", b"42");
    let kept = [bytes[0].clone(), bytes[1].clone(), bytes[2].clone(), id.clone()].concat();
    assert_eq!(write(&parts(true), &EXPLICIT).unwrap(), kept);
    assert_eq!(write(&parts(false), &EXPLICIT).unwrap(), [bytes[1].clone(), id].concat());
    let implicit_vr = write(&parts(true), &IMPLICIT).unwrap();
    assert_eq!(implicit_vr, [implicit(0x0008_0060, b"CT"), implicit(0x0010_0020, b"42")].concat());
}

#[test]
fn implicit_vr_says_what_it_loses() {
    let bytes = [
        explicit(0x0029_0010, "LO", b"SIEMENS CSA HEADER"),
        explicit(0x0029_0011, "LO", b"NOBODY"),
        explicit(0x0029_1008, "CS", b"IMAGE "),
        explicit(0x0029_1101, "DS", b"1 "),
        explicit(0x0029_1102, "SQ", &item(&explicit(NAME.0, "PN", b"AB"))),
        explicit(0x0029_1103, "UN", b"12"),
    ];
    let read = Read::new(&bytes.concat(), Encoding::EXPLICIT_LITTLE);
    let rows = Draft::stored(read.rows());
    let plan = Plan::new(&rows, &IMPLICIT).unwrap();
    let lost: Vec<_> = plan.report().vr_lost.iter().map(ToString::to_string).collect();
    assert_eq!(lost, ["(0029,1101)"]);
    // The sequence is still one: its delimiter says so.
    let again = Read::new(&read.to(&IMPLICIT).unwrap(), Encoding::IMPLICIT_LITTLE);
    assert_eq!(
        lines(&again.index)[2..],
        [
            "(0029,1008) CS 6",
            "(0029,1101) UN 2",
            "(0029,1102) SQ 18 undefined",
            ".(FFFE,E000) 10",
            "..(0010,0010) PN 2",
            "(0029,1103) UN 2",
        ]
    );
}

#[test]
fn encapsulated_pixel_data_are_of_explicit_little_endian() {
    let fragments = || {
        let value =
            DraftValue::Fragments(vec![Cow::Borrowed(b""), Cow::Borrowed(b"12"), Cow::Borrowed(b"3")]);
        draft([DraftPart::New { tag: Tag::PIXEL_DATA, vr: Vr::OB, value }])
    };
    let bytes =
        [explicit_header(0x7FE0_0010, "OB", UNDEFINED), item(b""), item(b"12"), item(b"3\0"), end_sequence()]
            .concat();
    assert_eq!(write(&fragments(), &EXPLICIT).unwrap(), bytes);
    let read = Read::new(&bytes, Encoding::EXPLICIT_LITTLE);
    for target in [IMPLICIT, BIG] {
        assert_eq!(fault(&fragments(), &target).0, ErrorKind::EncapsulatedPixelData);
        assert_eq!(read.to(&target).unwrap_err().kind(), &ErrorKind::EncapsulatedPixelData);
    }
    let target = Target { lengths: SequenceLengths::Defined, ..EXPLICIT };
    assert_eq!(read.to(&target).unwrap(), bytes);
}

#[test]
fn text_follows_the_character_set_of_the_target() {
    let inner = [explicit(0x0008_0005, "CS", b"ISO_IR 144"), explicit(NAME.0, "PN", b"\xB1\xB2")].concat();
    let bytes = [
        explicit(0x0008_0005, "CS", b"ISO_IR 100"),
        explicit(0x0008_0060, "CS", b"CT"),
        explicit(SEQUENCE.0, "SQ", &[item(&explicit(NAME.0, "PN", b"B\xE4 ")), item(&inner)].concat()),
        explicit(NAME.0, "PN", b"J\xF6 "),
        explicit(0x0010_1000, "LO", b"\xE4\\b"),
        explicit(0x0010_4000, "LT", b"ascii\\ "),
    ]
    .concat();
    let mut read = Read::new(&bytes, Encoding::EXPLICIT_LITTLE);
    read.set = CharacterSet::by_name("ISO_IR 100").unwrap();
    assert_eq!(read.to(&Target { character_set: read.set, ..EXPLICIT }).unwrap(), bytes);
    let end = read.index.len();
    let terms = || new(0x0008_0005, Vr::CS, b"ISO_IR 192");
    let utf8 = draft([terms(), read.part(1, end)]);
    let expected = [
        explicit(0x0008_0005, "CS", b"ISO_IR 192"),
        explicit(0x0008_0060, "CS", b"CT"),
        explicit(SEQUENCE.0, "SQ", &[item(&explicit(NAME.0, "PN", "Bä ".as_bytes())), item(&inner)].concat()),
        explicit(NAME.0, "PN", "Jö ".as_bytes()),
        explicit(0x0010_1000, "LO", "ä\\b".as_bytes()),
        explicit(0x0010_4000, "LT", b"ascii\\ "),
    ]
    .concat();
    let target = Target { character_set: CharacterSet::UTF_8, ..EXPLICIT };
    assert_eq!(write(&utf8, &target).unwrap(), expected);
    // A set that has no umlauts.
    let cyrillic = draft([new(0x0008_0005, Vr::CS, b"ISO_IR 144"), read.part(1, end)]);
    let target = Target { character_set: CharacterSet::by_name("ISO_IR 144").unwrap(), ..EXPLICIT };
    let error = Plan::new(&cyrillic, &target).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unencodable { index: 1 });
    assert_eq!(error.path().to_string(), "(0008,1110)[0].(0010,0010)");
    assert!(!error.to_string().contains('ä'));
}

#[test]
fn damaged_text_is_told() {
    let mut read = Read::new(&explicit(NAME.0, "PN", b"A\xFF"), Encoding::EXPLICIT_LITTLE);
    read.set = CharacterSet::UTF_8;
    let target = Target { character_set: CharacterSet::by_name("GB18030").unwrap(), ..EXPLICIT };
    // Nothing says that it is in this set.
    assert!(matches!(fault(&Draft::stored(read.rows()), &target).0, ErrorKind::InvalidValue(_)));
    let rows = draft([new(0x0008_0005, Vr::CS, b"GB18030"), read.part(0, 1)]);
    let plan = Plan::new(&rows, &target).unwrap();
    assert_eq!(plan.report().damaged_text.len(), 1);
}

#[test]
fn large_values_come_from_sources() {
    let all: Vec<u8> = (0..1_000_003_u32).map(|number| ((number * 7) >> 3) as u8).collect();
    let source = MemorySource::new(Box::new(all.clone()));
    let part = |vr, offset, length| {
        let value = DraftValue::Source { source: &source, offset, length };
        draft([new(0x0028_0100, Vr::US, &[16, 0]), DraftPart::New { tag: Tag::PIXEL_DATA, vr, value }])
    };
    let bytes = write(&part(Vr::OB, 3, 999_999), &EXPLICIT).unwrap();
    assert_eq!(bytes[22..22 + 999_999], all[3..1_000_002]);
    assert_eq!((bytes.len(), bytes.last()), (22 + 1_000_000, Some(&0)));
    let bytes = write(&part(Vr::OW, 1, 1_000_000), &BIG).unwrap();
    let swapped: Vec<u8> = all[1..1_000_001].chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
    assert!(bytes[22..] == swapped);
    assert!(matches!(fault(&part(Vr::OB, 4, 1_000_000), &EXPLICIT).0, ErrorKind::Truncated { .. }));
    let huge = draft([DraftPart::New {
        tag: NAME,
        vr: Vr::UT,
        value: DraftValue::Source { source: &Endless, offset: 0, length: u64::from(u32::MAX) - 1 },
    }]);
    assert_eq!(Plan::new(&huge, &EXPLICIT).unwrap().length(), 12 + u64::from(u32::MAX) - 1);
    let huge = draft([DraftPart::New {
        tag: NAME,
        vr: Vr::UT,
        value: DraftValue::Source { source: &Endless, offset: 0, length: u64::from(u32::MAX) },
    }]);
    assert!(matches!(fault(&huge, &EXPLICIT).0, ErrorKind::ValueTooLong { .. }));
    // A sequence of more than 32 bits can say is ended by its delimiter.
    let half = || DraftPart::New {
        tag: NAME,
        vr: Vr::UT,
        value: DraftValue::Source { source: &Endless, offset: 0, length: 3 << 30 },
    };
    let large = draft([sequence(SEQUENCE, false, vec![(draft([half()]), false), (draft([half()]), false)])]);
    assert_eq!(Plan::new(&large, &EXPLICIT).unwrap().length(), 12 + 2 * (8 + 12 + (3 << 30)) + 8);
}

/// More bytes than anybody has.
struct Endless;

impl fastdcm::source::ReadAt for Endless {
    fn read_at(&self, _: u64, buffer: &mut [u8]) -> fastdcm::Result<usize> {
        buffer.fill(0);
        Ok(buffer.len())
    }

    fn size(&self) -> fastdcm::Result<u64> {
        Ok(u64::MAX)
    }
}

#[test]
fn drafts_out_of_order_or_too_deep_are_refused() {
    let (kind, path) = fault(&draft([new(NAME.0, Vr::PN, b""), new(NAME.0, Vr::PN, b"")]), &EXPLICIT);
    assert!(matches!(kind, ErrorKind::InvalidValue(_)) && path == "(0010,0010)");
    let read = Read::new(&explicit(NAME.0, "PN", b"AB"), Encoding::EXPLICIT_LITTLE);
    assert!(Plan::new(&draft([new(0x0010_0020, Vr::LO, b""), read.part(0, 1)]), &EXPLICIT).is_err());
    assert!(Plan::new(&draft([new(0xFFFE_E000, Vr::UN, b"")]), &EXPLICIT).is_err());
    let nest = |depth: usize| {
        (0..depth).fold(draft([]), |inner, _| draft([sequence(SEQUENCE, true, vec![(inner, true)])]))
    };
    let deepest = nest(128);
    let bytes = write(&deepest, &EXPLICIT).unwrap();
    assert_eq!(
        Read::new(&bytes, Encoding::EXPLICIT_LITTLE).to(&IMPLICIT).unwrap().len(),
        bytes.len() - 128 * 4
    );
    let too_deep = nest(100_000);
    let (kind, _) = fault(&too_deep, &EXPLICIT);
    assert_eq!(kind, ErrorKind::LimitExceeded { limit: "depth", value: 129, allowed: 128 });
    let target = Target { limits: Limits { depth: 3, ..Limits::DEFAULT }, ..EXPLICIT };
    assert!(write(&nest(3), &target).is_ok() && write(&nest(4), &target).is_err());
}

/// An element whose value is right for its VR, in a dictionary of our own choice.
fn leaf() -> impl Strategy<Value = (u32, Vr, Vec<u8>)> {
    let bytes = prop::collection::vec(any::<u8>(), 0..40);
    (0..8_usize, bytes).prop_map(|(choice, mut bytes)| {
        let (tag, vr, unit) = [
            (0x0008_0060, Vr::CS, 2),
            (0x0010_1030, Vr::DS, 2),
            (0x0018_1310, Vr::US, 2),
            (0x0008_0119, Vr::UC, 2),
            (0x0028_0009, Vr::AT, 4),
            (0x0018_6020, Vr::SL, 4),
            (0x0040_A161, Vr::FD, 8),
            (0x0066_0016, Vr::OF, 4),
        ][choice];
        bytes.truncate(bytes.len() / unit * unit);
        if !matches!(vr, Vr::AT | Vr::US | Vr::SL | Vr::FD | Vr::OF) {
            bytes.iter_mut().for_each(|byte| *byte = b'A' + *byte % 26);
        }
        (tag, vr, bytes)
    })
}

/// Tag, whether its length is undefined, and items with the same.
type TreeSequence = (u32, bool, Vec<(Tree, bool)>);

#[derive(Clone, Debug)]
struct Tree {
    leaves: Vec<(u32, Vr, Vec<u8>)>,
    sequences: Vec<TreeSequence>,
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaves = || prop::collection::vec(leaf(), 0..6);
    let bare = leaves().prop_map(|leaves| Tree { leaves, sequences: Vec::new() });
    bare.prop_recursive(4, 24, 3, move |inner| {
        let items = prop::collection::vec((inner, any::<bool>()), 0..3);
        let tags = prop::sample::select(vec![0x0008_1110_u32, 0x0040_0275, 0x0029_1010]);
        let sequences = prop::collection::vec((tags, any::<bool>(), items), 0..3);
        (leaves(), sequences).prop_map(|(leaves, sequences)| Tree { leaves, sequences })
    })
}

fn draft_of(tree: &Tree) -> Draft<'static> {
    let leaves = tree.leaves.iter().map(|(tag, vr, value)| new(*tag, *vr, value));
    let sequences = tree.sequences.iter().map(|(tag, undefined, items)| {
        let items = items.iter().map(|(tree, undefined)| (draft_of(tree), *undefined)).collect();
        sequence(Tag(*tag), *undefined, items)
    });
    let mut parts: Vec<_> = leaves.chain(sequences).collect();
    let tag = |part: &DraftPart<'_>| match part {
        DraftPart::New { tag, .. } => *tag,
        DraftPart::Stored(_) => Tag(0),
    };
    parts.sort_by_key(tag);
    parts.dedup_by_key(|part| tag(part));
    draft(parts)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_draft_reads_back_in_every_encoding(tree in tree()) {
        let whole = draft_of(&tree);
        let direct: Vec<Vec<u8>> = [EXPLICIT, IMPLICIT, BIG].iter().map(|target| write(&whole, target).unwrap()).collect();
        let targets = [EXPLICIT, IMPLICIT, BIG];
        for (from, bytes) in targets.iter().zip(&direct) {
            let read = Read::new(bytes, from.encoding);
            prop_assert_eq!(&read.to(from).unwrap(), bytes);
            for (to, expected) in targets.iter().zip(&direct) {
                let converted = read.to(to).unwrap();
                // A private sequence of implicit VR has an undefined length, which stays.
                if !expected.windows(4).any(|tag| matches!(tag, [0x29, 0, 0x10, 0x10] | [0, 0x29, 0x10, 0x10])) {
                    prop_assert_eq!(&converted, expected);
                }
                prop_assert_eq!(lines(&Read::new(&converted, to.encoding).index).len(), lines(&read.index).len());
            }
            let defined = Target { lengths: SequenceLengths::Defined, ..*from };
            let undefined = Target { lengths: SequenceLengths::Undefined, ..*from };
            let there = Read::new(&read.to(&undefined).unwrap(), from.encoding).to(&defined).unwrap();
            prop_assert_eq!(there, write(&whole, &defined).unwrap());
        }
    }
}
