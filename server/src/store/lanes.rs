//! Which process sends to which accounts.
//!
//! Ownership makes several processes fast and fair: a process keeps the budget and the order of its accounts in memory. It
//! is not what prevents duplicate tickets: the fence and the lease of each delivery do that.

use super::Stored;
use domain::{account::Account, clock::Millis};
use std::time::Duration;

/// How long an account stays owned without being renewed.
pub const OWNED_FOR: Duration = Duration::from_secs(30);

/// An account that this process owns now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// The account.
    pub account: Account,
    /// Until when another process owned it, if one has owned it since this process last did.
    pub others_until: Option<Millis>,
}

/// An account to which nothing may be sent for now, because of its rate limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paused {
    /// The account.
    pub account: Account,
    /// The end of the pause.
    pub until: Millis,
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
    /// Returns how often to look for work that other processes have made due, or `None` if there are no others.
    fn look_every(&self) -> Option<Duration>;

    /// Returns whether other processes may use the same database.
    fn is_shared(&self) -> bool {
        self.look_every().is_some()
    }

    /// Makes this process the owner of these accounts until `until`, except for those that another process owns `now`, and
    /// renews those that it owns already. Returns the accounts that it owns.
    ///
    /// Fails if `now` is far from the database's time: a lease of such a process would end too early or too late.
    async fn own(&self, accounts: &[Account], now: Millis, until: Millis) -> Stored<Vec<Owned>>;

    /// Lets other processes own these accounts from now on.
    async fn disown(&self, accounts: &[Account], now: Millis) -> Stored<()>;

    /// Stores pauses for the owners of the accounts. A shorter one does not replace a longer one. Does nothing if only one
    /// process uses the store.
    async fn pause(&self, _paused: &[Paused]) -> Stored<()> {
        Ok(())
    }

    /// Returns the pauses of all processes that have not ended.
    async fn paused(&self, _now: Millis) -> Stored<Vec<Paused>> {
        Ok(Vec::new())
    }

    /// Returns who owns which accounts now, for the demo.
    async fn owners(&self, now: Millis) -> Stored<Owners>;
}
