//! The tasks in flight: each does one piece of work, in its slot.

use super::{lanes::Slot, shutdown::Shutdown, turns::LaneTurn, work::Work};
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// Starts tasks and waits for them.
pub(super) struct Tasks {
    set: JoinSet<Option<LaneTurn>>,
    /// Whose task has ended since they were asked for.
    ended: Vec<LaneTurn>,
    shutdown: Arc<Shutdown>,
    stop: Option<CancellationToken>,
}

impl Tasks {
    /// None yet. They are handed back when `stop` is cancelled; without one nothing stops.
    pub(super) fn new(shutdown: &Arc<Shutdown>, stop: Option<CancellationToken>) -> Self {
        Self { set: JoinSet::new(), ended: Vec::new(), shutdown: shutdown.clone(), stop }
    }

    /// Starts one, which gives its slot back when it ends.
    pub(super) fn start(&mut self, slot: Slot, work: Work) {
        let (shutdown, stop) = (self.shutdown.clone(), self.stop.clone());
        let span = work.span();
        let task = async move {
            let turn = slot.turn();
            if let Err(error) = shutdown.perform_or_hand_back(work, stop.as_ref()).await {
                // What was leased is found by its lease.
                tracing::error!(error = %error, "a delivery could not be settled");
            }
            drop(slot);
            turn
        };
        self.set.spawn(task.instrument(span));
    }

    /// Returns when one has ended: `false`, when there is none.
    pub(super) async fn one_ended(&mut self) -> bool {
        let Some(ended) = self.set.join_next().await else { return false };
        // Of one that panicked the clock's look finds what is left.
        self.ended.extend(ended.ok().flatten());
        true
    }

    pub(super) fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Whose tasks have ended since the last time.
    pub(super) fn ended(&mut self) -> Vec<LaneTurn> {
        while let Some(ended) = self.set.try_join_next() {
            self.ended.extend(ended.ok().flatten());
        }
        std::mem::take(&mut self.ended)
    }
}
