//! The outbox: deliveries that are due, and the attempts that were made.

use super::Stored;
use crate::{
    clock::Millis,
    handover::{addition::Addition, delivery::Delivery},
};
use app::model::Destination;

/// What may be due for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// An unsure delivery, to be looked up.
    LookUp,
    /// A delivery that was never sent (by acceptance), else a retry whose time has come.
    Send,
    /// A delivered one, to be checked for doubles.
    Check,
}

/// An attempt that begins.
#[derive(Clone, Debug)]
pub struct Begun {
    /// `create`, `mail`, `look_up` or `check`.
    pub kind: &'static str,
    /// When.
    pub at: Millis,
}

/// An attempt that ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The fence it ran under.
    pub fence: i64,
    /// When.
    pub at: Millis,
    /// In words, without secrets and chat text.
    pub outcome: String,
}

/// The outbox.
#[async_trait::async_trait]
pub trait OutboxStore: Send + Sync + 'static {
    /// The accounts that have something due.
    async fn due_accounts(&self, now: Millis) -> Stored<Vec<String>>;

    /// When something is due that is not due yet.
    async fn next_due_at(&self, now: Millis) -> Stored<Option<Millis>>;

    /// The first that is due of this kind for this account. Nothing is leased yet.
    async fn first_due(&self, account: &str, due: Due, now: Millis) -> Stored<Option<Delivery>>;

    /// Sending deliveries whose lease ran out.
    async fn expired_leases(&self, now: Millis) -> Stored<Vec<Delivery>>;

    /// Stores the delivery where its fence is still one lower, with what began or ended. `false`: somebody else was
    /// faster and nothing changed.
    async fn save(&self, delivery: &Delivery, begun: Option<&Begun>, ended: Option<&Ended>) -> Stored<bool>;

    /// What a later part carries.
    async fn addition(&self, handover: &str, part: u32) -> Stored<Option<Addition>>;

    /// A merchant's delivery of a handover: the one of the ticket itself.
    async fn delivery(
        &self,
        merchant: &str,
        handover: &str,
        destination: Destination,
    ) -> Stored<Option<Delivery>>;
}
