//! A delivery: one handover on its way to one destination, as a state machine.
//!
//! This file is the rule "One ticket". It is pure: it takes an event and the time and returns the next delivery, which
//! the caller stores under the old fence. Every change raises the fence, so a change based on an older one is rejected.
//!
//! ```text
//!            Leased           Made
//!  queued ─────────▶ sending ─────────▶ delivered
//!    ▲  ▲               │ MadeNothing(Try again)
//!    │  │               ├──────────────▶ waiting ──Leased──▶ sending
//!    │  │               │ MadeNothing(Final)
//!    │  │  by hand      ├──────────────▶ failed
//!    │  └───────────────│── failed, cancelled, waiting
//!    │                  │ MadeNothing(Connection)
//!    │ Released         ├──────────────▶ held
//!    └──────────────────│── held
//!                       │ MayHaveMade, LeaseRanOut
//!                       └──────────────▶ unsure ──found──▶ delivered
//!          all but sending ──MadeLate──────┘ │ a look-up that counts says no
//!                                            └──▶ waiting (due at once), or a person is asked
//! ```

use crate::{
    DeliveryState, Destination, Said,
    account::{Account, Lane},
    clock::{Millis, World},
    helpdesk::Takes,
    sentences,
};
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// D: the milliseconds after which a request that may create a ticket ends.
pub const REQUEST_ENDS_AFTER: Millis = 15_000;
/// The length of a lease on the database's clock, in milliseconds. Far longer than D, so a healthy process always
/// settles in time.
pub const LEASE: Millis = 60_000;
/// How long a delivery waits before it fails, in milliseconds: 7 days.
pub const GIVES_UP_AFTER: Millis = 7 * 24 * 3_600_000;
/// The lease of a look-up that may read every ticket of a customer, in milliseconds. At two requests per second that
/// can take minutes, and a lease that expired halfway would restart it again and again.
pub const LONG_LOOK_UP: Millis = 600_000;
/// How many attempts may end unsure before the merchant is asked.
pub const MAX_UNSURE_ATTEMPTS: u32 = 3;
/// How long inconclusive look-ups are repeated before the merchant is asked, in milliseconds: 24 h.
pub const ASKS_AFTER: Millis = 24 * 3_600_000;
/// When an unsure delivery is looked up, in milliseconds after its request's end; the last look-up comes at W.
const EARLY_LOOK_UPS: [Millis; 3] = [2_000, 10_000, 30_000];
/// When a delivered handover is checked for duplicates, in milliseconds after its delivery: 1 h and 24 h.
const CHECKS: [Millis; 2] = [3_600_000, 24 * 3_600_000];
/// Waits between failed attempts, in milliseconds, before jitter; the last one repeats.
const WAITS: [Millis; 9] = [5_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000];
/// Waits between attempts to send an event, in milliseconds, before jitter: 75 hours in all, then it has failed. A
/// receiver is a merchant's own program, which may need a person to repair it.
const EVENT_WAITS: [Millis; 9] =
    [5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 50_400_000, 72_000_000, 86_400_000];
/// Waits between inconclusive look-ups, in milliseconds, before jitter; the last one repeats.
const LOOK_UP_WAITS: [Millis; 8] = [15_000, 30_000, 30_000, 60_000, 60_000, 120_000, 300_000, 900_000];

sentences! {
    SERVER_STOPPED = "delivery.server_stopped": "The server stopped while sending.";
}

/// The parts of a delivery from here on are agents' answers, for a receiver of events: the first has number 1.
const ANSWERS: u32 = 1_000_000;

/// The part of the rule that an operator can configure.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// W, in milliseconds: how long after a request's end its ticket may take to become visible.
    pub unsure_after: Millis,
}

impl Default for Rules {
    fn default() -> Self {
        Self { unsure_after: 90_000 }
    }
}

/// A part of a ticket that a helpdesk may reject and that the ticket can do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Optional {
    /// The shopper's address or name.
    Customer,
    /// The subject.
    Subject,
    /// The conversation's language.
    Language,
    /// The attached files.
    Attachments,
}

