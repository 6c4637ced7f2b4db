//! Metrics for operators. No label names a merchant, an account or a person.
//!
//! Counters live here and are raised where things happen; what the database knows is read on request
//! (`http/metrics.rs`). docs/operating.md explains each metric and when to raise an alarm.

use crate::{
    helpdesk::budget::Survey,
    mail::MailError,
    store::operations::{ConnectionCounts, Queue},
};
use app::model::{DeliveryState, Destination, Helpdesk};
use domain::{
    clock::{Millis, made_at},
    delivery::Delivery,
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError, atomic::AtomicU64},
};

/// Upper bounds of the time to a ticket, in seconds: from unnoticeable to a day of outage.
const TO_TICKET: [f64; 13] =
    [0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0, 604_800.0];

/// Deliveries that are not finished.
const UNFINISHED: [DeliveryState; 5] = [
    DeliveryState::Queued,
    DeliveryState::Sending,
    DeliveryState::Waiting,
    DeliveryState::Unsure,
    DeliveryState::Held,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AttemptLabels {
    destination: &'static str,
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WarningLabels {
    door: &'static str,
    field: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProcessLabels {
    role: &'static str,
}

/// Where data comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// `POST /v1/handovers`.
    Ingest,
    /// The storefront chat.
    Chat,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QueueLabels {
    destination: &'static str,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConnectionLabels {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MailLabels {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HydrationLabels {
    cause: &'static str,
}

/// Why a page could not hydrate what the server had sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HydrationFailure {
    /// Something on the way or in the browser had changed it.
    Changed,
    /// The module panicked.
    Panicked,
}

impl HydrationFailure {
    /// Every cause.
    pub const ALL: [Self; 2] = [Self::Changed, Self::Panicked];

    /// Returns its name in the metric and in the page's report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Panicked => "panicked",
        }
    }
}

/// The kinds of email.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    /// A handover, or its later parts.
    Handover,
    /// A handover that has no ticket after a while.
    NoTicketYet,
    /// Any other notice to the team.
    Notice,
    /// Answers that a shopper has not seen.
    Answer,
}

impl MailKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Handover => "handover",
            Self::NoTicketYet => "no_ticket_yet",
            Self::Notice => "notice",
            Self::Answer => "answer",
        }
    }
}

/// Values that are read when the metrics are scraped.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What the database says, if it answers.
    pub database: Option<DatabaseSnapshot>,
    /// The accounts' budgets.
    pub budgets: Survey,
    /// The current time.
    pub now: Millis,
}

/// Values that are read from the database.
#[derive(Clone, Debug, Default)]
pub struct DatabaseSnapshot {
    /// Unfinished deliveries.
    pub queues: Vec<Queue>,
    /// The connections of all merchants.
    pub connections: ConnectionCounts,
    /// The role of each live process.
    pub processes: Vec<String>,
}

/// All metrics.
pub struct Metrics {
    registry: Registry,
    attempts: Family<AttemptLabels, Counter>,
    to_ticket: Histogram,
    doubles: Counter,
    warnings: Family<WarningLabels, Counter>,
    mails: Family<MailLabels, Counter>,
    hydrations: Family<HydrationLabels, Counter>,
    depth: Family<QueueLabels, Gauge>,
    oldest: Family<QueueLabels, Gauge<f64, AtomicU64>>,
    asked: Gauge,
    connections: Family<ConnectionLabels, Gauge>,
    processes: Family<ProcessLabels, Gauge>,
    database_up: Gauge,
    budget_accounts: Gauge,
    budget_waiting: Gauge,
    budget_least: Gauge<f64, AtomicU64>,
    /// One reader at a time: gauges are set and then written.
    reading: Mutex<()>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Starts with nothing counted.
    pub fn new() -> Self {
        let mut it = Self {
            registry: Registry::default(),
            attempts: Family::default(),
            to_ticket: Histogram::new(TO_TICKET),
            doubles: Counter::default(),
            warnings: Family::default(),
            mails: Family::default(),
            hydrations: Family::default(),
            depth: Family::default(),
            oldest: Family::default(),
            asked: Gauge::default(),
            connections: Family::default(),
            processes: Family::default(),
            database_up: Gauge::default(),
            budget_accounts: Gauge::default(),
            budget_waiting: Gauge::default(),
            budget_least: Gauge::default(),
            reading: Mutex::default(),
        };
        // A 0 from the start: a series that appears with its first event shows no increase.
        for cause in HydrationFailure::ALL.map(HydrationFailure::as_str) {
            drop(it.hydrations.get_or_create(&HydrationLabels { cause }));
        }
        it.registry = it.registered();
        it
    }

