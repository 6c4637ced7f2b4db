//! A small world around one delivery: a Gorgias that commits late and lists late, a network that loses responses,
//! processes that are killed and paused, a second worker, a merchant, and a clock that jumps. With a second process on the
//! database, each has clocks of its own, and they take the account over from each other. The delivery is driven as the
//! dispatcher drives it: lease, one request, settle under the fence.

use super::{
    explore::Tape,
    rule::{Line, Rule},
};
use app::model::{DeliveryState, Destination, Helpdesk};
use convi_server::handover::ends::Ends;
use domain::{
    Said,
    clock::Millis,
    delivery::{
        Delivery, Event, LEASE, LookUp, MAX_UNSURE_ATTEMPTS, Moment, Nothing, REQUEST_ENDS_AFTER, Record,
        Rules, Tickets,
    },
};
use std::time::Duration;

const W: Millis = 90_000;
const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;
/// Faults stop at this time.
const TROUBLED: Millis = 20 * MINUTE;
/// By then both checks are done, even if the first look-ups took long.
const THE_END: Millis = 30 * HOUR;
/// How long a helpdesk knows an idempotency key, from the first request that it has performed.
const KEY_LASTS: Millis = 2 * HOUR;
/// An outage of the server that outlives the key.
const OUTAGE: Millis = 3 * HOUR;
/// Another handover's ticket, whose `external_id` only starts like ours.
const FOREIGN: i64 = 99;

/// When the ticket of a request exists and is listed, counted from the request's end.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lands {
    Never,
    AtOnce,
    /// The last moment covered by the rule's promise.
    AtW,
    After(Millis),
}

/// The response.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    Made,
    Lost,
    Status,
    Unreadable,
    Refused,
    Unauthorized,
}

/// What happens to an attempt.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Answered(Lands, Answer),
    /// The same, but the process is paused for longer than its lease before it settles.
    SettledLate(Lands, Answer),
    /// Paused before the first byte for this long: longer than D and W, or than a key.
    Paused(Millis),
    /// Killed after the commit, before the first byte.
    KilledBefore,
    /// Killed with the request in flight.
    KilledAfter(Lands),
    /// Killed between the commit and the first byte, whichever comes first.
    KilledBetween,
    /// Created; then merged into another ticket or trashed before anyone noticed.
    Merged,
    Trashed,
    /// The connection was dropped in a way that makes HTTP clients retry.
    Dropped,
    /// Another worker read the same row at the same time.
    Raced,
}

const FATES: [Fate; 23] = [
    Fate::Answered(Lands::AtOnce, Answer::Made),
    Fate::Answered(Lands::Never, Answer::Lost),
    Fate::Answered(Lands::AtOnce, Answer::Lost),
    Fate::Answered(Lands::AtW, Answer::Lost),
    Fate::Answered(Lands::After(10 * MINUTE), Answer::Lost),
    Fate::Answered(Lands::After(5 * HOUR), Answer::Lost),
    Fate::Answered(Lands::AtW, Answer::Status),
    Fate::Answered(Lands::AtW, Answer::Unreadable),
    Fate::Answered(Lands::Never, Answer::Refused),
    Fate::Answered(Lands::Never, Answer::Unauthorized),
    Fate::SettledLate(Lands::AtOnce, Answer::Made),
    Fate::SettledLate(Lands::AtW, Answer::Made),
    Fate::SettledLate(Lands::Never, Answer::Refused),
    Fate::Paused(8 * MINUTE),
    Fate::Paused(OUTAGE),
    Fate::KilledBefore,
    Fate::KilledAfter(Lands::AtOnce),
    Fate::KilledAfter(Lands::AtW),
    Fate::KilledBetween,
    Fate::Merged,
    Fate::Trashed,
    Fate::Dropped,
    Fate::Raced,
];

/// How many things can happen between two steps. The first is nothing, and the last needs a second process.
const DISTURBANCES: usize = 11;
/// How far each process takes the database's clock to be ahead: less than what a claim refuses.
const OFF: [Millis; 2] = [0, 1_900];
/// Since when each process's machine runs.
const BOOTED: [Millis; 2] = [0, 2 * HOUR];

struct Ticket {
    id: i64,
    listed_from: Millis,
    /// Gorgias listed it later than W after the end of its request.
    late: bool,
    merged: bool,
    trashed: bool,
    closed: bool,
}

/// An event that a process will apply, unless it is killed first.
struct Settle {
    by: usize,
    at: Millis,
    fence: i64,
    event: Event,
}

