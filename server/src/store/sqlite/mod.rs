//! SQLite, the embedded default: one file, one process, one writer.
//!
//! WAL with `synchronous=FULL`: a confirmed commit survives a power cut. Writes go through one connection (`writer.rs`),
//! which serialises all transactions, and frequent writes share a transaction (`group.rs`). Reads have their own
//! connections (`readers.rs`) and never wait for the writer. The writer and slow reads run on their own threads
//! (`threads.rs`): each job is sent there with all its input, and the result comes back.

mod answers;
mod connections;
mod conversations;
mod copy;
mod file;
mod group;
mod handovers;
mod history;
mod lanes;
mod migrate;
mod notices;
mod operations;
mod outbox;
mod processes;
mod readers;
mod removal;
mod search;
mod sessions;
mod shopper_mail;
mod sql;
mod threads;
mod versions;
mod writer;

pub(super) use file::put_aside;

use super::{Database, OpenError, Opener, Stored};
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
/// The most prepared statements that a connection caches. The store has fewer.
const PREPARED: usize = 256;
/// The settings of the connection that writes.
const SETTINGS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    -- Many handovers change the same pages, so fewer checkpoints write each page less often.
    PRAGMA wal_autocheckpoint = 4000;
    -- Overwrites deleted and outgrown content immediately: a later purge could not find it.
    PRAGMA secure_delete = ON;";

/// The SQLite store.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
    versions: Arc<Versions>,
    /// Held until the store is closed or dropped: a second server must not use the same file. `None` for a command
    /// beside the server.
    lock: Option<Arc<Lock>>,
    in_place: Arc<InPlace>,
}

impl SqliteStore {
    /// Opens the file, and creates it and its folder if necessary.
    ///
    /// A server takes the lock. A command takes it too if no server has it, and otherwise works beside that server:
    /// SQLite lets two processes write in turn, and only the server, with its budgets and its queue, must be unique.
    pub async fn open(path: &Path, opener: Opener) -> Result<Self, OpenError> {
        let path = file::settle(path)?;
        file::ensure_not_copied(&path)?;
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

    /// Runs a read. Two statements may see different snapshots.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SqliteConnection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        self.in_place.learn(self.readers.read(work).await)
    }

    /// Reads a few rows by key. Two statements may see different snapshots.
    async fn read_few<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SqliteConnection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        self.in_place.learn(self.readers.read_few(work).await)
    }

    /// Writes in a transaction, completely or not at all.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        self.writer.transaction(Touched::All, work).await
    }

    /// Like `write`, for a change that only this merchant's people can see.
    async fn write_of<T: Send + 'static>(
        &self,
        merchant: &str,
        work: impl FnOnce(&mut SqliteConnection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        self.writer.transaction(Touched::Merchants(vec![merchant.to_owned()]), work).await
    }

    /// Like `write`, for a change that no list shows.
    async fn write_unlisted<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        self.writer.transaction(Touched::Nothing, work).await
    }

    /// Writes and removes 256 KiB, as much as a large handover takes.
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
    let held = (lock.clone(), in_place.clone());
    let writing = Writing::new(Box::new(move || open_to_write(&file)), in_place, versions.clone())?;
    let open = |count| (0..count).map(|_| open_to_read(path)).collect::<rusqlite::Result<Vec<_>>>();
    let readers = Readers::start(open(READERS)?, open(READERS_HERE)?, &held)?;
    Ok((Writer::start(writing, lock)?, readers, versions))
}

fn open_to_write(path: &Path) -> rusqlite::Result<SqliteConnection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    connection.execute_batch(SETTINGS)?;
    Ok(connection)
}

fn open_to_read(path: &Path) -> rusqlite::Result<SqliteConnection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    // In KiB, half the default. Each commit empties this cache, and pages then come from the system's cache, which all
    // connections share.
    connection.execute_batch("PRAGMA cache_size = -1000")?;
    Ok(connection)
}

fn connect(path: &Path, how: OpenFlags) -> rusqlite::Result<SqliteConnection> {
    // Only one thread uses it at a time.
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

    /// Reads. If an earlier write failed, for example on a full disk, also tries to write.
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
    async fn clock(&self, process: Arc<dyn Clock>) -> Stored<Arc<dyn Clock>> {
        Ok(process)
    }

    fn serves_one_process(&self) -> bool {
        true
    }

    fn is_beside(&self) -> bool {
        self.lock.is_none()
    }

    /// Also releases the lock.
    async fn close(&self) {
        self.readers.close().await;
        self.versions.close();
        self.writer.close().await;
        if let Some(lock) = &self.lock {
            lock.release();
        }
    }
}
