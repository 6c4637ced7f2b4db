//! The team's address, and the emails to the team that are not handovers.

use super::Stored;
use app::model::{AccessMethod, EmailAddress, Helpdesk};
use domain::clock::Millis;
use serde::{Deserialize, Serialize};

/// An email to the team that is not a handover.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NoticeBody {
    /// A connection stopped working.
    ConnectionBroke {
        /// The helpdesk.
        helpdesk: Helpdesk,
        /// What is wrong and how to fix it, as a sentence.
        reason: String,
    },
    /// A connection that the team was told about works again.
    ConnectionWorks {
        /// The helpdesk.
        helpdesk: Helpdesk,
        /// How many handovers waited for it.
        waited: u64,
    },
    /// A helpdesk was disconnected while handovers were waiting for it.
    Disconnected {
        /// The helpdesk.
        helpdesk: Helpdesk,
        /// Who disconnected it.
        by: String,
        /// The handovers that will not become a ticket.
        cancelled: Vec<CancelledHandover>,
        /// How many there are in total; the list has at most 200.
        total: u64,
    },
    /// The helpdesk will soon stop accepting the kind of credentials that is saved.
    CredentialsEnd {
        /// The helpdesk.
        helpdesk: Helpdesk,
        /// When it ends and what to do before, as a sentence.
        reason: String,
    },
    /// A handover has no ticket after a while.
    NoTicketYet {
        /// The handover.
        handover: String,
        /// The helpdesk that should have the ticket.
        helpdesk: Helpdesk,
        /// The delivery of the handover's first email, whose thread this email belongs to.
        first_mail: Option<String>,
    },
}

/// The default minutes without a ticket after which the team is emailed again.
pub const NO_TICKET_AFTER: u32 = 15;

/// How a team is notified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its address.
    pub email: Option<EmailAddress>,
    /// Minutes without a ticket after which it is emailed again, or `None` for never.
    pub no_ticket_after: Option<u32>,
}

impl Default for Team {
    fn default() -> Self {
        Self { email: None, no_ticket_after: Some(NO_TICKET_AFTER) }
    }
}

impl Team {
    /// Returns when a handover of this time should have a ticket, or `None` for never.
    pub fn late_at(&self, from: Millis) -> Option<Millis> {
        self.no_ticket_after.map(|minutes| from.saturating_add(Millis::from(minutes) * 60_000))
    }
}

/// Returns the id of the one email about a handover without a ticket.
pub fn no_ticket_yet(handover: &str) -> String {
    format!("{handover}.no-ticket-yet")
}

/// Returns the id of the one email that says that a connection works again since this time.
pub fn connection_works(merchant: &str, helpdesk: Helpdesk, since: Millis) -> String {
    format!("{merchant}.{}.works-{since}", helpdesk.slug())
}

/// Returns the id of the one email to a merchant about the end of an access method.
pub fn credentials_end(merchant: &str, helpdesk: Helpdesk, method: &str) -> String {
    format!("{merchant}.{}.{method}.ends", helpdesk.slug())
}

/// A line in the email about a disconnect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CancelledHandover {
    /// The ticket's subject.
    pub subject: String,
    /// The shopper.
    pub shopper: String,
    /// Convi's page of the conversation.
    pub url: Option<String>,
}

/// An email that is due.
#[derive(Clone, Debug, PartialEq)]
pub struct TeamNotice {
    /// Its id, which is also the Message-ID.
    pub id: String,
    /// The merchant whose team it is for.
    pub merchant: String,
    /// Its content.
    pub body: NoticeBody,
    /// How often it was tried.
    pub attempts: u32,
    /// Raised by every lease.
    pub fence: i64,
}

/// Stores the team's address and its emails.
#[async_trait::async_trait]
pub trait NoticeStore: Send + Sync + 'static {
    /// Returns the address of a merchant's team.
    async fn team_email(&self, merchant: &str) -> Stored<Option<EmailAddress>>;

    /// Sets or clears the address. A new address also gets the emails about handovers that already lack a ticket.
    async fn set_team_email(&self, merchant: &str, email: Option<&EmailAddress>) -> Stored<()>;

    /// Returns how a merchant's team is notified.
    async fn team(&self, merchant: &str) -> Stored<Team>;

    /// Sets after how many minutes without a ticket the team is emailed again (`None` for never), including handovers
    /// already on their way.
    async fn set_no_ticket_after(&self, merchant: &str, minutes: Option<u32>) -> Stored<()>;

    /// Writes one email for each handover that should have a ticket by now and has none, if the team has an address.
    async fn tell_late(&self, now: Millis) -> Stored<()>;

    /// Writes one email to each team whose connection uses this access method, which ends soon.
    async fn tell_end(&self, helpdesk: Helpdesk, method: &'static AccessMethod, now: Millis) -> Stored<()>;

    /// Records that the email was accepted.
    async fn notice_sent(&self, notice: &TeamNotice, at: Millis) -> Stored<()>;

    /// Leases the first due email until `until`; its fence belongs to the lease.
    async fn lease_notice(&self, now: Millis, until: Millis) -> Stored<Option<TeamNotice>>;

    /// Ends the lease: the email is tried again at `next_at`, or never if that is `None`.
    async fn settle_notice(&self, notice: &TeamNotice, next_at: Option<Millis>) -> Stored<()>;
}
