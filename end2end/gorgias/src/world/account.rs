//! A shop's account: its people and its tickets.

use std::ops::{Deref, DerefMut};

use emulator::{Common, later};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    customer::{Customer, Person},
    gorgias::Gorgias,
    rate::{Bucket, Verdict},
    ticket::{Message, Tag, Ticket},
    user::{Role, User},
};

/// A shop's account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    #[serde(flatten)]
    common: Common<Gorgias>,
    /// Its users. The first is the account's bot.
    pub users: Vec<User>,
    /// Its customers, oldest first.
    pub customers: Vec<Customer>,
    /// Its tickets in the order of creation, including merged ones.
    pub tickets: Vec<Ticket>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Its teams.
    pub teams: Vec<Team>,
    /// Its integrations.
    pub integrations: Vec<Integration>,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// What was really sent to shoppers, which an importer must never cause.
    pub sent_to_shoppers: Vec<Sent>,
    /// Its rate limit.
    pub bucket: Bucket,
}

/// A group of agents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Team {
    /// Gorgias's id.
    pub id: u64,
    /// The name that agents see.
    pub name: String,
}

/// An integration of the account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Integration {
    /// Gorgias's id.
    pub id: u64,
    /// `email`, `http`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The name that agents see.
    pub name: String,
    /// The address of an email integration.
    pub address: Option<String>,
}

/// A rule as it was posted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Gorgias's id.
    pub id: u64,
    /// The name that agents see.
    pub name: String,
    /// Everything that was posted.
    pub posted: Value,
    /// When it was created.
    pub created: Timestamp,
}

/// A message that was really sent to a shopper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// The ticket.
    pub ticket_id: u64,
    /// The message.
    pub message_id: u64,
    /// The shopper's address, if there is one.
    pub to: Option<String>,
    /// The text.
    pub text: String,
    /// When it was sent.
    pub at: Timestamp,
}

/// A message that is written in the helpdesk.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentMessage {
    /// The author's name. If a user has this name, they are the sender.
    pub author: String,
    /// The text.
    pub text: String,
    /// Its kind.
    #[serde(default)]
    pub kind: AgentMessageKind,
}

/// A kind of message that is written in the helpdesk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentMessageKind {
    /// To the shopper.
    #[default]
    Answer,
    /// To the shopper, but not by email although there is an address.
    Chat,
    /// An internal note.
    Note,
    /// An automatic reply of a rule.
    Rule,
}

impl Deref for Account {
    type Target = Common<Gorgias>;

    fn deref(&self) -> &Self::Target {
        &self.common
    }
}

impl DerefMut for Account {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.common
    }
}

impl Account {
    pub(crate) fn new(common: Common<Gorgias>) -> Self {
        let subdomain = common.subdomain.clone();
        let mut account = Self {
            common,
            users: Vec::new(),
            customers: Vec::new(),
            tickets: Vec::new(),
            tags: Vec::new(),
            teams: Vec::new(),
            integrations: Vec::new(),
            rules: Vec::new(),
            sent_to_shoppers: Vec::new(),
            bucket: Bucket::default(),
        };
        // Every account has a bot, which is the sender of messages without a sender.
        let id = account.take_id();
        account.users.push(User {
            id,
            email: format!("bot@{subdomain}.test"),
            name: "Gorgias Bot".to_owned(),
            role: Role::Bot,
            key: None,
            revoked: false,
        });
        let id = account.take_id();
        account.integrations.push(Integration {
            id,
            kind: "email".to_owned(),
            name: "Support".to_owned(),
            address: Some(format!("support@{subdomain}.test")),
        });
        account.add_team("Support");
        account
    }

    /// Removes the tickets and everything that came with them. Users stay.
    pub(crate) fn empty(&mut self) {
        self.customers.clear();
        self.tickets.clear();
        self.tags.clear();
        self.rules.clear();
        self.sent_to_shoppers.clear();
        self.bucket = Bucket::default();
    }

