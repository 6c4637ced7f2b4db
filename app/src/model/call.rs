//! The errors of a call.

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
    NOT_FOUND = "call.not_found": "Not found. It may have been deleted.";
    UNAVAILABLE = "call.unavailable": "Convi cannot load or save anything at the moment. Please try again in a minute.";
    INTERNAL = "call.internal": "Something went wrong on our side. Please try again.";
    OFFLINE = "call.offline": "No connection. Check your network and try again.";
}

/// How long callers wait for a database that is away.
#[cfg(feature = "ssr")]
const UNAVAILABLE_SECONDS: u64 = 5;

/// Why a call has no result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallError {
    /// Some fields are invalid. Nothing was done.
    Fields {
        /// The invalid fields, and how to fix them.
        errors: Vec<FieldError>,
    },
    /// The caller is not signed in, or the session has ended.
    SignedOut,
    /// A member tried to make a change.
    NotAllowed,
    /// Too many calls that reach beyond the server.
    TooManyCalls {
        /// Seconds.
        retry_after: u64,
    },
    /// This merchant has no such thing.
    NotFound,
    /// The current state does not allow this.
    // Boxed, because every result of a call has room for its error.
    Conflict(Box<Said>),
    /// The database does not answer or cannot write. The log says why.
    Unavailable,
    /// An internal error. The log says why.
    Internal,
    /// The browser got no answer from the server.
    Offline,
}

impl CallError {
    /// Returns an error of one field.
    pub fn field(error: FieldError) -> Self {
        Self::Fields { errors: vec![error] }
    }

    /// Returns a conflict: why the current state does not allow this, and what to do.
    pub fn conflict(why: impl Into<Said>) -> Self {
        Self::Conflict(Box::new(why.into()))
    }

    /// Returns the error as a sentence for people.
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

    /// Returns the error's sentence, and the number to fill in.
    pub(crate) fn sentence(&self) -> (Sentence, Option<(&'static str, u64)>) {
        let sentence = match self {
            // In seconds for waits of up to two minutes.
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
            Self::Unavailable => UNAVAILABLE,
            Self::Internal => INTERNAL,
            Self::Offline => OFFLINE,
        };
        (sentence, None)
    }

    /// Returns the HTTP status code.
    pub fn status(&self) -> u16 {
        match self {
            Self::Fields { .. } => 400,
            Self::SignedOut => 401,
            Self::NotAllowed => 403,
            Self::NotFound => 404,
            Self::Conflict(_) => 409,
            Self::TooManyCalls { .. } => 429,
            Self::Internal => 500,
            Self::Unavailable | Self::Offline => 503,
        }
    }

    /// Returns how many seconds to wait before the call may succeed, where that is known.
    #[cfg(feature = "ssr")]
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooManyCalls { retry_after } => Some(*retry_after),
            Self::Unavailable => Some(UNAVAILABLE_SECONDS),
            _ => None,
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
            // `Request` means that the browser's fetch failed. The others mean that one side does not understand the
            // other.
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Self::Offline,
            _ => Self::Internal,
        }
    }
}
