//! The one connection that writes, on its own thread. A whole transaction runs there: passing each statement to a
//! thread and back would cost more than most statements take.
//!
//! One ticket's life (accept, three reads, begin, settle; 8 clients, two runs each on a busy machine) takes 0.51 and
//! 0.63 ms of CPU this way. Through sqlx, which hands each statement to a thread and back, it took 0.96 and 0.89 ms.
//!
//! A caller that goes away cancels no job, a panic rolls back only its own transaction, and closing finishes what is
//! queued first.

use super::{
    file::{InPlace, Lock},
    group::{self, Change, Waiting},
    sql::{Sql, SqliteConnection},
    threads::{JobQueue, MOST, outlive},
    versions::{Touched, Versions},
};
use crate::store::{StoreError, Stored};
use async_channel::Receiver;
use futures::FutureExt;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Runs a rule to its end by polling it once. A SQLite transaction never waits, so a rule that is still pending waits
/// for something it must not wait for: that is an error instead of a hang.
pub(super) fn ready<T>(rule: impl Future<Output = Stored<T>>) -> Stored<T> {
    let waits = || Err(StoreError::unavailable("a rule waits for something other than its transaction"));
    rule.now_or_never().unwrap_or_else(waits)
}

/// How long changes are gathered while many arrive.
const GATHERED_FOR: Duration = Duration::from_millis(1);

/// A job for the thread.
#[expect(clippy::large_enum_variant, reason = "few wait at once, and a box would cost an allocation each")]
enum Job {
    /// Shares its transaction with the changes that wait beside it.
    Change(Waiting),
    /// Runs alone.
    Alone(Box<dyn FnOnce(&mut Writing) + Send>),
}

/// Sends writes to the thread.
pub(super) struct Writer {
    queue: JobQueue<Job>,
    /// Whether the last group could not be written.
    failed: Arc<AtomicBool>,
}

impl Writer {
    /// Starts the thread. The lock's files stay open as long as it runs.
    pub(super) fn start(mut writing: Writing, lock: Option<Arc<Lock>>) -> std::io::Result<Self> {
        let (queue, jobs) = JobQueue::new();
        let failed = Arc::new(AtomicBool::new(false));
        let noted = failed.clone();
        queue.start("sqlite-writer", move || {
            run(&mut writing, &jobs, &noted);
            drop((writing, lock));
        })?;
        Ok(Self { queue, failed })
    }

    /// Writes a change together with whatever else is waiting. Returns after the commit.
    pub(super) async fn share<C: Change>(&self, change: C) -> Stored<C::Answer> {
        self.queue.ask(|tell| Job::Change(change.wait(tell))).await
    }

    /// Runs work in its own transaction. Returns after the commit.
    pub(super) async fn transaction<T: Send + 'static>(
        &self,
        touched: Touched,
        work: impl FnOnce(&mut SqliteConnection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        self.alone(|writing| writing.transaction(touched, work)).await
    }

    /// Runs work that begins and ends its own transactions.
    pub(super) async fn outside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        self.alone(|writing| {
            let done = work(writing.connection()?);
            writing.note(Touched::All);
            done
        })
        .await
    }

    /// Checks for writes that the versions cannot explain.
    pub(super) async fn look(&self) -> Stored<()> {
        self.alone(|writing| {
            writing.versions.look(&writing.connection);
            Ok(())
        })
        .await
    }

    async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writing) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        let job = |tell: tokio::sync::oneshot::Sender<_>| {
            Job::Alone(Box::new(move |writing: &mut Writing| {
                // The caller may be gone.
                let _ = tell.send(work(writing));
            }))
        };
        self.queue.ask(job).await
    }

    /// Returns whether the last group could not be written.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Clears the failure after a later write succeeded.
    pub(super) fn forget_failure(&self) {
        self.failed.store(false, Ordering::Relaxed);
    }

    /// Writes what is queued and closes the connection.
    pub(super) async fn close(&self) {
        self.queue.close().await;
    }
}

