//! Who is looking.

use super::client::Client;
use crate::model::{CallError, Viewer};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Whoever is signed in.
#[server(prefix = "/api", endpoint = "session/viewer", input = Json, output = Json, client = Client)]
pub async fn current_viewer() -> Result<Viewer, CallError> {
    super::caller().map(|(_, viewer, _)| viewer)
}
