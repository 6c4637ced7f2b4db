//! The processes that use the database, and what one of them at a time does.

use super::Stored;
use crate::limits::Limit;
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
    /// Where it runs, for people: the host's name and the process's number.
    pub place: String,
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

    /// Keeps what a job found.
    async fn keep(&self, _name: &str, _found: &str) -> Stored<()> {
        Ok(())
    }

    /// Returns what a job found last.
    async fn kept(&self, _name: &str) -> Stored<Option<String>> {
        Ok(None)
    }

    /// Counts an event under every name, for all processes, or returns how many milliseconds to wait. A rejected event
    /// does not count.
    async fn count(&self, _limits: &[Limit], _now: Millis) -> Stored<Option<Millis>> {
        Ok(None)
    }
}
