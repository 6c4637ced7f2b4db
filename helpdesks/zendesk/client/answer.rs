//! Maps every answer of Zendesk to one [`Failure`]. Errors have four shapes, so none is assumed.

use super::{
    KIND,
    sentences::{ANSWERED, IT_ANSWERED, MADE_OTHERWISE},
};
use crate::helpdesk::{Failure, RateHeader, secrets::Secrets};
use domain::{
    Said,
    delivery::Optional,
    said,
    text::{one_line, shorten},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};
use std::time::Duration;

/// The wait after a 429 without a `Retry-After`. The count restarts every minute.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(60);
/// The longest `Retry-After` that we follow.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3_600);
/// The maximum number of reasons that are shown for a rejection.
const MOST_REASONS: usize = 5;
/// How many bytes of a text are used.
const LONGEST_TEXT: usize = 2_000;
/// How many characters of Zendesk's text are shown.
const LONGEST_WORDS: usize = 300;

/// An answer with its complete body.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// The secrets to remove from its texts.
    pub secrets: Secrets,
}

impl Answer {
    /// Parses the body as JSON.
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Removes our credentials from a text.
    pub(super) fn cut(&self, text: &str) -> String {
        self.secrets.cut(text)
    }

    /// Returns the field `error`, if it is a string.
    pub(super) fn error_code(&self) -> Option<String> {
        Some(self.json()?.get("error")?.as_str()?.to_owned())
    }

    fn number(&self, name: &str) -> Option<u32> {
        self.headers.get(name)?.to_str().ok()?.trim().parse().ok()
    }

    /// Returns how much of the account's minute is used.
    pub(super) fn rate(&self) -> Option<RateHeader> {
        let of = |size, left| {
            let size = self.number(size)?;
            Some(RateHeader { used: size.saturating_sub(self.number(left)?), size })
        };
        of("x-rate-limit", "x-rate-limit-remaining").or_else(|| of("ratelimit-limit", "ratelimit-remaining"))
    }

    /// Returns whether a 429 is about one ticket's own limit, so that other tickets can continue.
    pub(super) fn is_of_one_ticket(&self) -> bool {
        let limit = self.headers.get("zendesk-ratelimit-tickets-update").and_then(|it| it.to_str().ok());
        limit.is_some_and(|limit| limit.split(';').any(|part| part.trim() == "remaining=0"))
            && self.rate().is_none_or(|rate| rate.used < rate.size)
    }

    /// Returns how long to wait after a 429.
    pub(super) fn retry_after(&self) -> Duration {
        let text = self.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        match text.and_then(|text| text.trim().parse::<f64>().ok()) {
            // Rounding down would be rejected again.
            Some(seconds) if seconds.is_finite() && seconds >= 0.0 => {
                Duration::from_secs_f64(seconds.min(LONGEST_RETRY_AFTER.as_secs_f64()))
            }
            _ => DEFAULT_RETRY_AFTER,
        }
    }

    /// Returns whether the ticket is closed, which is final. Reasons are in the account's language, so only field names and
    /// codes are compared.
    pub(super) fn says_closed(&self) -> bool {
        self.status.as_u16() == 422
            && (self.details().contains_key("status") || self.error_code().as_deref() == Some("ClosedTicket"))
    }

    /// Returns whether a 422 is about the requester.
    pub(super) fn names_requester(&self) -> bool {
        self.status.as_u16() == 422 && rejected_parts(&self.details()).contains(&Optional::Customer)
    }

    /// Returns the failure if a ticket's group or priority was rejected.
    pub(super) fn misrouted(&self) -> Option<Failure> {
        let names_it = |field: &String| {
            matches!(field.split('.').next(), Some("group" | "group_id" | "priority" | "priority_id"))
        };
        let is_rejection = matches!(self.status.as_u16(), 400 | 422);
        (is_rejection && self.details().keys().any(names_it))
            .then(|| Failure::Misrouted { helpdesk: KIND, message: self.message() })
    }

    /// Returns whether a user was not created because they already exist.
    pub(super) fn says_duplicate(&self) -> bool {
        let is_duplicate =
            |reason: &Value| reason.get("error").and_then(Value::as_str) == Some("DuplicateValue");
        self.status.as_u16() == 422
            && self.details().values().flat_map(|reasons| reasons.as_array()).flatten().any(is_duplicate)
    }

