//! Columns while they grow, and what becomes of them in Arrow.

use std::sync::Arc;

use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type, Time64MicrosecondType, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{ArrayRef, BinaryArray, ListArray, PrimitiveArray, StringArray};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, TimeUnit};

/// What the cells of a column hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellType {
    /// Text in UTF-8.
    Text,
    /// Bytes.
    Binary,
    /// SS
    Int16,
    /// US
    UInt16,
    /// SL, "US or SS", number of items
    Int32,
    /// UL
    UInt32,
    /// IS, SV
    Int64,
    /// UV
    UInt64,
    /// FL
    Float32,
    /// FD, DS
    Float64,
    /// Days since 1970.
    Date,
    /// Microseconds since midnight.
    Time,
    /// A list of these in each cell.
    List(Box<CellType>),
}

impl CellType {
    /// A list of these.
    #[must_use]
    pub fn list(self) -> Self {
        Self::List(Box::new(self))
    }

    /// The Arrow type.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Binary => DataType::Binary,
            Self::Int16 => DataType::Int16,
            Self::UInt16 => DataType::UInt16,
            Self::Int32 => DataType::Int32,
            Self::UInt32 => DataType::UInt32,
            Self::Int64 => DataType::Int64,
            Self::UInt64 => DataType::UInt64,
            Self::Float32 => DataType::Float32,
            Self::Float64 => DataType::Float64,
            Self::Date => DataType::Date32,
            Self::Time => DataType::Time64(TimeUnit::Microsecond),
            Self::List(child) => DataType::List(Arc::new(child.item_field())),
        }
    }

    fn item_field(&self) -> Field {
        Field::new("item", self.data_type(), true)
    }
}

/// The values of the cells, one by one behind each other; a null has a place too.
#[derive(Debug)]
enum Values {
    Text { bytes: Vec<u8>, ends: Vec<i32> },
    Binary { bytes: Vec<u8>, ends: Vec<i32> },
    Int16(Vec<i16>),
    UInt16(Vec<u16>),
    Int32(Vec<i32>),
    UInt32(Vec<u32>),
    Int64(Vec<i64>),
    UInt64(Vec<u64>),
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    Date(Vec<i32>),
    Time(Vec<i64>),
    List { child: Box<Cells>, ends: Vec<i32> },
}

/// A growing column.
#[derive(Debug)]
pub struct Cells {
    cell_type: CellType,
    values: Values,
    valid: Vec<bool>,
}

/// Does the same with every vector of fixed-size values.
macro_rules! for_fixed {
    ($values:expr, $vector:ident => $fixed:expr, { $($other:tt)* }) => {
        match $values {
            Values::Int16($vector) => $fixed,
            Values::UInt16($vector) => $fixed,
            Values::Int32($vector) | Values::Date($vector) => $fixed,
            Values::UInt32($vector) => $fixed,
            Values::Int64($vector) | Values::Time($vector) => $fixed,
            Values::UInt64($vector) => $fixed,
            Values::Float32($vector) => $fixed,
            Values::Float64($vector) => $fixed,
            $($other)*
        }
    };
}

impl Cells {
    /// An empty column.
    #[must_use]
    pub fn new(cell_type: CellType) -> Self {
        let values = match &cell_type {
            CellType::Text => Values::Text { bytes: Vec::new(), ends: Vec::new() },
            CellType::Binary => Values::Binary { bytes: Vec::new(), ends: Vec::new() },
            CellType::Int16 => Values::Int16(Vec::new()),
            CellType::UInt16 => Values::UInt16(Vec::new()),
            CellType::Int32 => Values::Int32(Vec::new()),
            CellType::UInt32 => Values::UInt32(Vec::new()),
            CellType::Int64 => Values::Int64(Vec::new()),
            CellType::UInt64 => Values::UInt64(Vec::new()),
            CellType::Float32 => Values::Float32(Vec::new()),
            CellType::Float64 => Values::Float64(Vec::new()),
            CellType::Date => Values::Date(Vec::new()),
            CellType::Time => Values::Time(Vec::new()),
            CellType::List(child) => {
                Values::List { child: Box::new(Self::new((**child).clone())), ends: Vec::new() }
            }
        };
        Self { cell_type, values, valid: Vec::new() }
    }

