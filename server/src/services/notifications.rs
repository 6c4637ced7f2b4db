//! Where the team gets its emails, and when the second one is sent.

use super::Services;
use crate::wire::store_failed;
use app::{
    check,
    model::{CallError, EmailAddress, Notifications, Viewer, pasted},
};

impl Services {
    pub(super) async fn team_notifications(&self, viewer: &Viewer) -> Result<Notifications, CallError> {
        let team = self.store.team(&viewer.merchant).await.map_err(store_failed)?;
        Ok(Notifications { email: team.email, no_ticket_after_minutes: team.no_ticket_after })
    }

    pub(super) async fn save_team_email(
        &self,
        viewer: &Viewer,
        email: Option<String>,
    ) -> Result<Notifications, CallError> {
        let typed = email.filter(|email| !pasted::is_blank(email));
        let email = typed
            .map(|typed| EmailAddress::parse_field("email", &typed))
            .transpose()
            .map_err(CallError::field)?;
        self.store.set_team_email(&viewer.merchant, email.as_ref()).await.map_err(store_failed)?;
        tracing::info!(
            merchant = viewer.merchant,
            by = viewer.subject,
            set = email.is_some(),
            "team address changed"
        );
        self.bell.ring();
        self.team_notifications(viewer).await
    }

    pub(super) async fn save_second_mail(
        &self,
        viewer: &Viewer,
        minutes: Option<u32>,
    ) -> Result<Notifications, CallError> {
        check::no_ticket_after(minutes).map_err(CallError::field)?;
        self.store.set_no_ticket_after(&viewer.merchant, minutes).await.map_err(store_failed)?;
        tracing::info!(merchant = viewer.merchant, by = viewer.subject, minutes, "second mail changed");
        self.bell.ring();
        self.team_notifications(viewer).await
    }
}
