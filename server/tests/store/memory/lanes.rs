//! Ownership of accounts, in memory: the one process owns all.

use super::MemoryStore;
use convi_server::store::{
    Stored,
    lanes::{LaneStore, Owned, Owners},
    processes::ProcessStore,
};
use domain::{account::Account, clock::Millis};
use std::time::Duration;

#[async_trait::async_trait]
impl LaneStore for MemoryStore {
    fn look_every(&self) -> Option<Duration> {
        None
    }

    async fn own(&self, accounts: &[Account], _: Millis, _: Millis) -> Stored<Vec<Owned>> {
        let owned = |account: &Account| Owned { account: account.clone(), others_until: None };
        Ok(accounts.iter().map(owned).collect())
    }

    async fn disown(&self, _: &[Account], _: Millis) -> Stored<()> {
        Ok(())
    }

    async fn owners(&self, _: Millis) -> Stored<Owners> {
        Ok(Owners::default())
    }
}

/// A single process needs no announcements, and does every job.
impl ProcessStore for MemoryStore {}
