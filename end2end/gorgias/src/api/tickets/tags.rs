//! `/api/tickets/{id}/tags`: posting adds tags, 201 with an empty body (section 7).

use serde_json::json;

use crate::{
    api::{
        Call, Refusal, Reply,
        query::Query,
        reader::{self, Reader, problem},
        tags, tickets,
    },
    world::Account,
};

/// `GET`: the tags of the ticket.
pub(crate) fn list(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let id = tickets::find(account, call)?;
    Query::of(call).finish()?;
    let ticket = account.ticket(id).ok_or(Refusal::NotFound)?;
    let found = account.tags.iter().filter(|tag| ticket.has_tag(&tag.name));
    Ok(Reply::json(200, json!({"data": found.map(tags::write).collect::<Vec<_>>()})))
}

/// `POST {"names":[…]}`
pub(crate) fn add(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let id = tickets::find(account, call)?;
    Query::of(call).finish()?;
    let body = reader::body(call)?;
    let read = || {
        let mut reader = Reader::new(&body)?;
        let names = reader.list("names", |value| match value.as_str() {
            Some(name) if !name.is_empty() => Ok(name.to_owned()),
            _ => Err(problem("Not a valid string.")),
        });
        let names = reader.required("names", names).unwrap_or_default();
        reader.finish(!account.behaviour.refuse_unknown_keys, names)
    };
    let names: Vec<String> = read().map_err(Refusal::Invalid)?;
    account.ensure_tags(&names, call.now);
    if let Some(ticket) = account.ticket_mut(id) {
        for name in names {
            if !ticket.has_tag(&name) {
                ticket.tags.push(name);
            }
        }
        ticket.updated = call.now;
    }
    Ok(Reply::empty(201))
}
