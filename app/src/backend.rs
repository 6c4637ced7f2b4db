//! Everything that the screen asks of a server. The server implements it; the screen's tests fake it.
//!
//! Every method takes the viewer. The implementation decides in one place what a viewer may do, so the server functions
//! and the routes under `/v1` cannot disagree.

use crate::model::{
    Attempts, CallError, ConnectionForm, Destination, HandoverPage, HandoverQuery, Helpdesk, History,
    Integration, Notifications, Resolution, Rotated, SaveOutcome, StepReport, TestOutcome, Verification,
    Viewer,
};
use std::sync::Arc;

/// The services behind the screen.
#[async_trait::async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Returns every helpdesk, connected or not, in display order.
    async fn integrations(&self, viewer: &Viewer) -> Result<Vec<Integration>, CallError>;

    /// Tests credentials without storing them.
    async fn test_connection(
        &self,
        viewer: &Viewer,
        helpdesk: Helpdesk,
        form: ConnectionForm,
    ) -> Result<TestOutcome, CallError>;

    /// Tests credentials, and stores them if they work or if the failure may be temporary.
    async fn save_connection(
        &self,
        viewer: &Viewer,
        helpdesk: Helpdesk,
        form: ConnectionForm,
    ) -> Result<SaveOutcome, CallError>;

    /// Deletes the credentials and cancels the waiting handovers. Returns how many were cancelled.
    async fn disconnect(&self, viewer: &Viewer, helpdesk: Helpdesk) -> Result<u64, CallError>;

    /// Sends new handovers to this helpdesk. Those already accepted stay where they are; with `move_waiting`, those that
    /// wait for another helpdesk and certainly created nothing there move too. Returns all rows.
    async fn receive_handovers(
        &self,
        viewer: &Viewer,
        helpdesk: Helpdesk,
        move_waiting: bool,
    ) -> Result<Vec<Integration>, CallError>;

    /// Replaces the signing secret of a helpdesk that takes events. The old one stays valid for another 24 hours.
    async fn rotate_secret(&self, viewer: &Viewer, helpdesk: Helpdesk) -> Result<Rotated, CallError>;

    /// Makes the replaced signing secret invalid now.
    async fn end_rotation(&self, viewer: &Viewer, helpdesk: Helpdesk) -> Result<Integration, CallError>;

    /// Sends a test handover to the connected helpdesk, reads its ticket back and closes it.
    async fn verify_connection(&self, viewer: &Viewer, helpdesk: Helpdesk)
    -> Result<Verification, CallError>;

    /// Returns the steps that the merchant's running test handover has taken. Empty if none runs.
    async fn verification_so_far(
        &self,
        viewer: &Viewer,
        helpdesk: Helpdesk,
    ) -> Result<Vec<StepReport>, CallError>;

    /// Returns handovers, newest first.
    async fn handovers(&self, viewer: &Viewer, query: HandoverQuery) -> Result<HandoverPage, CallError>;

    /// Retries a failed, cancelled or waiting delivery. Without a destination, retries every such delivery of the
    /// handover.
    async fn retry(
        &self,
        viewer: &Viewer,
        handover_id: &str,
        destination: Option<Destination>,
    ) -> Result<(), CallError>;

    /// Records a person's answer about an unsure delivery.
    async fn resolve(
        &self,
        viewer: &Viewer,
        handover_id: &str,
        resolution: Resolution,
    ) -> Result<(), CallError>;

    /// Sends the handovers that did not reach a helpdesk to the connected one. They either had no destination or were
    /// cancelled by a disconnect. Returns how many.
    async fn send_unsent(&self, viewer: &Viewer) -> Result<u64, CallError>;

    /// Returns every attempt of one handover.
    async fn attempts(&self, viewer: &Viewer, handover_id: &str) -> Result<Attempts, CallError>;

    /// Retries every failed delivery. Returns how many.
    async fn retry_failed(&self, viewer: &Viewer) -> Result<u64, CallError>;

    /// Returns how the handovers of the last days ended, and how many failed.
    async fn history(&self, viewer: &Viewer, zone: Option<String>) -> Result<History, CallError>;

    /// Returns the notification settings.
    async fn notifications(&self, viewer: &Viewer) -> Result<Notifications, CallError>;

    /// Parses and stores the team's email address. An empty address clears it.
    async fn save_notifications(
        &self,
        viewer: &Viewer,
        email: Option<String>,
    ) -> Result<Notifications, CallError>;

    /// Sets after how many minutes without a ticket the team is emailed again. `None`: never.
    async fn save_no_ticket_after(
        &self,
        viewer: &Viewer,
        minutes: Option<u32>,
    ) -> Result<Notifications, CallError>;
}

/// The backend, as the server provides it in Leptos's context.
pub type SharedBackend = Arc<dyn Backend>;
