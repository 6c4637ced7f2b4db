//! `GET /api/account/settings` (R, section 2).

use serde_json::{Value, json};

use crate::{
    api::{Call, Refusal, Reply, query::Query},
    world::Account,
};

/// The settings in their envelope.
pub(crate) fn list(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    Query::of(call).finish()?;
    Ok(Reply::json(200, json!({"data": settings(account)})))
}

/// The observed types.
pub(crate) fn settings(account: &Account) -> Vec<Value> {
    let merge = account.behaviour.auto_merge_days;
    let email = account.integrations.iter().find(|integration| integration.kind == "email");
    let of = |id: u64, kind: &str, data: Value| json!({"id": id, "type": kind, "data": data});
    vec![
        of(1, "business-hours", json!({"timezone": "UTC", "business_hours": []})),
        of(2, "ticket-assignment", json!({"auto_assign_to_teams": false, "assignment_channels": ["email"]})),
        of(
            3,
            "auto-merge",
            json!({"tickets": {"enabled": merge.is_some(), "merging_window_days": merge.unwrap_or(5)}}),
        ),
        of(4, "default-integration", json!({"email": email.map(|integration| integration.id)})),
    ]
}
