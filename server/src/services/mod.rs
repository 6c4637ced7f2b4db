//! The operations that people can call, and who may call them. The screen's server functions and the routes under `/v1`
//! are two thin layers over this.

pub mod answers;
mod handovers;
mod history;
pub mod integrations;
mod memo;
mod notifications;
mod routing;

pub(crate) use handovers::{LONG_SEARCH, changed_meanwhile, page_size, parse_cursor};
pub use handovers::{ListedPage, MOST_ON_A_PAGE};

use crate::{
    handover::{bell::Bell, ends::Ends, links::Links, verify::Verifier},
    helpdesk::Helpdesks,
    store::Store,
    wire::rfc3339,
};
use app::{
    backend::Backend,
    model::{
        Attempts, CallError, ConnectionForm, Day, Destination, HandoverPage, HandoverQuery, Helpdesk,
        History, Integration, Notifications, Resolution, Rotated, SaveOutcome, StepReport, Subdomain,
        TestOutcome, Verification, Viewer,
    },
};
use domain::{clock::World, delivery::Rules};
use integrations::Integrations;
use memo::Memo;
use std::sync::Arc;
use url::Url;

/// The last answers of frequent reads.
#[derive(Default)]
pub struct Memos {
    integrations: Memo<Vec<Integration>>,
    handovers: Memo<ListedPage>,
    history: Memo<(Day, History)>,
}

/// The services.
#[derive(Clone)]
pub struct Services {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Connections.
    pub integrations: Integrations,
    /// Test handovers.
    pub verifier: Arc<Verifier>,
    /// For the URLs of tickets.
    pub helpdesks: Helpdesks,
    /// Checks links to whole handovers.
    pub links: Links,
    /// The clock and the source of ids.
    pub world: World,
    /// The delivery rules, with W.
    pub rules: Rules,
    /// When the requests that may have created a ticket end.
    pub ends: Arc<Ends>,
    /// Wakes the dispatcher.
    pub bell: Arc<Bell>,
    /// The last answers of frequent reads.
    pub memos: Arc<Memos>,
}

/// Requires an owner or an admin. Every changing method starts with this.
pub(crate) fn may_change(viewer: &Viewer) -> Result<(), CallError> {
    if viewer.role.may_change() { Ok(()) } else { Err(CallError::NotAllowed) }
}

/// Returns a URL without what can be a secret in it.
fn host_of(url: &str) -> String {
    Url::parse(url).map(|url| format!("{}/…", url.origin().ascii_serialization())).unwrap_or_default()
}

#[async_trait::async_trait]
impl Backend for Services {
    async fn integrations(&self, viewer: &Viewer) -> Result<Vec<Integration>, CallError> {
        let (merchant, rows) = (&viewer.merchant, self.integrations.rows(&viewer.merchant));
        let now = rfc3339(self.world.clock.now_ms());
        // The end of an overlap and a warning change nothing in the database.
        let holds = |rows: &Vec<Integration>| {
            rows.iter().all(|row| {
                let account = row.subdomain.clone().and_then(|it| Subdomain::try_from(it).ok());
                let warnings = account.map(|it| self.integrations.standing(row.helpdesk, &it));
                let standing = row.warnings.iter().filter(|it| it.kind != routing::REFUSED);
                standing.eq(&warnings.unwrap_or_default())
                    && row.old_secret_until.as_ref().is_none_or(|until| *until > now)
            })
        };
        let mut rows = self.memos.integrations.get(&*self.store, merchant, "", holds, rows).await?;
        if !viewer.role.may_change() {
            for row in &mut rows {
                // A URL of the merchant's own may contain a token.
                row.url = row.url.take().map(|url| host_of(&url));
                // Only those who may choose need all of an account's teams.
                row.teams.keep(row.team);
            }
        }
        Ok(rows)
    }

