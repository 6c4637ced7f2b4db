//! The Zendesk client. `docs/zendesk.md` describes what Zendesk does, and the emulator in `end2end/zendesk` behaves that way.
//!
//! Nothing may reach a shopper: every comment is explicitly private, a shopper who is new to the account is created without
//! an email first, and placeholders in people's text are broken so that Zendesk does not expand them.

mod answer;
mod answers;
mod append;
mod body;
mod chain;
mod check;
mod create;
mod find;
mod groups;
mod http;
mod mailing;
mod read;
mod repair;
mod requester;
mod sentences;
mod token;
mod updates;

use crate::helpdesk::{
    Access, AccountUrl, Failure, HelpdeskClient, Meter, Refusal, Shown, Trace, answers::AnswerReader,
    clients::Reach,
};
use app::model::{Helpdesk as Kind, Subdomain, TestOutcome, Warning};
use domain::{
    DeskTeam,
    clock::Clock,
    ticket::{Append, Ticket},
};
use mailing::Mailing;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use token::Tokens;
use updates::Updates;

const KIND: Kind = Kind::ZENDESK;

/// The access method that needs a token. The other one is sent as it is.
const OAUTH_CLIENT: &str = "oauth_client";

/// The tag of a ticket whose conversation is incomplete. A look-up does not count it, so it is completed.
const UNFINISHED: &str = "convi-unfinished";
/// Zendesk's tag of a ticket that was merged into another one.
const MERGED: &str = "closed_by_merge";

/// Creates the client.
pub fn client(reach: Reach) -> Arc<dyn HelpdeskClient> {
    Arc::new(Zendesk {
        http: reach.http,
        accounts: reach.accounts,
        clock: reach.world.clock,
        tokens: Tokens::default(),
        updates: Updates::default(),
        mailed: Mutex::default(),
    })
}

/// The client.
pub struct Zendesk {
    http: reqwest::Client,
    accounts: AccountUrl,
    clock: Arc<dyn Clock>,
    tokens: Tokens,
    updates: Updates,
    /// The accounts where a trigger emailed a shopper when we wrote to a ticket.
    mailed: Mutex<HashMap<Subdomain, Mailing>>,
}

impl Zendesk {
    /// Returns the URL of the account's own host. A [`Subdomain`] is one DNS label, so it cannot name another host.
    fn base(&self, subdomain: &Subdomain) -> String {
        self.accounts.account(subdomain)
    }
}

#[async_trait::async_trait]
impl HelpdeskClient for Zendesk {
    fn kind(&self) -> Kind {
        KIND
    }

    fn answers(&self) -> Option<&dyn AnswerReader> {
        Some(self)
    }

    async fn check(&self, access: &Access, meter: &dyn Meter) -> TestOutcome {
        self.check_connection(access, meter).await
    }

    fn standing_warnings(&self, account: &Subdomain) -> Vec<Warning> {
        self.mailings().get(account).map(Mailing::warning).into_iter().collect()
    }

    async fn teams(&self, access: &Access, meter: &dyn Meter) -> Option<Vec<DeskTeam>> {
        self.read_groups(access, meter).await
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
        self.find_tickets(access, &trace.external_id, meter).await
    }

    async fn find_holders(
        &self,
        access: &Access,
        trace: &Trace,
        meter: &dyn Meter,
    ) -> Result<Vec<i64>, Failure> {
        // A merged ticket keeps its `external_id`, and the surviving ticket does not get our text.
        self.find_tickets(access, &trace.external_id, meter).await
    }

    async fn survivor(&self, access: &Access, ticket: i64, meter: &dyn Meter) -> Result<i64, Failure> {
        Ok(self.place(access, ticket, meter).await?.ticket().id)
    }

    async fn append(
        &self,
        access: &Access,
        ticket: i64,
        append: &Append,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<i64, Failure> {
        self.append_comment(access, ticket, append, ends_at, meter).await
    }

    async fn find_addition(
        &self,
        access: &Access,
        ticket: i64,
        mark: &str,
        meter: &dyn Meter,
    ) -> Result<Vec<i64>, Failure> {
        self.find_marked(access, ticket, mark, meter).await
    }

    async fn holds(
        &self,
        access: &Access,
        ticket: i64,
        handover_id: &str,
        meter: &dyn Meter,
    ) -> Result<bool, Failure> {
        Ok(self.ticket(access, ticket, meter).await?.external_id.as_deref() == Some(handover_id))
    }

    async fn why_forbidden(&self, access: &Access, _: &str, meter: &dyn Meter) -> Refusal {
        self.explain_forbidden(access, meter).await
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

    async fn read(&self, access: &Access, ticket: i64, _: &str, meter: &dyn Meter) -> Result<Shown, Failure> {
        self.read_ticket(access, ticket, meter).await
    }

    async fn close(&self, access: &Access, ticket: i64, meter: &dyn Meter) -> Result<(), Failure> {
        self.close_ticket(access, ticket, meter).await
    }

    fn ticket_url(&self, subdomain: &Subdomain, ticket: i64) -> String {
        format!("{}/agent/tickets/{ticket}", self.base(subdomain))
    }

    fn account_url(&self, subdomain: &Subdomain) -> String {
        format!("{}/agent", self.base(subdomain))
    }

    fn credentials_page(&self) -> String {
        // Deeper URLs of Admin Center are not documented. The form's text has the rest of the path.
        format!("{}/admin", self.accounts.pattern())
    }
}
