//! `/api/tickets`

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod fields;
pub(crate) mod list;
pub(crate) mod show;
pub(crate) mod tags;
pub(crate) mod update;

use serde_json::{Value, json};

use super::{Call, Refusal, call, customers, datetime, messages};
use crate::world::{Account, Ticket};

/// Returns the id of the ticket in a path. A merged ticket answers 301 on every path (D).
pub(crate) fn find(account: &Account, call: &Call) -> Result<u64, Refusal> {
    let id = call::id(call).ok_or(Refusal::NotFound)?;
    let ticket = account.ticket(id).ok_or(Refusal::NotFound)?;
    match ticket.merged_into {
        Some(survivor) => Err(Refusal::Merged(survivor)),
        None => Ok(id),
    }
}

/// Returns the ticket as in responses (R, section 3). Items of a list have no `messages`.
pub(crate) fn write(account: &Account, ticket: &Ticket, with_messages: bool) -> Value {
    let tags: Vec<Value> = ticket
        .tags
        .iter()
        .filter_map(|name| account.tags.iter().find(|tag| tag.name == *name))
        .map(|tag| json!({"id": tag.id, "name": tag.name}))
        .collect();
    let user = |id| account.users.iter().find(|user| user.id == id);
    let team = |id| account.teams.iter().find(|team| team.id == id);
    let last_message = ticket.messages.last().map(|message| message.created);
    let last_received = ticket.messages.iter().rev().find(|message| !message.from_agent);
    let answerable = ticket.customer.as_ref().is_some_and(|customer| customer.email.is_some());
    let mut written = json!({
        "id": ticket.id,
        "uri": format!("/api/tickets/{}/", ticket.id),
        "external_id": ticket.external_id,
        "status": ticket.status,
        "priority": ticket.priority,
        "channel": ticket.channel,
        "via": ticket.via,
        "from_agent": ticket.from_agent,
        "spam": ticket.spam,
        "customer": ticket.customer.as_ref().map(customers::write),
        "assignee_user": ticket.assignee_user.and_then(user).map(|user| {
            json!({"id": user.id, "email": user.email, "name": user.name})
        }),
        "assignee_team": ticket.assignee_team.and_then(team).map(|team| json!({"id": team.id, "name": team.name})),
        "language": ticket.language,
        "subject": ticket.subject,
        "meta": ticket.meta,
        "tags": tags,
        "custom_fields": ticket.custom_fields,
        "messages_count": ticket.messages.len(),
        "created_datetime": datetime::write(ticket.created),
        "updated_datetime": datetime::write(ticket.updated),
        "last_message_datetime": datetime::write_opt(last_message),
        "last_received_message_datetime": datetime::write_opt(last_received.map(|message| message.created)),
        "closed_datetime": datetime::write_opt(ticket.closed),
        "trashed_datetime": datetime::write_opt(ticket.trashed),
        "snooze_datetime": null,
        "reply_options": {"email": {"answerable": answerable}, "internal-note": {"answerable": true}},
        "is_unread": ticket.status == "open",
    });
    if let (true, Some(object)) = (with_messages, written.as_object_mut()) {
        object.insert("messages".to_owned(), ticket.messages.iter().map(messages::write).collect());
    }
    written
}
