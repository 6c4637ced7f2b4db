//! The merchants, their helpdesk accounts, and the calls that a merchant can make.

use crate::{program::TOKEN_SECRET, skew::Skew};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use tokio::sync::watch;

/// A merchant. Some share an account, and so its rate limit, each with their own user.
#[derive(Clone)]
pub struct Merchant<A> {
    pub name: String,
    pub username: String,
    pub key: String,
    pub account: A,
}

/// Returns a token that signs in the merchant's owner for ten minutes.
pub fn token(merchant: &str, now: i64) -> String {
    let claims = json!({
        "sub": "u1", "name": "Olive", "merchant": merchant, "role": "owner", "aud": "convi-integrations",
        "exp": now + 600,
    });
    let key = EncodingKey::from_secret(TOKEN_SECRET.as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
}

/// Calls the server at its current address.
#[derive(Clone)]
pub struct Caller {
    http: reqwest::Client,
    address: watch::Receiver<Option<SocketAddr>>,
    skew: Skew,
}

impl Caller {
    pub fn new(address: watch::Receiver<Option<SocketAddr>>, skew: Skew) -> Self {
        // Each call opens its own connection, which a proxy forwards to the next replica.
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
        let http = http.timeout(Duration::from_secs(5)).build().unwrap();
        Self { http, address, skew }
    }

    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Returns the server's current time.
    pub fn now(&self) -> i64 {
        self.skew.now()
    }

    /// Returns the URL of a path; waits until the server listens.
    pub async fn url(&mut self, path: &str) -> String {
        let address = *self.address.wait_for(Option::is_some).await.unwrap();
        format!("http://{}{path}", address.unwrap())
    }

    /// Makes one call as the merchant's owner. Returns `None` if there is no response.
    pub async fn call(
        &mut self,
        merchant: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Option<(u16, Value)> {
        let url = self.url(path).await;
        let token = token(merchant, self.now());
        let mut request = self.http.request(method.parse().unwrap(), url).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let text = answer.text().await.ok()?;
        Some((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    /// Enters the merchant's credentials until the server accepts them, and returns its answer.
    pub async fn connects(&mut self, merchant: &str, helpdesk: &str, form: &Value) -> Value {
        let path = format!("/v1/integrations/{helpdesk}");
        loop {
            match self.call(merchant, "PUT", &path, Some(form.clone())).await {
                Some((200, answer)) => return answer,
                other => {
                    // A rate limit, a clock that jumped, or an unreachable database.
                    if let Some((status, body)) = other
                        && !matches!(status, 401 | 429 | 500..)
                    {
                        eprintln!("  {} could not connect: {status} {body}", merchant);
                    }
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        }
    }

    /// Returns all of the merchant's handovers in a state.
    pub async fn handovers(&mut self, merchant: &str, state: Option<&str>) -> Option<Vec<Value>> {
        let filter = state.map(|state| format!("&state={state}")).unwrap_or_default();
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/handovers?limit=100{filter}{cursor}");
            let (status, page) = self.call(merchant, "GET", &path, None).await?;
            if status != 200 {
                return None;
            }
            all.extend(page["handovers"].as_array()?.iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Some(all),
            }
        }
    }
}
