//! A column of a table: which element, and what its cells hold.

use std::collections::HashSet;

use super::cells::{CellType, Cells};
use super::conversion::{Pushed, Target, Value, each_value};
use super::element_path::{Attribute, ColumnError, ElementPath, Place};
use super::row_set::{FIRST, LAST};
use crate::dataset::ElementView;
use crate::dictionary::Vm;
use crate::error::WarningKind;
use crate::tag::Tag;
use crate::vr::Vr;

/// A column. Its type comes from the dictionary's VR and VM and is the same whatever the files hold.
#[derive(Clone, Debug)]
pub struct Column {
    name: Box<str>,
    path: ElementPath,
    /// What one value becomes.
    target: Target,
    /// More than one value is allowed: a list.
    is_list: bool,
    cell_type: CellType,
}

/// What a cell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CellState {
    /// The element is not there.
    Absent,
    /// The element has no value.
    Empty,
    /// A value.
    Value,
    /// The element has a value that does not fit the column: null, or a null in the list.
    Unreadable,
}

/// A cell that was added to a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What it says.
    pub state: CellState,
    /// What is wrong with the element's value; there can be a value all the same.
    pub fault: Option<CellFault>,
}

impl Cell {
    const ABSENT: Self = Self { state: CellState::Absent, fault: None };
    const EMPTY: Self = Self { state: CellState::Empty, fault: None };
}

/// Why a value does not fit its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellFault {
    /// What is wrong.
    pub reason: CellFaultReason,
    /// The element.
    pub tag: Tag,
    /// The first byte of its value.
    pub offset: u64,
}

/// What can be wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellFaultReason {
    /// As in reading one data set.
    Value(WarningKind),
    /// More values than the VM allows.
    Multiplicity(usize),
    /// Longer than [`super::MAX_VALUE`].
    TooLong(u64),
}

impl std::fmt::Display for CellFaultReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Value(kind) => write!(f, "{kind}"),
            Self::Multiplicity(count) => write!(f, "{count} values where one is allowed"),
            Self::TooLong(length) => write!(f, "a value of {length} bytes is too long for a table"),
        }
    }
}

impl Column {
    /// The column of an element; see [`ElementPath`] for how it is written. Named as it is written, unless `name` says
    /// otherwise.
    ///
    /// # Errors
    /// What is wrong with the text; pixel data, which is no cell of a table.
    pub fn parse(text: &str, name: Option<&str>) -> Result<Self, ColumnError> {
        let path = ElementPath::parse(text)?;
        if matches!(path.element, Attribute::Tag(tag) if tag.is_pixel_data()) {
            return Err(ColumnError(format!("{text:?}: pixel data does not go into a table")));
        }
        let facts = path.element.facts();
        let target = Target::of(facts.map(|(vr, _)| vr));
        let is_one = |vm: Vm| vm.max == Some(1);
        let is_list = target.has_multiplicity() && facts.is_some_and(|(_, vm)| !is_one(vm));
        let mut cell_type = target.cell_type();
        for _ in 0..u8::from(is_list) + u8::from(path.is_many()) {
            cell_type = cell_type.list();
        }
        let name = name.map_or_else(|| path.to_string(), str::to_owned).into();
        Ok(Self { name, path, target, is_list, cell_type })
    }

