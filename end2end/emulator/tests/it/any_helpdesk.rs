//! What the core does for any helpdesk.

use std::time::Duration;

use emulator::{AccountHandle, Emulator, FaultKind};
use reqwest::Response;
use serde_json::{Value, json};

use super::acme::Acme;

type Fault = emulator::Fault<Acme>;

struct Shop {
    emulator: Emulator<Acme>,
    account: AccountHandle<Acme>,
    http: reqwest::Client,
    token: String,
}

impl Shop {
    /// An account, and a token fetched as a client does.
    async fn open() -> Self {
        // reqwest requires a TLS provider even without encryption.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let emulator = Emulator::start_at("2026-11-29T10:00:00Z".parse().unwrap()).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let new = json!({"subdomain": "acme", "users": [{"secret": "s-1"}]});
        let made = http.post(format!("{}/_control/accounts", emulator.origin())).json(&new).send().await;
        assert_eq!(made.unwrap().status(), 201);
        let url = format!("{}/acme/oauth/tokens", emulator.origin());
        let token: Value =
            http.post(url).json(&json!({"client_secret": "s-1"})).send().await.unwrap().json().await.unwrap();
        let token = token["access_token"].as_str().unwrap().to_owned();
        let account = emulator.account("acme");
        Self { emulator, account, http, token }
    }

    async fn creates(&self, subject: &str, key: &str) -> Result<Response, reqwest::Error> {
        let url = format!("{}/acme/api/v2/tickets", self.emulator.origin());
        let request = self.http.post(url).bearer_auth(&self.token).header("idempotency-key", key);
        request.json(&json!({"subject": subject})).send().await
    }

    async fn gets(&self, path: &str) -> Response {
        let url = format!("{}{path}", self.emulator.origin());
        self.http.get(url).bearer_auth(&self.token).send().await.unwrap()
    }
}

#[tokio::test]
async fn headers_of_requests_and_replies_arrive() {
    let shop = Shop::open().await;
    for lookup in ["miss", "hit"] {
        let made = shop.creates("one", "key-1").await.unwrap();
        assert_eq!(made.status(), 201);
        assert_eq!(made.headers()["x-idempotency-lookup"], lookup);
        assert_eq!(made.headers()["x-rate-limit"], "200");
    }
    assert_eq!(shop.account.snapshot().tickets.len(), 1);
}

#[tokio::test]
async fn faults_know_where_this_helpdesk_creates_tickets() {
    let shop = Shop::open().await;
    shop.account.fault(Fault::new(FaultKind::DropAfterCommit).on_create().once());
    assert_eq!(shop.gets("/acme/api/v2/tickets").await.status(), 200);
    assert!(shop.creates("one", "key-1").await.is_err());
    assert_eq!(shop.creates("one", "key-1").await.unwrap().headers()["x-idempotency-lookup"], "hit");
    assert_eq!(shop.account.requests_of("POST", "/api/v2/tickets").len(), 2);
}

#[tokio::test]
async fn a_late_commit_keeps_the_headers_but_no_credentials() {
    let shop = Shop::open().await;
    shop.account.fault(Fault::late_commit(30.0).on_create().once());
    assert!(shop.creates("one", "key-1").await.is_err());
    let waiting = serde_json::to_string(&shop.account.snapshot()).unwrap();
    assert!(waiting.contains("key-1") && !waiting.contains("token-of"), "{waiting}");
    shop.emulator.clock().advance(Duration::from_secs(30));
    assert_eq!(shop.account.snapshot().tickets, [("one".to_owned(), Some("key-1".to_owned()))]);
}

#[tokio::test]
async fn errors_have_the_helpdesks_own_format() {
    let shop = Shop::open().await;
    shop.account.fault(Fault::status(503).on_lookup().once());
    let body: Value = shop.gets("/acme/api/v2/tickets").await.json().await.unwrap();
    assert_eq!(body, json!({"error": "Service Unavailable"}));
    shop.account.fault(Fault::new(FaultKind::QuotaUsedUp));
    assert_eq!(shop.creates("one", "key-1").await.unwrap().status(), 403);
    assert_eq!(shop.creates(&"x".repeat(2000), "key-2").await.unwrap().status(), 413);
    let nobody = shop.gets("/nobody/api/v2/tickets").await;
    assert_eq!(nobody.status(), 404);
    assert_eq!(nobody.json::<Value>().await.unwrap()["error"]["title"], "No help desk");
}

#[tokio::test]
async fn the_helpdesks_own_rate_applies() {
    let shop = Shop::open().await;
    shop.account.other_tool_asks(200);
    let refused = shop.creates("one", "key-1").await.unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "60");
    assert_eq!(shop.account.bucket_refusals(), 1);
    shop.emulator.clock().advance(Duration::from_secs(60));
    assert_eq!(shop.creates("one", "key-1").await.unwrap().status(), 201);
}

#[tokio::test]
async fn the_control_api_and_page_include_the_helpdesks_additions() {
    let shop = Shop::open().await;
    let overview: Value = shop.gets("/_control/accounts/acme").await.json().await.unwrap();
    assert_eq!((&overview["users"], &overview["behaviour"]["a_minute"]), (&json!(["s-1"]), &json!(200)));
    assert_eq!(shop.gets("/_control/accounts/acme/mails").await.status(), 200);
    let page = shop.gets("/_control").await.text().await.unwrap();
    for shown in ["<h1>Acme emulator</h1>", "1 clients", "/acme/agent", "POST /api/v2/tickets", "sandbox"] {
        assert!(page.contains(shown), "{shown}");
    }
    let url = format!("{}/_control/form/acme/account", shop.emulator.origin());
    let form = shop.http.post(url).header("content-type", "application/x-www-form-urlencoded");
    form.body("action=sandbox").send().await.unwrap();
    assert_eq!(shop.account.snapshot().behaviour.a_minute, 20);
    let agent = shop.gets("/acme/agent").await;
    assert!(agent.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
}

#[tokio::test]
async fn a_demo_account_is_created_and_keeps_its_users_when_emptied() {
    let shop = Shop::open().await;
    shop.emulator.seed_demo();
    let demo = shop.emulator.account("demo");
    demo.reset();
    assert_eq!(demo.snapshot().secrets, ["demo-secret"]);
}