pub struct World<'a> {
    rule: Rule,
    tape: &'a mut dyn Tape,
    calm: bool,
    /// True time.
    t: Millis,
    /// How far the wall clock is ahead of it.
    jumped: Millis,
    row: Delivery,
    tickets: Vec<Ticket>,
    settles: Vec<Settle>,
    /// Requests of paused processes: when each wakes up, its fence, and the process.
    asleep: Vec<(Millis, i64, usize)>,
    /// The process that acts: the owner of the account.
    acting: usize,
    /// What each process knows.
    ends: [Ends; 2],
    /// Whether the account that got the requests is connected (`true`), another one (`false`), or none.
    connected: Option<bool>,
    was_disconnected: bool,
    /// Every request of the first minutes is lost and lands after W.
    all_requests_lost: bool,
    person_said_no: bool,
    /// The broken promises.
    broken: Vec<String>,
    /// What happened, for diagnosing a failure.
    story: Vec<String>,
}

/// A story that broke a promise.
pub struct Broken {
    pub what: Vec<String>,
    pub story: Vec<String>,
}

/// Runs one story to its end.
pub fn tell(rule: Rule, tape: &mut dyn Tape) -> Result<(), Broken> {
    let to = Destination::Helpdesk(Helpdesk::GORGIAS);
    let row =
        Delivery::new("d".into(), "h".into(), "m".into(), to, "gorgias:acme".parse().unwrap(), false, 0);
    let mut world = World {
        rule,
        tape,
        calm: false,
        t: 0,
        jumped: 0,
        row,
        tickets: Vec::new(),
        settles: Vec::new(),
        asleep: Vec::new(),
        acting: 0,
        ends: [0, 1].map(|process| started(rule, process, 0)),
        connected: Some(true),
        was_disconnected: false,
        all_requests_lost: false,
        person_said_no: false,
        broken: Vec::new(),
        story: Vec::new(),
    };
    world.all_requests_lost = world.tape.choose(2) == 1;
    world.run();
    if world.broken.is_empty() { Ok(()) } else { Err(Broken { what: world.broken, story: world.story }) }
}

/// Returns what a process knows that starts now.
fn started(rule: Rule, process: usize, t: Millis) -> Ends {
    let boot = Duration::from_millis((t + BOOTED[process]).unsigned_abs());
    if rule.shared && rule.has(Line::OthersUnknown) { Ends::default() } else { Ends::alone(boot) }
}

