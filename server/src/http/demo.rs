//! The demo's own pages, which exist only with `CONVI_DEMO=1`.

use super::Shared;
use app::pages::components;
use axum::{
    Router,
    extract::{Query, State},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use http::header;
use serde::Deserialize;

/// A shop page with the chat on it. Its files are part of the site, like the chat's own.
const STORE: &str = include_str!("../../../storefront/demo/store.html");

/// The policy of a strict shop: the chat only needs its origin for scripts and connections.
const STORE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                            connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The components are only shown: no script runs, and no form is sent.
const COMPONENTS_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                                 form-action 'none'; frame-ancestors 'none'";

const COMPONENTS_STYLES: &str = "/demo/components.css";

/// Returns the demo's routes, or none without the demo.
pub fn routes(state: &Shared) -> Router {
    if !state.config.demo {
        return Router::new();
    }
    let store = || async { ([(header::CONTENT_SECURITY_POLICY, STORE_POLICY)], Html(STORE)) };
    // Every sample on the page requests it, so it may be cached.
    let styles = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    Router::new()
        .route("/demo/store", get(store))
        .route("/demo/components", get(show_components))
        .route(COMPONENTS_STYLES, get(async move || (styles, components::STYLES)))
        .with_state(state.clone())
}

#[derive(Deserialize)]
struct Look {
    theme: Option<String>,
}

/// Shows every component in each of its states.
async fn show_components(State(state): State<Shared>, Query(look): Query<Look>) -> Response {
    let page = components::document(state.site.assets(), COMPONENTS_STYLES, look.theme.as_deref());
    ([(header::CONTENT_SECURITY_POLICY, COMPONENTS_POLICY)], Html(page)).into_response()
}
