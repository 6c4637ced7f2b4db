//! Server functions of the team's notifications.

use super::protocol::CallProtocol;
use crate::model::{CallError, Notifications};
use leptos::prelude::*;

/// Returns the notification settings.
#[server(prefix = "/api", endpoint = "notifications/get", protocol = CallProtocol)]
pub async fn get() -> Result<Notifications, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.notifications(&viewer).await)
}

/// Sets after how many minutes without a ticket the team is emailed again. `None`: never.
#[server(prefix = "/api", endpoint = "notifications/no-ticket-after", protocol = CallProtocol)]
pub async fn save_no_ticket_after(minutes: Option<u32>) -> Result<Notifications, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.save_no_ticket_after(&viewer, minutes).await)
}

/// Sets or clears the team's email address.
#[server(prefix = "/api", endpoint = "notifications/save", protocol = CallProtocol)]
pub async fn save(email: Option<String>) -> Result<Notifications, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.save_notifications(&viewer, email).await)
}