/// One handover on its way to one destination. Its fields are read-only; only the events of this file, or a store that
/// [restores](Delivery::restore) it, set them.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery(Record);

/// A delivery as a store keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The delivery's own id, and the Message-ID of its email.
    pub id: String,
    /// The handover's id, which is the ticket's `external_id`.
    pub handover: String,
    /// The merchant it belongs to.
    pub merchant: String,
    /// The destination.
    pub destination: Destination,
    /// 0 for the ticket itself; 1, 2, … for later additions, each one message of the ticket, in order.
    pub part: u32,
    /// The lane whose turn it takes and whose budget it uses. For an unsure delivery, the account that got the request.
    pub lane: Lane,
    /// The current state.
    pub state: DeliveryState,
    /// How many attempts that could create something have begun.
    pub attempts: u32,
    /// How many of these ended unsure.
    pub unsure_attempts: u32,
    /// Waits since it was queued, which determine the length of the next one.
    pub waits: u32,
    /// Raised by every change; a settle must have the fence of its lease.
    pub fence: i64,
    /// When the last attempt's request ends at the latest.
    pub not_after: Option<Millis>,
    /// Until when the lease of a delivery in `sending` is exclusive.
    pub lease_until: Option<Millis>,
    /// When it is tried, looked up or checked next.
    pub next_at: Option<Millis>,
    /// Look-ups since the last attempt.
    pub look_ups: u32,
    /// When it stops waiting and fails.
    pub give_up_at: Millis,
    /// No look-up can settle it, so the merchant is asked.
    pub needs_answer: bool,
    /// Parts that the next attempt leaves out, after a 400 that named them.
    pub without: Vec<Optional>,
    /// The ticket; for a later part, its message.
    pub ticket: Option<i64>,
    /// Whether the merchant gave the ticket's number. It may be wrong, so what a look-up finds takes precedence.
    pub said: bool,
    /// Further tickets of the same handover, which we closed.
    pub duplicates: Vec<i64>,
    /// Tickets that a duplicate of this handover was merged into before we could close it.
    pub repeated_in: Vec<i64>,
    /// How many checks for duplicates are done.
    pub checks: u32,
    /// The last attempt's error, for the merchant.
    pub last_error: Option<Said>,
}

/// An event of a delivery.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// An attempt begins.
    Leased,
    /// A 2xx with this ticket; for an email, the mail server accepted it.
    Made(Option<i64>),
    /// Certainly nothing was created.
    MadeNothing(Nothing),
    /// Something may have been created.
    MayHaveMade(Said),
    /// The lease expired before it was settled.
    LeaseRanOut,
    /// An attempt's 2xx with this ticket came so late that its settle was rejected, so a look-up decides.
    MadeLate(i64),
    /// The server stops and gives its lease back: nothing was sent yet, or what was `begun` can safely be repeated.
    HandedBack {
        /// Whether the work had begun.
        begun: bool,
    },
    /// A look-up begins; its result counts only under this fence.
    LookUpLeased,
    /// A look-up ended.
    LookedUp(LookUp),
    /// A check for duplicates ended with every ticket found, all closed by now except the one that stays; `None` if it
    /// got no answer.
    Checked(Option<Tickets>),
    /// The connection broke.
    ConnectionBroke,
    /// The connection works again, or this delivery is its probe.
    Released,
    /// The helpdesk was disconnected.
    Disconnected,
    /// Someone pressed Retry, or Send for a handover that had no destination.
    RetriedByHand,
    /// The merchant says that the ticket exists.
    SaidMade(Option<i64>),
    /// The merchant says that it does not.
    SaidNotMade {
        /// As in [`LookUp::No`].
        over_for: Millis,
    },
}

