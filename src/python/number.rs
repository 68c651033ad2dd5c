//! Binary numbers: Python objects one by one, or an array at once.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::buffer::{Target, empty_array};
use super::key::tag_object;
use crate::dataset::ByteOrder;
use crate::tag::Tag;
use crate::value::number::{IntegerString, count_values, parse_decimal, parse_integer};
use crate::value::trim;
use crate::vr::Vr;

/// The numbers in the text of a DS or IS element as an array; what is no number is NaN or 0.
pub fn of_text<'py>(py: Python<'py>, vr: Vr, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let count = count_values(trim(bytes));
    let array = empty_array(py, &[count], if vr == Vr::DS { "f8" } else { "i8" })?;
    Target::new(&array, count * 8)?.fill_fresh(py, |memory| {
        for (place, text) in memory.chunks_exact_mut(8).zip(trim(bytes).split(|byte| *byte == b'\\')) {
            let number = if vr == Vr::DS {
                parse_decimal(text).ok().flatten().unwrap_or(f64::NAN).to_ne_bytes()
            } else {
                let number = parse_integer(text).ok().flatten().and_then(IntegerString::integer);
                number.unwrap_or_default().to_ne_bytes()
            };
            place.copy_from_slice(&number);
        }
    });
    Ok(array)
}

/// What the bytes of one number mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Signed,
    Unsigned,
    Float,
    Tag,
}

/// How the numbers of a value stand in its bytes.
#[derive(Clone, Copy)]
pub struct Form {
    kind: Kind,
    size: usize,
    order: ByteOrder,
}

/// The numbers of a value, as its bytes.
pub struct Numbers {
    bytes: Box<[u8]>,
    form: Form,
}

impl Form {
    /// The form of values of this VR; `None` for VRs that are no numbers.
    pub fn new(vr: Vr, order: ByteOrder) -> Option<Self> {
        let (kind, size) = match vr {
            Vr::SS => (Kind::Signed, 2),
            Vr::SL => (Kind::Signed, 4),
            Vr::SV => (Kind::Signed, 8),
            Vr::OB | Vr::UN => (Kind::Unsigned, 1),
            Vr::US | Vr::OW => (Kind::Unsigned, 2),
            Vr::UL | Vr::OL => (Kind::Unsigned, 4),
            Vr::UV | Vr::OV => (Kind::Unsigned, 8),
            Vr::FL | Vr::OF => (Kind::Float, 4),
            Vr::FD | Vr::OD => (Kind::Float, 8),
            Vr::AT => (Kind::Tag, 4),
            _ => return None,
        };
        Some(Self { kind, size, order })
    }

    /// How many numbers so many bytes are; `None` where they are no whole number of them.
    pub fn count(self, bytes: &[u8]) -> Option<usize> {
        if bytes.len().checked_rem(self.size)? == 0 { bytes.len().checked_div(self.size) } else { None }
    }

    /// One number.
    pub fn object(self, py: Python<'_>, bytes: &[u8]) -> PyResult<Py<PyAny>> {
        if self.kind == Kind::Tag {
            return tag_object(py, self.tag(bytes));
        }
        let number = self.unsigned(bytes);
        Ok(match (self.kind, self.size) {
            (Kind::Float, 4) => {
                let bits = u32::try_from(number).unwrap_or_default();
                f64::from(f32::from_bits(bits)).into_pyobject(py)?.into_any().unbind()
            }
            (Kind::Float, _) => f64::from_bits(number).into_pyobject(py)?.into_any().unbind(),
            (Kind::Signed, _) => self.signed(number).into_pyobject(py)?.into_any().unbind(),
            _ => number.into_pyobject(py)?.into_any().unbind(),
        })
    }

    /// A tag: two 16-bit words, each in the byte order of the file (PS3.5 §7.3).
    fn tag(self, bytes: &[u8]) -> Tag {
        let &[a, b, c, d] = bytes else { return Tag::default() };
        match self.order {
            ByteOrder::Little => Tag::new(u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])),
            ByteOrder::Big => Tag::new(u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])),
        }
    }

    fn unsigned(self, bytes: &[u8]) -> u64 {
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        match self.order {
            ByteOrder::Little => bytes.iter().rev().fold(0, add),
            ByteOrder::Big => bytes.iter().fold(0, add),
        }
    }

    /// The number whose two's complement in `size` bytes is `number`.
    fn signed(self, number: u64) -> i64 {
        let unused = 64_u32.saturating_sub(u32::try_from(self.size * 8).unwrap_or(64));
        (number << unused).cast_signed() >> unused
    }
}

impl Numbers {
    pub fn new(form: Form, bytes: &[u8]) -> Self {
        Self { bytes: bytes.into(), form }
    }

    pub fn len(&self) -> usize {
        self.bytes.len().checked_div(self.form.size).unwrap_or_default()
    }

    /// The number at this place.
    pub fn get(&self, py: Python<'_>, position: usize) -> PyResult<Option<Py<PyAny>>> {
        let bytes = self.bytes.chunks_exact(self.form.size).nth(position);
        bytes.map(|bytes| self.form.object(py, bytes)).transpose()
    }

    /// The numbers as an array.
    pub fn to_numpy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.form.to_numpy(py, &self.bytes)
    }
}

impl Form {
    /// A new array of the numbers, in the byte order of the machine.
    pub fn to_numpy<'py>(self, py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let letter = match self.kind {
            Kind::Signed => 'i',
            Kind::Unsigned => 'u',
            Kind::Float => 'f',
            Kind::Tag => return Err(PyTypeError::new_err("tags are no numbers")),
        };
        let count = bytes.len().checked_div(self.size).unwrap_or_default();
        let array = empty_array(py, &[count], &format!("{letter}{}", self.size))?;
        let bytes = bytes.get(..count * self.size).unwrap_or_default();
        let (size, swap) = (self.size, (self.order == ByteOrder::Big) != cfg!(target_endian = "big"));
        Target::new(&array, bytes.len())?.fill_fresh(py, |memory| {
            memory.copy_from_slice(bytes);
            if swap {
                memory.chunks_exact_mut(size).for_each(<[u8]>::reverse);
            }
        });
        Ok(array)
    }
}
