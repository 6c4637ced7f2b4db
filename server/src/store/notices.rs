//! The team's address, and mails to it that are no handover.

use super::Stored;
use crate::clock::Millis;
use app::model::{EmailAddress, Helpdesk};
use serde::{Deserialize, Serialize};

/// A mail to the team that is no handover.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NoticeBody {
    /// A connection stopped working.
    ConnectionBroke {
        /// To what.
        helpdesk: Helpdesk,
        /// In a sentence with the mend.
        reason: String,
    },
    /// A helpdesk was disconnected while handovers waited for it.
    Disconnected {
        /// From what.
        helpdesk: Helpdesk,
        /// Who did.
        by: String,
        /// What will not become a ticket.
        cancelled: Vec<CancelledHandover>,
        /// How many there are in all; the list is cut at 200.
        total: u64,
    },
}

/// A line of the mail about a disconnect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CancelledHandover {
    /// The ticket's name.
    pub subject: String,
    /// Who asked.
    pub shopper: String,
    /// Convi's page of the conversation.
    pub url: Option<String>,
}

/// A mail that is due.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Ours; the Message-ID.
    pub id: String,
    /// Whose team.
    pub merchant: String,
    /// What to say.
    pub body: NoticeBody,
    /// Tries so far.
    pub attempts: u32,
    /// Raised by every lease.
    pub fence: i64,
}

/// The team's address and its mails.
#[async_trait::async_trait]
pub trait NoticeStore: Send + Sync + 'static {
    /// Where a merchant's team is told.
    async fn team_email(&self, merchant: &str) -> Stored<Option<EmailAddress>>;

    /// Sets or clears it.
    async fn set_team_email(&self, merchant: &str, email: Option<&EmailAddress>) -> Stored<()>;

    /// Leases the first mail that is due until `until`; its fence is the lease's.
    async fn lease_notice(&self, now: Millis, until: Millis) -> Stored<Option<Notice>>;

    /// It was sent (none), or is tried again then.
    async fn settle_notice(&self, notice: &Notice, next_at: Option<Millis>) -> Stored<()>;
}
