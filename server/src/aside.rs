//! Runs long computations away from the threads that serve requests.

use std::panic::resume_unwind;

/// From this size on, in bytes, reading takes long enough to delay others: 8 MiB take a tenth of a second.
pub const LARGE: usize = 256 * 1024;

/// Runs work on this many bytes, on a separate thread if they are many.
pub async fn aside<T: Send + 'static>(bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> T {
    if bytes <= LARGE {
        return work();
    }
    joined(tokio::task::spawn_blocking(work)).await
}

/// Returns a task's result, or continues its panic.
pub async fn joined<T>(task: tokio::task::JoinHandle<T>) -> T {
    match task.await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(answer) => answer,
        Err(Ok(panic)) => resume_unwind(panic),
        // The process is stopping.
        Err(Err(_)) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::current;

    #[tokio::test]
    async fn only_large_work_runs_on_another_thread() {
        let here = current().id();
        assert_eq!(aside(LARGE, || current().id()).await, here);
        assert_ne!(aside(LARGE + 1, || current().id()).await, here);
    }
}
