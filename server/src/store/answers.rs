//! Agents' answers on our tickets, and the accounts that are watched for them.

use super::{Connection, Stored};
use domain::{account::Account, answer::Watch, clock::Millis};

/// An agent's answer on the ticket of a handover, as read from the helpdesk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAnswer {
    /// The handover.
    pub handover: String,
    /// The helpdesk's number of the message.
    pub message: i64,
    /// The ticket that it is on: the handover's own, or the one that it was merged into.
    pub ticket: i64,
    /// The agent's first name.
    pub author: Option<String>,
    /// The text.
    pub text: String,
    /// When it was written, by the helpdesk's clock.
    pub at: Millis,
    /// Whether the helpdesk itself emailed it to the shopper.
    pub emailed: bool,
}

/// A stored answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Counts up from 1 within the handover, in the order in which they were stored.
    pub number: i64,
    /// The account.
    pub account: Account,
    /// The answer.
    pub answer: NewAnswer,
}

/// Stores answers.
#[async_trait::async_trait]
pub trait AnswerStore: Send + Sync + 'static {
    /// Returns up to `most` accounts that are due for a look, most overdue first.
    async fn due_watches(&self, now: Millis, most: u32) -> Stored<Vec<Watch>>;

    /// Records a look: the time up to which the account was read, and the earliest time of the next look.
    async fn looked(
        &self,
        account: &Account,
        read_to: Millis,
        now: Millis,
        not_before: Option<Millis>,
    ) -> Stored<()>;

    /// Records that a shopper of this merchant has a conversation open that was handed over.
    async fn saw_shopper(&self, merchant: &str, now: Millis) -> Stored<()>;

    /// Stores answers, each once for its handover, adds them to the conversations of our own chat and queues them for the
    /// merchant's receivers of events, in one transaction. Skips those whose handover has no delivery to this account.
    /// Returns the new ones.
    async fn keep_answers(
        &self,
        account: &Account,
        answers: &[NewAnswer],
        now: Millis,
    ) -> Stored<Vec<NewAnswer>>;

    /// Returns the answers of a merchant's conversation after this number, in order, except removed ones. Returns `None` if
    /// the conversation was never handed over.
    async fn answers(
        &self,
        merchant: &str,
        conversation: &str,
        after: i64,
        most: u32,
    ) -> Stored<Option<Vec<KeptAnswer>>>;

    /// Returns a handover's answer.
    async fn answer(&self, handover: &str, number: i64) -> Stored<Option<KeptAnswer>>;

    /// Records that a handover's ticket was merged into this one.
    async fn keep_place(&self, account: &Account, ticket: i64, handover: &str) -> Stored<()>;

    /// Returns the handovers whose tickets were merged into one of these, each with that ticket.
    async fn places(&self, account: &Account, tickets: &[i64]) -> Stored<Vec<(i64, String)>>;

    /// Returns a working connection to the account, whichever merchant's.
    async fn connection_on(&self, account: &Account) -> Stored<Option<Connection>>;
}
