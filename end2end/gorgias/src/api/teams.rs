//! `GET /api/teams`

use serde_json::json;

use super::{Call, Refusal, Reply, list};
use crate::world::Account;

/// All teams of the account.
pub(crate) fn list(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    list::by_id(
        call,
        account.teams.iter().map(|team| (team.id, team)),
        |team| json!({"id": team.id, "uri": format!("/api/teams/{}/", team.id), "name": team.name}),
    )
}
