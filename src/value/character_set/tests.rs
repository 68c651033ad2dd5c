use proptest::prelude::*;

use super::*;

fn set(value: &str) -> CharacterSet {
    let (set, faults) = CharacterSet::from_value(value.as_bytes(), CharacterSet::DEFAULT);
    assert_eq!(faults, [], "{value}");
    set
}

fn faults(value: &str) -> Vec<WarningKind> {
    CharacterSet::from_value(value.as_bytes(), CharacterSet::DEFAULT).1
}

fn check(terms: &str, rules: TextRules, bytes: &[u8], text: &str) {
    let decoded = set(terms).decode(bytes, rules);
    assert_eq!((decoded.text.as_ref(), decoded.fault), (text, None), "{terms}");
}

fn name(terms: &str, bytes: &[u8], text: &str) {
    check(terms, TextRules::PersonName, bytes, text);
}

fn faulty(terms: &str, rules: TextRules, bytes: &[u8], text: &str, fault: WarningKind) {
    let (set, _) = CharacterSet::from_value(terms.as_bytes(), CharacterSet::DEFAULT);
    let decoded = set.decode(bytes, rules);
    assert_eq!((decoded.text.as_ref(), decoded.fault), (text, Some(fault)), "{terms}");
}

fn split(terms: &str, rules: TextRules, bytes: &[u8]) -> Vec<String> {
    let set = set(terms);
    set.split(bytes, rules).map(|value| set.decode(value, rules).text.into_owned()).collect()
}

#[test]
fn ps3_5_h_3_1_japanese_ir_87() {
    name(
        "\\ISO 2022 IR 87",
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
    );
}

#[test]
fn ps3_5_h_3_2_japanese_ir_13_and_87() {
    name(
        "ISO 2022 IR 13\\ISO 2022 IR 87",
        b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
        "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
    );
    let text = b"\x1b)I\xd4\xcf\xc0\xde\x1b(J \x1b)I\xc0\xdb\xb3\x1b(J \r\n\x1b)I\xd4\xcf";
    check("ISO 2022 IR 13\\ISO 2022 IR 87", TextRules::Single, text, "ﾔﾏﾀﾞ ﾀﾛｳ \r\nﾔﾏ");
}

#[test]
fn ps3_5_i_2_korean_ir_149() {
    let bytes =
        b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf";
    name("\\ISO 2022 IR 149", bytes, "Hong^Gildong=洪^吉洞=홍^길동");
    let text = b"\x1b$)CThe 1st line \xb1\xe6\xb5\xbf.\r\n\x1b$)C\xb1\xe6 2";
    check("\\ISO 2022 IR 149", TextRules::Single, text, "The 1st line 길동.\r\n길 2");
}

