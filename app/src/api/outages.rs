//! Connections that do not work, for the bar on every page.

use super::protocol::CallProtocol;
use crate::model::{CallError, Outage};
use leptos::prelude::*;

/// Returns the connections that need attention.
#[server(prefix = "/api", endpoint = "outages/list", protocol = CallProtocol)]
pub async fn list() -> Result<Vec<Outage>, CallError> {
    let (backend, viewer, answer) = super::caller_aside()?;
    let rows = answer.with(backend.integrations(&viewer).await)?;
    Ok(Outage::among(&rows, viewer.role.may_change()))
}
