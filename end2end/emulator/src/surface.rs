//! What an emulator implements besides its API, for tests and people.

use axum::Router;

use crate::{handle::AccountHandle, product::Product, world::World};

/// What the server needs to answer.
#[derive(Debug, Clone)]
pub struct Site<P: Product> {
    /// All accounts.
    pub world: World<P>,
    /// Whether the control API may advance the clock.
    pub may_move_clock: bool,
}

/// The handle, control routes and pages of one helpdesk.
pub trait Surface: Product {
    /// A test's handle of an account.
    type Handle: From<AccountHandle<Self>>;

    /// The pages of an account below its subdomain, with their names. Agents start at the first.
    const PAGES: &'static [(&'static str, &'static str)];
    /// The requests that the control page offers for faults: method, path and what it does.
    const TARGETS: &'static [(&'static str, &'static str)];

    /// The helpdesk's own part of the control API, below `/_control/accounts/{subdomain}`.
    fn control() -> Router<Site<Self>>;

    /// The pages of accounts.
    fn pages() -> Router<Site<Self>>;

    /// The forms of [`Surface::user_forms`], below `/_control/form/{subdomain}`.
    fn forms() -> Router<Site<Self>>;

    /// Returns the users of an account with forms to change them, as HTML for the control page.
    fn user_forms(account: &Self::Account) -> String;

    /// Returns the switches of the control page besides activate, deactivate and empty: action and label.
    fn switches(account: &Self::Account) -> Vec<(&'static str, &'static str)>;

    /// Performs the action of a switch.
    fn switch(account: &mut Self::Account, action: &str);
}
