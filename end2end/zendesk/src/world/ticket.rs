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
    /// The requester.
    pub requester: u64,
    /// The submitter.
    pub submitter: u64,
    /// The assignee.
    pub assignee: Option<u64>,
    /// The group.
    pub group: Option<u64>,
    /// In the order they were added.
    pub tags: Vec<String>,
    /// `[{"id":…,"value":…}]`
    pub custom_fields: Option<Value>,
    /// In order.
    pub comments: Vec<Comment>,
    /// One per change.
    pub audits: Vec<Audit>,
    /// The tickets that follow up on this closed one.
    pub followups: Vec<u64>,
    /// The closed ticket that this one follows up on.
    pub follows: Option<u64>,
    /// The survivor, if this ticket was merged. The real Zendesk has no field for it.
    pub merged_into: Option<u64>,
    /// When it was created.
    pub created: Timestamp,
    /// When it last changed. Every change advances it, so that a `safe_update` sees each (I: the real one has seconds).
    pub updated: Timestamp,
    /// When it was deleted.
    pub deleted: Option<Timestamp>,
    /// Whether it was archived: no list includes it any more (D).
    pub archived: bool,
    /// When lists start to include it.
    pub listed_from: Timestamp,
    /// When it was updated through the API, for the limit of 30 in 10 minutes.
    pub api_updates: Vec<Timestamp>,
    /// When the request that created it had arrived completely. A late commit happens after that.
    pub asked: Timestamp,
}

impl Ticket {
    /// Returns whether it was merged into another one.
    pub fn is_merged(&self) -> bool {
        self.merged_into.is_some()
    }

    /// Returns whether it has this tag.
    pub fn has_tag(&self, name: &str) -> bool {
        self.tags.iter().any(|tag| tag == name)
    }

    /// Returns whether shoppers see it: its first comment decides (D).
    pub fn is_public(&self) -> bool {
        self.comments.iter().any(|comment| comment.public)
    }

    /// Returns the text of all its comments.
    pub fn text(&self) -> String {
        self.comments.iter().map(|comment| comment.plain.as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comment {
    /// Zendesk's id.
    pub id: u64,
    /// The author.
    pub author: u64,
    /// Plain text.
    pub plain: String,
    /// HTML.
    pub html: String,
    /// Whether the shopper gets it.
    pub public: bool,
    /// The audit that added it.
    pub audit: u64,
    /// When it was created.
    pub created: Timestamp,
}

/// A change of a ticket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// Zendesk's id.
    pub id: u64,
    /// The person who made the change.
    pub author: u64,
    /// When it was created.
    pub created: Timestamp,
    /// The caller's own data (D: kept in `metadata.custom`).
    pub custom: Value,
    /// How it came in: `{"channel":"api",…}`.
    pub via: Value,
    /// Comment, Create, Change, Notification.
    pub events: Vec<Value>,
}
