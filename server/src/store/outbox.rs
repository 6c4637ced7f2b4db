//! The outbox: deliveries that are due, and their attempts.

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
    /// An unsure delivery that needs a look-up.
    LookUp,
    /// A delivery that was never sent, by acceptance, or else a due retry.
    Send,
    /// A delivered ticket whose check for duplicates is due.
    Check,
}

/// A lane with something due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueLane {
    /// The lane.
    pub lane: Lane,
    /// Whether something is due to be sent.
    pub sends: bool,
    /// Whether a look-up or a check is due.
    pub looks: bool,
}

/// An attempt that begins.
#[derive(Clone, Debug)]
pub struct Begun {
    /// What is requested.
    pub kind: AttemptKind,
    /// When it begins.
    pub at: Millis,
}

/// An attempt that ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The fence it ran under.
    pub fence: i64,
    /// When it ended.
    pub at: Millis,
    /// The resulting state or the stored error, without secrets or chat text.
    pub outcome: String,
}

/// Stores deliveries and their attempts.
#[async_trait::async_trait]
pub trait OutboxStore: Send + Sync + 'static {
    /// Returns up to `most` lanes with something due, by name, after the given one (`None` for the first page).
    async fn due_lanes(&self, now: Millis, after: Option<&Lane>, most: usize) -> Stored<Vec<DueLane>>;

    /// Returns when something next becomes due.
    ///
    /// Skips rows that are already due: they are in flight or waiting for a slot, so polling again now would find
    /// nothing new.
    async fn next_due_at(&self, now: Millis) -> Stored<Option<Millis>>;

    /// Returns the next email to send: the first one of the next merchant after `after`, so that one merchant's many
    /// emails do not hold up another's. If there is none, returns the next due retry.
    async fn first_mail(&self, after: &str, now: Millis) -> Stored<Option<Delivery>>;

    /// Leases up to `most` emails, in the order of [`first_mail`](Self::first_mail), and stores their attempts. `lease`
    /// returns the delivery as leased. Skips emails that another process is leasing.
    async fn lease_mails(
        &self,
        after: &str,
        now: Millis,
        _most: usize,
        lease: &(dyn for<'a> Fn(&'a Delivery) -> Option<Delivery> + Send + Sync),
    ) -> Stored<Vec<Delivery>> {
        let begun = Begun { kind: AttemptKind::Mail, at: now };
        while let Some(first) = self.first_mail(after, now).await? {
            let Some(leased) = lease(&first) else { break };
            if self.save(&leased, Some(&begun), None, now).await? {
                return Ok(vec![leased]);
            }
        }
        Ok(Vec::new())
    }

    /// Returns the first due delivery of this kind for the account, without leasing it.
    async fn first_due(&self, account: &Account, due: Due, now: Millis) -> Stored<Option<Delivery>>;

    /// Returns the first delivery that is due to be sent, together with what its request is built from.
    async fn first_to_send(&self, account: &Account, now: Millis) -> Stored<Option<(Delivery, ToSend)>>;

    /// Returns the deliveries in `sending` whose lease expired.
    async fn expired_leases(&self, now: Millis) -> Stored<Vec<Delivery>>;

    /// Makes due again the look-ups and checks that a killed process had begun. Only a store that serves a single process
    /// can tell which these are; in any other, they wait for their leases to end.
    async fn look_again(&self, now: Millis) -> Stored<()>;

    /// Stores the delivery if its fence is still one lower, with the attempt that began or ended. Returns `false` if
    /// another change came first, or if it may not be sent because another process owns its account or has a request in
    /// flight. Then only the end of the attempt is stored.
    ///
    /// The effects on others are in the same transaction, so that neither a kill nor a race leaves a delivery waiting
    /// for something that never comes: a delivered probe releases what is held behind it, and a probe that ends
    /// otherwise passes its role on to the next; a delivery that is held although its connection works is released; and
    /// one whose helpdesk was disconnected meanwhile is cancelled, with an email to the team.
    async fn save(
        &self,
        delivery: &Delivery,
        begun: Option<&Begun>,
        ended: Option<&Ended>,
        now: Millis,
    ) -> Stored<bool>;

    /// Returns the later parts for the same handover and destination that were never tried and are not held, in order.
    async fn untried_after(&self, delivery: &Delivery) -> Stored<Vec<Delivery>>;

    /// Returns what a later part carries.
    async fn addition(&self, handover: &str, part: u32) -> Stored<Option<Addition>>;

    /// Returns the delivery of a merchant's handover itself, not of a later part.
    async fn delivery(
        &self,
        merchant: &str,
        handover: &str,
        destination: Destination,
    ) -> Stored<Option<Delivery>>;
}
