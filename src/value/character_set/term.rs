//! The defined terms of Specific Character Set (PS3.3 C.12.1.1.2), and what writers put in their place.

use encoding_rs::Encoding;

use super::iso2022::{CodeElements, Declared};
use super::repertoire::{G0, G1};

/// What one value of Specific Character Set names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// A set of ISO 2022's code elements.
    Iso {
        /// The row of [`REGISTRATIONS`].
        registration: &'static Registration,
        /// True for "ISO 2022 IR n", which allows code extensions.
        extends: bool,
    },
    /// ISO_IR 192.
    Utf8,
    /// GBK, GB18030, or an encoding that only an override can name.
    Encoding(&'static Encoding),
}

/// The sets behind "ISO_IR n" and "ISO 2022 IR n".
#[derive(Debug, PartialEq, Eq)]
pub struct Registration {
    /// The n of the defined term.
    number: &'static str,
    /// In force at the start when this is value 1.
    pub g0: G0,
    /// In force at the start when this is value 1.
    pub g1: G1,
    /// A double-byte G0, which must be designated even where this is value 1.
    designated: Option<G0>,
}

impl Registration {
    /// The code elements when this is value 1.
    pub fn code_elements(&self) -> CodeElements {
        CodeElements { g0: self.g0, g1: self.g1, declared: Declared::NONE }
    }

    /// `declared`, and the code elements of this registration.
    pub fn declare(&self, declared: Declared) -> Declared {
        let declared = declared.with(self.g0, self.g1);
        self.designated.map_or(declared, |g0| declared.with(g0, self.g1))
    }

    const fn is_multi_byte(&self) -> bool {
        self.designated.is_some() || self.g1.is_double()
    }
}

const fn single(number: &'static str, g0: G0, g1: G1) -> Registration {
    Registration { number, g0, g1, designated: None }
}

static REGISTRATIONS: &[Registration] = &[
    single("6", G0::Ascii, G1::None),
    single("100", G0::Ascii, G1::Latin1),
    single("101", G0::Ascii, G1::Latin2),
    single("109", G0::Ascii, G1::Latin3),
    single("110", G0::Ascii, G1::Latin4),
    single("144", G0::Ascii, G1::Cyrillic),
    single("127", G0::Ascii, G1::Arabic),
    single("126", G0::Ascii, G1::Greek),
    single("138", G0::Ascii, G1::Hebrew),
    single("148", G0::Ascii, G1::Latin5),
    single("203", G0::Ascii, G1::Latin9),
    single("13", G0::Romaji, G1::Katakana),
    single("166", G0::Ascii, G1::Thai),
    Registration { number: "87", g0: G0::Ascii, g1: G1::None, designated: Some(G0::Jis0208) },
    Registration { number: "159", g0: G0::Ascii, g1: G1::None, designated: Some(G0::Jis0212) },
    single("149", G0::Ascii, G1::Korean),
    single("58", G0::Ascii, G1::Chinese),
];

/// What the letters and digits of wrong terms and of codec names mean, in capitals.
static NAMES: &[(&str, &str)] = &[
    ("ASCII", "ISO_IR 6"),
    ("USASCII", "ISO_IR 6"),
    ("646", "ISO_IR 6"),
    ("ISO646", "ISO_IR 6"),
    ("LATIN1", "ISO_IR 100"),
    ("LATIN", "ISO_IR 100"),
    ("L1", "ISO_IR 100"),
    ("CP819", "ISO_IR 100"),
    ("LATIN2", "ISO_IR 101"),
    ("LATIN3", "ISO_IR 109"),
    ("LATIN4", "ISO_IR 110"),
    ("CYRILLIC", "ISO_IR 144"),
    ("ARABIC", "ISO_IR 127"),
    ("GREEK", "ISO_IR 126"),
    ("HEBREW", "ISO_IR 138"),
    ("LATIN5", "ISO_IR 148"),
    ("LATIN9", "ISO_IR 203"),
    ("THAI", "ISO_IR 166"),
    ("TIS620", "ISO_IR 166"),
    ("JISX0201", "ISO_IR 13"),
    ("UTF8", "ISO_IR 192"),
    ("UTF", "ISO_IR 192"),
    ("U8", "ISO_IR 192"),
    ("UNICODE", "ISO_IR 192"),
    ("ISO10646", "ISO_IR 192"),
    ("ISO10646UTF8", "ISO_IR 192"),
    ("GB2312", "GBK"),
    ("EUCCN", "GBK"),
    ("CP936", "GBK"),
    ("ISO2022GBK", "GBK"),
    ("ISO2022GB18030", "GB18030"),
];

