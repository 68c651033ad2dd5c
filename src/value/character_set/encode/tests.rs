use proptest::prelude::*;

use super::super::Decoded;
use super::*;

fn set(terms: &str) -> CharacterSet {
    let (set, faults) = CharacterSet::from_value(terms.as_bytes(), CharacterSet::ISO_646);
    assert_eq!(faults, [], "{terms}");
    set
}

/// Both ways.
fn check(terms: &str, rules: TextRules, text: &str, bytes: &[u8]) {
    assert_eq!(set(terms).encode(text, rules).as_deref(), Ok(bytes), "{terms}");
    assert_eq!(set(terms).decode(bytes, rules), Decoded { text: text.into(), fault: None }, "{terms}");
}

fn name(terms: &str, text: &str, bytes: &[u8]) {
    check(terms, TextRules::PersonName, text, bytes);
}

fn refused(terms: &str, rules: TextRules, text: &str, character: usize) {
    assert_eq!(set(terms).encode(text, rules), Err(EncodeFault { character }), "{terms}");
}

#[test]
fn ps3_5_annexes_h_to_k() {
    name(
        "\\ISO 2022 IR 87",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
    );
    name(
        "ISO 2022 IR 13\\ISO 2022 IR 87",
        "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
        b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
    );
    name(
        "\\ISO 2022 IR 149",
        "Hong^Gildong=洪^吉洞=홍^길동",
        b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
    );
    check(
        "\\ISO 2022 IR 149",
        TextRules::Single,
        "The 1st line 길동.\r\n길 2",
        b"The 1st line \x1b$)C\xb1\xe6\xb5\xbf.\r\n\x1b$)C\xb1\xe6 2",
    );
    name(
        "\\ISO 2022 IR 58",
        "Zhang^XiaoDong=张^小东=",
        b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=",
    );
    name("ISO_IR 192", "Wang^XiaoDong=王^小東=", "Wang^XiaoDong=王^小東=".as_bytes());
    name("GB18030", "Wang^XiaoDong=王^小东", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab");
    name("GBK", "Wang^XiaoDong=王^小东", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab");
}

#[test]
fn ps3_3_c_12_1_1_2_single_byte_terms() {
    for (terms, text, bytes) in [
        ("ISO_IR 100", "Buc^Jérôme", &b"Buc^J\xe9r\xf4me"[..]),
        ("ISO_IR 101", "Wałęsa^Łukasz", b"Wa\xb3\xeasa^\xa3ukasz"),
        ("ISO_IR 109", "Ĉapelisto^Ĝoĉjo", b"\xc6apelisto^\xd8o\xe6jo"),
        ("ISO_IR 110", "Ķēniņš^Žanis", b"\xd3\xbani\xf1\xb9^\xaeanis"),
        ("ISO_IR 126", "Διονυσιος", b"\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2"),
        ("ISO_IR 127", "قباني^لنزار", b"\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1"),
        ("ISO_IR 138", "שרון^דבורה", b"\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4"),
        ("ISO_IR 144", "Люкceмбypг", b"\xbb\xee\xdace\xdc\xd1yp\xd3"),
        ("ISO_IR 148", "Çavuşoğlu^İsmet", b"\xc7avu\xfeo\xf0lu^\xddsmet"),
        ("ISO_IR 166", "นามสกุล^ชื่อ", b"\xb9\xd2\xc1\xca\xa1\xd8\xc5^\xaa\xd7\xe8\xcd"),
        ("ISO_IR 203", "€ Œœ", b"\xa4 \xbc\xbd"),
        ("ISO_IR 13", "ﾔﾏﾀﾞ^ﾀﾛｳ", b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3"),
    ] {
        name(terms, text, bytes);
        name(&terms.replace("ISO_IR", "ISO 2022 IR"), text, bytes);
    }
}

#[test]
fn ps3_5_6_1_2_5_3_value_1_is_back_before_delimiters_and_the_end() {
    let terms = "ISO 2022 IR 100\\ISO 2022 IR 144";
    name(terms, "Müller^Ивaнoв=И", b"M\xfcller^\x1b-L\xb8\xd2a\xddo\xd2\x1b-A=\x1b-L\xb8\x1b-A");
    for (delimiter, rules) in [
        ('\r', TextRules::Single),
        ('\n', TextRules::Values),
        ('\t', TextRules::PersonName),
        ('\u{C}', TextRules::Single),
        ('\\', TextRules::Values),
        ('^', TextRules::PersonName),
    ] {
        let bytes = [b"\x1b-L\xb8\x1b-A", delimiter.to_string().as_bytes(), b"\xfc"].concat();
        check(terms, rules, &format!("И{delimiter}ü"), &bytes);
    }
    // What is no delimiter of the VR changes nothing.
    check(terms, TextRules::Values, "И^И=И", b"\x1b-L\xb8^\xb8=\xb8\x1b-A");
    check(terms, TextRules::Single, "И\\И", b"\x1b-L\xb8\\\xb8\x1b-A");
    // There is nothing to go back to where value 1 has no G1.
    name("ISO 2022 IR 6\\ISO 2022 IR 166", "นาม^A", b"\x1b-T\xb9\xd2\xc1^A");
}

#[test]
fn sets_in_force_come_first_then_the_declared_ones_in_order() {
    // All three have the sharp s.
    let terms = "ISO 2022 IR 6\\ISO 2022 IR 101\\ISO 2022 IR 100\\ISO 2022 IR 148";
    check(terms, TextRules::Values, "ß", b"\x1b-B\xdf");
    check(terms, TextRules::Values, "Åß", b"\x1b-A\xc5\xdf");
    check(terms, TextRules::Values, "ğßłß", b"\x1b-M\xf0\xdf\x1b-B\xb3\xdf");
    // Both have Greek and Cyrillic letters.
    check("\\ISO 2022 IR 87\\ISO 2022 IR 144", TextRules::Values, "И", b"\x1b$B'*\x1b(B");
    check("\\ISO 2022 IR 144\\ISO 2022 IR 87", TextRules::Values, "И", b"\x1b-L\xb8");
    check("\\ISO 2022 IR 144\\ISO 2022 IR 87", TextRules::Values, "山И", b"\x1b$B;3'*\x1b(B");
}

#[test]
fn a_double_byte_set_is_left_for_spaces_and_bytes_above_7f() {
    check("\\ISO 2022 IR 87", TextRules::Values, "山 田", b"\x1b$B;3\x1b(B \x1b$BED\x1b(B");
    check("ISO 2022 IR 13\\ISO 2022 IR 87", TextRules::Values, "山ﾔ", b"\x1b$B;3\x1b(J\xd4");
    check(
        "\\ISO 2022 IR 87\\ISO 2022 IR 159\\ISO 2022 IR 149",
        TextRules::Values,
        "山丂홍",
        b"\x1b$B;3\x1b$(D0!\x1b(B\x1b$)C\xc8\xab",
    );
}

#[test]
fn double_byte_sets_are_designated_even_as_value_1() {
    name("ISO 2022 IR 149", "홍^길동", b"\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf");
    name("ISO 2022 IR 87", "山^田", b"\x1b$B;3\x1b(B^\x1b$BED\x1b(B");
}

#[test]
fn jis_x_0201_has_no_backslash_and_no_tilde() {
    refused("ISO_IR 13", TextRules::Single, "a\\", 1);
    refused("ISO_IR 13", TextRules::Single, "~", 0);
    check("ISO_IR 13", TextRules::Single, "¥‾", b"\\~");
    // A delimiter is a delimiter, and no yen sign can be where its byte is one.
    check("ISO_IR 13", TextRules::Values, "a\\b", b"a\\b");
    refused("ISO_IR 13", TextRules::Values, "a¥", 1);
    refused("ISO_IR 13", TextRules::PersonName, "¥", 0);
    check("ISO 2022 IR 13\\ISO 2022 IR 87", TextRules::Single, "¥~¥", b"\\\x1b(B~\x1b(J\\");
}

#[test]
fn what_no_declared_set_has_is_refused() {
    for (terms, text, character) in [
        ("", "Jérôme", 1),
        ("ISO_IR 6", "é", 0),
        ("ISO_IR 100", "Jéłôme", 2),
        ("ISO_IR 100", "a\u{1F4A9}", 1),
        ("\\ISO 2022 IR 87", "山é", 1),
        ("\\ISO 2022 IR 87", "①", 0),
        ("\\ISO 2022 IR 149", "갂", 0),
        ("\\ISO 2022 IR 58", "王東", 1),
        ("ISO 2022 IR 100\\ISO 2022 IR 159", "山", 0),
        ("GBK", "王\u{1F4A9}", 1),
        ("GBK", "€", 0),
        ("GBK", "王ש€", 1),
        ("GBK", "王€ש", 1),
        ("ISO_IR 126", "€", 0),
    ] {
        refused(terms, TextRules::Values, text, character);
    }
}

#[test]
fn an_escape_character_is_refused() {
    for terms in ["", "ISO_IR 100", "ISO_IR 192", "GB18030", "\\ISO 2022 IR 87"] {
        refused(terms, TextRules::Single, "a\u{1B}(B", 1);
    }
    assert_eq!(CharacterSet::ISO_646.encode("\u{1B}", TextRules::Values), Err(EncodeFault { character: 0 }));
}

#[test]
fn a_fault_names_the_place_only() {
    let fault = set("ISO_IR 100").encode("Hörłen", TextRules::Values).unwrap_err();
    assert_eq!(fault.to_string(), "the character at index 3 is not in the Specific Character Set");
}

#[test]
fn overrides_by_codec_write_only_what_reads_back() {
    let sjis = CharacterSet::by_name("shift_jis").unwrap();
    assert_eq!(sjis.encode("山ソ", TextRules::Values).as_deref(), Ok(&b"\x8e\x52\x83\x5c"[..]));
    assert_eq!(sjis.encode("a¥", TextRules::Values), Err(EncodeFault { character: 1 }));
    let cp1252 = CharacterSet::by_name("cp1252").unwrap();
    assert_eq!(cp1252.encode("€", TextRules::Values).as_deref(), Ok(&b"\x80"[..]));
}

/// The characters beyond ASCII that a set of one term writes; each is read back as the same.
fn repertoire(terms: &str) -> usize {
    let set = set(terms);
    let encoder = Encoder::new(set, TextRules::PersonName);
    let (mut buffer, mut bytes) = ([0; 4], Vec::new());
    let written = ('\u{80}'..=char::MAX).filter(|character| {
        let text = &*character.encode_utf8(&mut buffer);
        bytes.clear();
        if encoder.encode(text, &mut bytes).is_err() {
            return false;
        }
        assert_eq!(set.decode(&bytes, TextRules::PersonName), Decoded { text: text.into(), fault: None });
        true
    });
    written.count()
}

#[test]
fn every_character_of_a_set_is_written_and_no_other() {
    const C1: usize = 32;
    for (terms, characters) in [
        ("ISO_IR 6", 0),
        ("ISO_IR 100", C1 + 96),
        ("ISO_IR 101", C1 + 96),
        ("ISO_IR 109", C1 + 89),
        ("ISO_IR 110", C1 + 96),
        ("ISO_IR 144", C1 + 96),
        ("ISO_IR 127", C1 + 51),
        ("ISO_IR 126", C1 + 90),
        ("ISO_IR 138", C1 + 58),
        ("ISO_IR 148", C1 + 96),
        ("ISO_IR 203", C1 + 96),
        ("ISO_IR 166", C1 + 88),
        // The overline of the Romaji set; its yen sign is a delimiter's byte.
        ("ISO_IR 13", 63 + 1),
        ("\\ISO 2022 IR 87", 6879),
        ("\\ISO 2022 IR 159", 6067),
        ("\\ISO 2022 IR 149", 8224),
        ("\\ISO 2022 IR 58", 7445),
    ] {
        assert_eq!(repertoire(terms), characters, "{terms}");
    }
}

#[test]
fn gbk_and_gb18030_read_back_all_they_write() {
    assert_eq!(repertoire("GBK"), 23_938);
    // All of Unicode but characters for private use that got code points of their own in 2022.
    assert_eq!(repertoire("GB18030"), 0x11_0000 - 0x800 - 0x80 - 19);
}

#[test]
fn a_long_text_takes_linear_time() {
    for (terms, piece) in [
        ("\\ISO 2022 IR 159", "丂 "),
        ("\\ISO 2022 IR 87\\ISO 2022 IR 149", "山 홍\n"),
        ("GB18030", "王\u{1F4A9}"),
        ("ISO 2022 IR 100\\ISO 2022 IR 144", "üИ"),
    ] {
        let text = piece.repeat(20_000);
        let bytes = set(terms).encode(&text, TextRules::Single).unwrap();
        assert!(bytes.len() <= 12 * text.len());
        assert_eq!(set(terms).decode(&bytes, TextRules::Single).text, text);
    }
}

/// Every kind of coding, with and without code extensions.
const TERMS: &[&str] = &[
    "ISO_IR 6",
    "ISO_IR 13",
    "ISO_IR 100",
    "ISO_IR 166",
    "ISO_IR 192",
    "GBK",
    "GB18030",
    "ISO 2022 IR 149",
    "\\ISO 2022 IR 87",
    "ISO 2022 IR 13\\ISO 2022 IR 87\\ISO 2022 IR 159",
    "\\ISO 2022 IR 149\\ISO 2022 IR 58",
    "ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 126",
    "ISO 2022 IR 148\\ISO 2022 IR 13\\ISO 2022 IR 87\\ISO 2022 IR 58\\ISO 2022 IR 203\\ISO 2022 IR 159",
];

const RULES: [TextRules; 3] = [TextRules::Values, TextRules::Single, TextRules::PersonName];

/// Text in which characters of every set, delimiters and controls are frequent.
fn any_text() -> impl Strategy<Value = String> {
    "([ -~]|[äéÅß¥‾ğł€ИДнΔשقนา]|[ﾔﾏ｡]|[山田やま①〜−]|[丂丄]|[홍길洪갂]|[张東王怽]|[\r\n\t\u{C}\u{0}\u{1B}\u{7F}\u{85}\u{A0}]|\\PC){0,24}"
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(terms in proptest::sample::select(TERMS), text in any_text()) {
        for rules in RULES {
            match set(terms).encode(&text, rules) {
                Ok(bytes) => {
                    prop_assert_eq!(set(terms).decode(&bytes, rules), Decoded { text: text.as_str().into(), fault: None });
                }
                Err(fault) => {
                    // All before it can be written, and no more.
                    let end = |count| text.char_indices().nth(count).map_or(text.len(), |(place, _)| place);
                    prop_assert!(set(terms).encode(&text[..end(fault.character)], rules).is_ok());
                    let upto = &text[..end(fault.character + 1)];
                    prop_assert_eq!(set(terms).encode(upto, rules), Err(fault));
                }
            }
        }
    }

    #[test]
    fn values_written_one_by_one_are_split_again(
        terms in proptest::sample::select(TERMS), texts in proptest::collection::vec(any_text(), 1..4)
    ) {
        let texts: Vec<String> = texts.iter().map(|text| text.replace('\\', "")).collect();
        for rules in [TextRules::Values, TextRules::PersonName] {
            let written: Result<Vec<_>, _> = texts.iter().map(|text| set(terms).encode(text, rules)).collect();
            let Ok(written) = written else { continue };
            let whole = written.join(&b'\\');
            let read: Vec<_> = set(terms).split(&whole, rules).map(|value| set(terms).decode(value, rules).text).collect();
            prop_assert_eq!(&read, &texts);
            prop_assert_eq!(set(terms).encode(&texts.join("\\"), rules), Ok(whole));
        }
    }
}
