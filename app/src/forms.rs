//! The forms of the screen as they are posted before WASM runs, or without it.
//!
//! The server hands the fields of such a post to [`submit`], and then either redirects or renders the page again with
//! a [`FormOutcome`] in context. With WASM the same forms are intercepted and call the server functions.

use crate::model::{CallError, FieldError, Helpdesk, TestOutcome};
use serde::{Deserialize, Serialize};

/// The page of the helpdesks.
pub const INTEGRATIONS: &str = "/settings/integrations";
/// The page of the team's address.
pub const NOTIFICATIONS: &str = "/settings/notifications";
/// Where one signs in.
pub const SIGN_IN: &str = "/sign-in";

/// What a form wants: the value of the button `intent` that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// `Test connection`.
    Test,
    /// `Save`.
    Save,
    /// `Disconnect`, confirmed.
    Disconnect,
    /// `Retry`.
    Retry,
    /// "It is there" or "Send again".
    Resolve,
    /// The handovers that nobody got.
    SendUnsent,
    /// The team's address.
    SaveEmail,
    /// No address any more.
    ClearEmail,
}

impl Intent {
    /// As it stands in the form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Save => "save",
            Self::Disconnect => "disconnect",
            Self::Retry => "retry",
            Self::Resolve => "resolve",
            Self::SendUnsent => "send_unsent",
            Self::SaveEmail => "save_email",
            Self::ClearEmail => "clear_email",
        }
    }

    /// The intent with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        use Intent::*;
        [Test, Save, Disconnect, Retry, Resolve, SendUnsent, SaveEmail, ClearEmail]
            .into_iter()
            .find(|intent| intent.name() == name)
    }
}

/// What the page shows again after a post that did not end in a redirect. It never holds a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormOutcome {
    /// What was wanted.
    pub intent: Option<Intent>,
    /// Of which helpdesk.
    pub helpdesk: Option<Helpdesk>,
    /// As typed.
    pub subdomain: String,
    /// As typed.
    pub username: String,
    /// As typed, on the page of the team's address.
    pub email: String,
    /// What a test, or the test before a save, found.
    pub outcome: Option<TestOutcome>,
    /// Why there is no result.
    pub error: Option<CallError>,
}

impl FormOutcome {
    /// The errors that belong to fields.
    pub fn field_errors(&self) -> Vec<FieldError> {
        match &self.error {
            Some(CallError::Fields { errors }) => errors.clone(),
            _ => Vec::new(),
        }
    }

    /// The status of the page that shows it.
    pub fn status(&self) -> u16 {
        match (&self.error, &self.outcome) {
            (Some(error), _) => error.status(),
            (None, Some(TestOutcome::Failed { .. })) => 422,
            _ => 200,
        }
    }
}

/// What came of a posted form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// Done: 303 to this local path, which may carry a known notice.
    Redirect(String),
    /// Render the page of the path again, with this in context and with its [`status`](FormOutcome::status).
    Show(Box<FormOutcome>),
}

#[cfg(feature = "ssr")]
mod server {
    use super::*;
    use crate::backend::Backend;
    use crate::model::{ConnectionForm, Destination, Resolution, SaveOutcome, Viewer};
    use crate::notice::Notice;

    /// The fields of a posted form.
    struct Fields(Vec<(String, String)>);

    impl Fields {
        /// The last field of that name: the pressed button comes after a hidden one.
        fn take(&mut self, name: &str) -> Option<String> {
            let at = self.0.iter().rposition(|(field, _)| field == name)?;
            Some(self.0.swap_remove(at).1)
        }

        fn connection(&mut self) -> ConnectionForm {
            ConnectionForm {
                subdomain: self.take("subdomain").unwrap_or_default(),
                username: self.take("username").unwrap_or_default(),
                api_key: self.take("api_key").filter(|key| !key.trim().is_empty()),
            }
        }
    }

