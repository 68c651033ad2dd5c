//! Dates and times (PS3.5 §6.2: DA, TM, DT).
//!
//! Text that is no single date or time, among it the ranges of queries, stays text: the error says which kind of fault
//! it is. A leap second is refused too: no clock or calendar type that a value is given as holds it.

use super::trim;
use crate::error::WarningKind;

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// 1 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to the last of the month.
    pub day: u8,
}

/// A time of day, as exact as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Time {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: Option<u8>,
    /// 0 to 59.
    pub second: Option<u8>,
    /// Millionths of a second.
    pub microsecond: Option<u32>,
}

/// A day and a time of day, as exact as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DateTime {
    /// 1 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: Option<u8>,
    /// 1 to the last of the month.
    pub day: Option<u8>,
    /// The time of day.
    pub time: Option<Time>,
    /// Minutes east of UTC; `None` where (0008,0201) Timezone Offset From UTC or the local clock decides.
    pub offset: Option<i16>,
}

impl Date {
    fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let is_valid = year > 0 && (1..=days(year, month)?).contains(&day);
        is_valid.then_some(Self { year, month, day })
    }
}

/// The days of a month; `None` for a month that does not exist.
fn days(year: u16, month: u8) -> Option<u8> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    Some(match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    })
}

/// Reads a DA value: YYYYMMDD, or YYYY.MM.DD as in ACR-NEMA. `None` for an empty one.
///
/// # Errors
/// [`WarningKind::InvalidDate`]
pub fn parse_date(text: &[u8]) -> Result<Option<Date>, WarningKind> {
    parse(text, WarningKind::InvalidDate, Reader::date)
}

/// Reads a TM value: HH, HHMM, HHMMSS or HHMMSS.F with one to six digits, or with colons as in ACR-NEMA. `None` for
/// an empty one.
///
/// # Errors
/// [`WarningKind::InvalidTime`]
pub fn parse_time(text: &[u8]) -> Result<Option<Time>, WarningKind> {
    parse(text, WarningKind::InvalidTime, |reader| reader.time(true))
}

/// Reads a DT value: from YYYY to YYYYMMDDHHMMSS.F with one to six digits, each with or without &ZZXX. `None` for an
/// empty one.
///
/// # Errors
/// [`WarningKind::InvalidDateTime`]
pub fn parse_date_time(text: &[u8]) -> Result<Option<DateTime>, WarningKind> {
    parse(text, WarningKind::InvalidDateTime, Reader::date_time)
}

/// True for a DA value as it is to be written: nothing around it, and no form of ACR-NEMA.
#[must_use]
pub fn is_date(text: &[u8]) -> bool {
    is_strict(text, Reader::date)
}

/// True for a TM value as it is to be written: as [`is_date`], and a leap second is one.
#[must_use]
pub fn is_time(text: &[u8]) -> bool {
    is_strict(text, |reader| reader.time(true))
}

/// True for a DT value as it is to be written: as [`is_time`].
#[must_use]
pub fn is_date_time(text: &[u8]) -> bool {
    is_strict(text, Reader::date_time)
}

fn is_strict<'a, T>(text: &'a [u8], read: impl FnOnce(&mut Reader<'a>) -> Option<T>) -> bool {
    let mut reader = Reader { rest: text, strict: true };
    read(&mut reader).is_some() && reader.rest.is_empty()
}

fn parse<'a, T>(
    text: &'a [u8],
    fault: WarningKind,
    read: impl FnOnce(&mut Reader<'a>) -> Option<T>,
) -> Result<Option<T>, WarningKind> {
    let text = trim(text);
    if text.is_empty() {
        return Ok(None);
    }
    let mut reader = Reader { rest: text, strict: false };
    let value = read(&mut reader).filter(|_| reader.rest.is_empty());
    value.map(Some).ok_or(fault)
}

struct Reader<'a> {
    rest: &'a [u8],
    /// Just what the standard has now.
    strict: bool,
}

