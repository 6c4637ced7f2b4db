//! Server functions that connect, test and disconnect helpdesks.

use super::protocol::CallProtocol;
use crate::model::{
    CallError, ConnectionForm, Helpdesk, Integration, Rotated, SaveOutcome, StepReport, TestOutcome,
    Verification,
};
use leptos::prelude::*;

/// Returns every helpdesk, connected or not.
#[server(prefix = "/api", endpoint = "integrations/list", protocol = CallProtocol)]
pub async fn list() -> Result<Vec<Integration>, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.integrations(&viewer).await)
}

/// Tests credentials without storing them.
#[server(prefix = "/api", endpoint = "integrations/test", protocol = CallProtocol)]
pub async fn test(helpdesk: Helpdesk, form: ConnectionForm) -> Result<TestOutcome, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.test_connection(&viewer, helpdesk, form).await)
}

/// Tests credentials and stores them.
#[server(prefix = "/api", endpoint = "integrations/save", protocol = CallProtocol)]
pub async fn save(helpdesk: Helpdesk, form: ConnectionForm) -> Result<SaveOutcome, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.save_connection(&viewer, helpdesk, form).await)
}

/// Deletes the credentials. Returns how many handovers were cancelled.
#[server(prefix = "/api", endpoint = "integrations/disconnect", protocol = CallProtocol)]
pub async fn disconnect(helpdesk: Helpdesk) -> Result<u64, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.disconnect(&viewer, helpdesk).await)
}

/// Sends new handovers to this helpdesk, and with `move_waiting` also those that wait. Returns all rows.
#[server(prefix = "/api", endpoint = "integrations/receive", protocol = CallProtocol)]
pub async fn receive(helpdesk: Helpdesk, move_waiting: bool) -> Result<Vec<Integration>, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.receive_handovers(&viewer, helpdesk, move_waiting).await)
}

/// Replaces the signing secret of a helpdesk that takes events.
#[server(prefix = "/api", endpoint = "integrations/rotate", protocol = CallProtocol)]
pub async fn rotate(helpdesk: Helpdesk) -> Result<Rotated, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.rotate_secret(&viewer, helpdesk).await)
}

/// Makes the replaced signing secret invalid.
#[server(prefix = "/api", endpoint = "integrations/end-rotation", protocol = CallProtocol)]
pub async fn end_rotation(helpdesk: Helpdesk) -> Result<Integration, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.end_rotation(&viewer, helpdesk).await)
}

/// Sends a test handover and returns the result of each step.
#[server(prefix = "/api", endpoint = "integrations/verify", protocol = CallProtocol)]
pub async fn verify(helpdesk: Helpdesk) -> Result<Verification, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.verify_connection(&viewer, helpdesk).await)
}

/// Returns the steps that a running test handover has taken.
#[server(prefix = "/api", endpoint = "integrations/verify-so-far", protocol = CallProtocol)]
pub async fn verify_so_far(helpdesk: Helpdesk) -> Result<Vec<StepReport>, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.verification_so_far(&viewer, helpdesk).await)
}
