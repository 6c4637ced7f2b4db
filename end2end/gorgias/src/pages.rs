//! What people see of a Gorgias account: its agents' pages, and its users on the control page.

mod rest_api;
mod shell;
mod ticket;
mod tickets;
mod users;

use axum::{Router, routing::get};
use emulator::Site;

pub(crate) use self::{shell::PAGES, users::section as user_forms};
use crate::world::Gorgias;

/// The routes of all forms.
pub(crate) fn forms() -> Router<Site<Gorgias>> {
    users::forms().merge(ticket::forms())
}

/// The agents' pages.
pub(crate) fn router() -> Router<Site<Gorgias>> {
    Router::new()
        .route("/{subdomain}/app", get(tickets::page))
        .route("/{subdomain}/app/", get(tickets::page))
        .route("/{subdomain}/app/tickets", get(tickets::page))
        .route("/{subdomain}/app/ticket/{id}", get(ticket::page))
        .route("/{subdomain}/app/settings/rest-api", get(rest_api::page))
}
