//! Emails to shoppers with the answers that they have not seen, and what they have seen.

use super::Stored;
use app::model::EmailAddress;
use domain::clock::Millis;

/// How long an answer may stay unseen before it is emailed, in milliseconds.
pub const UNSEEN_FOR: Millis = 120_000;
/// The period of [`MOST_PER_ADDRESS`], in milliseconds.
pub const LIMITED_FOR: Millis = 3_600_000;
/// How many emails one address gets in that period, whoever typed it into whichever shop's chat.
pub const MOST_PER_ADDRESS: usize = 5;

/// An email that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopperMail {
    /// Its id, which is also the Message-ID.
    pub id: String,
    /// The merchant.
    pub merchant: String,
    /// The conversation.
    pub conversation: String,
    /// The number of the last answer that it is for.
    pub asked_to: i64,
    /// How often it was tried.
    pub attempts: u32,
    /// Raised by every lease.
    pub fence: i64,
    /// When it was planned.
    pub created_at: Millis,
}

/// An email that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentShopperMail {
    /// Its id.
    pub id: String,
    /// The number of the last message in it.
    pub sent_to: i64,
}

/// Stores emails to shoppers.
#[async_trait::async_trait]
pub trait ShopperMailStore: Send + Sync + 'static {
    /// Records that the shopper has the chat open and has seen the messages up to this number.
    async fn saw_messages(&self, conversation: &str, to: i64, now: Millis) -> Stored<()>;

    /// Leases the first due email until `until`; its fence belongs to the lease.
    async fn lease_shopper_mail(&self, now: Millis, until: Millis) -> Stored<Option<ShopperMail>>;

    /// Returns the emails of a conversation that were sent, oldest first.
    async fn sent_shopper_mails(&self, conversation: &str) -> Stored<Vec<SentShopperMail>>;

    /// Counts the leased email for this address. Returns `None` if it may be sent, or else when the address may get
    /// another one.
    async fn reserve_shopper_mail(
        &self,
        mail: &ShopperMail,
        to: &EmailAddress,
        now: Millis,
    ) -> Stored<Option<Millis>>;

    /// Ends the lease: the email is tried again at `next_at`.
    async fn postpone_shopper_mail(&self, mail: &ShopperMail, next_at: Millis) -> Stored<()>;

    /// Ends the leased email: it was sent with the messages up to `sent_to`, or needs not be sent. Plans the next one if
    /// there has been an answer since.
    async fn end_shopper_mail(&self, mail: &ShopperMail, sent_to: Option<i64>, now: Millis) -> Stored<()>;
}
