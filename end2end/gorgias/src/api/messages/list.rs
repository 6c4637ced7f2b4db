//! `GET /api/messages`, which lists the messages of the whole account, or of one ticket with `?ticket_id=`; and
//! `GET /api/tickets/{id}/messages`.

use crate::{
    api::{Call, Refusal, Reply, list::Page, messages, query::Query, tickets},
    world::{Account, Message},
};

/// The first is the default (D, section 8).
const ORDERS: [&str; 2] = ["created_datetime:desc", "created_datetime:asc"];

/// Returns all messages of the account, or those of one ticket.
pub(crate) fn list(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let mut query = Query::of(call);
    let page = Page::read(&mut query, &ORDERS);
    let ticket = query.number("ticket_id");
    query.finish()?;
    let tickets = account.tickets.iter().filter(|it| ticket.is_none_or(|id| it.id == id));
    reply(page, call, tickets.flat_map(|ticket| &ticket.messages))
}

/// Returns the messages of a ticket.
pub(crate) fn of_ticket(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let ticket = tickets::find(account, call)?;
    let mut query = Query::of(call);
    let page = Page::read(&mut query, &ORDERS);
    query.finish()?;
    let ticket = account.ticket(ticket).ok_or(Refusal::NotFound)?;
    reply(page, call, ticket.messages.iter())
}

fn reply<'a>(page: Page, call: &Call, found: impl Iterator<Item = &'a Message>) -> Result<Reply, Refusal> {
    let found = found.map(|message| ((message.created.as_microsecond(), message.id), message)).collect();
    page.reply(call, found, |message| messages::write(message))
}