    /// Counts one request, if the limit allows it.
    pub(crate) fn pour(&mut self, now: Timestamp) -> Verdict {
        let verdict = self.bucket.pour(self.common.behaviour.rate, now);
        if verdict != Verdict::Room {
            self.bucket_refusals += 1;
        }
        verdict
    }

    /// Counts requests of another tool of the same shop.
    pub(crate) fn fill(&mut self, requests: u32, now: Timestamp) {
        self.bucket.fill(self.common.behaviour.rate, now, requests);
    }

    /// Returns `used/limit`.
    pub(crate) fn rate_header(&mut self, now: Timestamp) -> String {
        self.bucket.header(self.common.behaviour.rate, now)
    }

    /// Adds a user, or changes the one with this address.
    pub(crate) fn set_user(
        &mut self,
        email: &str,
        key: Option<&str>,
        role: Role,
        name: Option<&str>,
    ) -> &User {
        let email = email.to_lowercase();
        let at = match self.users.iter().position(|user| user.email == email) {
            Some(at) => at,
            None => {
                let id = self.take_id();
                let name = email.split('@').next().unwrap_or_default().to_owned();
                let user = User { id, email, name, role: Role::Admin, key: None, revoked: false };
                self.users.push(user);
                self.users.len() - 1
            }
        };
        let user = &mut self.users[at];
        user.role = role;
        if let Some(key) = key {
            user.key = Some(key.to_owned());
            user.revoked = false;
        }
        if let Some(name) = name {
            user.name = name.to_owned();
        }
        user
    }

    /// Adds a team, and returns its id.
    pub(crate) fn add_team(&mut self, name: &str) -> u64 {
        let id = self.take_id();
        self.teams.push(Team { id, name: name.to_owned() });
        id
    }

    /// Deletes a team. Its tickets no longer have one.
    pub(crate) fn remove_team(&mut self, id: u64) {
        self.teams.retain(|team| team.id != id);
        for ticket in self.tickets.iter_mut().filter(|ticket| ticket.assignee_team == Some(id)) {
            ticket.assignee_team = None;
        }
    }

    /// The user with this address.
    pub(crate) fn user_mut(&mut self, email: &str) -> Option<&mut User> {
        let email = email.to_lowercase();
        self.users.iter_mut().find(|user| user.email == email)
    }

    /// Returns the user with these credentials. A reset or revoked key belongs to nobody (D).
    pub(crate) fn user_with_key(&self, email: &str, key: &str) -> Option<&User> {
        let email = email.to_lowercase();
        self.users
            .iter()
            .find(|user| user.email == email && !user.revoked && user.key.as_deref() == Some(key))
    }

    /// The account's bot user.
    pub(crate) fn bot(&self) -> Person {
        let bot = self.users.iter().find(|user| user.role == Role::Bot).or(self.users.first());
        match bot {
            Some(user) => person_of(user),
            None => Person { id: 0, email: None, name: Some("Gorgias Bot".to_owned()), is_user: true },
        }
    }

    /// Returns an existing user by id or address.
    pub(crate) fn find_user(&self, id: Option<u64>, email: Option<&str>) -> Option<&User> {
        let email = email.map(str::to_lowercase);
        self.users.iter().find(|user| match (id, &email) {
            (Some(id), _) => user.id == id,
            (None, Some(email)) => user.email == *email,
            (None, None) => false,
        })
    }

    /// Returns an address as this account stores it: in lower case (R), and without a plus suffix if the account
    /// behaves so.
    pub(crate) fn normal_address(&self, email: &str) -> String {
        let email = email.trim().to_lowercase();
        match email.split_once('@') {
            Some((local, domain)) if self.behaviour.collapse_plus_addresses => {
                let local = local.split('+').next().unwrap_or_default();
                format!("{local}@{domain}")
            }
            _ => email,
        }
    }

