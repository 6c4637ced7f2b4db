//! Handovers over time: how they ended day by day, the attempts of each, and which failed.

use super::Stored;
use app::model::{AttemptKind, Day, Destination, Ending, ProgressCounts};
use domain::{clock::Millis, delivery::Delivery};

/// A day and its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The day.
    pub day: Day,
    /// Its first millisecond.
    pub from: Millis,
    /// The first millisecond after it.
    pub until: Millis,
}

/// How many handovers of a day ended in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndingCount {
    /// The day.
    pub day: Day,
    /// How they ended.
    pub ending: Ending,
    /// The number of handovers.
    pub count: u64,
    /// For tickets: the median time from acceptance to ticket.
    pub median: Option<Millis>,
    /// For tickets: the 95th percentile of that time.
    pub slow: Option<Millis>,
}

/// An attempt with its beginning and end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRecord {
    /// The destination of its delivery.
    pub destination: Destination,
    /// The part of its delivery.
    pub part: u32,
    /// What was requested.
    pub kind: AttemptKind,
    /// The delivery's number of attempts at that point.
    pub number: u32,
    /// When it began.
    pub began_at: Millis,
    /// When it ended, if it did.
    pub ended_at: Option<Millis>,
    /// The outcome as text, without secrets or chat text.
    pub outcome: Option<String>,
}

/// Returns what a failed delivery becomes, or `None` to leave it.
pub type Requeue<'a> = &'a (dyn Fn(&Delivery) -> Option<Delivery> + Send + Sync);

/// Reads how handovers ended over time.
#[async_trait::async_trait]
pub trait HistoryStore: Send + Sync + 'static {
    /// Returns how a merchant's handovers accepted on these days ended, day by day.
    async fn endings(&self, merchant: &str, days: &[Span]) -> Stored<Vec<EndingCount>>;

    /// Counts a merchant's failed deliveries, without later parts.
    async fn failed(&self, merchant: &str) -> Stored<u64>;

    /// Counts a merchant's handovers by how far they are.
    async fn progress(&self, merchant: &str) -> Stored<ProgressCounts>;

    /// Returns the attempts of a merchant's handover, newest first.
    async fn attempts(&self, merchant: &str, handover: &str, limit: u32) -> Stored<Vec<AttemptRecord>>;

    /// Changes the first `limit` of a merchant's failed deliveries to a destination, without later parts, in one
    /// transaction that includes the effects on other deliveries, as in [`save`](super::OutboxStore::save). Returns how
    /// many changed.
    async fn change_failed(
        &self,
        merchant: &str,
        destination: Destination,
        limit: u32,
        now: Millis,
        change: Requeue<'_>,
    ) -> Stored<u64>;
}
