//! What lists were answered with: a poll without news is answered from here, without reading the list again.

use domain::clock::Millis;
use headers::ETag;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// How many lists are remembered. With one more, all are forgotten.
const MOST: usize = 4_096;
/// A longer query is not worth the memory.
const LONGEST_QUERY: usize = 512;

/// By merchant and query.
#[derive(Default)]
pub struct Polls(Mutex<HashMap<(String, String), PollAnswer>>);

/// What a list was answered with.
pub(super) struct PollAnswer {
    pub(super) etag: ETag,
    /// Of what is listed, before it was read.
    pub(super) version: u64,
    /// When that was.
    pub(super) at: Millis,
    /// When the list changes although nothing is written.
    pub(super) changes_at: Option<Millis>,
}

impl Polls {
    /// The ETag of a list that is at this version and moment what it was.
    pub(super) fn etag(&self, merchant: &str, query: &str, version: u64, now: Millis) -> Option<ETag> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.get(&(merchant.to_owned(), query.to_owned()))?;
        // A clock that was set back shows again what was shown then.
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
