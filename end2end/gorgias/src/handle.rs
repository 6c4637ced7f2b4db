//! What a test says to an account, and asks of it.

use std::{fmt, time::Duration};

use jiff::Timestamp;

use crate::{
    fault::Fault,
    world::{Account, Behaviour, Customer, Message, Rate, RequestRecord, Role, Sent, Ticket, World},
};

/// How long a test waits for something that does not come, by the machine's clock.
const PATIENCE: Duration = Duration::from_secs(10);

/// One account. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AccountHandle {
    world: World,
    subdomain: String,
}

/// What a test waited for did not come within ten seconds.
#[derive(Debug, Clone)]
pub struct WaitedInVain {
    /// What there was instead.
    pub requests: Vec<RequestRecord>,
}

impl fmt::Display for WaitedInVain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "waited in vain; the account was asked {:#?}", self.requests)
    }
}

impl std::error::Error for WaitedInVain {}

impl AccountHandle {
    pub(crate) fn new(world: World, subdomain: &str) -> Self {
        Self { world, subdomain: subdomain.to_owned() }
    }

    /// The subdomain.
    pub fn subdomain(&self) -> &str {
        &self.subdomain
    }

    /// Changes or asks anything. An account that was taken away meanwhile is made anew.
    fn with<T>(&self, act: impl FnOnce(&mut Account, Timestamp) -> T) -> T {
        self.world.all(|accounts, now| act(accounts.open(&self.subdomain, now), now))
    }

    /// All of it, as it is now.
    pub fn snapshot(&self) -> Account {
        self.with(|account, _| account.clone())
    }

    // Who

    /// Adds a user with a key, or changes the one with this address. A new key kills the old one.
    pub fn user(&self, email: &str, key: &str, role: Role) -> Self {
        self.with(|account, _| {
            account.set_user(email, Some(key), role, None);
        });
        self.clone()
    }

    /// Changes a user's role.
    pub fn set_role(&self, email: &str, role: Role) {
        self.with(|account, _| {
            if let Some(user) = account.user_mut(email) {
                user.role = role;
            }
        });
    }

    /// Takes a user's key away: 401 from now on.
    pub fn revoke_key(&self, email: &str) {
        self.set_revoked(email, true);
    }

    /// Gives it back.
    pub fn restore_key(&self, email: &str) {
        self.set_revoked(email, false);
    }

    fn set_revoked(&self, email: &str, revoked: bool) {
        self.with(|account, _| {
            if let Some(user) = account.user_mut(email) {
                user.revoked = revoked;
            }
        });
    }

    /// The account is deactivated.
    pub fn deactivate(&self) {
        self.with(|account, now| account.deactivated = Some(now));
    }

    /// It is active again.
    pub fn activate(&self) {
        self.with(|account, _| account.deactivated = None);
    }

    /// Takes the account away: its subdomain does not exist any more.
    pub fn remove(&self) {
        self.world.all(|accounts, _| accounts.by_subdomain.remove(&self.subdomain));
    }

    /// Empties it of all that was made in it; users, keys and behaviour stay.
    pub fn reset(&self) {
        self.with(|account, _| account.reset());
    }

    // How it behaves

