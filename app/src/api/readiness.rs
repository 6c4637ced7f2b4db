//! What stands between the merchant and a ticket for every handover.

use super::protocol::Call;
use crate::model::{CallError, Readiness};
use leptos::prelude::*;

/// Every line of the checklist, those that are ready included.
#[server(prefix = "/api", endpoint = "readiness/list", protocol = Call)]
pub async fn list() -> Result<Vec<Readiness>, CallError> {
    let (chat, viewer, answer) = super::chat_caller_aside()?;
    answer.with(chat.readiness(&viewer).await)
}
