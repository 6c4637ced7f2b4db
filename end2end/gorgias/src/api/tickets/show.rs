//! `GET /api/tickets/{id}`

use crate::{
    api::{Call, Refusal, Reply, query::Query, tickets},
    world::Account,
};

/// Returns the whole ticket.
pub(crate) fn show(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let id = tickets::find(account, call)?;
    Query::of(call).finish()?;
    let ticket = account.ticket(id).ok_or(Refusal::NotFound)?;
    Ok(Reply::json(200, tickets::write(account, ticket, true)))
}
