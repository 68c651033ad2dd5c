//! What every Python object has, by the interpreter's own functions: look-up of attributes, members, making of
//! instances.
#![allow(unsafe_code)]

use pyo3::PyClass;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple, PyType};

/// `object.__getattribute__(object, name)`.
pub fn generic_get<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: both pointers are borrowed from live references for the length of the call; the result is a new
    // reference or null with an exception set, which is what `from_owned_ptr_or_err` expects.
    unsafe {
        Bound::from_owned_ptr_or_err(
            object.py(),
            ffi::PyObject_GenericGetAttr(object.as_ptr(), name.as_ptr()),
        )
    }
}

/// `object.__setattr__(object, name, value)`, or `object.__delattr__(object, name)` without a value.
pub fn generic_set(
    object: &Bound<'_, PyAny>,
    name: &Bound<'_, PyString>,
    value: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let value = value.map_or(std::ptr::null_mut(), |value| value.as_ptr());
    // SAFETY: the pointers are borrowed from live references for the length of the call, and a null value means
    // deletion; the call takes its own references.
    let status = unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), value) };
    if status == 0 { Ok(()) } else { Err(PyErr::fetch(object.py())) }
}

/// `base.__new__(class, value)`: an object of `class`, a subclass of `base`, without running its own `__new__`.
///
/// `base` must be `int`, `float` or `str`, or any other class whose `__new__` is a C function.
pub fn new_instance<'py>(
    base: &Bound<'py, PyType>,
    class: &Bound<'py, PyType>,
    value: impl IntoPyObject<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = base.py();
    // SAFETY: both are live types.
    if unsafe { ffi::PyType_IsSubtype(class.as_type_ptr(), base.as_type_ptr()) } == 0 {
        return Err(PyTypeError::new_err("not a subclass"));
    }
    let args = PyTuple::new(py, [value])?;
    // SAFETY: `base` is a live type; the slot of a type is null or the function that the slot's name says.
    let new: Option<ffi::newfunc> = unsafe {
        let slot = ffi::PyType_GetSlot(base.as_type_ptr(), ffi::Py_tp_new);
        std::mem::transmute::<*mut std::ffi::c_void, Option<ffi::newfunc>>(slot)
    };
    let new = new.ok_or_else(|| PyTypeError::new_err("no __new__"))?;
    // SAFETY: `class` is a subclass of `base`, as `tp_new` demands, `args` a tuple, and no keywords are given. The
    // result is a new reference, or null with an exception set.
    unsafe { Bound::from_owned_ptr_or_err(py, new(class.as_type_ptr(), args.as_ptr(), std::ptr::null_mut())) }
}

/// True when nobody else holds the object.
pub fn is_only_reference(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: the object is live; the count is only read.
    unsafe { ffi::Py_REFCNT(object.as_ptr()) == 1 }
}

/// Replaces what a member of a frozen class (`#[pyo3(get)]` of a `Py<T>`) holds; `field` is that of `object`.
///
/// Rust must not read the field anywhere: only the interpreter does, by its own rules for members.
pub fn replace_member<C: PyClass, T>(object: &Bound<'_, C>, field: *const Py<T>, value: Py<T>) {
    let start = object.as_ptr().cast::<u8>();
    let offset = field.addr().wrapping_sub(start.addr());
    // SAFETY: the field lies in the object, which is live, so the offset stays inside of it; the pointer is derived from
    // the object's own and not from a reference. The interpreter is held, so nobody reads the member meanwhile, and no
    // Rust code does at any time.
    let before = unsafe { start.add(offset).cast::<Py<T>>().replace(value) };
    drop(before);
}
