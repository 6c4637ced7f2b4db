//! Who is looking.

use super::protocol::CallProtocol;
use crate::model::{CallError, Viewer};
use leptos::prelude::*;

/// Whoever is signed in.
#[server(prefix = "/api", endpoint = "session/viewer", protocol = CallProtocol)]
pub async fn current_viewer() -> Result<Viewer, CallError> {
    super::caller().map(|(_, viewer, _)| viewer)
}
