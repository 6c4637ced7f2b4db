//! All that the screen asks of a server. The server implements it; tests of the screen fake it.
//!
//! Every method takes who is asking. Whether they may is decided by the implementation, in one place, so that the
//! server functions and the routes under `/v1` cannot disagree.

use crate::model::{
    Attempts, CallError, ConnectionForm, Destination, HandoverPage, HandoverQuery, Helpdesk, History,
    Integration, Notifications, Resolution, SaveOutcome, TestOutcome, Verification, Viewer,
};
use std::sync::Arc;

/// The services behind the screen.
#[async_trait::async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Every helpdesk, connected or not, in the order of the screen.
    async fn integrations(&self, viewer: &Viewer) -> Result<Vec<Integration>, CallError>;

    /// Tests credentials without storing them.
    async fn test_connection(
        &self,
        viewer: &Viewer,
        helpdesk: Helpdesk,
        form: ConnectionForm,
    ) -> Result<TestOutcome, CallError>;

    /// Tests credentials and stores them if they work, or if time may mend what is wrong.
    async fn save_connection(
        &self,
        viewer: &Viewer,
        helpdesk: Helpdesk,
        form: ConnectionForm,
    ) -> Result<SaveOutcome, CallError>;

    /// Forgets the credentials and cancels what waits. Answers how many handovers were cancelled.
    async fn disconnect(&self, viewer: &Viewer, helpdesk: Helpdesk) -> Result<u64, CallError>;

    /// Sends a test handover to the connected helpdesk, reads its ticket back and closes it.
    async fn verify_connection(&self, viewer: &Viewer, helpdesk: Helpdesk)
    -> Result<Verification, CallError>;

    /// Handovers, newest first.
    async fn handovers(&self, viewer: &Viewer, query: HandoverQuery) -> Result<HandoverPage, CallError>;

    /// Sends a failed, cancelled or waiting delivery again (every such delivery of the handover without a
    /// destination).
    async fn retry(
        &self,
        viewer: &Viewer,
        handover_id: &str,
        destination: Option<Destination>,
    ) -> Result<(), CallError>;

    /// A person's answer about an unsure delivery.
    async fn resolve(
        &self,
        viewer: &Viewer,
        handover_id: &str,
        resolution: Resolution,
    ) -> Result<(), CallError>;

    /// Sends the handovers that no helpdesk got (nobody was told, or a disconnect cancelled them) to the
    /// connected one. Answers how many.
    async fn send_unsent(&self, viewer: &Viewer) -> Result<u64, CallError>;

    /// Every attempt of one handover.
    async fn attempts(&self, viewer: &Viewer, handover_id: &str) -> Result<Attempts, CallError>;

    /// Sends everything that failed again. Answers how many deliveries.
    async fn retry_failed(&self, viewer: &Viewer) -> Result<u64, CallError>;

    /// How the handovers of the last days ended, and how many failed.
    async fn history(&self, viewer: &Viewer, zone: Option<String>) -> Result<History, CallError>;

    /// Where the team is told.
    async fn notifications(&self, viewer: &Viewer) -> Result<Notifications, CallError>;

    /// Sets or clears the team's address; what was typed is parsed here. Empty: nobody is mailed.
    async fn save_notifications(
        &self,
        viewer: &Viewer,
        email: Option<String>,
    ) -> Result<Notifications, CallError>;

    /// Sets after how many minutes without a ticket the team is mailed again; none: never.
    async fn save_no_ticket_after(
        &self,
        viewer: &Viewer,
        minutes: Option<u32>,
    ) -> Result<Notifications, CallError>;
}

/// The backend as the server provides it in Leptos's context.
pub type SharedBackend = Arc<dyn Backend>;
