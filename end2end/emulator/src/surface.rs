//! What a helpdesk's double implements beside its API: what tests and people touch.

use axum::Router;

use crate::{handle::AccountHandle, product::Product, world::World};

/// What the server needs to answer.
#[derive(Debug, Clone)]
pub struct Site<P: Product> {
    /// All accounts.
    pub world: World<P>,
    /// Whether the control API may move the clock.
    pub may_move_clock: bool,
}

/// The handle, control routes and pages of one helpdesk.
pub trait Surface: Product {
    /// What a test holds of an account.
    type Handle: From<AccountHandle<Self>>;

    /// The pages of an account below its subdomain, with their names. The first is where agents begin.
    const PAGES: &'static [(&'static str, &'static str)];
    /// The requests that the control page offers for faults: verb and path, and what that does.
    const TARGETS: &'static [(&'static str, &'static str)];

    /// The helpdesk's own part of the control API, below `/_control/accounts/{subdomain}`.
    fn control() -> Router<Site<Self>>;

    /// The pages of accounts.
    fn pages() -> Router<Site<Self>>;

    /// What the forms of [`Surface::user_forms`] do, below `/_control/form/{subdomain}`.
    fn forms() -> Router<Site<Self>>;

    /// The users of an account on the control page, with forms to change them. HTML.
    fn user_forms(account: &Self::Account) -> String;

    /// The switches of the control page beside activate, deactivate and empty: action and words.
    fn switches(account: &Self::Account) -> Vec<(&'static str, &'static str)>;

    /// Performs the action of a switch.
    fn switch(account: &mut Self::Account, action: &str);
}
