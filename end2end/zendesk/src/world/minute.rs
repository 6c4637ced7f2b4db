//! The fixed minute in which an account's requests are counted (D).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The requests of the current minute.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Minute {
    number: i64,
    asked: u32,
    created: u32,
}

impl Minute {
    fn turn(&mut self, now: Timestamp) {
        let number = now.as_second().div_euclid(60);
        if number != self.number {
            *self = Self { number, ..Self::default() };
        }
    }

    /// Counts one request. Returns `false` if there is no room for it.
    pub(crate) fn ask(&mut self, most: u32, now: Timestamp) -> bool {
        self.turn(now);
        let room = self.asked < most;
        self.asked += u32::from(room);
        room
    }

    /// Counts one creation. Returns `false` if there is no room for it.
    pub(crate) fn create(&mut self, most: u32, now: Timestamp) -> bool {
        self.turn(now);
        let room = self.created < most;
        self.created += u32::from(room);
        room
    }

    /// Counts the requests of another tool.
    pub(crate) fn use_up(&mut self, requests: u32, most: u32, now: Timestamp) {
        self.turn(now);
        self.asked = self.asked.saturating_add(requests).min(most);
    }

    /// Returns how many requests are left.
    pub(crate) fn left(&mut self, most: u32, now: Timestamp) -> u32 {
        self.turn(now);
        most.saturating_sub(self.asked)
    }

    /// Returns the seconds until the next minute.
    pub(crate) fn ends_in(now: Timestamp) -> i64 {
        60 - now.as_second().rem_euclid(60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// D, section 6: the whole count restarts.
    #[test]
    fn a_new_minute_restarts_the_whole_count() {
        let (mut minute, start) = (Minute::default(), Timestamp::UNIX_EPOCH);
        assert_eq!((0..5).filter(|_| minute.ask(3, start)).count(), 3);
        assert_eq!((minute.left(3, start), Minute::ends_in(start)), (0, 60));
        let late = Timestamp::from_second(59).unwrap_or_default();
        assert!(!minute.ask(3, late));
        assert_eq!(Minute::ends_in(late), 1);
        let next = Timestamp::from_second(60).unwrap_or_default();
        assert_eq!(minute.left(3, next), 3);
        minute.use_up(7, 3, next);
        assert!(!minute.ask(3, next), "other tools count too");
    }
}
