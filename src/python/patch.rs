//! Other values in the place of old ones in a file: keys and values from Python, as the core replaces bytes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::assignment::{Checks, assigned};
use super::encode::encode;
use super::error::to_exception;
use super::key::tag_of;
use super::read::{Request, read_for};
use super::shared::Part;
use super::value::vr;
use super::view::View;
use crate::bulk::{Attribute, ElementPath, Items};
use crate::dataset::{ElementView, Flags, Row};
use crate::error::{Error, ErrorKind, TagPath};
use crate::file::{self, Recovery, Replacement};
use crate::sink::Durability;
use crate::tag::Tag;
use crate::vr::{ValueKind, Vr};

const TRANSFER_SYNTAX_UID: Tag = Tag::new(0x0002, 0x0010);

/// What in the meta information repeats what is in the data set (PS3.10 §7.1).
const FOLLOWING: [(Tag, Tag); 2] = [
    (Tag::new(0x0008, 0x0016), Tag::new(0x0002, 0x0002)),
    (Tag::new(0x0008, 0x0018), Tag::new(0x0002, 0x0003)),
];

/// Puts the values of `changes` in the place of those of a file; `durable` waits until they are on the disk.
#[pyfunction]
pub fn patch_path(
    path: &Bound<'_, PyAny>,
    changes: &Bound<'_, PyDict>,
    checks: &str,
    durable: bool,
) -> PyResult<()> {
    let py = path.py();
    let name: PathBuf = path.extract()?;
    let checks = Checks::by_name(Some(checks))?;
    let paths = changes.keys().iter().map(|key| path_of(&key)).collect::<PyResult<Vec<_>>>()?;
    recovered(py, path, &name)?;
    let patched = Patched::read(py, path, &name)?;
    let mut values = Vec::with_capacity(paths.len());
    for (element, value) in paths.iter().zip(changes.values()) {
        values.push(patched.value(element, &value, checks)?);
    }
    patched.follow(&mut values)?;
    let replacements: Vec<_> =
        values.iter().map(|value| Replacement { row: value.row, value: &value.bytes }).collect();
    let durability = if durable { Durability::Full } else { Durability::None };
    py.detach(|| file::patch(&name, &replacements, durability))
        .map_err(|error| to_exception(py, &error, Some(path)))
}

