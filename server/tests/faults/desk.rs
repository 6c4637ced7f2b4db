//! A merchant's account at a helpdesk, or its own receiver: what a run does to it, and its tickets in the form in which
//! they are compared.

use crate::{
    receiver::{Arrival, Receiver, Receivers},
    shop::{self, Caller},
};
use emulator::{Fault, FaultKind, Overlap, Parts};
use gorgias_emulator::Role;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::HashMap;

/// How an agent's answer begins.
pub const ANSWER: &str = "Answer ";

/// A merchant, with the place that its handovers go to.
pub type Merchant = shop::Merchant<Desk>;

/// An account at one of the helpdesks, or a receiver of webhooks.
#[derive(Clone)]
pub enum Desk {
    Gorgias(gorgias_emulator::AccountHandle),
    Zendesk(zendesk_emulator::AccountHandle),
    Webhook(Receiver),
}

/// The running emulators and receivers.
pub struct Desks {
    gorgias: gorgias_emulator::Emulator,
    zendesk: zendesk_emulator::Emulator,
    receivers: Receivers,
}

/// The requests that a fault affects.
#[derive(Clone, Copy)]
pub enum On {
    Create,
    LookUp,
    Everything,
}

/// A ticket of either helpdesk.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// The name of its account.
    pub account: String,
    pub id: u64,
    pub external_id: Option<String>,
    /// The ids of its messages that are ours.
    pub messages: Vec<String>,
    /// What only agents see.
    pub notes: Vec<String>,
    pub customer: Option<u64>,
    pub status: String,
    pub tags: Vec<String>,
    pub merged_into: Option<u64>,
    pub asked: Timestamp,
    pub created: Timestamp,
    pub listed_from: Timestamp,
}

/// Creates merchants with Gorgias, Zendesk and a webhook in turn.
pub fn merchants(desks: &Desks, count: usize) -> Vec<Merchant> {
    // A multiple of three, so that each account belongs to one of them.
    let accounts = (count * 3).div_ceil(4).next_multiple_of(3);
    (0..count)
        .map(|n| {
            let (name, key) = (format!("m{n}"), format!("key-{n}"));
            let username = format!("owner{n}@shop.test");
            let account = desks.account(n, &format!("a{}", n % accounts), &username, &key);
            Merchant { name, username, key, account }
        })
        .collect()
}

/// Enters the merchant's credentials until the server accepts them.
pub async fn connects(caller: &mut Caller, merchant: &Merchant) {
    let form = merchant.account.form(&merchant.username, &merchant.key);
    let answer = caller.connects(&merchant.name, merchant.account.slug(), &form).await;
    if let Desk::Webhook(receiver) = &merchant.account
        && let Some(secret) = answer["secret"].as_str()
    {
        receiver.learns(&merchant.username, secret);
    }
}

/// Presses Test connection.
pub async fn tests(caller: &mut Caller, merchant: &Merchant) {
    let form = merchant.account.form(&merchant.username, &merchant.key);
    let path = format!("/v1/integrations/{}/test", merchant.account.slug());
    caller.call(&merchant.name, "POST", &path, Some(form)).await;
}

impl Desks {
    pub async fn start() -> Self {
        Self {
            gorgias: gorgias_emulator::Emulator::start().await.unwrap(),
            zendesk: zendesk_emulator::Emulator::start().await.unwrap(),
            receivers: Receivers::start().await,
        }
    }

    /// Returns the settings with which the server reaches them.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let templates =
            [("CONVI_GORGIAS_URL", self.gorgias.template()), ("CONVI_ZENDESK_URL", self.zendesk.template())];
        templates.into_iter().chain(self.receivers.settings()).collect()
    }

    /// Returns a Gorgias account, a Zendesk account or a receiver, in turn, and adds a user or an OAuth client to it.
    fn account(&self, n: usize, name: &str, username: &str, key: &str) -> Desk {
        match n % 3 {
            0 => Desk::Gorgias(self.gorgias.account(name).user(username, key, Role::Admin)),
            1 => Desk::Zendesk(self.zendesk.account(name).client(username, key)),
            _ => Desk::Webhook(self.receivers.receiver(name, username)),
        }
    }
}

