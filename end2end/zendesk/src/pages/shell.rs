//! The frame of the agents' pages.

use axum::response::Html;
use emulator::page;

/// The entries of the navigation: path and name.
pub(crate) const PAGES: &[(&str, &str)] = &[(VIEWS, "Views"), (ADMIN, "Admin Center")];

/// The path of the list of tickets.
pub(super) const VIEWS: &str = "agent";

/// The path of the credentials.
pub(super) const ADMIN: &str = "admin";

/// Returns a page of the helpdesk. `here` is its entry in the navigation, if it has one.
pub(super) fn helpdesk(subdomain: &str, here: Option<&str>, title: &str, body: &str) -> Html<String> {
    page::helpdesk(subdomain, PAGES, here, title, body)
}
