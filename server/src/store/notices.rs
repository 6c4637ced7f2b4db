//! The team's address, and mails to it that are no handover.

use super::Stored;
use app::model::{EmailAddress, Helpdesk};
use domain::clock::Millis;
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
    /// A handover has no ticket after a while.
    NoTicketYet {
        /// Which.
        handover: String,
        /// Where the ticket is to be.
        helpdesk: Helpdesk,
        /// The delivery of the mail that came first, in whose thread this one belongs.
        first_mail: Option<String>,
    },
}

/// Minutes without a ticket after which a team is mailed again, unless it set something else.
pub const NO_TICKET_AFTER: u32 = 15;

/// How a team wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Where.
    pub email: Option<EmailAddress>,
    /// Minutes without a ticket after which it is mailed again; none: never.
    pub no_ticket_after: Option<u32>,
}

impl Default for Team {
    fn default() -> Self {
        Self { email: None, no_ticket_after: Some(NO_TICKET_AFTER) }
    }
}

impl Team {
    /// When a handover of this moment should have a ticket; none: never.
    pub fn late_at(&self, from: Millis) -> Option<Millis> {
        self.no_ticket_after.map(|minutes| from.saturating_add(Millis::from(minutes) * 60_000))
    }
}

/// The id of the one mail about a handover without a ticket.
pub fn no_ticket_yet(handover: &str) -> String {
    format!("{handover}.no-ticket-yet")
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
pub struct TeamNotice {
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

    /// Sets or clears it. One that is new is also told what should have a ticket already.
    async fn set_team_email(&self, merchant: &str, email: Option<&EmailAddress>) -> Stored<()>;

    /// How a merchant's team wants to be told.
    async fn team(&self, merchant: &str) -> Stored<Team>;

    /// Sets after how many minutes without a ticket the team is mailed again (none: never). It holds from now on, also
    /// for what is on its way.
    async fn set_no_ticket_after(&self, merchant: &str, minutes: Option<u32>) -> Stored<()>;

    /// Writes the mail about each handover that should have a ticket by now and has none: once for each, and none where
    /// there is no address.
    async fn tell_late(&self, now: Millis) -> Stored<()>;

    /// The mail was taken.
    async fn notice_sent(&self, notice: &TeamNotice, at: Millis) -> Stored<()>;

    /// Leases the first mail that is due until `until`; its fence is the lease's.
    async fn lease_notice(&self, now: Millis, until: Millis) -> Stored<Option<TeamNotice>>;

    /// It is not sent (none), or tried again then.
    async fn settle_notice(&self, notice: &TeamNotice, next_at: Option<Millis>) -> Stored<()>;
}
