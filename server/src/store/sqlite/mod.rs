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

use super::{Database, OpenError, Opener, StoreError, Stored};
use domain::clock::Clock;
use file::{InPlace, Lock};
use sqlx::{
    Connection, Row, Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous},
};
use std::{fmt::Display, path::Path, sync::Arc, time::Duration};

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

impl SqliteStore {
    /// Opens the file, making it and its folder if need be. A server takes the lock on it. A command takes it, too, if
    /// no server has it, and else works beside that one: SQLite lets two processes write in turn, and what there must be
    /// only one of is the server, with its budgets and its queue.
    pub async fn open(path: &Path, opener: Opener) -> Result<Self, OpenError> {
        let path = file::settle(path)?;
        let lock = match Lock::take(&path) {
            Err(OpenError::Locked { .. }) if opener == Opener::Command => None,
            lock => Some(lock?),
        };
        Self::open_with(&path, lock).await
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
        let (writer, reader) = opened.await.map_err(|error: sqlx::Error| OpenError::Database {
            path: path.to_owned(),
            error: error.into(),
        })?;
        let group = group::Group::new(writer.clone(), in_place.clone());
        Ok(Self { writer, reader, group, lock, in_place })
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

    /// A transaction that takes the write lock at once: one that reads first and writes later could lose its
    /// turn in between.
    async fn begin(&self) -> Stored<Transaction<'_, Sqlite>> {
        self.in_place.check()?;
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

#[async_trait::async_trait]
impl Database for SqliteStore {
    async fn migrate(&self) -> Stored<usize> {
        migrate::migrate(&self.writer).await
    }

    async fn pending_migrations(&self) -> Stored<usize> {
        migrate::pending(&self.writer).await
    }

    /// Writes something only after a write that failed, for a full disk say.
    async fn ping(&self) -> Stored<()> {
        self.in_place.check()?;
        sqlx::query("SELECT 1").execute(&self.reader).await?;
        if self.group.has_failed() {
            self.try_room().await?;
            self.group.forget_failure();
        }
        Ok(())
    }

    /// The process's own clock: file and process share a machine.
    fn clock(&self, process: Arc<dyn Clock>) -> Arc<dyn Clock> {
        process
    }

    fn is_beside(&self) -> bool {
        self.lock.is_none()
    }

    fn announce_keys(&self, ids: &[&str]) -> Stored<()> {
        let Some(lock) = &self.lock else { return Ok(()) };
        lock.write(&format!("{}\n", ids.join(",")))
            .map_err(|error| StoreError::unavailable(format!("the lock file cannot be written: {error}")))
    }

    fn announced_keys(&self) -> Stored<Vec<String>> {
        let text = std::fs::read_to_string(file::lock_path(self.in_place.path()))
            .map_err(|error| StoreError::unavailable(format!("the lock file cannot be read: {error}")))?;
        let line = text.lines().next().unwrap_or_default();
        Ok(line.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect())
    }

    /// Also gives the lock back.
    async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
        if let Some(lock) = &self.lock {
            lock.release();
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::unavailable(error)
    }
}

/// Where a value is: table, column, and the key of its row.
#[derive(Clone, Copy)]
struct Cell<'a>(&'static str, &'static str, &'a dyn Display);

impl Cell<'_> {
    /// A value that this program wrote as text, read back.
    fn parsed<T>(self, value: Option<T>) -> Stored<T> {
        value.ok_or_else(|| StoreError::unreadable(self.0, self.1, self.2.to_string()))
    }

    /// A value that this program wrote as JSON, read back.
    fn json<T: serde::de::DeserializeOwned>(self, text: &str) -> Stored<T> {
        self.parsed(serde_json::from_str(text).ok())
    }

    /// The same of a column of this row that may be empty.
    fn json_or_default<T: serde::de::DeserializeOwned + Default>(self, row: &SqliteRow) -> Stored<T> {
        row.try_get::<Option<&str>, _>(self.1)?.map_or_else(|| Ok(T::default()), |text| self.json(text))
    }
}

/// A number that is never negative and fits.
fn small(row: &SqliteRow, column: &str) -> Stored<u32> {
    Ok(u32::try_from(row.try_get::<i64, _>(column)?).unwrap_or(u32::MAX))
}

/// JSON for a column. Our own types always have one.
fn to_json<T: serde::Serialize>(value: &T) -> Stored<String> {
    serde_json::to_string(value).map_err(StoreError::unavailable)
}
