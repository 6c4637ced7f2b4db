//! A choice that a cookie keeps for a year: the language, or the theme.

use super::{ProblemDetails, Shared, cookies, pages};
use app::routes::INTEGRATIONS;
use axum::{
    body::Body,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, header};

/// Returns the choice that the request's cookie has, if it is a known one.
pub fn of<T>(headers: &HeaderMap, cookie: &str, known: impl Fn(&str) -> Option<T>) -> Option<T> {
    cookies::named(headers, cookie).find_map(|value| known(str::from_utf8(value).ok()?))
}

/// Keeps the choice of a posted form and returns to the page it was made on. Signing in is not required. `code` returns
/// what the cookie keeps for the field's text, which may be anything.
pub async fn keep(
    state: &Shared,
    headers: &HeaderMap,
    body: Body,
    cookie: &str,
    choice: &str,
    code: impl FnOnce(&str) -> &'static str,
) -> Result<Response, ProblemDetails> {
    let fields = pages::fields(headers, body).await?;
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let code = code(field(choice).unwrap_or_default());
    let to = field("to").filter(|to| is_local(to)).unwrap_or(INTEGRATIONS);
    let secure = if state.public_url.is_https() { "; Secure" } else { "" };
    let cookie = format!("{cookie}={code}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000{secure}");
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response())
}

/// Returns whether this is a path of ours, so that a forged form cannot redirect to another site.
fn is_local(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.~%".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

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
