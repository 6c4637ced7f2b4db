//! Reads times in the many formats that programs write.

use app::model::pasted;
use jiff::{Timestamp, civil::DateTime, fmt::rfc2822, tz::Offset};
use serde_json::Value;

/// A time that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instant {
    /// A time with its zone.
    Exact(Timestamp),
    /// A time without a zone, taken as UTC.
    WithoutZone(Timestamp),
}

/// The seconds that a chat's time may have: the years 2000 to 2099. Any other number is a count, a day such as
/// `20261122`, or out of range, and any other date is a placeholder for none: 0001-01-01 in Go and .NET, 1970-01-01,
/// 9999-12-31.
const SECONDS: std::ops::Range<f64> = 946_684_800.0..4_102_444_800.0;
/// Seconds, milliseconds, microseconds, nanoseconds. Their ranges do not overlap.
const UNITS: [f64; 4] = [1.0, 1e3, 1e6, 1e9];

/// Reads a time: RFC 3339 and close variants, RFC 2822, a number since 1970, the text forms of JavaScript, Go and .NET,
/// and the objects of PHP, MongoDB and Firestore.
pub fn read(value: &Value) -> Option<Instant> {
    read_at(value, 0)
}

/// MongoDB nests a time two objects deep: `{"$date":{"$numberLong":"1795341600000"}}`.
fn read_at(value: &Value, depth: usize) -> Option<Instant> {
    const NAMES: [&str; 5] = ["date", "$date", "$numberLong", "seconds", "_seconds"];
    match value {
        Value::String(text) => of_text(pasted::trim(text)),
        Value::Number(number) => since_1970(number.as_f64()?),
        Value::Object(map) if depth < 2 => {
            let time = NAMES.iter().find_map(|name| map.get(*name))?;
            let (Value::String(text), Some(Value::String(zone))) = (time, map.get("timezone")) else {
                return read_at(time, depth + 1);
            };
            of_text(&format!("{text} {zone}")).or_else(|| of_text(text))
        }
        _ => None,
    }
}

fn of_text(text: &str) -> Option<Instant> {
    if let Ok(number) = text.parse::<f64>() {
        return since_1970(number);
    }
    if let Some(milliseconds) = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) {
        // The zone after it is the sender's own: the number is in UTC.
        let end = milliseconds.rfind(['+', '-']).filter(|at| *at > 0).unwrap_or(milliseconds.len());
        return since_1970(milliseconds.get(..end)?.parse().ok()?);
    }
    let exact = |time: Timestamp| is_of_a_chat(time).then_some(Instant::Exact(time));
    if let Ok(time) = rfc2822::parse(text) {
        return exact(time.timestamp());
    }
    // `Sun Nov 22 2026 10:00:00 GMT+0000 (Coordinated Universal Time)`
    let of_javascript = text.split(" (").next().unwrap_or_default();
    if let Ok(time) = Timestamp::strptime("%a %b %d %Y %H:%M:%S GMT%z", of_javascript) {
        return exact(time);
    }
    let joined = joined(text);
    if let Ok(time) = joined.parse::<Timestamp>() {
        return exact(time);
    }
    let time = Offset::UTC.to_timestamp(joined.parse::<DateTime>().ok()?).ok()?;
    is_of_a_chat(time).then_some(Instant::WithoutZone(time))
}

/// Rewrites `2026-11-22 10:00:00 +0000 UTC` as RFC 3339: one space between day and time, none before the zone.
fn joined(text: &str) -> String {
    // Go's monotonic clock: `m=+0.000012`.
    let mut words = text.split_whitespace().filter(|word| !word.starts_with("m="));
    let (day, rest) = (words.next().unwrap_or_default(), words.collect::<String>());
    let mut joined = if rest.is_empty() { day.to_owned() } else { format!("{day} {rest}") };
    for zone in ["UTC", "GMT", "utc", "gmt"] {
        if let Some(time) = joined.strip_suffix(zone) {
            let zoned =
                time.ends_with(['Z', 'z']) || time.get(time.len().saturating_sub(5)..).is_some_and(is_offset);
            joined = if zoned { time.to_owned() } else { format!("{time}Z") };
            break;
        }
    }
    with_nine_digits(&joined)
}

fn is_of_a_chat(time: Timestamp) -> bool {
    SECONDS.contains(&(time.as_second() as f64))
}