/// ISO 8859-n by n.
static ISO_8859: &[(&str, &str)] = &[
    ("1", "ISO_IR 100"),
    ("2", "ISO_IR 101"),
    ("3", "ISO_IR 109"),
    ("4", "ISO_IR 110"),
    ("5", "ISO_IR 144"),
    ("6", "ISO_IR 127"),
    ("7", "ISO_IR 126"),
    ("8", "ISO_IR 138"),
    ("9", "ISO_IR 148"),
    ("11", "ISO_IR 166"),
    ("15", "ISO_IR 203"),
];

/// Names of codecs that the Encoding Standard has under another label.
static CODECS: &[(&str, &Encoding)] = &[
    ("CP932", encoding_rs::SHIFT_JIS),
    ("MSKANJI", encoding_rs::SHIFT_JIS),
    ("CP949", encoding_rs::EUC_KR),
    ("UHC", encoding_rs::EUC_KR),
    ("EUCJP", encoding_rs::EUC_JP),
    ("EUCKR", encoding_rs::EUC_KR),
    ("KOI8R", encoding_rs::KOI8_R),
    ("KOI8U", encoding_rs::KOI8_U),
    ("CP950", encoding_rs::BIG5),
    ("CP874", encoding_rs::WINDOWS_874),
];

/// Longer texts are no term; without this bound a hostile value would be looked up at length.
const LONGEST: usize = 40;

impl Term {
    /// The term that `text` is, letter for letter.
    pub fn defined(text: &str) -> Option<Self> {
        match text {
            "ISO_IR 192" => return Some(Self::Utf8),
            "GBK" => return Some(Self::Encoding(encoding_rs::GBK)),
            "GB18030" => return Some(Self::Encoding(encoding_rs::GB18030)),
            _ => {}
        }
        if let Some(number) = text.strip_prefix("ISO 2022 IR ") {
            return Some(Self::Iso { registration: registration(number)?, extends: true });
        }
        let registration = registration(text.strip_prefix("ISO_IR ")?)?;
        (!registration.is_multi_byte()).then_some(Self::Iso { registration, extends: false })
    }

    /// The term that `text` is meant to be: another spelling, or the name of a codec.
    pub fn meant(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let letters: String = text
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_uppercase())
            .collect();
        Self::by_registration(&letters)
            .or_else(|| Self::by_name(&letters))
            .or_else(|| Self::by_codec(text, &letters))
    }

    fn by_registration(letters: &str) -> Option<Self> {
        let rest = letters.strip_prefix("ISO").unwrap_or(letters);
        let (rest, extends) = rest.strip_prefix("2022").map_or((rest, false), |rest| (rest, true));
        let number = rest.strip_prefix("IR").or(extends.then_some(rest))?;
        if number == "192" {
            return Some(Self::Utf8);
        }
        let registration = registration(number)?;
        Some(Self::Iso { registration, extends: extends || registration.is_multi_byte() })
    }

    fn by_name(letters: &str) -> Option<Self> {
        let part = letters.strip_prefix("ISO").unwrap_or(letters).strip_prefix("8859");
        let (table, name) = part.map_or((NAMES, letters), |part| (ISO_8859, part));
        let (_, term) = table.iter().find(|(key, _)| *key == name)?;
        Self::defined(term)
    }

    fn by_codec(text: &str, letters: &str) -> Option<Self> {
        if letters.starts_with("ISO2022JP") {
            return Self::defined("ISO 2022 IR 87");
        }
        let label = text.replace('_', "-");
        let listed = CODECS.iter().find(|(name, _)| *name == letters).map(|(_, encoding)| *encoding);
        listed
            .or_else(|| Encoding::for_label(text.as_bytes()))
            .or_else(|| Encoding::for_label(label.as_bytes()))
            .filter(|encoding| encoding.is_ascii_compatible())
            .map(
                |encoding| if encoding == encoding_rs::UTF_8 { Self::Utf8 } else { Self::Encoding(encoding) },
            )
    }
}

