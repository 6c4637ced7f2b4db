//! The delivery: one handover on its way to one destination, as a state machine.
//!
//! This file is the rule "One ticket". It is pure: an event and the time go in, the next delivery comes out, and the
//! caller stores the result under the old fence. Every change raises the fence, so a change made from an older one is
//! rejected.
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
    account::Lane,
    clock::{Millis, World},
    sentences,
};
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// D: a request that may make a ticket ends after this many milliseconds.
pub const REQUEST_ENDS_AFTER: Millis = 15_000;
/// A lease, on the database's clock, in milliseconds. Longer than D by far: a healthy process always settles.
pub const LEASE: Millis = 60_000;
/// How long a delivery may wait before it fails, in milliseconds: 7 days.
pub const GIVES_UP_AFTER: Millis = 7 * 24 * 3_600_000;
/// The lease of a look-up that may ask for every ticket of a customer, in milliseconds. At two requests a
/// second that can take minutes, and a lease that ends in the middle would begin it anew, again and again.
pub const LONG_LOOK_UP: Millis = 600_000;
/// How many attempts may end unsure before a person is asked.
pub const MAX_UNSURE_ATTEMPTS: u32 = 3;
/// How long look-ups that do not count are repeated before a person is asked, in milliseconds: 24 h.
pub const ASKS_AFTER: Millis = 24 * 3_600_000;
/// When an unsure delivery is looked up, in milliseconds after its request's end; the last one is W itself.
const EARLY_LOOK_UPS: [Millis; 3] = [2_000, 10_000, 30_000];
/// When a delivered one is checked for doubles, in milliseconds after it was delivered: 1 h and 24 h.
const CHECKS: [Millis; 2] = [3_600_000, 24 * 3_600_000];
/// Waits between attempts that made nothing, in milliseconds, before jitter; the last repeats.
const WAITS: [Millis; 9] = [5_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000];
/// Waits between look-ups that did not count, in milliseconds, before jitter; the last repeats.
const LOOK_UP_WAITS: [Millis; 8] = [15_000, 30_000, 30_000, 60_000, 60_000, 120_000, 300_000, 900_000];

sentences! {
    SERVER_STOPPED = "delivery.server_stopped": "The server stopped while it was sending.";
}

/// What an operator can set of the rule.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// W, in milliseconds: the time after a request's end in which what it made becomes visible.
    pub unsure_after: Millis,
}

impl Default for Rules {
    fn default() -> Self {
        Self { unsure_after: 90_000 }
    }
}

/// A part of a ticket that a helpdesk may refuse and that a ticket can do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Optional {
    /// The shopper's address or name.
    Customer,
    /// The subject.
    Subject,
    /// The conversation's language.
    Language,
    /// Files that were sent along.
    Attachments,
}

/// One handover on its way to one destination. Its fields can be read; only the events of this file and a store that
/// [restores](Delivery::restore) it set them.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery(Record);

/// A delivery as a store keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Ours; the Message-ID of a mail.
    pub id: String,
    /// The handover, which is the ticket's `external_id`.
    pub handover: String,
    /// Whose.
    pub merchant: String,
    /// Where to.
    pub destination: Destination,
    /// 0: the ticket itself. 1, 2, …: what came later, as one message of the ticket each, in order.
    pub part: u32,
    /// Whose turn it takes and whose budget it uses. For an unsure delivery this is the account that the request went
    /// to.
    pub lane: Lane,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts begun that could make something.
    pub attempts: u32,
    /// Those of them that ended unsure.
    pub unsure_attempts: u32,
    /// Waits since it was queued, which set the length of the next one.
    pub waits: u32,
    /// Raised by every change; a settle needs the one it was leased with.
    pub fence: i64,
    /// When the last attempt's request ends at the latest.
    pub not_after: Option<Millis>,
    /// Until when nobody else may touch a sending one.
    pub lease_until: Option<Millis>,
    /// When it is tried, looked up or checked next.
    pub next_at: Option<Millis>,
    /// Look-ups since the last attempt.
    pub look_ups: u32,
    /// When waiting ends.
    pub give_up_at: Millis,
    /// No look-up can settle it: a person is asked.
    pub needs_answer: bool,
    /// What the next attempt leaves out, after a 400 that named it.
    pub without: Vec<Optional>,
    /// The ticket; for a later part its message.
    pub ticket: Option<i64>,
    /// The ticket is a person's word, perhaps a wrong number: what a look-up finds goes before it.
    pub said: bool,
    /// Later tickets of the same handover, closed by us.
    pub duplicates: Vec<i64>,
    /// Tickets into which a further one of the same handover was merged before we could close it.
    pub repeated_in: Vec<i64>,
    /// Checks for doubles done.
    pub checks: u32,
    /// What the last attempt met, for the merchant.
    pub last_error: Option<Said>,
}

