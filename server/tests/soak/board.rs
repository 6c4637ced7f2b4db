//! State shared by all participants, and their observations.

use crate::{Merchant, chance::Chance, program::INGEST_SECRET};
use jiff::Timestamp;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Who sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Must be served, whatever the attackers do.
    Honest,
    /// Convi's platform with bodies of megabytes: may have to wait, but loses nothing.
    Bulky,
    Stranger,
}

/// An accepted text, which must be in exactly one ticket.
#[derive(Clone, Debug)]
pub struct Promise {
    pub who: Who,
    pub shop: String,
    /// The word in the text that identifies it.
    pub mark: String,
    /// When it was sent, if it is the handover itself and has to be quick.
    pub handed_over: Option<Timestamp>,
}

/// A conversation of someone who writes without pause, so that messages are batched.
#[derive(Clone, Debug)]
pub struct Chatter {
    pub shop: String,
    /// In its first message.
    pub mark: String,
    /// From the first message to the last.
    pub lasted: Duration,
}

#[derive(Default)]
pub struct Board {
    answers: Mutex<BTreeMap<(Who, &'static str, String), usize>>,
    pub promises: Mutex<Vec<Promise>>,
    pub chatters: Mutex<Vec<Chatter>>,
    pub wrong: Mutex<Vec<String>>,
    marks: AtomicUsize,
}

impl Board {
    /// Returns a word that no other text contains.
    pub fn mark(&self) -> String {
        format!("mark{:07}", self.marks.fetch_add(1, Ordering::SeqCst))
    }

    pub fn promise(&self, promise: Promise) {
        self.promises.lock().unwrap().push(promise);
    }

    pub fn note(&self, who: Who, what: &'static str, answer: impl ToString) {
        *self.answers.lock().unwrap().entry((who, what, answer.to_string())).or_default() += 1;
    }

    pub fn expect(&self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.wrong.lock().unwrap().push(otherwise());
        }
    }

    pub fn answers(&self) -> BTreeMap<(Who, &'static str, String), usize> {
        self.answers.lock().unwrap().clone()
    }

    /// Returns how many requests of this kind got this response.
    pub fn count(&self, what: &str, answer: &str) -> usize {
        let answers = self.answers.lock().unwrap();
        answers.iter().filter(|((_, w, a), _)| *w == what && a == answer).map(|(_, times)| times).sum()
    }
}

/// A response, read completely.
pub struct Answer {
    /// `None` if the connection ended without a response.
    pub status: Option<u16>,
    pub json: Value,
    pub retry_after: Option<u64>,
}

/// The context of every participant.
#[derive(Clone)]
pub struct Scene {
    pub address: SocketAddr,
    pub http: reqwest::Client,
    pub shops: Arc<Vec<Merchant>>,
    pub board: Arc<Board>,
    pub chance: Chance,
    pub ends: Instant,
}

impl Scene {
    pub fn goes_on(&self) -> bool {
        Instant::now() < self.ends
    }

    /// Waits for this long, but not past the end of the run.
    pub async fn rests(&self, seconds: f64) {
        let until = (Instant::now() + Duration::from_secs_f64(seconds)).min(self.ends);
        tokio::time::sleep_until(until.into()).await;
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method.parse().unwrap(), format!("http://{}{path}", self.address))
    }

    /// Sends a request and records the response.
    pub async fn asks(&self, who: Who, what: &'static str, request: reqwest::RequestBuilder) -> Answer {
        let Ok(answer) = request.send().await else {
            self.board.note(who, what, "no response");
            return Answer { status: None, json: Value::Null, retry_after: None };
        };
        let status = answer.status().as_u16();
        let retry_after = answer.headers().get("retry-after").and_then(|it| it.to_str().ok()?.parse().ok());
        self.board.note(who, what, status);
        let json = answer.json().await.unwrap_or_default();
        Answer { status: Some(status), json, retry_after }
    }

    /// Returns a handover request, signed as by Convi's platform.
    pub fn signed(&self, id: &str, body: impl Into<bytes::Bytes>) -> reqwest::RequestBuilder {
        let (now, body) = (Timestamp::now().as_second(), body.into());
        let signature = Webhook::new(INGEST_SECRET).unwrap().sign(id, now, &body).unwrap();
        self.request("POST", "/v1/handovers")
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", now)
            .header("webhook-signature", signature)
            .body(body)
    }
}

/// A visitor of a shop, from an address that the proxy reports.
pub struct Visitor {
    scene: Scene,
    who: Who,
    what: &'static str,
    from: String,
    token: String,
    messages: usize,
}

impl Visitor {
    /// Creates a visitor; returns `None` if the server issued no token. Responses are recorded under `what`.
    pub async fn comes(
        scene: &Scene,
        who: Who,
        what: &'static str,
        shop: &str,
        from: String,
    ) -> Option<Self> {
        let request = scene.request("POST", "/chat/v1/visitors").header("x-forwarded-for", &from);
        let answer = scene.asks(who, what, request.json(&json!({"merchant": shop}))).await;
        let token = answer.json["token"].as_str()?.to_owned();
        Some(Self { scene: scene.clone(), who, what, from, token, messages: 0 })
    }

    /// Posts a message and returns the conversation's state, if the message was accepted.
    pub async fn says(&mut self, text: String) -> Option<String> {
        self.messages += 1;
        let request = self.scene.request("POST", "/chat/v1/messages").header("x-forwarded-for", &self.from);
        let body = json!({"id": format!("n{}", self.messages), "text": text});
        let what = if self.what == "many addresses" { "a message of one of them" } else { self.what };
        let answer = self.scene.asks(self.who, what, request.bearer_auth(&self.token).json(&body)).await;
        answer.json["state"].as_str().filter(|_| answer.status == Some(200)).map(str::to_owned)
    }
}
