//! A shop's account: its people, its clients and its tickets.

use std::ops::{Deref, DerefMut};

use emulator::{Common, later};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    client::{AccessToken, OauthClient},
    keys::KeyUse,
    mail::{Happened, Mail, mails_agents, mails_requester},
    minute::Minute,
    ticket::{Audit, Comment, Ticket},
    user::{Role, User},
    zendesk::Zendesk,
};

/// A shop's account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    #[serde(flatten)]
    common: Common<Zendesk>,
    /// The team and the end users.
    pub users: Vec<User>,
    /// Its groups, deleted ones too.
    pub groups: Vec<Group>,
    /// Its OAuth clients.
    pub clients: Vec<OauthClient>,
    /// The tokens that were issued to them.
    pub tokens: Vec<AccessToken>,
    /// Its tickets in the order of creation, including merged and deleted ones.
    pub tickets: Vec<Ticket>,
    /// The idempotency keys that were used.
    pub keys: Vec<KeyUse>,
    /// The emails that were really sent. An importer must never cause one to a shopper.
    pub mails: Vec<Mail>,
    /// Merges that were requested through the API.
    pub jobs: Vec<Job>,
    /// The requests of the current minute.
    pub minute: Minute,
}

/// A group of agents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Whether it was deleted. It keeps its id (D).
    pub deleted: bool,
}

/// A job that Zendesk performs after it has responded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// `completed` or `failed`.
    pub status: String,
}

/// A ticket to create.
#[derive(Debug, Clone, Default)]
pub struct NewTicket {
    /// The caller's own id.
    pub external_id: Option<String>,
    /// One line.
    pub subject: Option<String>,
    /// `new` if missing.
    pub status: Option<String>,
    /// No priority if missing.
    pub priority: Option<String>,
    /// The requester.
    pub requester: u64,
    /// The submitter.
    pub submitter: u64,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its group.
    pub group: Option<u64>,
    /// The assignee.
    pub assignee: Option<u64>,
    /// As posted.
    pub custom_fields: Option<Value>,
    /// The closed ticket that it follows up on.
    pub follows: Option<u64>,
}

/// A comment that is written in the helpdesk.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentComment {
    /// The author's name.
    pub author: String,
    /// The text.
    pub text: String,
    /// Whether the shopper receives it.
    pub public: bool,
}

/// A comment to add.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewComment {
    pub(crate) author: u64,
    pub(crate) plain: String,
    pub(crate) html: String,
    pub(crate) public: bool,
}

/// A change of a ticket, as its audit records it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Change {
    /// Who makes it.
    pub(crate) by: u64,
    /// The caller's own data.
    pub(crate) custom: Value,
    /// The comment, if there is one.
    pub(crate) comment: Option<NewComment>,
    /// Further events.
    pub(crate) events: Vec<Value>,
    /// How it came in; `null` stands for the API.
    pub(crate) via: Value,
}

impl Deref for Account {
    type Target = Common<Zendesk>;

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
    pub(crate) fn new(common: Common<Zendesk>) -> Self {
        let subdomain = common.subdomain.clone();
        let mut account = Self {
            common,
            users: Vec::new(),
            groups: Vec::new(),
            clients: Vec::new(),
            tokens: Vec::new(),
            tickets: Vec::new(),
            keys: Vec::new(),
            mails: Vec::new(),
            jobs: Vec::new(),
            minute: Minute::default(),
        };
        account.set_user(&format!("owner@{subdomain}.test"), Role::Admin, Some("Olive Owner"));
        account.set_user(&format!("agent@{subdomain}.test"), Role::Agent, Some("Ada Agent"));
        account.add_group("Support");
        account
    }

    /// Empties the account of the tickets and the shoppers. The team and its clients stay.
    pub(crate) fn empty(&mut self) {
        self.users.retain(|user| user.role.is_team());
        self.tickets.clear();
        self.keys.clear();
        self.mails.clear();
        self.jobs.clear();
        self.minute = Minute::default();
    }

    // People

    /// Adds a user, or changes the one with this address.
    pub(crate) fn set_user(&mut self, email: &str, role: Role, name: Option<&str>) -> &mut User {
        let email = email.trim().to_lowercase();
        let at = match self.users.iter().position(|user| user.email.as_deref() == Some(&email)) {
            Some(at) => at,
            None => {
                let id = self.take_id();
                let name = email.split('@').next().unwrap_or_default().to_owned();
                let email = Some(email);
                self.users.push(User { id, name, email, role, suspended: false, api_token: None });
                self.users.len() - 1
            }
        };
        let user = &mut self.users[at];
        user.role = role;
        if let Some(name) = name {
            user.name = name.to_owned();
        }
        user
    }

    /// Adds a group, and returns its id.
    pub(crate) fn add_group(&mut self, name: &str) -> u64 {
        let id = self.take_id();
        self.groups.push(Group { id, name: name.to_owned(), deleted: false });
        id
    }

    /// Marks a group as deleted (D).
    pub(crate) fn remove_group(&mut self, id: u64) {
        if let Some(group) = self.groups.iter_mut().find(|group| group.id == id) {
            group.deleted = true;
        }
    }

