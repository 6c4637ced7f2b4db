//! What people see of a Zendesk account: its agents' pages, and its clients on the control page.

mod admin;
mod clients;
mod shell;
mod ticket;
mod tickets;

use axum::{Router, routing::get};
use emulator::Site;

pub(crate) use self::{clients::section as client_forms, shell::PAGES};
use crate::world::Zendesk;

/// The routes of all forms.
pub(crate) fn forms() -> Router<Site<Zendesk>> {
    clients::forms().merge(ticket::forms())
}

/// The agents' pages.
pub(crate) fn router() -> Router<Site<Zendesk>> {
    Router::new()
        .route("/{subdomain}/agent", get(tickets::page))
        .route("/{subdomain}/agent/", get(tickets::page))
        .route("/{subdomain}/agent/tickets/{id}", get(ticket::page))
        .route("/{subdomain}/admin", get(admin::page))
}
