//! The DICOM JSON Model (PS3.18 Annex F) at the border.

use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyEllipsis, PyList, PyString, PyType};

use super::dataset::{DatasetBase, new_dataset};
use super::element::DataElement;
use super::error::to_exception;
use super::key::{tag_object, vr_object};
use super::running::{GivenLimits, GivenOptions, Running, limits_of, paths_of, scan_options};
use super::shared::{OnWarning, Part, Shared};
use super::view::{Keep, Place, View};
use super::write::settled;
use crate::bulk::{BulkDataPolicy, JsonLines};
use crate::dataset::Encoding;
use crate::error::{Error, ErrorKind, Result, TagPath};
use crate::file::read_data_set;
use crate::json::{
    BulkData, BulkDataUri, BulkDataUris, BulkElement, FileBulkData, NonFinite, Placement, Reader, Subject,
    WriteOptions, Writer,
};
use crate::tag::Tag;
use crate::vr::Vr;

fn non_finite_of(name: &str) -> PyResult<NonFinite> {
    match name {
        "error" => Ok(NonFinite::Refuse),
        "null" => Ok(NonFinite::Null),
        "string" => Ok(NonFinite::Text),
        _ => Err(PyValueError::new_err("nonfinite must be \"error\", \"null\" or \"string\"")),
    }
}

/// A large value that may go elsewhere: what `bulk_data` of `Dataset.to_json` is asked about.
#[pyclass(frozen, module = "fastdcm.json_model")]
pub struct BulkDataContext {
    view: Arc<View>,
    position: usize,
    tag: Tag,
    vr: Vr,
    /// The element with the sequences and item numbers around it, as ``(0040,0275)[1].(0040,0007)``.
    #[pyo3(get)]
    path: String,
    /// Bytes of the value.
    #[pyo3(get)]
    length: u64,
    /// The first byte of the value in the file; of a deflated data set, in the inflated one.
    #[pyo3(get)]
    offset: u64,
    /// True for encapsulated pixel data: the value is the items, offset table first.
    #[pyo3(get)]
    is_encapsulated: bool,
}

#[pymethods]
impl BulkDataContext {
    /// The tag.
    #[getter]
    fn tag(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        tag_object(py, self.tag)
    }

    /// The VR that is written.
    #[getter(VR)]
    fn vr(&self, py: Python<'_>) -> Py<PyString> {
        vr_object(py, self.vr)
    }

    /// The element, for its value.
    #[getter]
    fn element(&self, py: Python<'_>) -> PyResult<DataElement> {
        DataElement::new(py, &self.view, Place::Stored(self.position), Keep::All)
    }
}

/// Asks Python where large values go.
struct Asked {
    view: Arc<View>,
    handler: Py<PyAny>,
    /// The handler takes the element alone, as pydicom's does.
    of_elements: bool,
    longest: u64,
    raised: Option<PyErr>,
}

impl Asked {
    fn ask(&self, py: Python<'_>, bulk: &BulkElement<'_>) -> PyResult<Placement> {
        let mut view = Arc::clone(&self.view);
        for row in bulk.item_rows() {
            view = Arc::new(View::item(view.context(), row, view.depth() + 1));
        }
        let position = view.find_stored(bulk.tag()).unwrap_or(usize::MAX);
        let answer = if self.of_elements {
            let element = DataElement::new(py, &view, Place::Stored(position), Keep::All)?;
            self.handler.bind(py).call1((element,))?
        } else {
            let context = BulkDataContext {
                position,
                tag: bulk.tag(),
                vr: bulk.vr(),
                path: bulk.path().to_string(),
                length: bulk.length(),
                offset: bulk.offset(),
                is_encapsulated: bulk.is_encapsulated(),
                view,
            };
            self.handler.bind(py).call1((context,))?
        };
        if let Ok(uri) = answer.cast::<PyString>() {
            return Ok(Placement::Uri(uri.to_str()?.to_owned()));
        }
        match () {
            () if self.of_elements => {
                Err(PyTypeError::new_err("bulk_data_element_handler must return a URI"))
            }
            () if answer.is_none() => Ok(Placement::Inline),
            () if answer.is_instance_of::<PyEllipsis>() => Ok(Placement::Omit),
            () => Err(PyTypeError::new_err("bulk_data must return a URI, None or ...")),
        }
    }
}

