//! The screen's forms as posted before WASM runs, or without it: one file per page.
//!
//! The server passes the posted fields to [`submit`]. It then redirects, or renders the page again with what
//! [`FormOutcome::provide`] puts into context. With WASM, the same forms are intercepted and call the server functions.

/// Declares what the forms of a page request: the value of the pressed `intent` button.
macro_rules! intents {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $intent:ident = $value:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$doc])* $intent,)+
        }

        impl $name {
            /// Returns the button's value.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$intent => $value,)+
                }
            }

            /// Returns the intent with this name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($value => Some(Self::$intent),)+
                    _ => None,
                }
            }
        }
    };
}

mod abilities;
mod conversation;
#[cfg(feature = "ssr")]
mod fields;
mod handovers;
mod integrations;
mod notifications;

pub use abilities::{AbilitiesIntent, AbilitiesOutcome};
pub use conversation::{ConversationIntent, ConversationOutcome};
pub use handovers::{HandoversIntent, HandoversOutcome};
pub use integrations::{IntegrationsIntent, IntegrationsOutcome};
pub use notifications::{NotificationsIntent, NotificationsOutcome};
#[cfg(feature = "ssr")]
pub use server::{FormOutcome, Submitted, carry_out, event, submit};

#[cfg(feature = "ssr")]
mod server {
    use super::fields::Fields;
    use super::{
        AbilitiesOutcome, ConversationOutcome, HandoversOutcome, IntegrationsIntent, IntegrationsOutcome,
        NotificationsOutcome, abilities, conversation, handovers, integrations, notifications,
    };
    use crate::address::encoded;
    use crate::backend::Backend;
    use crate::chat_backend::ChatBackend;
    use crate::components::HostEvent;
    use crate::model::{CallError, Helpdesk, TestOutcome, Viewer};
    use crate::notice::Notice;
    use crate::routes::{ABILITIES, CONVERSATIONS, HANDOVERS, INTEGRATIONS, NOTIFICATIONS};
    use leptos::prelude::provide_context;

    /// What a page shows again after a post that did not end in a redirect. It never contains a key.
    #[derive(Clone, Debug, PartialEq)]
    pub enum FormOutcome {
        /// For the Integrations page.
        Integrations(IntegrationsOutcome),
        /// For the handovers page.
        Handovers(HandoversOutcome),
        /// For the Notifications page.
        Notifications(NotificationsOutcome),
        /// For the Abilities page.
        Abilities(AbilitiesOutcome),
        /// For a conversation's page.
        Conversation(ConversationOutcome),
        /// The page at this address has no form.
        NoForm,
    }

    impl FormOutcome {
        /// Returns why the request failed, or `None` if it found something.
        pub fn error(&self) -> Option<&CallError> {
            match self {
                Self::Integrations(outcome) => outcome.error(),
                Self::Handovers(HandoversOutcome(error)) => Some(error),
                Self::Notifications(outcome) => Some(&outcome.error),
                Self::Abilities(outcome) => outcome.error(),
                Self::Conversation(outcome) => Some(outcome.error()),
                Self::NoForm => Some(&CallError::NotFound),
            }
        }

        /// Returns the status code of the page that shows it.
        pub fn status(&self) -> u16 {
            match self {
                Self::Integrations(IntegrationsOutcome::Connect {
                    found: Ok(TestOutcome::Failed(_)),
                    ..
                }) => 422,
                _ => self.error().map_or(200, CallError::status),
            }
        }

        /// Provides it in context for its page.
        pub fn provide(self) {
            match self {
                Self::Integrations(outcome) => provide_context(outcome),
                Self::Handovers(outcome) => provide_context(outcome),
                Self::Notifications(outcome) => provide_context(outcome),
                Self::Abilities(outcome) => provide_context(outcome),
                Self::Conversation(outcome) => provide_context(outcome),
                Self::NoForm => {}
            }
        }
    }

    /// The result of a posted form.
    #[derive(Clone, Debug, PartialEq)]
    pub enum Submitted {
        /// Succeeded: 303 to this local path, with the name of a notice.
        Redirect(String),
        /// Render the page at this path again, with this in context and with its [`status`](FormOutcome::status).
        Show(Box<FormOutcome>),
    }

    /// Carries out a form that `viewer` posted to `path`. The server has already checked the origin.
    ///
    /// What was typed never goes into an address. If the request succeeds, the redirect carries only the name of a
    /// notice. If it fails, the response to the post shows the text again.
    pub async fn submit(
        backend: &dyn Backend,
        chat: &dyn ChatBackend,
        viewer: &Viewer,
        path: &str,
        fields: Vec<(String, String)>,
    ) -> Submitted {
        match carry_out(backend, chat, viewer, path, fields).await {
            Ok(notice) => Submitted::Redirect(format!("{path}?notice={}", notice.name())),
            Err(outcome) => Submitted::Show(Box::new(outcome)),
        }
    }

    /// Like [`submit`], for a caller that renders the page again in both cases.
    pub async fn carry_out(
        backend: &dyn Backend,
        chat: &dyn ChatBackend,
        viewer: &Viewer,
        path: &str,
        fields: Vec<(String, String)>,
    ) -> Result<Notice, FormOutcome> {
        let mut fields = Fields::new(fields);
        let intent = fields.take("intent").unwrap_or_default();
        let conversation = path.strip_prefix(CONVERSATIONS).and_then(|rest| rest.strip_prefix('/'));
        match (path, conversation) {
            (INTEGRATIONS, _) => integrations::submit(backend, viewer, &intent, fields)
                .await
                .map_err(FormOutcome::Integrations),
            (HANDOVERS, _) => {
                handovers::submit(backend, viewer, &intent, fields).await.map_err(FormOutcome::Handovers)
            }
            (NOTIFICATIONS, _) => notifications::submit(backend, viewer, &intent, fields)
                .await
                .map_err(FormOutcome::Notifications),
            (ABILITIES, _) => {
                abilities::submit(chat, viewer, &intent, fields).await.map_err(FormOutcome::Abilities)
            }
            // Our ids need no encoding. A path with an encoded id is not ours, so it is never redirected to.
            (_, Some(id)) if !id.is_empty() && encoded(id) == id => {
                conversation::submit(chat, viewer, id, &intent, fields)
                    .await
                    .map_err(FormOutcome::Conversation)
            }
            _ => Err(FormOutcome::NoForm),
        }
    }

    /// Returns the event that a panel's host hears about such a form.
    pub fn event(fields: &[(String, String)], done: &Result<Notice, FormOutcome>) -> Option<HostEvent> {
        let last =
            |name: &str| fields.iter().rev().find(|(field, _)| field == name).map(|(_, value)| &**value);
        let helpdesk = last("helpdesk").and_then(Helpdesk::from_slug)?;
        match (IntegrationsIntent::from_name(last("intent")?)?, done) {
            (IntegrationsIntent::Save, Ok(_))
            | (
                IntegrationsIntent::Save,
                Err(FormOutcome::Integrations(IntegrationsOutcome::Secret { .. })),
            ) => Some(HostEvent::Connected(helpdesk)),
            (IntegrationsIntent::Disconnect, Ok(_)) => Some(HostEvent::Disconnected(helpdesk)),
            (
                IntegrationsIntent::Test,
                Err(FormOutcome::Integrations(IntegrationsOutcome::Connect { found: Ok(found), .. })),
            ) => {
                let problem = match found {
                    TestOutcome::Passed { .. } => None,
                    TestOutcome::Failed(failure) => Some(failure.problem),
                };
                Some(HostEvent::Tested(helpdesk, problem))
            }
            _ => None,
        }
    }
}
