//! The signed-in viewer.

use super::protocol::CallProtocol;
use crate::model::{CallError, Viewer};
use leptos::prelude::*;

/// Returns the signed-in viewer.
#[server(prefix = "/api", endpoint = "session/viewer", protocol = CallProtocol)]
pub async fn current_viewer() -> Result<Viewer, CallError> {
    super::caller().map(|(_, viewer, _)| viewer)
}
