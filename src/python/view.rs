//! One data set, root or item: its elements in the order of their tags, the values that were asked for, and what was
//! changed since it was read.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::cell::Cell;
use super::changes::{Change, Changes};
use super::context::Context;
use super::shared::{Part, Shared};
use super::value::{self, Form};
use crate::dataset::{ByteOrder, DatasetView, ElementView, Encoding, Row, sort_by_tag};
use crate::tag::Tag;
use crate::vr::ValueKind;

/// Texts and bytes above this many bytes are made anew at each access: a copy that stays would double the memory of
/// pixels.
const KEPT_UP_TO: u64 = 64 << 10;

/// Places in an order that are reserved at once: rows of items that are nested in a data set are none of its elements.
const MOST_AT_ONCE: u32 = 1 << 10;

/// Which values stay with their data set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// All that are worth it: who asks by name asks again.
    All,
    /// Those that can be changed: who goes through all elements seldom comes back, and memory that is used again is
    /// quicker than memory that grows.
    Changeable,
}

/// A data set as a range of rows, shared by the Python objects that stand for it and for its elements.
///
/// Most data sets are items of a few elements, of which a file may have many thousands: what they do without stands in a
/// place of its own.
pub struct View {
    first: u32,
    end: u32,
    /// How many sequences it is in.
    depth: u32,
    facts: Facts,
    /// What it inherits from the data set around it, and the file.
    inherited: Arc<Context>,
    pub(super) more: OnceLock<Box<More>>,
}

/// What is known of a data set, a bit each. Who finds it out for the second time finds the same.
#[derive(Default)]
struct Facts(AtomicU8);

impl Facts {
    /// One row after the other, as in most items: nothing is nested, nothing out of order.
    const IS_FLAT: u8 = 1;
    /// It is not flat: [`More::order`].
    const HAS_ORDER: u8 = 1 << 1;
    /// It says nothing that values depend on.
    const INHERITS_ALL: u8 = 1 << 2;
    /// It does: [`More::context`].
    const HAS_CONTEXT: u8 = 1 << 3;
    /// It holds some elements of a data set only.
    const IS_SLICE: u8 = 1 << 4;
    /// Some value that is kept is a sequence, and may lead back here.
    const HAS_SEQUENCE: u8 = 1 << 5;

    fn has(&self, fact: u8) -> bool {
        self.0.load(Ordering::Relaxed) & fact != 0
    }

    fn add(&self, fact: u8) {
        self.0.fetch_or(fact, Ordering::Relaxed);
    }

    fn copy(&self) -> Self {
        Self(AtomicU8::new(self.0.load(Ordering::Relaxed)))
    }
}

/// Values that are kept. Copies of a data set that share what can be changed share them.
pub(super) type Slots = Arc<[OnceLock<Py<PyAny>>]>;

/// What not every data set has.
#[derive(Default)]
pub(super) struct More {
    /// Tag and row of each element, in the order of their tags; of duplicates the last.
    order: OnceLock<Arc<[(Tag, u32)]>>,
    /// What its values depend on, where it says some of that itself.
    context: OnceLock<Arc<Context>>,
    /// Values of elements as they were read, by their place in the order.
    pub(super) slots: OnceLock<Slots>,
    /// What is not as it was read.
    pub(super) changes: OnceLock<Changes>,
}

/// Where an element is.
pub enum Place {
    /// In the file, at this place of the order.
    Stored(usize),
    /// It was set.
    Set(Arc<Cell>),
}

impl View {
    /// One of the two data sets of a file.
    pub fn root(shared: Arc<Shared>, part: Part) -> Self {
        Self::whole(Context::root(shared, part))
    }

    /// The root of a file, with what it inherits.
    pub fn whole(inherited: Arc<Context>) -> Self {
        let end = inherited.shared.index(inherited.part).len();
        Self::new((0, end), 0, inherited)
    }

    fn new((first, end): (u32, u32), depth: u32, inherited: Arc<Context>) -> Self {
        Self { first, end, depth, facts: Facts::default(), inherited, more: OnceLock::new() }
    }

