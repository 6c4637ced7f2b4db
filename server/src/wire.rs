//! Helpers for answers of services, used by every interface.

use crate::store::StoreError;
use app::model::CallError;
use domain::clock::Millis;
use jiff::Timestamp;
use std::error::Error;

/// Returns a time in its wire format.
pub fn rfc3339(at: Millis) -> String {
    Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// Logs that the database failed. The caller learns whether to try again.
pub(crate) fn store_failed(error: StoreError) -> CallError {
    tracing::error!(error = %error, "a call failed");
    match error {
        StoreError::Unreadable(_) => CallError::Internal,
        StoreError::Unavailable(_) | StoreError::Away(_) | StoreError::Busy(_) => CallError::Unavailable,
    }
}

/// Logs an internal failure. The caller only learns that it is on our side.
pub(crate) fn internal(error: impl Error) -> CallError {
    tracing::error!(error = %error, "a call failed");
    CallError::Internal
}
