//! Checks a delivered handover for further tickets, and closes those but the lowest.

use super::{
    asking::{Asking, HANDOVER_UNREADABLE, account_of},
    parts::Parts,
    settle::Settler,
};
use crate::{
    helpdesk::{Access, Failure, HelpdeskClient, Helpdesks, Meter, budget::Budgets, lane_meter::LaneMeter},
    store::Stored,
};
use domain::{
    clock::{Millis, World},
    delivery::{Delivery, Event, Tickets},
};
use std::sync::Arc;

/// Finds and closes doubles.
pub(super) struct Doubles {
    helpdesks: Helpdesks,
    budgets: Arc<Budgets>,
    world: World,
    asking: Arc<Asking>,
    settler: Arc<Settler>,
}

/// Whom a check asks, and since when.
struct Asked<'a> {
    helpdesk: &'a dyn HelpdeskClient,
    access: &'a Access,
    meter: &'a dyn Meter,
    began: Millis,
}

impl Doubles {
    pub(super) fn new(parts: &Parts, asking: &Arc<Asking>, settler: &Arc<Settler>) -> Self {
        Self {
            helpdesks: parts.helpdesks.clone(),
            budgets: parts.budgets.clone(),
            world: parts.world.clone(),
            asking: asking.clone(),
            settler: settler.clone(),
        }
    }

    /// Checks one that was delivered.
    pub(super) async fn check(&self, delivery: Delivery) -> Stored<()> {
        let began = self.world.clock.now_ms();
        let meter = LaneMeter::prepaid(&self.budgets, &self.world, account_of(&delivery)?);
        let checked = match self.asking.access_to(&delivery).await? {
            // A broken connection is asked by its own tests only: a refused request for every ticket of the last day
            // helps nobody.
            Ok((connection, _)) if connection.trouble.is_some() => None,
            Ok((connection, access)) => {
                let helpdesk = self.helpdesks.get(connection.helpdesk);
                self.close_all(&delivery, Asked { helpdesk, access: &access, meter: &meter, began }).await?
            }
            // Nobody to ask any more: the check is over.
            Err(_) => Some(Tickets::default()),
        };
        self.settler.settle(&delivery, Event::Checked(checked)).await.map(drop)
    }

    /// Finds every ticket of the handover and closes all but the one that stays. None: some question or change was not
    /// answered.
    async fn close_all(&self, delivery: &Delivery, asked: Asked<'_>) -> Stored<Option<Tickets>> {
        let Asked { helpdesk, access, meter, began } = asked;
        let trace = self.asking.trace(delivery, false).await?;
        let Ok(found) = self.asking.in_time(delivery, began, helpdesk.find(access, &trace, meter)).await
        else {
            return Ok(None);
        };
        let Ok(merged) = was_merged(delivery, &found, &asked).await else { return Ok(None) };
        let repeats = self.repeats(delivery, &found, &asked);
        let repeated_in = match self.asking.in_time(delivery, began, repeats).await {
            Ok(repeated_in) => repeated_in,
            // What was found is more than what may be: it is mended, and the next check looks again.
            Err(why) => {
                tracing::debug!(handover = delivery.handover, %why, "merged doubles were not looked for");
                Vec::new()
            }
        };
        let tickets = Tickets { found, merged, repeated_in };
        Ok(mend(delivery, &tickets, &asked).await.then_some(tickets))
    }

    /// The shopper's other tickets that have our transcript too: a double was merged into them before it could be
    /// closed, and is not found by its own name any more. Only what was unsure once can have one.
    async fn repeats(
        &self,
        delivery: &Delivery,
        found: &[i64],
        asked: &Asked<'_>,
    ) -> Result<Vec<i64>, Failure> {
        let Some(own) = delivery.ticket.filter(|_| delivery.unsure_attempts > 0) else {
            return Ok(Vec::new());
        };
        let trace = self
            .asking
            .trace(delivery, true)
            .await
            .map_err(|_| Failure::Ambiguous { why: HANDOVER_UNREADABLE.into() })?;
        let mut holders = asked.helpdesk.find_holders(asked.access, &trace, asked.meter).await?;
        holders.retain(|id| *id != own && !found.contains(id) && !delivery.duplicates.contains(id));
        if !holders.is_empty() && !found.contains(&own) {
            // Ours was merged itself: the ticket that it went into holds it rightly.
            let place = asked.helpdesk.survivor(asked.access, own, asked.meter).await?;
            holders.retain(|id| *id != place);
        }
        Ok(holders)
    }
}

/// Whether our ticket is not among those that were found because it was merged into another one: that has our
/// message then. One that is gone has none.
async fn was_merged(delivery: &Delivery, found: &[i64], asked: &Asked<'_>) -> Result<bool, Failure> {
    let Some(own) = delivery.ticket.filter(|own| !found.is_empty() && !found.contains(own)) else {
        return Ok(false);
    };
    match asked.helpdesk.holds(asked.access, own, &delivery.handover, asked.meter).await {
        Err(Failure::NotFound(_)) => Ok(false),
        answer => answer,
    }
}

/// Closes the doubles, and says so where one was merged into another ticket. `false`: something was not done.
async fn mend(delivery: &Delivery, tickets: &Tickets, asked: &Asked<'_>) -> bool {
    let all = delivery.tickets_with(tickets);
    let Some((&original, further)) = all.split_first() else { return true };
    let mut done = true;
    // Only what was found is ours for certain.
    let doubles = further.iter().filter(|id| tickets.found.contains(id) && !delivery.duplicates.contains(id));
    for &duplicate in doubles {
        tracing::warn!(
            handover = delivery.handover,
            ticket = original,
            duplicate,
            "a second ticket of one handover was found; closing it"
        );
        let closed = asked.helpdesk.close_duplicate(asked.access, duplicate, original, asked.meter).await;
        done &= is_done(&closed);
    }
    for &holder in tickets.repeated_in.iter().filter(|id| !delivery.repeated_in.contains(id)) {
        tracing::warn!(
            handover = delivery.handover,
            ticket = original,
            holder,
            "a second ticket of one handover was merged into another; saying so there"
        );
        let said = asked.helpdesk.note_repeat(asked.access, holder, original, asked.meter).await;
        done &= is_done(&said);
    }
    done
}

/// A ticket that is gone or merged needs nothing done.
fn is_done(changed: &Result<(), Failure>) -> bool {
    matches!(changed, Ok(()) | Err(Failure::NotFound(_) | Failure::Merged { .. }))
}
