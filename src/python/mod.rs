//! The Python extension module: the only code that names `pyo3`.
