//! The coded character sets that PS3.3 Tables C.12-2 to C.12-4 name, as code elements G0 and G1 (PS3.5 §6.1.1).

use std::cell::OnceCell;

use encoding_rs::{EncoderResult, Encoding};

/// What the bytes 21H-7EH stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum G0 {
    /// ISO-IR 6, the default repertoire.
    Ascii,
    /// ISO-IR 14: JIS X 0201, Romaji.
    Romaji,
    /// ISO-IR 87: JIS X 0208, two bytes a character.
    Jis0208,
    /// ISO-IR 159: JIS X 0212, two bytes a character.
    Jis0212,
}

/// What the bytes A0H-FFH stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum G1 {
    /// Nothing.
    None,
    /// ISO-IR 100: ISO 8859-1.
    Latin1,
    /// ISO-IR 101: ISO 8859-2.
    Latin2,
    /// ISO-IR 109: ISO 8859-3.
    Latin3,
    /// ISO-IR 110: ISO 8859-4.
    Latin4,
    /// ISO-IR 144: ISO 8859-5.
    Cyrillic,
    /// ISO-IR 127: ISO 8859-6.
    Arabic,
    /// ISO-IR 126: ISO 8859-7.
    Greek,
    /// ISO-IR 138: ISO 8859-8.
    Hebrew,
    /// ISO-IR 148: ISO 8859-9.
    Latin5,
    /// ISO-IR 203: ISO 8859-15.
    Latin9,
    /// ISO-IR 166: TIS 620-2533, ISO 8859-11.
    Thai,
    /// ISO-IR 13: JIS X 0201, Katakana.
    Katakana,
    /// ISO-IR 149: KS X 1001, two bytes a character.
    Korean,
    /// ISO-IR 58: GB 2312, two bytes a character.
    Chinese,
}

impl G0 {
    /// True for two bytes a character.
    pub const fn is_double(self) -> bool {
        matches!(self, Self::Jis0208 | Self::Jis0212)
    }

    /// Appends the text of bytes below 80H; for double-byte sets, of whole pairs. False where one stands for nothing.
    pub fn push(self, bytes: &[u8], text: &mut String) -> bool {
        match self {
            Self::Ascii => text.extend(bytes.iter().map(|byte| char::from(*byte))),
            Self::Romaji => text.extend(bytes.iter().map(|byte| romaji(*byte))),
            Self::Jis0208 => return push_jis0208(bytes, text),
            Self::Jis0212 => {
                let pairs = bytes.as_chunks::<2>().0;
                let euc: Vec<u8> = pairs.iter().flat_map(|[a, b]| [0x8F, a | 0x80, b | 0x80]).collect();
                return push_encoded(encoding_rs::EUC_JP, &euc, text);
            }
        }
        true
    }

    /// The bytes of a character, which are below 80H.
    pub fn code(self, character: char, jis0212: &Jis0212) -> Option<Code> {
        match self {
            Self::Ascii | Self::Romaji => {
                let byte = match character {
                    '\u{A5}' if self == Self::Romaji => b'\\',
                    '\u{203E}' if self == Self::Romaji => b'~',
                    _ => u8::try_from(character).ok().filter(|byte| (0x20..0x80).contains(byte))?,
                };
                let is_same = self == Self::Ascii || romaji(byte) == character;
                is_same.then_some(Code::Single([byte]))
            }
            Self::Jis0208 => jis0208_code(character).map(Code::Double),
            Self::Jis0212 => jis0212.code(character).map(Code::Double),
        }
    }
}

impl G1 {
    /// True for two bytes a character.
    pub const fn is_double(self) -> bool {
        matches!(self, Self::Korean | Self::Chinese)
    }