impl Reader<'_> {
    fn date(&mut self) -> Option<Date> {
        let year = self.year()?;
        let dotted = !self.strict && self.take(b'.');
        let month = self.two()?;
        if dotted && !self.take(b'.') {
            return None;
        }
        Date::new(year, month, self.two()?)
    }

    fn date_time(&mut self) -> Option<DateTime> {
        let year = self.year().filter(|year| *year > 0)?;
        let (mut month, mut day, mut time) = (None, None, None);
        if self.has_digit() {
            let number = self.two()?;
            let last = days(year, number)?;
            month = Some(number);
            if self.has_digit() {
                day = Some(self.two().filter(|day| (1..=last).contains(day))?);
                if self.has_digit() {
                    time = Some(self.time(false)?);
                }
            }
        }
        Some(DateTime { year, month, day, time, offset: self.offset()? })
    }

    fn digit(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        let digit = first.is_ascii_digit().then(|| first & 0x0F)?;
        self.rest = rest;
        Some(digit)
    }

    fn two(&mut self) -> Option<u8> {
        Some(self.digit()? * 10 + self.digit()?)
    }

    fn year(&mut self) -> Option<u16> {
        Some(u16::from(self.two()?) * 100 + u16::from(self.two()?))
    }

    fn has_digit(&self) -> bool {
        self.rest.first().is_some_and(u8::is_ascii_digit)
    }

    fn take(&mut self, byte: u8) -> bool {
        let rest = self.rest.strip_prefix(&[byte]);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn time(&mut self, with_colons: bool) -> Option<Time> {
        let hour = self.two().filter(|hour| *hour < 24)?;
        let mut time = Time { hour, minute: None, second: None, microsecond: None };
        let colons = with_colons && !self.strict && self.take(b':');
        if !colons && !self.has_digit() {
            return Some(time);
        }
        time.minute = Some(self.two().filter(|minute| *minute < 60)?);
        let goes_on = if colons { self.take(b':') } else { self.has_digit() };
        if goes_on {
            time.second = Some(self.two().filter(|second| *second < 60 || self.strict && *second == 60)?);
            if self.take(b'.') {
                time.microsecond = Some(self.fraction()?);
            }
        }
        Some(time)
    }

    fn fraction(&mut self) -> Option<u32> {
        let mut value = u32::from(self.digit()?);
        for _ in 1..6 {
            value = value * 10 + self.digit().map_or(0, u32::from);
        }
        Some(value)
    }

    /// The offset behind a DT: -1200 to +1400 (PS3.5 §6.2). The outer option is a fault, the inner one absence.
    #[expect(clippy::option_option, reason = "absent and wrong are two things")]
    fn offset(&mut self) -> Option<Option<i16>> {
        let (sign, most) = match self.rest.first() {
            None => return Some(None),
            Some(b'+') => (1, 14 * 60),
            Some(b'-') => (-1, 12 * 60),
            Some(_) => return None,
        };
        self.rest = self.rest.get(1..)?;
        let (hours, minutes) = (i16::from(self.two()?), i16::from(self.two()?));
        let offset = hours * 60 + minutes;
        (minutes < 60 && offset <= most).then_some(Some(sign * offset))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(year: u16, month: u8, day: u8) -> Result<Option<Date>, WarningKind> {
        Ok(Some(Date { year, month, day }))
    }

    fn time(hour: u8, minute: Option<u8>, second: Option<u8>, microsecond: Option<u32>) -> Option<Time> {
        Some(Time { hour, minute, second, microsecond })
    }

    #[test]
    fn ps3_5_6_2_da() {
        assert_eq!(parse_date(b"20200229"), date(2020, 2, 29));
        assert_eq!(parse_date(b"1993.08.22 "), date(1993, 8, 22));
        assert_eq!(parse_date(b" \0"), Ok(None));
        for text in [
            "20190229",
            "20200001",
            "20201301",
            "20200431",
            "00000101",
            "2020",
            "202001",
            "2020-01-02",
            "2020.01",
            "2020.0102",
            "202001.02",
            "20200101-20200202",
            "20200101-",
            "2020010",
            "202001011",
            "2O200101",
            "x",
        ] {
            assert_eq!(parse_date(text.as_bytes()), Err(WarningKind::InvalidDate), "{text}");
        }
        assert_eq!(parse_date(b"19000229"), Err(WarningKind::InvalidDate));
        assert_eq!(parse_date(b"20000229"), date(2000, 2, 29));
    }

    #[test]
    fn ps3_5_6_2_tm() {
        for (text, expected) in [
            ("10", time(10, None, None, None)),
            ("1011", time(10, Some(11), None, None)),
            ("101112", time(10, Some(11), Some(12), None)),
            ("101112.1", time(10, Some(11), Some(12), Some(100_000))),
            ("235959.000001 ", time(23, Some(59), Some(59), Some(1))),
            ("10:11", time(10, Some(11), None, None)),
            ("10:11:12.5", time(10, Some(11), Some(12), Some(500_000))),
            ("", None),
        ] {
            assert_eq!(parse_time(text.as_bytes()), Ok(expected), "{text}");
        }
        for text in [
            "1",
            "24",
            "1060",
            "101",
            "101160",
            "10111",
            "101112.",
            "101112.1234567",
            "1011.5",
            "10:",
            "10:1112",
            "1011:12",
            "1000-1800",
            "-",
            "noon",
        ] {
            assert_eq!(parse_time(text.as_bytes()), Err(WarningKind::InvalidTime), "{text}");
        }
    }

    #[test]
    fn ps3_5_6_2_dt() {
        let bare = DateTime { year: 2020, month: None, day: None, time: None, offset: None };
        let full = DateTime {
            month: Some(2),
            day: Some(29),
            time: time(10, Some(11), Some(12), Some(120_000)),
            ..bare
        };
        for (text, expected) in [
            ("2020", bare),
            ("2020-0500", DateTime { offset: Some(-300), ..bare }),
            ("202002", DateTime { month: Some(2), ..bare }),
            ("20200229", DateTime { month: Some(2), day: Some(29), ..bare }),
            (
                "2020022910+0530",
                DateTime {
                    time: time(10, None, None, None),
                    offset: Some(330),
                    month: Some(2),
                    day: Some(29),
                    ..bare
                },
            ),
            ("20200229101112.12", full),
            ("20200229101112.120000-1200 ", DateTime { offset: Some(-720), ..full }),
            ("20200229101112.12+1400", DateTime { offset: Some(840), ..full }),
        ] {
            assert_eq!(parse_date_time(text.as_bytes()), Ok(Some(expected)), "{text}");
        }
        assert_eq!(parse_date_time(b""), Ok(None));
        for text in [
            "202",
            "0000",
            "20201",
            "202013",
            "20200230",
            "2020022924",
            "20200229101160",
            "2020+1401",
            "2020-1201",
            "2020+0060",
            "2020+05",
            "2020-2021-",
            "20200229101112.1234567",
            "2020.02.29",
            "20200229 1011",
        ] {
            assert_eq!(parse_date_time(text.as_bytes()), Err(WarningKind::InvalidDateTime), "{text}");
        }
    }

    #[test]
    fn a_range_of_years_that_reads_as_an_offset_is_no_date_time() {
        assert_eq!(parse_date_time(b"2019-2020"), Err(WarningKind::InvalidDateTime));
    }

    proptest! {
        #[test]
        fn any_day_is_read_back(year in 1u16..=9999, month in 1u8..=12, day in 1u8..=28) {
            prop_assert_eq!(parse_date(format!("{year:04}{month:02}{day:02}").as_bytes()), date(year, month, day));
            prop_assert_eq!(parse_date(format!("{year:04}.{month:02}.{day:02}").as_bytes()), date(year, month, day));
        }

        #[test]
        fn any_bytes_end(bytes in "[0-9.:+ -]{0,30}") {
            let _ = (parse_date(bytes.as_bytes()), parse_time(bytes.as_bytes()), parse_date_time(bytes.as_bytes()));
        }
    }
}
