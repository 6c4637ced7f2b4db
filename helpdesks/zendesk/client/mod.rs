//! Zendesk. What it really does is written down in `docs/zendesk.md`; the emulator in `end2end/zendesk` behaves so.
//!
//! Nothing here may reach a shopper: every comment is private and says so, a shopper who is new to the account is made
//! in silence first, and no placeholder in what people wrote is left to be expanded.

mod answer;
mod append;
mod body;
mod chain;
mod check;
mod create;
mod find;
mod http;
mod read;
mod repair;
mod requester;
mod sentences;
mod token;
mod updates;

use crate::helpdesk::{
    Access, AccountUrl, Failure, HelpdeskClient, Meter, Refusal, Shown, Trace, clients::Reach,
};
use app::model::{Helpdesk as Kind, Subdomain, TestOutcome};
use domain::{
    clock::Clock,
    ticket::{Append, Ticket},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use token::Tokens;
use updates::Updates;

const KIND: Kind = Kind::ZENDESK;

/// The kind of credentials of which a token is fetched. The other is sent as it is.
const OAUTH_CLIENT: &str = "oauth_client";

/// The tag of a ticket whose conversation is not whole yet. A look-up does not count it as made, so that it is completed.
const UNFINISHED: &str = "convi-unfinished";
/// The tag that Zendesk gives to a ticket that was merged into another one.
const MERGED: &str = "closed_by_merge";

/// Makes the client.
pub fn client(reach: Reach) -> Arc<dyn HelpdeskClient> {
    Arc::new(Zendesk {
        http: reach.http,
        accounts: reach.accounts,
        clock: reach.clock,
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
    /// The accounts in which a trigger mailed a shopper when we made a ticket, and the trigger's title.
    mailed: Mutex<HashMap<Subdomain, String>>,
}

impl Zendesk {
    /// The account's own host. A [`Subdomain`] is one DNS label, so nothing in it can name another one.
    fn base(&self, subdomain: &Subdomain) -> String {
        self.accounts.account(subdomain)
    }
}

#[async_trait::async_trait]
impl HelpdeskClient for Zendesk {
    fn kind(&self) -> Kind {
        KIND
    }

    async fn check(&self, access: &Access, meter: &dyn Meter) -> TestOutcome {
        self.check_connection(access, meter).await
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
        // A merged ticket keeps its `external_id`, and the ticket it went into does not get our text.
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
        // Deeper addresses of Admin Center were not found; the way in words says the rest.
        format!("{}/admin", self.accounts.pattern())
    }
}