    /// Returns the fields of a 422 with their reasons.
    fn details(&self) -> Map<String, Value> {
        match self.json().as_mut().and_then(|json| json.get_mut("details")).map(Value::take) {
            Some(Value::Object(details)) => details,
            _ => Map::new(),
        }
    }

    /// Returns the answer if it is a 2xx, otherwise its failure.
    pub(super) fn success(self) -> Result<Self, Failure> {
        if self.status.is_success() { Ok(self) } else { Err(self.failure()) }
    }

    fn failure(&self) -> Failure {
        let code = self.error_code();
        match self.status.as_u16() {
            300..=399 => Failure::Redirected(KIND),
            401 => Failure::Unauthorized(KIND),
            403 => Failure::Forbidden { helpdesk: KIND, message: self.message() },
            // For a missing account the error has a title, for a missing record a code.
            404 if code.is_some() => Failure::NotFound(KIND),
            404 => Failure::NoSuchAccount(KIND),
            // This idempotency key was used for a different body, so a ticket may exist.
            400 if code.as_deref() == Some("IdempotentRequestError") => {
                Failure::Ambiguous { why: MADE_OTHERWISE.into() }
            }
            status @ (408 | 409 | 425) => Failure::Ambiguous { why: said!(ANSWERED, status = status) },
            413 => Failure::TooLarge(KIND),
            429 => Failure::RateLimited { helpdesk: KIND, after: self.retry_after() },
            400..=499 => Failure::Rejected {
                helpdesk: KIND,
                parts: rejected_parts(&self.details()),
                message: self.message(),
            },
            status => Failure::Ambiguous { why: said!(ANSWERED, status = status) },
        }
    }

    /// Returns Zendesk's text, shortened, on one line and without our credentials. For the merchant only, never for a log.
    fn message(&self) -> Said {
        let json = self.json().unwrap_or_default();
        let details = self.details();
        let reasons = details.values().filter_map(Value::as_array).flatten();
        let reasons = reasons.filter_map(|reason| reason.get("description")?.as_str());
        let error = json.get("error").unwrap_or(&Value::Null);
        let first_of = json.pointer("/errors/0").unwrap_or(&Value::Null);
        let words = [
            json.get("description").or_else(|| json.get("error_description")),
            error.get("message"),
            first_of.get("detail").or_else(|| first_of.get("title")),
            Some(error),
        ];
        let mut told: Vec<&str> = reasons.take(MOST_REASONS).collect();
        if told.is_empty() {
            told.extend(error.as_str().filter(|_| json.get("error_description").is_some()));
            told.extend(words.into_iter().flatten().filter_map(Value::as_str).take(1));
        }
        let told: Vec<_> = told.iter().map(|text| &text[..text.floor_char_boundary(LONGEST_TEXT)]).collect();
        match self.cut(&one_line(&told.join(" · "))) {
            words if words.is_empty() => said!(IT_ANSWERED, status = self.status.as_u16()),
            words => Said::plain(shorten(&words, LONGEST_WORDS)),
        }
    }
}

