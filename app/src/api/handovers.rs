//! Handovers: what became of them, and what a person can do about it.

use super::protocol::CallProtocol;
use crate::model::{Attempts, CallError, Destination, HandoverPage, HandoverQuery, History, Resolution};
use leptos::prelude::*;

/// How many handovers the screen shows.
pub const RECENT: u32 = 10;

/// Sends a delivery again.
#[server(prefix = "/api", endpoint = "handovers/retry", protocol = CallProtocol)]
pub async fn retry(handover_id: String, destination: Option<Destination>) -> Result<(), CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.retry(&viewer, &handover_id, destination).await)
}

/// Answers the question about an unsure delivery.
#[server(prefix = "/api", endpoint = "handovers/resolve", protocol = CallProtocol)]
pub async fn resolve(handover_id: String, resolution: Resolution) -> Result<(), CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.resolve(&viewer, &handover_id, resolution).await)
}

/// Sends the handovers that no helpdesk got; answers how many.
#[server(prefix = "/api", endpoint = "handovers/send-unsent", protocol = CallProtocol)]
pub async fn send_unsent() -> Result<u64, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.send_unsent(&viewer).await)
}

/// Sends everything that failed again; answers how many deliveries.
#[server(prefix = "/api", endpoint = "handovers/retry-failed", protocol = CallProtocol)]
pub async fn retry_failed() -> Result<u64, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.retry_failed(&viewer).await)
}

/// Every attempt of a handover.
#[server(prefix = "/api", endpoint = "handovers/attempts", protocol = CallProtocol)]
pub async fn attempts_of(handover_id: String) -> Result<Attempts, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.attempts(&viewer, &handover_id).await)
}

/// How the handovers of the last days ended; the days are those of a time zone, without one of UTC.
#[server(prefix = "/api", endpoint = "handovers/history", protocol = CallProtocol)]
pub async fn past(zone: Option<String>) -> Result<History, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.history(&viewer, zone).await)
}

/// The newest handovers.
pub async fn recent() -> Result<HandoverPage, CallError> {
    page(HandoverQuery { limit: Some(RECENT), ..HandoverQuery::default() }).await
}

/// Handovers: from the backend while the server renders, over `GET /v1/handovers` in a browser that came here from
/// another page.
pub async fn page(query: HandoverQuery) -> Result<HandoverPage, CallError> {
    #[cfg(feature = "ssr")]
    {
        let (backend, viewer, answer) = super::caller()?;
        answer.with(backend.handovers(&viewer, query).await)
    }
    #[cfg(feature = "browser")]
    {
        // A browser has one thread; a resource's type asks for `Send` all the same.
        let page = send_wrapper::SendWrapper::new(page_since(query, None)).await?;
        Ok(page.map(|(page, _)| page).unwrap_or_default())
    }
    #[cfg(not(any(feature = "ssr", feature = "browser")))]
    {
        let _ = query;
        Err(CallError::Offline)
    }
}

/// A page with its ETag; none: it is as it was.
pub type News = Option<(HandoverPage, Option<String>)>;

/// The newest handovers if they are not those of this ETag any more, with the new ETag.
pub async fn recent_since(etag: Option<String>) -> Result<News, CallError> {
    page_since(HandoverQuery { limit: Some(RECENT), ..HandoverQuery::default() }, etag).await
}

/// The same for a page of any.
pub async fn page_since(query: HandoverQuery, etag: Option<String>) -> Result<News, CallError> {
    #[cfg(feature = "browser")]
    {
        use super::client::{Request, fetch};
        use super::protocol::{COMPACT, from_compact};
        let request = Request::new(http::Method::GET, &query.address("/v1/handovers"));
        let mut request = request.header("accept", COMPACT);
        if let Some(etag) = etag {
            request = request.header("if-none-match", etag);
        }
        let answer = fetch(&request).await?;
        match answer.status {
            200 => {
                let page = from_compact(answer.body).ok_or(CallError::Offline)?;
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
        let _ = (query, etag);
        Err(CallError::Offline)
    }
}
