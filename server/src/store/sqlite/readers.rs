//! The connections that read, each on a thread of its own. They never wait for the writer: a statement sees the last
//! commit before it began.

use super::{
    file::Lock,
    sql::SqliteConnection,
    threads::{JobQueue, outlive},
};
use crate::store::{StoreError, Stored};
use async_channel::Receiver;
use std::{sync::Arc, time::Duration};

/// How many connections read.
pub(super) const READERS: usize = 4;
/// How long a caller waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

type Job = Box<dyn FnOnce(&SqliteConnection) + Send>;

/// Hands what is to be read to the threads.
pub(super) struct Readers {
    queue: JobQueue<Job>,
}

impl Readers {
    /// Starts a thread for each connection. The lock's files stay open as long as the threads run.
    pub(super) fn start(
        connections: Vec<SqliteConnection>,
        lock: Option<&Arc<Lock>>,
    ) -> std::io::Result<Self> {
        let (queue, jobs) = JobQueue::new();
        for connection in connections {
            let (jobs, lock) = (jobs.clone(), lock.cloned());
            queue.start("sqlite-reader", move || {
                run(&connection, &jobs);
                drop((connection, lock));
            })?;
        }
        Ok(Self { queue })
    }

    /// Reads, or fails after 30 s.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SqliteConnection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        let answer = self.queue.ask(|tell| {
            Box::new(move |connection: &SqliteConnection| {
                // Skipped if its caller has gone.
                if !tell.is_closed() {
                    let _ = tell.send(work(connection));
                }
            }) as Job
        });
        let late = |_| StoreError::unavailable(format!("nothing could be read in {} s", PATIENCE.as_secs()));
        tokio::time::timeout(PATIENCE, answer).await.map_err(late)?
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
