//! Text → data set in explicit VR little endian, ready for the tokenizer.

use super::bulk_data::BulkDataUris;
use super::lexer::{Fault, Lexed, Lexer};
use super::output::{OpenDataSet, Output};
use super::read_values::Values;
use super::vr_survey::VrSurvey;
use crate::error::{Error, ErrorKind, Result, TagPath};
use crate::limits::Limits;
use crate::tag::Tag;
use crate::vr::Vr;

/// Reads the data sets of a text: one object, or an array of them.
///
/// What is read:
/// - Keys are tags of eight hexadecimal digits, in any order, each once. The members of an attribute are `vr` and at
///   most one of `Value`, `InlineBinary` and `BulkDataURI`, in any order.
/// - Numbers of DS, IS, SV and UV may be strings; those of FL and FD `"NaN"`, `"Infinity"` and `"-Infinity"`. Numbers
///   of DS and IS keep their digits. A `null` among several numbers of FL or FD is NaN.
/// - A person name may be plain text in place of its groups, and bytes and URIs may stand in an array of one.
/// - Text with a backslash is several values where the VR has several, as in the file.
/// - Whatever Specific Character Set says is replaced by ISO_IR 192; a root with text beyond ASCII has it in any case.
/// - Group lengths are left out. Values that 16 bits of length cannot hold are written as UN (PS3.5 §6.2.2), odd ones
///   are padded.
///
/// Memory is a small multiple of the text.
pub struct Reader<'t> {
    lexer: Lexer<'t>,
    limits: Limits,
    state: State,
    /// The number of the data set in the array around it.
    number: Option<usize>,
    /// The VRs of elements in which they come late; made where it is needed first.
    survey: Option<VrSurvey>,
    /// Where the data set begins in the text.
    start: usize,
    values: Values,
    levels: Vec<Level>,
    output: Output,
    /// Where the reader is, for errors.
    tag: Option<Tag>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Begin,
    Array,
    End,
}

/// A data set that is being read.
#[derive(Clone, Copy)]
struct Level {
    data_set: OpenDataSet,
    has_character_set: bool,
    /// The sequence it is an item of, and the number of the item; of the root nothing counts.
    sequence: Attribute,
    item: u32,
}

/// An attribute whose members are being read.
#[derive(Clone, Copy)]
struct Attribute {
    tag: Tag,
    vr: Vr,
    /// Where its header stands.
    start: usize,
    has_vr: bool,
    has_value: bool,
}

/// What comes after a part of an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The next member of the data set.
    Member,
    /// The first element of an item.
    Item,
}

impl<'t> Reader<'t> {
    /// A reader at the beginning of a text.
    #[must_use]
    pub fn new(text: &'t [u8], limits: Limits) -> Self {
        Self {
            lexer: Lexer::new(text),
            limits,
            state: State::Begin,
            number: None,
            survey: None,
            start: 0,
            values: Values::default(),
            levels: Vec::new(),
            output: Output::default(),
            tag: None,
        }
    }

    /// True when the text is an array, as far as is known after the first data set.
    #[must_use]
    pub fn is_array(&self) -> bool {
        self.number.is_some()
    }

    /// The next data set: explicit VR little endian, elements in the order of their tags; `None` behind the last.
    /// `uris` is asked for the values that stand elsewhere.
    ///
    /// # Errors
    /// [`ErrorKind::Json`] with the place in the text; [`ErrorKind::LimitExceeded`] for sequences nested too deeply;
    /// what `uris` gives. Nothing more is read then.
    pub fn next(&mut self, uris: &mut dyn BulkDataUris) -> Result<Option<Vec<u8>>> {
        if self.state == State::End {
            return Ok(None);
        }
        let result = self.data_set(uris);
        if !matches!(result, Ok(Some(_))) {
            self.state = State::End;
        }
        result
    }

