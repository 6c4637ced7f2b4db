//! Checks a delivered handover for duplicate tickets, and closes all but the lowest number. If an agent merged our
//! ticket, it stays where they put it, and the others are closed.
//!
//! A delivery that was ever unsure is also searched for by its message. A duplicate that agents merged into another
//! ticket cannot be closed, so that ticket gets a note.

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

/// Finds and closes duplicate tickets.
pub(super) struct Doubles {
    helpdesks: Helpdesks,
    budgets: Arc<Budgets>,
    world: World,
    asking: Arc<Asking>,
    settler: Arc<Settler>,
}

/// The account that a check asks, and when the check began.
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

    /// Checks one delivered handover.
    pub(super) async fn check(&self, delivery: Delivery) -> Stored<()> {
        let began = self.world.clock.now_ms();
        let meter = LaneMeter::prepaid(&self.budgets, &self.world, account_of(&delivery)?);
        let checked = match self.asking.access_to(&delivery).await? {
            // Only the connection's own tests call a broken account: one rejected request for every ticket of the last
            // day would help nobody.
            Ok((connection, _)) if connection.trouble.is_some() => None,
            Ok((connection, access)) => {
                let helpdesk = self.helpdesks.get(connection.helpdesk);
                self.close_all(&delivery, Asked { helpdesk, access: &access, meter: &meter, began }).await?
            }
            // The account can no longer be asked, so the check ends here.
            Err(_) => Some(Tickets::default()),
        };
        self.settler.settle(&delivery, Event::Checked(checked)).await.map(drop)
    }

    /// Finds every ticket of the handover and closes all but the one that stays. Returns `None` if a look-up or a
    /// change failed.
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
            // A possible merged duplicate must not stop the repair of what was found; the next check looks again.
            Err(why) => {
                tracing::debug!(handover = delivery.handover, %why, "the look-up of merged duplicates failed");
                Vec::new()
            }
        };
        let tickets = Tickets { found, merged, repeated_in };
        Ok(repair(delivery, &tickets, &asked).await.then_some(tickets))
    }

    /// Returns the shopper's other tickets that also have our transcript: a duplicate was merged into them before it
    /// could be closed, and is no longer found by its external id. Only a delivery that was once unsure can have one.
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
            // Ours was merged too, and the ticket that it went into rightly has the transcript.
            let place = asked.helpdesk.survivor(asked.access, own, asked.meter).await?;
            holders.retain(|id| *id != place);
        }
        Ok(holders)
    }
}

/// Returns whether our ticket is missing from what was found because it was merged into another: it then still has our
/// message. A deleted ticket has none.
async fn was_merged(delivery: &Delivery, found: &[i64], asked: &Asked<'_>) -> Result<bool, Failure> {
    let Some(own) = delivery.ticket.filter(|own| !found.is_empty() && !found.contains(own)) else {
        return Ok(false);
    };
    match asked.helpdesk.holds(asked.access, own, &delivery.handover, asked.meter).await {
        Err(Failure::NotFound(_)) => Ok(false),
        answer => answer,
    }
}

/// Closes duplicates, and adds a note to tickets that one was merged into. Returns `false` if something failed.
async fn repair(delivery: &Delivery, tickets: &Tickets, asked: &Asked<'_>) -> bool {
    let all = delivery.tickets_with(tickets);
    let Some((&original, further)) = all.split_first() else { return true };
    let mut done = true;
    // Only tickets found by external id are certainly ours.
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
