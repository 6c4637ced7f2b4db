//! This process among those that use the same database: announces itself and its master keys, and learns theirs, so that
//! it seals only with a key that all of them can open. Counts what is limited for all of them together.

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

/// How often it announces itself.
const EVERY: Duration = Duration::from_secs(5);

/// Announces this process.
#[derive(Clone)]
pub struct Fleet {
    /// Where the processes meet.
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
                tracing::warn!(%error, "other processes cannot see this one");
            }
        }
    }

    /// Announces this process, and learns which keys the others can open. Returns the living processes.
    pub async fn beat(&self) -> Stored<Vec<LiveProcess>> {
        let now = self.world.clock.now_ms();
        let this = Announcement {
            role: self.role.to_owned(),
            version: env!("PROGRAM_VERSION").to_owned(),
            place: place(),
            keys: self.vault.keys().ids().map(str::to_owned).collect(),
        };
        self.store.announce(&this, now).await?;
        let living = self.store.processes(now).await?;
        self.vault.seal_for(living.iter().map(|process| process.says.keys.clone()).collect());
        Ok(living)
    }
}

/// Returns where this process runs.
fn place() -> String {
    // Linux has the name here. Elsewhere, the number alone must do.
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}:{}", host.trim(), std::process::id())
}

/// Counts events in the database, because several processes share the limits.
pub struct SharedTally {
    /// Where they are counted.
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