/// Puts back what a file held before it was left half patched; says what was found.
#[pyfunction]
pub fn recover_path(path: &Bound<'_, PyAny>) -> PyResult<&'static str> {
    let name: PathBuf = path.extract()?;
    Ok(match recovered(path.py(), path, &name)? {
        Recovery::Nothing => "nothing",
        Recovery::RolledBack => "rolled back",
        Recovery::Completed => "completed",
    })
}

fn recovered(py: Python<'_>, path: &Bound<'_, PyAny>, name: &Path) -> PyResult<Recovery> {
    py.detach(|| file::recover(name)).map_err(|error| to_exception(py, &error, Some(path)))
}

/// The element that a key names: a tag as anywhere, or text as that of a column.
fn path_of(key: &Bound<'_, PyAny>) -> PyResult<ElementPath> {
    let Ok(text) = key.cast::<PyString>() else {
        let element = Attribute::Tag(tag_of(key)?);
        return Ok(ElementPath { sequences: Vec::new(), element });
    };
    let path = ElementPath::parse(text.to_str()?)
        .map_err(|error| PyValueError::new_err(error.of_path().to_owned()))?;
    if path.is_many() {
        return Err(PyValueError::new_err(format!("{path}: a patch needs the number of an item, not [*]")));
    }
    Ok(path)
}

/// A value that is to be written.
struct Value {
    part: Part,
    /// The element, where it is one of the root.
    root_tag: Option<Tag>,
    row: Row,
    bytes: Vec<u8>,
}

/// A file that is to be patched.
struct Patched<'a, 'py> {
    py: Python<'py>,
    path: &'a Bound<'py, PyAny>,
    meta: Arc<View>,
    data: Arc<View>,
    is_deflated: bool,
}

impl<'a, 'py> Patched<'a, 'py> {
    fn read(py: Python<'py>, path: &'a Bound<'py, PyAny>, name: &Path) -> PyResult<Self> {
        let mut request = Request::new((true, false, None), None, None)?;
        let read = py.detach(|| read_for(name, &mut request.read));
        let file = read.map_err(|error| to_exception(py, &error, Some(path)))?;
        let is_deflated = file.inflated.is_some();
        let shared = Arc::new(request.share(file));
        let root = |part| Arc::new(View::root(Arc::clone(&shared), part));
        Ok(Self { py, path, meta: root(Part::Meta), data: root(Part::Data), is_deflated })
    }

    /// The bytes of a new value, and where they go.
    fn value(&self, path: &ElementPath, value: &Bound<'_, PyAny>, checks: Checks) -> PyResult<Value> {
        let is_meta = matches!(&path.element, Attribute::Tag(tag) if tag.group() == 2);
        let root = if is_meta && path.sequences.is_empty() { &self.meta } else { &self.data };
        let mut place = TagPath::default();
        let mut view = Arc::clone(root);
        for (sequence, items) in &path.sequences {
            let (tag, number, inner) = self.item(&view, sequence, *items, &place, path)?;
            place.items.push((tag, number));
            view = inner;
        }
        let element = path.element.find(view.dataset()).ok_or_else(|| self.absent(path, &place))?;
        place.tag = Some(element.tag());
        self.check(&element, root.part(), &place)?;
        let vr = vr(&view, &element);
        let fault = |error: PyErr| self.located(error, path);
        let value = assigned(element.tag(), vr, value, checks).map_err(fault)?;
        let bytes = encode(self.py, vr, &value, view.context().set, &place)?;
        let row = *element.row();
        if !fits(&bytes, &row) {
            let (length, room) = (bytes.len(), row.length());
            return Err(
                self.refuse(&place, &format!("a value of {length} bytes does not fit where {room} are"))
            );
        }
        let root_tag = path.sequences.is_empty().then(|| element.tag());
        Ok(Value { part: root.part(), root_tag, row, bytes })
    }

    /// (tag of the sequence, number, data set) of an item on the way.
    fn item(
        &self,
        view: &Arc<View>,
        sequence: &Attribute,
        items: Items,
        place: &TagPath,
        path: &ElementPath,
    ) -> PyResult<(Tag, u32, Arc<View>)> {
        let Items::One(number) = items else { return Err(self.absent(path, place)) };
        let element = sequence.find(view.dataset()).ok_or_else(|| self.absent(path, place))?;
        let item = element.items().nth(usize::try_from(number).unwrap_or(usize::MAX));
        // The row of an item stands in front of those of its elements.
        let row = item.and_then(|item| item.rows().start.checked_sub(1));
        let row = row.ok_or_else(|| self.absent(path, place))?;
        let depth = view.depth().saturating_add(1);
        Ok((element.tag(), number, Arc::new(View::item(view.context(), row, depth))))
    }

    /// Refuses what a value in its place cannot change, or what would change what other values mean.
    fn check(&self, element: &ElementView<'_>, part: Part, place: &TagPath) -> PyResult<()> {
        let (tag, row) = (element.tag(), element.row());
        let reason = match () {
            () if self.is_deflated && part == Part::Data => "the data set is deflated",
            () if tag.element() == 0 => "a group length follows from the elements of its group",
            () if tag == Tag::SPECIFIC_CHARACTER_SET => "it says how the other texts are encoded",
            () if tag == TRANSFER_SYNTAX_UID => "it says how the data set is encoded",
            () if tag.is_pixel_data() => "pixel data are not patched",
            () if element.vr() == Vr::SQ => "sequences are not patched, only elements of their items",
            () if row.has(Flags::UNDEFINED_LENGTH) || row.has(Flags::TRUNCATED) => {
                "the file does not say how long its value is"
            }
            () => return Ok(()),
        };
        Err(self.refuse(place, reason))
    }

    fn absent(&self, path: &ElementPath, place: &TagPath) -> PyErr {
        // The path is the caller's text.
        self.refuse(place, &format!("{path} is not in the file"))
    }

    fn refuse(&self, place: &TagPath, reason: &str) -> PyErr {
        let kind = ErrorKind::Unwritable(format!("{reason}; save_as writes any change").into());
        to_exception(self.py, &Error::from(kind).of(place.clone()), Some(self.path))
    }

    /// Says of which of several changes an exception is, where its own text cannot: in an item.
    fn located(&self, error: PyErr, path: &ElementPath) -> PyErr {
        if path.sequences.is_empty() || !error.is_instance_of::<PyValueError>(self.py) {
            return error;
        }
        let text = error.value(self.py).to_string();
        let located = PyValueError::new_err(format!("{path}: {text}"));
        located.set_cause(self.py, Some(error));
        located
    }

    /// Has the media storage UIDs follow those of the data set.
    fn follow(&self, values: &mut Vec<Value>) -> PyResult<()> {
        for (of_data, of_meta) in FOLLOWING {
            let is_of = |value: &&Value, part, tag| value.part == part && value.root_tag == Some(tag);
            let Some(new) = values.iter().find(|value| is_of(value, Part::Data, of_data)) else { continue };
            let element = self.meta.dataset().find(of_meta);
            let is_given = values.iter().any(|value| is_of(&value, Part::Meta, of_meta));
            let Some(element) = element.filter(|_| !is_given) else { continue };
            let (row, bytes) = (*element.row(), new.bytes.clone());
            if !fits(&bytes, &row) {
                let (length, room) = (bytes.len(), row.length());
                let reason = format!("the UID of {length} bytes does not fit where {room} are");
                return Err(self.refuse(&TagPath::root(of_meta), &reason));
            }
            values.push(Value { part: Part::Meta, root_tag: Some(of_meta), row, bytes });
        }
        Ok(())
    }
}

/// True for a value as long as the old one, or for text that can be padded.
fn fits(value: &[u8], row: &Row) -> bool {
    let is_text = !matches!(row.vr().kind(), ValueKind::Number | ValueKind::Bytes | ValueKind::Sequence);
    let length = value.len() as u64;
    length == row.length() || is_text && length < row.length()
}