impl BulkData for Asked {
    fn longest_text(&self) -> u64 {
        if self.of_elements { u64::MAX } else { self.longest }
    }

    fn place(&mut self, element: &BulkElement<'_>) -> Result<Placement> {
        if element.length() <= self.longest {
            return Ok(Placement::Inline);
        }
        Python::attach(|py| self.ask(py, element)).map_err(|error| {
            self.raised = Some(error);
            Error::from(ErrorKind::Interrupted)
        })
    }
}

/// The data set with text in UTF-8, as JSON has it, where its own character set may be what `fault` is about.
fn in_utf8(dataset: &Bound<'_, DatasetBase>, fault: PyErr) -> PyResult<Arc<View>> {
    let py = dataset.py();
    if !fault.is_instance_of::<PyValueError>(py) {
        return Err(fault);
    }
    let copy = py.import("fastdcm.json_model")?.getattr("in_utf8")?.call1((dataset,))?;
    settled(py, copy.cast::<DatasetBase>()?.get().view())
}

/// The JSON of a data set, and what was wrong with the elements that were left out.
///
/// `options` are (what becomes of numbers that are not finite, elements that cannot be written are left out); `handler`
/// is (callable, it takes elements, bytes from which on it is asked).
#[pyfunction]
pub fn dataset_json(
    py: Python<'_>,
    dataset: &Bound<'_, DatasetBase>,
    options: (&str, bool),
    handler: Option<(Py<PyAny>, bool, u64)>,
) -> PyResult<(String, Vec<String>)> {
    let view = settled(py, dataset.get().view()).or_else(|fault| in_utf8(dataset, fault))?;
    let options = WriteOptions {
        non_finite: non_finite_of(options.0)?,
        skips_faults: options.1,
        keeps_meta: view.part() == Part::Meta,
    };
    let rows: Option<Vec<u32>> = view.is_slice().then(|| view.stored_entries().map(|(_, row)| row).collect());
    let mut asked = handler.map(|(handler, of_elements, longest)| Asked {
        view: Arc::clone(&view),
        handler,
        of_elements,
        longest,
        raised: None,
    });
    let (result, text) = py.detach(|| {
        let subject = Subject {
            file: &view.shared().file,
            dataset: view.dataset(),
            rows: rows.as_deref(),
            context: view.inherited().of_values(),
        };
        let mut text = Vec::new();
        let mut inline = FileBulkData::Inline;
        let bulk_data: &mut dyn BulkData = match &mut asked {
            Some(asked) => asked,
            None => &mut inline,
        };
        (Writer::default().write(&subject, &options, bulk_data, &mut text), text)
    });
    if let Some(raised) = asked.and_then(|asked| asked.raised) {
        return Err(raised);
    }
    let faults = result.map_err(|error| to_exception(py, &error, None))?;
    let text = String::from_utf8(text).map_err(|_| PyValueError::new_err("text that is not UTF-8"))?;
    Ok((text, faults.iter().map(ToString::to_string).collect()))
}

/// Asks Python for values that stand elsewhere, or notes them.
struct Uris {
    handler: Option<Py<PyAny>>,
    noted: Vec<BulkDataUri>,
    raised: Option<PyErr>,
}

