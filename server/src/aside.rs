//! Runs long computations beside the threads that answer everybody.

use std::panic::resume_unwind;

/// From this many bytes on, to read something takes long enough for others to notice: 8 MiB take a tenth of a second.
pub const LARGE: usize = 256 * 1024;

/// Runs work on so many bytes, on a thread of its own if they are many.
pub async fn aside<T: Send + 'static>(bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> T {
    if bytes <= LARGE {
        return work();
    }
    joined(tokio::task::spawn_blocking(work)).await
}

/// What a task answers; its panic becomes ours.
pub async fn joined<T>(task: tokio::task::JoinHandle<T>) -> T {
    match task.await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(answer) => answer,
        Err(Ok(panic)) => resume_unwind(panic),
        // The process stops.
        Err(Err(_)) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::current;

    #[tokio::test]
    async fn only_much_work_is_done_on_another_thread() {
        let here = current().id();
        assert_eq!(aside(LARGE, || current().id()).await, here);
        assert_ne!(aside(LARGE + 1, || current().id()).await, here);
    }
}
