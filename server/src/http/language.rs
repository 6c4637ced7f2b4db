//! The language of a page: the chosen one, else the browser's, else English.

use super::{ProblemDetails, Shared, choice};
use app::{
    routes::LANGUAGE,
    text::{Language, accepted},
};
use axum::{Router, body::Body, extract::State, response::Response, routing::post};
use http::{HeaderMap, HeaderValue, header};

/// The cookie with the choice.
const COOKIE: &str = "lang";

/// The headers that pages depend on, so that a cache does not mix up languages.
pub const VARY: HeaderValue = HeaderValue::from_static("Accept-Language, Cookie");

/// The one route.
pub fn routes() -> Router<Shared> {
    Router::new().route(LANGUAGE, post(choose))
}

/// Returns the language in which to answer this request.
pub fn of(headers: &HeaderMap) -> Language {
    // Several headers form one list; an unreadable language counts as one that we do not speak.
    let wanted = || {
        let lines: Vec<_> = headers.get_all(header::ACCEPT_LANGUAGE).iter().map(|it| it.as_bytes()).collect();
        accepted(&String::from_utf8_lossy(&lines.join(&b',')))
    };
    choice::of(headers, COOKIE, Language::of_tag).or_else(wanted).unwrap_or_default()
}

/// Stores the choice and returns to the page it was made on.
async fn choose(
    State(state): State<Shared>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ProblemDetails> {
    let code = |typed: &str| Language::of_tag(typed).unwrap_or_default().code();
    choice::keep(&state, &headers, body, COOKIE, "language", code).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_language_precedes_the_browsers() {
        let of = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, HeaderValue::from_static(value));
            }
            of(&headers)
        };
        assert_eq!(of(&[]), Language::English);
        assert_eq!(of(&[("accept-language", "de-DE,de;q=0.9")]), Language::German);
        assert_eq!(of(&[("accept-language", "de"), ("cookie", "lang=fr")]), Language::French);
        assert_eq!(of(&[("accept-language", "de"), ("cookie", "lang=en")]), Language::English);
        assert_eq!(of(&[("accept-language", "fr"), ("cookie", "lang=<b>")]), Language::French);
        assert_eq!(of(&[("accept-language", "xx"), ("accept-language", "fr")]), Language::French);
        assert_eq!(of(&[("cookie", "shop=1"), ("cookie", "lang=de")]), Language::German);
    }

    #[test]
    fn other_cookies_do_not_change_the_language() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_bytes(b"shop=Zo\xeb; lang=\xff; lang=fr").unwrap());
        assert_eq!(of(&headers), Language::French);
        headers.clear();
        let wanted = HeaderValue::from_bytes("de;q=0.9, ñ;q=0.5".as_bytes()).unwrap();
        headers.insert(header::ACCEPT_LANGUAGE, wanted);
        assert_eq!(of(&headers), Language::German);
    }
}
