//! What a helpdesk is to the rest of the server: what it can do, and one list of ways to fail.
//!
//! A new helpdesk is a folder in `helpdesks/` and a line in its `list.rs`.

pub mod budget;
pub mod clients;
pub mod deadline;
pub mod lane_meter;
pub mod person_meter;
pub mod secrets;
mod template;

pub use clients::{Helpdesks, Product, add};
pub use template::AccountUrl;

use domain::{
    EmailAddress, Helpdesk as Kind, Said, Subdomain, TestOutcome, Username,
    delivery::Optional,
    helpdesk::AccessMethod,
    said, sentences,
    ticket::{Append, Ticket},
};
use secrecy::SecretString;
use std::time::Duration;

/// The tag of a further ticket of the same handover.
pub const DUPLICATE_TAG: &str = "convi-duplicate";
/// The key to one account of a helpdesk.
#[derive(Clone)]
pub struct Access {
    /// Which account.
    pub subdomain: Subdomain,
    /// The kind of credentials.
    pub method: &'static AccessMethod,
    /// Whose key it is.
    pub username: Username,
    /// The key.
    pub key: SecretString,
}

/// A ticket as the helpdesk shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The customer's address.
    pub customer: Option<String>,
    /// The tags' names.
    pub tags: Vec<String>,
    /// The parts of our transcript that are in it, in their order, as plain text.
    pub transcript: Vec<String>,
}

/// What a ticket is found again by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The ticket's own `external_id`.
    pub external_id: String,
    /// The shopper's address: a merged ticket is found through its customer.
    pub email: Option<EmailAddress>,
    /// Also look for our message in the customer's other tickets, which costs a request a ticket.
    pub thorough: bool,
}

/// What an answer says about the account's rate, however its header says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateHeader {
    /// Requests that count now.
    pub used: u32,
    /// How many may.
    pub size: u32,
}

/// The account's budget, as one call sees it. Every request goes through it.
#[async_trait::async_trait]
pub trait Meter: Send + Sync {
    /// Returns when a request may go; it is counted then.
    async fn admit(&self);
    /// A request has ended, with or without a header.
    fn answered(&self, header: Option<RateHeader>);
    /// A request was refused for its rate.
    fn refused(&self, after: Duration);
}

/// Every way in which a helpdesk does not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.said())]
pub enum Failure {
    /// 400, or another 4xx that is about this one request. Nothing was made.
    Rejected {
        /// Who.
        helpdesk: Kind,
        /// The parts it names that a ticket can do without.
        parts: Vec<Optional>,
        /// Its words, bounded, on one line.
        message: Said,
    },
    /// 413. Nothing was made.
    TooLarge(Kind),
    /// 401. Nothing was made.
    Unauthorized(Kind),
    /// 403. Nothing was made; whether it is about the connection, a further question tells.
    Forbidden {
        /// Who.
        helpdesk: Kind,
        /// Its words, bounded, on one line.
        message: Said,
    },
    /// There is no such account (any more). Nothing was made.
    NoSuchAccount(Kind),
    /// A redirect to somewhere else, which is never followed. Nothing was made.
    Redirected(Kind),
    /// 404 for a thing. Nothing was made.
    NotFound(Kind),
    /// The ticket was merged into this one.
    Merged {
        /// The survivor.
        id: i64,
    },
    /// 429. The request was not performed.
    RateLimited {
        /// Who.
        helpdesk: Kind,
        /// From `Retry-After`.
        after: Duration,
    },
    /// The request never left.
    NotSent {
        /// Who.
        helpdesk: Kind,
        /// In few words or in a sentence, without the URL.
        why: Said,
    },
    /// It may have been performed.
    Ambiguous {
        /// In a sentence, without the URL.
        why: Said,
    },
}

sentences! {
    REJECTED = "helpdesk.rejected": "{helpdesk} refused the ticket: {message}";
    TOO_LARGE = "helpdesk.too_large": "The ticket is larger than {helpdesk} takes.";
    UNAUTHORIZED = "helpdesk.unauthorized": "{helpdesk} no longer accepts the saved credentials.";
    FORBIDDEN = "helpdesk.forbidden": "{helpdesk} refuses: {message}";
    NO_ACCOUNT = "helpdesk.no_account": "There is no {helpdesk} account at the saved subdomain.";
    REDIRECTED = "helpdesk.redirected": "The saved subdomain sends us elsewhere instead of answering as {helpdesk}.";
    NOT_FOUND = "helpdesk.not_found": "{helpdesk} does not know it.";
    MERGED = "helpdesk.merged": "It was merged into ticket {id}.";
    RATE_LIMITED = "helpdesk.rate_limited": "{helpdesk} has had too many requests for now.";
    NOT_REACHED = "helpdesk.not_reached": "{helpdesk} could not be reached: {why}.";
    NOT_REACHED_SINCE = "helpdesk.not_reached_since": "{helpdesk} could not be reached: {why}";
}

