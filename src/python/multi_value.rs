//! Several values in one element: a list whose members are made when they are asked for.

use std::sync::OnceLock;

use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyList, PySlice, PyString, PyType};

use super::conversion::convert_one;
use super::number::Numbers;
use super::text::Texts;
use crate::vr::Vr;

/// What the values are made from.
pub enum Values {
    /// Text, split at its backslashes.
    Texts(Texts),
    /// Binary numbers.
    Numbers(Numbers),
    /// What somebody has given.
    Given,
}

/// The values of an element that has several (PS3.5 §6.4): a list.
///
/// What is put in becomes what the VR of the element has, as an assignment to the element would make it.
///
/// Parameters
/// ----------
/// type_constructor : callable
///     Makes a member of what is put in, for a list that belongs to no element.
/// iterable : iterable
///     The first members.
#[pyclass(frozen, sequence, module = "fastdcm", weakref)]
pub struct MultiValue {
    values: Values,
    member: Member,
    /// The members, once they were changed.
    edited: OnceLock<Py<PyList>>,
}

/// What a list is made from again: (VR, callable, members).
type Taken<'py> = (Option<&'static str>, Option<Py<PyAny>>, Bound<'py, PyList>);

/// What members become.
enum Member {
    /// What the VR has.
    Of(Vr),
    /// What a callable makes of them.
    By(Py<PyAny>),
}

impl MultiValue {
    /// Values that were read.
    pub fn new(vr: Vr, values: Values) -> Self {
        Self { values, member: Member::Of(vr), edited: OnceLock::new() }
    }

    /// Members of this VR that were made already.
    pub fn of(vr: Vr, members: Py<PyList>) -> Self {
        Self { values: Values::Given, member: Member::Of(vr), edited: OnceLock::from(members) }
    }

    pub fn len(&self, py: Python<'_>) -> usize {
        match (self.edited.get(), &self.values) {
            (Some(list), _) => list.bind(py).len(),
            (None, Values::Texts(texts)) => texts.len(),
            (None, Values::Numbers(numbers)) => numbers.len(),
            (None, Values::Given) => 0,
        }
    }

    /// True when members were put in, taken out or replaced since it was read.
    pub fn is_changed(&self) -> bool {
        self.edited.get().is_some()
    }

    fn get(&self, py: Python<'_>, number: usize) -> PyResult<Option<Py<PyAny>>> {
        match (self.edited.get(), &self.values) {
            (Some(list), _) => Ok(list.bind(py).get_item(number).ok().map(Bound::unbind)),
            (None, Values::Texts(texts)) => texts.get(py, number),
            (None, Values::Numbers(numbers)) => numbers.get(py, number),
            (None, Values::Given) => Ok(None),
        }
    }

    /// The members, to be looked at.
    pub fn list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        if let Some(list) = self.edited.get() {
            return Ok(list.bind(py).clone());
        }
        let values: PyResult<Vec<_>> = (0..self.len(py)).map(|number| self.get(py, number)).collect();
        PyList::new(py, values?)
    }

    /// The members, to be changed.
    fn edit<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        if let Some(list) = self.edited.get() {
            return Ok(list.bind(py).clone());
        }
        let list = self.list(py)?.unbind();
        // Two threads that are the first to change it get the same list.
        let _ = self.edited.set(list.clone_ref(py));
        Ok(self.edited.get().map_or(list, |first| first.clone_ref(py)).into_bound(py))
    }

    /// What becomes a member.
    fn member<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        match &self.member {
            Member::Of(vr) => convert_one(*vr, value),
            Member::By(constructor) => constructor.bind(value.py()).call1((value,)),
        }
    }

    fn members<'py>(&self, values: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let members: Vec<_> =
            values.try_iter()?.map(|value| self.member(&value?)).collect::<PyResult<_>>()?;
        PyList::new(values.py(), members)
    }

    fn is_plain_text(&self) -> bool {
        match &self.values {
            Values::Texts(texts) => texts.is_plain(),
            Values::Numbers(_) | Values::Given => false,
        }
    }
}

