//! All accounts and the time in them. No HTTP here.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::{account::Common, clock::Clock, product::Product};

/// The distance between the first ids of two accounts. Ids are unique across all accounts, as in the real helpdesk, so
/// that a ticket of the wrong account is noticed.
const IDS_PER_ACCOUNT: u64 = 10_000_000;

/// All accounts, shared by the server, the control API and the handles.
#[derive(Debug, Clone)]
pub struct World<P: Product> {
    accounts: Arc<Mutex<Accounts<P>>>,
    changed: Arc<watch::Sender<u64>>,
    /// The only clock.
    pub clock: Clock,
}

/// What the data file keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) struct Accounts<P: Product> {
    pub(crate) by_subdomain: BTreeMap<String, P::Account>,
    /// How many accounts were ever created.
    created: u64,
}

impl<P: Product> Default for Accounts<P> {
    fn default() -> Self {
        Self { by_subdomain: BTreeMap::new(), created: 0 }
    }
}

impl<P: Product> Accounts<P> {
    /// Returns the account of this subdomain, if it exists.
    pub(crate) fn get(&mut self, subdomain: &str) -> Option<&mut P::Account> {
        self.by_subdomain.get_mut(subdomain)
    }

    /// Returns the account of this subdomain, and creates it if needed.
    pub(crate) fn open(&mut self, subdomain: &str, now: Timestamp) -> &mut P::Account {
        let created = &mut self.created;
        self.by_subdomain.entry(subdomain.to_owned()).or_insert_with(|| {
            *created += 1;
            P::open(Common::new(subdomain, *created * IDS_PER_ACCOUNT, now))
        })
    }
}

impl<P: Product> World<P> {
    pub(crate) fn new(clock: Clock, accounts: Accounts<P>) -> Self {
        Self { accounts: Arc::new(Mutex::new(accounts)), changed: Arc::new(watch::Sender::new(0)), clock }
    }

    /// Reads or changes all accounts, after running what is due by now. Then wakes everyone who waits for a change.
    pub(crate) fn all<T>(&self, act: impl FnOnce(&mut Accounts<P>, Timestamp) -> T) -> T {
        let now = self.clock.now();
        let result = {
            let mut accounts = self.lock();
            for account in accounts.by_subdomain.values_mut() {
                perform_what_is_due::<P>(account, now);
            }
            act(&mut accounts, now)
        };
        self.changed.send_modify(|version| *version += 1);
        result
    }

    /// Reads or changes one account, after running what is due by now. `None` if it does not exist. Then wakes everyone
    /// who waits for a change.
    pub fn account<T>(
        &self,
        subdomain: &str,
        act: impl FnOnce(&mut P::Account, Timestamp) -> T,
    ) -> Option<T> {
        self.all(|accounts, now| accounts.get(subdomain).map(|account| act(account, now)))
    }

    /// Reads without waking those who wait for a change, so that they can read after every change themselves.
    pub(crate) fn peek<T>(&self, look: impl FnOnce(&mut Accounts<P>) -> T) -> T {
        let now = self.clock.now();
        let mut accounts = self.lock();
        for account in accounts.by_subdomain.values_mut() {
            perform_what_is_due::<P>(account, now);
        }
        look(&mut accounts)
    }

    /// Announces every change.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// A panic in one test's closure must not break the others' helpdesk. The data are plain values.
    fn lock(&self) -> MutexGuard<'_, Accounts<P>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Performs the calls that were answered before they were performed, once they are due.
fn perform_what_is_due<P: Product>(account: &mut P::Account, now: Timestamp) {
    if account.pending.iter().all(|pending| pending.due > now) {
        return;
    }
    let (mut due, later): (Vec<_>, Vec<_>) =
        std::mem::take(&mut account.pending).into_iter().partition(|pending| pending.due <= now);
    account.pending = later;
    due.sort_by_key(|pending| pending.due);
    for mut pending in due {
        // As if it had happened exactly then, however late that is noticed.
        pending.call.now = pending.due;
        let reply = P::perform(account, &pending.call, &pending.faults);
        tracing::debug!(status = reply.status, "a late request was performed");
    }
}