    /// Changes how it behaves where the documents leave a choice.
    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) -> Self {
        self.with(|account, _| change(&mut account.behaviour));
        self.clone()
    }

    /// So many requests in so many seconds.
    pub fn set_rate(&self, limit: u32, window_seconds: f64) {
        self.with(|account, _| account.behaviour.rate = Rate { limit, window_seconds });
    }

    /// Another tool of the shop makes so many requests now.
    pub fn other_tool_asks(&self, requests: u32) {
        self.with(|account, now| account.bucket.fill(account.behaviour.rate, now, requests));
    }

    /// How many requests the full bucket refused.
    pub fn bucket_refusals(&self) -> u64 {
        self.with(|account, _| account.bucket_refusals)
    }

    /// Switches a fault on; returns its id.
    pub fn fault(&self, fault: impl Into<Fault>) -> u64 {
        self.with(|account, _| account.add_fault(fault.into()))
    }

    /// Switches one fault off.
    pub fn clear_fault(&self, id: u64) {
        self.with(|account, _| account.faults.retain(|fault| fault.id != id));
    }

    /// Switches all faults off, and drops the connections that hang.
    pub fn clear_faults(&self) {
        self.with(|account, _| account.clear_faults());
    }

    // What is in it

    /// Its tickets in the order they were made, without those that were merged away.
    pub fn tickets(&self) -> Vec<Ticket> {
        self.with(|account, _| account.tickets.iter().filter(|ticket| !ticket.is_merged()).cloned().collect())
    }

    /// Any ticket by its id, merged or not.
    pub fn ticket(&self, id: u64) -> Option<Ticket> {
        self.with(|account, _| account.ticket(id).cloned())
    }

    /// The first ticket with this `external_id` that was not merged away.
    pub fn ticket_with_external_id(&self, external_id: &str) -> Option<Ticket> {
        self.tickets_with_external_id(external_id).into_iter().next()
    }

    /// All tickets with this `external_id` that were not merged away.
    pub fn tickets_with_external_id(&self, external_id: &str) -> Vec<Ticket> {
        let mut tickets = self.tickets();
        tickets.retain(|ticket| ticket.external_id.as_deref() == Some(external_id));
        tickets
    }

    /// The messages, wherever they are now, with this `external_id`.
    pub fn messages_with_external_id(&self, external_id: &str) -> Vec<Message> {
        self.with(|account, _| {
            let messages = account.tickets.iter().flat_map(|ticket| &ticket.messages);
            messages.filter(|message| message.external_id.as_deref() == Some(external_id)).cloned().collect()
        })
    }

    /// Its customers.
    pub fn customers(&self) -> Vec<Customer> {
        self.with(|account, _| account.customers.clone())
    }

    /// What was really sent to shoppers (D, the dangerous rule). An importer keeps this empty.
    pub fn sent_to_shoppers(&self) -> Vec<Sent> {
        self.with(|account, _| account.sent_to_shoppers.clone())
    }

    /// Merges ticket `from` into `into`; `false` if that cannot be.
    pub fn merge(&self, from: u64, into: u64) -> bool {
        self.with(|account, now| account.merge(from, into, now))
    }

    /// Something in the account changes a ticket: an agent, a rule, another tool.
    pub fn change_ticket(&self, id: u64, change: impl FnOnce(&mut Ticket)) {
        self.with(|account, _| {
            if let Some(ticket) = account.ticket_mut(id) {
                change(ticket);
            }
        });
    }

    /// Puts a ticket into the trash.
    pub fn trash(&self, id: u64) {
        self.with(|account, now| {
            if let Some(ticket) = account.ticket_mut(id) {
                ticket.trashed = Some(now);
            }
        });
    }

    // What it was asked

    /// Everything, oldest first.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.with(|account, _| account.requests.clone())
    }

    /// What was asked with this verb on this path (`*` at its end: any rest).
    pub fn requests_of(&self, method: &str, path: &str) -> Vec<RequestRecord> {
        let mut requests = self.requests();
        requests.retain(|request| request.is(method, path));
        requests
    }

    /// Forgets what was asked.
    pub fn forget_requests(&self) {
        self.with(|account, _| account.requests.clear());
    }

    // Waiting

    /// Returns once so many requests with this verb on this path have arrived.
    pub async fn wait_for_requests(
        &self,
        count: usize,
        method: &str,
        path: &str,
    ) -> Result<Vec<RequestRecord>, WaitedInVain> {
        let of = |account: &Account| -> Vec<RequestRecord> {
            account.requests.iter().filter(|request| request.is(method, path)).cloned().collect()
        };
        self.wait_until(|account| Some(of(account)).filter(|requests| requests.len() >= count)).await
    }

    /// Returns once so many of them were answered.
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

    /// Returns once there are so many tickets.
    pub async fn wait_for_tickets(&self, count: usize) -> Result<Vec<Ticket>, WaitedInVain> {
        self.wait_until(|account| {
            let tickets: Vec<_> =
                account.tickets.iter().filter(|ticket| !ticket.is_merged()).cloned().collect();
            (tickets.len() >= count).then_some(tickets)
        })
        .await
    }

    /// Returns once `look` finds what it looks for. It looks again at every change and every move of the
    /// clock; nothing sleeps.
    pub async fn wait_until<T>(&self, look: impl Fn(&Account) -> Option<T>) -> Result<T, WaitedInVain> {
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