    /// What the cells hold.
    #[must_use]
    pub fn cell_type(&self) -> &CellType {
        &self.cell_type
    }

    /// How many cells there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.valid.len()
    }

    /// True without cells.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.valid.is_empty()
    }

    /// Bytes that the values take, about.
    #[must_use]
    pub fn size(&self) -> usize {
        for_fixed!(&self.values, vector => size_of_val(vector.as_slice()), {
            Values::Text { bytes, ends } | Values::Binary { bytes, ends } => bytes.len() + size_of_val(ends.as_slice()),
            Values::List { child, ends } => child.size() + size_of_val(ends.as_slice()),
        })
    }

    /// Adds a null.
    pub fn push_null(&mut self) {
        self.valid.push(false);
        for_fixed!(&mut self.values, vector => vector.push(Default::default()), {
            Values::Text { bytes, ends } | Values::Binary { bytes, ends } => ends.push(end_of(bytes.len())),
            Values::List { child, ends } => ends.push(end_of(child.len())),
        });
    }

    /// Adds text or bytes; false, and nothing added, to a column of anything else or a full one.
    pub fn push_bytes(&mut self, value: &[u8]) -> bool {
        let (Values::Text { bytes, ends } | Values::Binary { bytes, ends }) = &mut self.values else {
            return false;
        };
        if i32::try_from(bytes.len() + value.len()).is_err() {
            return false;
        }
        bytes.extend_from_slice(value);
        ends.push(end_of(bytes.len()));
        self.valid.push(true);
        true
    }

    /// Adds a whole number (days and microseconds too); false, and nothing added, where the column cannot hold it.
    pub fn push_integer(&mut self, value: i128) -> bool {
        let pushed = match &mut self.values {
            Values::Int16(vector) => push_if(vector, value.try_into().ok()),
            Values::UInt16(vector) => push_if(vector, value.try_into().ok()),
            Values::Int32(vector) | Values::Date(vector) => push_if(vector, value.try_into().ok()),
            Values::UInt32(vector) => push_if(vector, value.try_into().ok()),
            Values::Int64(vector) | Values::Time(vector) => push_if(vector, value.try_into().ok()),
            Values::UInt64(vector) => push_if(vector, value.try_into().ok()),
            // Whole numbers up to 2^53 (2^24) are exact; an i32 (i16) is the nearest width below.
            Values::Float32(vector) => push_if(vector, i16::try_from(value).ok().map(f32::from)),
            Values::Float64(vector) => push_if(vector, i32::try_from(value).ok().map(f64::from)),
            Values::Text { .. } | Values::Binary { .. } | Values::List { .. } => false,
        };
        if pushed {
            self.valid.push(true);
        }
        pushed
    }

    /// Adds a number; false, and nothing added, where the column cannot hold it.
    pub fn push_float(&mut self, value: f64) -> bool {
        match &mut self.values {
            Values::Float64(vector) => vector.push(value),
            _ => return false,
        }
        self.valid.push(true);
        true
    }

    /// Adds a single-precision number; false, and nothing added, where the column cannot hold it.
    pub fn push_float32(&mut self, value: f32) -> bool {
        match &mut self.values {
            Values::Float32(vector) => vector.push(value),
            Values::Float64(vector) => vector.push(value.into()),
            _ => return false,
        }
        self.valid.push(true);
        true
    }

    /// The cells inside the list that is being filled; [`Cells::end_list`] makes them a cell. `None` where the column
    /// has no lists.
    pub fn list_items(&mut self) -> Option<&mut Self> {
        match &mut self.values {
            Values::List { child, .. } => Some(child),
            _ => None,
        }
    }

    /// Ends a list: what was added to [`Cells::list_items`] since the last end is one cell.
    pub fn end_list(&mut self) {
        if let Values::List { child, ends } = &mut self.values {
            ends.push(end_of(child.len()));
            self.valid.push(true);
        }
    }

    /// Drops every cell from `length` on.
    pub fn truncate(&mut self, length: usize) {
        self.valid.truncate(length);
        for_fixed!(&mut self.values, vector => vector.truncate(length), {
            Values::Text { bytes, ends } | Values::Binary { bytes, ends } => {
                ends.truncate(length);
                bytes.truncate(last_end(ends));
            }
            Values::List { child, ends } => {
                ends.truncate(length);
                child.truncate(last_end(ends));
            }
        });
    }

    /// Takes the cells of another column of the same type. Both hold less than 2 GiB together: the caller sees to it.
    pub fn append(&mut self, other: &Self) {
        match (&mut self.values, &other.values) {
            (Values::Text { bytes, ends }, Values::Text { bytes: more, ends: more_ends })
            | (Values::Binary { bytes, ends }, Values::Binary { bytes: more, ends: more_ends }) => {
                append_ends(ends, more_ends, bytes.len());
                bytes.extend_from_slice(more);
            }
            (Values::List { child, ends }, Values::List { child: more, ends: more_ends }) => {
                append_ends(ends, more_ends, child.len());
                child.append(more);
            }
            (Values::Int16(to), Values::Int16(from)) => to.extend_from_slice(from),
            (Values::UInt16(to), Values::UInt16(from)) => to.extend_from_slice(from),
            (Values::Int32(to), Values::Int32(from)) | (Values::Date(to), Values::Date(from)) => {
                to.extend_from_slice(from);
            }
            (Values::UInt32(to), Values::UInt32(from)) => to.extend_from_slice(from),
            (Values::Int64(to), Values::Int64(from)) | (Values::Time(to), Values::Time(from)) => {
                to.extend_from_slice(from);
            }
            (Values::UInt64(to), Values::UInt64(from)) => to.extend_from_slice(from),
            (Values::Float32(to), Values::Float32(from)) => to.extend_from_slice(from),
            (Values::Float64(to), Values::Float64(from)) => to.extend_from_slice(from),
            _ => return,
        }
        self.valid.extend_from_slice(&other.valid);
    }

    /// The column as an Arrow array; no value is copied.
    ///
    /// # Errors
    /// Text that is not UTF-8.
    pub fn finish(self) -> Result<ArrayRef, ArrowError> {
        let has_nulls = self.valid.contains(&false);
        let nulls = has_nulls.then(|| NullBuffer::from(self.valid));
        Ok(match self.values {
            Values::Text { bytes, ends } => {
                Arc::new(StringArray::try_new(offsets(ends), Buffer::from_vec(bytes), nulls)?)
            }
            Values::Binary { bytes, ends } => {
                Arc::new(BinaryArray::try_new(offsets(ends), Buffer::from_vec(bytes), nulls)?)
            }
            Values::List { child, ends } => {
                let field = Arc::new(child.cell_type.item_field());
                Arc::new(ListArray::try_new(field, offsets(ends), child.finish()?, nulls)?)
            }
            Values::Int16(vector) => fixed::<Int16Type>(vector, nulls)?,
            Values::UInt16(vector) => fixed::<UInt16Type>(vector, nulls)?,
            Values::Int32(vector) => fixed::<Int32Type>(vector, nulls)?,
            Values::UInt32(vector) => fixed::<UInt32Type>(vector, nulls)?,
            Values::Int64(vector) => fixed::<Int64Type>(vector, nulls)?,
            Values::UInt64(vector) => fixed::<UInt64Type>(vector, nulls)?,
            Values::Float32(vector) => fixed::<Float32Type>(vector, nulls)?,
            Values::Float64(vector) => fixed::<Float64Type>(vector, nulls)?,
            Values::Date(vector) => fixed::<Date32Type>(vector, nulls)?,
            Values::Time(vector) => fixed::<Time64MicrosecondType>(vector, nulls)?,
        })
    }
}

