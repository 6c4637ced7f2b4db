//! What people see: an account as its agents would see it, and the page that switches faults. Plain HTML from
//! the server, no script, one stylesheet.

mod control;
mod forms;
mod html;
mod rest_api;
mod safe_html;
mod ticket;
mod tickets;

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};

use crate::{control::same_origin_only, http::Site};

/// No script at all, nothing from elsewhere: what a shopper wrote is shown here, and it is hostile.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// All pages.
pub(crate) fn router() -> Router<Site> {
    let controls = Router::new()
        .route("/_control", get(control::page))
        .route("/_control/", get(control::page))
        .route("/_control/form/accounts", post(forms::add_account))
        .route("/_control/form/{subdomain}/users", post(forms::add_user))
        .route("/_control/form/{subdomain}/key", post(forms::change_key))
        .route("/_control/form/{subdomain}/faults", post(forms::add_fault))
        .route("/_control/form/{subdomain}/faults/clear", post(forms::clear_faults))
        .route("/_control/form/{subdomain}/account", post(forms::change_account))
        .layer(middleware::from_fn(same_origin_only));
    Router::new()
        .route("/{subdomain}/app", get(tickets::page))
        .route("/{subdomain}/app/", get(tickets::page))
        .route("/{subdomain}/app/tickets", get(tickets::page))
        .route("/{subdomain}/app/ticket/{id}", get(ticket::page))
        .route("/{subdomain}/app/settings/rest-api", get(rest_api::page))
        .merge(controls)
        .layer(middleware::from_fn(secure))
        .route("/_assets/helpdesk.css", get(stylesheet))
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

/// The page of something that is not there.
fn not_found(what: &str) -> Response {
    let body = format!(
        "<h1>{}</h1><p><a href=\"/_control\">All accounts of this emulator</a></p>",
        html::Text(what)
    );
    (StatusCode::NOT_FOUND, html::bare(what, &body)).into_response()
}
