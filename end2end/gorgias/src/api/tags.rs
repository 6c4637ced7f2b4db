//! `GET /api/tags`

use serde_json::{Value, json};

use super::{Call, Refusal, Reply, datetime, list};
use crate::world::{Account, Tag};

/// All tags of the account.
pub(crate) fn list(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    list::by_id(call, account.tags.iter().map(|tag| (tag.id, tag)), write)
}

pub(crate) fn write(tag: &Tag) -> Value {
    json!({
        "id": tag.id,
        "uri": format!("/api/tags/{}/", tag.id),
        "name": tag.name,
        "description": null,
        "decoration": null,
        "created_datetime": datetime::write(tag.created),
    })
}
