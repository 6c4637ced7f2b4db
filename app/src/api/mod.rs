//! The server functions that the browser calls, one file per area. Each identifies the caller, calls the
//! [`Backend`](crate::backend::Backend) and sets the status code of its error. They contain no logic.
//!
//! [`protocol`] defines the encoding. Forms that are posted without WASM go to `crate::forms::submit`.

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
pub mod outages;
pub mod protocol;
pub mod readiness;
pub mod session;
#[cfg(feature = "ssr")]
pub mod strict;

/// The endpoint of every server function, for the server's router.
pub const ENDPOINTS: [&str; 32] = [
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
    "/api/integrations/end-rotation",
    "/api/integrations/list",
    "/api/integrations/receive",
    "/api/integrations/rotate",
    "/api/integrations/save",
    "/api/integrations/test",
    "/api/integrations/verify",
    "/api/integrations/verify-so-far",
    "/api/notifications/get",
    "/api/notifications/no-ticket-after",
    "/api/notifications/save",
    "/api/outages/list",
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

    /// Sets the response's status code and `Retry-After`. Created before the first `await`, because the context is gone
    /// after it.
    pub(super) struct Responder {
        response: Option<ResponseOptions>,
        is_call: bool,
    }

    impl Responder {
        /// Returns a responder that leaves the status code of a rendered page alone.
        fn aside(self) -> Self {
            Self { response: self.response.filter(|_| self.is_call), ..self }
        }

        /// Returns the answer unchanged, after setting the status code of its error.
        pub(super) fn with<T>(&self, answer: Result<T, CallError>) -> Result<T, CallError> {
            if let (Err(error), Some(response)) = (&answer, &self.response)
                // A rendered page shows the sentence. Only an error of ours makes the page itself fail.
                && (self.is_call || matches!(error, CallError::Internal | CallError::Unavailable))
                && let Ok(status) = http::StatusCode::from_u16(error.status())
            {
                response.set_status(status);
                if let Some(seconds) = error.retry_after() {
                    response.insert_header(http::header::RETRY_AFTER, http::HeaderValue::from(seconds));
                }
            }
            answer
        }
    }

    /// Returns a responder for errors found before the caller is known.
    pub(super) fn nobody() -> Responder {
        Responder { response: use_context(), is_call: true }
    }

    /// Returns the backend and the caller from the request's context.
    pub(super) fn caller() -> Result<(SharedBackend, Viewer, Responder), CallError> {
        let (viewer, answer) = who()?;
        let backend = answer.with(use_context::<SharedBackend>().ok_or(CallError::Internal))?;
        Ok((backend, viewer, answer))
    }

    /// Like [`caller`], for optional parts of a page: their failure does not fail the page.
    pub(super) fn caller_aside() -> Result<(SharedBackend, Viewer, Responder), CallError> {
        let (backend, viewer, answer) = caller()?;
        Ok((backend, viewer, answer.aside()))
    }

    /// Like [`caller`], with the chat's backend.
    pub(super) fn chat_caller() -> Result<(SharedChatBackend, Viewer, Responder), CallError> {
        let (viewer, answer) = who()?;
        let backend = answer.with(use_context::<SharedChatBackend>().ok_or(CallError::Internal))?;
        Ok((backend, viewer, answer))
    }

    /// Like [`caller_aside`], with the chat's backend.
    pub(super) fn chat_caller_aside() -> Result<(SharedChatBackend, Viewer, Responder), CallError> {
        let (viewer, answer) = who()?;
        let answer = answer.aside();
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
use caller::{caller, caller_aside, chat_caller, chat_caller_aside, nobody};

#[cfg(all(test, feature = "ssr"))]
mod tests {
    #[test]
    fn endpoints_lists_every_server_function() {
        let mut paths: Vec<_> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path).collect();
        paths.sort_unstable();
        assert_eq!(paths, super::ENDPOINTS);
    }

    #[test]
    fn no_server_function_uses_get() {
        assert!(leptos::server_fn::axum::server_fn_paths().all(|(_, method)| method == http::Method::POST));
    }
}
