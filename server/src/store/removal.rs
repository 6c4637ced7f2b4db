//! What is removed: transcripts after a while, and a merchant on request.

use super::Stored;
use domain::clock::Millis;

/// What was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Handovers whose transcript is gone; their rows stay.
    pub handovers: u64,
    /// Conversations whose messages are gone; their rows stay.
    pub conversations: u64,
    /// The ids of mails that may lie in files.
    pub mails: Vec<String>,
}

/// A merchant that was erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// How many rows of which table.
    pub rows: Vec<(&'static str, u64)>,
    /// The ids of mails that may lie in files.
    pub mails: Vec<String>,
}

/// Removing.
#[async_trait::async_trait]
pub trait RemovalStore: Send + Sync + 'static {
    /// Removes the transcripts of what was delivered before this moment, some at a time: until it answers that nothing
    /// was removed. What is not delivered keeps its own; a failed mail beside a ticket counts for nothing.
    async fn remove_transcripts(&self, before: Millis, now: Millis) -> Stored<Removed>;

    /// Removes visitors who were last seen before `ended`, and those last seen before `silent` whose conversation was
    /// removed; some at a time. Answers how many.
    async fn remove_visitors(&self, ended: Millis, silent: Option<Millis>) -> Stored<u64>;

    /// Takes the words of removed conversations out of what is searched, where they are only marked at first: a piece at a
    /// time, so that others write meanwhile. Answers whether there is more. `begins` with the first piece.
    async fn forget_words(&self, begins: bool) -> Stored<bool>;

    /// Erases everything of a merchant, in every table.
    async fn erase_merchant(&self, merchant: &str) -> Stored<Erased>;
}
