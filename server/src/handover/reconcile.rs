//! Finding out what became of an unsure delivery, and mending doubles (design.md section 3, points 5 to 7).

use super::{
    addition,
    delivery::{Delivery, Event, LookUp},
    dispatch::Dispatcher,
};
use crate::{
    helpdesk::{Access, Failure, Trace, account_name},
    integrations,
    store::{Connection, StoreError, Stored},
};
use app::model::{Destination, Problem};

impl Dispatcher {
    /// Looks an unsure delivery up and applies what was found.
    pub(super) async fn look_up(&self, delivery: Delivery) -> Stored<()> {
        let began = self.world.clock.now_ms();
        let (connection, access) = match self.access_to(&delivery).await? {
            Ok(found) => found,
            Err(why) => {
                self.unused(&delivery);
                self.apply(&delivery, Event::LookedUp(LookUp::Impossible { why }), Some("look_up")).await?;
                return Ok(());
            }
        };
        // Early look-ups are one cheap question. Only a "no" that may count also asks for the customer's other
        // tickets, into one of which ours may have been merged.
        let meter = self.meter(&delivery.account);
        let helpdesk = self.helpdesks.get(connection.helpdesk);
        let answer = if delivery.part == 0 {
            let trace = self.trace(&delivery, delivery.no_would_count(began, self.rules)).await?;
            helpdesk.find(&access, &trace, &meter).await
        } else {
            let first =
                self.store.delivery(&delivery.merchant, &delivery.handover, delivery.destination).await?;
            let Some(ticket) = first.and_then(|first| first.ticket) else {
                return Err(StoreError::Unreadable("delivery"));
            };
            let message = addition::external_id(&delivery.handover, delivery.part);
            helpdesk.find_message(&access, ticket, &message, &meter).await
        };
        let found = match answer {
            Ok(tickets) if tickets.is_empty() => LookUp::No { began },
            Ok(tickets) => LookUp::Found(tickets),
            Err(failure) => {
                if let Some(problem) = broken(&failure) {
                    let trouble = integrations::trouble(connection.helpdesk, problem, &failure.to_string());
                    if self.broke(&connection, &trouble).await? {
                        LookUp::Impossible { why: trouble.reason }
                    } else {
                        LookUp::Inconclusive { why: failure.to_string() }
                    }
                } else {
                    LookUp::Inconclusive { why: failure.to_string() }
                }
            }
        };
        let answered = matches!(found, LookUp::Found(_) | LookUp::No { .. });
        self.apply(&delivery, Event::LookedUp(found), Some("look_up")).await?;
        if answered {
            // A whole 2xx: the credentials work, whatever became of the probe's own ticket.
            self.probe_answered(&connection, &delivery).await?;
        }
        Ok(())
    }

    /// Checks a delivered one for further tickets of the same handover; closes those but the lowest.
    pub(super) async fn check_for_doubles(&self, delivery: Delivery) -> Stored<()> {
        let (connection, access) = match self.access_to(&delivery).await? {
            Ok(found) => found,
            Err(_) => {
                // Nobody to ask any more: the check is over.
                self.unused(&delivery);
                self.apply(&delivery, Event::Checked(Some(Vec::new())), Some("check")).await?;
                return Ok(());
            }
        };
        let helpdesk = self.helpdesks.get(connection.helpdesk);
        let meter = self.meter(&delivery.account);
        let trace = self.trace(&delivery, false).await?;
        let found = match helpdesk.find(&access, &trace, &meter).await {
            Ok(found) => found,
            Err(_) => {
                self.apply(&delivery, Event::Checked(None), Some("check")).await?;
                return Ok(());
            }
        };
        let mut all = found.clone();
        all.extend(delivery.ticket);
        all.sort_unstable();
        all.dedup();
        let mut done = true;
        if let Some((&original, further)) = all.split_first() {
            for &duplicate in further.iter().filter(|id| !delivery.duplicates.contains(id)) {
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
        }
        self.apply(&delivery, Event::Checked(done.then_some(found)), Some("check")).await?;
        Ok(())
    }

    /// The key to the very account that got the request; or why nobody can be asked there.
    async fn access_to(&self, delivery: &Delivery) -> Stored<Result<(Connection, Access), String>> {
        let Destination::Helpdesk(helpdesk) = delivery.destination else {
            return Err(StoreError::Unreadable("delivery"));
        };
        let Some(connection) = self.store.connection(&delivery.merchant, helpdesk).await? else {
            return Ok(Err(format!("{helpdesk} was disconnected before the ticket was confirmed.")));
        };
        if account_name(helpdesk, &connection.subdomain) != delivery.account {
            return Ok(Err(format!(
                "Another {helpdesk} account was connected before the ticket was confirmed."
            )));
        }
        Ok(match integrations::access(&connection, &self.vault) {
            Ok(access) => Ok((connection, access)),
            Err(trouble) => Err(trouble.reason),
        })
    }

    async fn trace(&self, delivery: &Delivery, thorough: bool) -> Stored<Trace> {
        let handover = self.store.handover_body(&delivery.handover).await?;
        let email = handover.and_then(|handover| handover.conversation.shopper.email);
        Ok(Trace { external_id: delivery.handover.clone(), email, thorough })
    }

    /// Gives back the request that was taken for a question nobody was asked.
    fn unused(&self, delivery: &Delivery) {
        self.budgets.give_back(&delivery.account, self.world.clock.since_boot());
    }
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
