//! SQLite, the embedded default: one file, one process, one writer.
//!
//! WAL with `synchronous=FULL`: a commit that was answered survives a power cut. Writes go through one connection
//! (`writer.rs`), which makes every transaction serial, and those that come often share one (`group.rs`); reads have
//! connections of their own (`readers.rs`) and never wait for it. The writer and those that may take long have a thread each
//! (`threads.rs`), on which a whole piece of work runs: all that it needs is handed over, and its answer comes back.

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
mod readers;
mod removal;
mod search;
mod sessions;
mod sql;
mod threads;
mod versions;
mod writer;

use super::{Database, OpenError, Opener, StoreError, Stored};
use domain::clock::Clock;
use file::{InPlace, Lock};
use readers::{READERS, READERS_HERE, Readers};
use rusqlite::OpenFlags;
use sql::{Sql, SqliteConnection};
use std::{error::Error, path::Path, sync::Arc, time::Duration};
use versions::{Touched, Versions};
use writer::{Writer, Writing};

/// How long a connection waits for another process.
const BUSY: Duration = Duration::from_secs(10);
/// How many statements a connection keeps prepared; there are fewer.
const PREPARED: usize = 256;
/// How the connection that writes is set.
const SETTINGS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    -- Many handovers change the same pages: written to their place less often, they are written together.
    PRAGMA wal_autocheckpoint = 4000;
    -- What is deleted or outgrows its place is overwritten, at once: a purge later could not find it.
    PRAGMA secure_delete = ON;";

/// The store.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
    versions: Arc<Versions>,
    /// Held until the store is closed or dropped: a second server must not use the same file. None: a command beside
    /// the server.
    lock: Option<Arc<Lock>>,
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
            lock => Some(Arc::new(lock?)),
        };
        let in_place = InPlace::of(&path).map_err(|error| OpenError::File { path: path.clone(), error })?;
        let in_place = Arc::new(in_place);
        let (here, held, file) = (path.clone(), lock.clone(), in_place.clone());
        let opened = tokio::task::spawn_blocking(move || start(&here, held, file)).await;
        let opened = opened.map_err(Into::into).and_then(|opened| opened);
        let (writer, readers, versions) = opened.map_err(|error| OpenError::Database { path, error })?;
        Ok(Self { writer, readers, versions, lock, in_place })
    }

    /// Reads. Two statements may see two moments.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SqliteConnection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        self.readers.read(work).await
    }

    /// Reads a few rows by their key. Two statements may see two moments.
    async fn read_few<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SqliteConnection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        self.readers.read_few(work).await
    }

    /// Writes in a transaction: all of it, or nothing.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        self.writer.transaction(Touched::All, work).await
    }

    /// The same of what changes only what this merchant's people see.
    async fn write_of<T: Send + 'static>(
        &self,
        merchant: &str,
        work: impl FnOnce(&mut SqliteConnection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        self.writer.transaction(Touched::Merchants(vec![merchant.to_owned()]), work).await
    }

    /// The same of what is in no list.
    async fn write_unlisted<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        self.writer.transaction(Touched::Nothing, work).await
    }

    /// Writes 256 KiB and removes them again, as much as a large handover takes.
    async fn try_room(&self) -> Stored<()> {
        self.write_unlisted(|tx| {
            tx.run("CREATE TABLE IF NOT EXISTS room (filler)", [])?;
            tx.run("INSERT INTO room VALUES (zeroblob(262144))", [])
        })
        .await?;
        self.write_unlisted(|tx| tx.run("DROP TABLE room", [])).await?;
        Ok(())
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        if let Some(lock) = &self.lock {
            lock.release();
        }
    }
}

/// Opens the connections and starts their threads.
fn start(
    path: &Path,
    lock: Option<Arc<Lock>>,
    in_place: Arc<InPlace>,
) -> Result<(Writer, Readers, Arc<Versions>), Box<dyn Error + Send + Sync>> {
    let file = path.to_owned();
    let versions = Arc::new(Versions::new(open_to_read(path)?));
    let writing = Writing::new(Box::new(move || open_to_write(&file)), in_place, versions.clone())?;
    let open = |count| (0..count).map(|_| open_to_read(path)).collect::<rusqlite::Result<Vec<_>>>();
    let readers = Readers::start(open(READERS)?, open(READERS_HERE)?, lock.as_ref())?;
    Ok((Writer::start(writing, lock)?, readers, versions))
}

fn open_to_write(path: &Path) -> rusqlite::Result<SqliteConnection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    connection.execute_batch(SETTINGS)?;
    Ok(connection)
}

fn open_to_read(path: &Path) -> rusqlite::Result<SqliteConnection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    // In KiB, half of the usual. Each commit empties it: the pages come from the system's cache, which is for all.
    connection.execute_batch("PRAGMA cache_size = -1000")?;
    Ok(connection)
}

fn connect(path: &Path, how: OpenFlags) -> rusqlite::Result<SqliteConnection> {
    // Only one thread has it at a time.
    let connection = SqliteConnection::open_with_flags(path, how | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    Ok(connection)
}

#[async_trait::async_trait]
impl Database for SqliteStore {
    async fn migrate(&self) -> Stored<usize> {
        self.writer.outside(migrate::migrate).await
    }

    async fn pending_migrations(&self) -> Stored<usize> {
        self.writer.outside(migrate::pending).await
    }

    /// Writes something only after a write that failed, for a full disk say.
    async fn ping(&self) -> Stored<()> {
        self.in_place.check()?;
        self.read(|db| db.any("SELECT 1", [])).await?;
        if self.writer.has_failed() {
            self.try_room().await?;
            self.writer.forget_failure();
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
        self.readers.close().await;
        self.versions.close();
        self.writer.close().await;
        if let Some(lock) = &self.lock {
            lock.release();
        }
    }
}