/// What happened to a delivery.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// An attempt begins.
    Leased,
    /// A 2xx with this ticket; for a mail, the server took it.
    Made(Option<i64>),
    /// Certainly nothing was made.
    MadeNothing(Nothing),
    /// Perhaps something was made.
    MayHaveMade(Said),
    /// Nobody settled it in time.
    LeaseRanOut,
    /// A 2xx of an attempt with this ticket came so late that its settle was refused: the look-ups find out what there
    /// is.
    MadeLate(i64),
    /// The server stops and gives its lease back: nothing was sent yet, or what was `begun` may be begun again without
    /// harm.
    HandedBack {
        /// Whether it was begun.
        begun: bool,
    },
    /// A look-up began; its result is worth something only under this fence.
    LookUpLeased,
    /// A look-up ended.
    LookedUp(LookUp),
    /// A check for doubles ended: every ticket of the handover that was found, of which all but the one that stays are
    /// closed by now; none: no answer.
    Checked(Option<Tickets>),
    /// The connection is broken.
    ConnectionBroke,
    /// The connection works again, or this is its probe.
    Released,
    /// The helpdesk was disconnected.
    Disconnected,
    /// Somebody pressed Retry, or Send for one that nobody got.
    RetriedByHand,
    /// A person says that the ticket is there.
    SaidMade(Option<i64>),
    /// A person says that it is not.
    SaidNotMade {
        /// As for a look-up's "no".
        over_for: Millis,
    },
}

/// Why nothing was made.
#[derive(Clone, Debug, PartialEq)]
pub enum Nothing {
    /// Try again; not before this many milliseconds, if the other side said so.
    TryAgain {
        /// From `Retry-After`.
        after: Option<Millis>,
        /// What it met.
        why: Said,
    },
    /// The request is refused for these parts: once more without them.
    Without {
        /// Which.
        parts: Vec<Optional>,
        /// What it met.
        why: Said,
    },
    /// The request is refused for good.
    Final {
        /// What it met.
        why: Said,
    },
    /// The whole connection is broken.
    Connection {
        /// What it met.
        why: Said,
    },
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tickets {
    /// By the handover's own `external_id`.
    pub found: Vec<i64>,
    /// Our ticket was merged into another one, which has its messages now and an agent's eye.
    pub merged: bool,
    /// Tickets into which a further one of this handover was merged: they hold our transcript beside their own.
    pub repeated_in: Vec<i64>,
}

impl From<Vec<i64>> for Tickets {
    fn from(found: Vec<i64>) -> Self {
        Self { found, ..Self::default() }
    }
}

/// What a look-up found out.
#[derive(Clone, Debug, PartialEq)]
pub enum LookUp {
    /// These tickets, the lowest id first.
    Found(Vec<i64>),
    /// A whole 2xx from the attempt's own account without the ticket.
    No {
        /// When the look-up began, on the database's clock.
        began: Millis,
        /// For how long the request was over by then, on a clock that nobody can set. The database's clock may have
        /// jumped, and then `began` alone would count long before W has passed.
        over_for: Millis,
    },
    /// Nothing that counts: no answer, a refusal for now, a list cut short.
    Inconclusive {
        /// What it met.
        why: Said,
    },
    /// Nothing that could count can come: the account is not ours to ask any more.
    Impossible {
        /// Why.
        why: Said,
    },
}

/// An event that does not fit the state: somebody else was faster. Nothing changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a delivery that is {state:?} does not take this")]
pub struct Refused {
    /// The state it is in.
    pub state: DeliveryState,
}

/// Time and chance at the moment of an event.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Milliseconds since 1970, on the database's clock.
    pub now: Millis,
    /// `0.0..1.0`, for jitter.
    pub chance: f64,
}

