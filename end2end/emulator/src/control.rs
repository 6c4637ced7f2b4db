//! The control API: what tests in other languages, and the control page, do to the emulator.
//!
//! JSON in, JSON out; errors are `{"error":"…"}`. All paths begin with `/_control`, which no subdomain can. A helpdesk
//! adds routes of its own below `/accounts/{s}` (users, tickets).
//!
//! | verb and path | does |
//! |---|---|
//! | `GET /clock` | `{"now"}` |
//! | `POST /clock` `{"advance_seconds"}` | moves the clock, if the program may |
//! | `GET /accounts` | `{"accounts":[overview]}` |
//! | `POST /accounts` `{"subdomain","users"?:[…],"behaviour"?}` | 201, creates it; 409 if it exists |
//! | `GET /accounts/{s}` | overview: users with keys, behaviour, faults, counts |
//! | `PATCH /accounts/{s}` `{"deactivated"?,"behaviour"?:{…}}` | changes the named fields |
//! | `DELETE /accounts/{s}` | 204, its subdomain no longer exists |
//! | `POST /accounts/{s}/reset` | 204, empties it; users, keys and behaviour stay |
//! | `GET /accounts/{s}/faults` | `{"faults":[…]}` |
//! | `POST /accounts/{s}/faults` [`Fault`](crate::Fault) | 201 `{"id"}` |
//! | `DELETE /accounts/{s}/faults`, `…/faults/{id}` | 204, switches all or one off |
//! | `GET /accounts/{s}/requests` `?method=&path=` | `{"requests":[…],"bucket_refusals"}` |
//! | `DELETE /accounts/{s}/requests` | 204, forgets them |
//! | `POST /accounts/{s}/other-tool` `{"requests"}` | 204, another tool uses up the rate limit |

mod accounts;
mod clock;
mod faults;
mod named;
mod problem;
mod requests;

use axum::{
    Router, middleware,
    routing::{delete, get, post},
};

pub(crate) use self::accounts::is_label;
pub use self::{
    named::named,
    problem::{Problem, account},
};
use crate::{
    guard::same_origin_only,
    surface::{Site, Surface},
};

/// Returns all routes.
pub(crate) fn router<P: Surface>() -> Router<Site<P>> {
    let account = Router::new()
        .route("/", get(accounts::show::<P>).patch(accounts::change::<P>).delete(accounts::remove::<P>))
        .route("/reset", post(accounts::empty::<P>))
        .route("/other-tool", post(accounts::other_tool::<P>))
        .route("/faults", get(faults::list::<P>).post(faults::add::<P>).delete(faults::clear::<P>))
        .route("/faults/{id}", delete(faults::remove::<P>))
        .route("/requests", get(requests::list::<P>).delete(requests::forget::<P>))
        .merge(P::control());
    Router::new()
        .route("/clock", get(clock::show::<P>).post(clock::advance::<P>))
        .route("/accounts", get(accounts::list::<P>).post(accounts::add::<P>))
        .nest("/accounts/{subdomain}", account)
        .layer(middleware::from_fn(same_origin_only))
}
