//! The walk through a draft: data sets and sequences open and close on a stack of their own.

use super::draft::{Draft, DraftItem, DraftPart, StoredRows};
use super::facts::{Facts, character_set_of, own_character_set};
use super::plan::Plan;
use super::step::{AS_IT_IS, Data};
use super::target::{SequenceLengths, Target};
use super::text::keeps_ascii;
use crate::dataset::creators::Creators;
use crate::dataset::element::UNDEFINED;
use crate::dataset::{ByteOrder, Encoding, Flags, Row, VrForm};
use crate::error::{Error, ErrorKind, Result, TagPath};
use crate::tag::Tag;
use crate::value::character_set::CharacterSet;
use crate::vr::Vr;

/// What the elements of a data set are written by.
#[derive(Clone, Copy)]
pub(super) struct Context {
    /// How stored elements are written in their source.
    pub(super) encoding: Encoding,
    /// The character set that stored text is in, and the one that is wanted.
    pub(super) stored_set: CharacterSet,
    pub(super) target_set: CharacterSet,
    /// Both are supersets of ASCII.
    keep_ascii: bool,
    /// The byte order of new words.
    pub(super) word_order: ByteOrder,
    pub(super) facts: Facts,
}

impl Context {
    fn new(encoding: Encoding, set: CharacterSet, (word_order, facts): (ByteOrder, Facts)) -> Self {
        Self { encoding, stored_set: set, target_set: set, keep_ascii: true, word_order, facts }
    }

    /// The same with text in `stored` that is wanted in `target`.
    fn with_sets(self, stored: CharacterSet, target: CharacterSet) -> Self {
        let keep_ascii = stored == target || keeps_ascii(stored) && keeps_ascii(target);
        Self { stored_set: stored, target_set: target, keep_ascii, ..self }
    }

    pub(super) fn has_one_character_set(&self) -> bool {
        self.stored_set == self.target_set
    }

    pub(super) fn both_keep_ascii(&self) -> bool {
        self.keep_ascii
    }
}

/// What is left to do of a data set or sequence.
pub(super) enum Work<'a> {
    /// Parts of a draft.
    Parts(std::slice::Iter<'a, DraftPart<'a>>),
    /// Elements of a data set that was read.
    Rows { stored: &'a StoredRows<'a>, next: u32, end: u32 },
    /// Items of a new sequence.
    DraftItems(std::slice::Iter<'a, DraftItem<'a>>),
    /// Items of a sequence that was read.
    StoredItems { stored: &'a StoredRows<'a>, next: u32, end: u32 },
}

enum Next<'a> {
    Part(&'a DraftPart<'a>),
    Row(&'a StoredRows<'a>, u32),
    DraftItem(&'a DraftItem<'a>),
    StoredItem(&'a StoredRows<'a>, u32),
}

impl<'a> Work<'a> {
    fn next(&mut self) -> Option<Next<'a>> {
        match self {
            Self::Parts(parts) => parts.next().map(Next::Part),
            Self::DraftItems(items) => items.next().map(Next::DraftItem),
            Self::Rows { stored, next, end } => {
                let number = advance(stored, next, *end)?;
                Some(Next::Row(stored, number))
            }
            Self::StoredItems { stored, next, end } => {
                let number = advance(stored, next, *end)?;
                Some(Next::StoredItem(stored, number))
            }
        }
    }
}

/// The row `next`, which moves on to the one behind it and everything in it.
fn advance(stored: &StoredRows<'_>, next: &mut u32, end: u32) -> Option<u32> {
    let number = *next;
    let row = stored.index.row(number).filter(|_| number < end)?;
    *next = row.end().max(number.saturating_add(1));
    Some(number)
}

/// What has to be written where a level ends.
struct Close {
    /// Where the length field is among the plan's own bytes.
    field: usize,
    /// The length of the plan where the content begins.
    start: u64,
    undefined: bool,
    is_item: bool,
}

struct Level<'a> {
    work: Work<'a>,
    context: Context,
    /// Items met.
    items: u32,
    close: Option<Close>,
}

/// Walks through a draft and writes its plan.
pub(super) struct Planner<'a, 't> {
    pub(super) plan: Plan<'a>,
    pub(super) target: &'t Target,
    /// Group lengths of the root are left out even where everything is copied.
    pub(super) no_group_lengths: bool,
    open: Vec<Level<'a>>,
    /// The sequences that are open, with the numbers of their items.
    path: Vec<(Tag, u32)>,
    pub(super) creators: Creators,
    /// What Specific Character Set of the root says.
    declared: CharacterSet,
    /// The last tag of the draft at each depth.
    last: Vec<Option<Tag>>,
}

impl<'a, 't> Planner<'a, 't> {
    pub(super) fn new(target: &'t Target, no_group_lengths: bool) -> Self {
        Self {
            plan: Plan::default(),
            target,
            no_group_lengths,
            open: Vec::new(),
            path: Vec::new(),
            creators: Creators::default(),
            declared: CharacterSet::DEFAULT,
            last: Vec::new(),
        }
    }

