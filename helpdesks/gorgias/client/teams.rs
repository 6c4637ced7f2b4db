//! Reads the account's teams (docs/gorgias.md section 7).

use super::{Gorgias, find::id_of};
use crate::helpdesk::{Access, Meter, team};
use domain::DeskTeam;
use serde_json::Value;

impl Gorgias {
    /// Returns the teams that a ticket can be assigned to, or `None` if the key's user may not read them.
    pub(super) async fn read_teams(&self, access: &Access, meter: &dyn Meter) -> Option<Vec<DeskTeam>> {
        let teams = self.list(access, "/teams?", meter).await.ok()?;
        let read = |item: &Value| team(id_of(item)?, item.get("name")?.as_str()?);
        Some(teams.iter().filter_map(read).collect())
    }
}
