//! A calendar day. Hand-written, so that the browser's module contains no calendar crate.

use super::FieldError;
use domain::sentences;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Milliseconds per day.
const LENGTH: i64 = 86_400_000;

sentences! {
    DAY = "day.shape": "Enter a date as year-month-day, for example 2026-11-22.";
}

/// A day, such as `2026-11-22`. Its bounds in UTC are computed here; the server computes those in other time zones.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day {
    /// Days after 1970-01-01.
    number: i64,
}

impl Day {
    /// Returns the day of a time in UTC, in milliseconds since 1970.
    pub fn of(milliseconds: i64) -> Self {
        Self { number: milliseconds.div_euclid(LENGTH) }
    }

    /// Parses `YYYY-MM-DD` if that day exists.
    pub fn parse(text: &str) -> Option<Self> {
        let digits =
            |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten();
        let (year, month, day) = (text.get(..4)?, text.get(5..7)?, text.get(8..)?);
        let (year, month, day): (i64, i64, i64) = (digits(year)?, digits(month)?, digits(day)?);
        let day = Self::new(year, month, day);
        // A day that does not exist, such as February 30, becomes a different day, whose text differs from the input.
        (day.to_string() == text).then_some(day)
    }

    /// Parses a day typed into this field. `None` if it is empty.
    pub fn parse_field(field: &str, typed: &str) -> Result<Option<Self>, FieldError> {
        match typed.trim() {
            "" => Ok(None),
            typed => Self::parse(typed).map(Some).ok_or_else(|| FieldError::new(field, DAY)),
        }
    }

    /// Creates the day from its date. Years are counted from March, so that a leap day is the last day of its year.
    fn new(year: i64, month: i64, day: i64) -> Self {
        let year = if month > 2 { year } else { year - 1 };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        Self { number: era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468 }
    }

    /// Returns the first millisecond of the day in UTC.
    pub fn begins(self) -> i64 {
        self.number.saturating_mul(LENGTH)
    }

    /// Returns the first millisecond after the day in UTC.
    pub fn ends(self) -> i64 {
        self.later(1).begins()
    }

    /// Returns the day this many days later.
    pub fn later(self, days: i64) -> Self {
        Self { number: self.number.saturating_add(days) }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.number + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year + era * 400 + i64::from(month <= 2);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Day {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| "a day is written as year-month-day".to_owned())
    }
}

impl From<Day> for String {
    fn from(day: Day) -> String {
        day.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_calendar_days_parse() {
        for (text, number) in
            [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-11-22", 20_779), ("0001-01-01", -719_162)]
        {
            let day = Day::parse(text).unwrap();
            assert_eq!((day.number, day.to_string().as_str()), (number, text));
        }
        for wrong in [
            "",
            "2026",
            "2026-11-31",
            "2025-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-1-1",
            "26-11-22",
            "2026/11/22",
            "2026-11-22T10:00:00Z",
            " 2026-11-22",
            "+026-11-22",
            "éé-11-22",
            "10000-01-01",
        ] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn days_are_consecutive_over_four_centuries() {
        let mut day = Day::parse("1900-01-01").unwrap();
        for _ in 0..146_097 {
            let text = day.to_string();
            assert_eq!(Day::parse(&text), Some(day), "{text}");
            assert!(day.later(1).to_string() > text);
            day = day.later(1);
        }
        assert_eq!(day.to_string(), "2300-01-01");
    }

    #[test]
    fn a_time_belongs_to_its_day() {
        let day = Day::parse("2026-11-22").unwrap();
        assert_eq!(
            (Day::of(day.begins()), Day::of(day.ends() - 1), Day::of(day.ends())),
            (day, day, day.later(1))
        );
        assert_eq!(Day::of(-1).to_string(), "1969-12-31");
        assert_eq!(Day::parse_field("from", " "), Ok(None));
        assert_eq!(Day::parse_field("from", "soon").unwrap_err().field, "from");
    }
}
