//! Lists of tickets (section 4). They include merged tickets, but no archived or deleted ones.

use serde_json::json;
use std::cmp::Reverse;

use crate::{
    api::{
        Call, Refusal, Reply,
        page::{self, Query},
        routes, tickets,
    },
    world::{Account, Ticket},
};

/// `GET /api/v2/tickets?external_id=…`; with `sort=-updated_at`, the most recently changed first (D).
pub(crate) fn list(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let query = Query::of(call);
    query.only(&["external_id"])?;
    let external_id = query.text("external_id");
    some(account, call, |ticket| {
        !ticket.archived && external_id.is_none_or(|wanted| ticket.external_id.as_deref() == Some(wanted))
    })
}

/// `GET /api/v2/users/{id}/tickets/requested` (D: archived ones are not excluded there).
pub(crate) fn requested(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    Query::of(call).only(&[])?;
    let requester = routes::id(call)?;
    some(account, call, |ticket| ticket.requester == requester)
}

/// `GET /api/v2/tickets/count`
pub(crate) fn count(account: &mut Account, _: &Call) -> Result<Reply, Refusal> {
    let count = account.tickets.iter().filter(|ticket| ticket.deleted.is_none()).count();
    Ok(Reply::json(200, json!({"count": {"value": count, "refreshed_at": null}})))
}

fn some(account: &Account, call: &Call, wanted: impl Fn(&Ticket) -> bool) -> Result<Reply, Refusal> {
    let listed =
        |ticket: &&Ticket| ticket.deleted.is_none() && ticket.listed_from <= call.now && wanted(ticket);
    let found = account.tickets.iter().filter(listed);
    let found: Vec<_> = match Query::of(call).text("sort") {
        None | Some("id") => found.map(|ticket| (ticket.id, ticket)).collect(),
        Some("-updated_at") => {
            let mut found: Vec<_> = found.collect();
            found.sort_by_key(|ticket| Reverse((ticket.updated, ticket.id)));
            // A position is the cursor.
            (1..).zip(found).collect()
        }
        Some(other) => {
            return Err(Refusal::Bad("InvalidPaginationParameter", format!("Cannot sort by {other}.")));
        }
    };
    page::reply(call, "tickets", found, |ticket| tickets::write(account, call, ticket))
}