    /// The table that gives this set, where one of the Encoding Standard equals the ISO standard in A0H-FFH.
    fn encoding(self) -> Option<&'static Encoding> {
        Some(match self {
            Self::Latin2 => encoding_rs::ISO_8859_2,
            Self::Latin3 => encoding_rs::ISO_8859_3,
            Self::Latin4 => encoding_rs::ISO_8859_4,
            Self::Cyrillic => encoding_rs::ISO_8859_5,
            Self::Arabic => encoding_rs::ISO_8859_6,
            Self::Greek => encoding_rs::ISO_8859_7,
            Self::Hebrew => encoding_rs::ISO_8859_8,
            Self::Latin9 => encoding_rs::ISO_8859_15,
            Self::Korean => encoding_rs::EUC_KR,
            Self::Chinese => encoding_rs::GBK,
            // ISO 8859-1, -9 and -11 mean Windows code pages there; JIS X 0201 has no table of its own.
            Self::None | Self::Latin1 | Self::Latin5 | Self::Thai | Self::Katakana => return None,
        })
    }

    /// Appends the text of bytes of 80H and above, and of ASCII where it stands between them. False where one stands
    /// for nothing.
    pub fn push(self, bytes: &[u8], text: &mut String) -> bool {
        if let Some(encoding) = self.encoding() {
            return push_encoded(encoding, bytes, text);
        }
        let mut sound = true;
        text.extend(bytes.iter().map(|byte| {
            self.character(*byte).unwrap_or_else(|| {
                sound = false;
                char::REPLACEMENT_CHARACTER
            })
        }));
        sound
    }

    /// One byte of a set without a table.
    fn character(self, byte: u8) -> Option<char> {
        match self {
            _ if byte.is_ascii() => Some(char::from(byte)),
            // C1 controls: not allowed in text (PS3.5 §6.1.3), yet no reason to lose the byte.
            Self::Latin1 => Some(char::from(byte)),
            Self::Latin5 | Self::Thai if byte < 0xA0 => Some(char::from(byte)),
            Self::Latin5 => Some(latin5(byte)),
            Self::Thai => thai(byte),
            Self::Katakana => katakana(byte),
            _ => None,
        }
    }

    /// The bytes of a character, which are 80H and above.
    pub fn code(self, character: char) -> Option<Code> {
        if character.is_ascii() {
            return None;
        }
        let Some(encoding) = self.encoding() else {
            let same = u8::try_from(character).ok();
            let mut bytes = same.into_iter().chain(0x80..=u8::MAX);
            let byte = bytes.find(|byte| self.character(*byte) == Some(character))?;
            return Some(Code::Single([byte]));
        };
        let code = encode(encoding, character)?;
        let mut again = String::new();
        (self.has(code) && self.push(code.as_bytes(), &mut again) && again.chars().eq([character]))
            .then_some(code)
    }

    /// True where the registered set has this code. The Encoding Standard knows later editions and vendors' characters
    /// too.
    const fn has(self, code: Code) -> bool {
        match (self, code) {
            // Euro, drachma and ypogegrammeni came in 2003, the marks of direction in 1999.
            (Self::Greek, Code::Single([0xA4 | 0xA5 | 0xAA]))
            | (Self::Hebrew, Code::Single([0xFD | 0xFE])) => false,
            // Euro, registered sign and postal code mark came after 1997.
            (Self::Korean, Code::Double([0xA2, 0xE6..=0xE8])) => false,
            (Self::Korean, Code::Double([row, cell])) => row >= 0xA1 && cell >= 0xA1,
            (Self::Chinese, Code::Double([row, cell])) => is_gb2312(row, cell),
            (Self::Korean | Self::Chinese, Code::Single(_)) | (_, Code::Double(_)) => false,
            (_, Code::Single([byte])) => byte >= 0x80,
        }
    }
}

/// One character in one set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// In a single-byte set.
    Single([u8; 1]),
    /// In a double-byte set.
    Double([u8; 2]),
}

impl Code {
    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Single(byte) => byte,
            Self::Double(pair) => pair,
        }
    }
}

/// JIS X 0212 by character. The Encoding Standard reads this set but does not write it: the table is made of what it
/// reads, when it is first needed, and lives as long as the text is written.
#[derive(Default)]
pub struct Jis0212(OnceCell<Vec<[u8; 2]>>);

impl Jis0212 {
    /// The pair of a character.
    fn code(&self, character: char) -> Option<[u8; 2]> {
        let place = u16::try_from(u32::from(character)).ok()?;
        let pair = self.0.get_or_init(Self::table).get(usize::from(place))?;
        (*pair != [0, 0]).then_some(*pair)
    }

    /// The pair of each character of the Basic Multilingual Plane, zeros where there is none.
    fn table() -> Vec<[u8; 2]> {
        let rows = [2_u8, 6, 7, 9, 10, 11].into_iter().chain(16..=77);
        let pairs = rows.flat_map(|row| (1..=94_u8).map(move |cell| [row + 0x20, cell + 0x20]));
        // A line feed behind each ends what is no character.
        let euc: Vec<u8> =
            pairs.clone().flat_map(|[row, cell]| [0x8F, row | 0x80, cell | 0x80, b'\n']).collect();
        let mut text = String::new();
        push_encoded(encoding_rs::EUC_JP, &euc, &mut text);
        let mut table = vec![[0, 0]; 1 << 16];
        for (line, pair) in text.split('\n').zip(pairs) {
            let character = line.chars().next().filter(|character| *character != char::REPLACEMENT_CHARACTER);
            let place = character.and_then(|character| usize::try_from(u32::from(character)).ok());
            if let Some(place) = place.and_then(|place| table.get_mut(place)) {
                *place = pair;
            }
        }
        table
    }
}

