//! `GET /api/v2/groups` (D): deleted groups are listed too, and marked.

use serde_json::json;

use super::{
    Call, Refusal, Reply, base,
    page::{self, Query},
};
use crate::world::Account;

/// All groups of the account.
pub(crate) fn list(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    Query::of(call).only(&[])?;
    let groups = account.groups.iter().map(|group| (group.id, group)).collect();
    let url = |id| format!("{}/groups/{id}.json", base(account, call));
    page::reply(call, "groups", groups, |group| {
        json!({
            "url": url(group.id),
            "id": group.id,
            "name": group.name,
            "description": "",
            "default": account.groups.first() == Some(group),
            "deleted": group.deleted,
            "is_public": true,
        })
    })
}
