//! Reads the account's groups (docs/zendesk.md section 2).

use super::{Zendesk, find::positive};
use crate::helpdesk::{Access, Meter, team};
use domain::DeskTeam;
use serde_json::Value;

impl Zendesk {
    /// Returns the groups that a ticket can belong to, or `None` if the credentials may not read them.
    pub(super) async fn read_groups(&self, access: &Access, meter: &dyn Meter) -> Option<Vec<DeskTeam>> {
        let groups = self.list(access, "/api/v2/groups?", "groups", meter).await.ok()?;
        let is_there = |group: &&Value| group.get("deleted").and_then(Value::as_bool) != Some(true);
        let read = |group: &Value| team(positive(group.get("id")?)?, group.get("name")?.as_str()?);
        Some(groups.iter().filter(is_there).filter_map(read).collect())
    }
}