/// Why nothing was created.
#[derive(Clone, Debug, PartialEq)]
pub enum Nothing {
    /// Try again, but not before this many milliseconds if the other side said so.
    TryAgain {
        /// From `Retry-After`.
        after: Option<Millis>,
        /// The error.
        why: Said,
    },
    /// These parts were rejected: try once more without them.
    Without {
        /// The rejected parts.
        parts: Vec<Optional>,
        /// The error.
        why: Said,
    },
    /// Something was rejected that will not be sent again, so try again immediately.
    AtOnce {
        /// The error.
        why: Said,
    },
    /// The request was rejected, and every repetition would be.
    Final {
        /// The error.
        why: Said,
    },
    /// The whole connection is broken.
    Connection {
        /// The error.
        why: Said,
    },
}

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tickets {
    /// Tickets with the handover's own `external_id`.
    pub found: Vec<i64>,
    /// Whether our ticket was merged into another one, which now has its messages and an agent's attention.
    pub merged: bool,
    /// Tickets that a duplicate was merged into: they hold our transcript beside their own messages.
    pub repeated_in: Vec<i64>,
}

impl From<Vec<i64>> for Tickets {
    fn from(found: Vec<i64>) -> Self {
        Self { found, ..Self::default() }
    }
}

/// The result of a look-up.
#[derive(Clone, Debug, PartialEq)]
pub enum LookUp {
    /// These tickets, lowest id first.
    Found(Vec<i64>),
    /// A complete 2xx without the ticket, from the account that got the attempt.
    No {
        /// When the look-up began, on the database's clock.
        began: Millis,
        /// How long the request was over by then, on a clock that cannot be set. The database's clock may have jumped,
        /// so `began` alone could count before W has really passed.
        over_for: Millis,
    },
    /// Nothing that counts: no answer, a temporary refusal, an incomplete list.
    Inconclusive {
        /// The error.
        why: Said,
    },
    /// No look-up can count any more, because we can no longer ask the account.
    Impossible {
        /// The reason.
        why: Said,
    },
}

/// The event does not fit the state, because another change came first. Nothing changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a delivery in state {state:?} does not accept this event")]
pub struct Refused {
    /// The delivery's state.
    pub state: DeliveryState,
}

/// The time and a random number at the moment of an event.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Milliseconds since 1970, on the database's clock.
    pub now: Millis,
    /// `0.0..1.0`, for jitter.
    pub chance: f64,
}

impl Moment {
    /// Returns the current moment.
    pub fn now(world: &World) -> Self {
        Self { now: world.clock.now_ms(), chance: world.entropy.fraction() }
    }
}

impl Deref for Delivery {
    type Target = Record;

    fn deref(&self) -> &Record {
        &self.0
    }
}

impl Delivery {
    /// Restores a delivery from its stored record. For stores only.
    pub fn restore(record: Record) -> Self {
        Self(record)
    }

    /// Creates a delivery; `held` if its connection is already broken.
    pub fn new(
        id: String,
        handover: String,
        merchant: String,
        destination: Destination,
        lane: Lane,
        held: bool,
        now: Millis,
    ) -> Self {
        Self(Record {
            id,
            handover,
            merchant,
            destination,
            part: 0,
            lane,
            state: if held { DeliveryState::Held } else { DeliveryState::Queued },
            attempts: 0,
            unsure_attempts: 0,
            waits: 0,
            fence: 0,
            not_after: None,
            lease_until: None,
            next_at: None,
            look_ups: 0,
            give_up_at: now.saturating_add(GIVES_UP_AFTER),
            needs_answer: false,
            without: Vec::new(),
            ticket: None,
            said: false,
            duplicates: Vec::new(),
            repeated_in: Vec::new(),
            checks: 0,
            last_error: None,
        })
    }

    /// Makes it an agent's answer, by its number.
    pub fn answer(self, number: i64) -> Option<Self> {
        let part = u32::try_from(number).ok()?.checked_add(ANSWERS)?;
        Some(self.later(part, None))
    }

    /// Returns the number of the agent's answer that it is.
    pub fn answer_number(&self) -> Option<i64> {
        self.part.checked_sub(ANSWERS).map(i64::from)
    }

