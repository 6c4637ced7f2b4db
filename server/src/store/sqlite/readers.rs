//! The connections that read. They never wait for the writer: a statement sees the last commit before it began.
//!
//! Slow reads run on threads with a connection each. A few rows by key are read on the caller's thread, because the way
//! to another thread and back takes several times as long.

use super::{
    file::{InPlace, Lock},
    sql::SqliteConnection,
    threads::{JobQueue, outlive},
};
use crate::store::{StoreError, Stored};
use async_channel::Receiver;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// How many connections read on threads of their own.
pub(super) const READERS: usize = 2;
/// How many connections read on the caller's thread.
pub(super) const READERS_HERE: usize = 2;
/// How long a caller waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

type Job = Box<dyn FnOnce(&SqliteConnection) + Send>;

/// Reads on the caller's thread or on the readers' threads.
pub(super) struct Readers {
    queue: JobQueue<Job>,
    here: Vec<Mutex<SqliteConnection>>,
}

impl Readers {
    /// Starts a thread for each of `connections`; those in `here` read on the caller's thread. The files of `held`
    /// stay open as long as the threads run.
    pub(super) fn start(
        connections: Vec<SqliteConnection>,
        here: Vec<SqliteConnection>,
        held: &(Option<Arc<Lock>>, Arc<InPlace>),
    ) -> std::io::Result<Self> {
        let (queue, jobs) = JobQueue::new();
        for connection in connections {
            let (jobs, held) = (jobs.clone(), held.clone());
            queue.start("sqlite-reader", move || {
                run(&connection, &jobs);
                drop((connection, held));
            })?;
        }
        Ok(Self { queue, here: here.into_iter().map(Mutex::new).collect() })
    }

    /// Reads on a thread, or fails after 30 s.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SqliteConnection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        let answer = self.queue.ask(|tell| {
            Box::new(move |connection: &SqliteConnection| {
                // Skipped if the caller is gone.
                if !tell.is_closed() {
                    let _ = tell.send(work(connection));
                }
            }) as Job
        });
        let late = |_| StoreError::unavailable(format!("no read finished within {} s", PATIENCE.as_secs()));
        tokio::time::timeout(PATIENCE, answer).await.map_err(late)?
    }

    /// Reads one or a few rows by key: on the caller's thread if a connection is free.
    pub(super) async fn read_few<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SqliteConnection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        match self.read_here(work) {
            Ok(read) => read,
            Err(work) => self.read(work).await,
        }
    }

    /// Reads on a free connection. Without one, returns the work.
    fn read_here<T, W: FnOnce(&SqliteConnection) -> Stored<T>>(&self, work: W) -> Result<Stored<T>, W> {
        // After the store is closed nothing is read here either; the threads' queue returns the error.
        let free = self.here.iter().filter(|_| !self.queue.is_closed()).find_map(|it| it.try_lock().ok());
        let Some(connection) = free else { return Err(work) };
        let panicked = || Err(StoreError::unavailable("a read of the database panicked"));
        Ok(outlive(|| work(&connection)).unwrap_or_else(panicked))
    }

    /// Finishes the queued reads.
    pub(super) async fn close(&self) {
        self.queue.close().await;
    }
}

fn run(connection: &SqliteConnection, jobs: &Receiver<Job>) {
    while let Ok(job) = jobs.recv_blocking() {
        outlive(|| job(connection));
    }
}
