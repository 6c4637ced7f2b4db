//! This process among those that use the same database: announces itself and its master keys, and reads theirs, so that
//! it seals only with a key that all of them have. Counts the events whose limits they share.

use crate::{
    limits::{Limit, Tally},
    store::{
        Store, Stored,
        processes::{Announcement, LiveProcess},
    },
    vault::Vault,
    wire::store_failed,
};
use app::model::CallError;
use domain::clock::{Clock, World};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often this process announces itself.
const EVERY: Duration = Duration::from_secs(5);

/// Announces this process.
#[derive(Clone)]
pub struct Fleet {
    /// The shared database.
    pub store: Arc<dyn Store>,
    /// The master keys.
    pub vault: Arc<Vault>,
    /// The database's clock.
    pub world: World,
    /// What this process does: `web`, `worker` or `all`.
    pub role: &'static str,
}

impl Fleet {
    /// Runs until `stop` is cancelled.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.world.clock.sleep(EVERY) => {}
            }
            if let Err(error) = self.beat().await {
                tracing::warn!(%error, "this process could not be announced to the others");
            }
        }
    }

    /// Announces this process, and reads which keys the others have. Returns the live processes.
    pub async fn beat(&self) -> Stored<Vec<LiveProcess>> {
        let now = self.world.clock.now_ms();
        let this = Announcement {
            role: self.role.to_owned(),
            version: env!("PROGRAM_VERSION").to_owned(),
            place: place(),
            keys: self.vault.keys().ids().map(str::to_owned).collect(),
        };
        self.store.announce(&this, now).await?;
        let live = self.store.processes(now).await?;
        self.vault.seal_for(live.iter().map(|process| process.says.keys.clone()).collect());
        Ok(live)
    }
}

/// Returns the host's name and the process's number.
fn place() -> String {
    // The file exists only on Linux. Elsewhere, the number is enough.
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}:{}", host.trim(), std::process::id())
}

/// Counts events in the database, because the processes share the limits.
pub struct SharedTally {
    /// The shared database.
    pub store: Arc<dyn Store>,
    /// The database's clock.
    pub clock: Arc<dyn Clock>,
}

#[async_trait::async_trait]
impl Tally for SharedTally {
    async fn check(&self, limits: &[Limit]) -> Result<(), CallError> {
        match self.store.count(limits, self.clock.now_ms()).await.map_err(store_failed)? {
            None => Ok(()),
            Some(wait) => {
                let retry_after = wait.unsigned_abs().div_ceil(1_000).max(1);
                Err(CallError::TooManyCalls { retry_after })
            }
        }
    }
}
