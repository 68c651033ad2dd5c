//! One value of an element → one cell.

use super::cells::{CellType, Cells};
use super::column::CellFaultReason;
use super::element_path::Place;
use super::file_row::MAX_VALUE;
use crate::dataset::{ElementView, Flags};
use crate::dictionary::DictionaryVr;
use crate::error::WarningKind;
use crate::tag::Tag;
use crate::value::date_time::{Date, Time, parse_date, parse_time};
use crate::value::number::{self, Number, parse_decimal, parse_integer};
use crate::value::{Decoded, text};
use crate::vr::{ValueKind, Vr};

/// What values become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Text; also of attributes that no dictionary knows.
    Text,
    /// The bytes as they stand in the file.
    Binary,
    /// A whole number of the width of this VR.
    Integer(Vr),
    /// US or SS: both fit.
    Wide,
    Float32,
    Float64,
    Date,
    Time,
    /// The number of items of a sequence.
    Items,
}

impl Target {
    /// By the dictionary's VR.
    pub(super) fn of(vr: Option<DictionaryVr>) -> Self {
        let vr = match vr {
            Some(DictionaryVr::One(vr)) => vr,
            Some(DictionaryVr::UsOrSs) => return Self::Wide,
            Some(DictionaryVr::ObOrOw | DictionaryVr::UsOrOw | DictionaryVr::UsOrSsOrOw) => {
                return Self::Binary;
            }
            Some(DictionaryVr::None) | None => return Self::Text,
        };
        match vr {
            Vr::SQ => Self::Items,
            Vr::DA => Self::Date,
            Vr::TM => Self::Time,
            Vr::DS | Vr::FD => Self::Float64,
            Vr::FL => Self::Float32,
            Vr::IS | Vr::SL | Vr::SS | Vr::SV | Vr::UL | Vr::US | Vr::UV => Self::Integer(vr),
            _ if vr.kind() == ValueKind::Bytes => Self::Binary,
            _ => Self::Text,
        }
    }

    /// True where a value multiplicity above 1 makes a list.
    pub(super) fn has_multiplicity(self) -> bool {
        !matches!(self, Self::Binary | Self::Items)
    }

    pub(super) fn cell_type(self) -> CellType {
        match self {
            Self::Text => CellType::Text,
            Self::Binary => CellType::Binary,
            Self::Integer(Vr::SS) => CellType::Int16,
            Self::Integer(Vr::US) => CellType::UInt16,
            Self::Integer(Vr::SL) | Self::Wide | Self::Items => CellType::Int32,
            Self::Integer(Vr::UL) => CellType::UInt32,
            Self::Integer(Vr::UV) => CellType::UInt64,
            Self::Integer(_) => CellType::Int64,
            Self::Float32 => CellType::Float32,
            Self::Float64 => CellType::Float64,
            Self::Date => CellType::Date,
            Self::Time => CellType::Time,
        }
    }
}

