//! Server functions about handovers: their state, and what a merchant can do about them.

use super::protocol::CallProtocol;
use crate::model::{Attempts, CallError, Destination, HandoverPage, HandoverQuery, History, Resolution};
use leptos::prelude::*;

/// How many handovers the Integrations page shows.
pub const RECENT: u32 = 10;

/// Sends a delivery again.
#[server(prefix = "/api", endpoint = "handovers/retry", protocol = CallProtocol)]
pub async fn retry(handover_id: String, destination: Option<Destination>) -> Result<(), CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.retry(&viewer, &handover_id, destination).await)
}

/// Records a person's answer about an unsure delivery.
#[server(prefix = "/api", endpoint = "handovers/resolve", protocol = CallProtocol)]
pub async fn resolve(handover_id: String, resolution: Resolution) -> Result<(), CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.resolve(&viewer, &handover_id, resolution).await)
}

/// Sends the handovers that did not reach a helpdesk. Returns how many.
#[server(prefix = "/api", endpoint = "handovers/send-unsent", protocol = CallProtocol)]
pub async fn send_unsent() -> Result<u64, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.send_unsent(&viewer).await)
}

/// Retries every failed delivery. Returns how many.
#[server(prefix = "/api", endpoint = "handovers/retry-failed", protocol = CallProtocol)]
pub async fn retry_failed() -> Result<u64, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.retry_failed(&viewer).await)
}

/// Returns every attempt of a handover.
#[server(prefix = "/api", endpoint = "handovers/attempts", protocol = CallProtocol)]
pub async fn attempts_of(handover_id: String) -> Result<Attempts, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.attempts(&viewer, &handover_id).await)
}

/// Returns how the handovers of the last 30 days ended, per day in this time zone (UTC if `None`).
#[server(prefix = "/api", endpoint = "handovers/history", protocol = CallProtocol)]
pub async fn past(zone: Option<String>) -> Result<History, CallError> {
    let (backend, viewer, answer) = super::caller()?;
    answer.with(backend.history(&viewer, zone).await)
}

/// Returns the newest handovers.
pub async fn recent() -> Result<HandoverPage, CallError> {
    page(HandoverQuery { limit: Some(RECENT), ..HandoverQuery::default() }).await
}

/// Returns a page of handovers. On the server it asks the backend; in a browser that navigated here it calls `GET
/// /v1/handovers`.
pub async fn page(query: HandoverQuery) -> Result<HandoverPage, CallError> {
    #[cfg(feature = "ssr")]
    {
        let (backend, viewer, answer) = super::caller()?;
        answer.with(backend.handovers(&viewer, query).await)
    }
    #[cfg(feature = "browser")]
    {
        // Resources require `Send`, although a browser has only one thread.
        let page = send_wrapper::SendWrapper::new(page_since(query, None)).await?;
        Ok(page.map(|(page, _)| page).unwrap_or_default())
    }
    #[cfg(not(any(feature = "ssr", feature = "browser")))]
    {
        let _ = query;
        Err(CallError::Offline)
    }
}

/// A page and its ETag, or `None` if the page has not changed.
pub type News = Option<(HandoverPage, Option<String>)>;

/// Returns the newest handovers and their ETag, unless they still match this ETag.
pub async fn recent_since(etag: Option<String>) -> Result<News, CallError> {
    page_since(HandoverQuery { limit: Some(RECENT), ..HandoverQuery::default() }, etag).await
}

/// Like [`recent_since`], for the page of any query.
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