    fn registered(&self) -> Registry {
        let mut all = Registry::with_prefix("convi");
        all.register("attempts", "Attempts that ended, by outcome", self.attempts.clone());
        all.register_with_unit(
            "acceptance_to_ticket",
            "Time from the acceptance of a handover to its ticket",
            Unit::Seconds,
            self.to_ticket.clone(),
        );
        all.register(
            "doubles_repaired",
            "Duplicate tickets that were found and closed",
            self.doubles.clone(),
        );
        all.register(
            "handover_warnings",
            "Fields of handovers and chat messages that were not read as sent",
            self.warnings.clone(),
        );
        all.register("mails", "Mails to teams, by outcome", self.mails.clone());
        all.register(
            "hydrations_failed",
            "Pages that could not hydrate and were rendered again, by cause",
            self.hydrations.clone(),
        );
        all.register("deliveries", "Unfinished deliveries", self.depth.clone());
        all.register_with_unit(
            "oldest_delivery_age",
            "Age of the oldest unfinished delivery",
            Unit::Seconds,
            self.oldest.clone(),
        );
        all.register(
            "deliveries_asking",
            "Unsure deliveries that wait for the merchant's answer",
            self.asked.clone(),
        );
        all.register("connections", "Connections to helpdesks", self.connections.clone());
        all.register("processes", "Processes that use the database", self.processes.clone());
        all.register("database_up", "1 if the database answers this process", self.database_up.clone());
        all.register(
            "budget_accounts",
            "Helpdesk accounts that were called since the start",
            self.budget_accounts.clone(),
        );
        all.register(
            "budget_accounts_waiting",
            "Helpdesk accounts that must wait for their budget",
            self.budget_waiting.clone(),
        );
        all.register(
            "budget_least_left",
            "Requests left in the most used account's budget; -1 without an account",
            self.budget_least.clone(),
        );
        all
    }

    /// Counts a delivery's change, and the end of its attempt if `ended`.
    pub fn changed(&self, before: &Delivery, after: &Delivery, ended: bool, now: Millis) {
        if let Some((kind, outcome)) = attempt(before, after, ended) {
            let destination = before.destination.slug();
            self.attempts.get_or_create(&AttemptLabels { destination, kind, outcome }).inc();
        }
        let doubles = after.further().saturating_sub(before.further());
        self.doubles.inc_by(doubles as u64);
        let made = before.state != DeliveryState::Delivered && after.state == DeliveryState::Delivered;
        if made
            && after.part == 0
            && matches!(after.destination, Destination::Helpdesk(_))
            && let Some(accepted) = made_at(&after.handover)
        {
            self.to_ticket.observe(seconds(now.saturating_sub(accepted)));
        }
    }

    /// Counts fields that were not read as sent.
    pub fn warned(&self, door: Door, counts: &BTreeMap<&'static str, u64>) {
        let door = match door {
            Door::Ingest => "ingest",
            Door::Chat => "chat",
        };
        for (field, count) in counts {
            self.warnings.get_or_create(&WarningLabels { door, field }).inc_by(*count);
        }
    }

