//! A plain client, and a small shop for it.

use gorgias_emulator::{AccountHandle, Emulator, Role};
use reqwest::{Method, Response, redirect};
use serde_json::{Value, json};

/// Any time. The clock stands still there until a test advances it.
pub const NOW: &str = "2026-11-22T10:00:00Z";

/// A Gorgias with the account `acme`, and a client with its owner's key.
pub struct Shop {
    pub gorgias: Emulator,
    pub acme: AccountHandle,
    pub http: reqwest::Client,
    pub user: (String, String),
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
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub fn id(&self) -> u64 {
        self.json()["id"].as_u64().unwrap_or_else(|| panic!("no id: {self:?}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}: {self:?}")).to_str().unwrap()
    }

    /// Returns the reasons of a 400.
    pub fn invalid(&self) -> Value {
        assert_eq!(self.status, 400, "{self:?}");
        self.json()["error"]["data"].clone()
    }
}

impl Shop {
    pub async fn open() -> Self {
        // reqwest requires a TLS provider even without encryption.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let gorgias = Emulator::start_at(NOW.parse().unwrap()).await.unwrap();
        let acme = gorgias.account("acme").user("owner@acme.test", "key-1", Role::Admin);
        let http = reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap();
        Self { gorgias, acme, http, user: ("owner@acme.test".into(), "key-1".into()) }
    }

    /// Returns the same shop with someone else's credentials.
    pub fn signed_in_as(mut self, email: &str, key: &str) -> Self {
        self.user = (email.into(), key.into());
        self
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}/acme{path}", self.gorgias.origin())
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, self.url(path)).basic_auth(&self.user.0, Some(&self.user.1))
    }

    pub async fn send(&self, method: Method, path: &str) -> Result<Response, reqwest::Error> {
        self.request(method, path).send().await
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.send(Method::GET, path).await.unwrap()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(body).send().await.unwrap()).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::PUT, path).json(body).send().await.unwrap()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.send(Method::DELETE, path).await.unwrap()).await
    }

    /// Creates a ticket with this `external_id` and returns its id.
    pub async fn ticket(&self, external_id: &str) -> u64 {
        let mut ticket = ticket();
        ticket["external_id"] = json!(external_id);
        self.post("/api/tickets", &ticket).await.id()
    }
}

/// A transcript message from a shopper.
pub fn message() -> Value {
    json!({"channel": "api", "via": "api", "from_agent": false, "sender": {"email": "jane@example.com"},
           "body_text": "I need a human.", "body_html": "<p>I need a human.</p>"})
}

/// An internal note.
pub fn note() -> Value {
    json!({"channel": "internal-note", "via": "api", "from_agent": true, "public": false,
           "sender": {"email": "owner@acme.test"}, "body_text": "Asked for a human."})
}

/// The smallest valid ticket.
pub fn ticket() -> Value {
    json!({"channel": "api", "via": "api", "from_agent": false, "subject": "Billing question",
           "customer": {"email": "jane@example.com", "name": "Jane Doe"}, "messages": [message()]})
}
