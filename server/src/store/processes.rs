//! The processes that use the database, and the jobs that one of them does at a time.

use super::Stored;
use crate::limits::Limit;
use domain::clock::Millis;

/// A process that has not announced itself for this many milliseconds is gone.
pub const GONE_AFTER: Millis = 30_000;

/// What a process announces.
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

/// A process that is not gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveProcess {
    /// Its name in the database.
    pub id: String,
    /// What it announced.
    pub says: Announcement,
    /// When it started.
    pub started_at: Millis,
}

/// Stores which processes there are. The defaults are for a store that only one process uses.
#[async_trait::async_trait]
pub trait ProcessStore: Send + Sync + 'static {
    /// Announces this process to the others. Without another call, it is [gone](GONE_AFTER).
    async fn announce(&self, _this: &Announcement, _now: Millis) -> Stored<()> {
        Ok(())
    }

    /// Returns the live processes, including this one.
    async fn processes(&self, _now: Millis) -> Stored<Vec<LiveProcess>> {
        Ok(Vec::new())
    }

    /// Returns whether this process may do the job now. If so, no other process may before `next_at`.
    async fn take_job(&self, _name: &str, _now: Millis, _next_at: Millis) -> Stored<bool> {
        Ok(true)
    }

    /// Stores the result of a job.
    async fn keep(&self, _name: &str, _found: &str) -> Stored<()> {
        Ok(())
    }

    /// Returns the last result of a job.
    async fn kept(&self, _name: &str) -> Stored<Option<String>> {
        Ok(None)
    }

    /// Counts an event under every name, for all processes, or returns how many milliseconds to wait. A rejected event
    /// does not count.
    async fn count(&self, _limits: &[Limit], _now: Millis) -> Stored<Option<Millis>> {
        Ok(None)
    }
}