    /// The plan of a draft.
    pub(super) fn plan(mut self, draft: &'a Draft<'a>) -> Result<Plan<'a>> {
        let facts = Facts::of_draft(draft, &Facts::default());
        self.declared = character_set_of(draft).unwrap_or(CharacterSet::DEFAULT);
        let context =
            Context::new(self.target.encoding, self.target.character_set, (draft.byte_order, facts));
        self.push(Work::Parts(draft.parts.iter()), context, None);
        while let Some(level) = self.open.last_mut() {
            let context = level.context;
            match level.work.next() {
                Some(Next::Part(part)) => self.part(part, &context)?,
                Some(Next::Row(stored, number)) => self.row(stored, number, &context)?,
                Some(Next::DraftItem(item)) => self.draft_item(item, &context),
                Some(Next::StoredItem(stored, number)) => self.stored_item(stored, number, &context),
                None => self.close(),
            }
        }
        Ok(self.plan)
    }

    fn push(&mut self, work: Work<'a>, context: Context, close: Option<Close>) {
        if matches!(work, Work::Parts(_)) {
            self.last.push(None);
        }
        self.open.push(Level { work, context, items: 0, close });
    }

    /// Goes into elements that were read.
    pub(super) fn push_rows(&mut self, stored: &'a StoredRows<'a>, context: &Context) {
        let context = Context { encoding: stored.encoding, ..*context };
        let context = context.with_sets(stored.character_set, context.target_set);
        self.push(Work::Rows { stored, next: stored.first, end: stored.end }, context, None);
    }

    /// How deep the data set is: in so many sequences.
    pub(super) fn depth(&self) -> u32 {
        u32::try_from(self.path.len()).unwrap_or(u32::MAX)
    }

    /// True when the part that was taken last is the only one of its draft.
    pub(super) fn is_only_part(&self) -> bool {
        let Some(Level { work: Work::Parts(rest), .. }) = self.open.last() else { return false };
        rest.as_slice().is_empty() && self.last.last().is_some_and(Option::is_none)
    }

    /// Notes the next tag of the draft that is open.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] unless it is higher than the one before.
    pub(super) fn ascend(&mut self, first: Tag, last: Tag) -> Result<()> {
        let Some(slot) = self.last.last_mut() else { return Ok(()) };
        let is_higher = slot.is_none_or(|before| first > before);
        *slot = Some(slot.map_or(last, |before| before.max(last)));
        if is_higher { Ok(()) } else { Err(self.fault(ErrorKind::InvalidValue(NOT_ASCENDING), first)) }
    }

    /// True when text in this set is said to be in it.
    pub(super) fn is_declared(&self, set: CharacterSet) -> bool {
        set != self.target.character_set || set == self.declared
    }

    /// Where an element of the data set that is open stands.
    pub(super) fn path_of(&self, tag: Tag) -> TagPath {
        TagPath { items: self.path.clone(), tag: Some(tag) }
    }

    /// A fault of an element of the data set that is open.
    pub(super) fn fault(&self, kind: ErrorKind, tag: Tag) -> Error {
        Error::from(kind).of(self.path_of(tag))
    }

    /// Writes the header of a sequence and goes into it.
    pub(super) fn open_sequence(
        &mut self,
        tag: Tag,
        undefined: bool,
        work: Work<'a>,
        context: Context,
    ) -> Result<()> {
        let (depth, allowed) = (self.depth(), self.target.limits.depth);
        if depth >= allowed {
            let value = u64::from(depth) + 1;
            let kind = ErrorKind::LimitExceeded { limit: "depth", value, allowed: allowed.into() };
            return Err(self.fault(kind, tag));
        }
        let is_known = self.target.encoding.vr_form == VrForm::Explicit
            || self.implicit_vr(tag, 0, &context.facts) == Vr::SQ;
        let undefined = self.is_undefined(undefined) || !is_known;
        let field = self.header(tag, Vr::SQ, true, 0);
        let close = Close { field, start: self.plan.length(), undefined, is_item: false };
        self.path.push((tag, 0));
        self.push(work, context, Some(close));
        Ok(())
    }

    fn is_undefined(&self, as_read: bool) -> bool {
        match self.target.lengths {
            SequenceLengths::AsRead => as_read,
            SequenceLengths::Defined => false,
            SequenceLengths::Undefined => true,
        }
    }

    fn draft_item(&mut self, item: &'a DraftItem<'a>, outer: &Context) {
        let facts = Facts::of_draft(&item.draft, &outer.facts);
        let set = character_set_of(&item.draft).unwrap_or(outer.target_set);
        let context = Context::new(self.target.encoding, set, (item.draft.byte_order, facts));
        self.open_item(item.undefined_length, Work::Parts(item.draft.parts.iter()), context);
    }

    fn stored_item(&mut self, stored: &'a StoredRows<'a>, number: u32, outer: &Context) {
        let Some(row) = stored.index.row(number) else { return };
        let (first, end) = (number.saturating_add(1), row.end());
        let encoding = stored.index.row(first).filter(|_| first < end).map_or(outer.encoding, Row::encoding);
        let facts = Facts::of_item(stored, first, end, &outer.facts);
        let context = Context { encoding, facts, ..*outer };
        let context = match own_character_set(stored, first, end) {
            Some(set) => context.with_sets(set, set),
            None => context,
        };
        let work = Work::Rows { stored, next: first, end };
        self.open_item(row.has(Flags::UNDEFINED_LENGTH), work, context);
    }

    fn open_item(&mut self, undefined: bool, work: Work<'a>, context: Context) {
        if let (Some(sequence), Some((_, number))) = (self.open.last_mut(), self.path.last_mut()) {
            *number = sequence.items;
            sequence.items = sequence.items.saturating_add(1);
        }
        let undefined = self.is_undefined(undefined);
        let field = self.delimitation(Tag::ITEM, 0);
        let close = Close { field, start: self.plan.length(), undefined, is_item: true };
        self.push(work, context, Some(close));
    }

    /// Ends what is open: its length is known now.
    fn close(&mut self) {
        let Some(level) = self.open.pop() else { return };
        if matches!(level.work, Work::Parts(_)) {
            self.last.pop();
        }
        let Some(close) = level.close else { return };
        let length = u32::try_from(self.plan.length().saturating_sub(close.start)).unwrap_or(UNDEFINED);
        let length = if close.undefined { UNDEFINED } else { length };
        self.plan.correct(close.field, self.u32(length));
        if length == UNDEFINED {
            let end = if close.is_item { Tag::ITEM_DELIMITER } else { Tag::SEQUENCE_DELIMITER };
            self.delimitation(end, 0);
        }
        if close.is_item {
            self.creators.leave(self.depth());
        } else {
            self.path.pop();
        }
    }

    /// Writes an item tag or delimiter; returns where its length is among the plan's own bytes.
    pub(super) fn delimitation(&mut self, tag: Tag, length: u32) -> usize {
        let [a, b, c, d] = self.tag(tag);
        self.plan.put(&[a, b, c, d]);
        self.plan.put(&self.u32(length))
    }

    /// Writes the header of an element; returns where its 32-bit length is among the plan's own bytes.
    pub(super) fn header(&mut self, tag: Tag, vr: Vr, is_long: bool, length: u32) -> usize {
        self.plan.put(&self.tag(tag));
        if self.target.encoding.vr_form == VrForm::Explicit {
            self.plan.put(&vr.code());
            if !is_long {
                let length = u16::try_from(length).unwrap_or_default();
                let bytes = match self.target.encoding.byte_order {
                    ByteOrder::Little => length.to_le_bytes(),
                    ByteOrder::Big => length.to_be_bytes(),
                };
                return self.plan.put(&bytes);
            }
            self.plan.put(&[0, 0]);
        }
        self.plan.put(&self.u32(length))
    }

    fn tag(&self, tag: Tag) -> [u8; 4] {
        let (group, element) = (tag.group(), tag.element());
        let ([a, b], [c, d]) = match self.target.encoding.byte_order {
            ByteOrder::Little => (group.to_le_bytes(), element.to_le_bytes()),
            ByteOrder::Big => (group.to_be_bytes(), element.to_be_bytes()),
        };
        [a, b, c, d]
    }

    fn u32(&self, number: u32) -> [u8; 4] {
        match self.target.encoding.byte_order {
            ByteOrder::Little => number.to_le_bytes(),
            ByteOrder::Big => number.to_be_bytes(),
        }
    }

    /// Writes encapsulated pixel data (PS3.5 §A.4): header, items, delimiter.
    ///
    /// # Errors
    /// [`ErrorKind::EncapsulatedPixelData`] in any other encoding than explicit VR little endian.
    pub(super) fn fragments(
        &mut self,
        tag: Tag,
        vr: Vr,
        fragments: impl Iterator<Item = Data<'a>>,
    ) -> Result<()> {
        if self.target.encoding != Encoding::EXPLICIT_LITTLE {
            return Err(self.fault(ErrorKind::EncapsulatedPixelData, tag));
        }
        self.header(tag, if vr == Vr::OW { Vr::OW } else { Vr::OB }, true, UNDEFINED);
        for data in fragments {
            let length = data.length();
            let padded = length + length % 2;
            let field = u32::try_from(padded).ok().filter(|field| *field != UNDEFINED);
            let field =
                field.ok_or_else(|| self.fault(ErrorKind::ValueTooLong { vr: Vr::OB, length }, tag))?;
            self.delimitation(Tag::ITEM, field);
            self.plan.add(data, AS_IT_IS).map_err(|error| error.of(self.path_of(tag)))?;
            if padded > length {
                self.plan.put(&[0]);
            }
        }
        self.delimitation(Tag::SEQUENCE_DELIMITER, 0);
        Ok(())
    }
}

const NOT_ASCENDING: &str = "the elements of a data set must be in the order of their tags";
