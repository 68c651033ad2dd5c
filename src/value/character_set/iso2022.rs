//! Code extension techniques of ISO 2022 (PS3.5 §6.1.2.5).

use super::TextRules;
use super::repertoire::{G0, G1};
use crate::error::WarningKind;

/// Begins an escape sequence.
pub const ESCAPE: u8 = 0x1B;

/// The code elements in force at the start of a value, and the ones that escape sequences may bring in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CodeElements {
    /// G0 of value 1 of Specific Character Set.
    pub g0: G0,
    /// G1 of value 1 of Specific Character Set.
    pub g1: G1,
    /// The sets of all values, where code extensions are declared.
    pub declared: Declared,
}

impl CodeElements {
    /// The default repertoire without code extensions.
    pub const DEFAULT: Self = Self { g0: G0::Ascii, g1: G1::None, declared: Declared::NONE };

    /// True where text without escape sequences is ASCII and one table of 128 characters.
    pub fn is_single_byte(self) -> bool {
        self.g0 == G0::Ascii && self.g1 != G1::None && !self.g1.is_double()
    }
}

/// Code elements that may be designated, in the order in which Specific Character Set names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Declared {
    designations: [Option<Designation>; SEQUENCES.len()],
}

impl Declared {
    /// No code extensions.
    pub const NONE: Self = Self { designations: [None; SEQUENCES.len()] };

    /// The same sets, then these two.
    pub fn with(self, g0: G0, g1: G1) -> Self {
        let declared = self.and(Designation::G0(g0));
        if g1 == G1::None { declared } else { declared.and(Designation::G1(g1)) }
    }

    fn and(mut self, designation: Designation) -> Self {
        let place = self.designations.iter_mut().find(|place| place.is_none_or(|other| other == designation));
        if let Some(place) = place {
            *place = Some(designation);
        }
        self
    }

    /// The sets, in order.
    pub fn iter(&self) -> impl Iterator<Item = Designation> {
        self.designations.iter().copied().map_while(|designation| designation)
    }

    fn has(&self, designation: Designation) -> bool {
        // Every value of Specific Character Set but ISO 2022 IR 13 brings ISO-IR 6 with it.
        self.iter().any(|other| other == designation || designation == Designation::G0(G0::Ascii))
    }

    /// The one set that can be meant by a byte above 7FH, if there is just one.
    fn only_g1(&self) -> Option<G1> {
        let mut sets = self.iter().filter_map(|designation| match designation {
            Designation::G1(set) => Some(set),
            Designation::G0(_) => None,
        });
        sets.next().filter(|_| sets.next().is_none())
    }
}

/// A set, and the code element that it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Designation {
    /// What the bytes 21H-7EH stand for.
    G0(G0),
    /// What the bytes A0H-FFH stand for.
    G1(G1),
}

impl Designation {
    /// The escape sequence, without the escape character; none for the absence of a set.
    pub fn sequence(self) -> Option<&'static [u8]> {
        SEQUENCES.iter().find(|(_, designation)| *designation == self).map(|(sequence, _)| *sequence)
    }
}

/// The escape sequences of PS3.3 Tables C.12-3 and C.12-4, without the escape character.
const SEQUENCES: &[(&[u8], Designation)] = &[
    (b"(B", Designation::G0(G0::Ascii)),
    (b"(J", Designation::G0(G0::Romaji)),
    (b"$B", Designation::G0(G0::Jis0208)),
    (b"$(D", Designation::G0(G0::Jis0212)),
    (b")I", Designation::G1(G1::Katakana)),
    (b"-A", Designation::G1(G1::Latin1)),
    (b"-B", Designation::G1(G1::Latin2)),
    (b"-C", Designation::G1(G1::Latin3)),
    (b"-D", Designation::G1(G1::Latin4)),
    (b"-L", Designation::G1(G1::Cyrillic)),
    (b"-G", Designation::G1(G1::Arabic)),
    (b"-F", Designation::G1(G1::Greek)),
    (b"-H", Designation::G1(G1::Hebrew)),
    (b"-M", Designation::G1(G1::Latin5)),
    (b"-b", Designation::G1(G1::Latin9)),
    (b"-T", Designation::G1(G1::Thai)),
    (b"$)C", Designation::G1(G1::Korean)),
    (b"$)A", Designation::G1(G1::Chinese)),
];

