//! Formats durations for people.

use std::time::Duration;

/// Formats as `0.4 s`, `12 s` or `2 min 05 s`.
pub fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..=9 => format!("{:.1} s", time.as_secs_f64()),
        whole @ 10..=99 => format!("{whole} s"),
        whole => format!("{} min {:02} s", whole / 60, whole % 60),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::seconds;

    #[test]
    fn formats_seconds_and_minutes() {
        let written: Vec<_> = [400, 12_300, 125_000].map(Duration::from_millis).map(seconds).into();
        assert_eq!(written, ["0.4 s", "12 s", "2 min 05 s"]);
    }
}