fn run(writing: &mut Writing, jobs: &Receiver<Job>, failed: &AtomicBool) {
    let mut had_company = false;
    while let Ok(first) = jobs.recv_blocking() {
        // More are likely to follow: one commit for ten costs a third of ten commits, with a single disk sync.
        if had_company {
            #[expect(clippy::disallowed_methods, reason = "there is no event to wait for")]
            std::thread::sleep(GATHERED_FOR);
        }
        let (mut group, mut alone) = (Vec::new(), Vec::new());
        let waiting = std::iter::from_fn(|| jobs.try_recv().ok()).take(MOST);
        for job in std::iter::once(first).chain(waiting) {
            match job {
                Job::Change(waiting) => group.push(waiting),
                Job::Alone(work) => alone.push(work),
            }
        }
        had_company = group.len() > 1;
        writing.locked_out = None;
        if !group.is_empty() {
            let written = outlive(|| group::write(writing, group)).unwrap_or(false);
            failed.store(!written, Ordering::Relaxed);
        }
        for work in alone {
            if outlive(|| work(writing)).is_none() {
                writing.note(Touched::All);
            }
        }
    }
}

/// Opens a connection that writes.
type Open = Box<dyn Fn() -> rusqlite::Result<SqliteConnection> + Send>;

/// The connection that writes, and what it needs.
pub(super) struct Writing {
    connection: SqliteConnection,
    open: Open,
    in_place: Arc<InPlace>,
    /// Why no transaction could begin: another process holds the write lock. Jobs taken from the queue together fail
    /// together, so that they do not wait 10 s each.
    locked_out: Option<String>,
    versions: Arc<Versions>,
}

impl Writing {
    pub(super) fn new(open: Open, in_place: Arc<InPlace>, versions: Arc<Versions>) -> rusqlite::Result<Self> {
        Ok(Self { connection: open()?, open, in_place, locked_out: None, versions })
    }

    /// Runs work in a transaction, which is kept completely or not at all.
    pub(super) fn transaction<T>(
        &mut self,
        touched: Touched,
        work: impl FnOnce(&mut SqliteConnection) -> Stored<T>,
    ) -> Stored<T> {
        self.begin()?;
        let done = work(&mut self.connection).and_then(|answer| {
            self.connection.run("COMMIT", [])?;
            Ok(answer)
        });
        if done.is_err() {
            self.roll_back();
        }
        // Also after a failure: a commit that failed may have been kept.
        self.note(touched);
        self.in_place.learn(done)
    }

    fn note(&self, touched: Touched) {
        self.versions.note(&self.connection, touched);
    }

    /// Takes the write lock immediately: a transaction that reads first and writes later could lose its turn in
    /// between.
    fn begin(&mut self) -> Stored<()> {
        if let Some(why) = &self.locked_out {
            return Err(StoreError::unavailable(why.as_str()));
        }
        let begun = self.connection()?.run("BEGIN IMMEDIATE", []);
        if let Err(error) = &begun {
            self.locked_out = Some(error.to_string());
        }
        begun.map(drop)
    }

    /// Returns the connection, outside of any transaction.
    fn connection(&mut self) -> Stored<&mut SqliteConnection> {
        self.in_place.check()?;
        // A job may have panicked.
        self.roll_back();
        if !self.connection.is_autocommit() {
            self.connection = (self.open)()?;
            self.versions.reopened();
        }
        Ok(&mut self.connection)
    }

    fn roll_back(&self) {
        // On a full disk, SQLite rolls back by itself.
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.run("ROLLBACK", [])
        {
            tracing::warn!(error = %error, "a transaction could not be rolled back");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::SqliteStore, *};
    use crate::store::{Database, Opener};
    use std::future;

    async fn store() -> (SqliteStore, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("convi.db"), Opener::Server).await.unwrap();
        store.write(|tx| tx.run("CREATE TABLE said (word)", [])).await.unwrap();
        (store, folder)
    }

