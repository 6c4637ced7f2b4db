//! Days and moments that people and programs ask for, as times. The days are those of a time zone.

use app::model::{Day, FieldError};
use domain::{clock::Millis, sentences};
use jiff::{Timestamp, tz::TimeZone};

sentences! {
    pub(crate) NO_SUCH_ZONE = "day.no_such_zone": "This time zone is not known.";
}

/// Which side of a span a day or moment bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Its first millisecond.
    From,
    /// The first millisecond after it.
    Until,
}

/// The time zone of this name; none: there is no such.
pub fn named(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// The first millisecond of a day, which is not midnight where clocks are put forward at midnight.
pub fn begins(day: Day, zone: &TimeZone) -> Millis {
    let first = || {
        let date = Timestamp::from_millisecond(day.begins()).ok()?.to_zoned(TimeZone::UTC).date();
        date.to_zoned(zone.clone()).ok()?.start_of_day().ok()
    };
    first().map_or(day.begins(), |moment| moment.timestamp().as_millisecond())
}

/// The day of a moment.
pub fn day_of(now: Millis, zone: &TimeZone) -> Day {
    let date =
        Timestamp::from_millisecond(now).ok().map(|moment| zone.to_datetime(moment).date().to_string());
    date.and_then(|date| Day::parse(&date)).unwrap_or(Day::of(now))
}

/// What somebody typed into this field: `2026-11-22` is a day in UTC, `2026-11-22[Europe/Berlin]` one there, and
/// `2026-11-22T10:00:00Z` a moment. Nothing: none.
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
    // A plus that was not encoded in an address arrives as a space.
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

    /// From and until of one day.
    fn day(text: &str) -> (Millis, Millis) {
        let side = |side| parse_field("from", text, side).unwrap().unwrap();
        (side(Side::From), side(Side::Until))
    }

    #[test]
    fn a_day_is_as_long_as_it_is_in_its_zone() {
        for (text, from, until) in [
            ("2026-11-22", "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"),
            ("2026-11-28[America/Los_Angeles]", "2026-11-28T08:00:00Z", "2026-11-29T08:00:00Z"),
            // 25 and 23 hours.
            ("2026-11-01[America/Los_Angeles]", "2026-11-01T07:00:00Z", "2026-11-02T08:00:00Z"),
            ("2026-03-08[America/Los_Angeles]", "2026-03-08T08:00:00Z", "2026-03-09T07:00:00Z"),
            ("2026-11-28[Asia/Calcutta]", "2026-11-27T18:30:00Z", "2026-11-28T18:30:00Z"),
            ("2026-09-27[Pacific/Auckland]", "2026-09-26T12:00:00Z", "2026-09-27T11:00:00Z"),
            ("2026-04-05[Pacific/Auckland]", "2026-04-04T11:00:00Z", "2026-04-05T12:00:00Z"),
            // Half an hour is put forward there.
            ("2026-10-04[Australia/Lord_Howe]", "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z"),
            // Midnight does not exist: the day begins at 1:00.
            ("2026-09-06[America/Santiago]", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"),
            ("2026-11-28[UTC]", "2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z"),
        ] {
            assert_eq!(day(text), (at(from), at(until)), "{text}");
        }
    }

    #[test]
    fn a_moment_has_its_day_in_a_zone() {
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
    fn moments_are_taken_as_they_are() {
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
    fn what_is_neither_is_told_at_its_field() {
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
