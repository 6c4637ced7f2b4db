//! The form of Settings → Notifications.

use crate::model::CallError;
use serde::{Deserialize, Serialize};

intents! {
    /// What the form requests.
    NotificationsIntent {
        /// Saves the settings.
        Save = "save_email",
        /// Removes the address.
        Clear = "clear_email",
    }
}

/// The form again, with what was typed and why it was not saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NotificationsOutcome {
    /// The address as typed.
    pub email: String,
    /// The minutes as typed.
    pub no_ticket_after: String,
    /// Why it was not saved.
    pub error: CallError,
}

#[cfg(feature = "ssr")]
pub(super) use server::submit;

#[cfg(feature = "ssr")]
mod server {
    use super::{NotificationsIntent as Intent, NotificationsOutcome as Outcome};
    use crate::backend::Backend;
    use crate::check;
    use crate::forms::fields::Fields;
    use crate::model::{CallError, Viewer, pasted};
    use crate::notice::Notice;

    pub(in crate::forms) async fn submit(
        backend: &dyn Backend,
        viewer: &Viewer,
        intent: &str,
        mut fields: Fields,
    ) -> Result<Notice, Outcome> {
        let Some(intent) = Intent::from_name(intent) else {
            let error = CallError::NotFound;
            return Err(Outcome { email: String::new(), no_ticket_after: String::new(), error });
        };
        let email = match intent {
            Intent::Save => fields.take("email").filter(|email| !pasted::is_blank(email)),
            Intent::Clear => None,
        };
        // A page opened before this field existed does not send it. The stored value then stays.
        let minutes = fields.take("no_ticket_after_minutes");
        let to_save = minutes.as_deref().filter(|_| intent == Intent::Save);
        let saved = save(backend, viewer, email.clone(), to_save).await;
        saved.map_err(|error| Outcome {
            email: email.unwrap_or_default(),
            no_ticket_after: minutes.unwrap_or_default(),
            error,
        })
    }

    async fn save(
        backend: &dyn Backend,
        viewer: &Viewer,
        email: Option<String>,
        minutes: Option<&str>,
    ) -> Result<Notice, CallError> {
        let minutes = minutes.map(check::typed_no_ticket_after).transpose()?;
        let now = backend.save_notifications(viewer, email).await?;
        if let Some(minutes) = minutes {
            backend.save_no_ticket_after(viewer, minutes).await?;
        }
        Ok(if now.email.is_some() { Notice::TeamEmailSaved } else { Notice::TeamEmailCleared })
    }
}
