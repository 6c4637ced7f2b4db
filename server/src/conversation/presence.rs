//! Remembers who has the chat open and what they have seen, so that not every poll has to be stored.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How often it is stored that a merchant's shopper has the chat open: well within the time for which a chat counts as
/// open (`domain/src/answer.rs`).
pub const MERCHANT_EVERY: Duration = Duration::from_secs(20);
/// How often it is stored that one shopper has the chat open, if there is nothing new in it.
pub const SHOPPER_EVERY: Duration = Duration::from_secs(60);
/// How many entries are kept before old ones are removed.
const SWEPT_FROM: usize = 1_024;

/// What was last stored under each key, and when, since boot.
#[derive(Debug)]
pub struct Sightings<T> {
    every: Duration,
    stored: Mutex<Entries<T>>,
}

#[derive(Debug)]
struct Entries<T> {
    by_key: HashMap<String, (T, Duration)>,
    /// From this many entries on, old ones are removed. Twice what the last removal left, so that a full list is not
    /// walked with each call.
    swept_from: usize,
}

impl<T: PartialOrd> Sightings<T> {
    /// Creates a list of which each entry is stored again after this time.
    pub fn every(every: Duration) -> Self {
        Self { every, stored: Mutex::new(Entries { by_key: HashMap::new(), swept_from: SWEPT_FROM }) }
    }

    /// Returns whether this must be stored: it is more than before, or it is time. `now` is the time since boot.
    pub fn is_news(&self, key: &str, seen: T, now: Duration) -> bool {
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        if stored.by_key.get(key).is_some_and(|(before, at)| seen <= *before && now < *at + self.every) {
            return false;
        }
        if stored.by_key.len() >= stored.swept_from {
            stored.by_key.retain(|_, (_, at)| now < *at + self.every);
            stored.swept_from = SWEPT_FROM.max(2 * stored.by_key.len());
        }
        stored.by_key.insert(key.to_owned(), (seen, now));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shopper_sees_is_stored_if_it_is_new_and_every_minute() {
        let (sightings, s) = (Sightings::every(SHOPPER_EVERY), Duration::from_secs);
        assert!(sightings.is_news("c1", 3, s(0)) && sightings.is_news("c2", 3, s(0)));
        assert!(!sightings.is_news("c1", 3, s(59)) && !sightings.is_news("c1", 2, s(59)));
        assert!(sightings.is_news("c1", 4, s(59)) && !sightings.is_news("c1", 4, s(60)));
        assert!(sightings.is_news("c1", 4, s(119)));
    }

    #[test]
    fn each_merchant_is_stored_every_20_seconds() {
        let (presence, s) = (Sightings::every(MERCHANT_EVERY), Duration::from_secs);
        assert!(presence.is_news("m1", (), s(0)) && presence.is_news("m2", (), s(0)));
        assert!(!presence.is_news("m1", (), s(19)));
        assert!(presence.is_news("m1", (), s(20)));
    }
}
