//! Keeps pages of other sites in the same browser from adding faults or reading keys.

use axum::{
    Json,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Rejects the requests of pages of another origin.
pub async fn same_origin_only(request: Request<Body>, next: Next) -> Response {
    if is_foreign(request.headers()) {
        let error = json!({"error": "Only the emulator's own pages can do this."});
        return (StatusCode::FORBIDDEN, Json(error)).into_response();
    }
    next.run(request).await
}

/// Browsers send `Origin` with every change and `Sec-Fetch-Site` with every request. Programs send neither.
fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let foreign_origin = text(header::ORIGIN).is_some_and(|origin| {
        origin.split_once("://").is_none_or(|(_, authority)| !authority.eq_ignore_ascii_case(host))
    });
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    // A link from another site to the control page is fine, because it only navigates.
    let navigates = headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate");
    foreign_origin || (matches!(site, Some("cross-site" | "same-site")) && !navigates)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_programs_and_own_pages_are_allowed() {
        let host = ("host", "127.0.0.1:4010");
        assert!(!is_foreign(&headers(&[host])));
        assert!(!is_foreign(&headers(&[host, ("origin", "http://127.0.0.1:4010")])));
        assert!(is_foreign(&headers(&[host, ("origin", "https://evil.test")])));
        assert!(is_foreign(&headers(&[host, ("origin", "null")])));
        assert!(is_foreign(&headers(&[
            host,
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "no-cors")
        ])));
        assert!(!is_foreign(&headers(&[
            host,
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate")
        ])));
    }
}
