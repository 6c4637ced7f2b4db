//! The theme of the pages: the chosen one, else the device's.

use super::{ProblemDetails, Shared, choice};
use app::{routes::THEME, theme::ThemeChoice};
use axum::{Router, body::Body, extract::State, response::Response, routing::post};
use http::HeaderMap;

/// The cookie with the choice.
const COOKIE: &str = "theme";

/// The one route.
pub fn routes() -> Router<Shared> {
    Router::new().route(THEME, post(choose))
}

/// Returns the theme in which to render this request.
pub fn of(headers: &HeaderMap) -> ThemeChoice {
    choice::of(headers, COOKIE, ThemeChoice::from_name).unwrap_or_default()
}

/// Stores the choice and returns to the page it was made on.
async fn choose(
    State(state): State<Shared>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ProblemDetails> {
    let name = |typed: &str| ThemeChoice::from_name(typed).unwrap_or_default().name();
    choice::keep(&state, &headers, body, COOKIE, "theme", name).await
}
