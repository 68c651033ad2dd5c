//! Several values in one element: a list whose members are made when they are asked for.

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PySlice, PyType};

use super::number::Numbers;
use super::text::Texts;

/// What the values are made from.
pub enum Values {
    /// Text, split at its backslashes.
    Texts(Texts),
    /// Binary numbers.
    Numbers(Numbers),
}

/// The values of an element that has several (PS3.5 §6.4): a list that is not changed.
#[pyclass(frozen, sequence, module = "fastdcm")]
pub struct MultiValue {
    values: Values,
}

impl MultiValue {
    pub fn new(values: Values) -> Self {
        Self { values }
    }

    pub fn len(&self) -> usize {
        match &self.values {
            Values::Texts(texts) => texts.len(),
            Values::Numbers(numbers) => numbers.len(),
        }
    }

    fn get(&self, py: Python<'_>, number: usize) -> PyResult<Option<Py<PyAny>>> {
        match &self.values {
            Values::Texts(texts) => texts.get(py, number),
            Values::Numbers(numbers) => numbers.get(py, number),
        }
    }

    fn list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let values: PyResult<Vec<_>> = (0..self.len()).map(|number| self.get(py, number)).collect();
        PyList::new(py, values?)
    }
}

#[pymethods]
impl MultiValue {
    fn __len__(&self) -> usize {
        self.len()
    }

    fn __getitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        if key.is_instance_of::<PySlice>() {
            return Ok(self.list(py)?.as_any().get_item(key)?.unbind());
        }
        let number: isize = key.extract()?;
        let from_end = if number < 0 { self.len() } else { 0 };
        let position = from_end.checked_add_signed(number);
        match position.map(|position| self.get(py, position)).transpose()?.flatten() {
            Some(value) => Ok(value),
            None => Err(PyIndexError::new_err("list index out of range")),
        }
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
    fn index<'py>(&self, py: Python<'py>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.list(py)?.call_method1("index", (value,))
    }

    /// As pydicom shows it: text in quotes, numbers as they stand in the file.
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let quoted = matches!(&self.values, Values::Texts(texts) if texts.is_plain());
        let mut text = String::from("[");
        for number in 0..self.len() {
            let Some(value) = self.get(py, number)? else { break };
            let value = value.bind(py);
            let shown = if quoted || value.is_instance_of::<pyo3::types::PyString>() {
                value.repr()?
            } else {
                value.str()?
            };
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
            Values::Numbers(numbers) => numbers.to_numpy(py)?,
            Values::Texts(_) => self.list(py)?.into_any(),
        };
        ARRAY.import(py, "numpy", "array")?.call1((values, dtype))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyType>, (Bound<'py, PyList>,))> {
        Ok((py.get_type::<PyList>(), (self.list(py)?,)))
    }
}
