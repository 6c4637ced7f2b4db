//! The interface to helpdesks: what they can do, and how they can fail.
//!
//! A new helpdesk is a folder in `helpdesks/` and a line in its `list.rs`.

pub mod answers;
pub mod budget;
pub mod clients;
pub mod deadline;
pub mod endpoint;
pub mod events;
pub mod exchange;
pub mod lane_meter;
pub mod person_meter;
pub mod secrets;
mod template;

use answers::AnswerReader;
pub use clients::{Helpdesks, Product, add};
use events::EventClient;
pub use template::AccountUrl;

use domain::{
    DeskTeam, EmailAddress, Helpdesk as Kind, Said, Subdomain, TeamId, TestOutcome, Username, Warning,
    delivery::Optional,
    helpdesk::AccessMethod,
    said, sentences,
    text::{one_line, shorten},
    ticket::{Append, Ticket},
};
use secrecy::SecretString;
use std::time::Duration;

/// The tag of duplicate tickets.
pub const DUPLICATE_TAG: &str = "convi-duplicate";
/// The credentials for one account of a helpdesk.
#[derive(Clone)]
pub struct Access {
    /// The account.
    pub subdomain: Subdomain,
    /// The access method.
    pub method: &'static AccessMethod,
    /// The key's user.
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
    /// The parts of our transcript found in it, in order, as plain text.
    pub transcript: Vec<String>,
}

/// The ids and address by which a ticket is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The ticket's own `external_id`.
    pub external_id: String,
    /// The shopper's address: a merged ticket is found through its customer.
    pub email: Option<EmailAddress>,
    /// Whether to also search the customer's other tickets for our message, which costs one request per ticket.
    pub thorough: bool,
}

/// The account's rate from an answer's header, whatever its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateHeader {
    /// Requests used.
    pub used: u32,
    /// Requests allowed.
    pub size: u32,
}

/// The account's budget for one call. Every request goes through it.
#[async_trait::async_trait]
pub trait Meter: Send + Sync {
    /// Waits until a request may go, and counts it.
    async fn admit(&self);
    /// Records that a request has ended, with or without a header.
    fn answered(&self, header: Option<RateHeader>);
    /// Records that a request was rejected because of its rate.
    fn refused(&self, after: Duration);
}

/// Every way in which a helpdesk can fail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.said())]
pub enum Failure {
    /// 400, or another 4xx about this one request. Nothing was created.
    Rejected {
        /// The helpdesk.
        helpdesk: Kind,
        /// The rejected parts that a ticket can do without.
        parts: Vec<Optional>,
        /// Its message, shortened to one line.
        message: Said,
    },
    /// A rejection of the ticket's team or priority. Nothing was created.
    Misrouted {
        /// The helpdesk.
        helpdesk: Kind,
        /// Its message, shortened to one line.
        message: Said,
    },
    /// 413. Nothing was created.
    TooLarge(Kind),
    /// 401. Nothing was created.
    Unauthorized(Kind),
    /// 403. Nothing was created; another question tells whether it is about the connection.
    Forbidden {
        /// The helpdesk.
        helpdesk: Kind,
        /// Its message, shortened to one line.
        message: Said,
    },
    /// The account does not exist, or no longer does. Nothing was created.
    NoSuchAccount(Kind),
    /// A redirect to another site, which is never followed. Nothing was created.
    Redirected(Kind),
    /// 404 for an object. Nothing was created.
    NotFound(Kind),
    /// The ticket was merged into this one.
    Merged {
        /// The ticket it was merged into.
        id: i64,
    },
    /// 429. The request was not performed.
    RateLimited {
        /// The helpdesk.
        helpdesk: Kind,
        /// From `Retry-After`.
        after: Duration,
    },
    /// The request was never sent.
    NotSent {
        /// The helpdesk.
        helpdesk: Kind,
        /// A few words or a sentence, without the URL.
        why: Said,
    },
    /// The request may have been performed.
    Ambiguous {
        /// A sentence, without the URL.
        why: Said,
    },
}

sentences! {
    REJECTED = "helpdesk.rejected": "{helpdesk} rejected the ticket: {message}";
    MISROUTED = "helpdesk.misrouted": "{helpdesk} rejected the ticket's team, group or priority: {message}";
    TOO_LARGE = "helpdesk.too_large": "The ticket is larger than {helpdesk} accepts.";
    UNAUTHORIZED = "helpdesk.unauthorized": "{helpdesk} no longer accepts the saved credentials.";
    FORBIDDEN = "helpdesk.forbidden": "{helpdesk} refused: {message}";
    NO_ACCOUNT = "helpdesk.no_account": "There is no {helpdesk} account at the saved subdomain.";
    REDIRECTED = "helpdesk.redirected": "The saved subdomain redirects to a different site.";
    NOT_FOUND = "helpdesk.not_found": "{helpdesk} could not find the ticket.";
    MERGED = "helpdesk.merged": "The ticket was merged into ticket {id}.";
    RATE_LIMITED = "helpdesk.rate_limited": "{helpdesk} is limiting our requests right now.";
    NOT_REACHED = "helpdesk.not_reached": "{helpdesk} could not be reached: {why}.";
    pub SWITCHED_OFF = "helpdesk.switched_off": "Your receiver answered 410 Gone, so we send nothing more. Save the connection again under Configure to switch it back on.";
    NOT_REACHED_SINCE = "helpdesk.not_reached_since": "{helpdesk} could not be reached: {why}";
}

