//! The database behind the store: how it is opened, migrated, watched and closed.

use super::{Store, Stored};
use domain::clock::Clock;
use std::{error::Error, io, path::PathBuf, sync::Arc};

/// A store, and the operations on the database it is in.
#[async_trait::async_trait]
pub trait Database: Store {
    /// Applies the migrations that are missing. Returns how many.
    async fn migrate(&self) -> Stored<usize>;

    /// Returns how many migrations are missing.
    async fn pending_migrations(&self) -> Stored<usize>;

    /// Checks that it answers and keeps what it is given.
    async fn ping(&self) -> Stored<()>;

    /// Returns the database's clock. Every time that is stored or compared with a stored one is read from it, so that
    /// all processes that share the database agree on leases. `process` is this process's own clock.
    fn clock(&self, process: Arc<dyn Clock>) -> Arc<dyn Clock>;

    /// Whether a running server has the database, and this is a command beside it.
    fn is_beside(&self) -> bool;

    /// Says which master keys this server can open, for commands beside it.
    fn announce_keys(&self, ids: &[&str]) -> Stored<()>;

    /// Returns the ids that the running server announced.
    fn announced_keys(&self) -> Stored<Vec<String>>;

    /// Finishes what is being written and lets another server have the database.
    async fn close(&self);
}

/// Who opens a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opener {
    /// The server. Fails if another one has the database and it serves only one.
    Server,
    /// A short command, which also works beside a running server.
    Command,
}

/// Why a database cannot be opened. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// This version does not serve it.
    #[error("CONVI_DATABASE_URL: PostgreSQL comes in a later version; use sqlite://PATH until then")]
    Postgres,
    /// The folder or the lock file.
    #[error("cannot use {path}: {error}; check CONVI_DATABASE_URL and the folder's rights")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Another process has it.
    #[error(
        "{path} is in use by another process; stop it first (SQLite serves one process, PostgreSQL many)"
    )]
    Locked {
        /// The database.
        path: PathBuf,
    },
    /// The database itself.
    #[error("cannot open {path}: {error}")]
    Database {
        /// The database.
        path: PathBuf,
        /// Why.
        error: Box<dyn Error + Send + Sync>,
    },
}