    fn data_set(&mut self, uris: &mut dyn BulkDataUris) -> Result<Option<Vec<u8>>> {
        let begun = self.begin();
        if !self.located(begun)? {
            return Ok(None);
        }
        self.root(uris)?;
        if self.number.is_none() {
            self.state = State::End;
            let end = self.lexer.expect_end();
            self.located(end)?;
        }
        Ok(Some(std::mem::take(&mut self.output.bytes)))
    }

    /// Goes to the next data set; false where there is none.
    fn begin(&mut self) -> Lexed<bool> {
        if self.state == State::Begin && self.lexer.take(b'[') {
            self.state = State::Array;
            if self.lexer.take(b']') {
                self.lexer.expect_end()?;
                return Ok(false);
            }
        } else if self.number.is_some() && !self.lexer.take(b',') {
            self.lexer.expect(b']', "no comma and no end where one must stand")?;
            self.lexer.expect_end()?;
            return Ok(false);
        }
        if self.state == State::Array {
            self.number = Some(self.number.map_or(0, |number| number + 1));
        }
        self.lexer.expect(b'{', "no object where a data set must stand")?;
        self.start = self.lexer.position - 1;
        self.survey = None;
        Ok(true)
    }

    /// Reads a data set behind its first brace.
    fn root(&mut self, uris: &mut dyn BulkDataUris) -> Result<()> {
        self.output.clear();
        self.levels.clear();
        self.values.is_beyond_ascii = false;
        let nothing =
            Attribute { tag: Tag::default(), vr: Vr::SQ, start: 0, has_vr: false, has_value: false };
        let data_set = self.output.begin_data_set();
        self.levels.push(Level { data_set, has_character_set: false, sequence: nothing, item: 0 });
        let mut is_first = true;
        while !self.levels.is_empty() {
            self.tag = None;
            let key = self.key(is_first);
            let Some(tag) = self.located(key)? else {
                is_first = self.leave(uris)? == Next::Item;
                continue;
            };
            self.tag = Some(tag);
            let begun = self.attribute(tag);
            let attribute = self.located(begun)?;
            is_first = self.members(attribute, uris)? == Next::Item;
        }
        Ok(())
    }

    /// Takes the key of the next element; `None` at the end of the data set.
    fn key(&mut self, is_first: bool) -> Lexed<Option<Tag>> {
        if self.lexer.take(b'}') {
            return Ok(None);
        }
        if !is_first {
            self.lexer.expect(b',', "no comma and no end where one must stand")?;
        }
        self.lexer.peek();
        let offset = self.lexer.position;
        self.lexer.string(&mut self.values.text)?;
        let fault = Fault { reason: "a key that is no tag of eight hexadecimal digits", offset };
        let digits = &self.values.text;
        let tag =
            digits.iter().try_fold(0_u32, |tag, digit| Some(tag << 4 | char::from(*digit).to_digit(16)?));
        let tag = Tag(tag.filter(|_| digits.len() == 8).ok_or(fault)?);
        if tag.group() == 0xFFFE {
            return Err(Fault { reason: "the tag of an item or delimiter", offset });
        }
        self.lexer.expect(b':', "no colon behind a key")?;
        Ok(Some(tag))
    }

    /// Begins an attribute behind its key: finds its VR.
    fn attribute(&mut self, tag: Tag) -> Lexed<Attribute> {
        self.lexer.expect(b'{', "no object where an attribute must stand")?;
        let offset = self.lexer.position - 1;
        let mut ahead = self.lexer.clone();
        let mut code = None;
        if ahead.peek() == Some(b'"') {
            ahead.string(&mut self.values.text)?;
            if self.values.text == b"vr" && ahead.take(b':') {
                ahead.string(&mut self.values.text)?;
                code = Some(self.values.text.as_slice().try_into().unwrap_or_default());
            }
        }
        let code = match code {
            Some(code) => Some(code),
            None => self.survey()?.vr(offset),
        };
        let Some(code) = code else { return Err(Fault { reason: "an attribute without a VR", offset }) };
        let Some(vr) = Vr::from_code(code) else { return Err(Fault { reason: "an unknown VR", offset }) };
        let vr = if tag == Tag::SPECIFIC_CHARACTER_SET { Vr::CS } else { vr };
        let start = self.output.begin_element(vr);
        Ok(Attribute { tag, vr, start, has_vr: false, has_value: false })
    }

