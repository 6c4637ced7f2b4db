//! SQLite, the embedded default: one file, one process, one writer.
//!
//! WAL with `synchronous=FULL`: a commit that was answered survives a power cut. Writes go through one connection,
//! which makes every transaction serial, and those that come often share one (`group.rs`); reads have connections of
//! their own and never wait for it.

mod connections;
mod conversations;
mod file;
mod group;
mod handovers;
mod history;
mod migrate;
mod notices;
mod operations;
mod outbox;
mod removal;
mod search;
mod sessions;

use super::{StoreError, Stored};
use file::{InPlace, Lock};
use sqlx::{
    Connection, Row, Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// The store.
pub struct SqliteStore {
    writer: SqlitePool,
    reader: SqlitePool,
    /// Shares the writer among the changes that come often.
    group: group::Group,
    /// Held until the store is closed or dropped: a second server must not use the same file. None: a command beside
    /// the server.
    lock: Option<Lock>,
    in_place: Arc<InPlace>,
}

/// Why a database cannot be opened. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or the lock file.
    #[error("cannot use {path}: {error}; check CONVI_DATABASE_URL and the folder's rights")]
    File {
        /// What.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
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
        error: sqlx::Error,
    },
}

impl SqliteStore {
    /// Opens the file, making it and its folder if need be, and takes the lock on it. Migrations are a step of
    /// their own: [`migrate`](Self::migrate).
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let path = file::settle(path)?;
        let lock = Lock::take(&path)?;
        Self::open_with(&path, Some(lock)).await
    }

    /// Opens the file for a short command. While a server has it, beside the server: SQLite lets two processes write in
    /// turn, and what must be one is the server, with its budgets and its queue.
    pub async fn open_beside(path: &Path) -> Result<Self, OpenError> {
        let path = file::settle(path)?;
        let lock = match Lock::take(&path) {
            Err(OpenError::Locked { .. }) => None,
            lock => Some(lock?),
        };
        Self::open_with(&path, lock).await
    }

    /// Writes which master keys this server opens, for commands beside it.
    pub fn announce_keys<'a>(&self, ids: impl Iterator<Item = &'a str>) -> std::io::Result<()> {
        let Some(lock) = &self.lock else { return Ok(()) };
        lock.write(&format!("{}\n", ids.collect::<Vec<_>>().join(",")))
    }

    /// The master keys that the server opens beside which this store is open.
    pub fn announced_keys(path: &Path) -> std::io::Result<Vec<String>> {
        let text = std::fs::read_to_string(file::lock_path(path))?;
        let line = text.lines().next().unwrap_or_default();
        Ok(line.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect())
    }

    /// Whether a server has the file.
    pub fn is_beside(&self) -> bool {
        self.lock.is_none()
    }

    async fn open_with(path: &Path, lock: Option<Lock>) -> Result<Self, OpenError> {
        let in_place = InPlace::of(path).map_err(|error| OpenError::File { path: path.to_owned(), error })?;
        let in_place = Arc::new(in_place);
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            // Many handovers change the same pages: written to their place less often, they are written together.
            .pragma("wal_autocheckpoint", "4000")
            // What is deleted or outgrows its place is overwritten, at once: a purge later could not find it.
            .pragma("secure_delete", "on");
        let opened = async {
            let writer = SqlitePoolOptions::new()
                .max_connections(1)
                .idle_timeout(None)
                .max_lifetime(None)
                // When the disk is full SQLite rolls back by itself, which sqlx does not notice: it believes to be in
                // that transaction for ever, and every later one fails. Such a connection is replaced.
                .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
                .connect_with(options.clone())
                .await?;
            let reader =
                SqlitePoolOptions::new().max_connections(4).connect_with(options.read_only(true)).await?;
            Ok((writer, reader))
        };
        let (writer, reader) =
            opened.await.map_err(|error| OpenError::Database { path: path.to_owned(), error })?;
        let group = group::Group::new(writer.clone(), in_place.clone());
        Ok(Self { writer, reader, group, lock, in_place })
    }

    /// Applies the migrations that are missing, under the writer's lock. Answers how many.
    pub async fn migrate(&self) -> Stored<usize> {
        migrate::migrate(&self.writer).await
    }

    /// How many migrations are missing.
    pub async fn pending_migrations(&self) -> Stored<usize> {
        migrate::pending(&self.writer).await
    }

    /// Whether it answers, and keeps what it is given. After a write that failed, for a full disk say, one that writes
    /// something decides.
    pub async fn ping(&self) -> Stored<()> {
        self.in_place.check()?;
        sqlx::query("SELECT 1").execute(&self.reader).await?;
        if self.group.has_failed() {
            self.try_room().await?;
            self.group.forget_failure();
        }
        Ok(())
    }

    /// Writes 256 KiB and removes them again, as much as a large handover takes.
    async fn try_room(&self) -> Stored<()> {
        let mut tx = self.begin().await?;
        sqlx::raw_sql("CREATE TABLE IF NOT EXISTS room (filler); INSERT INTO room VALUES (zeroblob(262144))")
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        let mut tx = self.begin().await?;
        sqlx::raw_sql("DROP TABLE room").execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    /// Finishes what is being written, closes the file and gives the lock back.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
        if let Some(lock) = &self.lock {
            lock.release();
        }
    }

    /// A transaction that takes the write lock at once: one that reads first and writes later could lose its
    /// turn in between.
    async fn begin(&self) -> Stored<Transaction<'_, Sqlite>> {
        self.in_place.check()?;
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// A value that this program wrote as text, read back.
fn parsed<T>(value: Option<T>, table: &'static str) -> Stored<T> {
    value.ok_or(StoreError::Unreadable(table))
}

/// A number that is never negative and fits.
fn small(row: &SqliteRow, column: &str) -> Stored<u32> {
    Ok(u32::try_from(row.try_get::<i64, _>(column)?).unwrap_or(u32::MAX))
}

/// A value that this program wrote as JSON, read back.
fn from_json<T: serde::de::DeserializeOwned>(text: &str, table: &'static str) -> Stored<T> {
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable(table))
}

/// JSON for a column. Our own types always have one.
fn to_json<T: serde::Serialize>(value: &T, table: &'static str) -> Stored<String> {
    serde_json::to_string(value).map_err(|_| StoreError::Unreadable(table))
}