    /// Makes it a later part, which is sent at `leaves_at` at the earliest.
    pub fn later(mut self, part: u32, leaves_at: Option<Millis>) -> Self {
        self.0.part = part;
        if let Some(at) = leaves_at.filter(|_| self.state == DeliveryState::Queued) {
            self.0.go(DeliveryState::Waiting);
            self.0.next_at = Some(at);
        }
        self
    }

    /// Returns the delivery after the event. The caller stores it only if the fence is still `self.fence`.
    pub fn after(&self, event: Event, at: Moment, rules: Rules) -> Result<Self, Refused> {
        use DeliveryState::{Cancelled, Delivered, Failed, Held, Queued, Sending, Unsure, Waiting};
        let mut next = self.0.clone();
        next.fence = self.fence.saturating_add(1);
        match (self.state, event) {
            (Queued | Waiting, Event::Leased) => next.begin_attempt(at.now),
            (Sending, Event::Made(ticket)) => next.deliver(ticket, at.now),
            (Sending, Event::MadeNothing(nothing)) => next.made_nothing(nothing, at),
            (Sending, Event::MayHaveMade(why)) => next.may_have_made(why, at),
            (Sending, Event::LeaseRanOut) => {
                next.may_have_made(SERVER_STOPPED.into(), at);
            }
            (Unsure, Event::MadeLate(_)) => {
                next.needs_answer = false;
                next.next_at = Some(at.now);
            }
            // Perhaps a duplicate, so check immediately.
            (Delivered, Event::MadeLate(ticket))
                if self.part == 0 && self.ticket != Some(ticket) && !self.duplicates.contains(&ticket) =>
            {
                next.next_at = Some(at.now);
            }
            // Not resent: a look-up will find the ticket.
            (Queued | Waiting | Held | Failed | Cancelled, Event::MadeLate(_))
                if self.is_ticket() && self.attempts > 0 =>
            {
                next.go(Unsure);
                next.look_ups = 0;
                next.next_at = Some(at.now);
            }
            (Sending, Event::HandedBack { begun }) if !begun || !self.is_ticket() => {
                next.attempts = self.attempts.saturating_sub(u32::from(!begun));
                next.go(if next.attempts == 0 { Queued } else { Waiting });
                next.next_at = (next.attempts > 0).then_some(at.now);
            }
            (Unsure | Delivered, Event::HandedBack { .. }) if self.next_at.is_some() => {
                next.next_at = Some(at.now);
            }
            (Unsure | Delivered, Event::LookUpLeased) => {
                // Nothing else looks before this lease is over.
                let long = self.state == Delivered || self.w_is_over(at.now, rules);
                next.next_at = Some(at.now.saturating_add(if long { LONG_LOOK_UP } else { LEASE }));
            }
            (Unsure, Event::LookedUp(found)) => next.looked_up(found, at, rules),
            (Delivered, Event::Checked(found)) => next.checked(found, at),
            (Queued | Waiting, Event::ConnectionBroke) if self.has_connection() => next.go(Held),
            (Held, Event::Released) => next.release(at.now),
            (Unsure, Event::Released) => next.ask_again(at.now, rules),
            (Queued | Waiting | Held, Event::Disconnected) if self.has_connection() => next.go(Cancelled),
            (Unsure, Event::Disconnected) if self.is_ticket() => next.ask_a_person(),
            (Failed | Cancelled | Waiting, Event::RetriedByHand) => next.queue_again(at.now),
            (Unsure, Event::SaidMade(ticket)) => {
                next.deliver(ticket, at.now);
                next.said = true;
            }
            (Unsure, Event::SaidNotMade { over_for }) => {
                next.unsure_attempts = 0;
                if self.no_counts(at.now, over_for, rules) {
                    next.queue_again(at.now);
                } else {
                    // Too early to rule the ticket out: it may still become visible. The first look-up that can count
                    // decides; if there is none, the merchant is asked again.
                    next.needs_answer = false;
                    next.next_at = Some(self.first_that_counts(at.now, over_for, rules));
                }
            }
            _ => return Err(Refused { state: self.state }),
        }
        Ok(Self(next))
    }

