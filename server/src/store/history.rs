//! What became of handovers over time: how they ended day by day, every attempt of one, and what failed.

use super::Stored;
use app::model::{AttemptKind, Day, Destination, Ending};
use domain::{clock::Millis, delivery::Delivery};

/// A day, and which moments are in it.
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
    /// Which day.
    pub day: Day,
    /// How.
    pub ending: Ending,
    /// How many.
    pub count: u64,
    /// Of tickets: how long after the acceptance half of them were there.
    pub median: Option<Millis>,
    /// And 95 of 100.
    pub slow: Option<Millis>,
}

/// An attempt as it was begun and ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRecord {
    /// Of which delivery.
    pub destination: Destination,
    /// And of which part of it.
    pub part: u32,
    /// What was asked.
    pub kind: AttemptKind,
    /// The delivery's attempts by then.
    pub number: u32,
    /// When it began.
    pub began_at: Millis,
    /// When it ended, if it did.
    pub ended_at: Option<Millis>,
    /// In words, without secrets and chat text.
    pub outcome: Option<String>,
}

/// What a failed delivery becomes; none: it stays.
pub type Requeue<'a> = &'a (dyn Fn(&Delivery) -> Option<Delivery> + Send + Sync);

/// What became of handovers over time.
#[async_trait::async_trait]
pub trait HistoryStore: Send + Sync + 'static {
    /// How a merchant's handovers that were accepted on these days have ended, day by day.
    async fn endings(&self, merchant: &str, days: &[Span]) -> Stored<Vec<EndingCount>>;

    /// How many of a merchant's deliveries have failed, later parts left out.
    async fn failed(&self, merchant: &str) -> Stored<u64>;

    /// The attempts of a merchant's handover, the newest first.
    async fn attempts(&self, merchant: &str, handover: &str, limit: u32) -> Stored<Vec<AttemptRecord>>;

    /// Changes the first of a merchant's failed deliveries to a destination, at most `limit`, later parts left out, in
    /// one transaction. What follows for others is in it, as in [`save`](super::OutboxStore::save). Answers how many it
    /// changed.
    async fn change_failed(
        &self,
        merchant: &str,
        destination: Destination,
        limit: u32,
        now: Millis,
        change: Requeue<'_>,
    ) -> Stored<u64>;
}
