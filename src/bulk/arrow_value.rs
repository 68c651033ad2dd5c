//! Values of Arrow arrays, and arrays in the few forms that tables have, whatever library made them.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, FixedSizeListArray, Int16Array, LargeListArray,
    LargeListViewArray, ListArray, ListViewArray, StringArray, Time64MicrosecondArray, UInt16Array,
    make_array, new_null_array,
};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_data::transform::MutableArrayData;
use arrow_schema::{ArrowError, DataType, Field, TimeUnit};

/// The text in a row of a text column.
pub(super) fn text(array: &dyn Array, row: usize) -> Option<&str> {
    array.as_string_opt::<i32>().filter(|_| is_there(array, row)).map(|array| array.value(row))
}

/// The bytes in a row of a binary column.
pub(super) fn bytes(array: &dyn Array, row: usize) -> Option<&[u8]> {
    array.as_binary_opt::<i32>().filter(|_| is_there(array, row)).map(|array| array.value(row))
}

/// The whole number in a row of a column of numbers, days or microseconds; `None` also for one with a fraction.
pub(super) fn whole(array: &dyn Array, row: usize) -> Option<i128> {
    if !is_there(array, row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).into(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).into(),
        DataType::Date32 => array.as_primitive::<Date32Type>().value(row).into(),
        DataType::Time64(TimeUnit::Microsecond) => {
            array.as_primitive::<Time64MicrosecondType>().value(row).into()
        }
        // pandas makes them of whole numbers among nulls.
        DataType::Float32 | DataType::Float64 => whole_of(number(array, row)?)?,
        _ => return None,
    })
}

/// The number in a row of a column of numbers; `None` for NaN too.
pub(super) fn number(array: &dyn Array, row: usize) -> Option<f64> {
    let value = match array.data_type() {
        DataType::Float32 if is_there(array, row) => array.as_primitive::<Float32Type>().value(row).into(),
        DataType::Float64 if is_there(array, row) => array.as_primitive::<Float64Type>().value(row),
        DataType::Float32 | DataType::Float64 => return None,
        _ => float_of(whole(array, row)?),
    };
    (!value.is_nan()).then_some(value)
}

/// The items in a row of a column of lists, as an array with their first and their number.
pub(super) fn list(array: &dyn Array, row: usize) -> Option<(&ArrayRef, usize, usize)> {
    let lists = array.as_list_opt::<i32>().filter(|_| is_there(array, row))?;
    let ends = lists.value_offsets();
    let at = |number: usize| ends.get(number).and_then(|end| usize::try_from(*end).ok());
    let first = at(row)?;
    Some((lists.values(), first, at(row + 1)?.checked_sub(first)?))
}

fn is_there(array: &dyn Array, row: usize) -> bool {
    row < array.len() && array.is_valid(row)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "whole, and its bounds are those in which a float is exact"
)]
fn whole_of(value: f64) -> Option<i128> {
    (value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0).then_some(value as i128)
}

#[expect(clippy::cast_precision_loss, reason = "a whole number where a float is wanted becomes the nearest")]
fn float_of(value: i128) -> f64 {
    value as f64
}

/// The same values in the form that columns of tables have; an array of another type stays as it is.
///
/// # Errors
/// Lists or text that are too long for it.
pub(super) fn normal(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    Ok(match array.data_type() {
        DataType::LargeUtf8 => Arc::new(array.as_string::<i64>().iter().collect::<StringArray>()),
        DataType::Utf8View => Arc::new(array.as_string_view().iter().collect::<StringArray>()),
        DataType::LargeBinary => Arc::new(array.as_binary::<i64>().iter().collect::<BinaryArray>()),
        DataType::BinaryView => Arc::new(array.as_binary_view().iter().collect::<BinaryArray>()),
        DataType::Int8 => {
            let values = array.as_primitive::<Int8Type>().iter();
            Arc::new(values.map(|value| value.map(i16::from)).collect::<Int16Array>())
        }
        DataType::UInt8 => {
            let values = array.as_primitive::<UInt8Type>().iter();
            Arc::new(values.map(|value| value.map(u16::from)).collect::<UInt16Array>())
        }
        DataType::Boolean => {
            let values: &BooleanArray = array.as_boolean();
            Arc::new(values.iter().map(|value| value.map(u16::from)).collect::<UInt16Array>())
        }
        DataType::Date64 => {
            let day = |value: i64| i32::try_from(value.div_euclid(86_400_000)).ok();
            let values = array.as_primitive::<Date64Type>().iter();
            Arc::new(values.map(|value| value.and_then(day)).collect::<Date32Array>())
        }
        DataType::Time32(_) | DataType::Time64(TimeUnit::Nanosecond) => times(array),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let values = normal(dictionary.values())?;
            if values.is_empty() {
                return Ok(new_null_array(values.data_type(), array.len()));
            }
            let keys = dictionary.normalized_keys().into_iter().enumerate();
            taken(&values, keys.map(|(row, key)| array.is_valid(row).then_some(key)))?
        }
        DataType::List(_) | DataType::LargeList(_) => lists(array)?,
        DataType::ListView(_) | DataType::LargeListView(_) | DataType::FixedSizeList(..) => lists(array)?,
        _ => Arc::clone(array),
    })
}

