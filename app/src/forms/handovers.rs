//! The forms of the handovers page, and those about one delivery, which the Integrations page shows too.

use crate::model::CallError;
use serde::{Deserialize, Serialize};

intents! {
    /// What a form on these pages requests.
    HandoversIntent {
        /// Retries one delivery.
        Retry = "retry",
        /// Answers the question about an unsure delivery: "It is there" or "Send again".
        Resolve = "resolve",
        /// Retries every failed delivery.
        RetryFailed = "retry_failed",
    }
}

/// Why the request failed. The page shows it above the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandoversOutcome(pub CallError);

#[cfg(feature = "ssr")]
pub(super) use server::{submit, submit_delivery};

#[cfg(feature = "ssr")]
mod server {
    use super::{HandoversIntent as Intent, HandoversOutcome as Outcome};
    use crate::backend::Backend;
    use crate::forms::fields::Fields;
    use crate::model::{CallError, Destination, Resolution, Viewer};
    use crate::notice::Notice;

    pub(in crate::forms) async fn submit(
        backend: &dyn Backend,
        viewer: &Viewer,
        intent: &str,
        fields: Fields,
    ) -> Result<Notice, Outcome> {
        let done = match Intent::from_name(intent) {
            Some(Intent::RetryFailed) => backend.retry_failed(viewer).await.map(Notice::RetriedFailed),
            _ => submit_delivery(backend, viewer, intent, fields).await,
        };
        done.map_err(Outcome)
    }

    /// Carries out the request of a form about one delivery.
    pub(in crate::forms) async fn submit_delivery(
        backend: &dyn Backend,
        viewer: &Viewer,
        intent: &str,
        mut fields: Fields,
    ) -> Result<Notice, CallError> {
        let intent = Intent::from_name(intent).ok_or(CallError::NotFound)?;
        let handover = fields.take("handover").ok_or(CallError::NotFound)?;
        let destination = fields.take("destination").as_deref().and_then(Destination::from_slug);
        match intent {
            Intent::Retry => {
                backend.retry(viewer, &handover, destination).await?;
                Ok(Notice::Retried)
            }
            Intent::Resolve => {
                let destination = destination.ok_or(CallError::NotFound)?;
                let made = match fields.take("made").as_deref() {
                    Some("yes") => true,
                    Some("no") => false,
                    _ => return Err(CallError::NotFound),
                };
                let answer = Resolution { destination, made, ticket_id: None };
                backend.resolve(viewer, &handover, answer).await?;
                Ok(Notice::Answered)
            }
            Intent::RetryFailed => Err(CallError::NotFound),
        }
    }
}
