//! What a test does with a Gorgias account.

use std::ops::Deref;

use emulator::WaitedInVain;

use crate::world::{
    Account, AgentMessage, AgentMessageKind, Customer, Gorgias, Message, Rate, Role, Sent, Ticket,
};

/// An account. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AccountHandle(emulator::AccountHandle<Gorgias>);

impl From<emulator::AccountHandle<Gorgias>> for AccountHandle {
    fn from(handle: emulator::AccountHandle<Gorgias>) -> Self {
        Self(handle)
    }
}

impl Deref for AccountHandle {
    type Target = emulator::AccountHandle<Gorgias>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl AccountHandle {
    // Who

    /// Adds a user with a key, or changes the one with this address. A new key invalidates the old one.
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

    /// Revokes a user's key: 401 from now on.
    pub fn revoke_key(&self, email: &str) {
        self.set_revoked(email, true);
    }

    /// Restores the key.
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

    /// Adds a team, and returns its id.
    pub fn add_team(&self, name: &str) -> u64 {
        self.with(|account, _| account.add_team(name))
    }

    /// Deletes a team.
    pub fn remove_team(&self, id: u64) {
        self.with(|account, _| account.remove_team(id));
    }

    /// Allows this many requests in this many seconds.
    pub fn set_rate(&self, limit: u32, window_seconds: f64) {
        self.behave(|behaviour| behaviour.rate = Rate { limit, window_seconds });
    }

    // What is in it

    /// Returns its tickets in the order of creation, without merged ones.
    pub fn tickets(&self) -> Vec<Ticket> {
        self.with(|account, _| unmerged(account))
    }

    /// Returns any ticket by its id, merged or not.
    pub fn ticket(&self, id: u64) -> Option<Ticket> {
        self.with(|account, _| account.ticket(id).cloned())
    }

    /// Returns the first ticket with this `external_id` that is not merged.
    pub fn ticket_with_external_id(&self, external_id: &str) -> Option<Ticket> {
        self.tickets_with_external_id(external_id).into_iter().next()
    }

    /// Returns all tickets with this `external_id` that are not merged.
    pub fn tickets_with_external_id(&self, external_id: &str) -> Vec<Ticket> {
        let mut tickets = self.tickets();
        tickets.retain(|ticket| ticket.external_id.as_deref() == Some(external_id));
        tickets
    }

    /// Returns the messages with this `external_id`, whichever ticket they are in now.
    pub fn messages_with_external_id(&self, external_id: &str) -> Vec<Message> {
        self.with(|account, _| {
            let messages = account.tickets.iter().flat_map(|ticket| &ticket.messages);
            messages.filter(|message| message.external_id.as_deref() == Some(external_id)).cloned().collect()
        })
    }

    /// Returns its customers.
    pub fn customers(&self) -> Vec<Customer> {
        self.with(|account, _| account.customers.clone())
    }

    /// Returns what was really sent to shoppers (D, the dangerous rule). An importer keeps this empty.
    pub fn sent_to_shoppers(&self) -> Vec<Sent> {
        self.with(|account, _| account.sent_to_shoppers.clone())
    }

    /// Merges ticket `from` into `into`. Returns `false` if that is not possible.
    pub fn merge(&self, from: u64, into: u64) -> bool {
        self.with(|account, now| account.merge(from, into, now))
    }

    /// Writes to the shopper as an agent would. Returns the message's id.
    pub fn answers(&self, ticket: u64, author: &str, text: &str) -> Option<u64> {
        self.writes(ticket, author, text, AgentMessageKind::Answer)
    }

    /// Writes a message of any kind in the helpdesk. Returns its id.
    pub fn writes(&self, ticket: u64, author: &str, text: &str, kind: AgentMessageKind) -> Option<u64> {
        let written = AgentMessage { author: author.to_owned(), text: text.to_owned(), kind };
        self.with(|account, now| account.write(ticket, &written, now))
    }

    /// Changes a ticket, as an agent, a rule or another tool would.
    pub fn change_ticket(&self, id: u64, change: impl FnOnce(&mut Ticket)) {
        self.with(|account, _| {
            if let Some(ticket) = account.ticket_mut(id) {
                change(ticket);
            }
        });
    }

    /// Moves a ticket to the trash.
    pub fn trash(&self, id: u64) {
        self.with(|account, now| {
            if let Some(ticket) = account.ticket_mut(id) {
                ticket.trashed = Some(now);
            }
        });
    }

    /// Returns once there are this many tickets.
    pub async fn wait_for_tickets(&self, count: usize) -> Result<Vec<Ticket>, WaitedInVain> {
        self.wait_until(|account| Some(unmerged(account)).filter(|tickets| tickets.len() >= count)).await
    }
}

fn unmerged(account: &Account) -> Vec<Ticket> {
    account.tickets.iter().filter(|ticket| !ticket.is_merged()).cloned().collect()
}