fn times(array: &ArrayRef) -> ArrayRef {
    let micros: Vec<Option<i64>> = match array.data_type() {
        DataType::Time32(TimeUnit::Second) => {
            let seconds = array.as_primitive::<Time32SecondType>().iter();
            seconds.map(|value| value.map(|value| i64::from(value) * 1_000_000)).collect()
        }
        DataType::Time32(_) => {
            let millis = array.as_primitive::<Time32MillisecondType>().iter();
            millis.map(|value| value.map(|value| i64::from(value) * 1000)).collect()
        }
        _ => {
            let nanos = array.as_primitive::<Time64NanosecondType>().iter();
            nanos.map(|value| value.map(|value| value / 1000)).collect()
        }
    };
    Arc::new(Time64MicrosecondArray::from(micros))
}

/// First item and number of items in a row, whatever kind of list it is.
fn items_of(array: &dyn Array, row: usize) -> Option<(usize, usize)> {
    let pair = |first: i64, count: i64| Some((usize::try_from(first).ok()?, usize::try_from(count).ok()?));
    if let Some(lists) = array.as_list_opt::<i32>() {
        return pair((*lists.value_offsets().get(row)?).into(), lists.value_length(row).into());
    }
    if let Some(lists) = array.as_list_opt::<i64>() {
        return pair(*lists.value_offsets().get(row)?, lists.value_length(row));
    }
    if let Some(lists) = array.as_list_view_opt::<i32>() {
        return pair(lists.value_offset(row).into(), lists.value_size(row).into());
    }
    if let Some(lists) = array.as_list_view_opt::<i64>() {
        return pair(lists.value_offset(row), lists.value_size(row));
    }
    let lists = array.as_fixed_size_list_opt()?;
    Some((lists.value_offset_at(row), usize::try_from(lists.value_length()).ok()?))
}

fn child_of(array: &dyn Array) -> Option<&ArrayRef> {
    let small = array.as_list_opt::<i32>().map(ListArray::values);
    small
        .or_else(|| array.as_list_opt::<i64>().map(LargeListArray::values))
        .or_else(|| array.as_list_view_opt::<i32>().map(ListViewArray::values))
        .or_else(|| array.as_list_view_opt::<i64>().map(LargeListViewArray::values))
        .or_else(|| array.as_fixed_size_list_opt().map(FixedSizeListArray::values))
}

/// Lists of any kind as lists whose items are normal.
fn lists(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let Some(child) = child_of(array) else { return Ok(Arc::clone(array)) };
    let ranges: Vec<Option<(usize, usize)>> =
        (0..array.len()).map(|row| if array.is_valid(row) { items_of(array, row) } else { None }).collect();
    let mut end = 0_usize;
    let mut ends = vec![0_i32];
    for range in &ranges {
        end = range.map_or(end, |(_, count)| end.saturating_add(count));
        ends.push(i32::try_from(end).map_err(|_| ArrowError::OffsetOverflowError(end))?);
    }
    // Most lists lie one behind the other: then their items are taken over as they are.
    let first = ranges.iter().flatten().next().map_or(0, |(first, _)| *first);
    let mut next = first;
    let is_dense = ranges.iter().flatten().all(|(start, count)| {
        let follows = *start == next;
        next = start.saturating_add(*count);
        follows
    });
    let items = normal(child)?;
    let items = if is_dense { items.slice(first, end) } else { joined(&items, &ranges)? };
    let item = Arc::new(Field::new("item", items.data_type().clone(), true));
    let ends = OffsetBuffer::new(ScalarBuffer::from(ends));
    Ok(Arc::new(ListArray::try_new(item, ends, items, array.nulls().cloned())?))
}

/// Parts of an array one behind the other, each its first row and their number.
fn joined(array: &ArrayRef, ranges: &[Option<(usize, usize)>]) -> Result<ArrayRef, ArrowError> {
    let data = array.to_data();
    let mut grown = MutableArrayData::new(vec![&data], false, ranges.len());
    for (first, count) in ranges.iter().flatten() {
        grown.try_extend(0, *first, first.saturating_add(*count))?;
    }
    Ok(make_array(grown.freeze()))
}

/// Rows of an array, and nulls.
fn taken(array: &ArrayRef, rows: impl Iterator<Item = Option<usize>>) -> Result<ArrayRef, ArrowError> {
    let data = array.to_data();
    let mut grown = MutableArrayData::new(vec![&data], true, rows.size_hint().0);
    for row in rows {
        match row {
            Some(row) => grown.try_extend(0, row, row + 1)?,
            None => grown.try_extend_nulls(1)?,
        }
    }
    Ok(make_array(grown.freeze()))
}
