//! What stands between the merchant and a ticket for every handover.

use super::protocol::CallProtocol;
use crate::model::{CallError, Readiness};
use leptos::prelude::*;

/// Every line of the checklist, those that are ready included.
#[server(prefix = "/api", endpoint = "readiness/list", protocol = CallProtocol)]
pub async fn list() -> Result<Vec<Readiness>, CallError> {
    let (chat, viewer, answer) = super::chat_caller_aside()?;
    answer.with(chat.readiness(&viewer).await)
}
