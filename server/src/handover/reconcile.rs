//! Finding out what became of an unsure delivery, and mending doubles (design.md section 3, points 5 to 7).

use super::dispatch::{Dispatcher, LaneMeter};
use crate::{
    connection,
    helpdesk::{Access, Failure, Trace},
    store::{Connection, StoreError, Stored},
};
use app::model::{Destination, Problem};
use domain::{
    Said,
    account::Account,
    addition,
    clock::Millis,
    delivery::{Delivery, Event, LookUp, Tickets},
    said, sentences,
};
use std::{future::Future, time::Duration};

impl Dispatcher {
    /// Looks an unsure delivery up and applies what was found.
    pub(super) async fn look_up(&self, delivery: Delivery) -> Stored<()> {
        let began = self.world.clock.now_ms();
        let over_for = self.ends.over_for(&delivery, self.world.clock.since_boot());
        let meter = self.meter(account_of(&delivery)?);
        let (connection, access) = match self.access_to(&delivery).await? {
            Ok(found) => found,
            Err(why) => {
                self.settle(&delivery, Event::LookedUp(LookUp::Impossible { why })).await?;
                return Ok(());
            }
        };
        // Early look-ups are one cheap question. Only a "no" that may count also asks for the customer's other
        // tickets, into one of which ours may have been merged.
        let helpdesk = self.helpdesks.get(connection.helpdesk);
        let answer = if delivery.part == 0 {
            let trace = self.trace(&delivery, delivery.w_is_over(began, self.rules)).await?;
            self.in_time(&delivery, began, helpdesk.find(&access, &trace, &meter)).await
        } else {
            let first =
                self.store.delivery(&delivery.merchant, &delivery.handover, delivery.destination).await?;
            let Some(ticket) = first.and_then(|first| first.ticket) else {
                return Err(StoreError::unreadable("delivery", "ticket", &delivery.handover));
            };
            let message = addition::external_id(&delivery.handover, delivery.part);
            self.in_time(&delivery, began, helpdesk.find_message(&access, ticket, &message, &meter)).await
        };
        let found = match answer {
            Ok(tickets) if tickets.is_empty() => LookUp::No { began, over_for },
            Ok(tickets) => LookUp::Found(tickets),
            Err(failure) => {
                if let Some(problem) = broken(&failure) {
                    let trouble = connection::trouble(problem, failure.said());
                    if self.broke(&connection, &trouble).await? {
                        LookUp::Impossible { why: trouble.reason }
                    } else {
                        LookUp::Inconclusive { why: failure.said() }
                    }
                } else {
                    LookUp::Inconclusive { why: failure.said() }
                }
            }
        };
        let answered = matches!(found, LookUp::Found(_) | LookUp::No { .. });
        self.settle(&delivery, Event::LookedUp(found)).await?;
        if answered {
            // A whole 2xx: the credentials work, whatever became of the probe's own ticket.
            self.probe_answered(&connection, &delivery).await?;
        }
        Ok(())
    }

    /// Checks a delivered one for further tickets of the same handover; closes those but the lowest.
    pub(super) async fn check_for_doubles(&self, delivery: Delivery) -> Stored<()> {
        let began = self.world.clock.now_ms();
        let meter = self.meter(account_of(&delivery)?);
        let (connection, access) = match self.access_to(&delivery).await? {
            // A broken connection is asked by its own tests only: a refused request for every ticket of the last day
            // helps nobody.
            Ok((connection, _)) if connection.trouble.is_some() => {
                self.settle(&delivery, Event::Checked(None)).await?;
                return Ok(());
            }
            Ok(found) => found,
            Err(_) => {
                // Nobody to ask any more: the check is over.
                self.settle(&delivery, Event::Checked(Some(Tickets::default()))).await?;
                return Ok(());
            }
        };
        let helpdesk = self.helpdesks.get(connection.helpdesk);
        let trace = self.trace(&delivery, false).await?;
        let found = match self.in_time(&delivery, began, helpdesk.find(&access, &trace, &meter)).await {
            Ok(found) => found,
            Err(_) => {
                self.settle(&delivery, Event::Checked(None)).await?;
                return Ok(());
            }
        };
        let Ok(merged) = self.was_merged(&delivery, &found, &access, &meter).await else {
            self.settle(&delivery, Event::Checked(None)).await?;
            return Ok(());
        };
        let repeated_in =
            match self.in_time(&delivery, began, self.repeats(&delivery, &found, &access, &meter)).await {
                Ok(repeated_in) => repeated_in,
                // What was found is more than what may be: it is mended, and the next check looks again.
                Err(why) => {
                    tracing::debug!(handover = delivery.handover, %why, "merged doubles were not looked for");
                    Vec::new()
                }
            };
        let tickets = Tickets { found, merged, repeated_in };
        let all = delivery.tickets_with(&tickets);
        let mut done = true;
        if let Some((&original, further)) = all.split_first() {
            // Only what was found is ours for certain.
            let doubles =
                further.iter().filter(|id| tickets.found.contains(id) && !delivery.duplicates.contains(id));
            for &duplicate in doubles {
                tracing::warn!(
                    handover = delivery.handover,
                    ticket = original,
                    duplicate,
                    "a second ticket of one handover was found; closing it"
                );
                let closed = helpdesk.close_duplicate(&access, duplicate, original, &meter).await;
                // One that is gone or merged needs no closing.
                done &= matches!(closed, Ok(()) | Err(Failure::NotFound(_) | Failure::Merged { .. }));
            }
            for &holder in tickets.repeated_in.iter().filter(|id| !delivery.repeated_in.contains(id)) {
                tracing::warn!(
                    handover = delivery.handover,
                    ticket = original,
                    holder,
                    "a second ticket of one handover was merged into another; saying so there"
                );
                let said = helpdesk.note_repeat(&access, holder, original, &meter).await;
                done &= matches!(said, Ok(()) | Err(Failure::NotFound(_) | Failure::Merged { .. }));
            }
        }
        self.settle(&delivery, Event::Checked(done.then_some(tickets))).await?;
        Ok(())
    }

