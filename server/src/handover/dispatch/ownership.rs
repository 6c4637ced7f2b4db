//! The accounts that this process sends to.
//!
//! With several processes, each account belongs to one at a time. A process asks for an account that has something due,
//! renews its accounts every third of the lease, and lets go of those that have had nothing to do for a while. After a
//! takeover, the new owner assumes that the account's bucket was just full, as after a restart: it does not know what the
//! previous owner sent.

use super::parts::Parts;
use crate::{
    helpdesk::budget::Budgets,
    store::{
        Store, Stored,
        lanes::{OWNED_FOR, Owned, Paused},
    },
    vault::Vault,
};
use domain::{
    account::{Account, Lane},
    clock::{Clock, millis},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How long an account with nothing to do is kept.
const IDLE: Duration = Duration::from_secs(5);

/// Which accounts this process owns.
pub(super) struct Ownership {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    budgets: Arc<Budgets>,
    vault: Arc<Vault>,
    owned: Mutex<HashMap<Account, Held>>,
}

/// An owned account. Times are since boot, on a clock that nobody can set.
#[derive(Clone, Copy)]
struct Held {
    until: Duration,
    used_at: Duration,
}

impl Ownership {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            store: parts.store.clone(),
            clock: parts.world.clock.clone(),
            budgets: parts.budgets.clone(),
            vault: parts.vault.clone(),
            owned: Mutex::default(),
        }
    }

    fn owned(&self) -> MutexGuard<'_, HashMap<Account, Held>> {
        self.owned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether this process may work on the lane. Asks for its account first if this process does not own it. Every
    /// process may send emails.
    pub(super) async fn has(&self, lane: &Lane) -> Stored<bool> {
        let Some(account) = lane.account() else { return Ok(true) };
        self.ask(std::slice::from_ref(account)).await?;
        let boot = self.clock.since_boot();
        let mut owned = self.owned();
        let held = owned.get_mut(account).filter(|it| it.until > boot);
        Ok(held.map(|held| held.used_at = boot).is_some())
    }

    /// Asks, in one statement, for those of the accounts that this process does not own.
    ///
    /// Asks for none while this process lacks a master key: another one may have it.
    pub(super) async fn ask(&self, accounts: &[Account]) -> Stored<()> {
        if self.vault.missing().is_some() {
            return Ok(());
        }
        let boot = self.clock.since_boot();
        let unowned = |account: &&Account| self.owned().get(*account).is_none_or(|it| it.until <= boot);
        let wanted: Vec<_> = accounts.iter().filter(unowned).cloned().collect();
        if wanted.is_empty() { Ok(()) } else { self.own(&wanted).await }
    }

    /// Renews the accounts in use, and lets go of idle ones. Applies the pauses that other processes have shared.
    pub(super) async fn renew(&self) -> Stored<()> {
        if self.vault.missing().is_some() {
            return self.end().await;
        }
        let (boot, now) = (self.clock.since_boot(), self.clock.now_ms());
        for Paused { account, until } in self.store.paused(now).await? {
            let left = Duration::from_millis(until.saturating_sub(now).unsigned_abs());
            self.budgets.pause(&account, boot + left, boot);
        }
        let soon = boot + OWNED_FOR * 2 / 3;
        let (mut idle, mut aging) = (Vec::new(), Vec::new());
        self.owned().retain(|account, held| {
            let is_idle = held.used_at + IDLE <= boot;
            if is_idle {
                idle.push(account.clone());
            } else if held.until <= soon {
                aging.push(account.clone());
            }
            !is_idle
        });
        if !idle.is_empty() {
            self.store.disown(&idle, now).await?;
        }
        if aging.is_empty() { Ok(()) } else { self.own(&aging).await }
    }

    /// Lets go of all accounts, when the process ends.
    pub(super) async fn end(&self) -> Stored<()> {
        let all: Vec<_> = self.owned().drain().map(|(account, _)| account).collect();
        if all.is_empty() {
            return Ok(());
        }
        self.store.disown(&all, self.clock.now_ms()).await
    }

    async fn own(&self, wanted: &[Account]) -> Stored<()> {
        // Counted from before the statement, so that ownership never ends later here than in the database.
        let (boot, now) = (self.clock.since_boot(), self.clock.now_ms());
        let until = now.saturating_add(millis(OWNED_FOR));
        let got = self.store.own(wanted, now, until).await?;
        let mut owned = self.owned();
        for account in wanted {
            if !got.iter().any(|it| it.account == *account) {
                owned.remove(account);
            }
        }
        for Owned { account, others_until } in got {
            if let Some(others_until) = others_until {
                let ago = Duration::from_millis(now.saturating_sub(others_until).unsigned_abs());
                self.budgets.assume_full(&account, boot.saturating_sub(ago), boot);
            }
            let used_at = owned.get(&account).map_or(boot, |held| held.used_at);
            owned.insert(account, Held { until: boot + OWNED_FOR, used_at });
        }
        Ok(())
    }
}