#[pymethods]
impl MultiValue {
    #[new]
    #[pyo3(signature = (type_constructor, iterable, validation_mode = None))]
    fn py_new(
        type_constructor: &Bound<'_, PyAny>,
        iterable: Option<&Bound<'_, PyAny>>,
        validation_mode: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let _ = validation_mode; // values are checked by the element that gets them
        let is_text = |given: &Bound<'_, PyAny>| {
            given.is_instance_of::<PyString>() || given.is_instance_of::<PyBytes>()
        };
        if iterable.is_some_and(is_text) {
            return Err(PyTypeError::new_err("a MultiValue is made of an iterable, not of text or bytes"));
        }
        let member = Member::By(type_constructor.clone().unbind());
        let this = Self { values: Values::Given, member, edited: OnceLock::new() };
        let none = || Ok(PyList::empty(type_constructor.py()));
        let members = iterable.map_or_else(none, |iterable| this.members(iterable))?;
        let _ = this.edited.set(members.unbind());
        Ok(this)
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        self.len(py)
    }

    fn __getitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        if key.is_instance_of::<PySlice>() {
            return Ok(self.list(py)?.as_any().get_item(key)?.unbind());
        }
        let number: isize = key.extract()?;
        let from_end = if number < 0 { self.len(py) } else { 0 };
        let position = from_end.checked_add_signed(number);
        match position.map(|position| self.get(py, position)).transpose()?.flatten() {
            Some(value) => Ok(value),
            None => Err(PyIndexError::new_err("list index out of range")),
        }
    }

    fn __setitem__(&self, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let is_slice = key.is_instance_of::<PySlice>();
        let value = if is_slice { self.members(value)?.into_any() } else { self.member(value)? };
        self.edit(key.py())?.as_any().set_item(key, value)
    }

    fn __delitem__(&self, key: &Bound<'_, PyAny>) -> PyResult<()> {
        self.edit(key.py())?.as_any().del_item(key)
    }

    /// Add a value before the one with this number.
    fn insert(&self, index: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let member = self.member(value)?;
        self.edit(value.py())?.call_method1("insert", (index, member)).map(drop)
    }

    /// Add a value at the end.
    fn append(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let member = self.member(value)?;
        self.edit(value.py())?.append(member)
    }

    /// Add values at the end.
    fn extend(&self, values: &Bound<'_, PyAny>) -> PyResult<()> {
        let members = self.members(values)?;
        self.edit(values.py())?.call_method1("extend", (members,)).map(drop)
    }

    fn __iadd__(&self, values: &Bound<'_, PyAny>) -> PyResult<()> {
        self.extend(values)
    }

    /// Take out a value and return it; the last one without a number.
    #[pyo3(signature = (index = -1))]
    fn pop<'py>(&self, py: Python<'py>, index: isize) -> PyResult<Bound<'py, PyAny>> {
        self.edit(py)?.call_method1("pop", (index,))
    }

    /// Take out the first value that is equal to `value`; ValueError when there is none.
    fn remove(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.edit(value.py())?.call_method1("remove", (value,)).map(drop)
    }

    /// Take out all values.
    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        self.edit(py)?.call_method0("clear").map(drop)
    }

    /// Put the values in the opposite order.
    fn reverse(&self, py: Python<'_>) -> PyResult<()> {
        self.edit(py)?.reverse()
    }

    /// Put the values in order, as ``list.sort``.
    #[pyo3(signature = (*, key = None, reverse = false))]
    fn sort(&self, py: Python<'_>, key: Option<&Bound<'_, PyAny>>, reverse: bool) -> PyResult<()> {
        let arguments = pyo3::types::PyDict::new(py);
        arguments.set_item("key", key)?;
        arguments.set_item("reverse", reverse)?;
        self.edit(py)?.call_method("sort", (), Some(&arguments)).map(drop)
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.list(py)?.try_iter()?.into_any())
    }

    fn __contains__(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.list(py)?.as_any().contains(value)
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        match other.cast::<Self>() {
            Ok(other) => self.list(py)?.eq(other.get().list(py)?),
            Err(_) => self.list(py)?.eq(other),
        }
    }

    fn __add__<'py>(&self, py: Python<'py>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let other: Vec<Bound<'py, PyAny>> = other.try_iter()?.collect::<PyResult<_>>()?;
        self.list(py)?.as_any().add(PyList::new(py, other)?)
    }

    fn __radd__<'py>(&self, py: Python<'py>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let other: Vec<Bound<'py, PyAny>> = other.try_iter()?.collect::<PyResult<_>>()?;
        PyList::new(py, other)?.as_any().add(self.list(py)?)
    }

    /// Return the number of times that `value` occurs.
    fn count<'py>(&self, py: Python<'py>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.list(py)?.call_method1("count", (value,))
    }

    /// Return the number of the first value that is equal to `value`; ValueError when there is none.
    #[pyo3(signature = (value, start = 0, stop = isize::MAX))]
    fn index<'py>(
        &self,
        value: &Bound<'py, PyAny>,
        start: isize,
        stop: isize,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.list(value.py())?.call_method1("index", (value, start, stop))
    }

    /// The class itself: which values it holds is for type checkers.
    #[classmethod]
    fn __class_getitem__<'py>(class: &Bound<'py, PyType>, _values: &Bound<'py, PyAny>) -> Bound<'py, PyType> {
        class.clone()
    }

    /// As pydicom shows it: text in quotes, numbers as they stand in the file, nothing for no member.
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        if self.len(py) == 0 {
            return Ok(String::new());
        }
        let quoted = self.is_plain_text();
        let mut text = String::from("[");
        for number in 0..self.len(py) {
            let Some(value) = self.get(py, number)? else { break };
            let value = value.bind(py);
            let shown =
                if quoted || value.is_instance_of::<PyString>() { value.repr()? } else { value.str()? };
            if number > 0 {
                text.push_str(", ");
            }
            text.push_str(&shown.to_string_lossy());
        }
        text.push(']');
        Ok(text)
    }

    /// Return the values as an array of numbers.
    #[pyo3(signature = (dtype = None, copy = None))]
    fn __array__<'py>(
        &self,
        py: Python<'py>,
        dtype: Option<&Bound<'py, PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = copy; // always a new array
        static ARRAY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let values = match &self.values {
            Values::Numbers(numbers) if !self.is_changed() => numbers.to_numpy(py)?,
            _ => self.list(py)?.into_any(),
        };
        ARRAY.import(py, "numpy", "array")?.call1((values, dtype))
    }

    /// A list of its own with the same members, as ``copy.copy``.
    fn __copy__(&self, py: Python<'_>) -> PyResult<Self> {
        let members = self.list(py)?.as_any().call_method0("copy")?.cast_into::<PyList>()?.unbind();
        let member = match &self.member {
            Member::Of(vr) => Member::Of(*vr),
            Member::By(constructor) => Member::By(constructor.clone_ref(py)),
        };
        Ok(Self { values: Values::Given, member, edited: OnceLock::from(members) })
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Taken<'py>)> {
        let restore = py.import("fastdcm._core")?.getattr("multi_value")?;
        let (vr, constructor) = match &self.member {
            Member::Of(vr) => (Some(vr.as_str()), None),
            Member::By(constructor) => (None, Some(constructor.clone_ref(py))),
        };
        Ok((restore, (vr, constructor, self.list(py)?)))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if let Member::By(constructor) = &self.member {
            visit.call(constructor)?;
        }
        visit.call(self.edited.get())
    }
}

/// The list that pickle or copy has taken apart.
#[pyfunction]
pub fn multi_value(
    vr: Option<&str>,
    constructor: Option<Py<PyAny>>,
    members: Py<PyList>,
) -> PyResult<MultiValue> {
    let vr = vr.and_then(|vr| Vr::from_code(vr.as_bytes().try_into().ok()?));
    let member = constructor.map(Member::By).or(vr.map(Member::Of));
    let member = member.ok_or_else(|| PyTypeError::new_err("a VR or a callable is needed"))?;
    Ok(MultiValue { values: Values::Given, member, edited: OnceLock::from(members) })
}
