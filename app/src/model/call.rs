//! What a call of the screen may answer instead of its result.

use super::FieldError;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// Why a call of the screen has no result. Its `Display` is what the screen says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum CallError {
    /// Some fields cannot be right; nothing was done.
    #[error("{}", errors.first().map_or("Please check what you entered.", |e| e.message.as_str()))]
    Fields {
        /// Which, and how to mend them.
        errors: Vec<FieldError>,
    },
    /// Nobody is signed in, or the session ended.
    #[error("You are signed out. Sign in again to go on.")]
    SignedOut,
    /// A member tried a change.
    #[error("Only an owner or an admin can change this. Ask one of them.")]
    NotAllowed,
    /// Too many calls that leave the server.
    #[error("Too many tries. Please wait {} and try again.", wait(*retry_after))]
    TooManyCalls {
        /// Seconds.
        retry_after: u64,
    },
    /// There is no such thing for this merchant.
    #[error("This is no longer there.")]
    NotFound,
    /// The thing is in a state in which this cannot be done.
    #[error("{message}")]
    Conflict {
        /// A sentence for a person.
        message: String,
    },
    /// The server failed; its log says why.
    #[error("Something went wrong on our side. Nothing was changed; please try again.")]
    Internal,
    /// The server did not answer the browser.
    #[error("No connection. Check your network; nothing was changed.")]
    Offline,
}

impl CallError {
    /// One field's error.
    pub fn field(error: FieldError) -> Self {
        Self::Fields { errors: vec![error] }
    }

    /// The HTTP status that goes with it.
    pub fn status(&self) -> u16 {
        match self {
            Self::Fields { .. } => 400,
            Self::SignedOut => 401,
            Self::NotAllowed => 403,
            Self::NotFound => 404,
            Self::Conflict { .. } => 409,
            Self::TooManyCalls { .. } => 429,
            Self::Internal => 500,
            Self::Offline => 503,
        }
    }
}

/// A wait in words: seconds while somebody may sit it out.
fn wait(seconds: u64) -> String {
    match seconds {
        ..=120 => format!("{seconds} s"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

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
