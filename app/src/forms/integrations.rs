//! The forms of Settings → Integrations: a helpdesk's credentials, and the latest handovers.

use crate::model::{CallError, Helpdesk, ShownSecret, TestOutcome};
use serde::{Deserialize, Serialize};

intents! {
    /// What a form about helpdesks requests. The forms of the latest handovers have a
    /// [`HandoversIntent`](super::HandoversIntent).
    IntegrationsIntent {
        /// `Test connection`.
        Test = "test",
        /// `Save`.
        Save = "save",
        /// `Create a new secret`, for a helpdesk that takes events.
        Rotate = "rotate",
        /// `End the old secret now`.
        EndRotation = "end_rotation",
        /// `Disconnect`, after confirmation.
        Disconnect = "disconnect",
        /// `Send them here`: new handovers go to this helpdesk.
        Receive = "receive",
        /// `Move the waiting handovers too`.
        ReceiveAll = "receive_all",
        /// Sends the handovers that did not reach a helpdesk.
        SendUnsent = "send_unsent",
    }
}

/// What the page shows after a form failed. It never contains a key, except one that we have just created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum IntegrationsOutcome {
    /// The dialog of a helpdesk, after a test or save that failed.
    Connect {
        /// The helpdesk.
        helpdesk: Helpdesk,
        /// The subdomain as typed.
        subdomain: String,
        /// The chosen access method, if there is a choice.
        method: Option<String>,
        /// The username as typed.
        username: String,
        /// The chosen team and priority, as in a [`ConnectionForm`](crate::model::ConnectionForm).
        choice: [Option<String>; 2],
        /// The result of the test, or of the test before saving; or why there is none.
        found: Result<TestOutcome, CallError>,
    },
    /// The dialog of a helpdesk that takes events, with a secret that is shown this once.
    Secret {
        /// The helpdesk.
        helpdesk: Helpdesk,
        /// The new secret.
        secret: ShownSecret,
    },
    /// Any other request that failed.
    Refused(CallError),
}

#[cfg(feature = "ssr")]
pub(super) use server::submit;

#[cfg(feature = "ssr")]
mod server {
    use super::{IntegrationsIntent as Intent, IntegrationsOutcome as Outcome};
    use crate::backend::Backend;
    use crate::forms::fields::Fields;
    use crate::forms::handovers;
    use crate::model::{
        CallError, ConnectionForm, Helpdesk, SaveOutcome, Subdomain, Takes, TestOutcome, Viewer, pasted,
    };
    use crate::notice::Notice;

    impl Outcome {
        pub(in crate::forms) fn error(&self) -> Option<&CallError> {
            match self {
                Self::Connect { found, .. } => found.as_ref().err(),
                Self::Secret { .. } => None,
                Self::Refused(error) => Some(error),
            }
        }
    }

    pub(in crate::forms) async fn submit(
        backend: &dyn Backend,
        viewer: &Viewer,
        intent: &str,
        mut fields: Fields,
    ) -> Result<Notice, Outcome> {
        let Some(intent) = Intent::from_name(intent) else {
            // The latest handovers are on this page too.
            let done = handovers::submit_delivery(backend, viewer, intent, fields).await;
            return done.map_err(Outcome::Refused);
        };
        let helpdesk = fields.take("helpdesk").as_deref().and_then(Helpdesk::from_slug);
        match (intent, helpdesk) {
            (Intent::SendUnsent, _) => {
                backend.send_unsent(viewer).await.map(|_| Notice::Sent).map_err(Outcome::Refused)
            }
            (Intent::Disconnect, Some(helpdesk)) => {
                let done = backend.disconnect(viewer, helpdesk).await;
                done.map(|_| Notice::Disconnected(helpdesk)).map_err(Outcome::Refused)
            }
            (Intent::Receive, Some(helpdesk)) => {
                let done = backend.receive_handovers(viewer, helpdesk, false).await;
                done.map(|_| Notice::Receives(helpdesk)).map_err(Outcome::Refused)
            }
            (Intent::ReceiveAll, Some(helpdesk)) => {
                let done = backend.receive_handovers(viewer, helpdesk, true).await;
                done.map(|_| Notice::ReceivesAll(helpdesk)).map_err(Outcome::Refused)
            }
            (Intent::Test, Some(helpdesk)) => {
                Err(test(backend, viewer, helpdesk, connection(helpdesk, fields)).await)
            }
            (Intent::Save, Some(helpdesk)) => {
                save(backend, viewer, helpdesk, connection(helpdesk, fields)).await
            }
            (Intent::Rotate, Some(helpdesk)) => Err(match backend.rotate_secret(viewer, helpdesk).await {
                Ok(rotated) => Outcome::Secret { helpdesk, secret: rotated.secret },
                Err(error) => Outcome::Refused(error),
            }),
            (Intent::EndRotation, Some(helpdesk)) => {
                let done = backend.end_rotation(viewer, helpdesk).await;
                done.map(|_| Notice::OldSecretEnded).map_err(Outcome::Refused)
            }
            (_, None) => Err(Outcome::Refused(CallError::NotFound)),
        }
    }

    /// Reads the form. A pasted address becomes its subdomain, which the form then shows.
    fn connection(helpdesk: Helpdesk, mut fields: Fields) -> ConnectionForm {
        if helpdesk.takes() == Takes::Events {
            return ConnectionForm { subdomain: fields.text("url"), ..ConnectionForm::default() };
        }
        let subdomain = fields.text("subdomain");
        ConnectionForm {
            subdomain: Subdomain::parse(helpdesk, &subdomain).map(|it| it.to_string()).unwrap_or(subdomain),
            method: fields.take("method"),
            username: fields.text("username"),
            api_key: fields.take("api_key").filter(|key| !pasted::is_blank(key)),
            team: fields.take("team"),
            priority: fields.take("priority"),
        }
    }

    async fn test(
        backend: &dyn Backend,
        viewer: &Viewer,
        helpdesk: Helpdesk,
        form: ConnectionForm,
    ) -> Outcome {
        let ConnectionForm { subdomain, method, username, team, priority, .. } = form.clone();
        let found = backend.test_connection(viewer, helpdesk, form).await;
        Outcome::Connect { helpdesk, subdomain, method, username, choice: [team, priority], found }
    }

    async fn save(
        backend: &dyn Backend,
        viewer: &Viewer,
        helpdesk: Helpdesk,
        form: ConnectionForm,
    ) -> Result<Notice, Outcome> {
        let ConnectionForm { subdomain, method, username, team, priority, .. } = form.clone();
        let found = match backend.save_connection(viewer, helpdesk, form).await {
            Ok(SaveOutcome::Saved { secret: Some(secret), .. }) => {
                return Err(Outcome::Secret { helpdesk, secret });
            }
            Ok(SaveOutcome::Saved { .. }) => return Ok(Notice::Saved),
            Ok(SaveOutcome::Rejected(failure)) => Ok(TestOutcome::Failed(failure)),
            Err(error) => Err(error),
        };
        Err(Outcome::Connect { helpdesk, subdomain, method, username, choice: [team, priority], found })
    }
}
