//! A merchant's receiver: verifies signatures, records every request, and answers as a test says.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use std::{
    collections::VecDeque,
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::sync::watch;

/// One request.
#[derive(Clone, Debug)]
pub struct Got {
    pub headers: HeaderMap,
    pub body: Bytes,
    pub json: Value,
}

impl Got {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub fn kind(&self) -> &str {
        self.json["type"].as_str().unwrap()
    }

    /// Returns whether it is signed with this secret.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let webhook = standardwebhooks::Webhook::new(secret).unwrap();
        let at = self.header("webhook-timestamp").parse().unwrap();
        let expected = webhook.sign(self.id(), at, &self.body).unwrap();
        self.header("webhook-signature").split(' ').any(|given| given == expected)
    }
}

/// How a receiver answers.
#[derive(Clone, Debug)]
pub enum Reply {
    Status(u16),
    /// With a header and a text.
    With(u16, &'static str, String, String),
    /// Never.
    Hang,
    /// With a status and a body that does not end.
    Endless(u16),
}

impl Reply {
    async fn response(self) -> Response {
        let status = |status| StatusCode::from_u16(status).unwrap();
        match self {
            Self::Status(code) => status(code).into_response(),
            Self::With(code, name, value, text) => (status(code), [(name, value)], text).into_response(),
            Self::Hang => std::future::pending().await,
            Self::Endless(code) => {
                let piece = || Some((Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 1_024])), ()));
                let stream = futures::stream::unfold((), move |()| async move { piece() });
                (status(code), Body::from_stream(stream)).into_response()
            }
        }
    }
}

struct Shared {
    got: Mutex<Vec<Got>>,
    next: Mutex<VecDeque<Reply>>,
    otherwise: Mutex<Reply>,
    count: watch::Sender<usize>,
}

#[derive(Clone)]
pub struct Receiver {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

impl Receiver {
    /// Starts a receiver that accepts everything.
    pub async fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap()).await
    }

    pub async fn start_at(address: SocketAddr) -> Self {
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let shared = Arc::new(Shared {
            got: Mutex::default(),
            next: Mutex::default(),
            otherwise: Mutex::new(Reply::Status(204)),
            count: watch::Sender::new(0),
        });
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(receive).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, shared }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook?token=abc", self.address)
    }

    /// Answers the next requests like this, in order.
    pub fn next(&self, replies: impl IntoIterator<Item = Reply>) {
        self.shared.next.lock().unwrap().extend(replies);
    }

    /// Answers all other requests like this.
    pub fn otherwise(&self, reply: Reply) {
        *self.shared.otherwise.lock().unwrap() = reply;
    }

    pub fn got(&self) -> Vec<Got> {
        self.shared.got.lock().unwrap().clone()
    }

    /// Returns the events of handovers, without test events.
    pub fn events(&self) -> Vec<Got> {
        self.got().into_iter().filter(|got| got.kind() != "convi.test").collect()
    }

    pub fn kinds(&self) -> Vec<String> {
        self.events().iter().map(|got| got.kind().to_owned()).collect()
    }

    /// Waits until this many requests have arrived.
    pub async fn has_got(&self, count: usize) {
        self.shared.count.subscribe().wait_for(|got| *got >= count).await.unwrap();
    }
}

async fn receive(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let json = serde_json::from_slice(&body).unwrap();
    shared.got.lock().unwrap().push(Got { headers, body, json });
    shared.count.send_modify(|count| *count += 1);
    let next = shared.next.lock().unwrap().pop_front();
    let reply = next.unwrap_or_else(|| shared.otherwise.lock().unwrap().clone());
    reply.response().await
}
