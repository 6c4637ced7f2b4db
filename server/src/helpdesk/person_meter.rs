//! The meter for calls that a person waits for.

use super::{Meter, RateHeader, budget::Budgets};
use domain::{account::Account, clock::World};
use std::time::Duration;

/// Admits requests as soon as there is room, including the reserve, and counts them.
pub struct PersonMeter<'a> {
    budgets: &'a Budgets,
    world: &'a World,
    account: &'a Account,
}

impl<'a> PersonMeter<'a> {
    /// For this account.
    pub fn new(budgets: &'a Budgets, world: &'a World, account: &'a Account) -> Self {
        Self { budgets, world, account }
    }
}

#[async_trait::async_trait]
impl Meter for PersonMeter<'_> {
    async fn admit(&self) {
        while let Err(wait) = self.budgets.take_for_a_person(self.account, self.world.clock.since_boot()) {
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
