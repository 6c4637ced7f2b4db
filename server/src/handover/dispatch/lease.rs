//! Leases the next piece of work of a lane, if the account's budget allows a request.

use super::{
    lanes::Doing,
    parts::Parts,
    prepare::Preparer,
    settle::Settler,
    work::{Next, Work},
};
use crate::{
    helpdesk::budget::Budgets,
    store::{Store, Stored, outbox::Due},
};
use app::model::AttemptKind;
use domain::{account::Account, clock::Clock, delivery::Event};
use futures::TryFutureExt;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Leases work, one lane at a time.
pub(super) struct Leaser {
    store: Arc<dyn Store>,
    budgets: Arc<Budgets>,
    clock: Arc<dyn Clock>,
    settler: Arc<Settler>,
    preparer: Preparer,
    /// The merchant whose email was leased last, so that the next lease starts after it.
    mailed: Mutex<String>,
}

impl Leaser {
    pub(super) fn new(parts: &Parts, settler: &Arc<Settler>) -> Self {
        Self {
            store: parts.store.clone(),
            budgets: parts.budgets.clone(),
            clock: parts.world.clock.clone(),
            settler: settler.clone(),
            preparer: Preparer::new(parts, settler),
            mailed: Mutex::default(),
        }
    }

    /// Leases the first due item of the account, if its budget allows.
    pub(super) async fn lease_next(&self, account: &Account, doing: Doing) -> Stored<Next> {
        match doing {
            Doing::Sending => self.lease_creation(account).await,
            Doing::Looking => self.lease_look(account).await,
        }
    }

    /// Leases up to `most` emails. They belong to many merchants, who take turns.
    pub(super) async fn lease_mails(&self, most: usize) -> Stored<Vec<Work>> {
        let after = self.mailed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let leased = self.settler.lease_mails(&after, most).await?;
        if let Some(last) = leased.last() {
            last.merchant.clone_into(&mut self.mailed.lock().unwrap_or_else(PoisonError::into_inner));
        }
        Ok(leased.into_iter().map(Work::Mail).collect())
    }

    /// Leases the next delivery to send.
    async fn lease_creation(&self, account: &Account) -> Stored<Next> {
        // Checked first: an account that must wait then costs no query.
        if let Some(wait) = self.budgets.wait(account, self.clock.since_boot()) {
            return Ok(Next::Wait(wait));
        }
        let due = self.store.first_to_send(account, self.clock.now_ms()).await?;
        let Some((delivery, to_send)) = due else { return Ok(Next::Nothing) };
        let boot = self.clock.since_boot();
        self.paid(account, boot, self.preparer.lease(&delivery, to_send, boot)).await
    }

    /// Leases the next look-up, or the next check if no look-up is due.
    async fn lease_look(&self, account: &Account) -> Stored<Next> {
        if let Some(wait) = self.budgets.wait(account, self.clock.since_boot()) {
            return Ok(Next::Wait(wait));
        }
        for (due, kind) in [(Due::LookUp, AttemptKind::LookUp), (Due::Check, AttemptKind::Check)] {
            let Some(delivery) = self.store.first_due(account, due, self.clock.now_ms()).await? else {
                continue;
            };
            let work = if due == Due::LookUp { Work::LookUp } else { Work::Check };
            let lease = self.settler.lease(&delivery, Event::LookUpLeased, kind);
            let lease = lease.map_ok(|it| it.map_or(Next::Settled, |it| Next::Work(Box::new(work(it)))));
            return self.paid(account, self.clock.since_boot(), lease).await;
        }
        Ok(Next::Nothing)
    }

    /// Takes a request from the account's budget for a lease, and gives it back if nothing was leased.
    async fn paid(
        &self,
        account: &Account,
        boot: Duration,
        lease: impl Future<Output = Stored<Next>>,
    ) -> Stored<Next> {
        if let Err(wait) = self.budgets.take(account, boot) {
            return Ok(Next::Wait(wait));
        }
        match lease.await {
            Ok(Next::Work(work)) => Ok(Next::Work(work)),
            nothing => {
                self.budgets.give_back(account, boot);
                nothing
            }
        }
    }
}