impl Failure {
    /// What it says to the merchant.
    pub fn said(&self) -> Said {
        match self {
            Self::Rejected { helpdesk, message, .. } => {
                said!(REJECTED, helpdesk = helpdesk.name(), message = message.clone())
            }
            Self::TooLarge(helpdesk) => said!(TOO_LARGE, helpdesk = helpdesk.name()),
            Self::Unauthorized(helpdesk) => said!(UNAUTHORIZED, helpdesk = helpdesk.name()),
            Self::Forbidden { helpdesk, message } => {
                said!(FORBIDDEN, helpdesk = helpdesk.name(), message = message.clone())
            }
            Self::NoSuchAccount(helpdesk) => said!(NO_ACCOUNT, helpdesk = helpdesk.name()),
            Self::Redirected(helpdesk) => said!(REDIRECTED, helpdesk = helpdesk.name()),
            Self::NotFound(helpdesk) => said!(NOT_FOUND, helpdesk = helpdesk.name()),
            Self::Merged { id } => said!(MERGED, id = *id),
            Self::RateLimited { helpdesk, .. } => said!(RATE_LIMITED, helpdesk = helpdesk.name()),
            Self::NotSent { helpdesk, why } => {
                // A whole sentence brings its own stop.
                let sentence = if why.english().ends_with('.') { NOT_REACHED_SINCE } else { NOT_REACHED };
                said!(sentence, helpdesk = helpdesk.name(), why = why.clone())
            }
            Self::Ambiguous { why } => why.clone(),
        }
    }
}

/// What a 403 on a create was about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The whole connection: nothing can be created with it.
    Connection(domain::Problem),
    /// This one request: something refuses its content.
    OnlyThis,
}

/// A helpdesk.
#[async_trait::async_trait]
pub trait HelpdeskClient: Send + Sync + 'static {
    /// Which helpdesk it speaks to.
    fn kind(&self) -> Kind;

    /// Whether the credentials can make tickets, and what the merchant should know besides.
    async fn check(&self, access: &Access, meter: &dyn Meter) -> TestOutcome;

    /// Makes the ticket. The one request ends at `ends_at` (time since boot) at the latest, and no byte of it leaves
    /// after that, however long the budget made it wait.
    async fn create(
        &self,
        access: &Access,
        ticket: &Ticket,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<i64, Failure>;

    /// The tickets of this handover, the lowest id first; none when the account certainly shows none.
    async fn find(&self, access: &Access, trace: &Trace, meter: &dyn Meter) -> Result<Vec<i64>, Failure>;

    /// Every ticket of the shopper that has our transcript's first message, the lowest id first: one into which ours
    /// was merged, too.
    async fn find_holders(
        &self,
        access: &Access,
        trace: &Trace,
        meter: &dyn Meter,
    ) -> Result<Vec<i64>, Failure>;

    /// Where the ticket is now: its own id, or that of the one that it was merged into.
    async fn survivor(&self, access: &Access, ticket: i64, meter: &dyn Meter) -> Result<i64, Failure>;

    /// Adds a message to the ticket, or to the one that it was merged into. As careful as [`create`](Self::create):
    /// everything but the message itself may be repeated without harm, and the message is one request.
    async fn append(
        &self,
        access: &Access,
        ticket: i64,
        append: &Append,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<i64, Failure>;

    /// The messages of the ticket (or of the one that it was merged into) that carry this mark: what
    /// [`append`](Self::append) added with it.
    async fn find_addition(
        &self,
        access: &Access,
        ticket: i64,
        mark: &str,
        meter: &dyn Meter,
    ) -> Result<Vec<i64>, Failure>;

    /// Whether the ticket, or the one that it was merged into, holds the transcript of this handover.
    async fn holds(
        &self,
        access: &Access,
        ticket: i64,
        handover_id: &str,
        meter: &dyn Meter,
    ) -> Result<bool, Failure>;

    /// What a 403 on a create was about.
    async fn why_forbidden(&self, access: &Access, message: &str, meter: &dyn Meter) -> Refusal;

    /// Marks a further ticket as a double of `original`: a note with its link, a tag, closed.
    async fn close_duplicate(
        &self,
        access: &Access,
        duplicate: i64,
        original: i64,
        meter: &dyn Meter,
    ) -> Result<(), Failure>;

    /// Says in a ticket that it holds the transcript of `original` once more, since a double was merged into it.
    async fn note_repeat(
        &self,
        access: &Access,
        holder: i64,
        original: i64,
        meter: &dyn Meter,
    ) -> Result<(), Failure>;

    /// The ticket of this handover as it is now. One that was merged is not followed: [`Failure::Merged`].
    async fn read(
        &self,
        access: &Access,
        ticket: i64,
        handover_id: &str,
        meter: &dyn Meter,
    ) -> Result<Shown, Failure>;

    /// Closes the ticket; of one that was merged nothing.
    async fn close(&self, access: &Access, ticket: i64, meter: &dyn Meter) -> Result<(), Failure>;

    /// The ticket's page for an agent.
    fn ticket_url(&self, subdomain: &Subdomain, ticket: i64) -> String;

    /// The account's own page.
    fn account_url(&self, subdomain: &Subdomain) -> String;

    /// The page of an account on which its credentials stand, with `{subdomain}` where the account's name goes.
    fn credentials_page(&self) -> String;
}
