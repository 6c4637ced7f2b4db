//! The tasks in flight: each does one piece of work and holds a slot.

use super::{lanes::Slot, shutdown::Shutdown, turns::LaneTurn, work::Work};
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// Starts tasks and waits for them.
pub(super) struct Tasks {
    set: JoinSet<Option<LaneTurn>>,
    /// Lanes whose tasks have ended since the last call of `ended`.
    ended: Vec<LaneTurn>,
    shutdown: Arc<Shutdown>,
    stop: Option<CancellationToken>,
}

impl Tasks {
    /// Starts with no tasks. Cancelling `stop` hands their work back; without it, they all run to the end.
    pub(super) fn new(shutdown: &Arc<Shutdown>, stop: Option<CancellationToken>) -> Self {
        Self { set: JoinSet::new(), ended: Vec::new(), shutdown: shutdown.clone(), stop }
    }

    /// Starts a task, which frees its slot when it ends.
    pub(super) fn start(&mut self, slot: Slot, work: Work) {
        let (shutdown, stop) = (self.shutdown.clone(), self.stop.clone());
        let span = work.span();
        let task = async move {
            let turn = slot.turn();
            if let Err(error) = shutdown.perform_or_hand_back(work, stop.as_ref()).await {
                // The lease expires by itself, and the delivery is then picked up again.
                tracing::error!(error = %error, "a delivery could not be settled");
            }
            drop(slot);
            turn
        };
        self.set.spawn(task.instrument(span));
    }

    /// Waits until one task has ended. Returns `false` if there is none.
    pub(super) async fn one_ended(&mut self) -> bool {
        let Some(ended) = self.set.join_next().await else { return false };
        // A task that panicked has no turn; the walk by the clock finds its lane.
        self.ended.extend(ended.ok().flatten());
        true
    }

    pub(super) fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Takes the lanes whose tasks have ended since the last call.
    pub(super) fn ended(&mut self) -> Vec<LaneTurn> {
        while let Some(ended) = self.set.try_join_next() {
            self.ended.extend(ended.ok().flatten());
        }
        std::mem::take(&mut self.ended)
    }
}
