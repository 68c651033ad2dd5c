//! The Python extension module: the only code that names `pyo3`.

use pyo3::prelude::*;

/// What the package `fastdcm` is built on; its names are made public there.
#[pymodule(gil_used = false)]
mod _core {
    use super::{Bound, PyModule, PyModuleMethods, PyResult};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
