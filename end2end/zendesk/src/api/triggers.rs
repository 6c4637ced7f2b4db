//! `GET /api/v2/triggers` (D): the automatic emails.

use serde_json::{Value, json};

use super::{
    Call, Refusal, Reply,
    page::{self, Query},
};
use crate::world::{Account, standard_triggers};

/// Returns the standard triggers.
pub(crate) fn list(_: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    Query::of(call).only(&["active"])?;
    let triggers: Vec<(u64, Value)> = (1..)
        .zip(standard_triggers())
        .map(|(id, title)| (id, json!({"id": id, "title": title, "active": true})))
        .collect();
    page::reply(call, "triggers", triggers, Value::clone)
}
