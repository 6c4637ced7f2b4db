//! A plain client, and a small shop for it.

use reqwest::{Method, Response, redirect};
use serde_json::{Value, json};
use zendesk_emulator::{AccountHandle, Emulator};

/// Any time at which a minute begins. The clock stands still there until a test advances it.
pub const NOW: &str = "2026-11-22T10:00:00Z";
pub const CLIENT: &str = "convi";
pub const SECRET: &str = "secret-1";

/// A Zendesk with the account `acme`, and a token of its client.
pub struct Shop {
    pub zendesk: Emulator,
    pub acme: AccountHandle,
    pub http: reqwest::Client,
    pub token: String,
}

/// A complete response.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    pub async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Returns the id of the created ticket.
    pub fn ticket_id(&self) -> u64 {
        self.json()["ticket"]["id"].as_u64().unwrap_or_else(|| panic!("no id: {self:?}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}: {self:?}")).to_str().unwrap()
    }

    /// Returns the details of a 422.
    pub fn details(&self) -> Value {
        assert_eq!(self.status, 422, "{self:?}");
        assert_eq!(self.json()["error"], "RecordInvalid");
        self.json()["details"].clone()
    }
}

impl Shop {
    pub async fn open() -> Self {
        Self::open_with_scopes(&["read", "tickets:write", "users:write"]).await
    }

    pub async fn open_with_scopes(scopes: &[&str]) -> Self {
        // reqwest requires a TLS provider even without encryption.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let zendesk = Emulator::start_at(NOW.parse().unwrap()).await.unwrap();
        let acme = zendesk.account("acme").client_with_scopes(CLIENT, SECRET, scopes);
        let http = reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap();
        let mut shop = Self { zendesk, acme, http, token: String::new() };
        let answer = shop.asks_for_a_token(&grant()).await;
        shop.token = answer.json()["access_token"].as_str().unwrap().to_owned();
        shop
    }

    pub async fn asks_for_a_token(&self, grant: &Value) -> Answer {
        Answer::of(self.http.post(self.url("/oauth/tokens")).json(grant).send().await.unwrap()).await
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}/acme{path}", self.zendesk.origin())
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, self.url(&format!("/api/v2{path}"))).bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(body).send().await.unwrap()).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::PUT, path).json(body).send().await.unwrap()).await
    }

    /// Posts a ticket with an idempotency key.
    pub async fn post_once(&self, key: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, "/tickets").header("idempotency-key", key);
        Answer::of(request.json(body).send().await.unwrap()).await
    }

    /// Creates a ticket with this `external_id` and returns its id.
    pub async fn ticket(&self, external_id: &str) -> u64 {
        let mut ticket = ticket();
        ticket["ticket"]["external_id"] = json!(external_id);
        self.post("/tickets", &ticket).await.ticket_id()
    }

    pub fn pass(&self, seconds: u64) {
        self.zendesk.clock().advance(std::time::Duration::from_secs(seconds));
    }
}

/// A valid request for a token.
pub fn grant() -> Value {
    json!({"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET})
}

/// A ticket that sends a shopper nothing.
pub fn ticket() -> Value {
    json!({"ticket": {
        "subject": "Billing question", "tags": ["convi-handover"],
        "comment": {"html_body": "<p>I need a human.</p>", "public": false},
        "requester": {"name": "Jane Doe", "email": "jane@example.com"},
    }})
}
