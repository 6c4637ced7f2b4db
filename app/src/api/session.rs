//! Who is looking.

use super::protocol::Call;
use crate::model::{CallError, Viewer};
use leptos::prelude::*;

/// Whoever is signed in.
#[server(prefix = "/api", endpoint = "session/viewer", protocol = Call)]
pub async fn current_viewer() -> Result<Viewer, CallError> {
    super::caller().map(|(_, viewer, _)| viewer)
}
