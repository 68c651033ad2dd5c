//! The Python extension module: the only code that names `pyo3`.
//!
//! A [`dataset::DatasetBase`] is a [`view::View`] on a file that all its data sets share ([`shared::Shared`]); what an
//! element's bytes mean is made into Python objects by [`value`], at the first access.

mod arrow;
mod assignment;
mod attribute;
mod buffer;
mod bulk;
mod cell;
mod changes;
mod context;
mod conversion;
mod dataset;
mod date_time;
mod decode;
mod dictionary;
mod editing;
mod element;
mod encapsulation;
mod encode;
mod error;
mod file_object;
mod image_values;
mod iterate;
mod json;
mod key;
mod multi_value;
mod number;
mod outgoing;
mod patch;
mod pixel;
mod pixel_values;
mod read;
mod running;
mod sequence;
mod shared;
mod showing;
mod snapshot;
mod text;
mod value;
mod view;
mod write;

use pyo3::prelude::*;

/// What the package `fastdcm` is built on; its names are made public there.
#[pymodule(gil_used = false)]
mod _core {
    use super::{Bound, PyModule, PyModuleMethods, PyResult};
    use crate::Limits;
    use pyo3::types::{PyDict, PyDictMethods, PyTuple};

    #[pymodule_export]
    use super::assignment::value_fault;
    #[pymodule_export]
    use super::bulk::{ArrowTable, ScanIterator};
    #[pymodule_export]
    use super::dataset::{DatasetBase, Handle};
    #[pymodule_export]
    use super::decode::FrameBatch;
    #[pymodule_export]
    use super::dictionary::{
        attribute_from_text, dictionary_entry, private_dictionary_entry, similar_keyword, tag_for_keyword,
        transfer_syntax, uid_entry, uid_for_keyword,
    };
    #[pymodule_export]
    use super::element::DataElement;
    #[pymodule_export]
    use super::encapsulation::{basic_offsets, encapsulate, fragment_ranges, frame_ranges};
    #[pymodule_export]
    use super::error::exceptions;
    #[pymodule_export]
    use super::image_values::{display_values, physical_values};
    #[pymodule_export]
    use super::json::{BulkDataContext, JsonLineIterator, dataset_json, read_json};
    #[pymodule_export]
    use super::key::tag_from_key;
    #[pymodule_export]
    use super::multi_value::{MultiValue, multi_value};
    #[pymodule_export]
    use super::patch::{patch_path, recover_path};
    #[pymodule_export]
    use super::pixel::{FrameReader, dataset_interpretation, dataset_pixels, path_pixels};
    #[pymodule_export]
    use super::pixel_values::{
        Step, burn_overlay, convert_colours, overlay_bits, overlay_data, palette_colours, resize_frames,
        sample_range, transform_samples,
    };
    #[pymodule_export]
    use super::read::{read_bytes, read_elements, read_path};
    #[pymodule_export]
    use super::sequence::Sequence;
    #[pymodule_export]
    use super::snapshot::restore;
    #[pymodule_export]
    use super::text::{decode_text, encode_text};
    #[pymodule_export]
    use super::write::{dataset_bytes, dataset_to_file};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let limits = PyDict::new(module.py());
        limits.set_item("depth", Limits::DEFAULT.depth)?;
        limits.set_item("elements", Limits::DEFAULT.elements)?;
        limits.set_item("inflated", Limits::DEFAULT.inflated)?;
        limits.set_item("frame", Limits::DEFAULT.frame)?;
        module.add("LIMITS", limits)?;
        module.add("FRAME_COLUMNS", PyTuple::new(module.py(), crate::bulk::FRAME_COLUMNS)?)?;
        // What is measured with debug assertions on says nothing.
        module.add("BUILD_PROFILE", if cfg!(debug_assertions) { "debug" } else { "release" })?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
