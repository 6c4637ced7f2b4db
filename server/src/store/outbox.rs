//! The outbox: deliveries that are due, and the attempts that were made.

use super::{Stored, handovers::ToSend};
use app::model::{AttemptKind, Destination};
use domain::{
    account::{Account, Lane},
    addition::Addition,
    clock::Millis,
    delivery::Delivery,
};

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

/// A lane that has something due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueLane {
    /// Which.
    pub lane: Lane,
    /// Something is due to be sent.
    pub sends: bool,
    /// Something is due to be looked up or checked.
    pub looks: bool,
}

/// An attempt that begins.
#[derive(Clone, Debug)]
pub struct Begun {
    /// What is asked.
    pub kind: AttemptKind,
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
    /// A state, or as a column keeps it what was met, without secrets and chat text.
    pub outcome: String,
}

/// The outbox.
#[async_trait::async_trait]
pub trait OutboxStore: Send + Sync + 'static {
    /// The lanes that have something due, in the order of their names: the first so many after this one (none: from
    /// the beginning).
    async fn due_lanes(&self, now: Millis, after: Option<&Lane>, most: usize) -> Stored<Vec<DueLane>>;

    /// When something is due that is not due yet. What is due already is not named: it is on its way, or waits for a
    /// place, and looking at once again would bring nothing.
    async fn next_due_at(&self, now: Millis) -> Stored<Option<Millis>>;

    /// The mail whose turn it is: the first of the merchant who comes after `after`, so that nobody's many mails hold up
    /// another's one. Then what is tried again.
    async fn first_mail(&self, after: &str, now: Millis) -> Stored<Option<Delivery>>;

    /// The first that is due of this kind for this account. Nothing is leased yet.
    async fn first_due(&self, account: &Account, due: Due, now: Millis) -> Stored<Option<Delivery>>;

    /// The first that is due to be sent, with what its request is made of, read at once.
    async fn first_to_send(&self, account: &Account, now: Millis) -> Stored<Option<(Delivery, ToSend)>>;

    /// Sending deliveries whose lease ran out.
    async fn expired_leases(&self, now: Millis) -> Stored<Vec<Delivery>>;

    /// Look-ups and checks that were begun and that nobody will end, since their process was killed: due at once. Only
    /// a store that serves one process can know that; in another they wait for their leases.
    async fn look_again(&self, now: Millis) -> Stored<()>;

    /// Stores the delivery where its fence is still one lower, with what began or ended. `false`: somebody else was
    /// faster and nothing changed.
    ///
    /// What follows from it for others is in the same transaction, so that no kill and no race leaves anybody waiting
    /// for what will not come: a probe that is delivered releases what is held behind it, and one that came to
    /// another end hands on to the next; what is held although its connection works is released; what would be sent
    /// to a helpdesk that was disconnected meanwhile is cancelled, with a mail to the team.
    async fn save(
        &self,
        delivery: &Delivery,
        begun: Option<&Begun>,
        ended: Option<&Ended>,
        now: Millis,
    ) -> Stored<bool>;

    /// The deliveries of later parts of the same handover to the same destination that were never tried and are not
    /// held, in their order.
    async fn untried_after(&self, delivery: &Delivery) -> Stored<Vec<Delivery>>;

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
