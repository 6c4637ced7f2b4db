//! `/api/v2/tickets`

pub(crate) mod create;
mod draft;
pub(crate) mod list;
pub(crate) mod update;

use serde_json::{Value, json};

use super::{Call, Refusal, Reply, base, page::Query, routes, time};
use crate::world::{Account, Ticket};

/// Returns the ticket in a path. A deleted one no longer exists (D, R).
pub(crate) fn find<'a>(account: &'a Account, call: &Call) -> Result<&'a Ticket, Refusal> {
    account.ticket(routes::id(call)?).filter(|ticket| ticket.deleted.is_none()).ok_or(Refusal::NotFound)
}

/// `GET /api/v2/tickets/{id}`
pub(crate) fn show(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    Query::of(call).only(&[])?;
    let ticket = find(account, call)?;
    Ok(Reply::json(200, json!({"ticket": write(account, call, ticket)})))
}

/// Returns the ticket as in responses (R).
pub(crate) fn write(account: &Account, call: &Call, ticket: &Ticket) -> Value {
    json!({
        "url": format!("{}/tickets/{}.json", base(account, call), ticket.id),
        "id": ticket.id,
        "external_id": ticket.external_id,
        "via": {"channel": "api", "source": {"from": {}, "to": {}, "rel": null}},
        "created_at": time(ticket.created),
        "updated_at": time(ticket.updated),
        "subject": ticket.subject,
        "raw_subject": ticket.subject,
        "description": ticket.comments.first().map(|comment| &comment.plain),
        "priority": ticket.priority,
        "status": ticket.status,
        "recipient": null,
        "requester_id": ticket.requester,
        "submitter_id": ticket.submitter,
        "assignee_id": ticket.assignee,
        "organization_id": null,
        "group_id": ticket.group,
        "collaborator_ids": [],
        "is_public": ticket.is_public(),
        "tags": ticket.tags,
        "custom_fields": ticket.custom_fields.clone().unwrap_or(json!([])),
        "followup_ids": ticket.followups,
        "ticket_form_id": 1,
        "brand_id": 2,
        "allow_attachments": true,
    })
}
