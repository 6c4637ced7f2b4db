//! Parses the days and times that people and programs ask for. When a day begins depends on its time zone.

use app::model::{Day, FieldError};
use domain::{clock::Millis, sentences};
use jiff::{Timestamp, tz::TimeZone};

sentences! {
    pub(crate) NO_SUCH_ZONE = "day.no_such_zone": "Unknown time zone. Use a name like Europe/Berlin.";
}

/// The end of a span that a day or time sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Its first millisecond.
    From,
    /// The first millisecond after it.
    Until,
}

/// Returns the time zone with this name.
pub fn named(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// Returns the first millisecond of a day, which is not midnight where clocks go forward at midnight.
pub fn begins(day: Day, zone: &TimeZone) -> Millis {
    let first = || {
        let date = Timestamp::from_millisecond(day.begins()).ok()?.to_zoned(TimeZone::UTC).date();
        date.to_zoned(zone.clone()).ok()?.start_of_day().ok()
    };
    first().map_or(day.begins(), |moment| moment.timestamp().as_millisecond())
}

/// Returns the day that contains a time.
pub fn day_of(now: Millis, zone: &TimeZone) -> Day {
    let date =
        Timestamp::from_millisecond(now).ok().map(|moment| zone.to_datetime(moment).date().to_string());
    date.and_then(|date| Day::parse(&date)).unwrap_or(Day::of(now))
}

/// Parses a field: `2026-11-22` is a day in UTC, `2026-11-22[Europe/Berlin]` one in that zone, and
/// `2026-11-22T10:00:00Z` a time. Returns `None` if it is empty.
pub fn parse_field(field: &str, typed: &str, side: Side) -> Result<Option<Millis>, FieldError> {
    let typed = typed.trim();
    let (date, zone) = match typed.strip_suffix(']').and_then(|typed| typed.split_once('[')) {
        Some((date, name)) if Day::parse(date).is_some() => (date, named(name)),
        _ => (typed, Some(TimeZone::UTC)),
    };
    if let Some(day) = Day::parse(date) {
        let zone = zone.ok_or_else(|| FieldError::new(field, NO_SUCH_ZONE))?;
        return Ok(Some(match side {
            Side::From => begins(day, &zone),
            Side::Until => begins(day.later(1), &zone),
        }));
    }
    // An unencoded plus in a URL arrives as a space.
    let moment = typed.replace(' ', "+").parse::<Timestamp>();
    match moment {
        Ok(moment) => Ok(Some(moment.as_millisecond())),
        Err(_) => Day::parse_field(field, typed).map(|_| None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Millis {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    /// Returns the first millisecond of a day, and the first one after it.
    fn day(text: &str) -> (Millis, Millis) {
        let side = |side| parse_field("from", text, side).unwrap().unwrap();
        (side(Side::From), side(Side::Until))
    }

    #[test]
    fn day_has_its_zones_length() {
        for (text, from, until) in [
            ("2026-11-22", "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"),
            ("2026-11-28[America/Los_Angeles]", "2026-11-28T08:00:00Z", "2026-11-29T08:00:00Z"),
            // 25 and 23 hours.
            ("2026-11-01[America/Los_Angeles]", "2026-11-01T07:00:00Z", "2026-11-02T08:00:00Z"),
            ("2026-03-08[America/Los_Angeles]", "2026-03-08T08:00:00Z", "2026-03-09T07:00:00Z"),
            ("2026-11-28[Asia/Calcutta]", "2026-11-27T18:30:00Z", "2026-11-28T18:30:00Z"),
            ("2026-09-27[Pacific/Auckland]", "2026-09-26T12:00:00Z", "2026-09-27T11:00:00Z"),
            ("2026-04-05[Pacific/Auckland]", "2026-04-04T11:00:00Z", "2026-04-05T12:00:00Z"),
            // Clocks go forward by half an hour there.
            ("2026-10-04[Australia/Lord_Howe]", "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z"),
            // Midnight does not exist: the day begins at 1:00.
            ("2026-09-06[America/Santiago]", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"),
            ("2026-11-28[UTC]", "2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z"),
        ] {
            assert_eq!(day(text), (at(from), at(until)), "{text}");
        }
    }

    #[test]
    fn time_has_its_day_in_a_zone() {
        let zone = |name| named(name).unwrap();
        let now = at("2026-11-29T02:59:00Z");
        assert_eq!(day_of(now, &zone("America/Los_Angeles")).to_string(), "2026-11-28");
        assert_eq!(day_of(now, &zone("Asia/Kolkata")).to_string(), "2026-11-29");
        assert_eq!(day_of(now, &TimeZone::UTC).to_string(), "2026-11-29");
        for name in ["America/Los_Angeles", "Pacific/Auckland", "America/Santiago", "Pacific/Apia"] {
            for hour in 0..9_000 {
                let now = at("2026-01-01T00:00:00Z") + hour * 3_600_000;
                let day = day_of(now, &zone(name));
                let (from, until) = (begins(day, &zone(name)), begins(day.later(1), &zone(name)));
                assert!((from..until).contains(&now), "{name} {hour}");
            }
        }
    }

    #[test]
    fn times_are_used_as_given() {
        for (text, moment) in [
            ("2026-11-28T08:00:00Z", "2026-11-28T08:00:00Z"),
            ("2026-11-28T00:00:00.000-08:00", "2026-11-28T08:00:00Z"),
            ("2026-11-28T00:00:00+05:30", "2026-11-27T18:30:00Z"),
            ("2026-11-28T00:00:00 05:30", "2026-11-27T18:30:00Z"),
        ] {
            assert_eq!(day(text), (at(moment), at(moment)), "{text}");
        }
        assert_eq!(parse_field("to", "  ", Side::Until), Ok(None));
    }

    #[test]
    fn invalid_values_are_reported_at_their_field() {
        for wrong in [
            "now",
            "2026-02-30",
            "2026-02-30[UTC]",
            "2026-11-22[Mars/Base]",
            "2026-11-22[../../etc/passwd]",
            "2026-11-22[]",
            "2026-11-22T10:00:00",
            "2026-11-22T25:00:00Z",
            "99999-01-01T00:00:00Z",
        ] {
            assert_eq!(parse_field("from", wrong, Side::From).unwrap_err().field, "from", "{wrong}");
        }
        let far = day("9999-12-31[Asia/Tokyo]");
        assert!(far.0 < far.1, "the calendar's last day");
    }
}
