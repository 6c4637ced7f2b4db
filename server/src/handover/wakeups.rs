//! Wakes the dispatchers of other processes when work becomes due here, and this one when work becomes due there.

use super::bell::Bell;
use crate::store::Database;
use domain::clock::World;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// The average wait before connecting again.
const CONNECTS_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// Exchanges wake-ups with the other processes on the database.
#[derive(Clone)]
pub struct Wakeups {
    /// The database that carries them.
    pub store: Arc<dyn Database>,
    /// Wakes this process.
    pub bell: Arc<Bell>,
    /// The clock, and the source of randomness.
    pub world: World,
}

impl Wakeups {
    /// Runs until `stop` is cancelled.
    pub async fn run(self, stop: CancellationToken) {
        let received = || self.bell.ring_from_elsewhere();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                done = self.store.exchange_wakeups(self.bell.for_others(), &received) => {
                    if let Err(error) = done {
                        tracing::warn!(%error, "wake-ups between processes have stopped; work is found by polling");
                    }
                }
            }
            let wait = CONNECTS_AGAIN_AFTER.mul_f64(0.5 + self.world.entropy.fraction());
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.world.clock.sleep(wait) => {}
            }
        }
    }
}