    /// Does what a form asks for, which was posted to `path` by `viewer`. The server has checked the origin.
    ///
    /// What was typed never gets into an address: it is either done, and the redirect carries a known name, or it is
    /// shown again in the answer to the post itself.
    pub async fn submit(
        backend: &dyn Backend,
        viewer: &Viewer,
        path: &str,
        fields: Vec<(String, String)>,
    ) -> Submitted {
        let mut fields = Fields(fields);
        let intent = fields.take("intent").as_deref().and_then(Intent::from_name);
        let mut shown = FormOutcome { intent, ..FormOutcome::default() };
        let done = match (path, intent) {
            (NOTIFICATIONS, Some(intent)) => {
                team_email(backend, viewer, intent, &mut fields, &mut shown).await
            }
            (INTEGRATIONS, Some(intent)) => {
                integrations(backend, viewer, intent, &mut fields, &mut shown).await
            }
            _ => Err(CallError::NotFound),
        };
        match done {
            Ok(Some(notice)) => Submitted::Redirect(format!("{path}?notice={}", notice.name())),
            Ok(None) => Submitted::Show(Box::new(shown)),
            Err(error) => Submitted::Show(Box::new(FormOutcome { error: Some(error), ..shown })),
        }
    }

    async fn team_email(
        backend: &dyn Backend,
        viewer: &Viewer,
        intent: Intent,
        fields: &mut Fields,
        shown: &mut FormOutcome,
    ) -> Result<Option<Notice>, CallError> {
        let email = match intent {
            Intent::SaveEmail => fields.take("email").filter(|email| !email.trim().is_empty()),
            Intent::ClearEmail => None,
            _ => return Err(CallError::NotFound),
        };
        shown.email = email.clone().unwrap_or_default();
        let now = backend.save_notifications(viewer, email).await?;
        Ok(Some(if now.email.is_some() { Notice::TeamEmailSaved } else { Notice::TeamEmailCleared }))
    }

    async fn integrations(
        backend: &dyn Backend,
        viewer: &Viewer,
        intent: Intent,
        fields: &mut Fields,
        shown: &mut FormOutcome,
    ) -> Result<Option<Notice>, CallError> {
        shown.helpdesk = fields.take("helpdesk").as_deref().and_then(Helpdesk::from_slug);
        match intent {
            Intent::Test | Intent::Save => {
                let helpdesk = shown.helpdesk.ok_or(CallError::NotFound)?;
                let form = fields.connection();
                shown.subdomain.clone_from(&form.subdomain);
                shown.username.clone_from(&form.username);
                if intent == Intent::Test {
                    shown.outcome = Some(backend.test_connection(viewer, helpdesk, form).await?);
                    return Ok(None);
                }
                match backend.save_connection(viewer, helpdesk, form).await? {
                    SaveOutcome::Saved { .. } => Ok(Some(Notice::Saved)),
                    SaveOutcome::Rejected { problem, message } => {
                        shown.outcome = Some(TestOutcome::Failed { problem, message });
                        Ok(None)
                    }
                }
            }
            Intent::Disconnect => {
                let helpdesk = shown.helpdesk.ok_or(CallError::NotFound)?;
                backend.disconnect(viewer, helpdesk).await?;
                Ok(Some(Notice::Disconnected(helpdesk)))
            }
            Intent::Retry => {
                let handover = fields.take("handover").ok_or(CallError::NotFound)?;
                let destination = fields.take("destination").as_deref().and_then(Destination::from_slug);
                backend.retry(viewer, &handover, destination).await?;
                Ok(Some(Notice::Retried))
            }
            Intent::Resolve => {
                let handover = fields.take("handover").ok_or(CallError::NotFound)?;
                let destination = fields.take("destination").as_deref().and_then(Destination::from_slug);
                let destination = destination.ok_or(CallError::NotFound)?;
                let made = match fields.take("made").as_deref() {
                    Some("yes") => true,
                    Some("no") => false,
                    _ => return Err(CallError::NotFound),
                };
                let answer = Resolution { destination, made, ticket_id: None };
                backend.resolve(viewer, &handover, answer).await?;
                Ok(Some(Notice::Answered))
            }
            Intent::SendUnsent => {
                backend.send_unsent(viewer).await?;
                Ok(Some(Notice::Sent))
            }
            Intent::SaveEmail | Intent::ClearEmail => Err(CallError::NotFound),
        }
    }
}

#[cfg(feature = "ssr")]
pub use server::submit;
