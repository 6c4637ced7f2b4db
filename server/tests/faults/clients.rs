//! Clients that post handovers as real ones do: they repeat the same id and body until they get a 202.

use crate::{
    chance::Chance,
    desk::{Desk, Merchant},
    program::INGEST_SECRET,
    shop::Caller,
};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// A handover whose sender got a 202.
#[derive(Clone, Debug)]
pub struct Posted {
    pub id: String,
    pub merchant: usize,
    /// When it was posted for the first time, and when its sender got the 202.
    pub posted: Instant,
    pub accepted: Instant,
    /// How many times it was continued under a new webhook-id.
    pub later: u32,
    /// When its sender got the last 202.
    pub finished: Instant,
    /// Other handovers that the sender got for the same conversation: wrong, unless the first one was lost.
    pub others: Vec<String>,
}

/// A broken guarantee of the endpoint, for a handover that was posted and continued between these times.
pub struct Wrong {
    pub what: String,
    pub posted: Instant,
    pub finished: Instant,
}

/// State shared by all clients.
#[derive(Default)]
pub struct Board {
    pub posted: Mutex<Vec<Posted>>,
    /// Responses other than 202, with counts.
    pub other_answers: Mutex<BTreeMap<String, usize>>,
    /// Broken guarantees of the endpoint.
    pub wrong: Mutex<Vec<Wrong>>,
    next: AtomicUsize,
}

impl Board {
    pub fn count(&self) -> usize {
        self.posted.lock().unwrap().len()
    }
}

/// Returns the text of a conversation's later message.
pub fn later_text(n: u32) -> String {
    format!("Are you there? I asked {n} times.")
}

/// A client and its context.
#[derive(Clone)]
pub struct Client {
    pub caller: Caller,
    pub merchants: Arc<Vec<Merchant>>,
    pub board: Arc<Board>,
    pub chance: Chance,
    pub handovers: usize,
    pub seconds: u64,
    pub began: Instant,
}

impl Client {
    /// Posts all handovers, spread evenly over the run.
    pub async fn run(mut self) {
        loop {
            let n = self.board.next.fetch_add(1, Ordering::SeqCst);
            if n >= self.handovers {
                return;
            }
            let due = Duration::from_millis(self.seconds * 1_000 * n as u64 / self.handovers as u64);
            tokio::time::sleep_until((self.began + due).into()).await;
            let merchant = self.chance.below(self.merchants.len());
            self.hands_over(n, merchant).await;
        }
    }

    /// Posts one handover of a merchant until it is accepted.
    pub async fn hands_over(&mut self, n: usize, merchant: usize) {
        let posted = self.posted(n, merchant).await;
        self.board.posted.lock().unwrap().push(posted);
    }

    async fn posted(&mut self, n: usize, merchant: usize) -> Posted {
        let body = self.body(n, merchant);
        let key = format!("msg-{n}");
        let posted = Instant::now();
        let (mut others, mut wrong) = (Vec::new(), Vec::new());
        let mut expect = |same: bool, other: &Value, otherwise: String| {
            if !same {
                others.extend(other["handover_id"].as_str().map(str::to_owned));
                wrong.push(otherwise);
            }
        };
        let answer = if self.chance.one_in(20) {
            // Two of the sender's machines post at the same time.
            let mut twin = self.clone();
            let (one, other) = tokio::join!(self.posts(&key, &body), twin.posts(&key, &body));
            expect(one == other, &other, format!("{key}: {one} and at the same moment {other}"));
            one
        } else {
            self.posts(&key, &body).await
        };
        let accepted = Instant::now();
        let id = answer["handover_id"].as_str().unwrap().to_owned();
        if self.chance.one_in(10) {
            // The sender lost the response.
            let again = self.posts(&key, &body).await;
            expect(again == answer, &again, format!("{key}: {answer} and later {again}"));
        }
        // Some conversations continue. Events must keep their order, so more of theirs do, and for longer.
        let later = match self.merchants[merchant].account {
            Desk::Webhook(_) if self.chance.one_in(5) => 1 + self.chance.below(3) as u32,
            Desk::Gorgias(_) | Desk::Zendesk(_) if self.chance.one_in(30) => 1,
            _ => 0,
        };
        let mut body = body;
        for n in 1..=later {
            if n > 1 {
                let pause = self.chance.between(0.0, 2.0);
                tokio::time::sleep(Duration::from_secs_f64(pause)).await;
            }
            let more = json!({"id": format!("later-{n}"), "author": "shopper", "text": later_text(n)});
            body["conversation"]["messages"].as_array_mut().unwrap().push(more);
            let continued = self.posts(&format!("{key}-later-{n}"), &body).await;
            let same = continued["handover_id"] == id.as_str() && continued["continued"] == true;
            expect(same, &continued, format!("{key}: {id} was continued as {continued}"));
        }
        let finished = Instant::now();
        let wrong = wrong.into_iter().map(|what| Wrong { what, posted, finished });
        self.board.wrong.lock().unwrap().extend(wrong);
        Posted { id, merchant, posted, accepted, later, finished, others }
    }

    fn body(&self, n: usize, merchant: usize) -> Value {
        // Several handovers per shopper, so that tickets can be merged; some without an address.
        let shopper = match self.chance.below(8) {
            0 => json!({"name": "Somebody"}),
            _ => json!({"email": format!("shopper{}@mail.test", n / 3 / self.merchants.len())}),
        };
        let turns: Vec<Value> = (0..=self.chance.below(20))
            .map(|turn| {
                let text =
                    "I was told that my parcel would come on Tuesday, and now it is Friday. ".repeat(3);
                json!({"id": format!("t{turn}"), "author": "shopper", "text": text})
            })
            .collect();
        json!({
            "merchant_id": self.merchants[merchant].name,
            "trigger": {"kind": "automatic", "reason": "asked_for_human"},
            "conversation": {"id": format!("c-{n}"), "summary": format!("Handover {n}"), "shopper": shopper,
                "messages": turns},
        })
    }

    /// Posts until there is a 202 and returns its JSON.
    async fn posts(&mut self, key: &str, body: &Value) -> Value {
        let bytes = body.to_string();
        loop {
            let now = self.caller.now();
            let webhook = Webhook::new(INGEST_SECRET).unwrap();
            let signature = webhook.sign(key, now, bytes.as_bytes()).unwrap();
            let url = self.caller.url("/v1/handovers").await;
            let request = self
                .caller
                .http()
                .post(url)
                .header("content-type", "application/json")
                .header("webhook-id", key)
                .header("webhook-timestamp", now)
                .header("webhook-signature", signature)
                .body(bytes.clone());
            let met = match request.send().await {
                Ok(answer) if answer.status() == 202 => match answer.json().await {
                    Ok(json) => return json,
                    Err(_) => "truncated 202".to_owned(),
                },
                Ok(answer) => answer.status().as_u16().to_string(),
                Err(_) => "no response".to_owned(),
            };
            *self.board.other_answers.lock().unwrap().entry(met).or_default() += 1;
            tokio::time::sleep(Duration::from_secs_f64(self.chance.between(0.05, 0.5))).await;
        }
    }
}