/// What a table of the Encoding Standard has for one character.
fn encode(encoding: &'static Encoding, character: char) -> Option<Code> {
    // More room than a character takes: the encoder wants some to go on.
    let (mut text, mut bytes) = ([0; 4], [0; 16]);
    let text = character.encode_utf8(&mut text);
    let (result, _, written) =
        encoding.new_encoder().encode_from_utf8_without_replacement(text, &mut bytes, true);
    match bytes.get(..written)? {
        _ if result != EncoderResult::InputEmpty => None,
        [byte] => Some(Code::Single([*byte])),
        [first, second] => Some(Code::Double([*first, *second])),
        _ => None,
    }
}

/// The pair of a character of JIS X 0208.
fn jis0208_code(character: char) -> Option<[u8; 2]> {
    let windows = JIS0208_OTHERWISE.iter().find(|(_, jis)| *jis == character).map(|(windows, _)| *windows);
    let Some(Code::Double([row, cell])) = encode(encoding_rs::EUC_JP, windows.unwrap_or(character)) else {
        return None;
    };
    // Rows 1 to 8 and 16 to 84; what lies between and behind is of vendors.
    if !matches!(row, 0xA1..=0xA8 | 0xB0..=0xF4) {
        return None;
    }
    let pair = [row & 0x7F, cell & 0x7F];
    let mut again = String::new();
    (push_jis0208(&pair, &mut again) && again.chars().eq([character])).then_some(pair)
}

/// True for the characters of GB 2312 among those of GBK.
const fn is_gb2312(row: u8, cell: u8) -> bool {
    match row {
        0xA1 | 0xA3 | 0xB0..=0xD6 | 0xD8..=0xF7 => cell >= 0xA1,
        0xA2 => matches!(cell, 0xB1..=0xE2 | 0xE5..=0xEE | 0xF1..=0xFC),
        0xA4 => matches!(cell, 0xA1..=0xF3),
        0xA5 => matches!(cell, 0xA1..=0xF6),
        0xA6 => matches!(cell, 0xA1..=0xB8 | 0xC1..=0xD8),
        0xA7 => matches!(cell, 0xA1..=0xC1 | 0xD1..=0xF1),
        0xA8 => matches!(cell, 0xA1..=0xBA | 0xC5..=0xE9),
        0xA9 => matches!(cell, 0xA4..=0xEF),
        0xD7 => matches!(cell, 0xA1..=0xF9),
        _ => false,
    }
}

/// Appends what a table of the Encoding Standard makes of `bytes`. False where one stands for nothing.
fn push_encoded(encoding: &'static Encoding, bytes: &[u8], text: &mut String) -> bool {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let Some(most) = decoder.max_utf8_buffer_length(bytes.len()) else { return false };
    text.reserve(most);
    let (_, _, faulty) = decoder.decode_to_string(bytes, text, true);
    !faulty
}

/// Characters of JIS X 0208 in the Encoding Standard, which follows Windows there, and in JIS.
static JIS0208_OTHERWISE: &[(char, char)] = &[
    ('\u{FF5E}', '\u{301C}'),
    ('\u{2225}', '\u{2016}'),
    ('\u{FF0D}', '\u{2212}'),
    ('\u{FFE0}', '\u{A2}'),
    ('\u{FFE1}', '\u{A3}'),
    ('\u{FFE2}', '\u{AC}'),
];

/// Appends pairs of JIS X 0208.
fn push_jis0208(bytes: &[u8], text: &mut String) -> bool {
    let start = text.len();
    let euc: Vec<u8> = bytes.iter().map(|byte| byte | 0x80).collect();
    let sound = push_encoded(encoding_rs::EUC_JP, &euc, text);
    let is_special = |pair: &[u8; 2]| matches!(pair, [0x21, 0x41 | 0x42 | 0x5D | 0x71 | 0x72] | [0x22, 0x4C]);
    if bytes.as_chunks().0.iter().any(is_special) {
        let tail = text.split_off(start);
        text.extend(tail.chars().map(|character| {
            let jis = JIS0208_OTHERWISE.iter().find(|(windows, _)| *windows == character);
            jis.map_or(character, |(_, jis)| *jis)
        }));
    }
    sound
}