/// Returns the parts that a 422 names and that a ticket can be sent without.
fn rejected_parts(details: &Map<String, Value>) -> Vec<Optional> {
    let mut parts = Vec::new();
    for field in details.keys() {
        let part = match field.split('.').next().unwrap_or_default() {
            "requester" | "requester_id" | "email" => Optional::Customer,
            "subject" => Optional::Subject,
            _ => continue,
        };
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.into(),
            secrets: Secrets::default(),
        }
    }

    fn failure(status: u16, body: &str) -> Failure {
        answer(status, body).success().unwrap_err()
    }

    const NO_HELP_DESK: &str =
        r#"{"error":{"title":"No help desk at x.zendesk.com","message":"There is none."}}"#;

    #[test]
    fn every_status_maps_to_its_failure() {
        assert!(answer(201, "{}").success().is_ok());
        assert_eq!(failure(401, r#"{"error":"invalid_token"}"#), Failure::Unauthorized(KIND));
        assert_eq!(failure(404, NO_HELP_DESK), Failure::NoSuchAccount(KIND));
        assert_eq!(failure(404, r#"{"error":"RecordNotFound"}"#), Failure::NotFound(KIND));
        assert_eq!(failure(404, "<html>"), Failure::NoSuchAccount(KIND));
        assert_eq!(failure(302, ""), Failure::Redirected(KIND));
        assert_eq!(failure(413, ""), Failure::TooLarge(KIND));
        for ambiguous in [408, 409, 425, 500, 502, 503, 504] {
            assert!(matches!(failure(ambiguous, "<html>"), Failure::Ambiguous { .. }), "{ambiguous}");
        }
        let key = r#"{"error":"IdempotentRequestError","description":"Request parameters don't match"}"#;
        assert!(matches!(failure(400, key), Failure::Ambiguous { .. }), "something was made");
        assert!(matches!(failure(400, "{}"), Failure::Rejected { .. }));
        let after = Duration::from_secs(60);
        assert_eq!(failure(429, ""), Failure::RateLimited { helpdesk: KIND, after });
    }

    #[test]
    fn message_is_found_in_every_error_shape() {
        for (body, words) in [
            (r#"{"error":"Forbidden","description":"You are missing scopes"}"#, "You are missing scopes"),
            (r#"{"error":{"title":"Forbidden","message":"No access"}}"#, "No access"),
            (r#"{"errors":[{"code":"X","title":"Bad","detail":"Too bad"}]}"#, "Too bad"),
            (r#"{"error":"Couldn't authenticate you"}"#, "Couldn't authenticate you"),
            ("<html>", "status 403"),
        ] {
            let Failure::Forbidden { message, .. } = failure(403, body) else { panic!("{body}") };
            assert_eq!(message.english(), words, "{body}");
        }
    }

    #[test]
    fn unprocessable_names_the_parts_to_leave_out() {
        let body = |details: Value| json!({"error": "RecordInvalid", "details": details}).to_string();
        let parts = |details| match failure(422, &body(details)) {
            Failure::Rejected { parts, message, .. } => (parts, message.english().to_owned()),
            other => panic!("{other:?}"),
        };
        let reason = json!([{"description": "Requester: Jane is suspended."}]);
        assert_eq!(
            parts(json!({"requester": reason})),
            (vec![Optional::Customer], "Requester: Jane is suspended.".to_owned())
        );
        let (none, words) =
            parts(json!({"base": [{"description": "Reason: needs a value", "ticket_field_id": 7}]}));
        assert_eq!((none, words.as_str()), (vec![], "Reason: needs a value"));
        assert!(answer(422, &body(json!({"status": [{"description": "fechado"}]}))).says_closed());
        let taken = json!({"email": [{"description": "taken", "error": "DuplicateValue"}]});
        assert!(answer(422, &body(taken)).says_duplicate());
    }

    #[test]
    fn rejected_group_or_priority_is_recognized() {
        let misrouted = |status, field: &str| {
            let details =
                json!({field: [{"description": "Gruppe: ist ung\u{fc}ltig", "error": "InvalidValue"}]});
            let body = json!({"error": "RecordInvalid", "details": details}).to_string();
            answer(status, &body).misrouted()
        };
        for field in ["group", "group_id", "priority"] {
            let Some(Failure::Misrouted { message, .. }) = misrouted(422, field) else { panic!("{field}") };
            assert_eq!(message.english(), "Gruppe: ist ung\u{fc}ltig");
        }
        assert_eq!(misrouted(422, "requester"), None);
        assert_eq!(misrouted(503, "group"), None, "may have been created");
    }

    #[test]
    fn rate_header_is_parsed() {
        let mut it = answer(200, "{}");
        it.headers.insert("ratelimit-limit", "700".parse().unwrap());
        it.headers.insert("ratelimit-remaining", "690".parse().unwrap());
        assert_eq!(it.rate(), Some(RateHeader { used: 10, size: 700 }));
        let limit = "total=30; remaining=0; resets=42";
        it.headers.insert("zendesk-ratelimit-tickets-update", limit.parse().unwrap());
        assert!(it.is_of_one_ticket());
        it.headers.insert("ratelimit-remaining", "0".parse().unwrap());
        assert!(!it.is_of_one_ticket(), "then it is the account's");
    }
}
