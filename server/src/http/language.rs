//! The language of a page: the chosen one, else the browser's, else English.

use super::{ProblemDetails, Shared, cookies, pages};
use app::{
    routes::{INTEGRATIONS, LANGUAGE},
    text::{Language, accepted},
};
use axum::{
    Router,
    body::Body,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use http::{HeaderMap, HeaderValue, header};

/// The cookie with the choice. Only codes that we know are ever read from it.
const COOKIE: &str = "lang";

/// The headers that pages depend on, so that a cache does not mix up languages.
pub const VARY: HeaderValue = HeaderValue::from_static("Accept-Language, Cookie");

/// The one route.
pub fn routes() -> Router<Shared> {
    Router::new().route(LANGUAGE, post(choose))
}

/// Returns the language in which to answer this request.
pub fn of(headers: &HeaderMap) -> Language {
    let mut chosen =
        cookies::named(headers, COOKIE).filter_map(|value| Language::of_tag(str::from_utf8(value).ok()?));
    // Several headers form one list; an unreadable language counts as one that we do not speak.
    let wanted = || {
        let lines: Vec<_> = headers.get_all(header::ACCEPT_LANGUAGE).iter().map(|it| it.as_bytes()).collect();
        accepted(&String::from_utf8_lossy(&lines.join(&b',')))
    };
    chosen.next().or_else(wanted).unwrap_or_default()
}

/// Stores the choice for a year and returns to the page it was made on. Signing in is not required.
async fn choose(
    State(state): State<Shared>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ProblemDetails> {
    let fields = pages::fields(&headers, body).await?;
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let language = field("language").and_then(Language::of_tag).unwrap_or_default();
    let to = field("to").filter(|to| is_local(to)).unwrap_or(INTEGRATIONS);
    let secure = if state.public_url.is_https() { "; Secure" } else { "" };
    let code = language.code();
    let cookie = format!("{COOKIE}={code}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000{secure}");
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response())
}

/// Returns whether this is a path of ours, so that a forged form cannot redirect to another site.
pub(super) fn is_local(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.~%".contains(&b))
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

    #[test]
    fn choosing_redirects_only_within_the_site() {
        for good in ["/settings/integrations", "/conversations/c-42", "/conversations/a%20b"] {
            assert!(is_local(good), "{good}");
        }
        for bad in
            ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/x\r\ny", "/a?b=c"]
        {
            assert!(!is_local(bad), "{bad}");
        }
    }
}