/// Sequences that are not the standard's but plain in meaning: older forms of the ones above.
const OLD_SEQUENCES: &[(&[u8], Designation)] =
    &[(b"$@", Designation::G0(G0::Jis0208)), (b"$(B", Designation::G0(G0::Jis0208))];

/// A stretch of a value that is read in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run {
    /// An escape sequence, followed as far as it can be.
    Escape { replaced: bool },
    /// Single-byte characters of G0, spaces and delimiters.
    Low(G0),
    /// Pairs of G0.
    Pairs(G0),
    /// Bytes of 80H and above.
    High(G1),
    /// A control character or delimiter, after which value 1 of Specific Character Set is in force again.
    Reset(u8),
    /// A byte where a pair must stand.
    Stray,
}

/// Cuts a value into runs. Splitting and decoding both read runs, so that they agree on where characters begin.
struct Runs<'a> {
    start: CodeElements,
    rules: TextRules,
    rest: &'a [u8],
    g0: G0,
    g1: G1,
    /// The G1 that was designated last in this value, even before a reset.
    last_g1: G1,
    fault: Option<WarningKind>,
}

impl<'a> Runs<'a> {
    const fn new(start: CodeElements, rules: TextRules, rest: &'a [u8]) -> Self {
        Self { start, rules, rest, g0: start.g0, g1: start.g1, last_g1: G1::None, fault: None }
    }

    fn note(&mut self, fault: WarningKind) {
        self.fault.get_or_insert(fault);
    }

    fn next(&mut self) -> Option<(Run, &'a [u8])> {
        let (run, length) = match *self.rest.first()? {
            ESCAPE => self.escape(),
            byte @ 0..0x20 => (self.reset(byte), 1),
            byte @ 0x20..0x80 if self.g0.is_double() => self.pairs(byte),
            byte @ 0x20..0x80 if self.rules.is_delimiter(byte) => (self.reset(byte), 1),
            0x20..0x80 => {
                let is_low = |byte: &u8| (0x20..0x80).contains(byte) && !self.rules.is_delimiter(*byte);
                (Run::Low(self.g0), self.rest.iter().take_while(|byte| is_low(byte)).count())
            }
            0x80.. => (Run::High(self.g1), self.rest.iter().take_while(|byte| **byte >= 0x80).count()),
        };
        let (bytes, rest) = self.rest.split_at_checked(length.max(1))?;
        self.rest = rest;
        Some((run, bytes))
    }

