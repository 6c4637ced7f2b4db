//! The meter for automatic work: deliveries, look-ups, rechecks and test handovers.

use super::{Meter, RateHeader, budget::Budgets};
use domain::{account::Account, clock::World};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// The view of an account's budget that one piece of work has.
pub struct LaneMeter<'a> {
    budgets: &'a Budgets,
    world: &'a World,
    account: &'a Account,
    /// Whether the first request was taken from the bucket before the work was leased.
    prepaid: AtomicBool,
}

impl<'a> LaneMeter<'a> {
    /// Creates the meter for work whose first request has already been taken.
    pub fn prepaid(budgets: &'a Budgets, world: &'a World, account: &'a Account) -> Self {
        Self { budgets, world, account, prepaid: AtomicBool::new(true) }
    }

    /// Creates the meter for work that has taken nothing yet.
    pub fn unpaid(budgets: &'a Budgets, world: &'a World, account: &'a Account) -> Self {
        Self { budgets, world, account, prepaid: AtomicBool::new(false) }
    }
}

impl Drop for LaneMeter<'_> {
    fn drop(&mut self) {
        // Taken for a request that was never made.
        if self.prepaid.swap(false, Ordering::SeqCst) {
            self.budgets.give_back(self.account, self.world.clock.since_boot());
        }
    }
}

#[async_trait::async_trait]
impl Meter for LaneMeter<'_> {
    async fn admit(&self) {
        if self.prepaid.swap(false, Ordering::SeqCst) {
            return;
        }
        while let Err(wait) = self.budgets.take(self.account, self.world.clock.since_boot()) {
            self.world.clock.sleep(wait).await;
        }
    }

    fn answered(&self, header: Option<RateHeader>) {
        self.budgets.answered(self.account, header, self.world.clock.since_boot());
    }

    fn refused(&self, after: Duration) {
        self.budgets.refused(self.account, after, self.world.clock.since_boot());
    }
}
