//! The errors of control requests.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde_json::json;

use crate::{product::Product, world::World};

/// Why a control request failed.
#[derive(Debug)]
pub enum Problem {
    /// The account, user, ticket or fault does not exist.
    NotFound(&'static str),
    /// The current state does not allow it.
    Conflict(&'static str),
    /// It is not allowed.
    Forbidden(&'static str),
    /// The request is not valid.
    Invalid(String),
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, error) = match self {
            Self::NotFound(what) => (StatusCode::NOT_FOUND, what.to_owned()),
            Self::Conflict(why) => (StatusCode::CONFLICT, why.to_owned()),
            Self::Forbidden(why) => (StatusCode::FORBIDDEN, why.to_owned()),
            Self::Invalid(why) => (StatusCode::BAD_REQUEST, why),
        };
        (status, Json(json!({"error": error}))).into_response()
    }
}

/// Reads or changes one account.
pub fn account<P: Product, T>(
    world: &World<P>,
    subdomain: &str,
    act: impl FnOnce(&mut P::Account, Timestamp) -> T,
) -> Result<T, Problem> {
    world.account(subdomain, act).ok_or(Problem::NotFound("Unknown account."))
}
