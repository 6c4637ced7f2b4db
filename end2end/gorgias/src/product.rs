//! Gorgias in terms of the emulator's core.

use axum::{
    Router,
    body::Body,
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use emulator::{Call, Common, DemoAccount, FaultKind, Product, Reply, Request, Site, Surface};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    api::{self, Refusal},
    control::{self, NewUser},
    handle::AccountHandle,
    pages, seed,
    world::{Account, Gorgias, User, Verdict},
};

impl Product for Gorgias {
    type Account = Account;
    type NewUser = NewUser;

    const NAME: &'static str = "Gorgias";
    const API: &'static [&'static str] = &["api"];

    fn open(common: Common<Self>) -> Account {
        Account::new(common)
    }

    fn empty(account: &mut Account) {
        account.empty();
    }

    fn save_user(account: &mut Account, user: &NewUser) {
        user.save(account);
    }

    fn users(account: &Account) -> Value {
        json!(account.users)
    }

    fn tickets(account: &Account) -> usize {
        account.tickets.iter().filter(|ticket| !ticket.is_merged()).count()
    }

    fn sent_to_shoppers(account: &Account) -> usize {
        account.sent_to_shoppers.len()
    }

    fn demo_accounts() -> Vec<DemoAccount> {
        seed::demo_accounts()
    }

    fn prepare_demo(account: &mut Account, now: Timestamp) {
        seed::prepare(account, now);
    }

    fn max_body(account: &Account) -> usize {
        account.behaviour.max_body
    }

    fn identify(account: &Account, request: &Request) -> Option<String> {
        api::user_of(account, request).map(|user| user.email.clone())
    }

    fn admit(account: &mut Account, request: &Request, now: Timestamp) -> Result<User, Reply> {
        let user = api::user_of(account, request).cloned().ok_or_else(|| Refusal::Unauthorized.reply(""))?;
        match account.pour(now) {
            Verdict::Room => Ok(user),
            Verdict::Full { retry_after } => Err(Refusal::TooMany(retry_after).reply("")),
        }
    }

    fn use_rate(account: &mut Account, requests: u32, now: Timestamp) {
        account.fill(requests, now);
    }

    fn perform(account: &mut Account, call: &Call<User>, faults: &[FaultKind]) -> Reply {
        api::perform(account, call, faults)
    }

    fn error(message: &str) -> Value {
        api::error(message)
    }

    fn too_large() -> Reply {
        Refusal::TooLarge.reply("")
    }

    fn headers(account: &mut Account, now: Timestamp) -> Vec<(&'static str, String)> {
        vec![("x-gorgias-account-api-call-limit", account.rate_header(now))]
    }

    /// L, section 1: an unknown subdomain answers 404 with an HTML page, not JSON.
    fn nothing_here() -> Response<Body> {
        let page = "<!doctype html><html lang=\"en\"><head><title>Page not found</title></head>\
                    <body><h1>Page not found</h1><p>There is no helpdesk at this address.</p></body></html>";
        (StatusCode::NOT_FOUND, Html(page)).into_response()
    }
}

impl Surface for Gorgias {
    type Handle = AccountHandle;

    const PAGES: &'static [(&'static str, &'static str)] = pages::PAGES;
    const TARGETS: &'static [(&'static str, &'static str)] = &[
        ("POST /api/tickets", "Creating a ticket"),
        ("GET /api/tickets", "Looking tickets up"),
        ("GET /api/account", "Testing the connection"),
        ("", "Every request"),
    ];

    fn control() -> Router<Site<Self>> {
        control::router()
    }

    fn pages() -> Router<Site<Self>> {
        pages::router()
    }

    fn forms() -> Router<Site<Self>> {
        pages::forms()
    }

    fn user_forms(account: &Account) -> String {
        pages::user_forms(account)
    }

    fn switches(account: &Account) -> Vec<(&'static str, &'static str)> {
        vec![match account.behaviour.auto_merge_days {
            Some(_) => ("auto-merge-off", "Switch auto-merge off"),
            None => ("auto-merge-on", "Switch auto-merge on"),
        }]
    }

    fn switch(account: &mut Account, action: &str) {
        match action {
            "auto-merge-on" => account.behaviour.auto_merge_days = Some(5),
            "auto-merge-off" => account.behaviour.auto_merge_days = None,
            _ => {}
        }
    }
}
