//! The Gorgias client. docs/gorgias.md describes how Gorgias really behaves, with sources; the emulator in
//! `end2end/gorgias` behaves the same way.

mod answer;
mod answers;
mod append;
mod body;
mod check;
mod create;
mod find;
mod http;
mod read;
mod repair;
mod sentences;
mod teams;

use crate::helpdesk::{
    Access, AccountUrl, Failure, HelpdeskClient, Meter, Refusal, Shown, Trace, answers::AnswerReader,
    clients::Reach,
};
use app::model::{Helpdesk as Kind, Subdomain, TestOutcome};
use domain::{
    DeskTeam,
    clock::Clock,
    ticket::{Append, Ticket},
};
use std::{sync::Arc, time::Duration};

const KIND: Kind = Kind::GORGIAS;

/// Creates the client.
pub fn client(reach: Reach) -> Arc<dyn HelpdeskClient> {
    Arc::new(Gorgias::new(reach.http, reach.accounts, reach.world.clock))
}

/// The Gorgias client.
pub struct Gorgias {
    http: reqwest::Client,
    template: AccountUrl,
    clock: Arc<dyn Clock>,
}

impl Gorgias {
    /// Creates a client that builds account URLs from `CONVI_GORGIAS_URL`.
    pub fn new(http: reqwest::Client, template: AccountUrl, clock: Arc<dyn Clock>) -> Self {
        Self { http, template, clock }
    }

    /// Returns the account's base URL. A [`Subdomain`] is one DNS label, so it cannot point to another host.
    fn base(&self, subdomain: &Subdomain) -> String {
        self.template.account(subdomain)
    }
}

#[async_trait::async_trait]
impl HelpdeskClient for Gorgias {
    fn kind(&self) -> Kind {
        KIND
    }

    fn answers(&self) -> Option<&dyn AnswerReader> {
        Some(self)
    }

    async fn check(&self, access: &Access, meter: &dyn Meter) -> TestOutcome {
        self.check_connection(access, meter).await
    }

    async fn teams(&self, access: &Access, meter: &dyn Meter) -> Option<Vec<DeskTeam>> {
        self.read_teams(access, meter).await
    }

    async fn create(
        &self,
        access: &Access,
        ticket: &Ticket,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<i64, Failure> {
        self.create_ticket(access, ticket, ends_at, meter).await
    }

    async fn find(&self, access: &Access, trace: &Trace, meter: &dyn Meter) -> Result<Vec<i64>, Failure> {
        self.find_tickets(access, trace, meter).await
    }

    async fn find_holders(
        &self,
        access: &Access,
        trace: &Trace,
        meter: &dyn Meter,
    ) -> Result<Vec<i64>, Failure> {
        self.find_by_message(access, trace, meter).await
    }

    async fn survivor(&self, access: &Access, ticket: i64, meter: &dyn Meter) -> Result<i64, Failure> {
        Ok(self.follow(access, ticket, meter).await?.0)
    }

    async fn append(
        &self,
        access: &Access,
        ticket: i64,
        append: &Append,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<i64, Failure> {
        self.append_message(access, ticket, append, ends_at, meter).await
    }

    async fn find_addition(
        &self,
        access: &Access,
        ticket: i64,
        mark: &str,
        meter: &dyn Meter,
    ) -> Result<Vec<i64>, Failure> {
        self.find_messages(access, ticket, mark, meter).await
    }

    async fn holds(
        &self,
        access: &Access,
        ticket: i64,
        handover_id: &str,
        meter: &dyn Meter,
    ) -> Result<bool, Failure> {
        let first = create::transcript_id(handover_id, 1);
        Ok(!self.find_messages(access, ticket, &first, meter).await?.is_empty())
    }

    async fn why_forbidden(&self, access: &Access, message: &str, meter: &dyn Meter) -> Refusal {
        self.explain_forbidden(access, message, meter).await
    }

    async fn close_duplicate(
        &self,
        access: &Access,
        duplicate: i64,
        original: i64,
        meter: &dyn Meter,
    ) -> Result<(), Failure> {
        self.close_as_duplicate(access, duplicate, original, meter).await
    }

    async fn note_repeat(
        &self,
        access: &Access,
        holder: i64,
        original: i64,
        meter: &dyn Meter,
    ) -> Result<(), Failure> {
        self.say_it_repeats(access, holder, original, meter).await
    }

    async fn read(
        &self,
        access: &Access,
        ticket: i64,
        handover_id: &str,
        meter: &dyn Meter,
    ) -> Result<Shown, Failure> {
        self.read_ticket(access, ticket, handover_id, meter).await
    }

    async fn close(&self, access: &Access, ticket: i64, meter: &dyn Meter) -> Result<(), Failure> {
        self.close_ticket(access, ticket, meter).await
    }

    fn ticket_url(&self, subdomain: &Subdomain, ticket: i64) -> String {
        format!("{}/app/ticket/{ticket}", self.base(subdomain))
    }

    fn account_url(&self, subdomain: &Subdomain) -> String {
        format!("{}/app", self.base(subdomain))
    }

    fn credentials_page(&self) -> String {
        format!("{}/app/settings/rest-api", self.template.pattern())
    }
}