const fn romaji(byte: u8) -> char {
    match byte {
        b'\\' => '\u{A5}',
        b'~' => '\u{203E}',
        _ => byte as char,
    }
}

fn katakana(byte: u8) -> Option<char> {
    let place = byte.checked_sub(0xA1).filter(|place| *place < 63)?;
    char::from_u32(0xFF61 + u32::from(place))
}

/// ISO 8859-9 is ISO 8859-1 with six letters for Turkish.
fn latin5(byte: u8) -> char {
    match byte {
        0xD0 => '\u{11E}',
        0xDD => '\u{130}',
        0xDE => '\u{15E}',
        0xF0 => '\u{11F}',
        0xFD => '\u{131}',
        0xFE => '\u{15F}',
        _ => char::from(byte),
    }
}

fn thai(byte: u8) -> Option<char> {
    match byte {
        0xA0 => Some('\u{A0}'),
        0xA1..=0xDA | 0xDF..=0xFB => char::from_u32(0x0E01 + u32::from(byte) - 0xA1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(set: G1, bytes: &[u8]) -> (String, bool) {
        let mut text = String::new();
        let sound = set.push(bytes, &mut text);
        (text, sound)
    }

    #[test]
    fn ps3_3_c_12_1_1_2_single_byte_sets() {
        assert_eq!(text(G1::Latin1, &[0xC4, 0xFF, 0xA0]).0, "Äÿ\u{A0}");
        assert_eq!(text(G1::Latin2, &[0xA3, 0xB3, 0xEA]).0, "Łłę");
        assert_eq!(text(G1::Latin3, &[0xC6, 0xD8, 0xE6]).0, "ĈĜĉ");
        assert_eq!(text(G1::Latin4, &[0xD3, 0xBA, 0xF1]).0, "Ķēņ");
        assert_eq!(text(G1::Cyrillic, &[0xBB, 0xEE, 0xDA]).0, "Люк");
        assert_eq!(text(G1::Arabic, &[0xE2, 0xC8, 0xC7]).0, "قبا");
        assert_eq!(text(G1::Greek, &[0xC4, 0xE9, 0xEF]).0, "Διο");
        assert_eq!(text(G1::Hebrew, &[0xF9, 0xF8, 0xE5]).0, "שרו");
        assert_eq!(text(G1::Latin5, &[0xC7, 0xFE, 0xF0, 0xDD, 0xD0, 0xDE, 0xFD]).0, "ÇşğİĞŞı");
        assert_eq!(text(G1::Latin9, &[0xA4, 0xA6, 0xBC, 0xBE]).0, "€ŠŒŸ");
        assert_eq!(text(G1::Thai, &[0xB9, 0xD2, 0xC1, 0xDF, 0xFB]).0, "นาม฿๛");
        assert_eq!(text(G1::Katakana, &[0xD4, 0xCF, 0xC0, 0xDE, 0xA1, 0xDF]).0, "ﾔﾏﾀﾞ｡ﾟ");
    }

    #[test]
    fn bytes_that_stand_for_nothing_are_replaced() {
        assert_eq!(text(G1::Thai, &[0xDB, 0xDE, 0xFC, 0xFF]), ("\u{FFFD}".repeat(4), false));
        assert_eq!(text(G1::Katakana, &[0x80, 0xA0, 0xE0, 0xFF]), ("\u{FFFD}".repeat(4), false));
        assert_eq!(text(G1::Arabic, &[0xA1]), ("\u{FFFD}".to_owned(), false));
        assert!(!text(G1::Korean, &[0xC8]).1);
        assert!(!text(G1::Chinese, &[0xC8, 0xAB, 0xC8]).1);
    }

    #[test]
    fn double_byte_sets() {
        assert_eq!(text(G1::Korean, &[0xFB, 0xF3, 0xC8, 0xAB]).0, "洪홍");
        assert_eq!(text(G1::Chinese, &[0xD5, 0xC5]).0, "张");
        let mut text = String::new();
        assert!(G0::Jis0208.push(b";3ED\x21\x41\x21\x5D", &mut text));
        assert!(G0::Jis0212.push(b"0!0\"", &mut text));
        assert!(G0::Romaji.push(b"A\\~", &mut text));
        assert_eq!(text, "山田\u{301C}\u{2212}丂丄A¥‾");
        assert!(!G0::Jis0208.push(b"\x7E\x7E", &mut text));
    }
}
