//! Stores every change of a delivery or its connection: under its fence, or not at all.

use super::{
    super::{bell::Bell, ends::Ends},
    parts::Parts,
};
use crate::{
    connection,
    metrics::Metrics,
    store::{
        Connection, Store, StoreError, Stored,
        connections::{Sighting, Trouble},
        outbox::{Begun, Ended},
    },
};
use app::model::{AttemptKind, DeliveryState};
use domain::{
    account::Lane,
    clock::{Millis, World},
    delivery::{Delivery, Event, LookUp, Moment, Nothing, Rules},
    sentences,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// The first and the longest wait before a settle is written again.
const WRITES_AGAIN_AFTER: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(2)];

/// Leases and settles deliveries, and records what their requests show about a connection. Every change of a single
/// delivery goes through it.
pub(super) struct Settler {
    store: Arc<dyn Store>,
    ends: Arc<Ends>,
    metrics: Arc<Metrics>,
    world: World,
    rules: Rules,
    bell: Arc<Bell>,
    /// How many settles are waiting for an unreachable database.
    unwritten: AtomicUsize,
}

impl Settler {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            store: parts.store.clone(),
            ends: parts.ends.clone(),
            metrics: parts.metrics.clone(),
            world: parts.world.clone(),
            rules: parts.rules,
            bell: parts.bell.clone(),
            unwritten: AtomicUsize::new(0),
        }
    }

    /// Returns whether a settle is waiting for an unreachable database. Nothing should be sent then, because it could not be
    /// settled either.
    pub(super) fn is_cut_off(&self) -> bool {
        self.unwritten.load(Ordering::SeqCst) > 0
    }

    /// Stores the lease and its attempt before the first byte leaves. Returns `None` if the fence was out of date.
    pub(super) async fn lease(
        &self,
        delivery: &Delivery,
        event: Event,
        kind: AttemptKind,
    ) -> Stored<Option<Delivery>> {
        let moment = Moment::now(&self.world);
        let Ok(leased) = delivery.after(event, moment, self.rules) else { return Ok(None) };
        let begun = Begun { kind, at: moment.now };
        Ok(self.store.save(&leased, Some(&begun), None, moment.now).await?.then_some(leased))
    }

    /// Leases up to `most` emails, starting with the merchant that follows `after`.
    pub(super) async fn lease_mails(&self, after: &str, most: usize) -> Stored<Vec<Delivery>> {
        let moment = Moment::now(&self.world);
        let lease = |delivery: &Delivery| delivery.after(Event::Leased, moment, self.rules).ok();
        self.store.lease_mails(after, moment.now, most, &lease).await
    }

    /// Applies the event that ends an attempt, and stores both. Retries while the database is unreachable, because a lease
    /// that expires costs a look-up.
    ///
    /// Returns `None` if the change was rejected because another one came first. If the attempt had created a ticket, a
    /// look-up is then scheduled immediately.
    pub(super) async fn settle(&self, delivery: &Delivery, event: Event) -> Stored<Option<Delivery>> {
        let moment = Moment::now(&self.world);
        let made = if let Event::Made(made) = event { made } else { None };
        // The delivery keeps the error of the attempt before it, which is not this one's.
        let absent = matches!(event, Event::LookedUp(LookUp::No { .. }));
        let Ok(next) = delivery.after(event, moment, self.rules) else { return Ok(None) };
        let ended = Ended {
            fence: delivery.fence,
            at: moment.now,
            outcome: match &next.last_error {
                _ if absent => DeliveryState::Waiting.as_str().to_owned(),
                Some(error) => error.stored().into_owned(),
                None => next.state.as_str().to_owned(),
            },
        };
        let saved = self.save_with_retries(delivery, &next, &ended, moment.now).await?;
        if let Some(ticket) = made.filter(|_| !saved) {
            self.look_now(delivery, ticket).await?;
        }
        Ok(saved.then_some(next))
    }

    /// Applies an event that ends no attempt of this process. A rejected change is dropped.
    pub(super) async fn apply(&self, delivery: &Delivery, event: Event) -> Stored<()> {
        let moment = Moment::now(&self.world);
        let Ok(next) = delivery.after(event, moment, self.rules) else { return Ok(()) };
        self.save(delivery, &next, None, moment.now).await.map(drop)
    }

    /// Moves the delivery to another lane, unless another change came first.
    pub(super) async fn move_to(&self, delivery: &Delivery, lane: Lane) -> Stored<()> {
        let moved = delivery.moved_to(lane);
        self.store.save(&moved, None, None, self.world.clock.now_ms()).await.map(drop)
    }

    /// Stores the end of an attempt, and retries until the database is reachable. If an earlier try was committed but its
    /// answer was lost, the fence rejects the next one.
    async fn save_with_retries(
        &self,
        delivery: &Delivery,
        next: &Delivery,
        ended: &Ended,
        now: Millis,
    ) -> Stored<bool> {
        let [mut wait, longest] = WRITES_AGAIN_AFTER;
        let mut cut_off = None;
        loop {
            match self.save(delivery, next, Some(ended), now).await {
                Err(error) if error.may_pass() => {
                    if matches!(error, StoreError::Away(_)) && cut_off.is_none() {
                        tracing::warn!(%error, "the result of an attempt is stored when the database is back");
                        cut_off = Some(CutOff::new(&self.unwritten));
                    }
                    self.world.clock.sleep(wait.mul_f64(0.5 + self.world.entropy.fraction())).await;
                    wait = (wait * 2).min(longest);
                }
                done => return done,
            }
        }
    }

    /// Stores a delivery's next state and the end of its attempt. Returns `false` if the fence was out of date.
    async fn save(
        &self,
        delivery: &Delivery,
        next: &Delivery,
        ended: Option<&Ended>,
        now: Millis,
    ) -> Stored<bool> {
        let saved = self.store.save(next, None, ended, now).await?;
        if saved {
            if !matches!(next.state, DeliveryState::Sending | DeliveryState::Unsure) {
                self.ends.settled(next);
            }
            self.metrics.changed(delivery, next, ended.is_some(), now);
            tracing::info!(
                handover = delivery.handover,
                delivery = delivery.id,
                destination = delivery.destination.slug(),
                from = delivery.state.as_str(),
                to = next.state.as_str(),
                attempts = next.attempts,
                "delivery changed"
            );
        } else {
            tracing::warn!(delivery = delivery.id, "a settle came too late and was rejected");
        }
        Ok(saved)
    }

    /// Schedules a look-up immediately, because a rejected settle knew of a ticket.
    ///
    /// If another change comes first again, the look-ups run when they are due anyway.
    async fn look_now(&self, refused: &Delivery, ticket: i64) -> Stored<()> {
        let to = refused.destination;
        let current = self.store.delivery(&refused.merchant, &refused.handover, to).await?;
        let Some(current) = current.filter(|current| current.id == refused.id) else { return Ok(()) };
        if let Ok(next) = current.after(Event::MadeLate(ticket), Moment::now(&self.world), self.rules) {
            self.store.save(&next, None, None, self.world.clock.now_ms()).await?;
            self.bell.ring();
        }
        Ok(())
    }

    /// Marks the connection as broken. Returns `false` if its credentials have changed since.
    pub(super) async fn broke(&self, connection: &Connection, trouble: &Trouble) -> Stored<bool> {
        let now = self.world.clock.now_ms();
        // A failed probe counts as a failed test: the next one comes after a longer wait.
        let tests = if connection.trouble.is_some() { connection.rechecks.saturating_add(1) } else { 0 };
        let recheck_at = connection::recheck_at(trouble, tests, now, self.world.entropy.fraction());
        let notice = self.world.new_id();
        let seen = Sighting::of(connection, now);
        if self.store.connection_broke(&seen, trouble, recheck_at, &notice).await? {
            tracing::warn!(
                merchant = connection.merchant,
                helpdesk = connection.helpdesk.slug(),
                problem = ?trouble.problem,
                "a connection stopped working; its handovers are held"
            );
            self.bell.ring();
            return Ok(true);
        }
        let current = self.store.connection(&connection.merchant, connection.helpdesk).await?;
        Ok(current.is_some_and(|current| current.version == connection.version && current.trouble.is_some()))
    }

    /// Records that the helpdesk rejected the connection's team or priority.
    pub(super) async fn misrouted(&self, connection: &Connection) -> Stored<()> {
        let (merchant, helpdesk) = (&connection.merchant, connection.helpdesk.slug());
        tracing::warn!(
            merchant,
            helpdesk,
            "a ticket's team or priority was rejected; tickets are sent without them"
        );
        self.store.routing_refused(&Sighting::of(connection, self.world.clock.now_ms())).await
    }

    /// Releases everything held, if this delivery is the connection's probe: its answer shows that the credentials
    /// work.
    pub(super) async fn probe_answered(&self, connection: &Connection, delivery: &Delivery) -> Stored<()> {
        // The connection read before the request may not have known that this delivery is its probe.
        let Some(current) = self.store.connection(&connection.merchant, connection.helpdesk).await? else {
            return Ok(());
        };
        if current.probe.as_deref() == Some(&delivery.id) {
            let now = self.world.clock.now_ms();
            self.store.probe_succeeded(&Sighting::of(&current, now), &delivery.id).await?;
            self.bell.ring();
        }
        Ok(())
    }
}

/// Counts a settle that is waiting for the database, until it is dropped.
struct CutOff<'a>(&'a AtomicUsize);

impl<'a> CutOff<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for CutOff<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

sentences! {
    UNREADABLE = "dispatch.unreadable": "The stored handover cannot be read. Please contact Convi support.";
}

/// Returns the event for a delivery whose stored handover is missing or unreadable.
pub(super) fn unreadable() -> Event {
    Event::MadeNothing(Nothing::Final { why: UNREADABLE.into() })
}