impl Moment {
    /// This moment.
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
    /// The delivery that a store kept. For stores alone.
    pub fn restore(record: Record) -> Self {
        Self(record)
    }

    /// A new one. `held` when its connection is broken already.
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

    /// As this part of what came later, which leaves at `leaves_at` at the earliest.
    pub fn later(mut self, part: u32, leaves_at: Option<Millis>) -> Self {
        self.0.part = part;
        if let Some(at) = leaves_at.filter(|_| self.state == DeliveryState::Queued) {
            self.0.go(DeliveryState::Waiting);
            self.0.next_at = Some(at);
        }
        self
    }

    /// The delivery after the event. The caller stores it where the fence is still `self.fence`.
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
            // A double, perhaps: checked at once.
            (Delivered, Event::MadeLate(ticket))
                if self.part == 0 && self.ticket != Some(ticket) && !self.duplicates.contains(&ticket) =>
            {
                next.next_at = Some(at.now);
            }
            // Not sent again: a look-up finds it.
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
                // Not before the lease is over does anybody else look.
                let long = self.state == Delivered || self.w_is_over(at.now, rules);
                next.next_at = Some(at.now.saturating_add(if long { LONG_LOOK_UP } else { LEASE }));
            }
            (Unsure, Event::LookedUp(found)) => next.looked_up(found, at, rules),
            (Delivered, Event::Checked(found)) => next.checked(found, at),
            (Queued | Waiting, Event::ConnectionBroke) if self.is_ticket() => next.go(Held),
            (Held, Event::Released) => next.release(at.now),
            (Unsure, Event::Released) => next.ask_again(at.now, rules),
            (Queued | Waiting | Held, Event::Disconnected) if self.is_ticket() => next.go(Cancelled),
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
                    // Too early for anybody's "no": what the request made may still become visible. The look-up
                    // that can count decides; if there is none, the person is asked again.
                    next.needs_answer = false;
                    next.next_at = Some(self.first_that_counts(at.now, over_for, rules));
                }
            }
            _ => return Err(Refused { state: self.state }),
        }
        Ok(Self(next))
    }

    /// What waits goes to another account, after its connection was changed.
    pub fn moved_to(&self, lane: Lane) -> Self {
        Self(Record { lane, fence: self.fence.saturating_add(1), ..self.0.clone() })
    }

    /// As a part of the same change: what a person queues again goes to the account that is connected now.
    pub fn through(mut self, lane: Lane) -> Self {
        if self.state == DeliveryState::Queued {
            self.0.lane = lane;
        }
        self
    }
}

impl Record {
    /// Whether whatever the request made would be visible to a look-up that begins then.
    pub fn w_is_over(&self, began: Millis, rules: Rules) -> bool {
        self.not_after.is_some_and(|ended| began > ended.saturating_add(rules.unsure_after))
    }

    /// Every ticket of the handover, first the one that stays. That is the lowest of those that were found and our own;
    /// but if an agent merged ours, the conversation goes on where they put it. A number that a person typed counts
    /// only while nothing is found.
    pub fn tickets_with(&self, tickets: &Tickets) -> Vec<i64> {
        let Tickets { found, merged, .. } = tickets;
        let own = self.ticket.filter(|_| !self.said || found.is_empty() || *merged);
        let mut all: Vec<i64> = found.iter().copied().chain(own).collect();
        all.sort_unstable_by_key(|id| (!(*merged && Some(*id) == own), *id));
        all.dedup();
        all
    }

