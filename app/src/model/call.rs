//! What a call of the screen may answer instead of its result.

use super::FieldError;
use domain::{Said, said, sentences};
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use std::fmt;

sentences! {
    FIELDS = "call.fields": "Please check what you entered.";
    SIGNED_OUT = "call.signed_out": "You are signed out. Sign in again to go on.";
    NOT_ALLOWED = "call.not_allowed": "Only an owner or an admin can change this. Ask one of them.";
    WAIT_SECONDS = "call.wait_seconds": "Too many tries. Please wait {seconds} s and try again.";
    WAIT_MINUTES = "call.wait_minutes": "Too many tries. Please wait {minutes} minutes and try again.";
    NOT_FOUND = "call.not_found": "This is no longer there.";
    INTERNAL = "call.internal": "Something went wrong on our side. Nothing was changed; please try again.";
    OFFLINE = "call.offline": "No connection. Check your network; nothing was changed.";
}

/// Why a call of the screen has no result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallError {
    /// Some fields cannot be right; nothing was done.
    Fields {
        /// Which, and how to mend them.
        errors: Vec<FieldError>,
    },
    /// Nobody is signed in, or the session ended.
    SignedOut,
    /// A member tried a change.
    NotAllowed,
    /// Too many calls that leave the server.
    TooManyCalls {
        /// Seconds.
        retry_after: u64,
    },
    /// There is no such thing for this merchant.
    NotFound,
    /// The thing is in a state in which this cannot be done.
    Conflict(Said),
    /// The server failed; its log says why.
    Internal,
    /// The server did not answer the browser.
    Offline,
}

impl CallError {
    /// One field's error.
    pub fn field(error: FieldError) -> Self {
        Self::Fields { errors: vec![error] }
    }

    /// The thing is in a state in which this cannot be done: why, and what to do.
    pub fn conflict(why: impl Into<Said>) -> Self {
        Self::Conflict(why.into())
    }

    /// What it says to a person.
    pub fn said(&self) -> Said {
        match self {
            Self::Fields { errors } => match errors.first() {
                Some(error) => Said::of(&error.message, error.code.as_deref(), &error.args),
                None => FIELDS.into(),
            },
            Self::SignedOut => SIGNED_OUT.into(),
            Self::NotAllowed => NOT_ALLOWED.into(),
            Self::TooManyCalls { retry_after } => wait(*retry_after),
            Self::NotFound => NOT_FOUND.into(),
            Self::Conflict(why) => why.clone(),
            Self::Internal => INTERNAL.into(),
            Self::Offline => OFFLINE.into(),
        }
    }

    /// The HTTP status that goes with it.
    pub fn status(&self) -> u16 {
        match self {
            Self::Fields { .. } => 400,
            Self::SignedOut => 401,
            Self::NotAllowed => 403,
            Self::NotFound => 404,
            Self::Conflict(_) => 409,
            Self::TooManyCalls { .. } => 429,
            Self::Internal => 500,
            Self::Offline => 503,
        }
    }
}

/// In seconds while somebody may sit it out.
fn wait(seconds: u64) -> Said {
    match seconds {
        ..=120 => said!(WAIT_SECONDS, seconds = seconds),
        _ => said!(WAIT_MINUTES, minutes = seconds.div_ceil(60)),
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.said().fmt(f)
    }
}

impl std::error::Error for CallError {}

impl From<FieldError> for CallError {
    fn from(error: FieldError) -> Self {
        Self::field(error)
    }
}

impl FromServerFnError for CallError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            // `Request`: the browser's fetch failed. The others: one side does not understand the other.
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Self::Offline,
            _ => Self::Internal,
        }
    }
}
