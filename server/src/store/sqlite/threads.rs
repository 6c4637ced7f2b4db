//! Threads that have a connection each and do what is queued for them: a connection answers where it is called, and
//! must not keep the threads that answer everybody.

use crate::store::{StoreError, Stored};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, PoisonError},
    thread::JoinHandle,
};
use tokio::sync::{mpsc, oneshot};

/// The most jobs that wait; who comes next waits to be let in.
pub(super) const MOST: usize = 256;

/// Jobs for threads. What is queued is done, also if nobody waits for the answer any more or the queue is dropped.
pub(super) struct JobQueue<J> {
    jobs: Mutex<Option<mpsc::Sender<J>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl<J: Send + 'static> JobQueue<J> {
    /// A queue, and its other end for the threads.
    pub(super) fn new() -> (Self, mpsc::Receiver<J>) {
        let (jobs, waiting) = mpsc::channel(MOST);
        (Self { jobs: Mutex::new(Some(jobs)), threads: Mutex::default() }, waiting)
    }

    /// Starts a thread that ends with the queue.
    pub(super) fn start(&self, name: &str, run: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run)?;
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        Ok(())
    }

    /// Queues a job that tells its answer, and waits for it.
    pub(super) async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<Stored<T>>) -> J) -> Stored<T> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (tell, told) = oneshot::channel();
        jobs.ok_or_else(closed)?.send(job(tell)).await.map_err(|_| closed())?;
        told.await.map_err(|_| StoreError::unavailable("a thread of the database panicked"))?
    }

    /// How many wait to be done.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.as_ref().map_or(0, |jobs| MOST - jobs.capacity())
    }

    /// Lets nobody in, does what is queued, and ends the threads.
    pub(super) async fn close(&self) {
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let ended = tokio::task::spawn_blocking(move || {
            for thread in threads {
                // What panics in it is caught.
                let _ = thread.join();
            }
        });
        let _ = ended.await;
    }
}

fn closed() -> StoreError {
    StoreError::unavailable("the database is closed")
}

/// Does a job. Whoever waits for one that panics gets an error, and the thread does the next one.
pub(super) fn outlive<T>(job: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(job)).ok()
}
