//! Leases a helpdesk delivery with its request already built, so that only sending it is left.

use super::{
    super::{ends::Ends, links::Links},
    parts::Parts,
    second_way,
    settle::{Settler, unreadable},
    work::{Creation, HelpdeskRequest, Next, Work},
};
use crate::{
    connection,
    helpdesk::events::EventMessage,
    store::{Connection, Store, StoreError, Stored, answers::KeptAnswer, handovers::ToSend},
    vault::Vault,
};
use app::model::{AttemptKind, Destination, Helpdesk};
use domain::{
    TicketRoute,
    addition::{self, Addition},
    answer::answer_id,
    delivery::{Delivery, Event, REQUEST_ENDS_AFTER},
    event,
    handover::Handover,
    helpdesk::Takes,
    ticket::{self, Ticket},
};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};

/// Prepares the requests for tickets and for their later messages.
pub(super) struct Preparer {
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    ends: Arc<Ends>,
    links: Links,
    settler: Arc<Settler>,
}

impl Preparer {
    pub(super) fn new(parts: &Parts, settler: &Arc<Settler>) -> Self {
        Self {
            store: parts.store.clone(),
            vault: parts.vault.clone(),
            ends: parts.ends.clone(),
            links: parts.links.clone(),
            settler: settler.clone(),
        }
    }

    /// Builds the request and leases its delivery, unless the delivery can be settled without one. `boot` is the time
    /// since boot.
    pub(super) async fn lease(&self, delivery: &Delivery, to_send: ToSend, boot: Duration) -> Stored<Next> {
        let Destination::Helpdesk(helpdesk) = delivery.destination else {
            return Err(StoreError::unreadable("delivery", "destination", &delivery.id));
        };
        let ToSend { connection, handover, told_at } = to_send;
        let Some(connection) = self.usable(delivery, connection).await? else {
            return Ok(Next::Settled);
        };
        let Some(handover) = handover else {
            // Retrying cannot fix this, and the account's other deliveries would wait behind it.
            let leased = self.settler.lease(delivery, Event::Leased, AttemptKind::Create).await?;
            let Some(leased) = leased else { return Ok(Next::Refused) };
            self.settler.settle(&leased, unreadable()).await?;
            return Ok(Next::Settled);
        };
        // The connection is fine; this process lacks a key.
        if self.store.is_shared() && connection::is_locked_here(&connection, &self.vault) {
            return Ok(Next::Refused);
        }
        let access = match connection::access(&connection, &self.vault) {
            Ok(access) => access,
            Err(trouble) => {
                self.settler.broke(&connection, &trouble).await?;
                return Ok(Next::Settled);
            }
        };
        let request = match helpdesk.takes() {
            Takes::Tickets => {
                let remark = told_at.map(second_way::remark);
                self.request(delivery, &connection, &handover, remark.as_deref()).await?
            }
            Takes::Events => self.event(delivery, &handover).await?,
        };
        let kind = if delivery.part == 0 { AttemptKind::Create } else { AttemptKind::Append };
        let Some(leased) = self.settler.lease(delivery, Event::Leased, kind).await? else {
            return Ok(Next::Refused);
        };
        let ends_at = boot + Duration::from_millis(REQUEST_ENDS_AFTER.unsigned_abs());
        self.ends.begun(&leased, ends_at);
        let creation = Creation { delivery: leased, connection, access, request, ends_at };
        Ok(Next::Work(Box::new(Work::Create(Box::new(creation)))))
    }

    /// Returns the connection if the delivery may go through it now. Otherwise applies the reason to the delivery.
    async fn usable(
        &self,
        delivery: &Delivery,
        connection: Option<Connection>,
    ) -> Stored<Option<Connection>> {
        let Some(connection) = connection else {
            self.settler.apply(delivery, Event::Disconnected).await?;
            return Ok(None);
        };
        // While a connection is broken, only the probe is sent, which shows whether it works again.
        if connection.trouble.is_some() && connection.probe.as_deref() != Some(&delivery.id) {
            self.settler.apply(delivery, Event::ConnectionBroke).await?;
            return Ok(None);
        }
        let lane = connection.account().into();
        if delivery.lane != lane {
            self.settler.move_to(delivery, lane).await?;
            return Ok(None);
        }
        Ok(Some(connection))
    }

    async fn request(
        &self,
        delivery: &Delivery,
        connection: &Connection,
        handover: &Handover,
        remark: Option<&str>,
    ) -> Stored<HelpdeskRequest> {
        let helpdesk = connection.helpdesk;
        if delivery.part == 0 {
            let largest = helpdesk.details().limits.message_bytes;
            let route = connection.routing.route();
            // More attempts than unclear ones: at least one was rejected.
            let rejected = delivery.attempts > delivery.unsure_attempts;
            let ticket = Ticket {
                route: TicketRoute { refused: route.refused && rejected, ..route },
                ..ticket::ticket(&delivery.handover, handover, &delivery.without, remark, largest)
            };
            return Ok(HelpdeskRequest::Ticket(Box::new(ticket)));
        }
        let (ticket, addition) = self.addition(delivery, helpdesk).await?;
        let append = addition::append(&delivery.handover, delivery.part, handover, &addition);
        Ok(HelpdeskRequest::Append(ticket, append))
    }

    /// Returns the event for a delivery.
    async fn event(&self, delivery: &Delivery, handover: &Handover) -> Stored<HelpdeskRequest> {
        let id = &delivery.handover;
        let link = || self.links.link(&delivery.merchant, id, event::accepted_at_ms(id, handover));
        let body = if delivery.part == 0 {
            event::created(id, handover, link)
        } else if let Some(number) = delivery.answer_number() {
            let KeptAnswer { account, answer, .. } = self.answer(delivery, number).await?;
            let at = Timestamp::from_millisecond(answer.at).unwrap_or(handover.occurred_at);
            let (id_of_answer, helpdesk) = (answer_id(id, number), account.helpdesk);
            let (author, text, ticket) = (answer.author.as_deref(), answer.text.as_str(), answer.ticket);
            let answer = event::Answer { id: &id_of_answer, author, text, at, helpdesk, ticket };
            event::answered(id, handover, answer)
        } else {
            event::added(id, delivery.part, handover, &self.added(delivery).await?, link)
        };
        // The dot between an id's parts is replaced, because it would make the signed text ambiguous.
        Ok(HelpdeskRequest::Event(EventMessage { id: delivery.id.replace('.', "-"), body: body.into() }))
    }

    async fn answer(&self, delivery: &Delivery, number: i64) -> Stored<KeptAnswer> {
        let answer = self.store.answer(&delivery.handover, number).await?;
        answer.ok_or_else(|| StoreError::unreadable("answer", "text", &delivery.id))
    }

    /// Returns the content of a later part.
    async fn added(&self, delivery: &Delivery) -> Stored<Addition> {
        let addition = self.store.addition(&delivery.handover, delivery.part).await?;
        addition.ok_or_else(|| StoreError::unreadable("handover_addition", "body", &delivery.id))
    }

    /// Returns the ticket that a later part belongs to, and the part's content.
    async fn addition(&self, delivery: &Delivery, helpdesk: Helpdesk) -> Stored<(i64, Addition)> {
        let to = Destination::Helpdesk(helpdesk);
        let first = self.store.delivery(&delivery.merchant, &delivery.handover, to).await?;
        match first.and_then(|first| first.ticket) {
            Some(ticket) => Ok((ticket, self.added(delivery).await?)),
            None => Err(StoreError::unreadable("handover_addition", "body", &delivery.id)),
        }
    }
}