    /// Moves a waiting delivery to another account, after its connection changed.
    pub fn moved_to(&self, lane: Lane) -> Self {
        Self(Record { lane, fence: self.fence.saturating_add(1), ..self.0.clone() })
    }

    /// Returns whether it waits and certainly created nothing, so that another helpdesk can get it instead. A receiver
    /// may have accepted any event that was sent. A later part follows its ticket.
    pub fn can_go_elsewhere(&self) -> bool {
        use DeliveryState::{Held, Queued, Waiting};
        let sent = if self.is_ticket() { self.unsure_attempts } else { self.attempts };
        let waits = matches!(self.state, Queued | Waiting | Held) && self.has_connection();
        waits && self.part == 0 && sent == 0
    }

    /// Sends it to the helpdesk of another account instead; `held` if that connection is broken. It begins again there,
    /// unless it was given up.
    pub fn redirected(&self, to: Account, held: bool, now: Millis) -> Self {
        use DeliveryState::{Held, Queued, Waiting};
        let destination = Destination::Helpdesk(to.helpdesk);
        let Self(mut next) = self.moved_to(to.into());
        next.destination = destination;
        if matches!(self.state, Queued | Waiting | Held) {
            next.queue_again(now);
            next.last_error = None;
            if held {
                next.go(Held);
            }
        }
        Self(next)
    }

    /// Moves a delivery that this change queues again to the account that is connected now.
    pub fn through(mut self, lane: Lane) -> Self {
        if self.state == DeliveryState::Queued {
            self.0.lane = lane;
        }
        self
    }
}

impl Record {
    /// Returns whether a look-up that begins then would see everything that the request created.
    pub fn w_is_over(&self, began: Millis, rules: Rules) -> bool {
        self.not_after.is_some_and(|ended| began > ended.saturating_add(rules.unsure_after))
    }

    /// Returns every ticket of the handover, starting with the one that stays.
    ///
    /// That is the lowest of our own and those found; but if an agent merged ours, the conversation continues where
    /// they put it. A number that the merchant typed counts only while nothing is found.
    pub fn tickets_with(&self, tickets: &Tickets) -> Vec<i64> {
        let Tickets { found, merged, .. } = tickets;
        let own = self.ticket.filter(|_| !self.said || found.is_empty() || *merged);
        let mut all: Vec<i64> = found.iter().copied().chain(own).collect();
        all.sort_unstable_by_key(|id| (!(*merged && Some(*id) == own), *id));
        all.dedup();
        all
    }

    fn is_ticket(&self) -> bool {
        self.destination.is_ticket()
    }

    /// Returns whether it goes through a connection, which can break and be disconnected.
    fn has_connection(&self) -> bool {
        self.destination.helpdesk().is_some()
    }

    fn go(&mut self, state: DeliveryState) {
        self.state = state;
        self.lease_until = None;
        self.next_at = None;
    }

    fn begin_attempt(&mut self, now: Millis) {
        self.go(DeliveryState::Sending);
        self.attempts += 1;
        self.not_after = Some(now.saturating_add(REQUEST_ENDS_AFTER));
        self.lease_until = Some(now.saturating_add(LEASE));
        self.look_ups = 0;
        self.needs_answer = false;
    }

    fn deliver(&mut self, ticket: Option<i64>, now: Millis) {
        self.go(DeliveryState::Delivered);
        self.ticket = ticket;
        self.said = false;
        self.last_error = None;
        self.needs_answer = false;
        self.checks = 0;
        // A duplicate message does less harm than a duplicate ticket, so only tickets are checked.
        if self.is_ticket() && self.part == 0 {
            self.next_at = Some(now.saturating_add(CHECKS[0]));
        }
    }

