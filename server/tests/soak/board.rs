//! What everybody who takes part knows together, and what they noted.

use crate::{chance::Chance, program::INGEST_SECRET, shop::Merchant};
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

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Must be served, whatever strangers do.
    Honest,
    /// Convi's platform with bodies of megabytes: may have to wait, and loses nothing.
    Bulky,
    Stranger,
}

/// A text that was taken, and so must be in one ticket.
#[derive(Clone, Debug)]
pub struct Promise {
    pub who: Who,
    pub shop: String,
    /// The word in the text by which it is found again.
    pub mark: String,
    /// When it was sent, if it is the handover itself and has to be quick.
    pub handed_over: Option<Timestamp>,
}

/// A conversation of somebody who writes without end, and so is gathered.
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
    /// A word that no other text has.
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

    /// How often somebody got this answer to this.
    pub fn count(&self, what: &str, answer: &str) -> usize {
        let answers = self.answers.lock().unwrap();
        answers.iter().filter(|((_, w, a), _)| *w == what && a == answer).map(|(_, times)| times).sum()
    }
}

/// An answer, read whole.
pub struct Answer {
    /// None: the connection ended without one.
    pub status: Option<u16>,
    pub json: Value,
    pub retry_after: Option<u64>,
}

/// What everybody works with.
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

    /// Waits so long, but not past the end.
    pub async fn rests(&self, seconds: f64) {
        let until = (Instant::now() + Duration::from_secs_f64(seconds)).min(self.ends);
        tokio::time::sleep_until(until.into()).await;
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method.parse().unwrap(), format!("http://{}{path}", self.address))
    }

    /// Sends it, and notes what came back.
    pub async fn asks(&self, who: Who, what: &'static str, request: reqwest::RequestBuilder) -> Answer {
        let Ok(answer) = request.send().await else {
            self.board.note(who, what, "no answer");
            return Answer { status: None, json: Value::Null, retry_after: None };
        };
        let status = answer.status().as_u16();
        let retry_after = answer.headers().get("retry-after").and_then(|it| it.to_str().ok()?.parse().ok());
        self.board.note(who, what, status);
        let json = answer.json().await.unwrap_or_default();
        Answer { status: Some(status), json, retry_after }
    }

    /// A post of a handover, as Convi's platform signs it.
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

/// A visitor of a shop, from an address that the proxy names.
pub struct Visitor {
    scene: Scene,
    who: Who,
    what: &'static str,
    from: String,
    token: String,
    messages: usize,
}

impl Visitor {
    /// None: they got no token. `what` is the name under which the answers are noted.
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

    /// Says something. Answers the conversation's state, if it was taken.
    pub async fn says(&mut self, text: String) -> Option<String> {
        self.messages += 1;
        let request = self.scene.request("POST", "/chat/v1/messages").header("x-forwarded-for", &self.from);
        let body = json!({"id": format!("n{}", self.messages), "text": text});
        let what = if self.what == "many addresses" { "a message of one of them" } else { self.what };
        let answer = self.scene.asks(self.who, what, request.bearer_auth(&self.token).json(&body)).await;
        answer.json["state"].as_str().filter(|_| answer.status == Some(200)).map(str::to_owned)
    }
}