    pub(super) fn more(&self) -> &More {
        self.more.get_or_init(Box::default)
    }

    /// The item whose row is `row`, in a sequence of the data set with this context.
    pub fn item(context: &Arc<Context>, row: u32, depth: u32) -> Self {
        let end = context.shared.index(context.part).row(row).map_or(row, Row::end);
        Self::new((row.saturating_add(1).min(end), end), depth, Arc::clone(context))
    }

    /// The same data set as it was read, with values of its own.
    pub fn copy(&self) -> Self {
        let copy = Self::new((self.first, self.end), self.depth, Arc::clone(&self.inherited));
        let kept = Facts::IS_FLAT | Facts::HAS_ORDER | Facts::IS_SLICE;
        copy.facts.add(self.facts.0.load(Ordering::Relaxed) & kept);
        if let Some(order) = self.more.get().and_then(|more| more.order.get()) {
            let _ = copy.more().order.set(Arc::clone(order));
        }
        copy
    }

    /// The same data set as it was read, which shares the values that can be changed.
    pub fn twin(&self) -> Self {
        let twin = self.copy();
        let _ = twin.more().slots.set(Arc::clone(self.slots()));
        Self { facts: self.facts.copy(), ..twin }.without_context()
    }

    /// The same; its context is found anew.
    fn without_context(self) -> Self {
        self.facts.0.fetch_and(!(Facts::INHERITS_ALL | Facts::HAS_CONTEXT), Ordering::Relaxed);
        self
    }

    /// The same data set with elements of its own, whose values are those of this one: a change of an item is seen
    /// here, too.
    pub fn shallow_copy(&self, py: Python<'_>) -> Self {
        let copy = self.twin();
        if let Some(changes) = self.all_changes() {
            let _ = copy.more().changes.set(changes.copy(py));
        }
        copy
    }

    /// The elements whose tags `keep` picks, as a data set that shares what can be changed in place.
    pub fn slice(&self, keep: impl Fn(Tag) -> bool) -> Self {
        let stored = (0..self.stored_len()).filter_map(|place| Some((place, self.stored_entry(place)?)));
        let stored: Vec<_> =
            stored.filter(|(_, (tag, _))| keep(*tag) && self.change(*tag).is_none()).collect();
        let slice = Self::new((self.first, self.end), self.depth, Arc::clone(self.context()));
        slice.facts.add(Facts::IS_SLICE | Facts::HAS_ORDER);
        let _ = slice.more().order.set(stored.iter().map(|(_, entry)| *entry).collect());
        let mut twin = None;
        for (position, (tag, _)) in stored {
            if self.stored_element(position).is_some_and(|element| may_be_several(&element)) {
                let twin = twin.get_or_insert_with(|| Arc::new(self.twin()));
                slice.changes().set(tag, Change::Set(Cell::stored(Arc::clone(twin), position)));
            }
        }
        let changes = self.all_changes().map(Changes::all).unwrap_or_default();
        for (tag, change) in changes.into_iter().filter(|(tag, _)| keep(*tag)) {
            if matches!(change, Change::Set(_)) {
                slice.changes().set(tag, change);
            }
        }
        slice
    }

    pub fn shared(&self) -> &Arc<Shared> {
        &self.inherited.shared
    }

    pub fn part(&self) -> Part {
        self.inherited.part
    }

    /// How many sequences it is in: 0 for the root.
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// The rows it consists of.
    pub fn rows(&self) -> std::ops::Range<u32> {
        self.first..self.end
    }

    /// The row of the item that this is, where it was read as one.
    pub fn item_row(&self) -> Option<&Row> {
        let before = self.first.checked_sub(1)?;
        let row = self.shared().index(self.part()).row(before)?;
        (row.tag() == Tag::ITEM && row.end() == self.end).then_some(row)
    }

