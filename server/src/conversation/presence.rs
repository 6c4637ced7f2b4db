//! Remembers who has the chat open and what they have seen, so that not every poll has to be stored.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How often a merchant is stored: well within the time for which a chat counts as open (`domain/src/answer.rs`).
const EVERY: Duration = Duration::from_secs(20);
/// How many merchants are kept before old ones are removed.
const SWEPT_FROM: usize = 1_024;

/// When each merchant was last stored, since boot.
#[derive(Debug, Default)]
pub struct Presence(Mutex<HashMap<String, Duration>>);

impl Presence {
    /// Returns whether a shopper's poll must be stored. `now` is the time since boot.
    pub fn is_news(&self, merchant: &str, now: Duration) -> bool {
        let mut stored = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if stored.get(merchant).is_some_and(|at| now < *at + EVERY) {
            return false;
        }
        if stored.len() >= SWEPT_FROM {
            stored.retain(|_, at| now < *at + EVERY);
        }
        stored.insert(merchant.to_owned(), now);
        true
    }
}

/// How often it is stored that one shopper has the chat open, if there is nothing new in it.
const SEEN_EVERY: Duration = Duration::from_secs(60);

/// Up to which message each conversation was last stored as seen, and when, since boot.
#[derive(Debug, Default)]
pub struct Sightings(Mutex<HashMap<String, (i64, Duration)>>);

impl Sightings {
    /// Returns whether it is worth storing that the messages up to `to` are on the shopper's screen. `now` is the time
    /// since boot.
    pub fn is_news(&self, conversation: &str, to: i64, now: Duration) -> bool {
        let mut stored = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if stored.get(conversation).is_some_and(|(seen, at)| to <= *seen && now < *at + SEEN_EVERY) {
            return false;
        }
        if stored.len() >= SWEPT_FROM {
            stored.retain(|_, (_, at)| now < *at + SEEN_EVERY);
        }
        stored.insert(conversation.to_owned(), (to, now));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shopper_sees_is_stored_if_it_is_new_and_every_minute() {
        let (sightings, s) = (Sightings::default(), Duration::from_secs);
        assert!(sightings.is_news("c1", 3, s(0)) && sightings.is_news("c2", 3, s(0)));
        assert!(!sightings.is_news("c1", 3, s(59)) && !sightings.is_news("c1", 2, s(59)));
        assert!(sightings.is_news("c1", 4, s(59)) && !sightings.is_news("c1", 4, s(60)));
        assert!(sightings.is_news("c1", 4, s(119)));
    }

    #[test]
    fn each_merchant_is_stored_every_20_seconds() {
        let (presence, s) = (Presence::default(), Duration::from_secs);
        assert!(presence.is_news("m1", s(0)) && presence.is_news("m2", s(0)));
        assert!(!presence.is_news("m1", s(19)));
        assert!(presence.is_news("m1", s(20)));
    }
}
