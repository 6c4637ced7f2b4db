//! Retests broken connections.

use super::{super::bell::Bell, parts::Parts};
use crate::{
    connection::{self, Recheck},
    helpdesk::{Helpdesks, budget::Budgets, lane_meter::LaneMeter},
    store::{Connection, Store, Stored, connections::Sighting},
    vault::Vault,
};
use domain::clock::{Millis, World};
use std::sync::Arc;

/// How long a claimed connection is not tested by anyone else. After that, a test that a stopped process had begun is
/// repeated.
const CLAIMED_FOR: Millis = 120_000;

/// Finds the connections whose retest is due, and tests them.
pub(super) struct Rechecks {
    store: Arc<dyn Store>,
    helpdesks: Helpdesks,
    vault: Arc<Vault>,
    budgets: Arc<Budgets>,
    world: World,
    bell: Arc<Bell>,
}

impl Rechecks {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            store: parts.store.clone(),
            helpdesks: parts.helpdesks.clone(),
            vault: parts.vault.clone(),
            budgets: parts.budgets.clone(),
            world: parts.world.clone(),
            bell: parts.bell.clone(),
        }
    }

    /// Claims and returns the connections to test now. Claims none while this process lacks a master key: another
    /// one may have it.
    pub(super) async fn claim(&self, now: Millis) -> Stored<Vec<Connection>> {
        if self.vault.missing().is_some() {
            return Ok(Vec::new());
        }
        self.store.claim_rechecks(now, now.saturating_add(CLAIMED_FOR)).await
    }

    /// Tests one connection.
    pub(super) async fn recheck(&self, connection: Connection) -> Stored<()> {
        if self.store.is_shared() && connection::is_locked_here(&connection, &self.vault) {
            return Ok(());
        }
        let account = connection.account();
        let meter = LaneMeter::unpaid(&self.budgets, &self.world, &account);
        let helpdesk = self.helpdesks.get(connection.helpdesk);
        let outcome = connection::recheck(helpdesk, &connection, &self.vault, &meter).await;
        let now = self.world.clock.now_ms();
        let seen = Sighting::of(&connection, now);
        match outcome {
            Recheck::Works => {
                self.store.connection_recovered(&seen).await?;
            }
            Recheck::Trouble(trouble) => {
                let tests = connection.rechecks.saturating_add(1);
                let next = connection::recheck_at(&trouble, tests, now, self.world.entropy.fraction());
                self.store.postpone_recheck(&seen, &trouble, next).await?;
            }
        }
        self.bell.ring();
        Ok(())
    }
}
