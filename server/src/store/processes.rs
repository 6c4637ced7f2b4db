//! The processes that use the database, and what one of them at a time does.

use super::Stored;
use domain::clock::Millis;

/// A process that has not announced itself for so long is gone, in milliseconds.
pub const GONE_AFTER: Millis = 30_000;

/// What a process says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// `web`, `worker` or `all`.
    pub role: String,
    /// The program's version.
    pub version: String,
    /// The ids of its master keys, the first one first.
    pub keys: Vec<String>,
}

/// A living process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveProcess {
    /// Names it in the database.
    pub id: String,
    /// What it said.
    pub says: Announcement,
    /// When it started.
    pub started_at: Millis,
}

/// Stores which processes there are. A store of one process knows them without being told.
#[async_trait::async_trait]
pub trait ProcessStore: Send + Sync + 'static {
    /// Announces this process to the others, until it is [gone](GONE_AFTER).
    async fn announce(&self, _this: &Announcement, _now: Millis) -> Stored<()> {
        Ok(())
    }

    /// Returns the living servers, this one included.
    async fn processes(&self, _now: Millis) -> Stored<Vec<LiveProcess>> {
        Ok(Vec::new())
    }

    /// Returns whether this process may do the job now. If so, no process may until `next_at`.
    async fn take_job(&self, _name: &str, _now: Millis, _next_at: Millis) -> Stored<bool> {
        Ok(true)
    }
}