#[test]
fn ps3_5_j_3_utf_8_and_gb18030() {
    name("ISO_IR 192", "Wang^XiaoDong=王^小東=".as_bytes(), "Wang^XiaoDong=王^小東=");
    name("GB18030", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", "Wang^XiaoDong=王^小东");
    name("GBK", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", "Wang^XiaoDong=王^小东");
    check("GB18030", TextRules::Values, b"\x81\x30\x81\x30\x94\x39\xda\x33", "\u{80}\u{1F4A9}");
}

#[test]
fn ps3_5_k_2_chinese_ir_58() {
    let bytes = b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=";
    name("\\ISO 2022 IR 58", bytes, "Zhang^XiaoDong=张^小东=");
}

#[test]
fn ir_159_and_single_byte_extensions() {
    name("\\ISO 2022 IR 159", b"Hori^Zen=\x1b$(D0!\x1b(B^\x1b$(D0\"\x1b(B", "Hori^Zen=丂^丄");
    name("ISO 2022 IR 100\\ISO 2022 IR 144", b"M\xfcller^\x1b-L\xb8\xd2a\xddo\xd2", "Müller^Ивaнoв");
    name("ISO 2022 IR 6\\ISO 2022 IR 166", b"Thai^\x1b-T\xb9\xd2\xc1", "Thai^นาม");
    let text =
        b"\x1b-B\xa3 \x1b-D\xae \x1b-G\xe2 \x1b-F\xc4 \x1b-H\xf9 \x1b-M\xfe \x1b-C\xc6 \x1b-b\xa4 \x1b-A\xa3";
    let terms = "ISO 2022 IR 6\\ISO 2022 IR 101\\ISO 2022 IR 110\\ISO 2022 IR 127\\ISO 2022 IR 126\\ISO 2022 IR 138\
                 \\ISO 2022 IR 148\\ISO 2022 IR 109\\ISO 2022 IR 203\\ISO 2022 IR 100";
    check(terms, TextRules::Values, text, "Ł Ž ق Δ ש ş Ĉ € £");
}

#[test]
fn single_byte_terms() {
    for (terms, bytes, text) in [
        ("ISO_IR 100", &b"Buc^J\xe9r\xf4me"[..], "Buc^Jérôme"),
        ("ISO_IR 101", b"Wa\xb3\xeasa^\xa3ukasz", "Wałęsa^Łukasz"),
        ("ISO_IR 109", b"\xc6apelisto^\xd8o\xe6jo", "Ĉapelisto^Ĝoĉjo"),
        ("ISO_IR 110", b"\xd3\xbani\xf1\xb9^\xaeanis", "Ķēniņš^Žanis"),
        ("ISO_IR 126", b"\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2", "Διονυσιος"),
        ("ISO_IR 127", b"\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1", "قباني^لنزار"),
        ("ISO_IR 138", b"\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4", "שרון^דבורה"),
        ("ISO_IR 144", b"\xbb\xee\xdace\xdc\xd1yp\xd3", "Люкceмбypг"),
        ("ISO_IR 148", b"\xc7avu\xfeo\xf0lu^\xddsmet", "Çavuşoğlu^İsmet"),
        ("ISO_IR 166", b"\xb9\xd2\xc1\xca\xa1\xd8\xc5^\xaa\xd7\xe8\xcd", "นามสกุล^ชื่อ"),
        ("ISO_IR 203", b"\xa4 \xbc\xbd", "€ Œœ"),
        ("ISO_IR 13", b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3", "ﾔﾏﾀﾞ^ﾀﾛｳ"),
    ] {
        name(terms, bytes, text);
        name(&terms.replace("ISO_IR", "ISO 2022 IR"), bytes, text);
    }
}

#[test]
fn text_in_ascii_is_borrowed() {
    for terms in ["", "ISO_IR 100", "ISO_IR 192", "GB18030", "\\ISO 2022 IR 87"] {
        assert!(matches!(
            set(terms).decode(b"Doe^John", TextRules::PersonName).text,
            Cow::Borrowed("Doe^John")
        ));
    }
    assert!(matches!(set("ISO_IR 192").decode("é".as_bytes(), TextRules::Values).text, Cow::Borrowed("é")));
}

#[test]
fn the_yen_sign_of_ir_13_is_a_separator() {
    assert_eq!(split("ISO_IR 13", TextRules::Values, b"a\\\xd4~"), ["a", "ﾔ‾"]);
    check("ISO_IR 13", TextRules::Single, b"a\\b", "a¥b");
}

#[test]
fn ps3_5_6_4_values_are_split_between_characters_only() {
    assert_eq!(split("GBK", TextRules::Values, b"\x90\x5c\\\x81\x5c"), ["怽", "乗"]);
    assert_eq!(split("GB18030", TextRules::Values, b"\x90\x5c\\\x84\x31\xa4\x37\\"), ["怽", "\u{FFFD}", ""]);
    assert_eq!(
        split("\\ISO 2022 IR 87", TextRules::Values, b"\x1b$B\\!;3\x1b(B\\\x1b$B!\\\x1b(B"),
        ["棔山", "＋"]
    );
    let sjis = CharacterSet::by_name("shift_jis").unwrap();
    assert_eq!(sjis.split(b"\x83\x5c\\a", TextRules::Values).collect::<Vec<_>>(), [&b"\x83\x5c"[..], b"a"]);
    assert_eq!(split("ISO_IR 192", TextRules::Single, b"a\\b"), ["a\\b"]);
    assert_eq!(split("ISO_IR 192", TextRules::Values, b""), [""]);
}

#[test]
fn ps3_5_6_1_2_5_3_delimiters_bring_back_value_1() {
    for delimiter in [b'\r', b'\n', b'\t', 0x0C] {
        let bytes = [b"\x1b-L\xb8", &[delimiter][..], b"\xb8"].concat();
        let text = format!("И{}¸", char::from(delimiter));
        check("ISO 2022 IR 100\\ISO 2022 IR 144", TextRules::Values, &bytes, &text);
    }
    name("ISO 2022 IR 100\\ISO 2022 IR 144", b"\x1b-L\xb8^\xb8=\x1b-L\xb8=\xb8", "И^¸=И=¸");
    check("ISO 2022 IR 100\\ISO 2022 IR 144", TextRules::Values, b"\x1b-L\xb8^\xb8=\xb8", "И^И=И");
    assert_eq!(split("ISO 2022 IR 100\\ISO 2022 IR 144", TextRules::Values, b"\x1b-L\xb8\\\xb8"), ["И", "¸"]);
    check("ISO 2022 IR 100\\ISO 2022 IR 144", TextRules::Single, b"\x1b-L\xb8\\\xb8", "И\\И");
}

#[test]
fn a_forgotten_designation_is_guessed() {
    let terms = "ISO 2022 IR 6\\ISO 2022 IR 101\\ISO 2022 IR 110";
    faulty(terms, TextRules::Single, b"\x1b-B\xa3\r\n\xa3", "Ł\r\nŁ", WarningKind::InvalidText);
    faulty("\\ISO 2022 IR 149", TextRules::PersonName, b"Hong=\xfb\xf3", "Hong=洪", WarningKind::InvalidText);
    faulty(terms, TextRules::Single, b"\xa3", "£", WarningKind::InvalidText);
    faulty(terms, TextRules::Single, "Ł".as_bytes(), "Ł", WarningKind::InvalidText);
}

#[test]
fn bad_escapes_are_replaced_and_told() {
    let kind = WarningKind::InvalidEscape;
    for terms in ["", "ISO_IR 100", "\\ISO 2022 IR 87"] {
        faulty(terms, TextRules::Values, b"a\x1b", "a\u{FFFD}", kind);
        faulty(terms, TextRules::Values, b"a\x1b$", "a\u{FFFD}$", kind);
        faulty(terms, TextRules::Values, b"a\x1b$)Zb", "a\u{FFFD}b", kind);
        faulty(terms, TextRules::Values, b"\x1b\x1b\x1b", "\u{FFFD}\u{FFFD}\u{FFFD}", kind);
        faulty(terms, TextRules::PersonName, b"a\x1b(^b", "a\u{FFFD}(^b", kind);
    }
    faulty("ISO_IR 192", TextRules::Values, b"a\x1b-Ab", "a\u{1b}-Ab", kind);
    faulty("GBK", TextRules::Values, b"a\x1b-Ab", "a\u{1b}-Ab", kind);
}

#[test]
fn sets_that_are_not_announced_are_read_and_told() {
    let kind = WarningKind::InvalidEscape;
    faulty("", TextRules::PersonName, b"\x1b$B;3ED\x1b(B^", "山田^", kind);
    faulty("ISO_IR 100", TextRules::Values, b"\x1b-L\xb8", "И", kind);
    faulty("\\ISO 2022 IR 87", TextRules::Values, b"\x1b$B;3\x1b(J", "山", kind);
    faulty("\\ISO 2022 IR 87", TextRules::Values, b"\x1b$@;3\x1b(B", "山", kind);
}

#[test]
fn double_byte_text_that_is_not_ended_is_told() {
    let kind = WarningKind::InvalidEscape;
    faulty("\\ISO 2022 IR 87", TextRules::Values, b"\x1b$B;3ED", "山田", kind);
    faulty("\\ISO 2022 IR 87", TextRules::PersonName, b"\x1b$B;3^\x1b$BED\x1b(B", "山^田", kind);
    faulty("\\ISO 2022 IR 87", TextRules::Single, b"\x1b$B;3\r\nab", "山\r\nab", kind);
    faulty(
        "\\ISO 2022 IR 87",
        TextRules::Single,
        b"\x1b$B;3E\x1b(Bab",
        "山\u{FFFD}ab",
        WarningKind::InvalidText,
    );
    check("\\ISO 2022 IR 87", TextRules::Single, b"\x1b$B;3 ED\x1b(Bab", "山 田ab");
}

#[test]
fn bytes_that_are_not_of_the_set_are_replaced_and_told() {
    let kind = WarningKind::InvalidText;
    faulty("ISO_IR 192", TextRules::Values, b"J\xe9r", "J\u{FFFD}r", kind);
    faulty("ISO_IR 192", TextRules::Values, b"\xe7\x8e", "\u{FFFD}", kind);
    faulty("GB18030", TextRules::Values, b"a\xff", "a\u{FFFD}", kind);
    faulty("ISO_IR 166", TextRules::Values, b"\xff", "\u{FFFD}", kind);
    faulty("ISO_IR 6", TextRules::Values, b"J\xe9r", "Jér", kind);
}

#[test]
fn bytes_without_a_declared_set_fall_back() {
    let kind = WarningKind::CharacterSetMissing;
    faulty("", TextRules::Values, b"J\xe9r", "Jér", kind);
    faulty(" ", TextRules::Values, "Jér".as_bytes(), "Jér", kind);
    let fallback = CharacterSet::by_name("cp1251").unwrap().assumed();
    let (set, faults) = CharacterSet::from_value(b"  \0", fallback);
    assert_eq!((set, faults), (fallback, vec![]));
    let decoded = set.decode(b"\xc8", TextRules::Values);
    assert_eq!((decoded.text.as_ref(), decoded.fault), ("И", Some(kind)));
    assert_eq!(set.decode(b"I", TextRules::Values).fault, None);
}

#[test]
fn terms_that_are_wrong_are_told() {
    assert_eq!(faults("ISO-IR 192"), [WarningKind::CharacterSetAlias]);
    assert_eq!(faults("KLINGON"), [WarningKind::CharacterSetUnknown]);
    assert_eq!(faults("ISO_IR 100\\ISO_IR 144"), [WarningKind::CharacterSetExtension]);
    assert_eq!(faults("ISO_IR 192\\ISO 2022 IR 87"), [WarningKind::CharacterSetExtension]);
    assert_eq!(
        faults("\\ISO_IR 192\\ISO-2022-IR-87\\GBK"),
        [WarningKind::CharacterSetExtension, WarningKind::CharacterSetAlias]
    );
    assert_eq!(faults("\\ISO 2022 IR 87\\"), []);
    let (unknown, _) = CharacterSet::from_value(b"KLINGON\\ISO 2022 IR 87", CharacterSet::DEFAULT);
    assert_eq!(unknown, set("\\ISO 2022 IR 87"));
}

#[test]
fn several_terms_without_extensions_are_read_as_meant() {
    let kind = WarningKind::CharacterSetExtension;
    let (set, faults) = CharacterSet::from_value(b"ISO_IR 100\\ISO_IR 144", CharacterSet::DEFAULT);
    assert_eq!(faults, [kind]);
    assert_eq!(set.decode(b"\xfc\x1b-L\xb8", TextRules::Values), Decoded { text: "üИ".into(), fault: None });
}

#[test]
fn an_override_takes_terms_and_codec_names() {
    for (name, same) in [
        ("utf-8", "ISO_IR 192"),
        ("latin-1", "ISO_IR 100"),
        ("ISO_IR 144", "ISO_IR 144"),
        ("\\ISO 2022 IR 87", "\\ISO 2022 IR 87"),
        ("iso2022_jp", "ISO 2022 IR 87"),
        ("gb18030", "GB18030"),
    ] {
        assert_eq!(CharacterSet::by_name(name), Some(set(same)), "{name}");
    }
    let read = |name, bytes| {
        CharacterSet::by_name(name)
            .map(|set: CharacterSet| set.decode(bytes, TextRules::Values).text.into_owned())
    };
    assert_eq!(read("shift_jis", b"\x8e\x52\x93\x63").as_deref(), Some("山田"));
    assert_eq!(read("cp1252", b"\x80").as_deref(), Some("€"));
    assert_eq!(CharacterSet::by_name("utf-16"), None);
    assert_eq!(CharacterSet::by_name("no such"), None);
}

/// Every kind of coding, declared well and badly.
const TERMS: &[&str] = &[
    "",
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
    "shift_jis",
    "big5",
    "euc_jp",
    "KLINGON",
];

/// Those in which no byte is guessed from the bytes before it, and no half a character looks like a separator.
const SETTLED_TERMS: &[&str] = &[
    "ISO_IR 13",
    "ISO_IR 100",
    "ISO_IR 166",
    "ISO_IR 192",
    "ISO 2022 IR 149",
    "ISO 2022 IR 13\\ISO 2022 IR 87\\ISO 2022 IR 159",
    "ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 126",
];

const RULES: [TextRules; 3] = [TextRules::Values, TextRules::Single, TextRules::PersonName];

fn any_set(terms: &str) -> CharacterSet {
    CharacterSet::from_value(terms.as_bytes(), CharacterSet::DEFAULT).0
}

/// Bytes in which escape sequences, delimiters and characters of every length are frequent.
fn hostile_text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => proptest::collection::vec(any::<u8>(), 0..4),
        2 => proptest::sample::select(vec![
            &b"\x1b$B"[..], b"\x1b(B", b"\x1b(J", b"\x1b$(D", b"\x1b$)C", b"\x1b$)A", b"\x1b)I", b"\x1b-L", b"\x1b-A",
            b"\x1b", b"\x1b$", b"\x1b$)", b"\x1b$@", b"\\", b"^", b"=", b"\r\n", b"\x81\x5c", b"\x81\x30\x81\x30", b";3ED",
        ]).prop_map(<[u8]>::to_vec),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

#[test]
fn any_cut_is_read() {
    let whole = b"A^B=\x1b$B;3ED\x1b(J^\x1b$)C\xc8\xab\\\x1b$(D0!\x1b(B\xe7\x8e\x8b\x81\x30\x81\x30\x90\x5c\x1b-L\xb8\r\n\xd4";
    for terms in TERMS {
        for rules in RULES {
            for end in 0..=whole.len() {
                let set = any_set(terms);
                let values: Vec<_> = set.split(&whole[..end], rules).collect();
                assert_eq!(values.join(&b'\\'), &whole[..end]);
                for value in values {
                    assert!(set.decode(value, rules).text.len() <= 3 * value.len());
                }
            }
        }
    }
}

#[test]
fn a_long_hostile_text_takes_linear_time_and_space() {
    // In quadratic time this would not end while anybody waits.
    let pieces: [&[u8]; 7] = [b"\x1b", b"\x1b$B", b"\x1b$B\\", b"\xff", b"\x81", b"\\", b"\x1b-L\xb8\\"];
    for terms in TERMS {
        for piece in pieces {
            let bytes = piece.repeat(200_000 / piece.len());
            let set = any_set(terms);
            let length: usize = set
                .split(&bytes, TextRules::Values)
                .map(|value| set.decode(value, TextRules::Values).text.len())
                .sum();
            assert!(length <= 3 * bytes.len());
        }
    }
}

proptest! {
    #[test]
    fn split_values_join_to_the_whole(terms in proptest::sample::select(TERMS), bytes in hostile_text()) {
        let set = any_set(terms);
        for rules in RULES {
            let values: Vec<_> = set.split(&bytes, rules).collect();
            prop_assert_eq!(values.join(&b'\\'), bytes.clone());
        }
    }

    #[test]
    fn decoding_values_one_by_one_equals_decoding_them_at_once(
        terms in proptest::sample::select(SETTLED_TERMS), bytes in hostile_text()
    ) {
        let set = any_set(terms);
        for rules in [TextRules::Values, TextRules::PersonName] {
            let parts: Vec<_> = set.split(&bytes, rules).map(|value| set.decode(value, rules).text).collect();
            prop_assert_eq!(parts.join("\\"), set.decode(&bytes, rules).text);
        }
    }

    #[test]
    fn any_value_of_specific_character_set_is_read(value in proptest::collection::vec(any::<u8>(), 0..80)) {
        let (set, faults) = CharacterSet::from_value(&value, CharacterSet::DEFAULT);
        prop_assert!(faults.len() <= 3);
        let _ = set.decode(&value, TextRules::Values);
    }

    #[test]
    fn utf_8_text_comes_back(text in "[ -\\[\\]-~é山\u{1F4A9}]{0,40}") {
        let decoded = CharacterSet::UTF_8.decode(text.as_bytes(), TextRules::Values);
        prop_assert_eq!(decoded.text.as_ref(), text.as_str());
        prop_assert_eq!(decoded.fault, None);
    }

    #[test]
    fn gb18030_text_comes_back_split(values in proptest::collection::vec("[ -\\[\\]-~é山怽乗\u{1F4A9}]{0,10}", 1..5)) {
        let bytes: Vec<Vec<u8>> = values.iter().map(|v| encoding_rs::GB18030.encode(v).0.into_owned()).collect();
        prop_assert_eq!(split("GB18030", TextRules::Values, &bytes.join(&b'\\')), values);
    }
}
