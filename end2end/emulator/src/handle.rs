//! What a test does with an account of any helpdesk.

use std::{fmt, time::Duration};

use jiff::Timestamp;

use crate::{
    fault::Fault,
    product::{Product, reset},
    requests::RequestRecord,
    world::World,
};

/// How long a test waits for something that does not happen, on the machine's clock.
const PATIENCE: Duration = Duration::from_secs(10);

/// An account. Cheap to clone; a helpdesk's own handle dereferences to it.
#[derive(Debug, Clone)]
pub struct AccountHandle<P: Product> {
    world: World<P>,
    subdomain: String,
}

/// What a test waited for did not happen within ten seconds.
#[derive(Debug, Clone)]
pub struct WaitedInVain {
    /// The requests that the account received instead.
    pub requests: Vec<RequestRecord>,
}

impl fmt::Display for WaitedInVain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "timed out; the account received {:#?}", self.requests)
    }
}

impl std::error::Error for WaitedInVain {}

impl<P: Product> AccountHandle<P> {
    pub(crate) fn new(world: World<P>, subdomain: &str) -> Self {
        Self { world, subdomain: subdomain.to_owned() }
    }

    /// Returns the subdomain.
    pub fn subdomain(&self) -> &str {
        &self.subdomain
    }

    /// Reads or changes anything. An account that has been removed is created again.
    pub fn with<T>(&self, act: impl FnOnce(&mut P::Account, Timestamp) -> T) -> T {
        self.world.all(|accounts, now| act(accounts.open(&self.subdomain, now), now))
    }

    /// Returns a copy of its current state.
    pub fn snapshot(&self) -> P::Account {
        self.with(|account, _| account.clone())
    }

    /// Deactivates the account.
    pub fn deactivate(&self) {
        self.with(|account, now| account.deactivated = Some(now));
    }

    /// Activates the account again.
    pub fn activate(&self) {
        self.with(|account, _| account.deactivated = None);
    }

    /// Removes the account: its subdomain no longer exists.
    pub fn remove(&self) {
        self.world.all(|accounts, _| accounts.by_subdomain.remove(&self.subdomain));
    }

    /// Empties the account of everything created in it. Users, keys and behaviour stay.
    pub fn reset(&self) {
        self.with(|account, _| reset::<P>(account));
    }

    // How it behaves

    /// Changes how it behaves where the documentation leaves a choice.
    pub fn behave(&self, change: impl FnOnce(&mut P::Behaviour)) {
        self.with(|account, _| change(&mut account.behaviour));
    }

    /// Makes this many requests as another tool of the merchant.
    pub fn other_tool_asks(&self, requests: u32) {
        self.with(|account, now| P::use_rate(account, requests, now));
    }

    /// Returns how many requests the rate limit rejected.
    pub fn bucket_refusals(&self) -> u64 {
        self.with(|account, _| account.bucket_refusals)
    }

    /// Adds a fault and returns its id.
    pub fn fault(&self, fault: impl Into<Fault<P>>) -> u64 {
        self.with(|account, _| account.add_fault(fault.into()))
    }

    /// Removes a fault.
    pub fn clear_fault(&self, id: u64) {
        self.with(|account, _| account.clear_fault(id));
    }

    /// Removes all faults and drops the hanging connections.
    pub fn clear_faults(&self) {
        self.with(|account, _| account.clear_faults());
    }

    // What it was asked

    /// Returns all requests, oldest first.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.with(|account, _| account.requests.clone())
    }

    /// Returns the requests with this method and path. A `*` at the end matches any rest.
    pub fn requests_of(&self, method: &str, path: &str) -> Vec<RequestRecord> {
        let mut requests = self.requests();
        requests.retain(|request| request.is(method, path));
        requests
    }

    /// Forgets all requests.
    pub fn forget_requests(&self) {
        self.with(|account, _| account.requests.clear());
    }

    // Waiting

    /// Returns once this many requests with this method and path have arrived.
    pub async fn wait_for_requests(
        &self,
        count: usize,
        method: &str,
        path: &str,
    ) -> Result<Vec<RequestRecord>, WaitedInVain> {
        let of = |account: &P::Account| -> Vec<RequestRecord> {
            account.requests.iter().filter(|request| request.is(method, path)).cloned().collect()
        };
        self.wait_until(|account| Some(of(account)).filter(|requests| requests.len() >= count)).await
    }

    /// Returns once this many of them have been answered.
    pub async fn wait_for_answers(
        &self,
        count: usize,
        method: &str,
        path: &str,
    ) -> Result<Vec<RequestRecord>, WaitedInVain> {
        self.wait_until(|account| {
            let answered = |request: &&RequestRecord| request.is(method, path) && request.status.is_some();
            let answered: Vec<_> = account.requests.iter().filter(answered).cloned().collect();
            (answered.len() >= count).then_some(answered)
        })
        .await
    }

    /// Returns once `look` finds something. It runs again after every change and every advance of the clock, and never
    /// sleeps.
    pub async fn wait_until<T>(&self, look: impl Fn(&P::Account) -> Option<T>) -> Result<T, WaitedInVain> {
        let mut changes = self.world.changes();
        let mut moves = self.world.clock.moves();
        let looking = async {
            loop {
                let (found, next_due) = self.world.peek(|accounts| match accounts.get(&self.subdomain) {
                    Some(account) => (look(account), account.pending.iter().map(|pending| pending.due).min()),
                    None => (None, None),
                });
                if let Some(found) = found {
                    return found;
                }
                tokio::select! {
                    // The senders live as long as the world that `self` holds.
                    _ = changes.changed() => {}
                    _ = moves.changed() => {}
                    () = self.world.clock.reach(next_due.unwrap_or(Timestamp::MAX)), if next_due.is_some() => {}
                }
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.map_err(|_| WaitedInVain { requests: self.requests() })
    }
}
