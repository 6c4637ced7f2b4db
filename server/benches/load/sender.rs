//! Posts signed handovers over persistent connections, as Convi's platform does, and connects shops.

use crate::program::{INGEST_SECRET, Program, TOKEN_SECRET};
use anyhow::{Context, Result, ensure};
use gorgias_emulator::{AccountHandle, Emulator, Role};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use std::sync::{Arc, OnceLock};

const KEY: &str = "key-1";

/// Posts to one server.
#[derive(Clone)]
pub struct Sender {
    http: reqwest::Client,
    address: String,
    webhook: Arc<Webhook>,
}

impl Sender {
    pub fn new(program: &Program) -> Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { http, address: program.address.clone(), webhook: Arc::new(Webhook::new(INGEST_SECRET)?) })
    }

    /// Posts one handover and returns its id. Any status other than 202 is an error.
    pub async fn posts(&self, id: &str, body: String) -> Result<String> {
        let now = jiff::Timestamp::now().as_second();
        let signature = self.webhook.sign(id, now, body.as_bytes())?;
        let request = self
            .http
            .post(format!("{}/v1/handovers", self.address))
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", now)
            .header("webhook-signature", signature)
            .body(body);
        let answer = request.send().await.context("a handover got no response")?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status == 202, "a handover got a {status}: {text}");
        let answer: Value = serde_json::from_str(&text)?;
        Ok(answer["handover_id"].as_str().context("a 202 without an id")?.to_owned())
    }

    /// Connects a merchant to an account of the same name.
    pub async fn connects(&self, gorgias: &Emulator, merchant: &str) -> Result<AccountHandle> {
        let owner = format!("owner@{merchant}.test");
        let account = gorgias.account(merchant).user(&owner, KEY, Role::Admin);
        let token = token(merchant)?;
        let form = json!({"subdomain": merchant, "username": owner, "api_key": KEY});
        let put = self.http.put(format!("{}/v1/integrations/gorgias", self.address));
        let answer = put.bearer_auth(token).json(&form).send().await?;
        ensure!(answer.status() == 200, "{merchant} cannot connect: {}", answer.text().await?);
        Ok(account)
    }
}

/// Returns a token that signs in the merchant's owner.
pub fn token(merchant: &str) -> Result<String> {
    let claims = json!({
        "sub": "u1", "name": "Olive", "merchant": merchant, "role": "owner", "aud": "convi-integrations",
        "exp": jiff::Timestamp::now().as_second() + 600,
    });
    let secret = EncodingKey::from_secret(TOKEN_SECRET.as_bytes());
    Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &secret)?)
}

/// Returns a handover of about 4 kB with twenty messages. The template is serialized only once, because the client
/// shares two cores with the server.
pub fn body(merchant: &str, conversation: &str) -> String {
    static BODY: OnceLock<String> = OnceLock::new();
    filled(BODY.get_or_init(|| template("").to_string()), merchant, conversation)
}

/// Returns a handover of about 4.5 kB with twenty messages.
pub fn larger_body(merchant: &str, conversation: &str) -> String {
    static BODY: OnceLock<String> = OnceLock::new();
    filled(BODY.get_or_init(|| template(MORE).to_string()), merchant, conversation)
}

/// Returns the same conversation with one more message.
pub fn longer_body(merchant: &str, conversation: &str) -> String {
    static BODY: OnceLock<String> = OnceLock::new();
    let body = BODY.get_or_init(|| {
        let mut body = template(MORE);
        if let Some(messages) = body["conversation"]["messages"].as_array_mut() {
            messages.push(json!({"id": "later", "author": "shopper", "text": "It came. Thank you!",
                "sent_at": "2026-11-22T10:05:00Z"}));
        }
        body.to_string()
    });
    filled(body, merchant, conversation)
}

/// Text that makes each message longer.
const MORE: &str = " It was promised for Tuesday, and nobody told me more.";

fn filled(body: &str, merchant: &str, conversation: &str) -> String {
    body.replace("{merchant}", merchant).replace("{conversation}", conversation)
}

fn template(more: &str) -> Value {
    let messages: Vec<Value> = (0..20)
        .map(|n| {
            let (author, text) = match n % 2 {
                0 => ("shopper", "Where is my parcel? The tracking has said “in transit” for four days now."),
                _ => ("assistant", "Delivery takes two to four working days; the link is in your e-mail."),
            };
            json!({"id": n.to_string(), "author": author, "text": format!("{text}{more}"), "sent_at": "2026-11-22T09:59:00Z"})
        })
        .collect();
    json!({
        "merchant_id": "{merchant}", "occurred_at": "2026-11-22T10:00:00Z",
        "trigger": {"kind": "automatic", "reason": "asked_for_human"},
        "conversation": {
            "id": "{conversation}", "url": "https://app.example/conversations/{conversation}", "locale": "en",
            "summary": "A parcel that does not come",
            "shopper": {"email": "{conversation}@mail.test", "name": "Jane Doe", "phone": null},
            "context": {"page_url": "https://shop.example/p/1", "order_number": "#1042",
                "cart": [{"title": "Mug", "quantity": 2, "price": "12.00 EUR"}], "custom": {"plan": "gold"}},
            "messages": messages,
        },
    })
}
