//! `POST /api/tickets/{id}/messages`: adds a message or note.

use super::draft;
use crate::{
    api::{Call, Refusal, Reply, messages, query::Query, reader, tickets},
    world::Account,
};

/// Adds the message. A shopper's message reopens the ticket.
pub(crate) fn create(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let id = tickets::find(account, call)?;
    Query::of(call).finish()?;
    let body = reader::body(call)?;
    let draft = draft::read(account, &body).map_err(Refusal::Invalid)?;
    let from_shopper = !draft.from_agent;
    let message = draft::commit(account, draft, id, &mut Vec::new(), call.now);
    if let Some(ticket) = account.ticket_mut(id).filter(|_| from_shopper) {
        ticket.status = "open".to_owned();
        ticket.closed = None;
    }
    Ok(Reply::json(201, messages::write(&message)))
}
