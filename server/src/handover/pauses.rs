//! Shares the pauses of accounts with the other processes.
//!
//! A process can get a 429 for an account that another process owns: in a connection test, or in a test handover. The
//! owner would get it too.

use crate::{
    helpdesk::budget::Budgets,
    store::{Store, Stored, lanes::Paused},
};
use domain::clock::{Clock, millis};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// The wait while the database is unreachable.
const TRIES_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Shares the pauses of accounts.
#[derive(Clone)]
pub struct Pauses {
    /// The shared database, where the owners read them.
    pub store: Arc<dyn Store>,
    /// The pauses of this process.
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
                    tracing::warn!(%error, "a rate limit could not be shared with the other processes");
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

    /// Stores the pauses that have not been shared yet.
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
