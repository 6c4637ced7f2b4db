//! Wakes the dispatchers of other processes when this one made something due, and the other way round.

use super::bell::Bell;
use crate::store::Database;
use domain::clock::World;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How long to wait before connecting again, on average.
const CONNECTS_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// Passes wake-ups between processes.
#[derive(Clone)]
pub struct Relay {
    /// Where the processes meet.
    pub store: Arc<dyn Database>,
    /// Wakes this process.
    pub bell: Arc<Bell>,
    /// The clock, and the source of randomness.
    pub world: World,
}

impl Relay {
    /// Runs until `stop` is cancelled.
    pub async fn run(self, stop: CancellationToken) {
        let heard = || self.bell.ring_from_elsewhere();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                done = self.store.relay(self.bell.for_others(), &heard) => {
                    if let Err(error) = done {
                        tracing::warn!(%error, "processes do not wake each other; they look by themselves");
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
