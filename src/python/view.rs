//! One data set, root or item: its elements in the order of their tags, and the values that were asked for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::context::Context;
use super::shared::{Part, Shared};
use super::value;
use crate::dataset::{DatasetView, ElementView, Encoding, Row, sort_by_tag};
use crate::tag::Tag;
use crate::vr::ValueKind;

/// Values above this many bytes are made anew at each access: a copy that stays would double the memory of pixels.
const CACHED_UP_TO: u64 = 64 << 10;

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
    slots: OnceLock<Box<[OnceLock<Py<PyAny>>]>>,
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
        }
    }

    /// The item whose row is `row`, in a sequence of the data set with this context.
    pub fn item(context: &Arc<Context>, row: u32, depth: u32) -> Self {
        let end = context.shared.index(context.part).row(row).map_or(row, Row::end);
        Self::new((row.saturating_add(1).min(end), end), depth, Arc::clone(context))
    }

    /// The same data set with slots of its own.
    pub fn copy(&self) -> Self {
        let copy = Self::new((self.first, self.end), self.depth, Arc::clone(&self.inherited));
        Self { order: self.order.clone(), sliced: self.sliced, ..copy }
    }

    /// The elements whose tags `keep` picks, as a data set.
    pub fn slice(&self, keep: impl Fn(Tag) -> bool) -> Self {
        let kept = Order::List(self.entries().filter(|(tag, _)| keep(*tag)).collect());
        let inherited = Arc::clone(self.context());
        Self { order: OnceLock::from(kept), inherited, sliced: true, ..self.copy() }
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

    /// How many elements there are.
    pub fn len(&self) -> usize {
        match self.order() {
            Order::Rows => self.end.saturating_sub(self.first) as usize,
            Order::List(order) => order.len(),
        }
    }

    /// Tag and row of the element at this place of the order.
    pub fn entry(&self, position: usize) -> Option<(Tag, u32)> {
        match self.order() {
            Order::List(order) => order.get(position).copied(),
            Order::Rows => {
                let row =
                    u32::try_from(position).ok()?.checked_add(self.first).filter(|row| *row < self.end)?;
                Some((self.shared().index(self.part()).row(row)?.tag(), row))
            }
        }
    }

    /// Tag and row of each element.
    pub fn entries(&self) -> impl Iterator<Item = (Tag, u32)> + '_ {
        (0..self.len()).filter_map(|position| self.entry(position))
    }

    /// How its elements are written.
    pub fn encoding(&self) -> Option<Encoding> {
        match self.part() {
            Part::Meta => Some(Encoding::EXPLICIT_LITTLE),
            Part::Data => self.shared().file.encoding,
        }
    }

    /// True when it holds some elements of a data set only.
    pub fn is_slice(&self) -> bool {
        self.sliced
    }

    /// Where in the order the element with this tag stands.
    pub fn find(&self, tag: Tag) -> Option<usize> {
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
    pub fn element(&self, position: usize) -> Option<ElementView<'_>> {
        self.dataset().element(self.entry(position)?.1)
    }

    /// The element with this tag.
    pub fn element_of(&self, tag: Tag) -> Option<ElementView<'_>> {
        self.element(self.find(tag)?)
    }

    /// The value of the element at this place of the order; made once where it is worth keeping.
    pub fn value(&self, py: Python<'_>, position: usize) -> PyResult<Py<PyAny>> {
        let Some(element) = self.element(position) else { return Ok(py.None()) };
        let row = element.row();
        let is_sequence = value::is_sequence(&element);
        let vr = element.vr();
        // One number is made as fast as it is found.
        let is_number = vr.kind() == ValueKind::Number && row.length() == vr.unit() as u64;
        if is_number || row.length() > CACHED_UP_TO && !is_sequence {
            return value::to_python(py, self, &element);
        }
        let slots = self.slots.get_or_init(|| {
            let empty = std::iter::repeat_with(OnceLock::new);
            empty.take(self.len()).collect()
        });
        let slot = slots.get(position);
        if let Some(value) = slot.and_then(OnceLock::get) {
            return Ok(value.clone_ref(py));
        }
        // Made outside of the slot: making runs Python code, and another thread may come first.
        let value = value::to_python(py, self, &element)?;
        let Some(slot) = slot else { return Ok(value) };
        if is_sequence {
            self.has_sequence.store(true, Ordering::Relaxed);
        }
        let _ = slot.set(value.clone_ref(py));
        Ok(slot.get().map_or(value, |first| first.clone_ref(py)))
    }

    /// Takes out the values that are kept.
    pub fn into_values(self) -> impl Iterator<Item = Py<PyAny>> {
        self.slots.into_inner().into_iter().flatten().filter_map(OnceLock::into_inner)
    }

    /// Shows the garbage collector the values that are kept, for the one owner of a view.
    ///
    /// Where others hold the view too, elements for instance, the values count as used: the collector would take what
    /// the elements still reach for garbage otherwise.
    pub fn traverse(self: &Arc<Self>, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Nothing but a sequence leads to objects that could lead back.
        if Arc::strong_count(self) > 1 || !self.has_sequence.load(Ordering::Relaxed) {
            return Ok(());
        }
        let slots = self.slots.get().into_iter().flatten();
        slots.filter_map(OnceLock::get).try_for_each(|value| visit.call(value))
    }
}