    /// Returns an existing customer by address.
    pub(crate) fn customer_with_email(&self, email: &str) -> Option<&Customer> {
        let email = self.normal_address(email);
        self.customers.iter().find(|customer| customer.email.as_deref() == Some(&email))
    }

    /// Adds a customer.
    pub(crate) fn add_customer(
        &mut self,
        email: Option<&str>,
        name: Option<&str>,
        external_id: Option<&str>,
        now: Timestamp,
    ) -> Customer {
        let customer = Customer {
            id: self.take_id(),
            email: email.map(|email| self.normal_address(email)),
            name: name.map(str::to_owned),
            external_id: external_id.map(str::to_owned),
            created: now,
        };
        self.customers.push(customer.clone());
        customer
    }

    /// Returns the ticket with this id, merged or not.
    pub(crate) fn ticket(&self, id: u64) -> Option<&Ticket> {
        self.place_of(id).and_then(|at| self.tickets.get(at))
    }

    /// Returns the ticket with this id, merged or not.
    pub(crate) fn ticket_mut(&mut self, id: u64) -> Option<&mut Ticket> {
        self.place_of(id).and_then(|at| self.tickets.get_mut(at))
    }

    /// Ids only grow, so the tickets are sorted: a benchmark with many thousands stays fast.
    fn place_of(&self, id: u64) -> Option<usize> {
        self.tickets.binary_search_by_key(&id, |ticket| ticket.id).ok()
    }

    /// Creates the tags that do not exist yet (D: unknown names are created; case matters).
    pub(crate) fn ensure_tags(&mut self, names: &[String], now: Timestamp) {
        for name in names {
            if !self.tags.iter().any(|tag| tag.name == *name) {
                let id = self.take_id();
                self.tags.push(Tag { id, name: name.clone(), created: now });
            }
        }
    }

    /// Adds a message to a ticket, and really sends it if it is a message that is sent (D, the dangerous rule).
    pub(crate) fn add_message(&mut self, mut message: Message, now: Timestamp) -> Message {
        if message.from_agent && message.public && !message.is_note() && message.sent.is_none() {
            let ticket_customer = self.ticket(message.ticket_id).and_then(|ticket| ticket.customer.clone());
            let to = message.receiver.as_ref().and_then(|person| person.email.clone());
            self.sent_to_shoppers.push(Sent {
                ticket_id: message.ticket_id,
                message_id: message.id,
                to: to.or(ticket_customer.and_then(|customer| customer.email)),
                text: message.body_text.clone().or(message.body_html.clone()).unwrap_or_default(),
                at: now,
            });
            message.sent = Some(now);
        }
        if let Some(ticket) = self.ticket_mut(message.ticket_id) {
            ticket.updated = now;
            ticket.messages.push(message.clone());
            ticket.messages.sort_by_key(|message| (message.created, message.id));
        }
        message
    }

    /// Merges one ticket into another. Its messages and tags move, and from then on it only points there. Returns
    /// `false` if one of them does not exist or is already merged, or both are the same.
    pub(crate) fn merge(&mut self, from: u64, into: u64, now: Timestamp) -> bool {
        let lives = |id| self.ticket(id).is_some_and(|ticket| !ticket.is_merged());
        if from == into || !lives(from) || !lives(into) {
            return false;
        }
        let (mut messages, tags) = match self.ticket_mut(from) {
            Some(ticket) => {
                ticket.merged_into = Some(into);
                ticket.updated = now;
                (std::mem::take(&mut ticket.messages), ticket.tags.clone())
            }
            None => return false,
        };
        if let Some(ticket) = self.ticket_mut(into) {
            for message in &mut messages {
                message.ticket_id = into;
            }
            ticket.messages.append(&mut messages);
            ticket.messages.sort_by_key(|message| (message.created, message.id));
            for tag in tags {
                if !ticket.has_tag(&tag) {
                    ticket.tags.push(tag);
                }
            }
            ticket.updated = now;
        }
        true
    }