    /// Counts an email that was sent or not.
    pub fn mail(&self, kind: MailKind, sent: &Result<(), MailError>) {
        let outcome = match sent {
            Ok(()) => "sent",
            Err(MailError::Later(_)) => "later",
            Err(MailError::RefusesUs(_)) => "refuses_us",
            Err(MailError::Never(_)) => "refused",
        };
        self.mails.get_or_create(&MailLabels { kind: kind.as_str(), outcome }).inc();
    }

    /// Counts a page that could not hydrate and was rendered again.
    pub fn hydration_failed(&self, why: HydrationFailure) {
        self.hydrations.get_or_create(&HydrationLabels { cause: why.as_str() }).inc();
    }

    /// Returns all metrics as OpenMetrics text, which Prometheus reads. Without an answer from the database, what is read
    /// from it stays as it was.
    pub fn render(&self, snapshot: &Snapshot) -> Result<String, std::fmt::Error> {
        let _one = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        self.database_up.set(i64::from(snapshot.database.is_some()));
        if let Some(database) = &snapshot.database {
            self.counted(database, snapshot.now);
        }
        self.budget_accounts.set(whole(snapshot.budgets.accounts));
        self.budget_waiting.set(whole(snapshot.budgets.waiting));
        self.budget_least.set(snapshot.budgets.least_left.unwrap_or(-1.0));
        let mut written = String::new();
        text::encode(&mut written, &self.registry)?;
        Ok(written)
    }

    fn counted(&self, database: &DatabaseSnapshot, now: Millis) {
        // Without deliveries it is a 0: a series that comes and goes is hard to alert on.
        let helpdesks = Helpdesk::all().map(Destination::Helpdesk);
        for destination in helpdesks.chain([Destination::Email]).map(Destination::slug) {
            for state in UNFINISHED.map(DeliveryState::as_str) {
                let labels = QueueLabels { destination, state };
                self.depth.get_or_create(&labels).set(0);
                self.oldest.get_or_create(&labels).set(0.0);
            }
        }
        let mut asked = 0;
        for queue in &database.queues {
            let labels = QueueLabels { destination: queue.destination.slug(), state: queue.state.as_str() };
            self.depth.get_or_create(&labels).set(whole(queue.depth));
            self.oldest.get_or_create(&labels).set(seconds(now.saturating_sub(queue.oldest)));
            asked += queue.asked;
        }
        self.asked.set(whole(asked));
        let ConnectionCounts { connected, needs_attention } = database.connections;
        for (state, count) in [("connected", connected), ("needs_attention", needs_attention)] {
            self.connections.get_or_create(&ConnectionLabels { state }).set(whole(count));
        }
        for role in ["web", "worker", "all"] {
            let count = database.processes.iter().filter(|its| *its == role).count();
            self.processes.get_or_create(&ProcessLabels { role }).set(whole(count as u64));
        }
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn seconds(span: Millis) -> f64 {
    span.max(0) as f64 / 1_000.0
}

/// Returns which attempt ended with this change and how, or `None` if none did.
fn attempt(before: &Delivery, after: &Delivery, ended: bool) -> Option<(&'static str, &'static str)> {
    use DeliveryState::{Cancelled, Delivered, Failed, Held, Queued, Sending, Unsure, Waiting};
    match before.state {
        Sending => {
            let kind = match (before.destination, before.part) {
                (Destination::Email, _) => "mail",
                (_, 0) => "create",
                _ => "append",
            };
            let outcome = match after.state {
                // Its lease expired before it was settled.
                _ if !ended => "lost",
                Delivered => "made",
                Waiting | Queued => "made_nothing",
                Unsure | Sending => "unsure",
                Held => "held",
                Failed | Cancelled => "failed",
            };
            Some((kind, outcome))
        }
        Unsure if ended => {
            let outcome = match after.state {
                Delivered => "found",
                Waiting => "not_there",
                _ if after.needs_answer => "asked",
                _ => "open",
            };
            Some(("look_up", outcome))
        }
        Delivered if ended => {
            let outcome = if after.checks > before.checks { "checked" } else { "no_answer" };
            Some(("check", outcome))
        }
        _ => None,
    }
}
