//! Tells the other processes which accounts must not be called for now.
//!
//! A process may meet a 429 for an account that another one sends to: by testing a connection, or with a test handover.
//! The owner would meet the same.

use crate::{
    helpdesk::budget::Budgets,
    store::{Store, Stored, lanes::Paused},
};
use domain::clock::{Clock, millis};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How long to wait if the database is away.
const TRIES_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Shares the pauses of accounts.
#[derive(Clone)]
pub struct Pauses {
    /// Where the owners read them.
    pub store: Arc<dyn Store>,
    /// What this process has met.
    pub budgets: Arc<Budgets>,
    /// The database's clock.
    pub clock: Arc<dyn Clock>,
}

impl Pauses {
    /// Runs until `stop` is cancelled.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            let wait = match self.share().await {
                Ok(()) => None,
                Err(error) => {
                    tracing::warn!(%error, "other processes do not know about a rate limit yet");
                    Some(TRIES_AGAIN_AFTER)
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.budgets.some_refused() => {}
                () = self.clock.sleep(wait.unwrap_or_default()), if wait.is_some() => {}
            }
        }
    }

    /// Stores the pauses that the other processes do not know yet.
    pub async fn share(&self) -> Stored<()> {
        let pauses = self.budgets.unshared_pauses();
        if pauses.is_empty() {
            return Ok(());
        }
        let (now, boot) = (self.clock.now_ms(), self.clock.since_boot());
        let paused = |(account, until): &(_, Duration)| Paused {
            account: Clone::clone(account),
            until: now.saturating_add(millis(until.saturating_sub(boot))),
        };
        self.store.pause(&pauses.iter().map(paused).collect::<Vec<_>>()).await?;
        self.budgets.shared(&pauses);
        Ok(())
    }
}
