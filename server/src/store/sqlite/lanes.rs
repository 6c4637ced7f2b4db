//! Ownership of accounts in SQLite: the one process owns all.

use super::SqliteStore;
use crate::store::{
    Stored,
    lanes::{LaneStore, Owned, Owners},
};
use domain::{account::Account, clock::Millis};
use std::time::Duration;

#[async_trait::async_trait]
impl LaneStore for SqliteStore {
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
