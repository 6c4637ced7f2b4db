//! The errors that programs get: `application/problem+json` (RFC 9457).
//!
//! Every error of a route becomes [`ProblemDetails`]: handlers return `Result<_, ProblemDetails>`, services return
//! [`CallError`]. No text in it repeats a secret or an internal failure.

use super::sentences::NOTHING_HERE;
use app::model::{self, CallError, FieldError};
use axum::response::{IntoResponse, Response};
use domain::{Args, Said};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// The media type of RFC 9457.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// One problem in its wire format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ProblemDetails {
    /// Always `about:blank`: the title says the same as the status.
    #[serde(rename = "type")]
    pub kind_url: &'static str,
    /// The status in words.
    pub title: &'static str,
    /// The status.
    pub status: u16,
    /// What is wrong and what to do, for a person.
    pub detail: String,
    /// The sentence's code, which never changes.
    pub code: Option<String>,
    /// The sentence's arguments.
    pub args: Args,
    /// A name for programs, where the status alone is ambiguous.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// The fields that are invalid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// What is wrong with a helpdesk's credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<model::Problem>,
    /// Seconds to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

impl ProblemDetails {
    /// A problem with a sentence that says what to do.
    pub fn new(status: StatusCode, said: impl Into<Said>) -> Self {
        let (detail, code, args) = said.into().parts();
        Self {
            kind_url: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail,
            code,
            args,
            kind: None,
            errors: Vec::new(),
            problem: None,
            retry_after: None,
        }
    }

    /// Some fields are invalid.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        CallError::Fields { errors }.into()
    }

    /// One field is invalid.
    pub fn field(field: impl Into<String>, said: impl Into<Said>) -> Self {
        Self::fields(vec![FieldError::new(field, said)])
    }

    /// An internal failure. `what` and `why` go to the log and not to the caller.
    pub fn internal(what: &'static str, why: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %why, "{what}");
        CallError::Internal.into()
    }

    /// Nothing has this name, or it belongs to another merchant: the caller must not learn which.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, NOTHING_HERE).named("not_found")
    }

    fn named(mut self, kind: &'static str) -> Self {
        self.kind = Some(kind);
        self
    }
}

impl From<CallError> for ProblemDetails {
    fn from(error: CallError) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut problem = Self::new(status, error.said());
        problem.retry_after = error.retry_after();
        // The names of `CallError` in JSON.
        problem.kind = Some(match error {
            CallError::Fields { errors } => {
                problem.errors = errors;
                "fields"
            }
            CallError::TooManyCalls { .. } => "too_many_calls",
            CallError::SignedOut => "signed_out",
            CallError::NotAllowed => "not_allowed",
            CallError::NotFound => "not_found",
            CallError::Conflict(_) => "conflict",
            CallError::Unavailable => "unavailable",
            CallError::Internal => "internal",
            CallError::Offline => "offline",
        });
        problem
    }
}

impl IntoResponse for ProblemDetails {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{said, sentences};

    sentences! {
        MOST = "test.most": "At most {n}.";
    }

    #[test]
    fn problem_matches_the_contract() {
        let wire = serde_json::to_value(ProblemDetails::field("limit", said!(MOST, n = 100_u32))).unwrap();
        insta::assert_json_snapshot!(wire);
    }

    #[test]
    fn retry_after_is_also_a_header() {
        let response = ProblemDetails::from(CallError::TooManyCalls { retry_after: 7 }).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::RETRY_AFTER], "7");
        assert_eq!(response.headers()[header::CONTENT_TYPE], MEDIA_TYPE);
    }
}
