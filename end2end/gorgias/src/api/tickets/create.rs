//! `POST /api/tickets` (section 3). It is not idempotent: two posts create two tickets (section 6).

use serde_json::Value;

use super::fields::{self, Fields};
use crate::{
    api::{
        Call, Refusal, Reply,
        messages::{
            draft::{self, MessageDraft},
            people,
        },
        query::Query,
        reader::{self, Problems, Reader, problem},
        tickets,
    },
    world::{Account, Customer, Ticket},
};

/// How many messages a new ticket may have (D).
const MOST_MESSAGES: usize = 500;

/// Creates a ticket with its messages and, if needed, its customer and tags; then runs the account's automations. The
/// response is the ticket before those (D: it is not the final state).
pub(crate) fn create(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    Query::of(call).finish()?;
    let body = reader::body(call)?;
    let (fields, messages) = read(account, &body).map_err(Refusal::Invalid)?;
    let id = commit(account, fields, messages, call);
    let ticket = account.ticket(id).ok_or(Refusal::NotFound)?;
    let reply = Reply::json(account.behaviour.created_status, tickets::write(account, ticket, true));
    account.auto_merge(id, call.now);
    Ok(reply)
}

fn read(account: &Account, body: &Value) -> Result<(Fields, Vec<MessageDraft>), Problems> {
    let mut reader = Reader::new(body)?;
    let fields = fields::read(account, &mut reader);
    reader.required("channel", fields.channel.as_ref());
    if account.behaviour.require_via {
        reader.required("via", fields.via.as_ref());
    }
    let messages = reader.list("messages", |value| draft::read(account, value));
    if messages.as_ref().is_some_and(|messages| messages.is_empty() || messages.len() > MOST_MESSAGES) {
        reader.blame("messages", problem(&format!("Length must be between 1 and {MOST_MESSAGES}.")));
    }
    let messages = reader.required("messages", messages).unwrap_or_default();
    reader.finish(!account.behaviour.refuse_unknown_keys, (fields, messages))
}

fn commit(account: &mut Account, fields: Fields, messages: Vec<MessageDraft>, call: &Call) -> u64 {
    let now = call.now;
    let mut nameless = Vec::new();
    let customer = customer_of(account, &fields, &messages, &mut nameless, call);
    let tags = fields.tags.unwrap_or_default();
    account.ensure_tags(&tags, now);
    let mut unique = Vec::new();
    for tag in tags {
        if !unique.contains(&tag) {
            unique.push(tag);
        }
    }
    let status = fields.status.unwrap_or_else(|| "open".to_owned());
    let id = account.take_id();
    account.tickets.push(Ticket {
        id,
        external_id: fields.external_id,
        closed: fields.closed.or((status == "closed").then_some(now)),
        status,
        priority: fields.priority.unwrap_or_else(|| "normal".to_owned()),
        channel: fields.channel.unwrap_or_default(),
        via: fields.via.unwrap_or_else(|| "api".to_owned()),
        from_agent: fields.from_agent.unwrap_or_default(),
        spam: fields.spam.unwrap_or_default(),
        customer,
        assignee_user: fields.assignee_user,
        assignee_team: fields.assignee_team,
        language: fields.language,
        subject: fields.subject,
        meta: fields.meta,
        tags: unique,
        custom_fields: fields.custom_fields,
        messages: Vec::with_capacity(messages.len()),
        created: fields.created.unwrap_or(now),
        updated: now,
        trashed: fields.trashed,
        merged_into: None,
        listed_from: now,
        asked: call.asked,
    });
    for message in messages {
        draft::commit(account, message, id, &mut nameless, now);
    }
    id
}

/// Returns the ticket's customer: the named one, else the sender or receiver of the first message.
fn customer_of(
    account: &mut Account,
    fields: &Fields,
    messages: &[MessageDraft],
    nameless: &mut Vec<Customer>,
    call: &Call,
) -> Option<Customer> {
    let from_messages = messages.iter().find_map(|message| match message.from_agent {
        true => message.receiver.as_ref(),
        false => message.sender.as_ref(),
    });
    let draft = fields.customer.as_ref().or(from_messages)?;
    Some(people::customer(account, draft, nameless, call.now))
}
