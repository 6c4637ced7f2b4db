//! Clients of helpdesks that accept events instead of tickets.
//!
//! Nothing can be looked up at such a receiver, and the state machine never tries: it has no look-up for
//! `Takes::Events`. [`EventHelpdesk`] only gives such a client the common interface.

use super::{Access, Failure, HelpdeskClient, Meter, Refusal, Shown, Trace};
use app::model::{Problem, TestOutcome};
use bytes::Bytes;
use domain::{
    Helpdesk as Kind, Said, Subdomain,
    ticket::{Append, Ticket},
};
use std::time::Duration;

/// An event to send. A repetition has the same id and body.
#[derive(Clone, Debug)]
pub struct EventMessage {
    /// Its id, by which the receiver recognises a repetition.
    pub id: String,
    /// Its JSON.
    pub body: Bytes,
}

/// Why an event was not accepted. Sending it again is harmless either way, because the receiver recognises it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// The receiver accepts no events until someone fixes it.
    Unusable {
        /// What is wrong.
        problem: Problem,
        /// What is wrong and what to do.
        why: Said,
    },
    /// It did not accept this one, or did not say whether it did.
    NotTaken {
        /// How long it asks us to wait.
        after: Option<Duration>,
        /// What happened.
        why: Said,
    },
}

/// A client that sends events.
#[async_trait::async_trait]
pub trait EventClient: Send + Sync + 'static {
    /// Returns its kind.
    fn kind(&self) -> Kind;

    /// Sends a test event.
    async fn check(&self, access: &Access, meter: &dyn Meter) -> TestOutcome;

    /// Sends the event in one request, which ends at `ends_at` (time since boot) at the latest.
    async fn send(
        &self,
        access: &Access,
        event: &EventMessage,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<(), Undelivered>;
}

/// Gives a client for events the interface of all helpdesks.
pub struct EventHelpdesk<C>(pub C);

impl<C: EventClient> EventHelpdesk<C> {
    fn no_tickets<T>(&self) -> Result<T, Failure> {
        Err(Failure::NotFound(self.0.kind()))
    }
}

#[async_trait::async_trait]
impl<C: EventClient> HelpdeskClient for EventHelpdesk<C> {
    fn kind(&self) -> Kind {
        self.0.kind()
    }

    fn events(&self) -> Option<&dyn EventClient> {
        Some(&self.0)
    }

    async fn check(&self, access: &Access, meter: &dyn Meter) -> TestOutcome {
        self.0.check(access, meter).await
    }

    async fn create(&self, _: &Access, _: &Ticket, _: Duration, _: &dyn Meter) -> Result<i64, Failure> {
        self.no_tickets()
    }

    async fn find(&self, _: &Access, _: &Trace, _: &dyn Meter) -> Result<Vec<i64>, Failure> {
        self.no_tickets()
    }

    async fn find_holders(&self, _: &Access, _: &Trace, _: &dyn Meter) -> Result<Vec<i64>, Failure> {
        self.no_tickets()
    }

    async fn survivor(&self, _: &Access, _: i64, _: &dyn Meter) -> Result<i64, Failure> {
        self.no_tickets()
    }

    async fn append(
        &self,
        _: &Access,
        _: i64,
        _: &Append,
        _: Duration,
        _: &dyn Meter,
    ) -> Result<i64, Failure> {
        self.no_tickets()
    }

    async fn find_addition(&self, _: &Access, _: i64, _: &str, _: &dyn Meter) -> Result<Vec<i64>, Failure> {
        self.no_tickets()
    }

    async fn holds(&self, _: &Access, _: i64, _: &str, _: &dyn Meter) -> Result<bool, Failure> {
        self.no_tickets()
    }

    async fn why_forbidden(&self, _: &Access, _: &str, _: &dyn Meter) -> Refusal {
        Refusal::Connection(Problem::Role)
    }

    async fn close_duplicate(&self, _: &Access, _: i64, _: i64, _: &dyn Meter) -> Result<(), Failure> {
        self.no_tickets()
    }

    async fn note_repeat(&self, _: &Access, _: i64, _: i64, _: &dyn Meter) -> Result<(), Failure> {
        self.no_tickets()
    }

    async fn read(&self, _: &Access, _: i64, _: &str, _: &dyn Meter) -> Result<Shown, Failure> {
        self.no_tickets()
    }

    async fn close(&self, _: &Access, _: i64, _: &dyn Meter) -> Result<(), Failure> {
        self.no_tickets()
    }

    fn ticket_url(&self, _: &Subdomain, _: i64) -> String {
        String::new()
    }

    fn account_url(&self, _: &Subdomain) -> String {
        String::new()
    }

    fn credentials_page(&self) -> String {
        String::new()
    }
}
