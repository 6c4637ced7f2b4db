//! The responses of the control page's forms.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;

use crate::{
    page::{Text, bare, not_found},
    product::Product,
    surface::Site,
};

/// Changes an account and redirects to its part of the control page.
pub fn change<P: Product>(
    site: &Site<P>,
    subdomain: &str,
    act: impl FnOnce(&mut P::Account, Timestamp),
) -> Response {
    match site.world.account(subdomain, act) {
        Some(()) => back_to(subdomain),
        None => not_found("Unknown account"),
    }
}

pub(crate) fn back_to(subdomain: &str) -> Response {
    Redirect::to(&format!("/_control#{subdomain}")).into_response()
}

/// Says why a form was rejected.
pub fn refused(why: &str) -> Response {
    let body = format!("<h1>{}</h1><p><a href=\"/_control\">Back</a></p>", Text(why));
    (StatusCode::BAD_REQUEST, bare(why, &body)).into_response()
}
