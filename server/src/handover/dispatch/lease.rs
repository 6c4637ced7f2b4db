//! Leases the next piece of work of a lane, if the account's budget has a request for it.

use super::{lanes::Doing, parts::Parts, prepare::Preparer, settle::Settler, work::Work};
use crate::{
    helpdesk::budget::Budgets,
    store::{Store, Stored, outbox::Due},
};
use app::model::AttemptKind;
use domain::{
    account::{Account, Lane},
    clock::Clock,
    delivery::{Delivery, Event},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Leases work of one lane at a time.
pub(super) struct Leaser {
    store: Arc<dyn Store>,
    budgets: Arc<Budgets>,
    clock: Arc<dyn Clock>,
    settler: Arc<Settler>,
    preparer: Preparer,
    /// The merchant whose mail went last.
    mailed: Mutex<String>,
}

/// What a lane's turn brought.
pub(super) enum Next {
    /// A piece of work, leased.
    Work(Box<Work>),
    /// Something changed without a request: look again.
    Settled,
    /// Nothing is due.
    Nothing,
    /// The budget is used up for so long.
    Wait(Duration),
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

    /// Leases the first thing that is due in the lane, if its budget allows.
    pub(super) async fn lease_next(&self, lane: &Lane, doing: Doing) -> Stored<Next> {
        match (lane.account(), doing) {
            (Some(account), Doing::Sending) => self.lease_first_of(account, &[Due::Send]).await,
            (Some(account), Doing::Looking) => self.lease_first_of(account, &[Due::LookUp, Due::Check]).await,
            (None, Doing::Sending) => self.lease_mail().await,
            (None, Doing::Looking) => Ok(Next::Nothing),
        }
    }

    async fn lease_mail(&self) -> Stored<Next> {
        let after = self.mailed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(delivery) = self.store.first_mail(&after, self.clock.now_ms()).await? else {
            return Ok(Next::Nothing);
        };
        delivery.merchant.clone_into(&mut self.mailed.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(match self.settler.lease(&delivery, Event::Leased, AttemptKind::Mail).await? {
            Some(leased) => Next::Work(Box::new(Work::Mail(leased))),
            None => Next::Settled,
        })
    }

    /// Leases the first delivery of the account that is due for one of these, in their order.
    async fn lease_first_of(&self, account: &Account, kinds: &[Due]) -> Stored<Next> {
        let now = self.clock.now_ms();
        // Asked first: an account that must wait costs the database nothing.
        if let Some(wait) = self.budgets.wait(account, self.clock.since_boot()) {
            return Ok(Next::Wait(wait));
        }
        for &due in kinds {
            let Some(delivery) = self.store.first_due(account, due, now).await? else { continue };
            let boot = self.clock.since_boot();
            if let Err(wait) = self.budgets.take(account, boot) {
                return Ok(Next::Wait(wait));
            }
            return match self.lease(&delivery, due, boot).await {
                Ok(Some(work)) => Ok(Next::Work(Box::new(work))),
                nothing => {
                    self.budgets.give_back(account, boot);
                    nothing.map(|_| Next::Settled)
                }
            };
        }
        Ok(Next::Nothing)
    }

    async fn lease(&self, delivery: &Delivery, due: Due, boot: Duration) -> Stored<Option<Work>> {
        let looking = |kind| self.settler.lease(delivery, Event::LookUpLeased, kind);
        Ok(match due {
            Due::LookUp => looking(AttemptKind::LookUp).await?.map(Work::LookUp),
            Due::Check => looking(AttemptKind::Check).await?.map(Work::Check),
            Due::Send => {
                self.preparer.lease(delivery, boot).await?.map(|creation| Work::Create(Box::new(creation)))
            }
        })
    }
}
