//! One data set, root or item: its elements in the order of their tags, the values that were asked for, and what was
//! changed since it was read.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::cell::{Cell, Content};
use super::changes::{Change, Changes};
use super::context::Context;
use super::multi_value::MultiValue;
use super::sequence::Sequence;
use super::shared::{Part, Shared};
use super::value::{self, Form};
use crate::dataset::{ByteOrder, DatasetView, ElementView, Encoding, Flags, Row, sort_by_tag};
use crate::tag::Tag;
use crate::vr::{ValueKind, Vr};

/// Texts and bytes above this many bytes are made anew at each access: a copy that stays would double the memory of
/// pixels.
const KEPT_UP_TO: u64 = 64 << 10;

/// Which values stay with their data set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// All that are worth it: who asks by name asks again.
    All,
    /// Those that can be changed: who goes through all elements seldom comes back, and memory that is used again is
    /// quicker than memory that grows.
    Changeable,
}

/// The elements of a data set in the order of their tags; of duplicates the last.
#[derive(Clone)]
enum Order {
    /// One row after the other, as in most items: nothing is nested, nothing out of order.
    Rows,
    /// Tag and row of each element.
    List(Box<[(Tag, u32)]>),
}

/// A data set as a range of rows, shared by the Python objects that stand for it and for its elements.
pub struct View {
    first: u32,
    end: u32,
    /// How many sequences it is in.
    depth: u32,
    /// It holds some elements of a data set only.
    sliced: bool,
    /// Some value that is kept is a sequence, and may lead back here.
    has_sequence: AtomicBool,
    /// What it inherits from the data set around it, and the file.
    inherited: Arc<Context>,
    /// That, with what it says itself.
    context: OnceLock<Arc<Context>>,
    order: OnceLock<Order>,
    /// Values of elements as they were read, by their place in the order.
    slots: OnceLock<Slots>,
    /// What is not as it was read.
    changes: OnceLock<Box<Changes>>,
}

