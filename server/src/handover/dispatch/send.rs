//! Sends the one request that makes a ticket or a message, and settles what came of it.

use super::{
    super::verdict::{Verdict, understood},
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
    delivery::{Event, Nothing},
};
use std::sync::Arc;

/// Makes tickets and messages of tickets.
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

    /// Makes what was prepared and settles what came of it.
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
        };
        // A refusal of this one ticket shows as well as a ticket that the credentials work.
        let works = matches!(
            result,
            Ok(_) | Err(Failure::Rejected { .. } | Failure::TooLarge(_) | Failure::NotFound(_))
        );
        let verdict = match result {
            Ok(id) => Verdict::Event(Event::Made(Some(id))),
            Err(failure) => understood(failure, helpdesk, &access, &meter, &*self.world.clock).await,
        };
        let event = self.event(verdict, &connection).await?;
        let settled = self.settler.settle(&delivery, event).await?;
        // What a ticket means for a probe was settled with it.
        let delivered = settled.is_some_and(|settled| settled.state == DeliveryState::Delivered);
        if works && !delivered {
            self.settler.probe_answered(&connection, &delivery).await?;
        }
        Ok(())
    }

    /// What a verdict is for the delivery. One about the connection is told to that.
    async fn event(&self, verdict: Verdict, connection: &Connection) -> Stored<Event> {
        match verdict {
            Verdict::Event(event) => Ok(event),
            Verdict::Broken(trouble) => {
                // The connection first: a held delivery of a working connection would wait for nobody.
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
