//! The checklist of what is needed before every handover can become a ticket.

use super::protocol::CallProtocol;
use crate::model::{CallError, Readiness};
use leptos::prelude::*;

/// Returns every line of the checklist, including those that are ready.
#[server(prefix = "/api", endpoint = "readiness/list", protocol = CallProtocol)]
pub async fn list() -> Result<Vec<Readiness>, CallError> {
    let (chat, viewer, answer) = super::chat_caller_aside()?;
    answer.with(chat.readiness(&viewer).await)
}