fn registration(number: &str) -> Option<&'static Registration> {
    REGISTRATIONS.iter().find(|registration| registration.number == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ps3_3_c_12_1_1_2_defined_terms() {
        for number in ["6", "13", "100", "101", "109", "110", "126", "127", "138", "144", "148", "166", "203"]
        {
            assert!(matches!(
                Term::defined(&format!("ISO_IR {number}")),
                Some(Term::Iso { extends: false, .. })
            ));
            assert!(matches!(
                Term::defined(&format!("ISO 2022 IR {number}")),
                Some(Term::Iso { extends: true, .. })
            ));
        }
        for number in ["87", "159", "149", "58"] {
            assert!(Term::defined(&format!("ISO 2022 IR {number}")).is_some());
            assert_eq!(Term::defined(&format!("ISO_IR {number}")), None);
        }
        assert_eq!(Term::defined("ISO 2022 IR 192"), None);
        assert_eq!(Term::defined("iso_ir 100"), None);
    }

    #[test]
    fn misspelt_terms_mean_the_nearest() {
        for (wrong, right) in [
            ("ISO-IR 192", "ISO_IR 192"),
            ("ISO 2022 IR 192", "ISO_IR 192"),
            ("UTF8", "ISO_IR 192"),
            ("utf-8", "ISO_IR 192"),
            ("ISO_IR_100", "ISO_IR 100"),
            ("ISO IR 100", "ISO_IR 100"),
            ("ISOIR 100", "ISO_IR 100"),
            ("IR 100", "ISO_IR 100"),
            ("ISO-8859-1", "ISO_IR 100"),
            ("ISO8859_5", "ISO_IR 144"),
            ("latin-1", "ISO_IR 100"),
            ("latin1", "ISO_IR 100"),
            ("ISO2022 IR 6", "ISO 2022 IR 6"),
            ("ISO 2022 58", "ISO 2022 IR 58"),
            ("ISO_2022_IR_87", "ISO 2022 IR 87"),
            ("ISO_IR 149", "ISO 2022 IR 149"),
            ("ISO 2022 GBK", "GBK"),
            ("iso2022_jp", "ISO 2022 IR 87"),
            ("tis-620", "ISO_IR 166"),
            ("iso8859_15", "ISO_IR 203"),
        ] {
            assert_eq!(Term::meant(wrong), Term::defined(right), "{wrong}");
            assert!(Term::meant(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn codec_names_are_known() {
        for (name, encoding) in [
            ("shift_jis", encoding_rs::SHIFT_JIS),
            ("cp932", encoding_rs::SHIFT_JIS),
            ("euc_jp", encoding_rs::EUC_JP),
            ("euc_kr", encoding_rs::EUC_KR),
            ("big5", encoding_rs::BIG5),
            ("cp1252", encoding_rs::WINDOWS_1252),
            ("windows-1251", encoding_rs::WINDOWS_1251),
            ("koi8_r", encoding_rs::KOI8_R),
        ] {
            assert_eq!(Term::meant(name), Some(Term::Encoding(encoding)), "{name}");
        }
    }

    #[test]
    fn other_text_means_nothing() {
        for text in
            ["", "ISO_IR", "ISO_IR 99", "ISO 2022 IR", "utf-16", "UTF-16LE", "replacement", "x", "ISO 2022"]
        {
            assert_eq!(Term::meant(text), None, "{text}");
        }
        assert_eq!(Term::meant(&"ISO_IR 100".repeat(1000)), None);
    }
}
