//! What a call of the screen may answer instead of its result.

use super::FieldError;
use domain::said::Argument;
use domain::{Said, Sentence, sentences};
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use std::fmt;

sentences! {
    FIELDS = "call.fields": "Please check what you entered.";
    SIGNED_OUT = "call.signed_out": "You are signed out. Sign in again to continue.";
    NOT_ALLOWED = "call.not_allowed": "Only owners and admins can change this.";
    WAIT_SECONDS = "call.wait_seconds": "Too many attempts. Try again in {seconds} seconds.";
    WAIT_MINUTES = "call.wait_minutes": "Too many attempts. Try again in {minutes} minutes.";
    NOT_FOUND = "call.not_found": "This no longer exists.";
    INTERNAL = "call.internal": "Something went wrong on our side. Nothing was changed. Please try again.";
    OFFLINE = "call.offline": "No connection. Nothing was changed. Check your network and try again.";
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
    // Boxed: every result of a call has room for its error.
    Conflict(Box<Said>),
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
        Self::Conflict(Box::new(why.into()))
    }

    /// What it says to a person.
    pub fn said(&self) -> Said {
        match (self, self.sentence()) {
            (Self::Fields { errors }, _) if !errors.is_empty() => {
                let FieldError { message, code, args, .. } = &errors[0];
                Said::of(message, code.as_deref(), args)
            }
            (Self::Conflict(why), _) => (**why).clone(),
            (_, (sentence, None)) => sentence.into(),
            (_, (sentence, Some((hole, number)))) => sentence.with(vec![(hole, number.argument())]),
        }
    }

    /// Returns its general sentence, and the number that goes into it.
    pub(crate) fn sentence(&self) -> (Sentence, Option<(&'static str, u64)>) {
        let sentence = match self {
            // In seconds while somebody may sit it out.
            Self::TooManyCalls { retry_after: seconds @ ..=120 } => {
                return (WAIT_SECONDS, Some(("seconds", *seconds)));
            }
            Self::TooManyCalls { retry_after } => {
                return (WAIT_MINUTES, Some(("minutes", retry_after.div_ceil(60))));
            }
            Self::Fields { .. } | Self::Conflict(_) => FIELDS,
            Self::SignedOut => SIGNED_OUT,
            Self::NotAllowed => NOT_ALLOWED,
            Self::NotFound => NOT_FOUND,
            Self::Internal => INTERNAL,
            Self::Offline => OFFLINE,
        };
        (sentence, None)
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