fn push_if<T>(vector: &mut Vec<T>, value: Option<T>) -> bool {
    value.map(|value| vector.push(value)).is_some()
}

/// Lengths stay below 2 GiB: `push_bytes` refuses more, and a list item takes a byte of a file at least.
fn end_of(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

fn last_end(ends: &[i32]) -> usize {
    ends.last().map_or(0, |end| usize::try_from(*end).unwrap_or(0))
}

fn append_ends(ends: &mut Vec<i32>, more: &[i32], shift: usize) {
    let shift = end_of(shift);
    ends.extend(more.iter().map(|end| end.saturating_add(shift)));
}

/// Arrow's offsets have the beginning of the first cell too.
fn offsets(mut ends: Vec<i32>) -> OffsetBuffer<i32> {
    ends.insert(0, 0);
    OffsetBuffer::new(ScalarBuffer::from(ends))
}

fn fixed<T: arrow_array::ArrowPrimitiveType>(
    vector: Vec<T::Native>,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    Ok(Arc::new(PrimitiveArray::<T>::try_new(ScalarBuffer::from(vector), nulls)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::Array;
    use arrow_array::cast::AsArray;
    use proptest::prelude::*;

    fn texts(values: &[Option<&str>]) -> Cells {
        let mut cells = Cells::new(CellType::Text);
        for value in values {
            match value {
                Some(value) => assert!(cells.push_bytes(value.as_bytes())),
                None => cells.push_null(),
            }
        }
        cells
    }

    #[test]
    fn every_type_becomes_its_arrow_array() {
        use CellType::*;
        let types = [
            Text,
            Binary,
            Int16,
            UInt16,
            Int32,
            UInt32,
            Int64,
            UInt64,
            Float32,
            Float64,
            Date,
            Time,
            Text.list().list(),
        ];
        for cell_type in types {
            let mut cells = Cells::new(cell_type.clone());
            cells.push_null();
            let is_number = cells.push_integer(7);
            assert_ne!(is_number, cells.push_bytes(b"7") || matches!(cell_type, List(_)));
            if matches!(cell_type, List(_)) {
                cells.end_list();
            }
            assert_eq!(cells.len(), 2, "{cell_type:?}");
            let array = cells.finish().unwrap();
            assert_eq!((array.len(), array.null_count(), array.data_type()), (2, 1, &cell_type.data_type()));
        }
    }

    #[test]
    fn refuses_what_a_column_cannot_hold() {
        let mut cells = Cells::new(CellType::UInt16);
        assert!(
            !cells.push_integer(-1)
                && !cells.push_integer(65536)
                && !cells.push_float(1.0)
                && !cells.push_bytes(b"")
        );
        assert!(cells.is_empty() && cells.push_integer(65535));
        assert!(
            Cells::new(CellType::Float64).push_float32(0.5)
                && Cells::new(CellType::Float32).push_float32(0.5)
        );
    }

    #[test]
    fn lists_of_lists() {
        let mut cells = Cells::new(CellType::Int32.list().list());
        for lists in [&[&[1, 2][..], &[]][..], &[], &[&[3]]] {
            for list in lists {
                for value in *list {
                    assert!(cells.list_items().unwrap().list_items().unwrap().push_integer(*value));
                }
                cells.list_items().unwrap().end_list();
            }
            cells.end_list();
        }
        let array = cells.finish().unwrap();
        let outer = array.as_list::<i32>();
        assert_eq!(outer.iter().map(|list| list.unwrap().len()).collect::<Vec<_>>(), [2, 0, 1]);
        let inner = outer.value(2);
        assert_eq!(inner.as_list::<i32>().value(0).as_primitive::<Int32Type>().values(), &[3]);
    }

    proptest! {
        #[test]
        fn parts_appended_are_the_whole(
            values in prop::collection::vec(prop::option::of(".{0,5}"), 0..40), cut: prop::sample::Index, extra: u8,
        ) {
            let values: Vec<_> = values.iter().map(Option::as_deref).collect();
            let cut = if values.is_empty() { 0 } else { cut.index(values.len()) };
            let mut joined = texts(&values[..cut]);
            for _ in 0..extra % 4 {
                joined.push_bytes(b"dropped");
            }
            joined.truncate(cut);
            joined.append(&texts(&values[cut..]));
            let array = joined.finish().unwrap();
            prop_assert_eq!(array.as_string::<i32>().iter().collect::<Vec<_>>(), values);
        }
    }
}
