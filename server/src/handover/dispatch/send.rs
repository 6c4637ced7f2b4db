//! Sends the one request that creates a ticket or a message, and settles the result.

use super::{
    super::verdict::{Verdict, undelivered, understood, verdict},
    parts::Parts,
    settle::Settler,
    work::{Creation, HelpdeskRequest},
};
use crate::{
    helpdesk::{Failure, Helpdesks, budget::Budgets, lane_meter::LaneMeter},
    store::{Connection, Stored},
};
use app::model::DeliveryState;
use domain::{
    clock::World,
    delivery::{Delivery, Event, Nothing},
};
use std::sync::Arc;

/// Creates tickets and their later messages.
pub(super) struct TicketSender {
    helpdesks: Helpdesks,
    budgets: Arc<Budgets>,
    world: World,
    settler: Arc<Settler>,
}

impl TicketSender {
    pub(super) fn new(parts: &Parts, settler: &Arc<Settler>) -> Self {
        Self {
            helpdesks: parts.helpdesks.clone(),
            budgets: parts.budgets.clone(),
            world: parts.world.clone(),
            settler: settler.clone(),
        }
    }

    /// Sends the prepared request and settles the result.
    pub(super) async fn create(&self, creation: Creation) -> Stored<()> {
        let Creation { delivery, connection, access, request, ends_at } = creation;
        let helpdesk = self.helpdesks.get(connection.helpdesk);
        let account = connection.account();
        let meter = LaneMeter::prepaid(&self.budgets, &self.world, &account);
        let result = match &request {
            HelpdeskRequest::Ticket(ticket) => helpdesk.create(&access, ticket, ends_at, &meter).await,
            HelpdeskRequest::Append(ticket, append) => {
                helpdesk.append(&access, *ticket, append, ends_at, &meter).await
            }
            HelpdeskRequest::Event(event) => {
                let verdict = match helpdesk.events() {
                    Some(client) => match client.send(&access, event, ends_at, &meter).await {
                        Ok(()) => Verdict::Event(Event::Made(None)),
                        Err(failure) => undelivered(failure),
                    },
                    None => verdict(access.method, Failure::NotFound(connection.helpdesk)),
                };
                // A receiver that did not accept one event may accept others, which must not wait for its next attempt.
                let works = matches!(verdict, Verdict::Event(_));
                return self.settle(&delivery, &connection, verdict, works).await;
            }
        };
        if matches!(result, Err(Failure::Misrouted { .. })) {
            // Recorded first, so that the next attempt is sent without them.
            self.settler.misrouted(&connection).await?;
        }
        // A rejection of this one ticket also shows that the credentials work.
        let works = matches!(
            result,
            Ok(_)
                | Err(Failure::Rejected { .. }
                    | Failure::Misrouted { .. }
                    | Failure::TooLarge(_)
                    | Failure::NotFound(_))
        );
        let verdict = match result {
            Ok(id) => Verdict::Event(Event::Made(Some(id))),
            Err(failure) => understood(failure, helpdesk, &access, &meter, &*self.world.clock).await,
        };
        self.settle(&delivery, &connection, verdict, works).await
    }

    /// Settles an attempt. `works` says whether it shows that the connection works.
    async fn settle(
        &self,
        delivery: &Delivery,
        connection: &Connection,
        verdict: Verdict,
        works: bool,
    ) -> Stored<()> {
        let event = self.event(verdict, connection).await?;
        let settled = self.settler.settle(delivery, event).await?;
        // If it was a probe and was delivered, settling it has already updated the connection.
        let delivered = settled.is_some_and(|settled| settled.state == DeliveryState::Delivered);
        if works && !delivered {
            self.settler.probe_answered(connection, delivery).await?;
        }
        Ok(())
    }

    /// Returns the delivery's event for a verdict, and marks the connection as broken if the verdict says that it is.
    async fn event(&self, verdict: Verdict, connection: &Connection) -> Stored<Event> {
        match verdict {
            Verdict::Event(event) => Ok(event),
            Verdict::Broken(trouble) => {
                // Mark the connection first: a delivery held while its connection works would never be released.
                let why = trouble.reason.clone();
                Ok(Event::MadeNothing(if self.settler.broke(connection, &trouble).await? {
                    Nothing::Connection { why }
                } else {
                    Nothing::TryAgain { after: None, why }
                }))
            }
        }
    }
}
