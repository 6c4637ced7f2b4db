//! `GET /api/tickets` (R, section 6): the look-up by `external_id`. Any other filter is a 400.

use crate::{
    api::{Call, Refusal, Reply, list::Page, query::Query, tickets},
    world::{Account, Ticket},
};

const ORDERS: [&str; 4] =
    ["created_datetime:desc", "created_datetime:asc", "updated_datetime:desc", "updated_datetime:asc"];

/// Returns tickets in a list envelope, without messages. Merged tickets are not found (I); trashed ones are, unless
/// `trashed=false`.
pub(crate) fn list(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let mut query = Query::of(call);
    let page = Page::read(&mut query, &ORDERS);
    let external_id = query.text("external_id");
    let customer = query.number("customer_id");
    let ids = query.ids("ticket_ids");
    let trashed = query.flag("trashed").unwrap_or(true);
    query.finish()?;
    let matches = |ticket: &&Ticket| {
        !ticket.is_merged()
            && ticket.listed_from <= call.now
            && (trashed || ticket.trashed.is_none())
            && external_id.is_none_or(|wanted| ticket.external_id.as_deref() == Some(wanted))
            && customer.is_none_or(|wanted| ticket.customer.as_ref().is_some_and(|it| it.id == wanted))
            && ids.as_ref().is_none_or(|wanted| wanted.contains(&ticket.id))
    };
    let by_update = page.order_by == "updated_datetime";
    let found = account
        .tickets
        .iter()
        .filter(matches)
        .map(|ticket| {
            let order = if by_update { ticket.updated } else { ticket.created };
            ((order.as_microsecond(), ticket.id), ticket)
        })
        .collect();
    page.reply(call, found, |ticket| tickets::write(account, ticket, false))
}
