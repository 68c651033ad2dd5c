//! Text on its way out: which bytes a text becomes (PS3.5 §6.1, PS3.3 C.12.1.1.2).
//!
//! Strict where reading is lenient: a character is written only as a declared set has it, and only where its bytes are
//! read as the same character again.

use std::fmt;

use encoding_rs::{EncoderResult, Encoding, GBK};

use super::iso2022::{CodeElements, Designation, ESCAPE};
use super::repertoire::{Code, G1, Jis0212};
use super::{CharacterSet, Coding, TextRules};

/// A character that the character set does not have. It says where, not which: texts are private.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EncodeFault {
    /// The zero-based number of the character in the text.
    pub character: usize,
}

impl fmt::Display for EncodeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the character at index {} is not in the Specific Character Set", self.character)
    }
}

impl std::error::Error for EncodeFault {}

impl CharacterSet {
    /// Encodes one value, or the whole text of [`TextRules::Single`]; [`Self::decode`] gives the same text back.
    ///
    /// Escape sequences stand only where a character needs them: the sets in force are tried first, then the declared
    /// ones in their order. Those of value 1 of Specific Character Set are in force again before each delimiter, each
    /// control character and the end (PS3.5 §6.1.2.5.3).
    ///
    /// # Errors
    /// [`EncodeFault`] for the first character that no declared set has. An escape character is always one: it would
    /// begin an escape sequence.
    pub fn encode(&self, text: &str, rules: TextRules) -> Result<Vec<u8>, EncodeFault> {
        let mut bytes = Vec::with_capacity(text.len());
        Encoder::new(*self, rules).encode(text, &mut bytes)?;
        Ok(bytes)
    }
}

/// Encodes one value after the other.
pub struct Encoder {
    set: CharacterSet,
    rules: TextRules,
    jis0212: Jis0212,
}

impl Encoder {
    pub fn new(set: CharacterSet, rules: TextRules) -> Self {
        Self { set, rules, jis0212: Jis0212::default() }
    }

    /// Appends one value to `bytes`, or a part of it before a fault.
    pub fn encode(&self, text: &str, bytes: &mut Vec<u8>) -> Result<(), EncodeFault> {
        let (text, escaped) =
            text.split_once(char::from(ESCAPE)).map_or((text, false), |(text, _)| (text, true));
        match self.set.coding {
            _ if text.is_ascii() && !self.set.changes_ascii() => bytes.extend_from_slice(text.as_bytes()),
            Coding::Default => find(text, |character| !character.is_ascii())?,
            Coding::Iso(elements) => Shift::new(elements, self.rules, &self.jis0212).encode(text, bytes)?,
            Coding::Utf8 => bytes.extend_from_slice(text.as_bytes()),
            Coding::Encoding(encoding) => bytes.extend(encode_alone(encoding, text)?),
        }
        if escaped { Err(EncodeFault { character: text.chars().count() }) } else { Ok(()) }
    }
}

/// A fault at the first character that is `wrong`.
fn find(text: &str, wrong: impl Fn(char) -> bool) -> Result<(), EncodeFault> {
    text.chars().position(wrong).map_or(Ok(()), |character| Err(EncodeFault { character }))
}

/// Encodes by a table of the Encoding Standard, without code extensions.
fn encode_alone(encoding: &'static Encoding, text: &str) -> Result<Vec<u8>, EncodeFault> {
    // The Encoding Standard has the euro sign as one byte, as Windows has it: no GBK.
    let wrong = text.find('€').filter(|_| encoding == GBK);
    let text = wrong.and_then(|place| text.get(..place)).unwrap_or(text);
    let mut encoder = encoding.new_encoder();
    let most = encoder.max_buffer_length_from_utf8_without_replacement(text.len()).unwrap_or_default();
    let mut bytes = vec![0; most];
    let (result, read, written) = encoder.encode_from_utf8_without_replacement(text, &mut bytes, true);
    bytes.truncate(written);
    // Some tables write a character as a similar one: the yen sign of Shift JIS becomes a backslash.
    let (again, _) = encoding.decode_without_bom_handling(&bytes);
    let same = again.chars().zip(text.chars()).take_while(|(one, other)| one == other).count();
    let is_whole = result == EncoderResult::InputEmpty && read == text.len() && again == text;
    if is_whole && wrong.is_none() { Ok(bytes) } else { Err(EncodeFault { character: same }) }
}

/// The code elements in force while a value is written, and the ways to change them.
struct Shift<'a> {
    start: CodeElements,
    rules: TextRules,
    jis0212: &'a Jis0212,
    now: CodeElements,
}

impl<'a> Shift<'a> {
    fn new(start: CodeElements, rules: TextRules, jis0212: &'a Jis0212) -> Self {
        // Double-byte sets must be designated even where a writer has them as value 1 (PS3.3 C.12.1.1.2).
        let g1 = if start.g1.is_double() { G1::None } else { start.g1 };
        let start = CodeElements { g1, ..start };
        Self { start, rules, jis0212, now: start }
    }

    fn encode(mut self, text: &str, bytes: &mut Vec<u8>) -> Result<(), EncodeFault> {
        for (place, character) in text.chars().enumerate() {
            self.push(character, bytes).ok_or(EncodeFault { character: place })?;
        }
        self.shift_back(bytes);
        Ok(())
    }

    fn push(&mut self, character: char, bytes: &mut Vec<u8>) -> Option<()> {
        if let Some(delimiter) = self.delimiter(character) {
            self.shift_back(bytes);
            bytes.push(delimiter);
            return Some(());
        }
        let (designation, code) = self.choose(character)?;
        if matches!(designation, Designation::G1(_)) && self.now.g0.is_double() {
            // Both could be in force, but many readers know one set at a time.
            self.designate(Designation::G0(self.start.g0), bytes);
        }
        self.designate(designation, bytes);
        bytes.extend_from_slice(code.as_bytes());
        Some(())
    }

    /// The byte of a character that resets the code elements.
    fn delimiter(&self, character: char) -> Option<u8> {
        let byte = u8::try_from(character).ok()?;
        (byte < 0x20 || self.rules.is_delimiter(byte)).then_some(byte)
    }

    /// The first set that has the character.
    fn choose(&self, character: char) -> Option<(Designation, Code)> {
        let in_force = [Designation::G0(self.now.g0), Designation::G1(self.now.g1)];
        let mut sets = in_force.into_iter().chain(self.start.declared.iter());
        sets.find_map(|set| Some((set, self.code(set, character)?)))
    }

    fn code(&self, set: Designation, character: char) -> Option<Code> {
        let code = match set {
            Designation::G0(set) => set.code(character, self.jis0212),
            Designation::G1(set) => set.code(character),
        };
        // The yen sign of JIS X 0201 has the byte of the delimiter.
        code.filter(|code| !matches!(code, Code::Single([byte]) if self.rules.is_delimiter(*byte)))
    }

    fn shift_back(&mut self, bytes: &mut Vec<u8>) {
        self.designate(Designation::G0(self.start.g0), bytes);
        self.designate(Designation::G1(self.start.g1), bytes);
    }

    fn designate(&mut self, designation: Designation, bytes: &mut Vec<u8>) {
        match designation {
            Designation::G0(set) if set != self.now.g0 => self.now.g0 = set,
            Designation::G1(set) if set != self.now.g1 => self.now.g1 = set,
            _ => return,
        }
        if let Some(sequence) = designation.sequence() {
            bytes.push(ESCAPE);
            bytes.extend_from_slice(sequence);
        }
    }
}

#[cfg(test)]
mod tests;
