//! What people see: the helpdesk's own pages, and the page that switches faults. Plain HTML from the server, without
//! scripts, with one stylesheet.

mod control;
mod forms;

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};

use crate::{
    guard::same_origin_only,
    surface::{Site, Surface},
};

/// No scripts, and nothing from elsewhere: shoppers' text is shown here, and it is hostile.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// All pages.
pub(crate) fn router<P: Surface>() -> Router<Site<P>> {
    let controls = Router::new()
        .route("/_control", get(control::page::<P>))
        .route("/_control/", get(control::page::<P>))
        .route("/_control/form/accounts", post(forms::add_account::<P>))
        .route("/_control/form/{subdomain}/faults", post(forms::add_fault::<P>))
        .route("/_control/form/{subdomain}/faults/clear", post(forms::clear_faults::<P>))
        .route("/_control/form/{subdomain}/account", post(forms::change_account::<P>))
        .nest("/_control/form/{subdomain}", P::forms())
        .layer(middleware::from_fn(same_origin_only));
    dressed(Router::new().merge(P::pages()).merge(controls))
}

/// Adds the stylesheet and the headers of every page.
pub fn dressed<S: Clone + Send + Sync + 'static>(pages: Router<S>) -> Router<S> {
    pages.layer(middleware::from_fn(secure)).route("/_assets/helpdesk.css", get(stylesheet))
}

async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn stylesheet() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (headers, include_str!("pages/helpdesk.css")).into_response()
}
