//! Remembers which merchants' shoppers have the chat open, so that not every poll has to be stored.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_merchant_is_stored_every_20_seconds() {
        let (presence, s) = (Presence::default(), Duration::from_secs);
        assert!(presence.is_news("m1", s(0)) && presence.is_news("m2", s(0)));
        assert!(!presence.is_news("m1", s(19)));
        assert!(presence.is_news("m1", s(20)));
    }
}