    async fn test_connection(
        &self,
        viewer: &Viewer,
        helpdesk: Helpdesk,
        form: ConnectionForm,
    ) -> Result<TestOutcome, CallError> {
        may_change(viewer)?;
        self.integrations.test(&viewer.merchant, helpdesk, form).await
    }

    async fn save_connection(
        &self,
        viewer: &Viewer,
        helpdesk: Helpdesk,
        form: ConnectionForm,
    ) -> Result<SaveOutcome, CallError> {
        may_change(viewer)?;
        self.integrations.save(viewer, helpdesk, form).await
    }

    async fn disconnect(&self, viewer: &Viewer, helpdesk: Helpdesk) -> Result<u64, CallError> {
        may_change(viewer)?;
        self.integrations.disconnect(viewer, helpdesk).await
    }

    async fn receive_handovers(
        &self,
        viewer: &Viewer,
        helpdesk: Helpdesk,
        move_waiting: bool,
    ) -> Result<Vec<Integration>, CallError> {
        may_change(viewer)?;
        self.integrations.receive(viewer, helpdesk, move_waiting).await
    }

    async fn rotate_secret(&self, viewer: &Viewer, helpdesk: Helpdesk) -> Result<Rotated, CallError> {
        may_change(viewer)?;
        self.integrations.rotate(viewer, helpdesk).await
    }

    async fn end_rotation(&self, viewer: &Viewer, helpdesk: Helpdesk) -> Result<Integration, CallError> {
        may_change(viewer)?;
        self.integrations.end_rotation(viewer, helpdesk).await
    }

    async fn verify_connection(
        &self,
        viewer: &Viewer,
        helpdesk: Helpdesk,
    ) -> Result<Verification, CallError> {
        may_change(viewer)?;
        self.verifier.clone().verify(viewer, helpdesk).await
    }

    async fn verification_so_far(
        &self,
        viewer: &Viewer,
        helpdesk: Helpdesk,
    ) -> Result<Vec<StepReport>, CallError> {
        may_change(viewer)?;
        Ok(self.verifier.steps.of(&viewer.merchant, helpdesk))
    }

    async fn handovers(&self, viewer: &Viewer, query: HandoverQuery) -> Result<HandoverPage, CallError> {
        Ok(self.list_handovers(viewer, query).await?.page)
    }

    async fn retry(
        &self,
        viewer: &Viewer,
        handover_id: &str,
        destination: Option<Destination>,
    ) -> Result<(), CallError> {
        may_change(viewer)?;
        self.retry_handover(viewer, handover_id, destination).await
    }

    async fn resolve(&self, viewer: &Viewer, handover_id: &str, answer: Resolution) -> Result<(), CallError> {
        may_change(viewer)?;
        self.resolve_handover(viewer, handover_id, answer).await
    }

    async fn send_unsent(&self, viewer: &Viewer) -> Result<u64, CallError> {
        may_change(viewer)?;
        self.send_unsent_handovers(viewer).await
    }

    async fn attempts(&self, viewer: &Viewer, handover_id: &str) -> Result<Attempts, CallError> {
        self.list_attempts(viewer, handover_id).await
    }

    async fn retry_failed(&self, viewer: &Viewer) -> Result<u64, CallError> {
        may_change(viewer)?;
        self.retry_all_failed(viewer).await
    }

    async fn history(&self, viewer: &Viewer, zone: Option<String>) -> Result<History, CallError> {
        self.days(viewer, zone.as_deref()).await
    }

    async fn notifications(&self, viewer: &Viewer) -> Result<Notifications, CallError> {
        self.team_notifications(viewer).await
    }

    async fn save_notifications(
        &self,
        viewer: &Viewer,
        email: Option<String>,
    ) -> Result<Notifications, CallError> {
        may_change(viewer)?;
        self.save_team_email(viewer, email).await
    }

    async fn save_no_ticket_after(
        &self,
        viewer: &Viewer,
        minutes: Option<u32>,
    ) -> Result<Notifications, CallError> {
        may_change(viewer)?;
        self.save_second_mail(viewer, minutes).await
    }
}
