//! `PUT /api/tickets/{id}`: a partial update; `tags` replaces the whole set (section 7). 200 or 202.

use super::fields::{self, Fields};
use crate::{
    api::{
        Call, Refusal, Reply,
        messages::people,
        query::Query,
        reader::{self, Reader},
        tickets,
    },
    world::{Account, Ticket},
};

/// Changes the named fields.
pub(crate) fn update(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let id = tickets::find(account, call)?;
    Query::of(call).finish()?;
    let body = reader::body(call)?;
    let read = || {
        let mut reader = Reader::new(&body)?;
        let fields = fields::read(account, &mut reader);
        // `null` removes an assignee, or takes a ticket out of the trash.
        let cleared = ["assignee_user", "assignee_team", "trashed_datetime"]
            .map(|name| reader.has(name) && body[name].is_null());
        reader.finish(!account.behaviour.refuse_unknown_keys, (fields, cleared))
    };
    let (fields, cleared) = read().map_err(Refusal::Invalid)?;
    let customer =
        fields.customer.as_ref().map(|draft| people::customer(account, draft, &mut Vec::new(), call.now));
    account.ensure_tags(fields.tags.as_deref().unwrap_or_default(), call.now);
    if let Some(ticket) = account.ticket_mut(id) {
        if customer.is_some() {
            ticket.customer = customer;
        }
        apply(ticket, fields, cleared);
        ticket.updated = call.now;
        match ticket.status.as_str() {
            "closed" => ticket.closed = ticket.closed.or(Some(call.now)),
            _ => ticket.closed = None,
        }
    }
    let ticket = account.ticket(id).ok_or(Refusal::NotFound)?;
    Ok(Reply::json(account.behaviour.updated_status, tickets::write(account, ticket, true)))
}

fn apply(ticket: &mut Ticket, fields: Fields, [no_user, no_team, no_trash]: [bool; 3]) {
    fn set<T>(field: &mut T, value: Option<T>) {
        if let Some(value) = value {
            *field = value;
        }
    }
    fn set_opt<T>(field: &mut Option<T>, value: Option<T>, clear: bool) {
        if value.is_some() || clear {
            *field = value;
        }
    }
    set(&mut ticket.channel, fields.channel);
    set(&mut ticket.via, fields.via);
    set(&mut ticket.from_agent, fields.from_agent);
    set(&mut ticket.status, fields.status);
    set(&mut ticket.priority, fields.priority);
    set(&mut ticket.tags, fields.tags);
    set(&mut ticket.spam, fields.spam);
    set(&mut ticket.created, fields.created);
    set_opt(&mut ticket.subject, fields.subject, false);
    set_opt(&mut ticket.external_id, fields.external_id, false);
    set_opt(&mut ticket.custom_fields, fields.custom_fields, false);
    set_opt(&mut ticket.language, fields.language, false);
    set_opt(&mut ticket.meta, fields.meta, false);
    set_opt(&mut ticket.closed, fields.closed, false);
    set_opt(&mut ticket.assignee_user, fields.assignee_user, no_user);
    set_opt(&mut ticket.assignee_team, fields.assignee_team, no_team);
    set_opt(&mut ticket.trashed, fields.trashed, no_trash);
}
