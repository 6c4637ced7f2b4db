//! Maps every Gorgias response to at most one [`Failure`] (docs/gorgias.md sections 1, 4 and 6).

use super::{
    KIND,
    find::positive,
    sentences::{ANSWERED, DOES_NOT_TAKE, IT_ANSWERED},
};
use crate::helpdesk::{Failure, RateHeader, secrets::Secrets};
use domain::{
    Said,
    delivery::Optional,
    said,
    text::{one_line, shorten},
};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// The wait after a 429 without a usable `Retry-After`.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(20);
/// The longest `Retry-After` that is honoured.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3_600);
/// How many bytes of an error message are read; far more than is shown.
const LONGEST_SENTENCE: usize = 4_000;
/// Limits for walking an error's `data`: values visited, nesting depth, and field names kept.
const MOST_VALUES: usize = 1_000;
const DEEPEST: usize = 8;
const MOST_NAMES: usize = 10;
/// The longest Gorgias error message that is shown, in characters.
const LONGEST_WORDS: usize = 300;

/// A response with its whole body.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Credentials to remove from anything that is shown or logged.
    pub secrets: Secrets,
}

impl Answer {
    /// Parses the body as JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Returns the id of the created object. The rest of the body, which repeats the whole request, is not kept.
    pub fn id(&self) -> Option<i64> {
        #[derive(Deserialize)]
        struct Made {
            id: Value,
        }
        serde_json::from_slice::<Made>(&self.body).ok().and_then(|made| positive(&made.id))
    }

    /// Returns Gorgias's error message: bounded, on one line, without our credentials. It is shown to the merchant and
    /// never logged.
    fn message(&self, json: &Value) -> Said {
        let message = self.secrets.cut(&one_line(sentence(json)));
        let fields: Vec<_> = named_fields(json).iter().map(|field| self.secrets.cut(field)).collect();
        let fields = fields.join(", ");
        match (message.as_str(), fields.as_str()) {
            ("", "") => said!(IT_ANSWERED, status = self.status.as_u16()),
            ("", fields) => {
                let before = DOES_NOT_TAKE.english.chars().count() - "{fields}".len();
                said!(DOES_NOT_TAKE, fields = shorten(fields, LONGEST_WORDS - before))
            }
            (message, "") => Said::plain(shorten(message, LONGEST_WORDS)),
            (message, fields) => Said::plain(shorten(&format!("{message} ({fields})"), LONGEST_WORDS)),
        }
    }

    pub fn rate(&self) -> Option<RateHeader> {
        let text = self.headers.get("x-gorgias-account-api-call-limit")?.to_str().ok()?;
        let (used, size) = text.split_once('/')?;
        Some(RateHeader { used: used.trim().parse().ok()?, size: size.trim().parse().ok()? })
    }

    /// Returns how long a 429 asks us to wait.
    pub fn retry_after(&self) -> Duration {
        let seconds = self
            .headers
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse::<f64>().ok());
        match seconds {
            Some(seconds) if seconds.is_finite() && seconds >= 0.0 => {
                // Do not round down: a request sent a fraction of a second early is rejected again.
                Duration::from_secs_f64(seconds.min(LONGEST_RETRY_AFTER.as_secs_f64()))
            }
            _ => DEFAULT_RETRY_AFTER,
        }
    }

    /// Returns the response if its status is 2xx, otherwise its failure.
    pub fn success(self) -> Result<Self, Failure> {
        if self.status.is_success() { Ok(self) } else { Err(self.failure()) }
    }

    /// Returns the failure if a ticket's team or priority was rejected.
    pub fn misrouted(&self) -> Option<Failure> {
        if !matches!(self.status.as_u16(), 400 | 422) {
            return None;
        }
        let json = self.json()?;
        let names_it = rejected_fields(&json)
            .iter()
            .any(|field| matches!(field.split('.').next(), Some("assignee_team" | "priority")));
        names_it.then(|| Failure::Misrouted { helpdesk: KIND, message: self.message(&json) })
    }

    fn failure(&self) -> Failure {
        let json = self.json().unwrap_or_default();
        match self.status.as_u16() {
            300..=399 => self.merged_into().map_or(Failure::Redirected(KIND), |id| Failure::Merged { id }),
            401 => Failure::Unauthorized(KIND),
            403 => Failure::Forbidden { helpdesk: KIND, message: self.message(&json) },
            // An unknown subdomain returns an HTML page; an unknown object returns JSON.
            404 if json.is_object() => Failure::NotFound(KIND),
            404 => Failure::NoSuchAccount(KIND),
            status @ (408 | 409 | 425) => Failure::Ambiguous { why: said!(ANSWERED, status = status) },
            413 => Failure::TooLarge(KIND),
            429 => Failure::RateLimited { helpdesk: KIND, after: self.retry_after() },
            400..=499 => Failure::Rejected {
                helpdesk: KIND,
                parts: rejected_parts(&json),
                message: self.message(&json),
            },
            status => Failure::Ambiguous { why: said!(ANSWERED, status = status) },
        }
    }

    /// Returns the ticket that a merged ticket was merged into, from a `Location` that may be relative. Only the id is
    /// used; the URL itself is never followed.
    fn merged_into(&self) -> Option<i64> {
        let location = self.headers.get(header::LOCATION)?.to_str().ok()?;
        let path = location.split(['?', '#']).next()?;
        let (_, rest) = path.split_once("/api/tickets/")?;
        rest.split('/').next()?.parse().ok().filter(|id| *id > 0)
    }
}