impl World<'_> {
    fn rules(&self) -> Rules {
        Rules { unsure_after: if self.rule.has(Line::AfterW) { W } else { 0 } }
    }

    /// Returns the database's clock, as the acting process knows it.
    fn now(&self) -> Millis {
        self.t + self.jumped + OFF[self.acting]
    }

    /// Returns this time on the clock of the acting process that nobody can set.
    fn boot(&self, t: Millis) -> Duration {
        Duration::from_millis((t + BOOTED[self.acting]).unsigned_abs())
    }

    /// The other process takes the account over, if there is one.
    fn taken_over(&mut self) {
        if self.rule.shared {
            self.acting = 1 - self.acting;
            self.story.push(format!("{:>9}   process {} takes over", self.t, self.acting));
        }
    }

    /// Lets a process act that need not be the owner.
    fn acts(&mut self, process: usize, act: impl FnOnce(&mut Self)) {
        let acting = std::mem::replace(&mut self.acting, process);
        act(self);
        self.acting = acting;
    }

    fn choose(&mut self, options: usize) -> usize {
        if self.calm { 0 } else { self.tape.choose(options) }
    }

    fn after(&self, event: &Event) -> Option<Delivery> {
        self.row.after(event.clone(), Moment { now: self.now(), chance: 0.5 }, self.rules()).ok()
    }

    /// Applies an event as the store does: under the fence, if it is valid in this state.
    fn apply(&mut self, fence: i64, event: Event) -> bool {
        let fenced = fence == self.row.fence || !self.rule.has(Line::Fence);
        let next = self.after(&event).filter(|_| fenced);
        self.story.push(format!("{:>9} {event:?}: {:?}", self.t, next.as_ref().map(|it| it.state)));
        if let Some(next) = next {
            if !matches!(next.state, DeliveryState::Sending | DeliveryState::Unsure) {
                self.ends[self.acting].settled(&next);
            }
            self.row = next;
            return true;
        }
        if let Event::Made(Some(ticket)) = event
            && let Some(next) = self.after(&Event::MadeLate(ticket))
        {
            self.row = next;
        }
        false
    }

    fn apply_now(&mut self, event: Event) -> bool {
        self.apply(self.row.fence, event)
    }

    /// The request arrives; returns its ticket's id. `ends` is the request's timeout.
    fn arrives(&mut self, ends: Millis, lands: Lands) -> Option<i64> {
        let (listed_from, late) = match lands {
            Lands::Never => return None,
            Lands::AtOnce => (self.t, false),
            Lands::AtW => (ends + W, false),
            Lands::After(more) => (ends + W + more, true),
        };
        if let Some(known) = self.known_by_key() {
            self.story.push(format!("{:>9}   ticket {known} again, by its key", self.t));
            return Some(known);
        }
        let id = self.tickets.len() as i64 + 1;
        self.tickets.push(Ticket { id, listed_from, late, merged: false, trashed: false, closed: false });
        self.story.push(format!("{:>9}   ticket {id}, listed from {listed_from}", self.t));
        Some(id)
    }

    /// Returns the ticket that a helpdesk with keys returns again. A request that is not performed yet has left no key.
    fn known_by_key(&self) -> Option<i64> {
        let first =
            self.tickets.iter().filter(|it| it.listed_from <= self.t).min_by_key(|it| it.listed_from)?;
        (self.rule.keyed && self.t < first.listed_from + KEY_LASTS).then_some(first.id)
    }

    /// Returns what a look-up finds: tickets by `external_id` and, if there are none, by our message in a thorough
    /// look-up.
    fn listed(&self, thorough: bool) -> Vec<i64> {
        let seen = |merged: bool| {
            let listed =
                self.tickets.iter().filter(move |it| it.listed_from <= self.t && it.merged == merged);
            let seen = listed.filter(|it| !it.trashed || self.rule.has(Line::TrashedCount));
            seen.map(|ticket| ticket.id).collect::<Vec<_>>()
        };
        let mut found = seen(false);
        if found.is_empty() && thorough && self.rule.has(Line::MergedByMessage) {
            found = seen(true);
        }
        if !self.rule.has(Line::ExactId) {
            found.push(FOREIGN);
        }
        found
    }

    /// The process loses its work in progress and its measured times. If there is another one, it continues.
    fn kill(&mut self) {
        let killed = self.acting;
        self.settles.retain(|settle| settle.by != killed);
        self.asleep.retain(|(.., by)| *by != killed);
        self.ends[killed] = started(self.rule, killed, self.t);
        self.taken_over();
    }

    fn says(&mut self, after: Millis, fence: i64, event: Event) {
        self.settles.push(Settle { by: self.acting, at: self.t + after, fence, event });
    }

    /// Returns the event for a response.
    fn understood(&self, answer: Answer, ticket: Option<i64>) -> Event {
        let again = |why: &str| Event::MadeNothing(Nothing::TryAgain { after: None, why: Said::plain(why) });
        let unsure = |line: Line| {
            let resend_spared = self.row.attempts > 1 && !self.rule.has(Line::ResendUnderTheRule);
            if self.rule.has(line) && !resend_spared {
                Event::MayHaveMade(Said::plain("?"))
            } else {
                again("?")
            }
        };
        match answer {
            Answer::Made => Event::Made(ticket),
            Answer::Lost => unsure(Line::LostIsUnsure),
            Answer::Status => unsure(Line::StatusIsUnsure),
            Answer::Unreadable => unsure(Line::UnreadableIsUnsure),
            Answer::Refused => again("429"),
            Answer::Unauthorized => Event::MadeNothing(Nothing::Connection { why: Said::plain("401") }),
        }
    }

    fn attempt(&mut self) {
        if self.connected.is_none() {
            self.apply_now(Event::Disconnected);
            return;
        }
        let fate = FATES[self.choose(FATES.len())];
        let fate = match fate {
            Fate::Answered(Lands::AtOnce, Answer::Made) if self.all_requests_lost && !self.calm => {
                Fate::Answered(Lands::After(10 * MINUTE), Answer::Lost)
            }
            other => other,
        };
        let before = self.row.clone();
        if !self.apply_now(Event::Leased) {
            return;
        }
        self.story.push(format!("{:>9}   {fate:?}", self.t));
        let (fence, ends) = (self.row.fence, self.t + REQUEST_ENDS_AFTER);
        self.ends[self.acting].begun(&self.row, self.boot(ends));
        match fate {
            Fate::Answered(lands, answer) => {
                let ticket = self.arrives(ends, lands);
                let event = self.understood(answer, ticket);
                self.says(1_000, fence, event);
            }
            Fate::SettledLate(lands, answer) => {
                let ticket = self.arrives(ends, lands);
                let event = self.understood(answer, ticket);
                self.says(4 * LEASE, fence, event);
                self.taken_over();
            }
            Fate::Paused(time) => {
                self.asleep.push((self.t + time, fence, self.acting));
                self.taken_over();
            }
            Fate::KilledBefore => self.kill(),
            Fate::KilledAfter(lands) => {
                self.arrives(ends, lands);
                self.kill();
            }
            Fate::KilledBetween => {
                if !self.rule.has(Line::CommittedFirst) {
                    self.arrives(ends, Lands::AtOnce);
                    self.row = before;
                }
                self.kill();
            }
            Fate::Merged | Fate::Trashed => {
                self.arrives(ends, Lands::AtOnce);
                if let Some(ticket) = self.tickets.last_mut() {
                    ticket.merged = matches!(fate, Fate::Merged);
                    ticket.trashed = matches!(fate, Fate::Trashed);
                }
                let event = self.understood(Answer::Lost, None);
                self.says(1_000, fence, event);
            }
            Fate::Dropped => {
                // Performed late, so an immediate retry arrives before its key is known.
                self.arrives(ends, Lands::AtW);
                let event = if self.rule.has(Line::NoClientRetry) {
                    self.understood(Answer::Lost, None)
                } else {
                    Event::Made(self.arrives(ends, Lands::AtOnce))
                };
                self.says(1_000, fence, event);
            }
            Fate::Raced => {
                let ticket = self.arrives(ends, Lands::AtOnce);
                self.says(1_000, fence, Event::Made(ticket));
                // The other worker leases the row as it was; this is stored only if the fence is not checked.
                if !self.rule.has(Line::Fence) {
                    let other = self.arrives(ends, Lands::AtOnce);
                    self.says(2_000, fence, Event::Made(other));
                }
            }
        }
    }

    /// A paused process wakes up and continues with sending.
    fn wake_up(&mut self, fence: i64) {
        let event = if self.rule.has(Line::Deadline) {
            Event::MadeNothing(Nothing::TryAgain { after: None, why: Said::plain("the request timed out") })
        } else {
            Event::Made(self.arrives(self.t, Lands::AtOnce))
        };
        self.apply(fence, event);
    }

    fn look_up(&mut self) {
        let how = self.choose(5);
        let thorough = self.row.w_is_over(self.now(), self.rules());
        if !self.apply_now(Event::LookUpLeased) {
            return;
        }
        let fence = self.row.fence;
        let began = self.now();
        let over_for = self.over_for();
        let impossible = || LookUp::Impossible { why: Said::plain("no account to look in") };
        let here = match self.connected {
            Some(true) => true,
            Some(false) if !self.rule.has(Line::SameAccount) => false,
            _ => {
                self.looked_up(1_000, fence, impossible());
                return;
            }
        };
        let takes = if how == 1 { 40_000 } else { 1_000 };
        let began = if self.rule.has(Line::BeganAfterW) { began } else { began + takes };
        let over_for =
            if self.rule.has(Line::BeganAfterW) { over_for } else { over_for.saturating_add(takes) };
        let found = match how {
            2 if self.rule.has(Line::Whole2xx) => LookUp::Inconclusive { why: Said::plain("500") },
            2 => LookUp::No { began, over_for },
            3 => impossible(),
            4 => {
                self.kill();
                return;
            }
            _ => match self.listed(thorough) {
                tickets if !tickets.is_empty() && here => LookUp::Found(tickets),
                _ => LookUp::No { began, over_for },
            },
        };
        self.looked_up(takes, fence, found);
    }

    /// Returns the time since the request's end, as far as the process knows.
    fn over_for(&self) -> Millis {
        if self.rule.has(Line::OwnClock) {
            self.ends[self.acting].over_for(&self.row, self.boot(self.t))
        } else {
            Millis::MAX
        }
    }

    fn looked_up(&mut self, takes: Millis, fence: i64, found: LookUp) {
        self.says(takes, fence, Event::LookedUp(found));
    }

    fn check(&mut self) {
        let (hour, day) = (self.row.checks == 0, self.row.checks == 1);
        let spared = (hour && !self.rule.has(Line::HourCheck)) || (day && !self.rule.has(Line::DayCheck));
        if !self.apply_now(Event::LookUpLeased) {
            return;
        }
        // A check that is skipped finds no more than is known.
        let found = if spared || self.connected != Some(true) { Vec::new() } else { self.listed(false) };
        let own = self.tickets.iter().find(|ticket| Some(ticket.id) == self.row.ticket);
        let merged = !found.is_empty() && own.is_some_and(|own| own.merged);
        let found = Tickets { found, merged, ..Tickets::default() };
        let all = self.row.tickets_with(&found);
        if self.rule.has(Line::Closing) {
            for double in all.iter().skip(1).filter(|id| found.found.contains(id)) {
                if let Some(ticket) = self.tickets.iter_mut().find(|ticket| ticket.id == *double) {
                    ticket.closed = true;
                }
            }
        }
        self.says(1_000, self.row.fence, Event::Checked(Some(found)));
    }

    fn person_answers(&mut self) {
        // If an agent merged a ticket, the conversation continues there.
        let mut seen: Vec<&Ticket> = self.tickets.iter().filter(|it| it.listed_from <= self.t).collect();
        seen.sort_by_key(|ticket| !ticket.merged);
        let seen: Vec<i64> = seen.iter().map(|ticket| ticket.id).collect();
        match seen.first() {
            Some(&ticket) => {
                self.apply_now(Event::SaidMade(Some(ticket)));
            }
            None => {
                self.person_said_no = true;
                let over_for = self.over_for();
                let said_no = Event::SaidNotMade { over_for };
                let waits = self.after(&said_no).is_some_and(|it| it.state == DeliveryState::Unsure);
                self.apply_now(said_no);
                if waits && !self.rule.has(Line::PersonAfterW) {
                    self.bends(|row| row.state = DeliveryState::Queued);
                }
            }
        }
    }

    /// Changes the row as a rule without one of its lines would; the state machine itself never does.
    fn bends(&mut self, change: impl FnOnce(&mut Record)) {
        let mut row = (*self.row).clone();
        change(&mut row);
        self.row = Delivery::restore(row);
    }

    fn disturb(&mut self) {
        self.was_disconnected |= self.connected != Some(true);
        match self.choose(DISTURBANCES - usize::from(!self.rule.shared)) {
            1 => {
                self.jumped += HOUR;
                self.story.push(format!("{:>9}   the clock jumps", self.t));
            }
            2 => {
                self.kill();
                self.story.push(format!("{:>9}   killed", self.t));
            }
            3 => {
                self.connected = None;
                self.apply_now(Event::Disconnected);
            }
            4 => {
                self.connected = Some(true);
                self.apply_now(Event::Released);
            }
            5 => self.connected = Some(false),
            6 if self.row.state == DeliveryState::Unsure => self.person_answers(),
            6 => {
                self.apply_now(Event::RetriedByHand);
            }
            7 => {
                self.apply_now(Event::ConnectionBroke);
            }
            8 => self.jumped -= 10 * MINUTE,
            9 => {
                self.kill();
                self.t += OUTAGE;
                // Like a disconnect, it delays the checks.
                self.was_disconnected = true;
                self.story.push(format!("{:>9}   back after an outage", self.t));
            }
            10 => self.taken_over(),
            _ => {}
        }
    }

    /// The merchant acts once faults have stopped.
    fn merchant_acts(&mut self) {
        match self.row.state {
            // Without a connection the merchant has to answer.
            DeliveryState::Unsure if self.row.needs_answer => self.person_answers(),
            DeliveryState::Unsure => {}
            _ => self.connected = Some(true),
        }
        match self.row.state {
            DeliveryState::Held => drop(self.apply_now(Event::Released)),
            DeliveryState::Failed | DeliveryState::Cancelled => drop(self.apply_now(Event::RetriedByHand)),
            _ => {}
        }
    }

    fn step(&mut self) {
        if self.choose(2) == 1 {
            self.expire();
        }
        while let Some(at) = self.settles.iter().position(|settle| settle.at <= self.t) {
            let Settle { by, fence, event, .. } = self.settles.remove(at);
            self.acts(by, |it| {
                it.apply(fence, event);
            });
        }
        while let Some(at) = self.asleep.iter().position(|(at, ..)| *at <= self.t) {
            let (_, fence, by) = self.asleep.remove(at);
            self.acts(by, |it| it.wake_up(fence));
        }
        self.expire();
        let asked = self.row.needs_answer && self.row.unsure_attempts < MAX_UNSURE_ATTEMPTS;
        if asked && !self.rule.has(Line::PersonWhenNoneCounts) {
            let at = self.now() + 10 * MINUTE;
            self.bends(|row| (row.needs_answer, row.next_at) = (false, Some(at)));
        }
        if self.calm {
            self.merchant_acts();
        } else {
            self.disturb();
        }
        let due = self.row.next_at.is_some_and(|at| at <= self.now());
        match self.row.state {
            DeliveryState::Queued => self.attempt(),
            DeliveryState::Waiting if due => self.attempt(),
            DeliveryState::Unsure if due && !self.row.needs_answer => self.look_up(),
            DeliveryState::Delivered if due => self.check(),
            _ => {}
        }
        if self.row.unsure_attempts >= MAX_UNSURE_ATTEMPTS
            && self.row.needs_answer
            && !self.rule.has(Line::PersonAfterThree)
        {
            self.bends(|row| {
                (row.needs_answer, row.unsure_attempts, row.state) = (false, 0, DeliveryState::Queued);
            });
        }
        if self.tickets.len() > MAX_UNSURE_ATTEMPTS as usize && !self.person_said_no {
            self.breaks("more than three tickets, and the merchant was not asked");
        }
    }

    fn expire(&mut self) {
        let over = self.row.lease_until.is_some_and(|until| until <= self.now());
        if self.row.state == DeliveryState::Sending && over && self.rule.has(Line::LeaseEnds) {
            let nothing = Nothing::TryAgain { after: None, why: Said::plain("killed") };
            let event = match self.rule.has(Line::LeaseIsUnsure) {
                true => Event::LeaseRanOut,
                false => Event::MadeNothing(nothing),
            };
            self.apply_now(event);
        }
    }

    fn breaks(&mut self, what: &str) {
        if !self.broken.iter().any(|known| known == what) {
            self.broken.push(what.to_owned());
        }
    }

    /// Returns when something is due next.
    fn next(&self) -> Option<Millis> {
        let wall = |at: Millis| at - (self.now() - self.t);
        let row = match self.row.state {
            DeliveryState::Queued => Some(self.t),
            DeliveryState::Sending => self.row.lease_until.map(wall),
            _ => self.row.next_at.map(wall),
        };
        let settles = self.settles.iter().map(|settle| settle.at);
        settles.chain(self.asleep.iter().map(|(at, ..)| *at)).chain(row).min()
    }

    /// Runs to the end.
    fn run(&mut self) {
        let mut hour_checked = false;
        for _ in 0..1_000 {
            self.calm = self.t >= TROUBLED;
            self.step();
            let next = self.next().unwrap_or(Millis::MAX).max(self.t + 1);
            // The merchant looks in from time to time, whatever is due.
            let quiet = if self.calm { 10 * MINUTE } else { 5 * MINUTE };
            let next =
                if self.row.state == DeliveryState::Delivered { next } else { next.min(self.t + quiet) };
            if !hour_checked && next > 4 * HOUR {
                hour_checked = true;
                // Skip this check after a clock jump, which moves the check, or a disconnect, which suspends it.
                let in_order = self.jumped == 0 && !self.was_disconnected;
                self.one_is_open(&mut |ticket| in_order && ticket.listed_from < HOUR);
            }
            if next > THE_END {
                break;
            }
            self.t = next;
        }
        let in_time = self.tickets.iter().filter(|ticket| !ticket.late).count();
        if in_time > 1 {
            self.breaks("a double of what landed within W");
        }
        let ours = self.row.ticket.is_some_and(|id| self.tickets.iter().any(|ticket| ticket.id == id));
        if self.row.state != DeliveryState::Delivered || !ours {
            let what = format!("a loss: {:?} with ticket {:?}", self.row.state, self.row.ticket);
            self.breaks(&what);
        }
        self.one_is_open(&mut |_| true);
    }

    /// All but one of these tickets must be closed. A ticket that an agent merged away does not count, unless it is the
    /// one shown.
    fn one_is_open(&mut self, among: &mut dyn FnMut(&Ticket) -> bool) {
        let delivered = self.row.state == DeliveryState::Delivered;
        let mut open = 0;
        for ticket in &self.tickets {
            let theirs = ticket.merged && self.row.ticket != Some(ticket.id);
            open += usize::from(among(ticket) && !ticket.closed && !theirs);
        }
        if delivered && open > 1 {
            self.breaks("a later double that was not closed");
        }
    }
}
