//! The language of the pages: chosen by a person, else by what their browser asks for, else English.

use super::{Problem, Shared, pages};
use app::{
    forms::{INTEGRATIONS, LANGUAGE},
    text::{Language, accepted},
};
use axum::{
    Router,
    body::Body,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use axum_extra::extract::CookieJar;
use http::{HeaderMap, HeaderValue, header};

/// The cookie that holds the choice. Nothing but a code of ours is ever read from it.
const COOKIE: &str = "lang";

/// What pages differ by: a cache between must not mix them up.
pub const VARY: HeaderValue = HeaderValue::from_static("Accept-Language, Cookie");

/// The one route.
pub fn routes() -> Router<Shared> {
    Router::new().route(LANGUAGE, post(choose))
}

/// In which language this request is answered.
pub fn of(headers: &HeaderMap) -> Language {
    let chosen = CookieJar::from_headers(headers).get(COOKIE).and_then(|it| Language::of_tag(it.value()));
    let wanted = || accepted(headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?);
    chosen.or_else(wanted).unwrap_or_default()
}

/// Keeps the choice for a year, and back to the page that it was made on. Whoever looks may choose, signed in or not.
async fn choose(State(state): State<Shared>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let fields = pages::fields(&headers, body).await?;
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let language = field("language").and_then(Language::of_tag).unwrap_or_default();
    let to = field("to").filter(|to| is_local(to)).unwrap_or(INTEGRATIONS);
    let secure = if state.public_url.is_https() { "; Secure" } else { "" };
    let code = language.code();
    let cookie = format!("{COOKIE}={code}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000{secure}");
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response())
}

/// A path of ours: nobody is sent to another site by a form that was made up.
fn is_local(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.~%".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_goes_before_what_the_browser_asks_for() {
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
    }

    #[test]
    fn a_choice_leads_back_to_a_page_of_ours() {
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
