//! Dates and times as objects of `datetime`.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyType};

use crate::value::character_set::CharacterSet;
use crate::value::date_time::{Date, DateTime, Time, parse_date, parse_date_time, parse_time};
use crate::value::text::raw_values;
use crate::vr::Vr;

/// What the values of a DA, TM or DT element mean: an object, a list of several, `None` for what is none.
pub fn objects(py: Python<'_>, vr: Vr, bytes: &[u8]) -> PyResult<Py<PyAny>> {
    let values = raw_values(vr, bytes, CharacterSet::ISO_646).map(|value| object(py, vr, value));
    let mut values = values.collect::<PyResult<Vec<_>>>()?;
    match values.len() {
        0 => Ok(py.None()),
        1 => Ok(values.pop().unwrap_or_else(|| py.None())),
        _ => Ok(PyList::new(py, values)?.into_any().unbind()),
    }
}

fn object(py: Python<'_>, vr: Vr, text: &[u8]) -> PyResult<Py<PyAny>> {
    let found = match vr {
        Vr::DA => parse_date(text).ok().flatten().map(|found| date(py, found)),
        Vr::TM => parse_time(text).ok().flatten().map(|found| time(py, found)),
        _ => parse_date_time(text).ok().flatten().map(|found| date_time(py, found)),
    };
    found.unwrap_or_else(|| Ok(py.None()))
}

fn date(py: Python<'_>, date: Date) -> PyResult<Py<PyAny>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let class = CLASS.import(py, "datetime", "date")?;
    Ok(class.call1((date.year, date.month, date.day))?.unbind())
}

/// Hour, minute, second and microsecond; what was not written is the earliest.
fn parts(time: Time) -> (u8, u8, u8, u32) {
    let [minute, second] = [time.minute, time.second].map(Option::unwrap_or_default);
    (time.hour, minute, second, time.microsecond.unwrap_or_default())
}

fn time(py: Python<'_>, time: Time) -> PyResult<Py<PyAny>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    Ok(CLASS.import(py, "datetime", "time")?.call1(parts(time))?.unbind())
}

fn date_time(py: Python<'_>, found: DateTime) -> PyResult<Py<PyAny>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static ZONE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static DELTA: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let (hour, minute, second, microsecond) = found.time.map(parts).unwrap_or_default();
    let (month, day) = (found.month.unwrap_or(1), found.day.unwrap_or(1));
    let zone = PyDict::new(py);
    if let Some(offset) = found.offset {
        let minutes = DELTA.import(py, "datetime", "timedelta")?.call1((0, i32::from(offset) * 60))?;
        zone.set_item("tzinfo", ZONE.import(py, "datetime", "timezone")?.call1((minutes,))?)?;
    }
    let values = (found.year, month, day, hour, minute, second, microsecond);
    Ok(CLASS.import(py, "datetime", "datetime")?.call(values, Some(&zone))?.unbind())
}