impl Desk {
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Gorgias(_) => "gorgias",
            Self::Zendesk(_) => "zendesk",
            Self::Webhook(_) => "webhook",
        }
    }

    /// Returns a name that no other account has, at any helpdesk.
    pub fn name(&self) -> String {
        format!("{} {}", self.slug(), self.address())
    }

    /// Returns the subdomain or the URL.
    fn address(&self) -> &str {
        match self {
            Self::Gorgias(account) => account.subdomain(),
            Self::Zendesk(account) => account.subdomain(),
            Self::Webhook(receiver) => receiver.url(),
        }
    }

    /// Returns the body that connects it.
    fn form(&self, username: &str, key: &str) -> Value {
        match self {
            Self::Webhook(receiver) => json!({"url": receiver.url()}),
            _ => json!({"subdomain": self.address(), "username": username, "api_key": key}),
        }
    }

    pub fn fault(&self, kind: &FaultKind, on: On, times: u32) {
        match self {
            Self::Gorgias(account) => drop(account.fault(fault(kind, on, times))),
            Self::Zendesk(account) => drop(account.fault(fault(kind, on, times))),
            // All its requests are alike.
            Self::Webhook(receiver) => receiver.fault(kind, times),
        }
    }

    pub fn clear_faults(&self) {
        match self {
            Self::Gorgias(account) => account.clear_faults(),
            Self::Zendesk(account) => account.clear_faults(),
            Self::Webhook(receiver) => receiver.clear_faults(),
        }
    }

    pub fn revoke(&self, username: &str) {
        match self {
            Self::Gorgias(account) => account.revoke_key(username),
            Self::Zendesk(account) => account.remove_client(username),
            Self::Webhook(receiver) => receiver.revoke(username, true),
        }
    }

    pub fn restore(&self, username: &str, key: &str) {
        match self {
            Self::Gorgias(account) => account.restore_key(username),
            Self::Zendesk(account) => drop(account.client(username, key)),
            Self::Webhook(receiver) => receiver.revoke(username, false),
        }
    }

    /// Merges ticket `from` into `into`, as an agent would. Returns `false` if that is not possible.
    pub fn merge(&self, from: u64, into: u64) -> bool {
        match self {
            Self::Gorgias(account) => account.merge(from, into),
            Self::Zendesk(account) => account.merge(from, into),
            Self::Webhook(_) => false,
        }
    }

    /// Writes to the shopper on a ticket, as an agent would. Returns `false` if that is not possible.
    pub fn answer(&self, ticket: u64, text: &str) -> bool {
        match self {
            Self::Gorgias(account) => account.answers(ticket, "Anna Smith", text).is_some(),
            Self::Zendesk(account) => account.writes(ticket, "Anna Smith", text, true).is_some(),
            Self::Webhook(_) => false,
        }
    }

    /// Returns what the server did there that it must not do.
    pub fn wrong(&self) -> Vec<String> {
        let (refusals, mails) = match self {
            Self::Gorgias(account) => (account.bucket_refusals(), account.sent_to_shoppers().len()),
            Self::Zendesk(account) => {
                // Zendesk itself emails what an agent writes.
                let sent = account.sent_to_shoppers();
                let ours = sent.iter().filter(|mail| !mail.text.starts_with(ANSWER)).count();
                (account.bucket_refusals(), ours)
            }
            Self::Webhook(receiver) => return receiver.wrong(),
        };
        match (refusals, mails) {
            (0, 0) => Vec::new(),
            _ => vec![format!("{refusals} refused by its bucket, {mails} mails to shoppers")],
        }
    }

    /// Returns the requests for tickets, and events, that arrived while another one was in flight.
    pub fn overlaps(&self) -> Vec<Overlap> {
        match self {
            Self::Gorgias(account) => account.with(|account, _| account.overlaps.clone()),
            Self::Zendesk(account) => account.with(|account, _| account.overlaps.clone()),
            Self::Webhook(receiver) => receiver.overlaps(),
        }
    }

    /// Returns all events that arrived.
    pub fn arrivals(&self) -> Vec<Arrival> {
        match self {
            Self::Webhook(receiver) => receiver.arrivals(),
            Self::Gorgias(_) | Self::Zendesk(_) => Vec::new(),
        }
    }

    /// Returns all tickets, merged ones too.
    pub fn tickets(&self) -> Vec<Ticket> {
        let tickets: Vec<Ticket> = match self {
            Self::Gorgias(account) => account.snapshot().tickets.into_iter().map(Ticket::from).collect(),
            Self::Zendesk(account) => account.snapshot().tickets.into_iter().map(Ticket::from).collect(),
            Self::Webhook(_) => Vec::new(),
        };
        tickets.into_iter().map(|ticket| Ticket { account: self.name(), ..ticket }).collect()
    }
}

fn fault<P: Parts>(kind: &FaultKind, on: On, times: u32) -> Fault<P> {
    let fault = Fault::new(kind.clone()).times(times);
    match on {
        On::Create => fault.on_create(),
        On::LookUp => fault.on_lookup(),
        On::Everything => fault,
    }
}

impl Ticket {
    pub fn is_merged(&self) -> bool {
        self.merged_into.is_some()
    }

    pub fn has_tag(&self, name: &str) -> bool {
        self.tags.iter().any(|tag| tag == name)
    }

    /// Returns whether a note leads to this ticket. Both helpdesks' URLs end with the number.
    pub fn leads_to(&self, id: u64) -> bool {
        self.notes.iter().any(|note| {
            note.contains(&format!("/ticket/{id}\n")) || note.contains(&format!("/tickets/{id}\n"))
        })
    }
}

impl From<gorgias_emulator::Ticket> for Ticket {
    fn from(it: gorgias_emulator::Ticket) -> Self {
        Self {
            account: String::new(),
            id: it.id,
            messages: it.messages.iter().filter_map(|message| message.external_id.clone()).collect(),
            notes: it.notes().filter_map(|note| note.body_text.clone()).collect(),
            customer: it.customer.map(|customer| customer.id),
            external_id: it.external_id,
            status: it.status,
            tags: it.tags,
            merged_into: it.merged_into,
            asked: it.asked,
            created: it.created,
            listed_from: it.listed_from,
        }
    }
}

impl From<zendesk_emulator::Ticket> for Ticket {
    fn from(it: zendesk_emulator::Ticket) -> Self {
        let marks: HashMap<u64, &str> = it
            .audits
            .iter()
            .filter_map(|audit| Some((audit.id, audit.custom.get("convi")?.as_str()?)))
            .collect();
        Self {
            account: String::new(),
            id: it.id,
            messages: it
                .comments
                .iter()
                .filter_map(|it| marks.get(&it.audit))
                .map(|it| (*it).to_owned())
                .collect(),
            notes: it.comments.iter().filter(|it| !it.public).map(|it| it.plain.clone()).collect(),
            customer: Some(it.requester),
            // A follow-up of a closed ticket has a later message, and no handover of its own.
            external_id: it.external_id.filter(|_| it.follows.is_none()),
            status: it.status,
            tags: it.tags,
            merged_into: it.merged_into,
            asked: it.asked,
            created: it.created,
            listed_from: it.listed_from,
        }
    }
}