    fn made_nothing(&mut self, nothing: Nothing, at: Moment) {
        match nothing {
            Nothing::TryAgain { after, why } => {
                self.last_error = Some(why);
                self.wait(after, at);
            }
            Nothing::Without { parts, why } if self.without.is_empty() && !parts.is_empty() => {
                self.last_error = Some(why);
                self.without = parts;
                self.go(DeliveryState::Waiting);
                self.next_at = Some(at.now);
            }
            Nothing::AtOnce { why } => {
                self.last_error = Some(why);
                self.go(DeliveryState::Waiting);
                self.next_at = Some(at.now);
            }
            Nothing::Without { why, .. } | Nothing::Final { why } => {
                self.last_error = Some(why);
                self.go(DeliveryState::Failed);
            }
            Nothing::Connection { why } => {
                self.last_error = Some(why);
                self.go(DeliveryState::Held);
            }
        }
    }

    fn wait(&mut self, after: Option<Millis>, at: Moment) {
        if self.waits == 0 {
            // Seven days of waiting: time in the queue, or while the server was off, does not count.
            self.give_up_at = at.now.saturating_add(GIVES_UP_AFTER);
        }
        let Some(wait) = self.next_wait() else {
            self.go(DeliveryState::Failed);
            return;
        };
        let next_at = at.now.saturating_add(jittered(wait, at.chance).max(after.unwrap_or(0)));
        if next_at > self.give_up_at {
            self.go(DeliveryState::Failed);
            return;
        }
        self.go(DeliveryState::Waiting);
        self.waits += 1;
        self.next_at = Some(next_at);
    }

    /// Returns the next wait before jitter, or `None` if there is no further attempt.
    fn next_wait(&self) -> Option<Millis> {
        let waits = self.waits as usize;
        match self.destination.takes() {
            Some(Takes::Events) => EVENT_WAITS.get(waits).copied(),
            _ => WAITS.get(waits).or(WAITS.last()).copied(),
        }
    }

    fn may_have_made(&mut self, why: Said, at: Moment) {
        self.last_error = Some(why);
        if !self.is_ticket() {
            // Emails and events are sent at least once: two are better than none.
            self.wait(None, at);
            return;
        }
        self.go(DeliveryState::Unsure);
        self.unsure_attempts += 1;
        self.look_ups = 0;
        let ended = self.not_after.unwrap_or(at.now);
        self.next_at = Some(ended.saturating_add(EARLY_LOOK_UPS[0]));
    }

    fn looked_up(&mut self, found: LookUp, at: Moment, rules: Rules) {
        self.look_ups += 1;
        let ended = self.not_after.unwrap_or(at.now);
        match found {
            LookUp::Found(tickets) => match tickets.first() {
                Some(&ticket) => {
                    self.deliver(Some(ticket), at.now);
                    if tickets.len() > 1 && self.part == 0 {
                        // The check closes the duplicates, and is due immediately.
                        self.next_at = Some(at.now);
                    }
                }
                None => self.look_again(at, rules),
            },
            LookUp::No { began, over_for } if self.no_counts(began, over_for, rules) => {
                if self.unsure_attempts >= MAX_UNSURE_ATTEMPTS {
                    self.ask_a_person();
                } else {
                    // The one resend, as the next attempt, under the same rule.
                    self.go(DeliveryState::Waiting);
                    self.next_at = Some(at.now);
                }
            }
            LookUp::No { over_for, .. } => {
                // Too early to count. Try the next early look-up, or the first that can count.
                let decisive = self.first_that_counts(at.now, over_for, rules);
                let next = EARLY_LOOK_UPS
                    .iter()
                    .map(|after| ended.saturating_add(*after))
                    .find(|time| *time > at.now)
                    .map_or(decisive, |early| early.min(decisive));
                self.next_at = Some(next.max(at.now));
            }
            LookUp::Inconclusive { why } => {
                self.last_error = Some(why);
                if at.now > ended.saturating_add(ASKS_AFTER) {
                    self.ask_a_person();
                } else {
                    self.look_again(at, rules);
                }
            }
            LookUp::Impossible { why } => {
                self.last_error = Some(why);
                self.ask_a_person();
            }
        }
    }

