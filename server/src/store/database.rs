//! The database behind the store: opening, migrating, watching and closing it.

use super::{Store, Stored, facts::ServerFacts};
use domain::clock::Clock;
use std::{error::Error, io, path::PathBuf, sync::Arc};
use tokio::sync::Notify;

/// A store, with the operations on its database.
#[async_trait::async_trait]
pub trait Database: Store {
    /// Applies the missing migrations. Returns how many.
    async fn migrate(&self) -> Stored<usize>;

    /// Returns how many migrations are missing.
    async fn pending_migrations(&self) -> Stored<usize>;

    /// Checks that the database answers and can be written.
    async fn ping(&self) -> Stored<()>;

    /// Returns the database's clock. Every stored time, and every time compared with a stored one, is read from it, so
    /// that all processes on the database agree on leases. `process` is this process's own clock.
    async fn clock(&self, process: Arc<dyn Clock>) -> Stored<Arc<dyn Clock>>;

    /// Returns the settings and the condition of the database server, if there is one.
    async fn facts(&self) -> Stored<Option<ServerFacts>> {
        Ok(None)
    }

    /// Returns whether only one server at a time can use the database.
    fn serves_one_process(&self) -> bool;

    /// Returns whether this process is a command beside a running server that has locked the database.
    fn is_beside(&self) -> bool;

    /// Exchanges wake-ups with the other processes on the database until the connection ends. `due_here` is notified when
    /// work becomes due in this process; `due_elsewhere` is called when work became due in another one.
    async fn exchange_wakeups(
        &self,
        _due_here: &Notify,
        _due_elsewhere: &(dyn Fn() + Send + Sync),
    ) -> Stored<()> {
        std::future::pending().await
    }

    /// Finishes pending writes and lets another server use the database.
    async fn close(&self);
}

/// Who opens a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opener {
    /// The server. Fails if the database allows only one server and another one is using it.
    Server,
    /// A short command, which also works beside a running server.
    Command,
}

/// Why a database cannot be opened. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// PostgreSQL cannot be used with these settings.
    #[error("CONVI_DATABASE_URL: cannot use PostgreSQL: {error}")]
    Server {
        /// The error.
        error: Box<dyn Error + Send + Sync>,
    },
    /// The folder or the lock file cannot be used.
    #[error("cannot use {path}: {error}; check CONVI_DATABASE_URL and the folder's permissions")]
    File {
        /// The path.
        path: PathBuf,
        /// The error.
        error: io::Error,
    },
    /// Another process has the database.
    #[error("{path} is in use by another process; stop it first (SQLite allows only one)")]
    Locked {
        /// The database file.
        path: PathBuf,
    },
    /// Everything was copied to another database.
    #[error(
        "{path} was copied to PostgreSQL ({to}), which the servers use now; set CONVI_DATABASE_URL to that database \
         (the old file is {path}.copied)"
    )]
    Copied {
        /// Where the database file was.
        path: PathBuf,
        /// The database, for people.
        to: String,
    },
    /// SQLite cannot open the database.
    #[error("cannot open {path}: {error}")]
    Database {
        /// The database file.
        path: PathBuf,
        /// The error.
        error: Box<dyn Error + Send + Sync>,
    },
}
