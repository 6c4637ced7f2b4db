//! Looks up whether an unsure delivery has a ticket.

use super::{
    super::ends::Ends,
    asking::{Asking, account_of},
    parts::Parts,
    settle::Settler,
};
use crate::{
    connection,
    helpdesk::{Access, Failure, HelpdeskClient, Helpdesks, Meter, budget::Budgets, lane_meter::LaneMeter},
    store::{Connection, Store, StoreError, Stored},
};
use app::model::Problem;
use domain::{
    addition,
    clock::{Millis, World},
    delivery::{Delivery, Event, LookUp, Rules},
};
use std::sync::Arc;

/// Looks up unsure deliveries.
pub(super) struct LookUps {
    store: Arc<dyn Store>,
    helpdesks: Helpdesks,
    budgets: Arc<Budgets>,
    ends: Arc<Ends>,
    world: World,
    rules: Rules,
    asking: Arc<Asking>,
    settler: Arc<Settler>,
}

impl LookUps {
    pub(super) fn new(parts: &Parts, asking: &Arc<Asking>, settler: &Arc<Settler>) -> Self {
        Self {
            store: parts.store.clone(),
            helpdesks: parts.helpdesks.clone(),
            budgets: parts.budgets.clone(),
            ends: parts.ends.clone(),
            world: parts.world.clone(),
            rules: parts.rules,
            asking: asking.clone(),
            settler: settler.clone(),
        }
    }

    /// Looks up one delivery and applies the result.
    pub(super) async fn look_up(&self, delivery: Delivery) -> Stored<()> {
        let began = self.world.clock.now_ms();
        let over_for = self.ends.over_for(&delivery, self.world.clock.since_boot());
        let meter = LaneMeter::prepaid(&self.budgets, &self.world, account_of(&delivery)?);
        let (connection, access) = match self.asking.access_to(&delivery).await? {
            Ok(found) => found,
            Err(why) => {
                self.settler.settle(&delivery, Event::LookedUp(LookUp::Impossible { why })).await?;
                return Ok(());
            }
        };
        let helpdesk = self.helpdesks.get(connection.helpdesk);
        let found = match self.ask(&delivery, began, helpdesk, &access, &meter).await? {
            Ok(tickets) if tickets.is_empty() => LookUp::No { began, over_for },
            Ok(tickets) => LookUp::Found(tickets),
            Err(failure) => self.without_answer(&connection, failure).await?,
        };
        let answered = matches!(found, LookUp::Found(_) | LookUp::No { .. });
        self.settler.settle(&delivery, Event::LookedUp(found)).await?;
        if answered {
            // A complete 2xx shows that the credentials work, whether or not the probe's own ticket was found.
            self.settler.probe_answered(&connection, &delivery).await?;
        }
        Ok(())
    }

    /// Asks for the ticket, or for the message of a later part.
    ///
    /// An early look-up is one cheap request. Only a look-up whose "no" can count also searches the customer's other
    /// tickets, because ours may have been merged into one of them.
    async fn ask(
        &self,
        delivery: &Delivery,
        began: Millis,
        helpdesk: &dyn HelpdeskClient,
        access: &Access,
        meter: &dyn Meter,
    ) -> Stored<Result<Vec<i64>, Failure>> {
        if delivery.part == 0 {
            let trace = self.asking.trace(delivery, delivery.w_is_over(began, self.rules)).await?;
            return Ok(self.asking.in_time(delivery, began, helpdesk.find(access, &trace, meter)).await);
        }
        let first = self.store.delivery(&delivery.merchant, &delivery.handover, delivery.destination).await?;
        let Some(ticket) = first.and_then(|first| first.ticket) else {
            return Err(StoreError::unreadable("delivery", "ticket", &delivery.handover));
        };
        let message = addition::mark(&delivery.handover, delivery.part);
        let asked = helpdesk.find_addition(access, ticket, &message, meter);
        Ok(self.asking.in_time(delivery, began, asked).await)
    }

    /// Returns the result of a look-up that failed, and marks the connection as broken if the failure says so.
    async fn without_answer(&self, connection: &Connection, failure: Failure) -> Stored<LookUp> {
        if let Some(problem) = broken(&failure) {
            let trouble = connection::trouble(connection.method, problem, failure.said());
            if self.settler.broke(connection, &trouble).await? {
                return Ok(LookUp::Impossible { why: trouble.reason });
            }
        }
        Ok(LookUp::Inconclusive { why: failure.said() })
    }
}

/// Returns the problem of the connection that a look-up's failure shows, if any.
fn broken(failure: &Failure) -> Option<Problem> {
    match failure {
        Failure::Unauthorized(_) => Some(Problem::BadCredentials),
        Failure::NoSuchAccount(_) => Some(Problem::UnknownSubdomain),
        Failure::Redirected(_) => Some(Problem::NotAHelpdesk),
        _ => None,
    }
}