/// One value as it stands in a file.
#[derive(Debug)]
pub(super) enum Value<'a> {
    /// Text that was asked for as text.
    Text(Decoded<'a>),
    /// Text that is to be a number, a date or a time.
    Raw(&'a [u8]),
    Number(Number),
    Float32(f32),
    Tag(Tag),
    Bytes(&'a [u8]),
    Items(u32),
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// It is a cell now; with what is odd about it all the same.
    Cell(Option<WarningKind>),
    /// There is nothing but padding; no cell was added.
    Nothing,
    /// It does not fit; no cell was added.
    Refused(WarningKind),
}

impl Pushed {
    /// What came of adding a value: a cell, or the fault that kept it out.
    fn of(is_added: bool, fault: WarningKind) -> Self {
        if is_added { Self::Cell(None) } else { Self::Refused(fault) }
    }
}

impl Value<'_> {
    /// Adds it to a column.
    pub(super) fn push(&self, target: Target, cells: &mut Cells) -> Pushed {
        match (self, target) {
            (Self::Text(decoded), Target::Text) if decoded.text.is_empty() => Pushed::Nothing,
            (Self::Text(decoded), Target::Text) if cells.push_bytes(decoded.text.as_bytes()) => {
                Pushed::Cell(decoded.fault)
            }
            (Self::Raw(text), _) => push_raw(text, target, cells),
            (Self::Number(number), Target::Text) => push_display(number_text(*number), cells),
            (Self::Number(Number::Unsigned(number)), _) => {
                Pushed::of(cells.push_integer((*number).into()), WarningKind::NumberOverflow)
            }
            (Self::Number(Number::Signed(number)), _) => {
                Pushed::of(cells.push_integer((*number).into()), WarningKind::NumberOverflow)
            }
            (Self::Number(Number::Real(number)), _) => {
                Pushed::of(cells.push_float(*number), WarningKind::UnexpectedVr)
            }
            (Self::Float32(number), Target::Text) => push_display(number, cells),
            (Self::Float32(number), _) => Pushed::of(cells.push_float32(*number), WarningKind::UnexpectedVr),
            (Self::Tag(tag), Target::Text) => push_display(tag, cells),
            (Self::Bytes(bytes), Target::Binary) => {
                Pushed::of(cells.push_bytes(bytes), WarningKind::UnexpectedVr)
            }
            (Self::Items(number), Target::Items) => {
                Pushed::of(cells.push_integer((*number).into()), WarningKind::NumberOverflow)
            }
            _ => Pushed::Refused(WarningKind::UnexpectedVr),
        }
    }
}

fn number_text(number: Number) -> String {
    match number {
        Number::Unsigned(number) => number.to_string(),
        Number::Signed(number) => number.to_string(),
        Number::Real(number) => number.to_string(),
    }
}

fn push_display(value: impl std::fmt::Display, cells: &mut Cells) -> Pushed {
    Pushed::of(cells.push_bytes(value.to_string().as_bytes()), WarningKind::UnexpectedVr)
}

/// Adds what text says: a number, a date or a time.
fn push_raw(text: &[u8], target: Target, cells: &mut Cells) -> Pushed {
    let read = match target {
        Target::Integer(_) | Target::Wide => parse_integer(text).map(|found| {
            found.map(|integer| match integer.integer() {
                Some(value) if cells.push_integer(value.into()) => Pushed::Cell(integer.fault()),
                Some(_) => Pushed::Refused(WarningKind::NumberOverflow),
                None => Pushed::Refused(WarningKind::InvalidNumber),
            })
        }),
        Target::Float64 => parse_decimal(text)
            .map(|found| found.map(|number| Pushed::of(cells.push_float(number), WarningKind::UnexpectedVr))),
        Target::Date => parse_date(text).map(|found| {
            found.map(|date| Pushed::of(cells.push_integer(days_of(date).into()), WarningKind::InvalidDate))
        }),
        Target::Time => parse_time(text).map(|found| {
            found.map(|time| {
                Pushed::of(cells.push_integer(microseconds_of(time).into()), WarningKind::InvalidTime)
            })
        }),
        _ => Err(WarningKind::UnexpectedVr),
    };
    read.map_or_else(Pushed::Refused, |pushed| pushed.unwrap_or(Pushed::Nothing))
}

/// Days since 1970-01-01.
fn days_of(date: Date) -> i32 {
    // Years begin in March here, so that the day that is sometimes there is the last one. An era is 400 years.
    let (year, month) = (i32::from(date.year), i32::from(date.month));
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5 + i32::from(date.day) - 1;
    era * 146_097 + year * 365 + year / 4 - year / 100 + day_of_year - 719_468
}

/// Microseconds since midnight; what is not said is zero.
fn microseconds_of(time: Time) -> i64 {
    let minutes = i64::from(time.hour) * 60 + i64::from(time.minute.unwrap_or(0));
    let seconds = minutes * 60 + i64::from(time.second.unwrap_or(0));
    seconds * 1_000_000 + i64::from(time.microsecond.unwrap_or(0))
}

/// Calls `visit` with each value of an element and says how many there are.
///
/// # Errors
/// Why its values cannot be told.
pub(super) fn each_value(
    element: &ElementView<'_>,
    place: &Place<'_>,
    target: Target,
    visit: &mut dyn FnMut(&Value<'_>),
) -> Result<usize, CellFaultReason> {
    if target == Target::Items && element.vr() == Vr::SQ {
        visit(&Value::Items(u32::try_from(element.items().count()).unwrap_or(u32::MAX)));
        return Ok(1);
    }
    let length = element.row().length();
    let bytes = element.value().filter(|_| length < MAX_VALUE).ok_or(CellFaultReason::TooLong(length))?;
    if target == Target::Binary {
        visit(&Value::Bytes(bytes));
        return Ok(1);
    }
    let mut count = 0;
    let mut visit = |value| {
        count += 1;
        visit(&value);
    };
    let is_ambiguous = element.row().has(Flags::AMBIGUOUS) && element.vr() == Vr::US;
    let vr = if is_ambiguous && place.is_signed { Vr::SS } else { element.vr() };
    let order = element.byte_order();
    match vr.kind() {
        ValueKind::Bytes | ValueKind::Sequence => {
            return Err(CellFaultReason::Value(WarningKind::UnexpectedVr));
        }
        ValueKind::Number => match vr {
            Vr::AT => number::tags(bytes, order)?.for_each(|tag| visit(Value::Tag(tag))),
            Vr::FL => number::binary(bytes, order)?.for_each(|number| visit(Value::Float32(number))),
            _ => number::numbers(vr, bytes, order)?.for_each(|number| visit(Value::Number(number))),
        },
        _ if target == Target::Text => {
            text::values(vr, bytes, place.character_set).for_each(|text| visit(Value::Text(text)))
        }
        _ => text::raw_values(vr, bytes, place.character_set).for_each(|text| visit(Value::Raw(text))),
    }
    Ok(count)
}

impl From<WarningKind> for CellFaultReason {
    fn from(kind: WarningKind) -> Self {
        Self::Value(kind)
    }
}
