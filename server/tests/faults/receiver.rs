//! Merchants' own webhook receivers, in this process like the emulators. They keep every event, and answer like a program
//! that breaks.

use bytes::Bytes;
use emulator::{FaultKind, LateAnswer, Overlap};
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::Value;
use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

/// The connection breaks.
#[derive(Debug, thiserror::Error)]
#[error("a broken connection")]
struct Broken;

/// All receivers, on one port.
pub struct Receivers {
    address: SocketAddr,
    all: Arc<Mutex<HashMap<String, Receiver>>>,
}

/// The receiver at one URL. Several merchants may use it, each with their own secret.
#[derive(Clone)]
pub struct Receiver {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    users: HashMap<String, User>,
    faults: VecDeque<(FaultKind, u32)>,
    arrivals: Vec<Arrival>,
    /// When each unanswered event of a handover arrived, with its position.
    in_flight: Vec<(usize, Timestamp)>,
    overlaps: Vec<Overlap>,
    wrong: Vec<String>,
}

/// An unanswered event.
struct InFlight(Receiver, usize);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.state(|it| it.in_flight.retain(|(place, _)| *place != self.1));
    }
}

/// A merchant, as the receiver knows it.
#[derive(Default)]
struct User {
    /// Known as soon as the first save has returned it.
    secret: Option<String>,
    /// Its events are rejected with a 401.
    revoked: bool,
    /// Its events are rejected with a 410.
    gone: bool,
    /// The screen says that nothing more is sent.
    switched_off: bool,
}

/// An event of a handover that arrived, in the order of arrival.
#[derive(Clone)]
pub struct Arrival {
    pub handover: String,
    pub sequence: u64,
    pub id: String,
    pub body: Bytes,
    pub at: Timestamp,
    /// Whether it was answered with a 2xx.
    pub taken: bool,
}

impl Receivers {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let it = Self { address: listener.local_addr().unwrap(), all: Arc::default() };
        let all = it.all.clone();
        tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                let all = all.clone();
                let service = service_fn(move |request: Request<Incoming>| {
                    let receiver = all.lock().unwrap().get(request.uri().path()).cloned();
                    async move { receiver.ok_or(Broken)?.answers(request).await }
                });
                // An error is a connection that one of the two sides closed.
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        it
    }

    /// Returns the settings that permit the server to call them.
    pub fn settings(&self) -> [(&'static str, String); 2] {
        let ports = format!("443,{}", self.address.port());
        [("CONVI_WEBHOOK_ALLOW", "127.0.0.1".to_owned()), ("CONVI_WEBHOOK_PORTS", ports)]
    }

    /// Returns the receiver of this name, and adds a merchant to it.
    pub fn receiver(&self, name: &str, user: &str) -> Receiver {
        let path = format!("/{name}");
        let url = format!("http://{}{path}", self.address);
        let mut all = self.all.lock().unwrap();
        let receiver = all.entry(path).or_insert_with(|| Receiver { url, state: Arc::default() });
        receiver.user(user, |_| {});
        receiver.clone()
    }
}

impl Receiver {
    pub fn url(&self) -> &str {
        &self.url
    }

