//! `PUT /api/v2/tickets/{id}` and other changes of a ticket (section 5). There is no key: a repeat is performed twice.

use emulator::later;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::draft;
use crate::{
    api::{
        Call, Refusal, Reply, comments, comments::write_audit, fields, fields::Fields, requester, tickets,
        time,
    },
    world::{Account, Change, Ticket},
};

/// The time window in which the updates of one ticket are counted (D).
const UPDATES_OF: SignedDuration = SignedDuration::from_mins(10);

/// Adds a comment and changes the named fields.
pub(crate) fn update(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let id = changeable(account, call)?;
    let body = fields::body(call)?;
    let mut draft = draft::read(account, fields::wrapped(&body, "ticket")?)?;
    let ticket = account.ticket(id).ok_or(Refusal::NotFound)?;
    let first = ticket.comments.first().map(|comment| comment.public);
    // D: rejected if the ticket has changed since.
    if draft.safe && draft.stamp.as_deref() != Some(&time(ticket.updated)) {
        return Err(Refusal::Conflict);
    }
    let many = ticket.comments.len() >= comments::MOST;
    if many && draft.comment.is_some() {
        return Err(Refusal::field("base", "The ticket has too many comments", "LimitExceeded"));
    }
    // D, older: a solved ticket has an assignee.
    if draft.status.as_deref() == Some("solved") && draft.assignee.or(ticket.assignee).is_none() {
        return Err(Refusal::field("base", "Assignee: is required when solving a ticket", "BlankValue"));
    }
    let current = ticket.requester;
    let by = call.caller.user().and_then(|id| account.user(id)).cloned().ok_or(Refusal::Forbidden)?;
    let requester = draft.requester.take().map(|it| requester::commit(account, it, call.now));
    let whose = account.user(requester.unwrap_or(current)).cloned().unwrap_or_else(|| by.clone());
    let comment = draft.comment.take().map(|comment| comment.commit(account, &by, &whose, first));
    let mut events = Vec::new();
    if let Some(ticket) = account.ticket_mut(id) {
        let mut set = |name: &str, value: Value| {
            events.push(json!({"type": "Change", "field_name": name, "value": value}));
        };
        if let Some(tags) = draft.tags {
            set("tags", json!(tags));
            ticket.tags = tags;
        }
        if let Some(status) = draft.status {
            set("status", json!(status));
            ticket.status = status;
        }
        if let Some(requester) = requester {
            set("requester_id", json!(requester));
            ticket.requester = requester;
        }
        ticket.subject = draft.subject.or(ticket.subject.take());
        ticket.external_id = draft.external_id.or(ticket.external_id.take());
        ticket.priority = draft.priority.or(ticket.priority.take());
        ticket.group = draft.group.or(ticket.group);
        ticket.assignee = draft.assignee.or(ticket.assignee);
        ticket.custom_fields = draft.custom_fields.or(ticket.custom_fields.take());
        ticket.api_updates.push(call.now);
    }
    let change =
        Change { by: by.id, custom: draft.metadata.unwrap_or(json!({})), comment, events, via: Value::Null };
    account.record(id, change, false, call.now);
    let ticket = account.ticket(id).ok_or(Refusal::NotFound)?;
    let audit = ticket.audits.last().map(|audit| write_audit(id, audit));
    Ok(Reply::json(200, json!({"ticket": tickets::write(account, call, ticket), "audit": audit})))
}

/// `PUT …/tags`: adds tags, while `tags` in an update replaces them (D).
pub(crate) fn add_tags(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let id = changeable(account, call)?;
    let body = fields::body(call)?;
    let object = body.as_object().cloned().unwrap_or_default();
    let mut reader = Fields::of(&object);
    let tags = reader.tags("tags");
    reader.finish(true).map_err(Refusal::Invalid)?;
    let tags = tags.ok_or_else(|| Refusal::Bad("InvalidRequest", "tags must be a list.".to_owned()))?;
    let by = call.caller.user().unwrap_or_default();
    let mut all = Vec::new();
    if let Some(ticket) = account.ticket_mut(id) {
        for tag in tags {
            if !ticket.has_tag(&tag) {
                ticket.tags.push(tag);
            }
        }
        ticket.api_updates.push(call.now);
        all.clone_from(&ticket.tags);
    }
    let events = vec![json!({"type": "Change", "field_name": "tags", "value": all})];
    account.record(id, Change { by, custom: json!({}), events, ..Change::default() }, false, call.now);
    Ok(Reply::json(200, json!({"tags": all})))
}

/// `DELETE`: removes the ticket from every list for 30 days, then permanently (D).
pub(crate) fn delete(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let id = tickets::find(account, call)?.id;
    if let Some(ticket) = account.ticket_mut(id) {
        ticket.deleted = Some(call.now);
    }
    Ok(Reply::empty(204))
}

/// Returns the ticket if it may be changed: closed is final (R, L), and a ticket accepts 30 updates in 10 minutes (D).
fn changeable(account: &Account, call: &Call) -> Result<u64, Refusal> {
    let ticket = tickets::find(account, call)?;
    if ticket.status == "closed" {
        return Err(Refusal::closed());
    }
    let most = usize::try_from(account.behaviour.updates_of_a_ticket).unwrap_or(usize::MAX);
    let recent = recent_updates(ticket, call.now);
    match recent.len().checked_sub(most).and_then(|over| recent.get(over)) {
        Some(oldest) if recent.len() >= most => {
            let frees = call.now.duration_until(later(*oldest, UPDATES_OF)).as_secs().max(1);
            Err(Refusal::TooManyUpdates(frees))
        }
        _ => Ok(ticket.id),
    }
}

fn recent_updates(ticket: &Ticket, now: Timestamp) -> Vec<Timestamp> {
    let recent = |at: &&Timestamp| later(**at, UPDATES_OF) > now;
    ticket.api_updates.iter().filter(recent).copied().collect()
}
