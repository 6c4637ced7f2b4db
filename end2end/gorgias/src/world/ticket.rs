//! Tickets and their messages.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::customer::{Customer, Person};

/// A conversation in an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// Gorgias's id.
    pub id: u64,
    /// The caller's own id. Not unique (D).
    pub external_id: Option<String>,
    /// `open` or `closed`.
    pub status: String,
    /// `critical`, `high`, `normal` or `low`.
    pub priority: String,
    /// How the conversation began.
    pub channel: String,
    /// How it came in.
    pub via: String,
    /// Whether the shop began it.
    pub from_agent: bool,
    /// Whether it is marked as spam.
    pub spam: bool,
    /// The shopper.
    pub customer: Option<Customer>,
    /// The user it is assigned to.
    pub assignee_user: Option<u64>,
    /// The team it is assigned to.
    pub assignee_team: Option<u64>,
    /// ISO 639-1.
    pub language: Option<String>,
    /// One line.
    pub subject: Option<String>,
    /// The caller's own data.
    pub meta: Option<Value>,
    /// Names, in the order they were added. Case matters.
    pub tags: Vec<String>,
    /// `[{"id":…,"value":…}]`
    pub custom_fields: Option<Value>,
    /// In the order of their `created_datetime`.
    pub messages: Vec<Message>,
    /// When it was created, as claimed by its creator.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// When it was put into the trash.
    pub trashed: Option<Timestamp>,
    /// The ticket that was kept, if this one was merged.
    pub merged_into: Option<u64>,
    /// When look-ups start to find it.
    pub listed_from: Timestamp,
    /// When the request that created it had arrived completely. A late commit happens after that.
    #[serde(default)]
    pub asked: Timestamp,
}

impl Ticket {
    /// Returns whether it was merged into another ticket.
    pub fn is_merged(&self) -> bool {
        self.merged_into.is_some()
    }

    /// Returns its internal notes.
    pub fn notes(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(|message| message.is_note())
    }

    /// Returns the messages that the shopper can see.
    pub fn public_messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(|message| message.public)
    }

    /// Returns whether it has this tag.
    pub fn has_tag(&self, name: &str) -> bool {
        self.tags.iter().any(|tag| tag == name)
    }
}

/// One message or note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Gorgias's id.
    pub id: u64,
    /// The ticket it belongs to now.
    pub ticket_id: u64,
    /// The caller's own id.
    pub external_id: Option<String>,
    /// Whether the shopper can see it.
    pub public: bool,
    /// `api`, `email`, `internal-note`, …
    pub channel: String,
    /// How it came in.
    pub via: String,
    /// Addresses of the channel.
    pub source: Option<Value>,
    /// The author.
    pub sender: Person,
    /// The receiver.
    pub receiver: Option<Person>,
    /// Whether the shop wrote it.
    pub from_agent: bool,
    /// The subject of an email.
    pub subject: Option<String>,
    /// Plain text.
    pub body_text: Option<String>,
    /// HTML.
    pub body_html: Option<String>,
    /// Text without quotes and signature.
    pub stripped_text: Option<String>,
    /// Links to files.
    pub attachments: Option<Value>,
    /// The caller's own data.
    pub meta: Option<Value>,
    /// When it was written, as claimed by its sender.
    pub created: Timestamp,
    /// When it was sent, as claimed by its sender.
    pub sent: Option<Timestamp>,
}

impl Message {
    /// Returns whether it is an internal note.
    pub fn is_note(&self) -> bool {
        self.channel == "internal-note"
    }
}

/// A tag of the account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tag {
    /// Gorgias's id.
    pub id: u64,
    /// Case matters.
    pub name: String,
    /// When it was created.
    pub created: Timestamp,
}
