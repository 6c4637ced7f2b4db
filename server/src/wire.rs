//! What services answer with, whichever door was asked.

use app::model::CallError;
use domain::clock::Millis;
use jiff::Timestamp;
use std::error::Error;

/// Returns a time as it is written on the wire.
pub fn rfc3339(at: Millis) -> String {
    Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// Logs a failure of ours. The caller only learns that it is on our side.
pub(crate) fn internal(error: impl Error) -> CallError {
    tracing::error!(error = %error, "a call of the screen failed");
    CallError::Internal
}
