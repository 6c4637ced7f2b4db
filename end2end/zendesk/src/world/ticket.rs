//! Tickets, their comments, and the audits that say who changed what.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A conversation in an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// Zendesk's id.
    pub id: u64,
    /// The caller's own id. Not unique (D).
    pub external_id: Option<String>,
    /// One line.
    pub subject: Option<String>,
    /// `new`, `open`, `pending`, `hold`, `solved` or `closed`.
    pub status: String,
    /// `urgent`, `high`, `normal` or `low`.
    pub priority: Option<String>,
    /// Whose it is.
    pub requester: u64,
    /// Who sent it in.
    pub submitter: u64,
    /// Whom it is assigned to.
    pub assignee: Option<u64>,
    /// The group.
    pub group: Option<u64>,
    /// In the order they were added.
    pub tags: Vec<String>,
    /// `[{"id":…,"value":…}]`
    pub custom_fields: Option<Value>,
    /// In their order.
    pub comments: Vec<Comment>,
    /// One for each change.
    pub audits: Vec<Audit>,
    /// The tickets that follow up on this closed one.
    pub followups: Vec<u64>,
    /// The closed ticket that this one follows up on.
    pub follows: Option<u64>,
    /// The survivor, once this one was merged away. The real one has no field for it.
    pub merged_into: Option<u64>,
    /// When it was created.
    pub created: Timestamp,
    /// When it last changed. Every change moves it, so that a `safe_update` sees each (I: the real one counts seconds).
    pub updated: Timestamp,
    /// When it was deleted.
    pub deleted: Option<Timestamp>,
    /// Whether it was archived: no list has it any more (D).
    pub archived: bool,
    /// From when on lists have it.
    pub listed_from: Timestamp,
    /// When it was updated by the API, for the limit of 30 in 10 minutes.
    pub api_updates: Vec<Timestamp>,
    /// When the request that made it had arrived whole; a late commit comes later than that.
    pub asked: Timestamp,
}

impl Ticket {
    /// Whether it was merged into another one.
    pub fn is_merged(&self) -> bool {
        self.merged_into.is_some()
    }

    /// Whether it carries this tag.
    pub fn has_tag(&self, name: &str) -> bool {
        self.tags.iter().any(|tag| tag == name)
    }

    /// Whether a shopper sees it: its first comment decides (D).
    pub fn is_public(&self) -> bool {
        self.comments.iter().any(|comment| comment.public)
    }

    /// The text of all its comments.
    pub fn text(&self) -> String {
        self.comments.iter().map(|comment| comment.plain.as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// One comment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comment {
    /// Zendesk's id.
    pub id: u64,
    /// Who wrote it.
    pub author: u64,
    /// Plain text.
    pub plain: String,
    /// HTML.
    pub html: String,
    /// Whether the shopper gets it.
    pub public: bool,
    /// The audit that made it.
    pub audit: u64,
    /// When.
    pub created: Timestamp,
}

/// One change of a ticket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// Zendesk's id.
    pub id: u64,
    /// Who changed it.
    pub author: u64,
    /// When.
    pub created: Timestamp,
    /// The caller's own data (D: kept in `metadata.custom`).
    pub custom: Value,
    /// How it came in: `{"channel":"api",…}`.
    pub via: Value,
    /// Comment, Create, Change, Notification.
    pub events: Vec<Value>,
}
