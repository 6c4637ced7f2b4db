//! `POST /api/v2/tickets` (sections 2 and 4).

use serde_json::{Value, json};

use super::draft::{self, Draft};
use crate::{
    api::{Call, Refusal, Reply, base, comments::write_audit, fields, requester, tickets},
    world::{Account, Answered, Change, KeyUse, Known, Minute, NewTicket, User, known},
};

/// The maximum length of a key, in characters (from others' notes).
const LONGEST_KEY: usize = 255;

/// Creates a ticket, once for each idempotency key. A header of every response says whether the key was known (L).
pub(crate) fn create(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let Some(key) = call.request.header("idempotency-key").map(str::to_owned) else {
        return make(account, call);
    };
    if key.chars().count() > LONGEST_KEY {
        return Err(Refusal::Bad("InvalidIdempotencyKey", "The key is too long.".to_owned()));
    }
    let late = call.now > call.asked;
    if !(late && account.behaviour.late_requests_ignore_keys) {
        match known(&mut account.keys, &key, &call.body, call.now) {
            Some(Known::Same(answer)) => return Ok(again(answer)),
            Some(Known::Other) => {
                let description = "Request parameters don't match the given idempotency key";
                return Err(Refusal::Bad("IdempotentRequestError", description.to_owned()));
            }
            None => {}
        }
    }
    let reply = match make(account, call) {
        Ok(reply) => reply,
        Err(refusal) if account.behaviour.keep_refusals => {
            refusal.reply(account.behaviour.reasons_in_portuguese)
        }
        Err(refusal) => return Err(refusal),
    };
    let location = reply.headers.iter().find(|(name, _)| *name == "location").map(|(_, value)| value.clone());
    let answer = Answered { status: reply.status, location, body: reply.body.clone().unwrap_or_default() };
    account.keys.push(KeyUse { key, body: call.body.clone(), at: call.now, answer });
    Ok(reply.with("x-idempotency-lookup", "miss"))
}

/// Returns the same response again.
fn again(answer: Answered) -> Reply {
    let reply = Reply::json(answer.status, answer.body).with("x-idempotency-lookup", "hit");
    match answer.location {
        Some(location) => reply.with("location", location),
        None => reply,
    }
}

fn make(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let body = fields::body(call)?;
    let mut draft = draft::read(account, fields::wrapped(&body, "ticket")?)?;
    if draft.safe || draft.stamp.is_some() {
        return Err(Refusal::Bad("InvalidRequest", "safe_update is for updates.".to_owned()));
    }
    let Some(comment) = draft.comment.take() else {
        return Err(Refusal::field("base", "Description: cannot be blank", "BlankValue"));
    };
    let by = call.caller.user().and_then(|id| account.user(id)).cloned().ok_or(Refusal::Forbidden)?;
    check(account, &draft)?;
    if let Some(most) = account.behaviour.creations_a_minute
        && !account.minute.create(most, call.now)
    {
        return Err(Refusal::TooManyTickets(Minute::ends_in(call.now)));
    }
    // D, R: without a requester, the ticket belongs to the caller.
    let requester = match draft.requester.take() {
        Some(requester) => requester::commit(account, requester, call.now),
        None => by.id,
    };
    let whose = account.user(requester).cloned().unwrap_or_else(|| by.clone());
    let comment = comment.commit(account, &by, &whose, None);
    let id = commit(account, draft, &by, requester, comment, call);
    let ticket = account.ticket(id).ok_or(Refusal::NotFound)?;
    let audit = ticket.audits.first().map(|audit| write_audit(id, audit));
    let answer = json!({"ticket": tickets::write(account, call, ticket), "audit": audit});
    Ok(Reply::json(201, answer).with("location", format!("{}/tickets/{id}.json", base(account, call))))
}

/// Checks what the account requires of every new ticket.
fn check(account: &Account, draft: &Draft) -> Result<(), Refusal> {
    if let Some(field) = account.behaviour.required_field {
        let values = draft.custom_fields.as_ref().and_then(Value::as_array);
        let is_set = |value: &Value| value["id"].as_u64() == Some(field) && !value["value"].is_null();
        if !values.into_iter().flatten().any(is_set) {
            let details = json!([{
                "description": "Reason: needs a value", "error": "BlankValue", "ticket_field_id": field,
                "ticket_field_type": "FieldTagger",
            }]);
            return Err(Refusal::Invalid([("base".to_owned(), details)].into_iter().collect()));
        }
    }
    // D: only a closed ticket has a follow-up.
    if let Some(parent) = draft.follows {
        let closed = account.ticket(parent).is_some_and(|ticket| ticket.status == "closed");
        if !closed {
            return Err(Refusal::field("via_followup_source_id", "is not a closed ticket", "InvalidValue"));
        }
    }
    Ok(())
}

fn commit(
    account: &mut Account,
    draft: Draft,
    by: &User,
    requester: u64,
    comment: crate::world::NewComment,
    call: &Call,
) -> u64 {
    // D: a follow-up has its parent's tags unless it brings its own, and its submitter cannot be chosen.
    let inherited = draft.follows.and_then(|parent| account.ticket(parent)).map(|parent| parent.tags.clone());
    let new = NewTicket {
        external_id: draft.external_id,
        subject: draft.subject,
        status: draft.status,
        priority: draft.priority,
        requester,
        submitter: draft.submitter.filter(|_| draft.follows.is_none()).unwrap_or(by.id),
        tags: draft.tags.or(inherited).unwrap_or_default(),
        group: draft.group,
        assignee: draft.assignee,
        custom_fields: draft.custom_fields,
        follows: draft.follows,
    };
    let change = Change {
        by: by.id,
        custom: draft.metadata.unwrap_or(json!({})),
        comment: Some(comment),
        ..Change::default()
    };
    account.add_ticket(new, change, call.asked, call.now)
}
