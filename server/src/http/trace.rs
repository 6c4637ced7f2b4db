//! Gives every request an id, and writes one log line when it is answered.
//!
//! The line has the route's pattern instead of the URL: URLs contain ids, and anything that someone pasted after a `?`.

use super::Shared;
use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use domain::clock::Clock;
use http::{HeaderName, HeaderValue};
use std::sync::Arc;
use tracing::Instrument;

/// The header with the request's id, in both directions.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Returns the id set by the proxy in front if it is a plain one, else a new one.
fn request_id(state: &Shared, request: &Request) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let is_plain = |id: &&str| {
        (1..=64).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    given.filter(is_plain).map_or_else(|| state.world.new_id(), str::to_owned)
}

/// Gives the request its id and writes the log line.
pub async fn requests(State(state): State<Shared>, request: Request, next: Next) -> Response {
    let id = request_id(&state, &request);
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    // The handover's id, set in `handover/accept.rs`, connects the request with what follows.
    let span = tracing::info_span!("request", id, %method, route, handover = tracing::field::Empty);
    let clock: &Arc<dyn Clock> = &state.world.clock;
    let began = clock.since_boot();
    let mut response = next.run(request).instrument(span.clone()).await;
    let milliseconds = u64::try_from((clock.since_boot() - began).as_millis()).unwrap_or(u64::MAX);
    let status = response.status().as_u16();
    span.in_scope(|| {
        if status >= 500 {
            tracing::warn!(status, milliseconds, "http.answered");
        } else {
            tracing::info!(status, milliseconds, "http.answered");
        }
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
