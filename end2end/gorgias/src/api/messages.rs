//! Messages of tickets.

pub(crate) mod create;
pub(crate) mod draft;
pub(crate) mod list;
pub(crate) mod people;

use serde_json::{Value, json};

use super::datetime;
use crate::world::{Message, Person};

/// Returns the message as in responses (R, section 3).
pub(crate) fn write(message: &Message) -> Value {
    let source = message.source.clone().unwrap_or_else(|| json!({"type": message.channel}));
    json!({
        "id": message.id,
        "uri": format!("/api/tickets/{}/messages/{}/", message.ticket_id, message.id),
        "ticket_id": message.ticket_id,
        "external_id": message.external_id,
        "public": message.public,
        "channel": message.channel,
        "via": message.via,
        "source": source,
        "sender": write_person(&message.sender),
        "receiver": message.receiver.as_ref().map(write_person),
        "from_agent": message.from_agent,
        "subject": message.subject,
        "body_text": message.body_text,
        "body_html": message.body_html,
        "stripped_text": message.stripped_text,
        "attachments": message.attachments,
        "macros": [],
        "meta": message.meta,
        "created_datetime": datetime::write(message.created),
        "sent_datetime": datetime::write_opt(message.sent),
        "failed_datetime": null,
        "last_sending_error": null,
    })
}

fn write_person(person: &Person) -> Value {
    let name = person.name.as_deref().unwrap_or_default();
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    json!({"id": person.id, "email": person.email, "name": person.name, "firstname": first, "lastname": last})
}
