//! `GET /api/integrations`: email integrations have type `email`.

use serde_json::json;

use super::{Call, Refusal, Reply, list};
use crate::world::Account;

/// Returns the account's integrations.
pub(crate) fn list(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    list::by_id(call, account.integrations.iter().map(|item| (item.id, item)), |item| {
        json!({
            "id": item.id,
            "uri": format!("/api/integrations/{}/", item.id),
            "type": item.kind,
            "name": item.name,
            "meta": {"address": item.address},
        })
    })
}