impl Failure {
    /// Returns what the failure tells the merchant.
    pub fn said(&self) -> Said {
        match self {
            Self::Rejected { helpdesk, message, .. } => {
                said!(REJECTED, helpdesk = helpdesk.name(), message = message.clone())
            }
            Self::Misrouted { helpdesk, message } => {
                said!(MISROUTED, helpdesk = helpdesk.name(), message = message.clone())
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
                // A complete sentence has its own full stop.
                let sentence = if why.english().ends_with('.') { NOT_REACHED_SINCE } else { NOT_REACHED };
                said!(sentence, helpdesk = helpdesk.name(), why = why.clone())
            }
            Self::Ambiguous { why } => why.clone(),
        }
    }
}

/// The longest team name that is kept, in characters.
const LONGEST_TEAM: usize = 100;

/// Returns a team from a helpdesk's response, or `None` if its id or name is not usable.
pub fn team(id: i64, name: &str) -> Option<DeskTeam> {
    let id = u64::try_from(id).ok().and_then(|id| TeamId::try_from(id).ok())?;
    let name = shorten(&one_line(name), LONGEST_TEAM);
    (!name.is_empty()).then_some(DeskTeam { id, name })
}

/// The scope of a 403 on a create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The whole connection: it cannot create anything.
    Connection(domain::Problem),
    /// This one request: its content is refused.
    OnlyThis,
}

/// A helpdesk's client.
#[async_trait::async_trait]
pub trait HelpdeskClient: Send + Sync + 'static {
    /// Returns the helpdesk it talks to.
    fn kind(&self) -> Kind;

    /// Returns its client for events, if it accepts those instead of tickets.
    fn events(&self) -> Option<&dyn EventClient> {
        None
    }

    /// Returns the reader of agents' answers, if the client has one.
    fn answers(&self) -> Option<&dyn AnswerReader> {
        None
    }

    /// Tests whether the credentials can create tickets, and what else the merchant should know.
    async fn check(&self, access: &Access, meter: &dyn Meter) -> TestOutcome;

    /// Returns warnings that this account's answers have caused since the server started. Each stays until a test finds that
    /// its cause is gone.
    fn standing_warnings(&self, _account: &Subdomain) -> Vec<Warning> {
        Vec::new()
    }

    /// Returns the teams that a ticket can be assigned to, or `None` if the credentials may not read them.
    async fn teams(&self, _access: &Access, _meter: &dyn Meter) -> Option<Vec<DeskTeam>> {
        None
    }

    /// Creates the ticket. The one request ends at `ends_at` (time since boot) at the latest, and no byte of it is sent
    /// after that, however long it had to wait for the budget.
    async fn create(
        &self,
        access: &Access,
        ticket: &Ticket,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<i64, Failure>;

    /// Returns the tickets of this handover, lowest id first; empty if the account certainly has none.
    async fn find(&self, access: &Access, trace: &Trace, meter: &dyn Meter) -> Result<Vec<i64>, Failure>;

    /// Returns every ticket of the shopper with our transcript's first message, lowest id first, including one that
    /// ours was merged into.
    async fn find_holders(
        &self,
        access: &Access,
        trace: &Trace,
        meter: &dyn Meter,
    ) -> Result<Vec<i64>, Failure>;

    /// Returns where the ticket is now: its own id, or that of the ticket it was merged into.
    async fn survivor(&self, access: &Access, ticket: i64, meter: &dyn Meter) -> Result<i64, Failure>;

    /// Adds a message to the ticket, or to the one it was merged into. As careful as [`create`](Self::create): only the
    /// message itself must not be repeated, and it is a single request.
    async fn append(
        &self,
        access: &Access,
        ticket: i64,
        append: &Append,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<i64, Failure>;

    /// Returns the messages with this mark, added by [`append`](Self::append), of the ticket or the one it was merged
    /// into.
    async fn find_addition(
        &self,
        access: &Access,
        ticket: i64,
        mark: &str,
        meter: &dyn Meter,
    ) -> Result<Vec<i64>, Failure>;

    /// Returns whether the ticket, or the one it was merged into, contains the transcript of this handover.
    async fn holds(
        &self,
        access: &Access,
        ticket: i64,
        handover_id: &str,
        meter: &dyn Meter,
    ) -> Result<bool, Failure>;

    /// Finds out what a 403 on a create is about.
    async fn why_forbidden(&self, access: &Access, message: &str, meter: &dyn Meter) -> Refusal;

    /// Marks a ticket as a duplicate of `original`: adds a note with its link and a tag, and closes it.
    async fn close_duplicate(
        &self,
        access: &Access,
        duplicate: i64,
        original: i64,
        meter: &dyn Meter,
    ) -> Result<(), Failure>;

    /// Notes in a ticket that it contains the transcript of `original` again, because a duplicate was merged into it.
    async fn note_repeat(
        &self,
        access: &Access,
        holder: i64,
        original: i64,
        meter: &dyn Meter,
    ) -> Result<(), Failure>;

    /// Reads the ticket of this handover as it is now. A merge is not followed, but returned as [`Failure::Merged`].
    async fn read(
        &self,
        access: &Access,
        ticket: i64,
        handover_id: &str,
        meter: &dyn Meter,
    ) -> Result<Shown, Failure>;

    /// Closes the ticket, unless it was merged.
    async fn close(&self, access: &Access, ticket: i64, meter: &dyn Meter) -> Result<(), Failure>;

    /// Returns the ticket's page for an agent.
    fn ticket_url(&self, subdomain: &Subdomain, ticket: i64) -> String;

    /// Returns the account's own page.
    fn account_url(&self, subdomain: &Subdomain) -> String;

    /// Returns the page with an account's credentials, with `{subdomain}` in place of the account's name.
    fn credentials_page(&self) -> String;
}
