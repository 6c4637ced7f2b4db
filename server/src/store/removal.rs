//! Removal: transcripts after a while, and a merchant on request.

use super::Stored;
use domain::clock::Millis;

/// What was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Handovers whose transcript was removed; their rows stay.
    pub handovers: u64,
    /// Conversations whose messages were removed; their rows stay.
    pub conversations: u64,
    /// The ids of emails that may exist as files.
    pub mails: Vec<String>,
}

/// What was erased with a merchant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// The number of rows of each table.
    pub rows: Vec<(&'static str, u64)>,
    /// The ids of emails that may exist as files.
    pub mails: Vec<String>,
}

/// Removes what is no longer needed.
#[async_trait::async_trait]
pub trait RemovalStore: Send + Sync + 'static {
    /// Removes a batch of transcripts of handovers delivered before this time; the caller repeats until nothing was
    /// removed. Undelivered handovers keep their transcript, but a failed email beside a ticket does not count.
    async fn remove_transcripts(&self, before: Millis, now: Millis) -> Stored<Removed>;

    /// Removes a batch of visitors who were last seen before `ended`, or before `silent` if their conversation was
    /// removed. Returns how many.
    async fn remove_visitors(&self, ended: Millis, silent: Option<Millis>) -> Stored<u64>;

    /// Removes the words of removed conversations from the search index, where they were only marked as deleted.
    ///
    /// Works in small steps, so that others can write meanwhile. `begins` marks the first step. Returns whether there
    /// is more.
    async fn forget_words(&self, begins: bool) -> Stored<bool>;

    /// Erases everything of a merchant, in every table.
    async fn erase_merchant(&self, merchant: &str) -> Stored<Erased>;
}