    /// Returns the group with this id, unless it was deleted.
    pub(crate) fn group(&self, id: u64) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == id && !group.deleted)
    }

    /// Adds a shopper. Without an address, no email can reach them.
    pub(crate) fn add_shopper(&mut self, name: &str, email: Option<&str>) -> u64 {
        let id = self.take_id();
        let email = email.map(str::to_lowercase);
        let name = name.to_owned();
        self.users.push(User { id, name, email, role: Role::EndUser, suspended: false, api_token: None });
        id
    }

    /// Returns the user with this id.
    pub(crate) fn user(&self, id: u64) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// Returns the user with this address.
    pub(crate) fn user_with_email(&self, email: &str) -> Option<&User> {
        let email = email.trim().to_lowercase();
        self.users.iter().find(|user| user.email.as_deref() == Some(&email))
    }

    /// Adds a client, or changes the one with this Identifier, which revokes its tokens.
    pub(crate) fn set_client(&mut self, identifier: &str, secret: &str, user: u64, scopes: Vec<String>) {
        self.remove_client(identifier);
        let id = self.take_id();
        let (identifier, secret) = (identifier.to_owned(), secret.to_owned());
        self.clients.push(OauthClient { id, identifier, secret, user, scopes });
    }

    /// Removes a client with its tokens.
    pub(crate) fn remove_client(&mut self, identifier: &str) {
        self.clients.retain(|client| client.identifier != identifier);
        self.tokens.retain(|token| token.client != identifier);
    }

    // Tickets

    /// Returns the ticket with this id, deleted or not.
    pub(crate) fn ticket(&self, id: u64) -> Option<&Ticket> {
        self.place_of(id).and_then(|at| self.tickets.get(at))
    }

    /// Returns the ticket with this id, deleted or not.
    pub(crate) fn ticket_mut(&mut self, id: u64) -> Option<&mut Ticket> {
        self.place_of(id).and_then(|at| self.tickets.get_mut(at))
    }

    /// Ids only grow, so the tickets are sorted: a benchmark with many thousands stays fast.
    fn place_of(&self, id: u64) -> Option<usize> {
        self.tickets.binary_search_by_key(&id, |ticket| ticket.id).ok()
    }

    /// Creates a ticket with its first comment, and sends the triggers' emails.
    pub(crate) fn add_ticket(
        &mut self,
        new: NewTicket,
        change: Change,
        asked: Timestamp,
        now: Timestamp,
    ) -> u64 {
        let id = self.take_id();
        let team: Vec<u64> =
            self.users.iter().filter(|user| user.role.is_team()).map(|user| user.id).collect();
        let assignee = match team.as_slice() {
            [only] if self.behaviour.assigns_itself => Some(*only),
            _ => new.assignee,
        };
        let first = if assignee.is_some() { "open" } else { "new" };
        let status = new.status.unwrap_or_else(|| first.to_owned());
        if let Some(parent) = new.follows.and_then(|id| self.ticket_mut(id)) {
            parent.followups.push(id);
        }
        let mut change = change;
        change.events.push(json!({"type": "Create", "field_name": "status", "value": status}));
        self.tickets.push(Ticket {
            id,
            external_id: new.external_id,
            subject: new.subject,
            status,
            priority: new.priority,
            requester: new.requester,
            submitter: new.submitter,
            assignee,
            group: new.group,
            tags: new.tags,
            custom_fields: new.custom_fields,
            comments: Vec::new(),
            audits: Vec::new(),
            followups: Vec::new(),
            follows: new.follows,
            merged_into: None,
            created: now,
            updated: now,
            deleted: None,
            archived: false,
            listed_from: now,
            api_updates: Vec::new(),
            asked,
        });
        self.record(id, change, true, now);
        id
    }

    /// Records a change with its comment, and sends the triggers' emails.
    pub(crate) fn record(&mut self, id: u64, change: Change, created: bool, now: Timestamp) {
        let audit_id = self.take_id();
        let comment_id = self.take_id();
        let by_team = self.user(change.by).is_some_and(|user| user.role.is_team());
        let Some(ticket) = self.ticket_mut(id) else { return };
        if !created {
            ticket.updated = now.max(later(ticket.updated, SignedDuration::from_secs(1)));
        }
        let mut events = Vec::new();
        let mut public = false;
        let mut text = String::new();
        if let Some(new) = change.comment {
            (public, text) = (new.public, new.plain.clone());
            events.push(json!({
                "id": comment_id, "type": "Comment", "author_id": new.author, "body": new.plain,
                "html_body": new.html, "plain_body": new.plain, "public": new.public, "attachments": [],
                "audit_id": audit_id,
            }));
            ticket.comments.push(Comment {
                id: comment_id,
                author: new.author,
                plain: new.plain,
                html: new.html,
                public: new.public,
                audit: audit_id,
                created: now,
            });
        }
        let requester = ticket.requester;
        events.extend(change.events);
        let super::Behaviour { own_trigger, mails_replies, .. } = self.behaviour;
        let happened = Happened { created, public, by_team, own_trigger, mails_replies };
        let agents: Vec<u64> =
            self.users.iter().filter(|user| user.role.is_team()).map(|user| user.id).collect();
        let mails = [
            mails_requester(happened).map(|trigger| (trigger, vec![requester])),
            mails_agents(happened).map(|trigger| (trigger, agents)),
        ];
        for (trigger, recipients) in mails.into_iter().flatten() {
            events.push(json!({
                "id": self.take_id(), "type": "Notification", "recipients": recipients,
                "via": {"channel": "rule", "source": {"from": {"title": trigger}, "rel": "trigger"}},
            }));
            for user in recipients {
                self.mail(Some(id), trigger, user, &text, now);
            }
        }
        let via = match change.via {
            Value::Null => json!({"channel": "api", "source": {"from": {}, "to": {}, "rel": null}}),
            via => via,
        };
        let audit =
            Audit { id: audit_id, author: change.by, created: now, custom: change.custom, via, events };
        if let Some(ticket) = self.ticket_mut(id) {
            ticket.audits.push(audit);
        }
    }

    /// Emails a user, if they have an address.
    pub(crate) fn mail(&mut self, ticket: Option<u64>, trigger: &str, user: u64, text: &str, now: Timestamp) {
        let Some(user) = self.user(user).filter(|user| user.email.is_some()) else { return };
        let mail = Mail {
            ticket,
            trigger: trigger.to_owned(),
            user: user.id,
            to: user.email.clone(),
            to_shopper: user.is_shopper(),
            text: text.to_owned(),
            at: now,
        };
        self.mails.push(mail);
    }

    /// Writes a comment in the helpdesk, not through the API. An unknown author becomes an agent. Returns the comment's id, or
    /// `None` if the ticket accepts no comments.
    pub(crate) fn write(&mut self, ticket: u64, written: &AgentComment, now: Timestamp) -> Option<u64> {
        self.ticket(ticket).filter(|it| it.deleted.is_none() && it.status != "closed")?;
        let known = self.users.iter().find(|user| user.role.is_team() && user.name == written.author);
        let by = match known.map(|user| user.id) {
            Some(id) => id,
            None => {
                let email = format!("{}@team.test", written.author.to_lowercase().replace(' ', "."));
                self.set_user(&email, Role::Agent, Some(&written.author)).id
            }
        };
        let comment = NewComment {
            author: by,
            html: format!(
                "<div class=\"zd-comment\" dir=\"auto\">{}</div>",
                emulator::page::Text(&written.text)
            ),
            plain: written.text.clone(),
            public: written.public,
        };
        let via = json!({"channel": "web", "source": {"from": {}, "to": {}, "rel": null}});
        self.record(ticket, Change { by, comment: Some(comment), via, ..Change::default() }, false, now);
        self.ticket(ticket)?.comments.last().map(|comment| comment.id)
    }

    /// Merges one ticket into another (D): the source is closed with a tag and keeps its id and `external_id` (I), the
    /// target gets a comment with the source's last public comment only. Returns `false` if one of them cannot be merged.
    pub(crate) fn merge(&mut self, from: u64, into: u64, by: u64, now: Timestamp) -> bool {
        // Only tickets below Solved can be merged (D).
        let open = |id| {
            self.ticket(id).is_some_and(|ticket| {
                ticket.deleted.is_none() && !matches!(ticket.status.as_str(), "solved" | "closed")
            })
        };
        if from == into || !open(from) || !open(into) {
            return false;
        }
        let last = self
            .ticket(from)
            .and_then(|ticket| ticket.comments.iter().rev().find(|comment| comment.public))
            .map(|comment| comment.plain.clone());
        let named = self.behaviour.merge_names_survivor;
        let via = |other: u64| {
            let to = if named { json!({"ticket_id": other}) } else { json!({}) };
            json!({"channel": "web", "source": {"from": {}, "to": to, "rel": "merge"}})
        };
        let comment = |plain: String| NewComment {
            author: by,
            html: format!("<div class=\"zd-comment\" dir=\"auto\">{plain}</div>"),
            plain,
            public: false,
        };
        if let Some(ticket) = self.ticket_mut(from) {
            ticket.merged_into = Some(into);
            ticket.status = "closed".to_owned();
            ticket.tags.push("closed_by_merge".to_owned());
        }
        let said = format!("This request was closed and merged into request #{into}.");
        let change = Change { by, comment: Some(comment(said)), via: via(into), ..Change::default() };
        self.record(from, change, false, now);
        let last = last.map(|text| format!(" Last comment in request #{from}: {text}")).unwrap_or_default();
        let said = format!("Request #{from} was closed and merged into this request.{last}");
        let change = Change { by, comment: Some(comment(said)), via: via(from), ..Change::default() };
        self.record(into, change, false, now);
        true
    }

    /// Returns the admin to whom a change without a caller is attributed.
    pub(crate) fn some_admin(&self) -> u64 {
        self.users.iter().find(|user| user.role == Role::Admin).map_or(0, |user| user.id)
    }
}
