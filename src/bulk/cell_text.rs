//! Cells of a table as text, and tables as CSV (RFC 4180).

use std::fmt::Write as _;
use std::io::{self, Write};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type, Time64MicrosecondType, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Schema};

/// Writes a cell behind `text`; nothing for a null.
///
/// Values of a list are separated by backslashes, as in DICOM (PS3.5 §6.4), lists in a list by vertical bars. Dates
/// and times are those of ISO 8601, bytes are hexadecimal.
pub fn write_cell(array: &dyn Array, row: usize, text: &mut String) {
    write_value(array, row, text, true);
}

fn write_value(array: &dyn Array, row: usize, text: &mut String, is_outer: bool) {
    if row >= array.len() || array.is_null(row) {
        return;
    }
    // Writing to a `String` does not fail.
    let _ = match array.data_type() {
        DataType::Utf8 => text.write_str(array.as_string::<i32>().value(row)),
        DataType::Binary => {
            array.as_binary::<i32>().value(row).iter().try_for_each(|byte| write!(text, "{byte:02x}"))
        }
        DataType::Int16 => write!(text, "{}", array.as_primitive::<Int16Type>().value(row)),
        DataType::UInt16 => write!(text, "{}", array.as_primitive::<UInt16Type>().value(row)),
        DataType::Int32 => write!(text, "{}", array.as_primitive::<Int32Type>().value(row)),
        DataType::UInt32 => write!(text, "{}", array.as_primitive::<UInt32Type>().value(row)),
        DataType::Int64 => write!(text, "{}", array.as_primitive::<Int64Type>().value(row)),
        DataType::UInt64 => write!(text, "{}", array.as_primitive::<UInt64Type>().value(row)),
        DataType::Float32 => write!(text, "{}", array.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => write!(text, "{}", array.as_primitive::<Float64Type>().value(row)),
        DataType::Date32 => write_date(array.as_primitive::<Date32Type>().value(row), text),
        DataType::Time64(_) => write_time(array.as_primitive::<Time64MicrosecondType>().value(row), text),
        DataType::List(_) => {
            let list = array.as_list::<i32>().value(row);
            let separator =
                if is_outer && matches!(list.data_type(), DataType::List(_)) { '|' } else { '\\' };
            for item in 0..list.len() {
                if item > 0 {
                    text.push(separator);
                }
                write_value(&list, item, text, false);
            }
            Ok(())
        }
        _ => Ok(()),
    };
}

/// Days since 1970 as a date of the Gregorian calendar.
fn write_date(days: i32, text: &mut String) -> std::fmt::Result {
    // Years begin in March here, so that the day that is sometimes there is the last one. An era is 400 years.
    let days = i64::from(days) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = 400 * era + year_of_era + i64::from(month >= 10);
    write!(text, "{year:04}-{:02}-{day:02}", if month < 10 { month + 3 } else { month - 9 })
}

/// Microseconds since midnight as a time.
fn write_time(microseconds: i64, text: &mut String) -> std::fmt::Result {
    let (seconds, fraction) = (microseconds / 1_000_000, microseconds % 1_000_000);
    write!(text, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
    if fraction == 0 { Ok(()) } else { write!(text, ".{fraction:06}") }
}

/// Writes the names of the columns as the first line of a CSV file.
///
/// # Errors
/// What `out` gives.
pub fn write_csv_header(schema: &Schema, out: &mut dyn Write) -> io::Result<()> {
    let mut line = String::new();
    for (number, field) in schema.fields().iter().enumerate() {
        if number > 0 {
            line.push(',');
        }
        push_quoted(field.name(), &mut line);
    }
    line.push('\n');
    out.write_all(line.as_bytes())
}

/// Writes rows as lines of CSV; a null is an empty field.
///
/// # Errors
/// What `out` gives.
pub fn write_csv_rows(batch: &RecordBatch, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = String::new();
    let mut cell = String::new();
    for row in 0..batch.num_rows() {
        for (number, column) in batch.columns().iter().enumerate() {
            if number > 0 {
                lines.push(',');
            }
            cell.clear();
            write_cell(column, row, &mut cell);
            push_quoted(&cell, &mut lines);
        }
        lines.push('\n');
        if lines.len() >= 64 << 10 {
            out.write_all(lines.as_bytes())?;
            lines.clear();
        }
    }
    out.write_all(lines.as_bytes())
}

/// Adds a field, in quotation marks where it could be taken for more than one.
fn push_quoted(field: &str, line: &mut String) {
    if !field.contains(['"', ',', '\n', '\r']) {
        return line.push_str(field);
    }
    line.push('"');
    for part in field.split_inclusive('"') {
        line.push_str(part);
        if part.ends_with('"') {
            line.push('"');
        }
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::cells::{CellType, Cells};
    use super::*;
    use arrow_schema::Field;
    use std::sync::Arc;

    fn texts(cells: Cells) -> Vec<String> {
        let array = cells.finish().unwrap();
        let text = |row| {
            let mut text = String::new();
            write_cell(&array, row, &mut text);
            text
        };
        (0..array.len()).map(text).collect()
    }

    fn numbers(cell_type: CellType, values: &[i128]) -> Cells {
        let mut cells = Cells::new(cell_type);
        for value in values {
            assert!(cells.push_integer(*value));
        }
        cells
    }

    #[test]
    fn dates_and_times_are_those_of_iso_8601() {
        let days = [0, -1, 59, 11_016, 19_782, -719_162, 2_932_896];
        let wanted = [
            "1970-01-01",
            "1969-12-31",
            "1970-03-01",
            "2000-02-29",
            "2024-02-29",
            "0001-01-01",
            "9999-12-31",
        ];
        assert_eq!(texts(numbers(CellType::Date, &days)), wanted);
        let times = [0, 86_399_000_000, 3_723_000_450];
        assert_eq!(texts(numbers(CellType::Time, &times)), ["00:00:00", "23:59:59", "01:02:03.000450"]);
    }

    #[test]
    fn lists_and_bytes() {
        let mut cells = Cells::new(CellType::UInt16.list().list());
        for list in [&[1, 2][..], &[3]] {
            for value in list {
                cells.list_items().unwrap().list_items().unwrap().push_integer(*value);
            }
            cells.list_items().unwrap().end_list();
        }
        cells.end_list();
        cells.push_null();
        assert_eq!(texts(cells), ["1\\2|3", ""]);
        let mut cells = Cells::new(CellType::Binary);
        cells.push_bytes(b"\x00\xFF");
        assert_eq!(texts(cells), ["00ff"]);
    }

    #[test]
    fn csv_quotes_what_could_be_taken_for_more_than_one_field() {
        let mut cells = Cells::new(CellType::Text);
        for value in ["plain", "a,b", "say \"hi\"", "two\nlines", ""] {
            cells.push_bytes(value.as_bytes());
        }
        let schema = Arc::new(Schema::new(vec![Field::new("a \"b\"", DataType::Utf8, true)]));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![cells.finish().unwrap()]).unwrap();
        let mut out = Vec::new();
        write_csv_header(&schema, &mut out).unwrap();
        write_csv_rows(&batch, &mut out).unwrap();
        let wanted = "\"a \"\"b\"\"\"\nplain\n\"a,b\"\n\"say \"\"hi\"\"\"\n\"two\nlines\"\n\n";
        assert_eq!(String::from_utf8(out).unwrap(), wanted);
    }
}
