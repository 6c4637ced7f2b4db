//! Remembers the last answers of lists, so that a poll without news needs no query.

use domain::clock::Millis;
use headers::ETag;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// How many lists are remembered. One more, and all are forgotten.
const MOST: usize = 4_096;
/// The longest query that is remembered.
const LONGEST_QUERY: usize = 512;

/// Answers by merchant and query.
#[derive(Default)]
pub struct Polls(Mutex<HashMap<(String, String), PollAnswer>>);

/// The last answer of a list.
pub(super) struct PollAnswer {
    pub(super) etag: ETag,
    /// The version of the list before it was read.
    pub(super) version: u64,
    /// When it was read.
    pub(super) at: Millis,
    /// When the list changes by itself, without a write.
    pub(super) changes_at: Option<Millis>,
}

impl Polls {
    /// Returns the ETag of a list that is unchanged at this version and time.
    pub(super) fn etag(&self, merchant: &str, query: &str, version: u64, now: Millis) -> Option<ETag> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.get(&(merchant.to_owned(), query.to_owned()))?;
        // If the clock was set back, the list may show again what it showed then.
        let same = kept.version == version && kept.at <= now && kept.changes_at.is_none_or(|at| now < at);
        same.then(|| kept.etag.clone())
    }

    pub(super) fn keep(&self, merchant: &str, query: &str, it: PollAnswer) {
        if query.len() > LONGEST_QUERY {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (merchant.to_owned(), query.to_owned());
        if kept.len() >= MOST && !kept.contains_key(&key) {
            kept.clear();
        }
        kept.insert(key, it);
    }
}