    fn state<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap())
    }

    fn user(&self, name: &str, change: impl FnOnce(&mut User)) {
        self.state(|it| change(it.users.entry(name.to_owned()).or_default()));
    }

    pub fn learns(&self, user: &str, secret: &str) {
        self.user(user, |it| it.secret = Some(secret.to_owned()));
    }

    pub fn revoke(&self, user: &str, revoked: bool) {
        self.user(user, |it| it.revoked = revoked);
    }

    /// Answers this merchant's events with a 410 from now on.
    pub fn closes(&self, user: &str) {
        self.user(user, |it| it.gone = true);
    }

    /// The server has said that it sends nothing more to this merchant.
    pub fn is_switched_off(&self, user: &str) {
        self.user(user, |it| it.switched_off = true);
    }

    /// Ends the 410. The merchant saves the connection again afterwards.
    pub fn reopens(&self, user: &str) {
        self.user(user, |it| (it.gone, it.switched_off) = (false, false));
    }

    pub fn fault(&self, kind: &FaultKind, times: u32) {
        self.state(|it| it.faults.push_back((kind.clone(), times)));
    }

    pub fn clear_faults(&self) {
        self.state(|it| it.faults.clear());
    }

    pub fn arrivals(&self) -> Vec<Arrival> {
        self.state(|it| it.arrivals.clone())
    }

    /// Returns the events that arrived while another one was still unanswered.
    pub fn overlaps(&self) -> Vec<Overlap> {
        self.state(|it| it.overlaps.clone())
    }

    /// Returns what the server did that it must not do.
    pub fn wrong(&self) -> Vec<String> {
        self.state(|it| it.wrong.clone())
    }

    async fn answers(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Broken> {
        let fault = self.state(State::next_fault);
        if fault == Some(FaultKind::DropBeforeBody) {
            return Err(Broken);
        }
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
        let (rejected, place) = self.state(|it| it.got(&head.headers, &body));
        let _in_flight = place.map(|place| InFlight(self.clone(), place));
        if let Some(status) = rejected {
            return Ok(response(status, ""));
        }
        let wait = |seconds: f64| tokio::time::sleep(Duration::from_secs_f64(seconds));
        let text = match fault {
            None | Some(FaultKind::EmptyBody | FaultKind::LateVisibility { .. }) => "",
            Some(FaultKind::GarbageBody | FaultKind::CutBody) => "<html>",
            Some(FaultKind::Delay { seconds } | FaultKind::SlowAnswer { seconds }) => {
                wait(seconds).await;
                ""
            }
            Some(
                FaultKind::Status { status, .. }
                | FaultKind::LateCommit { answer: LateAnswer::Status(status), .. },
            ) => return Ok(response(status, "Not now.")),
            Some(
                FaultKind::Hang
                | FaultKind::HangAfterCommit
                | FaultKind::LateCommit { answer: LateAnswer::Hang, .. },
            ) => std::future::pending().await,
            Some(_) => return Err(Broken),
        };
        if let Some(place) = place {
            self.state(|it| it.arrivals[place].taken = true);
        }
        Ok(response(200, text))
    }
}

impl State {
    fn next_fault(&mut self) -> Option<FaultKind> {
        let (kind, times) = self.faults.front_mut()?;
        let kind = kind.clone();
        *times -= 1;
        if *times == 0 {
            self.faults.pop_front();
        }
        Some(kind)
    }

    /// Keeps an event. Returns the status with which the merchant rejects it, if any, and its place among the arrivals.
    fn got(&mut self, headers: &HeaderMap, body: &Bytes) -> (Option<u16>, Option<usize>) {
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let id = text("webhook-id").to_owned();
        let signs = |(_, user): &(&String, &User)| {
            user.secret.as_deref().is_some_and(|secret| is_signed(secret, text, body))
        };
        let user = self.users.iter().find(signs);
        let what = format!("{} {id}", json["type"].as_str().unwrap_or("an event that is not JSON"));
        match user {
            Some((name, user)) if user.switched_off => {
                self.wrong.push(format!("{what} of {name} was sent after a 410"));
            }
            // Before a merchant has seen its secret, nobody can check it.
            None if self.users.values().all(|user| user.secret.is_some()) => {
                self.wrong.push(format!("{what} has no valid signature"));
            }
            _ => {}
        }
        let rejected = match user {
            Some((_, User { gone: true, .. })) => Some(410),
            Some((_, User { revoked: true, .. })) => Some(401),
            _ => None,
        };
        let data = &json["data"];
        let place =
            data["handover_id"].as_str().zip(data["sequence"].as_u64()).map(|(handover, sequence)| {
                let handover = handover.to_owned();
                let at = Timestamp::now();
                self.arrivals.push(Arrival { handover, sequence, id, body: body.clone(), at, taken: false });
                let place = self.arrivals.len() - 1;
                self.overlaps
                    .extend(self.in_flight.iter().map(|(_, first)| Overlap { first: *first, second: at }));
                self.in_flight.push((place, at));
                place
            });
        (rejected, place)
    }
}

fn is_signed<'a>(secret: &str, header: impl Fn(&'static str) -> &'a str, body: &[u8]) -> bool {
    let Ok(webhook) = standardwebhooks::Webhook::new(secret) else { return false };
    let Ok(at) = header("webhook-timestamp").parse() else { return false };
    // The time is not checked, because the server's clock jumps.
    let expected = webhook.sign(header("webhook-id"), at, body);
    expected.is_ok_and(|expected| header("webhook-signature").split(' ').any(|it| it == expected))
}

fn response(status: u16, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    if status == 429 {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    }
    response
}
