//! `POST …/merge` (D, R): a job, because Zendesk responds before it is done.

use serde_json::{Value, json};

use super::{Call, Refusal, Reply, fields, tickets};
use crate::world::{Account, Job};

/// Merges tickets into the one in the path.
pub(crate) fn merge(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let target = tickets::find(account, call)?.id;
    let body = fields::body(call)?;
    let ids: Option<Vec<u64>> =
        body.get("ids").and_then(Value::as_array).and_then(|ids| ids.iter().map(Value::as_u64).collect());
    let ids = ids.ok_or_else(|| Refusal::Bad("InvalidRequest", "ids must be a list of ids.".to_owned()))?;
    let by = call.caller.user().unwrap_or_default();
    let mut done = true;
    for id in ids {
        done &= account.merge(id, target, by, call.now);
    }
    let id = format!("job-{}", account.take_id());
    account.jobs.push(Job { id: id.clone(), status: if done { "completed" } else { "failed" }.to_owned() });
    Ok(Reply::json(200, json!({"job_status": {"id": id, "status": "queued"}})))
}

/// `GET /api/v2/job_statuses/{id}`
pub(crate) fn show(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let id = call.request.path.last().map(|id| id.trim_end_matches(".json")).unwrap_or_default();
    let job = account.jobs.iter().find(|job| job.id == id).ok_or(Refusal::NotFound)?;
    Ok(Reply::json(200, json!({"job_status": {"id": job.id, "status": job.status}})))
}