    fn is_ticket(&self) -> bool {
        matches!(self.destination, Destination::Helpdesk(_))
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
        // A double of a message of a ticket harms nobody as a double of the ticket does.
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
            // Seven days of waiting: the time in the queue, or while the server was off, is none of it.
            self.give_up_at = at.now.saturating_add(GIVES_UP_AFTER);
        }
        let wait = WAITS[(self.waits as usize).min(WAITS.len() - 1)];
        let next_at = at.now.saturating_add(jittered(wait, at.chance).max(after.unwrap_or(0)));
        if next_at > self.give_up_at {
            self.go(DeliveryState::Failed);
            return;
        }
        self.go(DeliveryState::Waiting);
        self.waits += 1;
        self.next_at = Some(next_at);
    }

    fn may_have_made(&mut self, why: Said, at: Moment) {
        self.last_error = Some(why);
        if !self.is_ticket() {
            // A mail is sent at least once: two mails are better than none.
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
                        // Doubles are mended by the check, which is due at once.
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
                // Too early to count. The next early one, else the first that can count.
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

    /// After a look-up without a result: later and later, but the first one that can count is not put off.
    fn look_again(&mut self, at: Moment, rules: Rules) {
        let wait = LOOK_UP_WAITS[(self.look_ups as usize).min(LOOK_UP_WAITS.len() - 1)];
        let next = at.now.saturating_add(jittered(wait, at.chance));
        let decisive = self.w_ends(at.now, rules);
        self.next_at = Some(if decisive > at.now { next.min(decisive) } else { next });
    }

    /// Whether a "no" that began then counts: W is over on the database's clock and on the process's own.
    pub fn no_counts(&self, began: Millis, over_for: Millis, rules: Rules) -> bool {
        self.w_is_over(began, rules) && over_for > rules.unsure_after
    }

    /// When W is over on the database's clock.
    fn w_ends(&self, now: Millis, rules: Rules) -> Millis {
        self.not_after.unwrap_or(now).saturating_add(rules.unsure_after).saturating_add(1)
    }

    /// When a "no" counts for the first time, if the clock does not jump again.
    fn first_that_counts(&self, now: Millis, over_for: Millis, rules: Rules) -> Millis {
        let missing = rules.unsure_after.saturating_sub(over_for).saturating_add(1).max(0);
        self.w_ends(now, rules).max(now.saturating_add(missing))
    }

    fn ask_a_person(&mut self) {
        self.needs_answer = true;
        self.next_at = None;
    }

    /// The account can be asked again: look-ups may count now.
    fn ask_again(&mut self, now: Millis, rules: Rules) {
        if self.unsure_attempts >= MAX_UNSURE_ATTEMPTS {
            return;
        }
        self.needs_answer = false;
        self.next_at = Some(self.w_ends(now, rules).max(now));
    }

    fn checked(&mut self, found: Option<Tickets>, at: Moment) {
        let Some(found) = found else {
            // No answer: the check itself is repeated, later, but not for ever.
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
            // Where one landed late another may: this check is done again before it counts.
            self.next_at = Some(at.now.saturating_add(CHECKS[0]));
            return;
        }
        self.checks += 1;
        let gap = CHECKS[1] - CHECKS[0];
        self.next_at = ((self.checks as usize) < CHECKS.len()).then(|| at.now.saturating_add(gap));
    }

    /// How many further tickets were made of the handover, as far as it is known.
    pub fn further(&self) -> usize {
        self.duplicates.len() + self.repeated_in.len()
    }

    fn release(&mut self, now: Millis) {
        // What was never sent goes with the never-sent ones, by acceptance; what was tried is a due retry.
        if self.attempts == 0 {
            self.go(DeliveryState::Queued);
        } else {
            self.go(DeliveryState::Waiting);
            self.next_at = Some(now);
        }
        // The time it was held is not time it waited in vain.
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

/// The wait, 20 % shorter or longer by chance, so that what failed together does not come back together.
pub fn jittered(wait: Millis, chance: f64) -> Millis {
    (wait as f64 * (0.8 + 0.4 * chance)) as Millis
}

#[cfg(test)]
#[path = "delivery_tests.rs"]
mod tests;