    fn escape(&mut self) -> (Run, usize) {
        let after = self.rest.get(1..).unwrap_or_default();
        let known = |table: &'static [(&[u8], Designation)]| {
            table.iter().find(|(sequence, _)| after.starts_with(sequence))
        };
        let Some((sequence, designation)) = known(SEQUENCES).or_else(|| known(OLD_SEQUENCES)) else {
            self.note(WarningKind::InvalidEscape);
            return (Run::Escape { replaced: true }, 1 + self.unknown_sequence(after));
        };
        if !self.start.declared.has(*designation) || OLD_SEQUENCES.iter().any(|(old, _)| old == sequence) {
            // What it says is clear, although Specific Character Set does not announce it.
            self.note(WarningKind::InvalidEscape);
        }
        match *designation {
            Designation::G0(set) => self.g0 = set,
            Designation::G1(set) => (self.g1, self.last_g1) = (set, set),
        }
        (Run::Escape { replaced: false }, 1 + sequence.len())
    }

    /// The length of a well-formed sequence of an unknown set (ISO 2022: intermediate bytes and a final one).
    fn unknown_sequence(&self, after: &[u8]) -> usize {
        let intermediate = after.iter().take(3).take_while(|byte| (0x20..0x30).contains(*byte)).count();
        let is_final = |byte: &u8| (0x30..0x7F).contains(byte) && !self.rules.is_delimiter(*byte);
        if intermediate > 0 && after.get(intermediate).is_some_and(is_final) { intermediate + 1 } else { 0 }
    }

    fn pairs(&mut self, byte: u8) -> (Run, usize) {
        let is_graphic = |byte: &u8| (0x21..0x7F).contains(byte);
        let pairs =
            self.rest.as_chunks::<2>().0.iter().take_while(|pair| pair.iter().all(is_graphic)).count();
        if pairs > 0 {
            (Run::Pairs(self.g0), 2 * pairs)
        } else if self.rules.is_delimiter(byte) {
            (self.reset(byte), 1)
        } else if byte == b' ' || byte == 0x7F {
            (Run::Low(G0::Ascii), 1)
        } else {
            self.note(WarningKind::InvalidText);
            (Run::Stray, 1)
        }
    }

    /// Value 1 of Specific Character Set is in force after delimiters and control characters (PS3.5 §6.1.2.5.3).
    fn reset(&mut self, byte: u8) -> Run {
        self.end();
        (self.g0, self.g1) = (self.start.g0, self.start.g1);
        Run::Reset(byte)
    }

    /// A double-byte set must be left before a delimiter, a control character and the end.
    fn end(&mut self) {
        if self.g0.is_double() {
            self.note(WarningKind::InvalidEscape);
        }
    }

    /// The set meant by bytes above 7FH where none is designated: writers forget to designate it again after a reset.
    fn likely_g1(&self) -> Option<G1> {
        (self.last_g1 != G1::None).then_some(self.last_g1).or_else(|| self.start.declared.only_g1())
    }
}

/// The length of the first value of `bytes`: all before the first backslash that is not half a character.
pub fn value_length(start: CodeElements, rules: TextRules, bytes: &[u8]) -> usize {
    let mut runs = Runs::new(start, rules, bytes);
    let mut length = 0;
    while let Some((run, part)) = runs.next() {
        if run == Run::Reset(b'\\') {
            break;
        }
        length += part.len();
    }
    length
}

/// The text of one value, and the first thing that was wrong.
pub fn decode(start: CodeElements, rules: TextRules, bytes: &[u8]) -> (String, Option<WarningKind>) {
    let mut runs = Runs::new(start, rules, bytes);
    let mut text = String::with_capacity(bytes.len());
    while let Some((run, part)) = runs.next() {
        let sound = match run {
            Run::Low(set) | Run::Pairs(set) => set.push(part, &mut text),
            Run::High(G1::None) => {
                push_undesignated(runs.likely_g1(), part, &mut text);
                false
            }
            Run::High(set) => set.push(part, &mut text),
            // The backslash of JIS X 0201 is a yen sign, but this one is a delimiter.
            Run::Reset(byte) => {
                text.push(char::from(byte));
                true
            }
            Run::Escape { replaced: false } => true,
            Run::Escape { replaced: true } | Run::Stray => {
                text.push(char::REPLACEMENT_CHARACTER);
                true
            }
        };
        if !sound {
            runs.note(WarningKind::InvalidText);
        }
    }
    runs.end();
    (text, runs.fault)
}

fn push_undesignated(likely: Option<G1>, bytes: &[u8], text: &mut String) {
    match (likely, std::str::from_utf8(bytes)) {
        (Some(set), _) => _ = set.push(bytes, text),
        (None, Ok(utf8)) => text.push_str(utf8),
        (None, Err(_)) => _ = G1::Latin1.push(bytes, text),
    }
}
