//! Datetimes as Gorgias writes them (R): microseconds and `+00:00`. Parsed with or without an offset, as UTC.

use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::Value;

/// `2025-02-07T09:55:18.820000+00:00`
pub(crate) fn write(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

/// Like [`write()`], or `null`.
pub(crate) fn write_opt(time: Option<Timestamp>) -> Value {
    time.map_or(Value::Null, |time| Value::from(write(time)))
}

/// Parses ISO 8601. Without an offset it is UTC.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let civil: civil::DateTime = text.parse().ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R, section 3.
    #[test]
    fn written_with_microseconds_and_an_offset() {
        let time = read("2025-02-07T09:55:18.82Z").unwrap();
        assert_eq!(write(time), "2025-02-07T09:55:18.820000+00:00");
    }

    /// R, section 3: with or without an offset, as UTC.
    #[test]
    fn read_with_and_without_an_offset() {
        let utc = read("2025-02-07T09:55:18.820000+00:00");
        assert!(utc.is_some());
        assert_eq!(read("2025-02-07T09:55:18.820000"), utc);
        assert_eq!(read("2025-02-07T10:55:18.82+01:00"), utc);
        assert_eq!(read("yesterday"), None);
    }
}
