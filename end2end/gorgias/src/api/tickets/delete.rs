//! `DELETE /api/tickets/{id}`: deletes, 204.

use crate::{
    api::{Call, Refusal, Reply, query::Query, tickets},
    world::Account,
};

/// Deletes the ticket permanently. The trash is a `PUT` with `trashed_datetime`.
pub(crate) fn delete(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let id = tickets::find(account, call)?;
    Query::of(call).finish()?;
    account.tickets.retain(|ticket| ticket.id != id);
    Ok(Reply::empty(204))
}
