//! What the browser asks of the server: server functions, one file an area. Each finds out who asks, calls the
//! [`Backend`](crate::backend::Backend) and sets the status of its error. No logic.
//!
//! How they travel stands in [`protocol`]. Forms without WASM go to `crate::forms::submit`.

#![allow(
    missing_docs,
    reason = "the macro makes a struct of every function's arguments, without documentation"
)]

pub mod abilities;
pub mod client;
pub mod conversations;
pub mod handovers;
pub mod integrations;
pub mod notifications;
pub mod protocol;
pub mod readiness;
pub mod session;
#[cfg(feature = "ssr")]
pub mod strict;

/// Every endpoint of a server function, as the server's router must know it.
pub const ENDPOINTS: [&str; 27] = [
    "/api/abilities/get",
    "/api/abilities/save-email-capture",
    "/api/abilities/save-faqs",
    "/api/abilities/save-handover",
    "/api/abilities/try",
    "/api/conversations/get",
    "/api/conversations/give-back",
    "/api/conversations/hand-over",
    "/api/conversations/list",
    "/api/conversations/reply",
    "/api/conversations/resolve",
    "/api/handovers/attempts",
    "/api/handovers/history",
    "/api/handovers/resolve",
    "/api/handovers/retry",
    "/api/handovers/retry-failed",
    "/api/handovers/send-unsent",
    "/api/integrations/disconnect",
    "/api/integrations/list",
    "/api/integrations/save",
    "/api/integrations/test",
    "/api/integrations/verify",
    "/api/notifications/get",
    "/api/notifications/no-ticket-after",
    "/api/notifications/save",
    "/api/readiness/list",
    "/api/session/viewer",
];

#[cfg(feature = "ssr")]
mod caller {
    use crate::backend::SharedBackend;
    use crate::chat_backend::SharedChatBackend;
    use crate::model::{CallError, Viewer};
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;

    /// Where the answer's status goes, and how long to wait. Found before the first `await`, like everything from the context.
    pub(super) struct Responder {
        response: Option<ResponseOptions>,
        is_call: bool,
    }

    impl Responder {
        /// The answer itself, its error's status set.
        pub(super) fn with<T>(&self, answer: Result<T, CallError>) -> Result<T, CallError> {
            if let (Err(error), Some(response)) = (&answer, &self.response)
                // A page that is rendered shows the sentence; only a failure of ours makes it a failed page.
                && (self.is_call || *error == CallError::Internal)
                && let Ok(status) = http::StatusCode::from_u16(error.status())
            {
                response.set_status(status);
                if let CallError::TooManyCalls { retry_after } = error {
                    response.insert_header(http::header::RETRY_AFTER, http::HeaderValue::from(*retry_after));
                }
            }
            answer
        }
    }

    /// For what is wrong before anybody is asked.
    pub(super) fn nobody() -> Responder {
        Responder { response: use_context(), is_call: true }
    }

    /// The backend and who asks it, from the context of the request.
    pub(super) fn caller() -> Result<(SharedBackend, Viewer, Responder), CallError> {
        let (viewer, answer) = who()?;
        let backend = answer.with(use_context::<SharedBackend>().ok_or(CallError::Internal))?;
        Ok((backend, viewer, answer))
    }

    /// Like [`caller`], with the chat's backend.
    pub(super) fn chat_caller() -> Result<(SharedChatBackend, Viewer, Responder), CallError> {
        let (viewer, answer) = who()?;
        let backend = answer.with(use_context::<SharedChatBackend>().ok_or(CallError::Internal))?;
        Ok((backend, viewer, answer))
    }

    /// Like [`chat_caller`], for what stands beside a page's own matter: that it is not there fails no page.
    pub(super) fn chat_caller_aside() -> Result<(SharedChatBackend, Viewer, Responder), CallError> {
        let (viewer, answer) = who()?;
        let answer = Responder { response: answer.response.filter(|_| answer.is_call), ..answer };
        let backend = answer.with(use_context::<SharedChatBackend>().ok_or(CallError::Internal))?;
        Ok((backend, viewer, answer))
    }

    fn who() -> Result<(Viewer, Responder), CallError> {
        let parts = use_context::<http::request::Parts>();
        let viewer = parts.as_ref().and_then(|parts| parts.extensions.get::<Viewer>().cloned());
        let is_call = parts.is_some_and(|parts| parts.uri.path().starts_with("/api/"));
        let answer = Responder { response: use_context(), is_call };
        let viewer = answer.with(viewer.ok_or(CallError::SignedOut))?;
        Ok((viewer, answer))
    }
}

#[cfg(feature = "ssr")]
use caller::{caller, chat_caller, chat_caller_aside, nobody};

#[cfg(all(test, feature = "ssr"))]
mod tests {
    #[test]
    fn the_endpoints_are_these_and_no_others() {
        let mut paths: Vec<_> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path).collect();
        paths.sort_unstable();
        assert_eq!(paths, super::ENDPOINTS);
    }

    #[test]
    fn none_of_them_is_a_get() {
        assert!(leptos::server_fn::axum::server_fn_paths().all(|(_, method)| method == http::Method::POST));
    }
}
