//! Errors of the API, with the envelope of section 4: `error` is an object, `data` is present only on validation
//! errors.

use serde_json::{Value, json};

use super::call::Reply;

/// Why a call was not performed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Refusal {
    /// 401 (L): missing, wrong, reset or revoked credentials.
    Unauthorized,
    /// 403 with a message for the merchant.
    Forbidden(String),
    /// 400 with the fields and their reasons, nested like the fields.
    Invalid(Value),
    /// 404 for an id or a path.
    NotFound,
    /// 405.
    WrongVerb,
    /// 409.
    Exists,
    /// 413.
    TooLarge,
    /// 429: retry after this many seconds.
    TooMany(u64),
    /// 301 to the ticket that a merge kept.
    Merged(u64),
}

/// The recorded message of a used-up quota (R, section 1).
pub(crate) const QUOTA: &str =
    "You do not have enough permissions to perform this action. Messaging quota exceeded.";

/// Returns the envelope of an error without `data`.
pub(crate) fn error(msg: &str) -> Value {
    json!({"error": {"msg": msg}})
}

impl Refusal {
    /// Returns an error with one field and one reason.
    pub(crate) fn field(name: &str, reason: &str) -> Self {
        Self::Invalid(json!({ name: [reason] }))
    }

    /// Returns the error of a role that is too low.
    pub(crate) fn role() -> Self {
        Self::Forbidden("You do not have enough permissions to perform this action.".to_owned())
    }

    /// Returns the response. `base` is the start of a `Location`.
    pub(crate) fn reply(&self, base: &str) -> Reply {
        let say = |status, msg: &str| Reply::json(status, error(msg));
        match self {
            Self::Unauthorized => say(401, "Unauthorized."),
            Self::Forbidden(msg) => say(403, msg),
            Self::Invalid(data) => {
                let msg = "Failed to validate the request.";
                Reply::json(400, json!({"error": {"msg": msg, "data": data}}))
            }
            Self::NotFound => say(404, "Resource not found."),
            Self::WrongVerb => say(405, "The method is not allowed for the requested URL."),
            Self::Exists => say(409, "The resource already exists."),
            Self::TooLarge => say(413, "The data value transmitted exceeds the capacity limit."),
            Self::TooMany(seconds) => say(429, "Too many requests.").with("retry-after", seconds),
            // The body of a 301 may be empty (section 4), so callers must not parse it.
            Self::Merged(into) => Reply::empty(301).with("location", format!("{base}/api/tickets/{into}/")),
        }
    }
}