    /// The columns of a table, each as its name, where it is not to be named as it is written, and its text.
    ///
    /// # Errors
    /// As [`Column::parse`]; a name that comes twice, or that is one of the table's own.
    pub fn parse_all(texts: &[(Option<String>, String)]) -> Result<Vec<Self>, ColumnError> {
        let mut columns: Vec<Self> = Vec::with_capacity(texts.len());
        let mut names: HashSet<Box<str>> = FIRST.into_iter().chain(LAST).map(Into::into).collect();
        for (name, text) in texts {
            let column = Self::parse(text, name.as_deref())?;
            if !names.insert(column.name.clone()) {
                return Err(ColumnError(format!("{text:?}: there is a column {:?} already", column.name)));
            }
            columns.push(column);
        }
        Ok(columns)
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the cells hold.
    #[must_use]
    pub fn cell_type(&self) -> &CellType {
        &self.cell_type
    }

    /// True when its cells depend on Pixel Representation.
    pub(super) fn needs_pixel_representation(&self) -> bool {
        self.target == Target::Wide
    }

    /// The attribute that is looked for in the root data set: the element, or the first sequence of the path.
    pub(super) fn root_attribute(&self) -> &Attribute {
        self.path.sequences.first().map_or(&self.path.element, |(sequence, _)| sequence)
    }

    /// Adds the cell of a file. `root` is the data set in which [`Column::root_attribute`] was looked for, and `found`
    /// what was found.
    pub(super) fn read(&self, root: &Place<'_>, found: Option<ElementView<'_>>, cells: &mut Cells) -> Cell {
        let Some(found) = found else {
            cells.push_null();
            return Cell::ABSENT;
        };
        if self.path.sequences.is_empty() {
            return self.cell(Some(found), root, cells);
        }
        if self.path.is_many() {
            return self.many(root, found, cells);
        }
        let mut cell = None;
        self.path.each(found, root, &mut |place| {
            cell = Some(self.cell(self.path.element.find(place.set), place, cells));
        });
        cell.unwrap_or_else(|| {
            cells.push_null();
            Cell::ABSENT
        })
    }

    /// Adds a list with a place for each item: a null stands for an item without the element.
    fn many(&self, root: &Place<'_>, first: ElementView<'_>, cells: &mut Cells) -> Cell {
        let mut worst = Cell::ABSENT;
        let Some(items) = cells.list_items() else { return worst };
        let before = items.len();
        self.path.each(first, root, &mut |place| {
            let cell = self.cell(self.path.element.find(place.set), place, items);
            // What is wrong is told before what is there, and this before what is empty.
            worst = Cell { state: worst.state.max(cell.state), fault: worst.fault.or(cell.fault) };
        });
        if items.len() == before {
            cells.push_null();
        } else {
            cells.end_list();
        }
        worst
    }

    /// Adds the value of the element, found in the data set of `place`.
    fn cell(&self, element: Option<ElementView<'_>>, place: &Place<'_>, cells: &mut Cells) -> Cell {
        let Some(element) = element else {
            cells.push_null();
            return Cell::ABSENT;
        };
        if element.row().length() == 0 && element.vr() != Vr::SQ {
            cells.push_null();
            return Cell::EMPTY;
        }
        let mut filling = Filling::new(self.target);
        if self.is_list {
            filling.list(&element, place, cells);
        } else {
            filling.one(&element, place, cells);
        }
        let state = match filling.fault {
            Some((_, true)) => CellState::Unreadable,
            _ if filling.has_value => CellState::Value,
            _ => CellState::Empty,
        };
        let at = |reason| CellFault { reason, tag: element.tag(), offset: element.row().offset() };
        Cell { state, fault: filling.fault.map(|(reason, _)| at(reason)) }
    }
}

/// Filling one cell from one element.
struct Filling {
    target: Target,
    has_value: bool,
    /// What is wrong, and whether it leaves a null.
    fault: Option<(CellFaultReason, bool)>,
}

impl Filling {
    fn new(target: Target) -> Self {
        Self { target, has_value: false, fault: None }
    }

    /// Keeps what is worst, of that what came first.
    fn note(&mut self, reason: CellFaultReason, leaves_null: bool) {
        if self.fault.is_none_or(|(_, already)| leaves_null && !already) {
            self.fault = Some((reason, leaves_null));
        }
    }

    /// Adds a value; false when there is no cell.
    fn push(&mut self, value: &Value<'_>, cells: &mut Cells) -> bool {
        match value.push(self.target, cells) {
            Pushed::Cell(fault) => {
                self.has_value = true;
                fault.into_iter().for_each(|kind| self.note(kind.into(), false));
                true
            }
            Pushed::Nothing => false,
            Pushed::Refused(kind) => {
                self.note(kind.into(), true);
                false
            }
        }
    }

    /// Adds the only value, or a null.
    fn one(&mut self, element: &ElementView<'_>, place: &Place<'_>, cells: &mut Cells) {
        let before = cells.len();
        let mut is_first = true;
        let count = each_value(element, place, self.target, &mut |value| {
            if std::mem::take(&mut is_first) {
                self.push(value, cells);
            }
        });
        match count {
            Ok(0 | 1) => {}
            Ok(count) => self.note(CellFaultReason::Multiplicity(count), true),
            Err(reason) => self.note(reason, true),
        }
        if self.fault.is_some_and(|(_, leaves_null)| leaves_null) {
            cells.truncate(before);
        }
        if cells.len() == before {
            cells.push_null();
        }
    }

    /// Adds all values as a list, with a null for each that is empty or does not fit; a null where there is no value.
    fn list(&mut self, element: &ElementView<'_>, place: &Place<'_>, cells: &mut Cells) {
        let Some(items) = cells.list_items() else { return };
        let before = items.len();
        let count = each_value(element, place, self.target, &mut |value| {
            if !self.push(value, items) {
                items.push_null();
            }
        });
        if let Err(reason) = count {
            self.note(reason, true);
        }
        if self.has_value || items.len() > before && self.fault.is_some() {
            cells.end_list();
        } else {
            items.truncate(before);
            cells.push_null();
        }
    }
}
