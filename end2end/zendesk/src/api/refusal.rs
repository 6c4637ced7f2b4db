//! Errors of the API. They have four shapes (L, section 1), so that no caller may assume one.

use serde_json::{Map, Value, json};

use super::Reply;

/// Why a call was not performed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Refusal {
    /// 401 (L, R).
    Unauthorized(Value),
    /// 403: scopes are missing (R).
    MissingScope(&'static str),
    /// 403: the role or the plan does not allow it (R, L).
    Forbidden,
    /// 400 with an error and its description.
    Bad(&'static str, String),
    /// 404 for an id (D, R).
    NotFound,
    /// 404 for a path.
    NoEndpoint,
    /// 409 (D).
    Conflict,
    /// 422 with the fields and their reasons.
    Invalid(Map<String, Value>),
    /// 429 for one ticket: retry after this many seconds.
    TooManyUpdates(i64),
    /// 429 for creating tickets, while requests are left (R).
    TooManyTickets(i64),
}

/// Returns one reason of a 422.
pub(crate) fn reason(description: &str, code: &str) -> Value {
    json!([{"description": description, "error": code}])
}

/// Returns the response if there is no such account (R).
pub(crate) fn no_help_desk() -> Value {
    json!({"error": {
        "title": "No help desk at this address",
        "message": "There is no help desk configured at this address. This means that the address is available and \
                    that you can claim it.",
    }})
}

/// Returns a 429 with `Retry-After` (R).
pub(crate) fn too_many(of: &str, seconds: i64) -> Reply {
    let body =
        json!({"error": "APIRateLimitExceeded", "description": format!("Number of allowed {of} exceeded")});
    Reply::json(429, body).with("retry-after", seconds)
}

impl Refusal {
    /// Returns an error with one field and one reason.
    pub(crate) fn field(name: &str, description: &str, code: &str) -> Self {
        Self::Invalid(Map::from_iter([(name.to_owned(), reason(description, code))]))
    }

    /// Returns the error for a closed ticket, which is final (R, L).
    pub(crate) fn closed() -> Self {
        Self::Invalid(Map::from_iter([(
            "status".to_owned(),
            json!([{"description": "Status: closed prevents ticket update"}]),
        )]))
    }

    /// Returns the response. Some accounts are in Portuguese (R).
    pub(crate) fn reply(self, in_portuguese: bool) -> Reply {
        let said = |status, error: &str, description: &str| {
            Reply::json(status, json!({"error": error, "description": description}))
        };
        match self {
            Self::Unauthorized(body) => Reply::json(401, body),
            Self::MissingScope(scope) => {
                let description = format!("You are missing the following required scopes: {scope}");
                said(403, "Forbidden", &description)
            }
            Self::Forbidden => Reply::json(
                403,
                json!({"error": {
                    "title": "Forbidden",
                    "message": "You do not have access to this page. Please contact the account owner of this help \
                                desk for further help.",
                }}),
            ),
            Self::Bad(error, description) => said(400, error, &description),
            Self::NotFound => said(404, "RecordNotFound", "Not found"),
            Self::NoEndpoint => said(404, "InvalidEndpoint", "Not found"),
            Self::Conflict => {
                said(409, "UpdateConflict", "Safe Update prevented the update due to outdated ticket data.")
            }
            Self::Invalid(mut details) => {
                if in_portuguese {
                    details.values_mut().for_each(translate);
                }
                let description = match in_portuguese {
                    true => "Erros de validação do registro",
                    false => "Record validation errors",
                };
                let body = json!({"error": "RecordInvalid", "description": description, "details": details});
                Reply::json(422, body)
            }
            Self::TooManyUpdates(seconds) => {
                let header = format!("total=30; remaining=0; resets={seconds}");
                too_many("updates of this ticket", seconds).with("zendesk-ratelimit-tickets-update", header)
            }
            Self::TooManyTickets(seconds) => too_many("ticket creations", seconds),
        }
    }
}

/// Replaces the reasons. Only people read them, so any words in another language are good enough.
fn translate(reasons: &mut Value) {
    for reason in reasons.as_array_mut().into_iter().flatten() {
        reason["description"] = json!("não é válido");
    }
}
