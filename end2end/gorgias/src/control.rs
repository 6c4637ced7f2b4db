//! What Gorgias adds to the control API, below `/_control/accounts/{s}`. `end2end/emulator/src/control.rs` describes
//! the rest. A user in it is `{"email","key","role"?,"name"?}`.
//!
//! | verb and path | does |
//! |---|---|
//! | `POST /users` user | 201, adds or changes a user; a new key invalidates the old |
//! | `PATCH /users/{email}` `{"role"?,"key"?,"revoked"?}` | changes the named fields |
//! | `POST /teams` `{"name"}` | 201 `{"id","name"}`, adds a team |
//! | `DELETE /teams/{id}` | 204, deletes a team |
//! | `GET /tickets` `?external_id=` | `{"tickets":[…]}` with messages and tags; merged ones only with `?merged=true` |
//! | `GET /tickets/{id}` | one, merged or not |
//! | `POST /tickets/{id}/trash` | 204 |
//! | `POST /tickets/{id}/messages` `{"author","text","kind"?}` | 201 `{"id"}`; `kind`: `answer`, `note` or `rule` |
//! | `POST /merges` `{"from","into"}` | 204, or 409 |
//! | `GET /sent-to-shoppers` | `{"sent":[…]}` |

mod tickets;
mod users;

use axum::{
    Router,
    routing::{get, patch, post},
};
use emulator::{Site, control::named};

pub(crate) use self::users::NewUser;
use crate::world::{Account, Gorgias};

/// Returns all routes.
pub(crate) fn router() -> Router<Site<Gorgias>> {
    Router::new()
        .route("/users", post(users::add))
        .route("/users/{email}", patch(users::change))
        .merge(named::<Gorgias>("teams", Account::add_team, Account::remove_team))
        .route("/tickets", get(tickets::list))
        .route("/tickets/{id}", get(tickets::show))
        .route("/tickets/{id}/trash", post(tickets::trash))
        .route("/tickets/{id}/messages", post(tickets::write))
        .route("/merges", post(tickets::merge))
        .route("/sent-to-shoppers", get(tickets::sent_to_shoppers))
}
