//! The control API: what tests in other languages, and the control page, do to this Gorgias.
//!
//! JSON in, JSON out; errors are `{"error":"…"}`. All paths begin with `/_control`, which no subdomain can.
//!
//! | verb and path | does |
//! |---|---|
//! | `GET /clock` | `{"now"}` |
//! | `POST /clock` `{"advance_seconds"}` | moves the clock, if the program may |
//! | `GET /accounts` | `{"accounts":[overview]}` |
//! | `POST /accounts` `{"subdomain","users"?:[{"email","key","role"?,"name"?}],"behaviour"?}` | 201, makes it; 409 if it exists |
//! | `GET /accounts/{s}` | overview: users with keys, behaviour, faults, counts |
//! | `PATCH /accounts/{s}` `{"deactivated"?,"behaviour"?:{…}}` | changes what is named |
//! | `DELETE /accounts/{s}` | 204, its subdomain does not exist any more |
//! | `POST /accounts/{s}/reset` | 204, empties it; users, keys and behaviour stay |
//! | `POST /accounts/{s}/users` `{"email","key","role"?,"name"?}` | 201, adds or changes a user; a new key kills the old |
//! | `PATCH /accounts/{s}/users/{email}` `{"role"?,"key"?,"revoked"?}` | changes what is named |
//! | `GET /accounts/{s}/faults` | `{"faults":[…]}` |
//! | `POST /accounts/{s}/faults` [`Fault`](crate::Fault) | 201 `{"id"}` |
//! | `DELETE /accounts/{s}/faults`, `…/faults/{id}` | 204, switches all or one off |
//! | `GET /accounts/{s}/tickets` `?external_id=` | `{"tickets":[…]}` with messages and tags; merged ones only with `?merged=true` |
//! | `GET /accounts/{s}/tickets/{id}` | one, merged or not |
//! | `POST /accounts/{s}/tickets/{id}/trash` | 204 |
//! | `POST /accounts/{s}/merges` `{"from","into"}` | 204, or 409 |
//! | `GET /accounts/{s}/sent-to-shoppers` | `{"sent":[…]}` |
//! | `GET /accounts/{s}/requests` `?method=&path=` | `{"requests":[…],"bucket_refusals"}` |
//! | `DELETE /accounts/{s}/requests` | 204, forgets them |
//! | `POST /accounts/{s}/other-tool` `{"requests"}` | 204, another tool fills the bucket |

mod accounts;
mod clock;
mod faults;
mod guard;
mod requests;
mod tickets;
mod users;

use axum::{
    Json, Router,
    http::StatusCode,
    middleware,
    response::{IntoResponse, Response},
    routing::{delete, get, patch, post},
};
use jiff::Timestamp;
use serde_json::json;

use crate::{
    http::Site,
    world::{Account, World},
};

pub(crate) use self::{accounts::is_label, guard::same_origin_only};

/// What went wrong with a control request.
#[derive(Debug)]
pub(crate) enum Problem {
    /// There is no such account, user, ticket or fault.
    NotFound(&'static str),
    /// It cannot be done in this state.
    Conflict(&'static str),
    /// It may not be done.
    Forbidden(&'static str),
    /// What was sent makes no sense.
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

/// All of it.
pub(crate) fn router() -> Router<Site> {
    let account = Router::new()
        .route("/", get(accounts::show).patch(accounts::change).delete(accounts::remove))
        .route("/reset", post(accounts::reset))
        .route("/other-tool", post(accounts::other_tool))
        .route("/users", post(users::add))
        .route("/users/{email}", patch(users::change))
        .route("/faults", get(faults::list).post(faults::add).delete(faults::clear))
        .route("/faults/{id}", delete(faults::remove))
        .route("/tickets", get(tickets::list))
        .route("/tickets/{id}", get(tickets::show))
        .route("/tickets/{id}/trash", post(tickets::trash))
        .route("/merges", post(tickets::merge))
        .route("/sent-to-shoppers", get(tickets::sent_to_shoppers))
        .route("/requests", get(requests::list).delete(requests::forget));
    Router::new()
        .route("/clock", get(clock::show).post(clock::advance))
        .route("/accounts", get(accounts::list).post(accounts::add))
        .nest("/accounts/{subdomain}", account)
        .layer(middleware::from_fn(same_origin_only))
}

/// Looks at or changes one account.
fn account<T>(
    world: &World,
    subdomain: &str,
    act: impl FnOnce(&mut Account, Timestamp) -> T,
) -> Result<T, Problem> {
    world.account(subdomain, act).ok_or(Problem::NotFound("There is no such account."))
}