/// Values that are kept. Copies of a data set that share what can be changed share them.
type Slots = Arc<[OnceLock<Py<PyAny>>]>;

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
        Self {
            first,
            end,
            depth,
            sliced: false,
            has_sequence: AtomicBool::new(false),
            inherited,
            context: OnceLock::new(),
            order: OnceLock::new(),
            slots: OnceLock::new(),
            changes: OnceLock::new(),
        }
    }

    /// The item whose row is `row`, in a sequence of the data set with this context.
    pub fn item(context: &Arc<Context>, row: u32, depth: u32) -> Self {
        let end = context.shared.index(context.part).row(row).map_or(row, Row::end);
        Self::new((row.saturating_add(1).min(end), end), depth, Arc::clone(context))
    }

    /// The same data set as it was read, with values of its own.
    pub fn copy(&self) -> Self {
        let copy = Self::new((self.first, self.end), self.depth, Arc::clone(&self.inherited));
        Self { order: self.order.clone(), sliced: self.sliced, ..copy }
    }

    /// The same data set as it was read, which shares the values that can be changed.
    pub fn twin(&self) -> Self {
        let has_sequence = AtomicBool::new(self.has_sequence.load(Ordering::Relaxed));
        Self { slots: OnceLock::from(Arc::clone(self.slots())), has_sequence, ..self.copy() }
    }

    /// The same data set with elements of its own, whose values are those of this one: a change of an item is seen
    /// here, too.
    pub fn shallow_copy(&self, py: Python<'_>) -> Self {
        let changes = self.changes.get().map(|changes| OnceLock::from(Box::new(changes.copy(py))));
        Self { changes: changes.unwrap_or_default(), ..self.twin() }
    }

    /// The elements whose tags `keep` picks, as a data set that shares what can be changed in place.
    pub fn slice(&self, keep: impl Fn(Tag) -> bool) -> Self {
        let stored = (0..self.stored_len()).filter_map(|place| Some((place, self.stored_entry(place)?)));
        let stored: Vec<_> =
            stored.filter(|(_, (tag, _))| keep(*tag) && self.change(*tag).is_none()).collect();
        let order = OnceLock::from(Order::List(stored.iter().map(|(_, entry)| *entry).collect()));
        let inherited = Arc::clone(self.context());
        let slice = Self { order, inherited, sliced: true, ..self.copy() };
        let mut twin = None;
        for (position, (tag, _)) in stored {
            if self.stored_element(position).is_some_and(|element| may_be_several(&element)) {
                let twin = twin.get_or_insert_with(|| Arc::new(self.twin()));
                slice.changes().set(tag, Change::Set(Cell::stored(Arc::clone(twin), position)));
            }
        }
        let changes = self.changes.get().map(|changes| changes.all()).unwrap_or_default();
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
        self.context.get_or_init(|| self.inherited.of(self))
    }

    fn order(&self) -> &Order {
        self.order.get_or_init(|| {
            let index = self.shared().index(self.part());
            let rows = index.rows().get(self.first as usize..self.end as usize).unwrap_or_default();
            let flat = (self.first..).zip(rows).all(|(number, row)| row.end() <= number.saturating_add(1));
            if flat && rows.is_sorted_by(|a, b| a.tag() < b.tag()) {
                return Order::Rows;
            }
            let children = index.children(self.first, self.end);
            let mut order: Vec<_> =
                children.filter_map(|number| Some((index.row(number)?.tag(), number))).collect();
            sort_by_tag(&mut order, 0);
            Order::List(order.into_boxed_slice())
        })
    }

    /// How many elements there were when it was read.
    pub fn stored_len(&self) -> usize {
        match self.order() {
            Order::Rows => self.end.saturating_sub(self.first) as usize,
            Order::List(order) => order.len(),
        }
    }

    /// Tag and row of the element at this place of the order.
    pub fn stored_entry(&self, position: usize) -> Option<(Tag, u32)> {
        match self.order() {
            Order::List(order) => order.get(position).copied(),
            Order::Rows => {
                let row =
                    u32::try_from(position).ok()?.checked_add(self.first).filter(|row| *row < self.end)?;
                Some((self.shared().index(self.part()).row(row)?.tag(), row))
            }
        }
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
        self.sliced
    }

    /// Where in the order the element with this tag stood when the data set was read.
    pub fn find_stored(&self, tag: Tag) -> Option<usize> {
        match self.order() {
            Order::List(order) => order.binary_search_by_key(&tag, |(tag, _)| *tag).ok(),
            Order::Rows => {
                let rows = self.shared().index(self.part()).rows();
                let rows = rows.get(self.first as usize..self.end as usize)?;
                rows.binary_search_by_key(&tag, Row::tag).ok()
            }
        }
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
        if let Some(value) = self.slots.get().and_then(|slots| slots.get(position)?.get()) {
            return Ok(value.clone_ref(py));
        }
        let Some(element) = self.stored_element(position) else { return Ok(py.None()) };
        // Made outside of the slot: making runs Python code, and another thread may come first.
        let value = value::to_python(py, self, &element)?;
        let is_kept = match value::form(py, &value) {
            Form::Sequence => {
                self.has_sequence.store(true, Ordering::Relaxed);
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
        self.slots.get_or_init(|| {
            let empty = std::iter::repeat_with(OnceLock::new);
            empty.take(self.stored_len()).collect()
        })
    }

    /// Takes out the values that are kept, unless a copy has them too.
    pub fn into_values(self) -> Vec<Py<PyAny>> {
        let Some(mut slots) = self.slots.into_inner() else { return Vec::new() };
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
        if let Some(changes) = self.changes.get() {
            changes.traverse(visit)?;
        }
        // Nothing but a sequence leads to objects that could lead back.
        let is_own =
            |slots: &&Slots| Arc::strong_count(slots) == 1 && self.has_sequence.load(Ordering::Relaxed);
        let slots = self.slots.get().filter(is_own).into_iter().flat_map(|slots| slots.iter());
        slots.filter_map(OnceLock::get).try_for_each(|value| visit.call(value))
    }
}

/// What was changed, and how the data set is now.
impl View {
    /// What was changed; made where nothing was yet.
    pub fn changes(&self) -> &Changes {
        self.changes.get_or_init(Box::default)
    }

    /// The change of an element since it was read.
    pub fn change(&self, tag: Tag) -> Option<Change> {
        self.changes.get()?.get(tag)
    }

    /// True when some element was set, deleted or shared.
    pub fn has_changes(&self) -> bool {
        self.changes.get().is_some()
    }

    /// The last moment at which something was changed that pixels depend on.
    pub fn pixels_changed(&self) -> u64 {
        self.changes.get().map_or(0, |changes| changes.pixels_changed())
    }

    /// Where the element with this tag is.
    pub fn find(&self, tag: Tag) -> Option<Place> {
        match self.change(tag) {
            Some(Change::Set(cell)) => Some(Place::Set(cell)),
            Some(Change::Deleted) => None,
            None => self.find_stored(tag).map(Place::Stored),
        }
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        if self.has_changes() { self.tags().len() } else { self.stored_len() }
    }

    /// The tags of the elements, in ascending order.
    pub fn tags(&self) -> Vec<Tag> {
        let stored = self.stored_entries().map(|(tag, _)| tag);
        let Some(changes) = self.changes.get() else { return stored.collect() };
        let mut tags: Vec<Tag> = stored.filter(|tag| changes.get(*tag).is_none()).collect();
        let set = changes.all().into_iter().filter(|(_, change)| matches!(change, Change::Set(_)));
        tags.extend(set.map(|(tag, _)| tag));
        tags.sort_unstable();
        tags
    }

    /// The value of an element.
    pub fn value(&self, py: Python<'_>, place: &Place, keep: Keep) -> PyResult<Py<PyAny>> {
        match place {
            Place::Stored(position) => self.stored_value(py, *position, keep),
            Place::Set(cell) => cell.value(py),
        }
    }

    /// The VR of an element as it was read.
    pub fn stored_vr(&self, position: usize) -> (Vr, bool) {
        let Some(element) = self.stored_element(position) else { return (Vr::UN, false) };
        (value::vr(self, &element), element.row().has(Flags::AMBIGUOUS))
    }

    /// The cell of an element, for who shares it. What it holds is still what was read.
    pub fn share(&self, tag: Tag) -> Option<Arc<Cell>> {
        match self.find(tag)? {
            Place::Set(cell) => Some(cell),
            Place::Stored(position) => {
                let cell = Cell::stored(Arc::new(self.twin()), position);
                self.changes().share(tag, Arc::clone(&cell));
                Some(cell)
            }
        }
    }

    /// Gives an element that is there another value, or makes it with this VR.
    pub fn set(&self, tag: Tag, vr: (Vr, bool), value: Py<PyAny>) {
        match self.change(tag) {
            Some(Change::Set(cell)) => cell.set_value(value),
            Some(Change::Deleted) | None => {
                self.changes().set(tag, Change::Set(Cell::new(tag, vr, value)));
            }
        }
    }

    /// Puts in an element, in place of one with the same tag.
    pub fn add(&self, tag: Tag, cell: Arc<Cell>) {
        if !matches!(self.change(tag), Some(Change::Set(here)) if Arc::ptr_eq(&here, &cell)) {
            self.detach(tag);
            self.changes().set(tag, Change::Set(cell));
        }
    }

    /// Parts with the element with this tag: who holds it holds it alone.
    fn detach(&self, tag: Tag) {
        if self.find_stored(tag).is_none() || self.changes().held(tag).is_some() {
            return;
        }
        let cell = match self.change(tag) {
            Some(Change::Set(cell)) => Some(cell),
            Some(Change::Deleted) | None => None,
        };
        self.changes().detach(tag, cell);
    }

    /// The cell that an element of this data set is now for who has held it since it was read, where it is not as it
    /// was read.
    pub fn held(&self, tag: Tag) -> Option<Arc<Cell>> {
        let changes = self.changes.get()?;
        match (changes.held(tag), changes.get(tag)) {
            (Some(held), _) => held,
            (None, Some(Change::Set(cell))) => Some(cell),
            (None, _) => None,
        }
    }

    /// True when who has held an element since it was read holds it alone.
    pub fn is_detached(&self, tag: Tag) -> bool {
        self.changes.get().is_some_and(|changes| changes.held(tag).is_some())
    }

    /// Takes an element out; false where there is none.
    pub fn delete(&self, tag: Tag) -> bool {
        if self.find(tag).is_none() {
            return false;
        }
        self.detach(tag);
        match self.find_stored(tag) {
            None => self.changes().remove(tag),
            Some(_) => self.changes().set(tag, Change::Deleted),
        }
        true
    }

    /// The tags of elements that were taken out.
    pub fn deleted(&self) -> impl Iterator<Item = Tag> + '_ {
        let changes = self.changes.get().map(|changes| changes.all()).unwrap_or_default();
        changes.into_iter().filter(|(_, change)| matches!(change, Change::Deleted)).map(|(tag, _)| tag)
    }

    /// The row of the item that this is, where it was read as one.
    pub fn item_row(&self) -> Option<&Row> {
        let before = self.first.checked_sub(1)?;
        let row = self.shared().index(self.part()).row(before)?;
        (row.tag() == Tag::ITEM && row.end() == self.end).then_some(row)
    }

    /// True when the element at this place of the order was changed in place: values of it, or items.
    pub fn is_changed_in_place(&self, py: Python<'_>, position: usize) -> bool {
        let Some(value) = self.slots.get().and_then(|slots| slots.get(position)?.get()) else { return false };
        let value = value.bind(py);
        if let Ok(values) = value.cast_exact::<MultiValue>() {
            return values.get().is_changed();
        }
        value.cast_exact::<Sequence>().is_ok_and(|sequence| sequence.get().is_changed(py))
    }

    /// True when it would not be written as it was read.
    pub fn is_changed(&self, py: Python<'_>) -> bool {
        // Items are looked at by way of their sequences, as deep as what was read is nested.
        let changes = self.changes.get().map(|changes| changes.all()).unwrap_or_default();
        let is_another = |change: &Change| match change {
            Change::Set(cell) => self.is_changed_to(py, cell),
            Change::Deleted => true,
        };
        changes.iter().any(|(_, change)| is_another(change))
            || self
                .slots
                .get()
                .is_some_and(|slots| (0..slots.len()).any(|position| self.is_changed_in_place(py, position)))
    }
}

impl View {
    /// True when a cell of this data set does not hold what was read here.
    pub fn is_changed_to(&self, py: Python<'_>, cell: &Cell) -> bool {
        let Content::Stored(twin, position) = cell.content(py) else { return true };
        let here = self.find_stored(cell.tag()).and_then(|position| self.stored_entry(position));
        let is_same_data_set = Arc::ptr_eq(twin.shared(), self.shared()) && twin.part() == self.part();
        cell.is_changed(py) || !is_same_data_set || twin.stored_entry(position) != here
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