    fn survey(&mut self) -> Lexed<&VrSurvey> {
        // An attribute, its values and an item for each sequence, and a name in the innermost.
        let depth = (self.limits.depth as usize).saturating_add(2).saturating_mul(3);
        let made = match self.survey.take() {
            Some(survey) => survey,
            None => VrSurvey::of(self.lexer.clone(), self.start, depth)?,
        };
        Ok(self.survey.insert(made))
    }

    /// Reads members of an attribute up to its end, or into the first item of a sequence.
    fn members(&mut self, mut attribute: Attribute, uris: &mut dyn BulkDataUris) -> Result<Next> {
        loop {
            let member = self.member(&mut attribute);
            match self.located(member)? {
                None => {
                    let ended = self.end_attribute(&attribute);
                    self.located(ended)?;
                    return Ok(Next::Member);
                }
                Some(Member::Vr) => {}
                Some(Member::Uri) => self.uri(&attribute, uris)?,
                Some(Member::Value) if attribute.vr == Vr::SQ => {
                    let is_empty = self.begin_sequence();
                    if !self.located(is_empty)? {
                        self.item(attribute, 0)?;
                        return Ok(Next::Item);
                    }
                }
                Some(Member::Value) => {
                    let read = self.values.read(attribute.vr, &mut self.lexer, &mut self.output.bytes);
                    self.located(read)?;
                }
                Some(Member::Bytes) => {
                    let read = self.values.bytes(attribute.vr, &mut self.lexer, &mut self.output.bytes);
                    self.located(read)?;
                }
            }
        }
    }

    /// Takes the next key of an attribute; `None` at its end.
    fn member(&mut self, attribute: &mut Attribute) -> Lexed<Option<Member>> {
        (self.values.place, self.values.value) = ("", None);
        if self.lexer.take(b'}') {
            return Ok(None);
        }
        if attribute.has_vr || attribute.has_value {
            self.lexer.expect(b',', "no comma and no end where one must stand")?;
        }
        self.lexer.peek();
        let offset = self.lexer.position;
        self.lexer.string(&mut self.values.text)?;
        let (member, place) = match self.values.text.as_slice() {
            b"vr" => (Member::Vr, ".vr"),
            b"Value" => (Member::Value, ".Value"),
            b"InlineBinary" => (Member::Bytes, ".InlineBinary"),
            b"BulkDataURI" => (Member::Uri, ".BulkDataURI"),
            _ => return Err(Fault { reason: "a member that an attribute does not have", offset }),
        };
        let had = if member == Member::Vr { &mut attribute.has_vr } else { &mut attribute.has_value };
        if std::mem::replace(had, true) {
            let twice = if member == Member::Vr { "a second VR" } else { "a second value of one attribute" };
            return Err(Fault { reason: twice, offset });
        }
        self.values.place = place;
        self.lexer.expect(b':', "no colon behind a key")?;
        if member == Member::Vr {
            self.lexer.string(&mut self.values.text)?;
        }
        Ok(Some(member))
    }

    fn uri(&mut self, attribute: &Attribute, uris: &mut dyn BulkDataUris) -> Result<()> {
        let taken = self.values.one_text(&mut self.lexer);
        self.located(taken)?;
        if attribute.vr == Vr::SQ {
            let fault = self.lexer.fault("the URI of a sequence");
            return self.located(fault);
        }
        let uri = std::mem::take(&mut self.values.text);
        let path = self.path();
        let value = uris.resolve(&path, attribute.vr, std::str::from_utf8(&uri).unwrap_or_default())?;
        self.output.bytes.extend_from_slice(&value.unwrap_or_default());
        self.values.text = uri;
        Ok(())
    }

