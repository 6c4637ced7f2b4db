//! What Zendesk adds to the control API, below `/_control/accounts/{s}`. `end2end/emulator/src/control.rs` describes the
//! rest. A user in it is `{"email","role"?,"name"?,"api_token"?,"suspended"?,"client"?:{"identifier","secret","scopes"?}}`:
//! a person, with the API token or the OAuth client that they created.
//!
//! | verb and path | does |
//! |---|---|
//! | `POST /users` user | 201, adds or changes a user |
//! | `DELETE /tokens` | 204, revokes all issued tokens |
//! | `DELETE /clients/{identifier}` | 204, removes a client |
//! | `POST /groups` `{"name"}` | 201 `{"id","name"}`, adds a group |
//! | `DELETE /groups/{id}` | 204, deletes a group |
//! | `GET /tickets` `?external_id=` | `{"tickets":[…]}` with comments and audits; merged and deleted ones too |
//! | `GET /tickets/{id}` | one |
//! | `POST /tickets/{id}/close`, `…/delete`, `…/archive`, `…/restore` | 204 |
//! | `POST /tickets/{id}/comments` `{"author","text","public"}` | 201 `{"id"}`: what an agent writes |
//! | `POST /merges` `{"from","into"}` | 204, or 409 |
//! | `GET /mails` | `{"mails":[…]}`: all emails that were really sent |
//! | `GET /sent-to-shoppers` | `{"sent":[…]}`: those to shoppers |

mod tickets;
mod users;

use axum::{
    Router,
    routing::{delete, get, post},
};
use emulator::{Site, control::named};

pub(crate) use self::users::NewUser;
use crate::world::{Account, Zendesk};

/// Returns all routes.
pub(crate) fn router() -> Router<Site<Zendesk>> {
    Router::new()
        .route("/users", post(users::add))
        .route("/tokens", delete(users::end_tokens))
        .route("/clients/{identifier}", delete(users::remove_client))
        .merge(named::<Zendesk>("groups", Account::add_group, Account::remove_group))
        .route("/tickets", get(tickets::list))
        .route("/tickets/{id}", get(tickets::show))
        .route("/tickets/{id}/comments", post(tickets::write))
        .route("/tickets/{id}/{action}", post(tickets::act))
        .route("/merges", post(tickets::merge))
        .route("/mails", get(tickets::mails))
        .route("/sent-to-shoppers", get(tickets::sent_to_shoppers))
}