    /// Whether our ticket is not among those that were found because it was merged into another one: that has our
    /// message then. One that is gone has none.
    async fn was_merged(
        &self,
        delivery: &Delivery,
        found: &[i64],
        access: &Access,
        meter: &LaneMeter<'_>,
    ) -> Result<bool, Failure> {
        let Some(own) = delivery.ticket.filter(|own| !found.is_empty() && !found.contains(own)) else {
            return Ok(false);
        };
        let Destination::Helpdesk(helpdesk) = delivery.destination else { return Ok(false) };
        let message = format!("{}:1", delivery.handover);
        match self.helpdesks.get(helpdesk).find_message(access, own, &message, meter).await {
            Ok(messages) => Ok(!messages.is_empty()),
            Err(Failure::NotFound(_)) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// The shopper's other tickets that have our transcript too: a double was merged into them before it could be
    /// closed, and is not found by its own name any more. Only what was unsure once can have one.
    async fn repeats(
        &self,
        delivery: &Delivery,
        found: &[i64],
        access: &Access,
        meter: &LaneMeter<'_>,
    ) -> Result<Vec<i64>, Failure> {
        let (Some(own), Destination::Helpdesk(helpdesk)) = (delivery.ticket, delivery.destination) else {
            return Ok(Vec::new());
        };
        if delivery.unsure_attempts == 0 {
            return Ok(Vec::new());
        }
        let helpdesk = self.helpdesks.get(helpdesk);
        let trace = self
            .trace(delivery, true)
            .await
            .map_err(|_| Failure::Ambiguous { why: HANDOVER_UNREADABLE.into() })?;
        let mut holders = helpdesk.find_holders(access, &trace, meter).await?;
        holders.retain(|id| *id != own && !found.contains(id) && !delivery.duplicates.contains(id));
        if !holders.is_empty() && !found.contains(&own) {
            // Ours was merged itself: the ticket that it went into holds it rightly.
            let place = helpdesk.survivor(access, own, meter).await?;
            holders.retain(|id| *id != place);
        }
        Ok(holders)
    }

    /// The key to the very account that got the request; or why nobody can be asked there.
    async fn access_to(&self, delivery: &Delivery) -> Stored<Result<(Connection, Access), Said>> {
        let Destination::Helpdesk(helpdesk) = delivery.destination else {
            return Err(StoreError::unreadable("delivery", "destination", &delivery.id));
        };
        let Some(connection) = self.store.connection(&delivery.merchant, helpdesk).await? else {
            return Ok(Err(said!(DISCONNECTED, helpdesk = helpdesk.name())));
        };
        if delivery.lane != connection.account().into() {
            return Ok(Err(said!(OTHER_ACCOUNT, helpdesk = helpdesk.name())));
        }
        Ok(match connection::access(&connection, &self.vault) {
            Ok(access) => Ok((connection, access)),
            Err(trouble) => Err(trouble.reason),
        })
    }

    async fn trace(&self, delivery: &Delivery, thorough: bool) -> Stored<Trace> {
        let handover = match self.store.handover_body(&delivery.handover).await {
            // By its id it is found all the same.
            Err(StoreError::Unreadable(_)) => None,
            handover => handover?,
        };
        let email = handover.and_then(|handover| handover.conversation.shopper.email);
        Ok(Trace { external_id: delivery.handover.clone(), email, thorough })
    }

    /// The answer, if it comes before the look-up's lease ends: a later one would be refused, and somebody else would
    /// have begun anew.
    async fn in_time<T>(
        &self,
        delivery: &Delivery,
        began: Millis,
        asked: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let lease_ends = delivery.next_at.unwrap_or(began);
        let left = lease_ends.saturating_sub(began).saturating_sub(TO_SETTLE).max(0);
        tokio::select! {
            answer = asked => answer,
            () = self.world.clock.sleep(Duration::from_millis(left.unsigned_abs())) => {
                Err(Failure::Ambiguous { why: TOO_SLOW.into() })
            }
        }
    }
}

sentences! {
    HANDOVER_UNREADABLE = "look_up.unreadable": "The handover could not be read.";
    DISCONNECTED = "look_up.disconnected": "{helpdesk} was disconnected before the ticket was confirmed.";
    OTHER_ACCOUNT = "look_up.other_account": "Another {helpdesk} account was connected before the ticket was confirmed.";
    TOO_SLOW = "look_up.too_slow": "Looking the ticket up took too long.";
}

/// What is left of a look-up's lease to store its result, in milliseconds.
const TO_SETTLE: Millis = 15_000;

/// The account that was asked for the ticket.
fn account_of(delivery: &Delivery) -> Stored<&Account> {
    delivery.lane.account().ok_or_else(|| StoreError::unreadable("delivery", "account", &delivery.id))
}

/// What a look-up's failure says about the whole connection.
fn broken(failure: &Failure) -> Option<Problem> {
    match failure {
        Failure::Unauthorized(_) => Some(Problem::BadCredentials),
        Failure::NoSuchAccount(_) => Some(Problem::UnknownSubdomain),
        Failure::Redirected(_) => Some(Problem::NotAHelpdesk),
        _ => None,
    }
}
