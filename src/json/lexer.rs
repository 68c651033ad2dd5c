//! JSON text, token by token (RFC 8259). Nothing is kept, nothing recurses.

/// What is wrong with a text, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) reason: &'static str,
    pub(super) offset: usize,
}

pub(super) type Lexed<T> = Result<T, Fault>;

pub(super) const ENDS: &str = "the text ends early";

/// What a value begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    Text,
    Number,
    Literal,
}

/// A place in a text.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'t> {
    text: &'t [u8],
    pub(super) position: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        // A byte order mark is no JSON, and may be ignored (RFC 8259 §8.1).
        let position = if text.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        Self { text, position }
    }

    pub(super) fn fault<T>(&self, reason: &'static str) -> Lexed<T> {
        Err(Fault { reason, offset: self.position.min(self.text.len()) })
    }

    fn rest(&self) -> &'t [u8] {
        self.text.get(self.position..).unwrap_or_default()
    }

    /// The next byte that is no white space.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        self.position += self.rest().iter().take_while(|byte| blank(byte)).count();
        self.rest().first().copied()
    }

    /// Takes `byte`, where it is the next one.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    /// Takes `byte`.
    pub(super) fn expect(&mut self, byte: u8, reason: &'static str) -> Lexed<()> {
        if self.take(byte) {
            return Ok(());
        }
        let is_end = self.peek().is_none();
        self.fault(if is_end { ENDS } else { reason })
    }

    /// What the next value begins with.
    pub(super) fn kind(&mut self) -> Lexed<Kind> {
        match self.peek() {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'"') => Ok(Kind::Text),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't' | b'f' | b'n') => Ok(Kind::Literal),
            Some(_) => self.fault("no JSON value"),
            None => self.fault(ENDS),
        }
    }

    /// Takes a number as it is written.
    pub(super) fn number(&mut self) -> Lexed<&'t [u8]> {
        self.peek();
        let start = self.position;
        let _ = self.take_here(b'-');
        if !self.take_here(b'0') {
            self.digits()?;
        }
        if self.take_here(b'.') {
            self.digits()?;
        }
        if self.take_here(b'e') || self.take_here(b'E') {
            let _ = self.take_here(b'-') || self.take_here(b'+');
            self.digits()?;
        }
        Ok(self.text.get(start..self.position).unwrap_or_default())
    }

    fn take_here(&mut self, byte: u8) -> bool {
        let found = self.rest().first() == Some(&byte);
        self.position += usize::from(found);
        found
    }

    fn digits(&mut self) -> Lexed<()> {
        let count = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.position += count;
        if count > 0 { Ok(()) } else { self.fault("a number without digits") }
    }

    /// Takes `null`; false, and nothing taken, for another literal.
    pub(super) fn null(&mut self) -> bool {
        self.peek();
        let found = self.rest().starts_with(b"null");
        self.position += if found { 4 } else { 0 };
        found
    }

    fn literal(&mut self) -> Lexed<()> {
        let found =
            ["null", "true", "false"].into_iter().find(|word| self.rest().starts_with(word.as_bytes()));
        self.position += found.map_or(0, str::len);
        if found.is_some() { Ok(()) } else { self.fault("no JSON value") }
    }

    /// Takes a string and puts what it means into `out`, which is emptied first.
    pub(super) fn string(&mut self, out: &mut Vec<u8>) -> Lexed<()> {
        out.clear();
        self.string_parts(|part| out.extend_from_slice(part))
    }

    /// Takes a string and gives its parts: UTF-8 each.
    fn string_parts(&mut self, mut give: impl FnMut(&[u8])) -> Lexed<()> {
        self.expect(b'"', "no text where text must stand")?;
        loop {
            let rest = self.rest();
            let plain =
                rest.iter().take_while(|byte| **byte >= 0x20 && !matches!(byte, b'"' | b'\\')).count();
            let part = rest.get(..plain).unwrap_or_default();
            if let Err(fault) = std::str::from_utf8(part) {
                self.position += fault.valid_up_to();
                return self.fault("bytes that are not UTF-8");
            }
            give(part);
            self.position += plain;
            match rest.get(plain) {
                Some(b'"') => {
                    self.position += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    let character = self.escape()?;
                    give(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Some(_) => return self.fault("a control character in a text"),
                None => return self.fault(ENDS),
            }
        }
    }

    /// Takes an escape sequence.
    fn escape(&mut self) -> Lexed<char> {
        let Some(letter) = self.rest().get(1).copied() else { return self.fault(ENDS) };
        let character = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            b'u' => return self.unicode_escape(),
            _ => return self.fault("no escape sequence of JSON"),
        };
        self.position += 2;
        Ok(character)
    }

    fn unicode_escape(&mut self) -> Lexed<char> {
        let Some(first) = self.hexadecimal(0) else { return self.fault("no escape sequence of JSON") };
        let (code, length) = match first {
            0xD800..=0xDBFF => match self.hexadecimal(6) {
                Some(second @ 0xDC00..=0xDFFF) => {
                    (0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00), 12)
                }
                _ => return self.fault("half a surrogate pair"),
            },
            _ => (first, 6),
        };
        let Some(character) = char::from_u32(code) else { return self.fault("half a surrogate pair") };
        self.position += length;
        Ok(character)
    }

    /// The number of an escape sequence `\uXXXX` that stands `ahead`.
    fn hexadecimal(&self, ahead: usize) -> Option<u32> {
        let digits = self.rest().get(ahead..ahead + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |number, digit| Some(number << 4 | char::from(*digit).to_digit(16)?))
    }

    /// Takes a value that is neither object nor array, whatever it is.
    pub(super) fn skip_scalar(&mut self) -> Lexed<()> {
        match self.kind()? {
            Kind::Text => self.string_parts(|_| ()),
            Kind::Number => self.number().map(drop),
            Kind::Literal => self.literal(),
            Kind::Object | Kind::Array => self.fault("an object or array where one value must stand"),
        }
    }

    /// An error unless nothing but white space is left.
    pub(super) fn expect_end(&mut self) -> Lexed<()> {
        if self.peek().is_none() { Ok(()) } else { self.fault("text behind the end") }
    }
}
