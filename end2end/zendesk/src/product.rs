//! Zendesk in terms of the emulator's core.

use axum::{
    Json, Router,
    body::Body,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use emulator::{Call, Common, DemoAccount, FaultKind, Product, Reply, Request, Site, Surface};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    api,
    control::{self, NewUser},
    handle::AccountHandle,
    pages, seed,
    world::{Account, Caller, Minute, Zendesk},
};

impl Product for Zendesk {
    type Account = Account;
    type NewUser = NewUser;

    const NAME: &'static str = "Zendesk";
    const API: &'static [&'static str] = &["api", "oauth"];

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
        let team: Vec<_> = account.users.iter().filter(|user| user.role.is_team()).collect();
        json!({"team": team, "clients": account.clients})
    }

    fn tickets(account: &Account) -> usize {
        account.tickets.iter().filter(|ticket| !ticket.is_merged()).count()
    }

    fn sent_to_shoppers(account: &Account) -> usize {
        account.mails.iter().filter(|mail| mail.to_shopper).count()
    }

    fn demo_accounts() -> Vec<DemoAccount> {
        seed::demo_accounts()
    }

    fn prepare_demo(account: &mut Account, _: Timestamp) {
        seed::prepare(account);
    }

    fn max_body(account: &Account) -> usize {
        account.behaviour.max_body
    }

    fn identify(account: &Account, request: &Request) -> Option<String> {
        // `admit` checks whether a token has expired, because it knows the time.
        let caller = api::caller(account, request, Timestamp::MIN).ok()?;
        let user = account.user(caller.user()?)?;
        user.email.clone().or_else(|| Some(user.name.clone()))
    }

    fn admit(account: &mut Account, request: &Request, now: Timestamp) -> Result<Caller, Reply> {
        // D, I: a cancelled account only returns this. The response of a suspended one was not found.
        if account.deactivated.is_some() {
            return Err(Reply::json(404, api::no_help_desk()));
        }
        let caller = api::caller(account, request, now)?;
        let most = account.behaviour.requests_a_minute;
        if !account.minute.ask(most, now) {
            account.bucket_refusals += 1;
            return Err(api::too_many("API requests per minute", Minute::ends_in(now)));
        }
        Ok(caller)
    }

    fn use_rate(account: &mut Account, requests: u32, now: Timestamp) {
        let most = account.behaviour.requests_a_minute;
        account.minute.use_up(requests, most, now);
    }

    fn perform(account: &mut Account, call: &Call<Caller>, faults: &[FaultKind]) -> Reply {
        api::perform(account, call, faults)
    }

    fn error(message: &str) -> Value {
        json!({"error": message})
    }

    fn too_large() -> Reply {
        Reply::json(413, json!({"error": "Payload Too Large"}))
    }

    /// D, L: section 6.
    fn headers(account: &mut Account, now: Timestamp) -> Vec<(&'static str, String)> {
        let most = account.behaviour.requests_a_minute;
        let left = account.minute.left(most, now).to_string();
        vec![
            ("x-rate-limit", most.to_string()),
            ("x-rate-limit-remaining", left.clone()),
            ("ratelimit-limit", most.to_string()),
            ("ratelimit-remaining", left),
            ("ratelimit-reset", Minute::ends_in(now).to_string()),
        ]
    }

    /// R, section 1: a subdomain that does not exist returns a 404 with JSON.
    fn nothing_here() -> Response<Body> {
        (StatusCode::NOT_FOUND, Json(api::no_help_desk())).into_response()
    }
}

impl Surface for Zendesk {
    type Handle = AccountHandle;

    const PAGES: &'static [(&'static str, &'static str)] = pages::PAGES;
    const TARGETS: &'static [(&'static str, &'static str)] = &[
        ("POST /api/v2/tickets", "Creating a ticket"),
        ("PUT /api/v2/tickets/*", "Updating a ticket"),
        ("GET /api/v2/tickets", "Looking tickets up"),
        ("POST /oauth/tokens", "Asking for a token"),
        ("GET /api/v2/users/me", "Testing the connection"),
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
        pages::client_forms(account)
    }

    fn switches(account: &Account) -> Vec<(&'static str, &'static str)> {
        vec![match account.behaviour.api_tokens {
            true => ("api-tokens-off", "Switch API tokens off"),
            false => ("api-tokens-on", "Switch API tokens on"),
        }]
    }

    fn switch(account: &mut Account, action: &str) {
        match action {
            "api-tokens-on" => account.behaviour.api_tokens = true,
            "api-tokens-off" => account.behaviour.api_tokens = false,
            _ => {}
        }
    }
}