    fn say(tx: &SqliteConnection, word: &str) -> Stored<()> {
        tx.run("INSERT INTO said VALUES (?)", [word]).map(drop)
    }

    async fn said(store: &SqliteStore) -> Vec<String> {
        store.read(|db| db.all("SELECT word FROM said", [], |row| row.get("word"))).await.unwrap()
    }

    /// Keeps the writer busy until the sender is dropped.
    async fn busy(store: &Arc<SqliteStore>) -> std::sync::mpsc::Sender<()> {
        let (until, wait) = std::sync::mpsc::channel();
        let (begun, begins) = tokio::sync::oneshot::channel();
        let store = store.clone();
        tokio::spawn(async move {
            store
                .write(move |_| {
                    let _ = begun.send(());
                    let _: Result<(), _> = wait.recv();
                    Ok(())
                })
                .await
        });
        begins.await.unwrap();
        until
    }

    #[tokio::test]
    async fn panic_rolls_back_and_the_next_transaction_works() {
        let (store, _folder) = store().await;
        let panics = store.write::<()>(|tx| {
            say(tx, "half")?;
            panic!("on purpose");
        });
        assert!(panics.await.is_err());
        let reads = store.read::<()>(|_| panic!("on purpose"));
        assert!(reads.await.is_err());
        let reads_few = store.read_few::<()>(|_| panic!("on purpose"));
        assert!(reads_few.await.is_err());
        store.write(|tx| say(tx, "whole")).await.unwrap();
        for _ in 0..2 * super::super::READERS {
            assert_eq!(said(&store).await, ["whole"]);
            assert!(store.read_few(|db| db.any("SELECT word FROM said", [])).await.unwrap());
        }
    }

    #[tokio::test]
    async fn error_rolls_back_its_transaction() {
        let (store, _folder) = store().await;
        let fails = store.write::<()>(|tx| {
            say(tx, "half")?;
            Err(StoreError::unavailable("on purpose"))
        });
        assert!(fails.await.is_err());
        assert_eq!(said(&store).await, [""; 0]);
    }

    #[tokio::test]
    async fn leaving_caller_does_not_cancel_its_job() {
        let (store, _folder) = store().await;
        let store = Arc::new(store);
        let until = busy(&store).await;
        let leaves = store.write(|tx| {
            say(tx, "one")?;
            say(tx, "two")
        });
        assert!(
            tokio::time::timeout(Duration::from_millis(20), leaves).await.is_err(),
            "the caller leaves early"
        );
        drop(until);
        store.write(|_| Ok(())).await.unwrap();
        assert_eq!(said(&store).await, ["one", "two"]);
    }

    #[tokio::test]
    async fn close_writes_what_is_queued_and_rejects_the_rest() {
        let (store, folder) = store().await;
        let store = Arc::new(store);
        let until = busy(&store).await;
        let queued: Vec<_> = (0..9)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(async move { store.write(move |tx| say(tx, &n.to_string())).await })
            })
            .collect();
        while store.writer.queue.waiting() < 9 {
            tokio::task::yield_now().await;
        }
        let closes = {
            let store = store.clone();
            tokio::spawn(async move { store.close().await })
        };
        drop(until);
        for write in queued {
            write.await.unwrap().unwrap();
        }
        closes.await.unwrap();
        let error = store.write(|tx| say(tx, "late")).await.unwrap_err();
        assert_eq!(error.to_string(), "the database failed: the database is closed");
        let error = store.read_few(|db| db.any("SELECT word FROM said", [])).await.unwrap_err();
        assert_eq!(error.to_string(), "the database failed: the database is closed");
        let again = SqliteStore::open(&folder.path().join("convi.db"), Opener::Server).await.unwrap();
        assert_eq!(said(&again).await.len(), 9);
    }

    #[test]
    fn rule_that_waits_is_an_error() {
        let error = ready(future::pending::<Stored<()>>()).unwrap_err();
        let why = "the database failed: a rule waits for something other than its transaction";
        assert_eq!(error.to_string(), why);
    }
}