/// Returns the start of `error.msg`.
fn sentence(json: &Value) -> &str {
    let words = json.pointer("/error/msg").and_then(Value::as_str).unwrap_or_default();
    &words[..words.floor_char_boundary(LONGEST_SENTENCE)]
}

/// Returns the names of the fields that a 400 complains about.
fn rejected_fields(json: &Value) -> Vec<String> {
    let named = named_fields(json);
    if !named.is_empty() {
        return named;
    }
    // Without `data`, look for field names in the message. If it has none either, nothing is left out.
    let words = sentence(json).to_ascii_lowercase();
    words.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').map(str::to_owned).collect()
}

/// Returns the optional parts that a 400 complains about.
fn rejected_parts(json: &Value) -> Vec<Optional> {
    let mut parts = Vec::new();
    for field in rejected_fields(json) {
        let part = match field.rsplit('.').find(|name| name.parse::<usize>().is_err()).unwrap_or_default() {
            _ if field.contains("attachments") => Optional::Attachments,
            _ if field.contains("customer") || field.contains("sender") => Optional::Customer,
            "email" => Optional::Customer,
            "subject" => Optional::Subject,
            "language" => Optional::Language,
            _ => continue,
        };
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}

/// Returns the dotted field names in `error.data`, which is nested for nested fields. The walk is bounded, because
/// Gorgias controls the size and depth of the response.
fn named_fields(json: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut values =
        json.pointer("/error/data").map(|data| (String::new(), 0, data)).into_iter().collect::<Vec<_>>();
    for _ in 0..MOST_VALUES {
        let Some((path, depth, value)) = values.pop().filter(|_| found.len() < MOST_NAMES) else { break };
        let name = |inner: &str| {
            let inner = &inner[..inner.floor_char_boundary(80)];
            if path.is_empty() { inner.to_owned() } else { format!("{path}.{inner}") }
        };
        let mut inner: Vec<_> = match value {
            Value::Object(fields) if depth < DEEPEST => {
                fields.iter().take(50).map(|(field, value)| (name(field), depth + 1, value)).collect()
            }
            Value::Array(items) if depth < DEEPEST && items.iter().take(50).any(Value::is_object) => items
                .iter()
                .enumerate()
                .take(50)
                .map(|(i, value)| (name(&i.to_string()), depth + 1, value))
                .collect(),
            _ => {
                if !path.is_empty() {
                    found.push(shorten(&one_line(&path), 80));
                }
                continue;
            }
        };
        // The stack pops the last value first, so reverse to keep document order.
        inner.reverse();
        values.append(&mut inner);
    }
    found
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

    const ERROR: &str = r#"{"error":{"msg":"Resource not found."}}"#;

    #[test]
    fn every_status_maps_to_its_failure() {
        assert!(answer(200, "").success().is_ok() && answer(204, "").success().is_ok());
        assert_eq!(failure(401, ERROR), Failure::Unauthorized(KIND));
        assert_eq!(failure(404, ERROR), Failure::NotFound(KIND));
        assert_eq!(failure(404, "<!doctype html><h1>Nothing here</h1>"), Failure::NoSuchAccount(KIND));
        assert_eq!(failure(404, ""), Failure::NoSuchAccount(KIND));
        assert_eq!(failure(413, ""), Failure::TooLarge(KIND));
        assert_eq!(failure(301, ""), Failure::Redirected(KIND));
        for ambiguous in [408, 409, 425, 500, 502, 503, 504, 520] {
            assert!(matches!(failure(ambiguous, "<html>"), Failure::Ambiguous { .. }), "{ambiguous}");
        }
        for final_answer in [400, 402, 405, 406, 410, 415, 422, 451] {
            assert!(matches!(failure(final_answer, ERROR), Failure::Rejected { .. }), "{final_answer}");
        }
        assert!(
            matches!(failure(403, ERROR), Failure::Forbidden { message, .. } if message.english() == "Resource not found.")
        );
    }

    #[test]
    fn merged_ticket_yields_the_survivor_id_and_no_url() {
        for location in
            ["/api/tickets/42", "/api/tickets/42/", "https://elsewhere.example/api/tickets/42/?x#y"]
        {
            let mut merged = answer(301, "");
            merged.headers.insert(header::LOCATION, location.parse().unwrap());
            assert_eq!(merged.success().unwrap_err(), Failure::Merged { id: 42 });
        }
        let mut elsewhere = answer(302, "");
        elsewhere.headers.insert(header::LOCATION, "https://evil.example/login".parse().unwrap());
        assert_eq!(elsewhere.success().unwrap_err(), Failure::Redirected(KIND));
    }

    #[test]
    fn retry_after_is_parsed_and_bounded() {
        let mut limited = answer(429, "");
        assert_eq!(limited.retry_after(), DEFAULT_RETRY_AFTER);
        for (text, seconds) in
            [("7", 7.0), (" 0.5 ", 0.5), ("99999999", 3600.0), ("-1", 20.0), ("soon", 20.0)]
        {
            limited.headers.insert(header::RETRY_AFTER, text.parse().unwrap());
            assert_eq!(limited.retry_after().as_secs_f64(), seconds, "{text}");
        }
    }

    #[test]
    fn rate_header_is_parsed() {
        let mut limited = answer(200, "");
        assert_eq!(limited.rate(), None);
        limited.headers.insert("x-gorgias-account-api-call-limit", "3/40".parse().unwrap());
        assert_eq!(limited.rate(), Some(RateHeader { used: 3, size: 40 }));
        limited.headers.insert("x-gorgias-account-api-call-limit", "many".parse().unwrap());
        assert_eq!(limited.rate(), None);
    }

    #[test]
    fn bad_request_names_the_parts_to_leave_out() {
        use Optional::{Attachments, Customer, Language, Subject};
        for (data, parts) in [
            (json!({"customer": {"email": ["Not a valid email address."]}}), vec![Customer]),
            (json!({"messages": {"0": {"sender": {"email": ["bad"]}}}}), vec![Customer]),
            (json!({"messages": [{"attachments": [{"url": ["bad"]}]}]}), vec![Attachments]),
            (json!({"subject": ["Too long."], "language": ["Unknown."]}), vec![Language, Subject]),
            (json!({"messages": {"0": {"body_text": ["Too long."]}}}), vec![]),
            (json!({"tags": ["No."]}), vec![]),
        ] {
            let body = json!({"error": {"msg": "Validation failed.", "data": data}}).to_string();
            let Failure::Rejected { parts: mut found, .. } = failure(400, &body) else { panic!("{body}") };
            found.sort_by_key(|part| format!("{part:?}"));
            assert_eq!(found, parts, "{body}");
        }
        let told = r#"{"error":{"msg":"Invalid language."}}"#;
        assert!(matches!(failure(400, told), Failure::Rejected { parts, .. } if parts == [Language]));
    }

    #[test]
    fn rejected_team_or_priority_is_recognized() {
        let misrouted = |status, body: Value| answer(status, &body.to_string()).misrouted().is_some();
        let error = |data: Value| json!({"error": {"msg": "Validation failed.", "data": data}});
        assert!(misrouted(400, error(json!({"assignee_team": {"id": ["Does not exist."]}}))));
        assert!(misrouted(422, error(json!({"priority": ["Not a valid choice."]}))));
        assert!(misrouted(400, json!({"error": {"msg": "Invalid assignee_team."}})));
        assert!(!misrouted(400, error(json!({"subject": ["Too long."]}))));
        assert!(
            !misrouted(500, error(json!({"priority": ["Not a valid choice."]}))),
            "may have been created"
        );
    }

    #[test]
    fn echoed_credentials_are_removed() {
        let access = crate::helpdesk::Access {
            subdomain: app::model::Subdomain::parse(KIND, "acme").unwrap(),
            method: KIND.method(None).unwrap(),
            username: app::model::EmailAddress::parse("owner@acme.test").unwrap().into(),
            key: "key-acme-1".into(),
        };
        for status in [400, 403, 422] {
            let body = json!({"error": {
                "msg": "Bad header Basic b3duZXJAYWNtZS50ZXN0OmtleS1hY21lLTE= of owner@acme.test:key-acme-1.",
                "data": {"key-acme-1": ["x"]},
            }});
            let mut answer = answer(status, &body.to_string());
            answer.secrets = Secrets::of(&access);
            let told = format!("{:?}", answer.success().unwrap_err());
            assert!(!told.contains("key-acme") && !told.contains("b3duZXJAYWNt"), "{told}");
            assert!(told.contains("Bad header Basic [removed]"), "{told}");
        }
    }

    #[test]
    fn walk_of_a_wide_and_deep_error_is_bounded() {
        let mut data = json!("x");
        for _ in 0..100 {
            data = json!({"a": data, "b": [{"c": 1}]});
        }
        let mut wide = json!({});
        for outer in 0..50 {
            for inner in 0..50 {
                wide[format!("f{outer}")][format!("g{inner}")] = Value::Array(vec![json!({"x": 1}); 200]);
            }
        }
        for data in [data, wide] {
            let names = named_fields(&json!({"error": {"data": data}}));
            assert!((1..=MOST_NAMES).contains(&names.len()) && names.iter().all(|name| name.len() <= 83));
        }
    }
}