    /// Begins the items of a sequence; true where there are none.
    fn begin_sequence(&mut self) -> Lexed<bool> {
        self.lexer.expect(b'[', "no array where values must stand")?;
        Ok(self.lexer.take(b']'))
    }

    /// Begins an item.
    fn item(&mut self, sequence: Attribute, number: u32) -> Result<()> {
        if self.levels.len() > self.limits.depth as usize {
            let (value, allowed) = (u64::from(self.limits.depth) + 1, self.limits.depth.into());
            let fault = ErrorKind::LimitExceeded { limit: "depth", value, allowed };
            return Err(Error::from(fault).at(self.lexer.position as u64).of(self.path()));
        }
        let data_set = self.output.begin_item();
        self.levels.push(Level { data_set, has_character_set: false, sequence, item: number });
        self.tag = None;
        let begun = self.lexer.expect(b'{', "no object where an item must stand");
        self.located(begun)
    }

    /// Ends a data set, and begins the next item or reads on in the sequence.
    fn leave(&mut self, uris: &mut dyn BulkDataUris) -> Result<Next> {
        let ended = self.end_level();
        let level = self.located(ended)?;
        self.levels.pop();
        if self.levels.is_empty() {
            return Ok(Next::Member);
        }
        let sequence = level.sequence;
        self.tag = Some(sequence.tag);
        if self.lexer.take(b',') {
            self.item(sequence, level.item.saturating_add(1))?;
            return Ok(Next::Item);
        }
        self.values.place = ".Value";
        let end = self.lexer.expect(b']', "no comma and no end where one must stand");
        self.located(end)?;
        self.members(sequence, uris)
    }

    /// Ends the innermost data set.
    fn end_level(&mut self) -> Lexed<Level> {
        let Some(&level) = self.levels.last() else { return self.lexer.fault("no data set") };
        let is_root = self.levels.len() == 1;
        let ended = if is_root {
            let is_missing = self.values.is_beyond_ascii && !level.has_character_set;
            let declared = if is_missing { self.output.declare_character_set() } else { Ok(()) };
            declared.and_then(|()| self.output.end_data_set(level.data_set))
        } else {
            self.output.end_item(level.data_set)
        };
        ended.map_or_else(|reason| self.lexer.fault(reason), |()| Ok(level))
    }

    fn end_attribute(&mut self, attribute: &Attribute) -> Lexed<()> {
        let Attribute { tag, vr, start, .. } = *attribute;
        let ended = if tag == Tag::SPECIFIC_CHARACTER_SET {
            if let Some(level) = self.levels.last_mut() {
                level.has_character_set = true;
            }
            self.output.end_character_set(start)
        } else {
            self.output.end_element(tag, vr, start)
        };
        ended.or_else(|reason| self.lexer.fault(reason))
    }

    /// The same result, with the place of its fault.
    fn located<T>(&self, lexed: Lexed<T>) -> Result<T> {
        lexed.map_err(|Fault { reason, offset }| {
            let kind = ErrorKind::Json { place: self.place().into_boxed_str(), reason };
            Error::from(kind).at(offset as u64).of(self.path())
        })
    }

    /// Where the reader is, in the model.
    fn path(&self) -> TagPath {
        let items = self.levels.iter().skip(1).map(|level| (level.sequence.tag, level.item)).collect();
        TagPath { items, tag: self.tag }
    }

    /// Where the reader is, in the text.
    fn place(&self) -> String {
        let mut place = String::from("$");
        if let Some(number) = self.number {
            place.push_str(&format!("[{number}]"));
        }
        for level in self.levels.iter().skip(1) {
            place.push_str(&format!("[\"{:08X}\"].Value[{}]", level.sequence.tag.0, level.item));
        }
        if let Some(tag) = self.tag {
            place.push_str(&format!("[\"{:08X}\"]{}", tag.0, self.values.place));
            if let Some(value) = self.values.value.filter(|_| self.values.place == ".Value") {
                place.push_str(&format!("[{value}]"));
            }
        }
        place
    }
}

/// A member of an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Member {
    Vr,
    Value,
    Bytes,
    Uri,
}
