//! The database's clock, as every process on the database sees it.

use super::pool::Connections;
use crate::store::{Stored, rows::Columns};
use domain::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::Notify;

/// How often the database is asked.
const EVERY: Duration = Duration::from_secs(10);
/// A slower answer is too imprecise, and is ignored.
const SLOW: Duration = Duration::from_millis(200);

/// The database's time when it was last asked, plus the time that has passed here since. So all processes agree to within
/// half of an answer's time, however wrong their machines' clocks are.
pub(super) struct DatabaseClock {
    process: Arc<dyn Clock>,
    sample: RwLock<Sample>,
    again: Notify,
}

/// The database's time at one moment of the process's monotonic clock.
#[derive(Clone, Copy)]
struct Sample {
    time: Timestamp,
    at: Duration,
}

impl DatabaseClock {
    /// Asks the database, and keeps asking until the connections are closed.
    pub(super) async fn start(connections: &Connections, process: Arc<dyn Clock>) -> Stored<Arc<Self>> {
        let (sample, _) = ask(connections, &*process).await?;
        let clock = Arc::new(Self { process, sample: RwLock::new(sample), again: Notify::new() });
        let (kept, connections) = (Arc::downgrade(&clock), connections.clone());
        tokio::spawn(async move {
            while let Some(clock) = kept.upgrade()
                && !connections.is_closed()
            {
                tokio::select! {
                    () = clock.process.sleep(EVERY) => {}
                    () = clock.again.notified() => {}
                }
                // While the database is unreachable, the last sample remains valid.
                if let Ok((sample, took)) = ask(&connections, &*clock.process).await
                    && took < SLOW
                {
                    *clock.sample.write().unwrap_or_else(PoisonError::into_inner) = sample;
                }
            }
        });
        Ok(clock)
    }

    /// Has the database asked again now.
    pub(super) fn ask_again(&self) {
        self.again.notify_one();
    }
}

/// Asks for the time. Also returns how long the answer took.
async fn ask(connections: &Connections, process: &dyn Clock) -> Stored<(Sample, Duration)> {
    let db = connections.get().await?;
    let began = process.since_boot();
    // Not `now()`, which is when the transaction began.
    let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS time";
    let time = db.one(sql, &[]).await?.number("time")?;
    let took = process.since_boot().saturating_sub(began);
    let time = Timestamp::from_microsecond(time).unwrap_or(Timestamp::MAX);
    Ok((Sample { time, at: began + took / 2 }, took))
}

#[async_trait::async_trait]
impl Clock for DatabaseClock {
    fn now(&self) -> Timestamp {
        let Sample { time, at } = *self.sample.read().unwrap_or_else(PoisonError::into_inner);
        let passed = SignedDuration::try_from(self.process.since_boot().saturating_sub(at));
        passed.ok().and_then(|passed| time.checked_add(passed).ok()).unwrap_or(Timestamp::MAX)
    }

    fn since_boot(&self) -> Duration {
        self.process.since_boot()
    }

    async fn sleep(&self, wait: Duration) {
        self.process.sleep(wait).await;
    }
}
