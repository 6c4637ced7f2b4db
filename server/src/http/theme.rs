//! The theme of the pages: the chosen one, else the device's.

use super::{ProblemDetails, Shared, cookies, language::is_local, pages};
use app::{
    routes::{INTEGRATIONS, THEME},
    theme::ThemeChoice,
};
use axum::{
    Router,
    body::Body,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use http::{HeaderMap, header};

/// The cookie with the choice. Only names that we know are ever read from it.
const COOKIE: &str = "theme";

/// The one route.
pub fn routes() -> Router<Shared> {
    Router::new().route(THEME, post(choose))
}

/// Returns the theme in which to render this request.
pub fn of(headers: &HeaderMap) -> ThemeChoice {
    let mut chosen = cookies::named(headers, COOKIE)
        .filter_map(|value| ThemeChoice::from_name(str::from_utf8(value).ok()?));
    chosen.next().unwrap_or_default()
}

/// Stores the choice for a year and returns to the page it was made on.
async fn choose(
    State(state): State<Shared>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ProblemDetails> {
    let fields = pages::fields(&headers, body).await?;
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let theme = field("theme").and_then(ThemeChoice::from_name).unwrap_or_default().name();
    let to = field("to").filter(|to| is_local(to)).unwrap_or(INTEGRATIONS);
    let secure = if state.public_url.is_https() { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={theme}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000{secure}");
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response())
}
