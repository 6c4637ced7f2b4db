//! Which process sends to which accounts.
//!
//! Ownership is what makes several processes fast and fair: for an account that it owns, a process keeps the budget and
//! the order in memory. It is not what makes them right: that are the fence and the lease of each delivery.

use super::Stored;
use domain::{account::Account, clock::Millis};
use std::time::Duration;

/// How long an account is owned without being renewed.
pub const OWNED_FOR: Duration = Duration::from_secs(30);

/// An account that this process owns now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// The account.
    pub account: Account,
    /// Until when another process owned it, if one did since this process last had it.
    pub others_until: Option<Millis>,
}

/// Who owns which accounts, by names that the store gives to the processes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// The name of this process. Empty if there are no others.
    pub this: String,
    /// The owned accounts, with the names of their owners.
    pub accounts: Vec<(Account, String)>,
}

/// Stores who owns which accounts.
#[async_trait::async_trait]
pub trait LaneStore: Send + Sync + 'static {
    /// Returns how often to look for what other processes have made due, or `None` if there are no others.
    fn look_every(&self) -> Option<Duration>;

    /// Makes this process the owner of these accounts until then, except of those that another one owns now. Renews what
    /// it owns already. Returns what it owns.
    async fn own(&self, accounts: &[Account], now: Millis, until: Millis) -> Stored<Vec<Owned>>;

    /// Lets other processes own these accounts from now on.
    async fn disown(&self, accounts: &[Account], now: Millis) -> Stored<()>;

    /// Returns who owns which accounts now. For the demo.
    async fn owners(&self, now: Millis) -> Stored<Owners>;
}
