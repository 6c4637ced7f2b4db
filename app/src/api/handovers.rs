//! Handovers: what became of them, and what a person can do about it.

use super::protocol::Call;
use crate::model::{CallError, Destination, HandoverPage, Resolution};
use leptos::prelude::*;

/// How many handovers the screen shows.
pub const RECENT: u32 = 10;

/// Sends a delivery again.
#[server(prefix = "/api", endpoint = "handovers/retry", protocol = Call)]
pub async fn retry(handover_id: String, destination: Option<Destination>) -> Result<(), CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.retry(&viewer, &handover_id, destination).await)
}

/// Answers the question about an unsure delivery.
#[server(prefix = "/api", endpoint = "handovers/resolve", protocol = Call)]
pub async fn resolve(handover_id: String, resolution: Resolution) -> Result<(), CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.resolve(&viewer, &handover_id, resolution).await)
}

/// Sends the handovers that no helpdesk got; answers how many.
#[server(prefix = "/api", endpoint = "handovers/send-unsent", protocol = Call)]
pub async fn send_unsent() -> Result<u64, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.send_unsent(&viewer).await)
}

/// The newest handovers: from the backend while the server renders, over `GET /v1/handovers` in a browser that came
/// here from another page.
pub async fn recent() -> Result<HandoverPage, CallError> {
    #[cfg(feature = "ssr")]
    {
        let query = crate::model::HandoverQuery { limit: Some(RECENT), ..Default::default() };
        let (backend, viewer, answer) = super::caller()?;
        answer.with(backend.handovers(&viewer, query).await)
    }
    #[cfg(feature = "browser")]
    {
        // A browser has one thread; a resource's type asks for `Send` all the same.
        let page = send_wrapper::SendWrapper::new(recent_since(None)).await?;
        Ok(page.map(|(page, _)| page).unwrap_or_default())
    }
    #[cfg(not(any(feature = "ssr", feature = "browser")))]
    {
        Err(CallError::Offline)
    }
}

/// The newest handovers if they are not those of this ETag any more, with the new ETag.
pub async fn recent_since(etag: Option<String>) -> Result<Option<(HandoverPage, Option<String>)>, CallError> {
    #[cfg(feature = "browser")]
    {
        use super::client::{Request, fetch};
        let mut request = Request::new(http::Method::GET, &format!("/v1/handovers?limit={RECENT}"));
        if let Some(etag) = etag {
            request = request.header("if-none-match", etag);
        }
        let answer = fetch(&request).await?;
        match answer.status {
            200 => {
                let page = serde_json::from_slice(&answer.body).map_err(|_| CallError::Offline)?;
                Ok(Some((page, answer.etag)))
            }
            304 => Ok(None),
            401 => Err(CallError::SignedOut),
            _ => Err(CallError::Internal),
        }
    }
    #[cfg(not(feature = "browser"))]
    {
        // Only a browser polls.
        let _ = etag;
        Err(CallError::Offline)
    }
}
