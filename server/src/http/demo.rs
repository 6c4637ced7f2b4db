//! The demo's own pages, which are there only with `CONVI_DEMO=1`.

use super::Shared;
use axum::{Router, response::Html, routing::get};
use http::header;

/// A shop of somebody else, with the chat on its page. Its files stand in the site, like the chat's own.
const STORE: &str = include_str!("../../../storefront/demo/store.html");

/// What a shop with a strict policy allows: the chat needs no more than its origin as script and to connect to.
const STORE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                            connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The demo's routes, or none.
pub fn routes(state: &Shared) -> Router {
    let router = Router::new();
    if !state.config.demo {
        return router;
    }
    let store = || async { ([(header::CONTENT_SECURITY_POLICY, STORE_POLICY)], Html(STORE)) };
    router.route("/demo/store", get(store))
}