impl BulkDataUris for Uris {
    fn resolve(&mut self, path: &TagPath, vr: Vr, uri: &str) -> Result<Option<Vec<u8>>> {
        let Some(handler) = &self.handler else { return self.noted.resolve(path, vr, uri) };
        let tag = path.tag.map_or_else(String::new, |tag| format!("{:08X}", tag.0));
        let answer = Python::attach(|py| -> PyResult<Option<Vec<u8>>> {
            let answer = handler.bind(py).call1((tag, vr.as_str(), uri))?;
            if answer.is_none() { Ok(None) } else { Ok(Some(answer.cast::<PyBytes>()?.as_bytes().to_vec())) }
        });
        answer.map_err(|error| {
            self.raised = Some(error);
            ErrorKind::Interrupted.into()
        })
    }
}

/// (element, VR, where the value is).
type Elsewhere = (String, &'static str, String);

/// The data sets of a text as objects of `class`, and the values that stand elsewhere where there is no handler. With
/// `single`, the text is one data set.
#[pyfunction]
pub fn read_json(
    class: &Bound<'_, PyType>,
    text: PyBackedBytes,
    handler: Option<Py<PyAny>>,
    limits: Option<GivenLimits>,
    single: bool,
) -> PyResult<(Vec<Py<DatasetBase>>, Vec<Elsewhere>)> {
    let py = class.py();
    let limits = limits_of(limits);
    let mut uris = Uris { handler, noted: Vec::new(), raised: None };
    let files = py.detach(|| {
        let mut reader = Reader::new(&text, limits);
        let mut files = Vec::new();
        while let Some(bytes) = reader.next(&mut uris)? {
            files.push(read_data_set(bytes, Encoding::EXPLICIT_LITTLE, limits)?);
        }
        if single && reader.is_array() {
            let (place, reason) = ("$".into(), "an array where one data set must stand");
            return Err(Error::from(ErrorKind::Json { place, reason }).at(0));
        }
        Ok(files)
    });
    if let Some(raised) = uris.raised {
        return Err(raised);
    }
    let dataset = |file| {
        let shared = Shared::new(file, OnWarning::Collect, limits, None);
        new_dataset(class, Arc::new(View::root(Arc::new(shared), Part::Data)))
    };
    let datasets: PyResult<_> = files?.into_iter().map(dataset).collect();
    let elsewhere =
        uris.noted.into_iter().map(|noted| (noted.path.to_string(), noted.vr.as_str(), noted.uri));
    Ok((datasets?, elsewhere.collect()))
}

/// Lines of JSON of many files under way: an iterator of bytes, each the lines of some files.
#[pyclass(frozen, module = "fastdcm._core")]
pub struct JsonLineIterator {
    lines: Running<JsonLines>,
}

#[pymethods]
impl JsonLineIterator {
    /// `options` are (recursive, errors, threads); `values` are (what becomes of numbers that are not finite,
    /// "inline", "omit" or "uri", the longest value that is inline all the same).
    #[new]
    #[pyo3(signature = (paths, options, values, limits, progress))]
    fn new(
        paths: &Bound<'_, PyList>,
        options: GivenOptions<'_>,
        values: (&str, &str, u64),
        limits: Option<GivenLimits>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let (non_finite, bulk_data, longest) = values;
        let bulk_data = match bulk_data {
            "inline" => BulkDataPolicy::Inline,
            "omit" => BulkDataPolicy::Omit(longest),
            "uri" => BulkDataPolicy::Uri(longest),
            _ => return Err(PyValueError::new_err("bulk_data must be \"inline\", \"omit\" or \"uri\"")),
        };
        let write = WriteOptions { non_finite: non_finite_of(non_finite)?, ..WriteOptions::default() };
        let options = scan_options(options, limits)?;
        let lines = JsonLines::new(paths_of(paths)?, write, bulk_data, &options)?;
        Ok(Self { lines: Running::new(lines, progress) })
    }

    fn __iter__(this: Py<Self>) -> Py<Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let lines = self.lines.next(py, JsonLines::next_lines)?;
        Ok(lines.map(|lines| PyBytes::new(py, &lines)))
    }
}
