//! A made-up helpdesk, as small as the traits allow.

use std::ops::{Deref, DerefMut};

use axum::{
    Json, Router,
    body::Body,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use emulator::{
    AccountHandle, Call, Common, DemoAccount, FaultKind, Parts, Product, Reply, Request, Site, Surface, later,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq)]
pub struct Acme;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    #[serde(flatten)]
    common: Common<Acme>,
    pub secrets: Vec<String>,
    /// Subject and idempotency key.
    pub tickets: Vec<(String, Option<String>)>,
    asked: u32,
    minute: Timestamp,
}

/// Requests per minute.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    pub a_minute: u32,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self { a_minute: 200 }
    }
}

/// The user with a token, if any.
pub type Caller = Option<String>;

#[derive(Deserialize)]
pub struct NewUser {
    secret: String,
}

impl Deref for Account {
    type Target = Common<Acme>;

    fn deref(&self) -> &Self::Target {
        &self.common
    }
}

impl DerefMut for Account {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.common
    }
}

impl Parts for Acme {
    type Behaviour = Behaviour;
    type Caller = Caller;

    const CREATION: (&'static str, &'static str) = ("POST", "/api/v2/tickets");
    const LOOK_UP: (&'static str, &'static str) = ("GET", "/api/v2/tickets");
}

impl Product for Acme {
    type Account = Account;
    type NewUser = NewUser;

    const NAME: &'static str = "Acme";
    const API: &'static [&'static str] = &["api", "oauth"];

    fn open(common: Common<Self>) -> Account {
        let minute = common.created;
        Account { common, secrets: Vec::new(), tickets: Vec::new(), asked: 0, minute }
    }

    fn empty(account: &mut Account) {
        account.tickets.clear();
    }

    fn save_user(account: &mut Account, user: &NewUser) {
        account.secrets.push(user.secret.clone());
    }

    fn users(account: &Account) -> Value {
        json!(account.secrets)
    }

    fn tickets(account: &Account) -> usize {
        account.tickets.len()
    }

    fn sent_to_shoppers(_: &Account) -> usize {
        0
    }

    fn demo_accounts() -> Vec<DemoAccount> {
        vec![DemoAccount { subdomain: "demo", purpose: "connects".to_owned(), credentials: Vec::new() }]
    }

    fn prepare_demo(account: &mut Account, _: Timestamp) {
        account.secrets.push("demo-secret".to_owned());
    }

    fn max_body(_: &Account) -> usize {
        1000
    }

    fn identify(account: &Account, request: &Request) -> Option<String> {
        let token = request.header("authorization")?.strip_prefix("Bearer token-of-")?;
        account.secrets.iter().find(|secret| *secret == token).cloned()
    }

    fn admit(account: &mut Account, request: &Request, now: Timestamp) -> Result<Caller, Reply> {
        let caller = Self::identify(account, request);
        if caller.is_none() && request.path != ["oauth", "tokens"] {
            return Err(Reply::json(401, json!({"error": "invalid_token"})));
        }
        if now >= later(account.minute, SignedDuration::from_secs(60)) {
            (account.minute, account.asked) = (now, 0);
        }
        if account.asked >= account.behaviour.a_minute {
            account.bucket_refusals += 1;
            return Err(Reply::json(429, Self::error("APIRateLimitExceeded")).with("retry-after", 60));
        }
        account.asked += 1;
        Ok(caller)
    }

    fn use_rate(account: &mut Account, requests: u32, _: Timestamp) {
        account.asked += requests;
    }

    fn perform(account: &mut Account, call: &Call<Caller>, faults: &[FaultKind]) -> Reply {
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let path: Vec<&str> = call.request.path.iter().map(String::as_str).collect();
        match (call.request.method.as_str(), path.as_slice()) {
            ("POST", ["oauth", "tokens"]) if call.request.is_json() => {
                let token = format!("token-of-{}", body["client_secret"].as_str().unwrap_or_default());
                Reply::json(200, json!({"access_token": token}))
            }
            ("POST", ["api", "v2", "tickets"]) if faults.contains(&FaultKind::QuotaUsedUp) => {
                Reply::json(403, Self::error("quota"))
            }
            ("POST", ["api", "v2", "tickets"]) => {
                let key = call.request.header("idempotency-key").map(str::to_owned);
                if key.is_some() && account.tickets.iter().any(|(_, known)| *known == key) {
                    return Reply::json(201, json!({})).with("x-idempotency-lookup", "hit");
                }
                account.tickets.push((body["subject"].as_str().unwrap_or_default().to_owned(), key));
                Reply::json(201, json!({})).with("x-idempotency-lookup", "miss")
            }
            ("GET", ["api", "v2", "tickets"]) => Reply::json(200, json!(account.tickets)),
            _ => Reply::json(404, Self::error("InvalidEndpoint")),
        }
    }

    fn error(message: &str) -> Value {
        json!({"error": message})
    }

    fn too_large() -> Reply {
        Reply::json(413, Self::error("too large"))
    }

    fn headers(account: &mut Account, _: Timestamp) -> Vec<(&'static str, String)> {
        vec![("x-rate-limit", account.behaviour.a_minute.to_string())]
    }

    fn nothing_here() -> Response<Body> {
        let error = json!({"error": {"title": "No help desk"}});
        (StatusCode::NOT_FOUND, Json(error)).into_response()
    }
}

impl Surface for Acme {
    type Handle = AccountHandle<Acme>;

    const PAGES: &'static [(&'static str, &'static str)] = &[("agent", "Views")];
    const TARGETS: &'static [(&'static str, &'static str)] = &[("POST /api/v2/tickets", "Creating a ticket")];

    fn control() -> Router<Site<Self>> {
        Router::new().route("/mails", get(|| async { Json(json!({"mails": []})) }))
    }

    fn pages() -> Router<Site<Self>> {
        Router::new().route("/{subdomain}/agent", get(|| async { "Views" }))
    }

    fn forms() -> Router<Site<Self>> {
        Router::new()
    }

    fn user_forms(account: &Account) -> String {
        format!("<p>{} clients</p>", account.secrets.len())
    }

    fn switches(_: &Account) -> Vec<(&'static str, &'static str)> {
        vec![("sandbox", "Make it a sandbox")]
    }

    fn switch(account: &mut Account, action: &str) {
        if action == "sandbox" {
            account.behaviour.a_minute = 20;
        }
    }
}