    /// Schedules the next look-up after an inconclusive one. Waits grow, but the first one that can count is not delayed.
    fn look_again(&mut self, at: Moment, rules: Rules) {
        let wait = LOOK_UP_WAITS[(self.look_ups as usize).min(LOOK_UP_WAITS.len() - 1)];
        let next = at.now.saturating_add(jittered(wait, at.chance));
        let decisive = self.w_ends(at.now, rules);
        self.next_at = Some(if decisive > at.now { next.min(decisive) } else { next });
    }

    /// Returns whether a "no" from a look-up that began then counts: W is over on the database's clock and on ours.
    pub fn no_counts(&self, began: Millis, over_for: Millis, rules: Rules) -> bool {
        self.w_is_over(began, rules) && over_for > rules.unsure_after
    }

    /// Returns when W is over on the database's clock.
    fn w_ends(&self, now: Millis, rules: Rules) -> Millis {
        self.not_after.unwrap_or(now).saturating_add(rules.unsure_after).saturating_add(1)
    }

    /// Returns when a "no" can first count, unless the clock jumps again.
    fn first_that_counts(&self, now: Millis, over_for: Millis, rules: Rules) -> Millis {
        let missing = rules.unsure_after.saturating_sub(over_for).saturating_add(1).max(0);
        self.w_ends(now, rules).max(now.saturating_add(missing))
    }

    fn ask_a_person(&mut self) {
        self.needs_answer = true;
        self.next_at = None;
    }

    /// Resumes look-ups, because the account can be asked again and they may count now.
    fn ask_again(&mut self, now: Millis, rules: Rules) {
        if self.unsure_attempts >= MAX_UNSURE_ATTEMPTS {
            return;
        }
        self.needs_answer = false;
        self.next_at = Some(self.w_ends(now, rules).max(now));
    }

    fn checked(&mut self, found: Option<Tickets>, at: Moment) {
        let Some(found) = found else {
            // No answer: the check is repeated later, but not forever.
            let again = at.now.saturating_add(jittered(CHECKS[0], at.chance));
            self.next_at = (at.now < self.give_up_at).then_some(again);
            return;
        };
        let tickets = self.tickets_with(&found);
        let known = self.further();
        if let Some((&stays, further)) = tickets.split_first() {
            self.ticket = Some(stays);
            self.said &= found.found.is_empty();
            for id in further {
                if !self.duplicates.contains(id) {
                    self.duplicates.push(*id);
                }
            }
        }
        for id in found.repeated_in {
            if !self.repeated_in.contains(&id) {
                self.repeated_in.push(id);
            }
        }
        if self.further() > known {
            // Where one duplicate landed late, another may, so this check is repeated before it counts.
            self.next_at = Some(at.now.saturating_add(CHECKS[0]));
            return;
        }
        self.checks += 1;
        let gap = CHECKS[1] - CHECKS[0];
        self.next_at = ((self.checks as usize) < CHECKS.len()).then(|| at.now.saturating_add(gap));
    }

    /// Returns how many further tickets of the handover are known.
    pub fn further(&self) -> usize {
        self.duplicates.len() + self.repeated_in.len()
    }

    fn release(&mut self, now: Millis) {
        // A delivery that was never sent goes back among those by order of acceptance; one that was tried becomes a due
        // retry.
        if self.attempts == 0 {
            self.go(DeliveryState::Queued);
        } else {
            self.go(DeliveryState::Waiting);
            self.next_at = Some(now);
        }
        // The time it was held does not count as waiting.
        self.give_up_at = now.saturating_add(GIVES_UP_AFTER);
    }

    fn queue_again(&mut self, now: Millis) {
        self.go(DeliveryState::Queued);
        self.waits = 0;
        self.without.clear();
        self.needs_answer = false;
        self.give_up_at = now.saturating_add(GIVES_UP_AFTER);
    }
}

/// Returns the wait, up to 20 % shorter or longer, so that deliveries that failed together do not return together.
pub fn jittered(wait: Millis, chance: f64) -> Millis {
    (wait as f64 * (0.8 + 0.4 * chance)) as Millis
}

#[cfg(test)]
#[path = "delivery_tests.rs"]
mod tests;