    /// Writes a message in the helpdesk, not through the API. If the ticket was merged, the message is added to the one that
    /// was kept. Returns the message's id, or `None` if the ticket does not exist.
    pub(crate) fn write(&mut self, ticket: u64, written: &AgentMessage, now: Timestamp) -> Option<u64> {
        let mut ticket = ticket;
        while let Some(into) = self.ticket(ticket)?.merged_into {
            ticket = into;
        }
        let customer = self.ticket(ticket)?.customer.clone();
        let id = self.take_id();
        let user = self.users.iter().find(|user| user.name == written.author).map(person_of);
        let author = Person { id: 0, email: None, name: Some(written.author.clone()), is_user: true };
        let is_note = written.kind == AgentMessageKind::Note;
        let address = customer.as_ref().and_then(|customer| customer.email.clone());
        let message = Message {
            id,
            ticket_id: ticket,
            external_id: None,
            public: !is_note,
            channel: match address {
                _ if is_note => "internal-note",
                _ if written.kind == AgentMessageKind::Chat => "api",
                Some(_) => "email",
                None => "api",
            }
            .to_owned(),
            // `rule` is R, section 8; what agents' own messages have is I.
            via: if written.kind == AgentMessageKind::Rule { "rule" } else { "helpdesk" }.to_owned(),
            source: None,
            sender: user.unwrap_or(author),
            receiver: customer.filter(|_| !is_note).map(|it| Person {
                id: it.id,
                email: it.email,
                name: it.name,
                is_user: false,
            }),
            from_agent: true,
            subject: None,
            body_text: Some(written.text.clone()),
            body_html: None,
            stripped_text: Some(written.text.clone()),
            attachments: None,
            meta: None,
            created: now,
            sent: Some(now),
        };
        let ticket = self.ticket_mut(ticket)?;
        ticket.messages.push(message);
        ticket.updated = now;
        Some(id)
    }

    /// Runs auto-merge after a creation (D): the customer's open tickets of the last days become one. The oldest is
    /// kept, so the id in the response is the one that disappears: the harder case for callers.
    pub(crate) fn auto_merge(&mut self, id: u64, now: Timestamp) {
        let Some(days) = self.behaviour.auto_merge_days else {
            return;
        };
        let Some(ticket) = self.ticket(id) else { return };
        let Some(customer) = ticket.customer.as_ref().map(|customer| customer.id) else {
            return;
        };
        if ticket.status != "open" || self.is_excluded_from_merge(ticket) {
            return;
        }
        let since = later(now, -SignedDuration::from_hours(24 * i64::from(days)));
        let survivor = self.tickets.iter().find(|other| {
            other.id != id
                && other.status == "open"
                && !other.is_merged()
                && other.trashed.is_none()
                && other.created >= since
                && other.customer.as_ref().is_some_and(|theirs| theirs.id == customer)
                && !self.is_excluded_from_merge(other)
        });
        if let Some(survivor) = survivor.map(|ticket| ticket.id) {
            self.merge(id, survivor, now);
        }
    }

    /// Returns whether a rule excludes this ticket from auto-merge: one that names both the action and one of its tags
    /// in quotes. This emulator understands no more of a rule's code.
    fn is_excluded_from_merge(&self, ticket: &Ticket) -> bool {
        self.rules.iter().any(|rule| {
            let code = rule.posted.get("code").and_then(Value::as_str).unwrap_or_default();
            code.contains("excludeFromAutoMerge")
                && ticket
                    .tags
                    .iter()
                    .any(|tag| code.contains(&format!("'{tag}'")) || code.contains(&format!("\"{tag}\"")))
        })
    }
}

/// Returns a user as the sender of a message.
pub(crate) fn person_of(user: &User) -> Person {
    Person { id: user.id, email: Some(user.email.clone()), name: Some(user.name.clone()), is_user: true }
}
