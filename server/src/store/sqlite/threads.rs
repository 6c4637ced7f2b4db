//! Threads with a connection each, and their job queue. SQLite runs on the calling thread, and must not block the
//! threads that serve requests.

use crate::store::{StoreError, Stored};
use async_channel::{Receiver, Sender};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, PoisonError},
    thread::JoinHandle,
};
use tokio::sync::oneshot;

/// The maximum number of jobs in a queue. When it is full, callers wait for room.
pub(super) const MOST: usize = 256;

/// Jobs for threads. A queued job runs even if its caller is gone or the queue was dropped.
pub(super) struct JobQueue<J> {
    jobs: Sender<J>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl<J: Send + 'static> JobQueue<J> {
    /// Returns a queue and the receiving end for the threads.
    pub(super) fn new() -> (Self, Receiver<J>) {
        let (jobs, waiting) = async_channel::bounded(MOST);
        (Self { jobs, threads: Mutex::default() }, waiting)
    }

    /// Starts a thread, which must end when the queue does.
    pub(super) fn start(&self, name: &str, run: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run)?;
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        Ok(())
    }

    /// Queues a job that sends its answer, and waits for the answer.
    pub(super) async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<Stored<T>>) -> J) -> Stored<T> {
        let (tell, told) = oneshot::channel();
        let closed = |_| StoreError::unavailable("the database is closed");
        self.jobs.send(job(tell)).await.map_err(closed)?;
        told.await.map_err(|_| StoreError::unavailable("a database thread panicked"))?
    }

    /// Returns whether new jobs are rejected.
    pub(super) fn is_closed(&self) -> bool {
        self.jobs.is_closed()
    }

    /// Returns how many jobs are waiting.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.jobs.len()
    }

    /// Rejects new jobs, runs the queued ones, and ends the threads.
    pub(super) async fn close(&self) {
        self.jobs.close();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let ended = tokio::task::spawn_blocking(move || {
            for thread in threads {
                // It cannot panic: jobs run in `outlive`.
                let _ = thread.join();
            }
        });
        let _ = ended.await;
    }
}

/// Runs a job and catches its panic, so that the thread survives. The job's caller gets an error.
pub(super) fn outlive<T>(job: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(job)).ok()
}
