//! What stands between the merchant and a ticket for every handover.

use super::client::Client;
use crate::model::{CallError, Readiness};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Every line of the checklist, those that are ready included.
#[server(prefix = "/api", endpoint = "readiness/list", input = Json, output = Json, client = Client)]
pub async fn list() -> Result<Vec<Readiness>, CallError> {
    let (chat, viewer, answer) = super::chat_caller_aside()?;
    answer.with(chat.readiness(&viewer).await)
}