    /// The data set in the core's words.
    pub fn dataset(&self) -> DatasetView<'_> {
        self.shared().view(self.part(), self.first, self.end)
    }

    /// What it inherits from the data set around it.
    pub fn inherited(&self) -> &Arc<Context> {
        &self.inherited
    }

    /// What its values depend on beside their bytes.
    pub fn context(&self) -> &Arc<Context> {
        if self.facts.has(Facts::INHERITS_ALL) {
            return &self.inherited;
        }
        if !self.facts.has(Facts::HAS_CONTEXT) {
            let Some(own) = self.inherited.of(self) else {
                self.facts.add(Facts::INHERITS_ALL);
                return &self.inherited;
            };
            let _ = self.more().context.set(Arc::new(own));
            self.facts.add(Facts::HAS_CONTEXT);
        }
        self.more().context.get().unwrap_or(&self.inherited)
    }

    /// The order of the elements; `None` where it is that of the rows.
    fn order(&self) -> Option<&[(Tag, u32)]> {
        if !self.facts.has(Facts::IS_FLAT | Facts::HAS_ORDER) {
            self.facts.add(if self.is_flat() { Facts::IS_FLAT } else { Facts::HAS_ORDER });
        }
        if self.facts.has(Facts::IS_FLAT) {
            return None;
        }
        Some(self.more().order.get_or_init(|| {
            let index = self.shared().index(self.part());
            let children = index.children(self.first, self.end);
            let mut order =
                Vec::with_capacity(self.end.saturating_sub(self.first).min(MOST_AT_ONCE) as usize);
            order.extend(children.filter_map(|number| Some((index.row(number)?.tag(), number))));
            sort_by_tag(&mut order, 0);
            order.into()
        }))
    }

    /// True when nothing is nested in it, nothing out of order, nothing twice.
    fn is_flat(&self) -> bool {
        let rows = self.shared().index(self.part()).rows();
        let rows = rows.get(self.first as usize..self.end as usize).unwrap_or_default();
        let mut last = None;
        (self.first..).zip(rows).all(|(number, row)| {
            let is_next = last.is_none_or(|last| last < row.tag());
            last = Some(row.tag());
            is_next && row.end() <= number.saturating_add(1)
        })
    }

    /// How many elements there were when it was read.
    pub fn stored_len(&self) -> usize {
        self.order().map_or_else(|| self.end.saturating_sub(self.first) as usize, <[_]>::len)
    }

    /// Tag and row of the element at this place of the order.
    pub fn stored_entry(&self, position: usize) -> Option<(Tag, u32)> {
        if let Some(order) = self.order() {
            return order.get(position).copied();
        }
        let row = u32::try_from(position).ok()?.checked_add(self.first).filter(|row| *row < self.end)?;
        Some((self.shared().index(self.part()).row(row)?.tag(), row))
    }

    /// Tag and row of each element as it was read.
    pub fn stored_entries(&self) -> impl Iterator<Item = (Tag, u32)> + '_ {
        (0..self.stored_len()).filter_map(|position| self.stored_entry(position))
    }

    /// True when its elements were read in the order of their tags, each once.
    pub fn is_in_order(&self) -> bool {
        let rows = self.stored_entries().map(|(_, row)| row);
        rows.eq(self.shared().index(self.part()).children(self.first, self.end))
    }

    /// How its elements are written.
    pub fn encoding(&self) -> Option<Encoding> {
        match self.part() {
            Part::Meta => Some(Encoding::EXPLICIT_LITTLE),
            Part::Data => self.shared().file.encoding,
        }
    }

    /// The byte order of its words, as they are handed out and taken: that of the file.
    pub fn byte_order(&self) -> ByteOrder {
        let encoding = self.dataset().encoding().or(self.encoding());
        encoding.map_or(ByteOrder::Little, |encoding| encoding.byte_order)
    }

    /// True when it holds some elements of a data set only.
    pub fn is_slice(&self) -> bool {
        self.facts.has(Facts::IS_SLICE)
    }

    /// Where in the order the element with this tag stood when the data set was read.
    pub fn find_stored(&self, tag: Tag) -> Option<usize> {
        if let Some(order) = self.order() {
            return order.binary_search_by_key(&tag, |(tag, _)| *tag).ok();
        }
        let rows = self.shared().index(self.part()).rows();
        rows.get(self.first as usize..self.end as usize)?.binary_search_by_key(&tag, Row::tag).ok()
    }

    /// The element at this place of the order.
    pub fn stored_element(&self, position: usize) -> Option<ElementView<'_>> {
        self.dataset().element(self.stored_entry(position)?.1)
    }

    /// The element that had this tag when the data set was read.
    pub fn stored_element_of(&self, tag: Tag) -> Option<ElementView<'_>> {
        self.stored_element(self.find_stored(tag)?)
    }

    /// The value of the element at this place of the order, as it was read or as it was changed in place. What can be
    /// changed is made once; what cannot is kept for the next time where `keep` says so.
    pub fn stored_value(&self, py: Python<'_>, position: usize, keep: Keep) -> PyResult<Py<PyAny>> {
        if let Some(value) = self.kept(position) {
            return Ok(value.clone_ref(py));
        }
        let Some(element) = self.stored_element(position) else { return Ok(py.None()) };
        // Made outside of the slot: making runs Python code, and another thread may come first.
        let value = value::to_python(py, self, &element)?;
        let is_kept = match value::form(py, &value) {
            Form::Sequence => {
                self.facts.add(Facts::HAS_SEQUENCE);
                true
            }
            Form::Several => true,
            Form::Number => false,
            Form::Other => keep == Keep::All && element.row().length() <= KEPT_UP_TO,
        };
        if !is_kept {
            return Ok(value);
        }
        let Some(slot) = self.slots().get(position) else { return Ok(value) };
        let _ = slot.set(value.clone_ref(py));
        Ok(slot.get().map_or(value, |first| first.clone_ref(py)))
    }

    fn slots(&self) -> &Slots {
        self.more().slots.get_or_init(|| {
            let empty = std::iter::repeat_with(OnceLock::new);
            empty.take(self.stored_len()).collect()
        })
    }

    /// The value that is kept of the element at this place of the order.
    pub(super) fn kept(&self, position: usize) -> Option<&Py<PyAny>> {
        self.more.get()?.slots.get()?.get(position)?.get()
    }

    /// Takes out the values that are kept, unless a copy has them too.
    pub fn into_values(self) -> Vec<Py<PyAny>> {
        let slots = self.more.into_inner().and_then(|more| more.slots.into_inner());
        let Some(mut slots) = slots else { return Vec::new() };
        let own = Arc::get_mut(&mut slots).map(|slots| slots.iter_mut().filter_map(OnceLock::take));
        own.into_iter().flatten().collect()
    }

    /// Shows the garbage collector the values that are kept, for the one owner of a view.
    ///
    /// Where others hold the view too, elements for instance, the values count as used: the collector would take what
    /// the elements still reach for garbage otherwise.
    pub fn traverse(self: &Arc<Self>, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if Arc::strong_count(self) > 1 {
            return Ok(());
        }
        let Some(more) = self.more.get() else { return Ok(()) };
        if let Some(changes) = more.changes.get() {
            changes.traverse(visit)?;
        }
        // Nothing but a sequence leads to objects that could lead back.
        let may_lead_back = self.facts.has(Facts::HAS_SEQUENCE);
        let is_own = |slots: &&Slots| Arc::strong_count(slots) == 1 && may_lead_back;
        let slots = more.slots.get().filter(is_own).into_iter().flat_map(|slots| slots.iter());
        slots.filter_map(OnceLock::get).try_for_each(|value| visit.call(value))
    }
}

/// True for a value that can be changed without being set: several values, or items. True, too, where only decoding
/// would tell.
fn may_be_several(element: &ElementView<'_>) -> bool {
    let vr = element.vr();
    match vr.kind() {
        ValueKind::Sequence => true,
        ValueKind::Ascii | ValueKind::Text => element.value().is_none_or(|value| value.contains(&b'\\')),
        ValueKind::Number => element.row().length() > vr.unit() as u64,
        ValueKind::SingleText | ValueKind::SingleAscii | ValueKind::Bytes => false,
    }
}