/// Returns true for an offset such as `+0000`.
fn is_offset(text: &str) -> bool {
    text.strip_prefix(['+', '-']).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Cuts a fraction of a second to nine digits.
fn with_nine_digits(text: &str) -> String {
    let Some((before, after)) = text.split_once(['.', ',']) else { return text.to_owned() };
    let zone = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    let (fraction, zone) = after.split_at(zone);
    match fraction.get(..fraction.len().min(9)) {
        Some("") | None => format!("{before}{zone}"),
        Some(kept) => format!("{before}.{kept}{zone}"),
    }
}

fn since_1970(number: f64) -> Option<Instant> {
    let seconds = UNITS.map(|unit| number / unit).into_iter().find(|seconds| SECONDS.contains(seconds))?;
    Timestamp::from_millisecond((seconds * 1e3).round() as i64).ok().map(Instant::Exact)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn common_time_formats_are_read() {
        for (value, expected) in [
            (json!("2026-11-22T10:00:00Z"), "2026-11-22T10:00:00Z"),
            (json!("2026-11-22T10:00:00.1234567891Z"), "2026-11-22T10:00:00.123456789Z"),
            (json!("2026-11-22T10:00:00.12345678912345+01:00"), "2026-11-22T09:00:00.123456789Z"),
            (json!("2026-11-22t10:00:00z"), "2026-11-22T10:00:00Z"),
            (json!("2026-11-22 10:00:00Z"), "2026-11-22T10:00:00Z"),
            (json!("2026-11-22T10:00:00+0000"), "2026-11-22T10:00:00Z"),
            (json!("2026-11-22 10:00:00 +0200"), "2026-11-22T08:00:00Z"),
            (json!("2026-11-22 10:00:00 UTC"), "2026-11-22T10:00:00Z"),
            (json!("2026-11-22 10:00:00.5 +0000 UTC"), "2026-11-22T10:00:00.5Z"),
            (json!("2026-11-22T10:00:00,25Z"), "2026-11-22T10:00:00.25Z"),
            (json!("2026-12-31T23:59:60Z"), "2026-12-31T23:59:59Z"),
            (json!("Sun, 22 Nov 2026 10:00:00 GMT"), "2026-11-22T10:00:00Z"),
            (json!("\u{feff}2026-11-22T10:00:00Z\n"), "2026-11-22T10:00:00Z"),
            (json!(1_795_341_600), "2026-11-22T10:00:00Z"),
            (json!(1_795_341_600_500_u64), "2026-11-22T10:00:00.5Z"),
            (json!("1795341600"), "2026-11-22T10:00:00Z"),
            (json!("1795341600.5"), "2026-11-22T10:00:00.5Z"),
            (
                json!({"date": "2026-11-22 10:00:00.000000", "timezone_type": 3, "timezone": "UTC"}),
                "2026-11-22T10:00:00Z",
            ),
            (
                json!({"date": "2026-11-22 10:00:00.000000", "timezone_type": 1, "timezone": "+02:00"}),
                "2026-11-22T08:00:00Z",
            ),
            (json!({"_seconds": 1_795_341_600, "_nanoseconds": 0}), "2026-11-22T10:00:00Z"),
            (json!({"$date": {"$numberLong": "1795341600000"}}), "2026-11-22T10:00:00Z"),
            (json!({"$date": "2026-11-22T10:00:00Z"}), "2026-11-22T10:00:00Z"),
            (json!("/Date(1795341600000)/"), "2026-11-22T10:00:00Z"),
            (json!("/Date(1795341600000+0100)/"), "2026-11-22T10:00:00Z"),
            (json!("2026-11-22 10:00:00.5 +0000 UTC m=+0.000012"), "2026-11-22T10:00:00.5Z"),
            (
                json!("Sun Nov 22 2026 11:00:00 GMT+0100 (Central European Standard Time)"),
                "2026-11-22T10:00:00Z",
            ),
            (json!("2026-11-22T11:00:00+01:00[Europe/Berlin]"), "2026-11-22T10:00:00Z"),
            (json!("2026-11-22 10:00:00.123+00"), "2026-11-22T10:00:00.123Z"),
        ] {
            assert_eq!(read(&value), Some(Instant::Exact(expected.parse().unwrap())), "{value}");
        }
    }

    #[test]
    fn time_without_a_zone_is_taken_as_utc() {
        for text in ["2026-11-22T10:00:00", "2026-11-22 10:00", "2026-11-22 10:00:00.0000000000"] {
            let expected = Instant::WithoutZone("2026-11-22T10:00:00Z".parse().unwrap());
            assert_eq!(read(&json!(text)), Some(expected), "{text}");
        }
        assert!(matches!(read(&json!("2026-11-22")), Some(Instant::WithoutZone(_))));
    }

    #[test]
    fn other_values_are_not_times() {
        for value in [
            json!("yesterday"),
            json!(""),
            json!("2026-13-01T00:00:00Z"),
            json!("2026-11-22T25:00:00Z"),
            json!("+275760-09-13T00:00:00Z"),
            json!("99999-01-01T00:00:00Z"),
            json!(0),
            json!(-5),
            json!(2026),
            json!("20261122"),
            json!(u64::MAX),
            json!(253_402_300_800_u64),
            json!(8_640_000_000_000_001_u64),
            json!("1e999"),
            json!("NaN"),
            json!("inf"),
            json!(true),
            json!([1]),
            json!({}),
            json!({"date": {"date": {"date": 1}}}),
            json!({"date": {"date": {"date": 1_795_341_600}}}),
            // Placeholders for no time.
            json!("0001-01-01T00:00:00Z"),
            json!("0001-01-01T00:00:00"),
            json!("1899-12-30T00:00:00Z"),
            json!("1970-01-01T00:00:00.000Z"),
            json!("Thu, 01 Jan 1970 00:00:00 GMT"),
            json!("9999-12-31T23:59:59.9999999"),
            json!("0000-00-00 00:00:00"),
            json!("/Date(-62135596800000)/"),
            json!("/Date()/"),
        ] {
            assert_eq!(read(&value), None, "{value}");
        }
    }
}
