//! What a test does with a Zendesk account.

use std::ops::Deref;

use emulator::WaitedInVain;

use crate::world::{Account, AgentComment, Mail, Role, Ticket, User, Zendesk};

/// An account. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AccountHandle(emulator::AccountHandle<Zendesk>);

impl From<emulator::AccountHandle<Zendesk>> for AccountHandle {
    fn from(handle: emulator::AccountHandle<Zendesk>) -> Self {
        Self(handle)
    }
}

impl Deref for AccountHandle {
    type Target = emulator::AccountHandle<Zendesk>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// The scopes that Convi requests.
const SCOPES: [&str; 3] = ["read", "tickets:write", "users:write"];

impl AccountHandle {
    // Who

    /// Adds an OAuth client of the account's owner, with the scopes that Convi requests. A new secret revokes the tokens.
    pub fn client(&self, identifier: &str, secret: &str) -> Self {
        self.client_with_scopes(identifier, secret, &SCOPES)
    }

    /// Like [`client`](Self::client), with these allowed scopes.
    pub fn client_with_scopes(&self, identifier: &str, secret: &str, scopes: &[&str]) -> Self {
        self.with(|account, _| {
            let (admin, scopes) =
                (account.some_admin(), scopes.iter().map(|scope| scope.to_string()).collect());
            account.set_client(identifier, secret, admin, scopes);
        });
        self.clone()
    }

    /// Removes a client with its tokens.
    pub fn remove_client(&self, identifier: &str) {
        self.with(|account, _| account.remove_client(identifier));
    }

    /// Revokes all issued tokens.
    pub fn revoke_tokens(&self) {
        self.with(|account, _| account.tokens.clear());
    }

    /// Adds a user, or changes the one with this address.
    pub fn user(&self, email: &str, role: Role) -> Self {
        self.with(|account, _| {
            account.set_user(email, role, None);
        });
        self.clone()
    }

    /// Gives a user an API token.
    pub fn api_token(&self, email: &str, token: &str) -> Self {
        self.change_user(email, |user| user.api_token = Some(token.to_owned()));
        self.clone()
    }

    /// Changes the user with this address.
    pub fn change_user(&self, email: &str, change: impl FnOnce(&mut User)) {
        self.with(|account, _| {
            let email = email.to_lowercase();
            if let Some(user) =
                account.users.iter_mut().find(|user| user.email.as_deref() == Some(email.as_str()))
            {
                change(user);
            }
        });
    }

    /// Adds a group, and returns its id.
    pub fn add_group(&self, name: &str) -> u64 {
        self.with(|account, _| account.add_group(name))
    }

    /// Deletes a group.
    pub fn remove_group(&self, id: u64) {
        self.with(|account, _| account.remove_group(id));
    }

    /// Returns all users, the team first.
    pub fn users(&self) -> Vec<User> {
        self.with(|account, _| account.users.clone())
    }

    // What is in it

    /// Returns its tickets in the order they were created, without merged and deleted ones.
    pub fn tickets(&self) -> Vec<Ticket> {
        self.with(|account, _| living(account))
    }

    /// Returns any ticket by its id.
    pub fn ticket(&self, id: u64) -> Option<Ticket> {
        self.with(|account, _| account.ticket(id).cloned())
    }

    /// Returns all tickets with this `external_id`, merged and deleted ones too.
    pub fn tickets_with_external_id(&self, external_id: &str) -> Vec<Ticket> {
        self.with(|account, _| {
            let tickets = account.tickets.iter();
            tickets.filter(|ticket| ticket.external_id.as_deref() == Some(external_id)).cloned().collect()
        })
    }

    /// Returns all emails that were really sent.
    pub fn mails(&self) -> Vec<Mail> {
        self.with(|account, _| account.mails.clone())
    }

    /// Returns the emails that were really sent to shoppers (D, R). An importer keeps this empty.
    pub fn sent_to_shoppers(&self) -> Vec<Mail> {
        let mut mails = self.mails();
        mails.retain(|mail| mail.to_shopper);
        mails
    }

    /// Merges ticket `from` into `into`. Returns `false` if that is not possible.
    pub fn merge(&self, from: u64, into: u64) -> bool {
        self.with(|account, now| {
            let by = account.some_admin();
            account.merge(from, into, by, now)
        })
    }

    /// Changes a ticket, as an agent, a trigger or another tool would.
    pub fn change_ticket(&self, id: u64, change: impl FnOnce(&mut Ticket)) {
        self.with(|account, now| {
            if let Some(ticket) = account.ticket_mut(id) {
                change(ticket);
                ticket.updated = now.max(emulator::seconds_later(ticket.updated, 1.0));
            }
        });
    }

    /// Writes to the shopper, or privately, as an agent would. Returns the comment's id.
    pub fn writes(&self, ticket: u64, author: &str, text: &str, public: bool) -> Option<u64> {
        let written = AgentComment { author: author.to_owned(), text: text.to_owned(), public };
        self.with(|account, now| account.write(ticket, &written, now))
    }

    /// Closes a ticket permanently.
    pub fn close(&self, id: u64) {
        self.change_ticket(id, |ticket| ticket.status = "closed".to_owned());
    }

    /// Deletes a ticket.
    pub fn delete(&self, id: u64) {
        self.with(|account, now| {
            if let Some(ticket) = account.ticket_mut(id) {
                ticket.deleted = Some(now);
            }
        });
    }

    /// Returns once there are this many tickets.
    pub async fn wait_for_tickets(&self, count: usize) -> Result<Vec<Ticket>, WaitedInVain> {
        self.wait_until(|account| Some(living(account)).filter(|tickets| tickets.len() >= count)).await
    }
}

fn living(account: &Account) -> Vec<Ticket> {
    let tickets = account.tickets.iter();
    tickets.filter(|ticket| !ticket.is_merged() && ticket.deleted.is_none()).cloned().collect()
}
