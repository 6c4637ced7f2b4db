//! Reads bodies, within a size and a time.

use super::Problem;
use axum::body::{Body, Bytes};
use http::{HeaderMap, StatusCode, header};
use std::{error::Error, time::Duration};

/// The most bytes of any body but a posted handover's. The largest form is a key of 512 characters.
pub const SMALL: usize = 64 * 1024;

/// How long a sender may take for its body: slow ones would hold memory and connections.
const PATIENCE: Duration = Duration::from_secs(30);

/// The whole body, or 413 with the limit in bytes, before it is read where the header says it already.
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Problem> {
    let too_large = || {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The body is larger than {limit} bytes, the most there can be."),
        )
    };
    let announced =
        headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    if announced.is_some_and(|bytes: u64| bytes > limit as u64) {
        return Err(too_large());
    }
    match tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_length_limit(&error) => Err(too_large()),
        Ok(Err(_)) => Err(Problem::new(StatusCode::BAD_REQUEST, "The body ended before it was whole.")),
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "The body took longer than 30 s.")),
    }
}

fn is_length_limit(error: &axum::Error) -> bool {
    error.source().is_some_and(|source| source.is::<http_body_util::LengthLimitError>())
}
