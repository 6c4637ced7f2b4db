//! What this Gorgias knows: its accounts and everything in them. No HTTP here.

mod account;
mod customer;
mod rate;
mod requests;
mod ticket;
mod user;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub use self::{
    account::{Account, Behaviour, Integration, Rule, Sent, Team},
    customer::{Customer, Person},
    rate::{Bucket, Rate},
    requests::RequestRecord,
    ticket::{Message, Tag, Ticket},
    user::{Role, User},
};
pub(crate) use self::{
    account::{Pending, person_of},
    rate::Verdict,
};
use crate::{api, clock::Clock};

/// How far apart the ids of two accounts begin. Ids are unique over all accounts, as on the real one, so
/// that a ticket of the wrong account is noticed.
const IDS_PER_ACCOUNT: u64 = 10_000_000;

/// All accounts, shared by the server, the control API and the handles.
#[derive(Debug, Clone)]
pub(crate) struct World {
    accounts: Arc<Mutex<Accounts>>,
    changed: Arc<watch::Sender<u64>>,
    pub(crate) clock: Clock,
}

/// What is kept in the data file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Accounts {
    pub(crate) by_subdomain: BTreeMap<String, Account>,
    /// How many accounts there ever were.
    created: u64,
}

impl Accounts {
    /// The account of this subdomain; `None` for one that does not exist.
    pub(crate) fn get(&mut self, subdomain: &str) -> Option<&mut Account> {
        self.by_subdomain.get_mut(subdomain)
    }

    /// The account of this subdomain, made if need be.
    pub(crate) fn open(&mut self, subdomain: &str, now: Timestamp) -> &mut Account {
        let created = &mut self.created;
        self.by_subdomain.entry(subdomain.to_owned()).or_insert_with(|| {
            *created += 1;
            Account::new(subdomain, *created * IDS_PER_ACCOUNT, now)
        })
    }
}

impl World {
    pub(crate) fn new(clock: Clock, accounts: Accounts) -> Self {
        Self { accounts: Arc::new(Mutex::new(accounts)), changed: Arc::new(watch::Sender::new(0)), clock }
    }

    /// Looks at or changes all accounts, after what was due by now has happened. Everybody who waits for a
    /// change looks again afterwards.
    pub(crate) fn all<T>(&self, act: impl FnOnce(&mut Accounts, Timestamp) -> T) -> T {
        let now = self.clock.now();
        let result = {
            let mut accounts = self.lock();
            for account in accounts.by_subdomain.values_mut() {
                api::perform_what_is_due(account, now);
            }
            act(&mut accounts, now)
        };
        self.changed.send_modify(|version| *version += 1);
        result
    }

    /// Like [`World::all`], for one account; `None` if there is none.
    pub(crate) fn account<T>(
        &self,
        subdomain: &str,
        act: impl FnOnce(&mut Account, Timestamp) -> T,
    ) -> Option<T> {
        self.all(|accounts, now| accounts.get(subdomain).map(|account| act(account, now)))
    }

    /// Looks without telling anybody, so that those who wait for a change can look at every change.
    pub(crate) fn peek<T>(&self, look: impl FnOnce(&mut Accounts) -> T) -> T {
        let now = self.clock.now();
        let mut accounts = self.lock();
        for account in accounts.by_subdomain.values_mut() {
            api::perform_what_is_due(account, now);
        }
        look(&mut accounts)
    }

    /// Tells of every change.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// A panic in one test's closure must not take the others' Gorgias away: the data are plain values.
    fn lock(&self) -> MutexGuard<'_, Accounts> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
