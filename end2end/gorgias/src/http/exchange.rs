//! One request to an account's API, from its headers to its answer: written down, hit by faults, checked for
//! credentials and rate, performed, answered.

use std::{convert::Infallible, future::pending};

use axum::{
    body::Body,
    extract::{ConnectInfo, State},
    http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header},
    response::{Html, IntoResponse},
};
use bytes::Bytes;
use futures::{StreamExt, stream};
use jiff::Timestamp;

use super::{Site, connection::Plug};
use crate::{
    api::{self, Call, Refusal, Reply},
    clock::seconds_later,
    fault::{self, FaultKind, LateAnswer},
    world::{Account, Pending, Verdict, World},
};

/// `{subdomain}/api/…`, and the page that an unknown subdomain answers with.
pub(crate) async fn gorgias(
    State(site): State<Site>,
    ConnectInfo(plug): ConnectInfo<Plug>,
    request: Request<Body>,
) -> Response<Body> {
    let path = request.uri().path().trim_matches('/').to_owned();
    let (subdomain, rest) = path.split_once('/').unwrap_or((&path, ""));
    let exists = site.world.peek(|accounts| accounts.get(subdomain).is_some());
    match rest.strip_prefix("api").filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        Some(rest) if exists => {
            let exchange = Exchange::open(&site.world, plug, subdomain, rest, &request);
            exchange.run(request).await
        }
        _ => no_such_page(),
    }
}

/// L, section 1: a subdomain that does not exist answers 404 with an HTML page, not JSON.
fn no_such_page() -> Response<Body> {
    let page = "<!doctype html><html lang=\"en\"><head><title>Page not found</title></head>\
                <body><h1>Page not found</h1><p>There is no helpdesk at this address.</p></body></html>";
    (StatusCode::NOT_FOUND, Html(page)).into_response()
}

/// What a proxy in front of Gorgias sends when it is in trouble (section 4).
fn proxy_page(status: u16) -> Response<Body> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let reason = status.canonical_reason().unwrap_or("Error");
    let page = format!(
        "<html><head><title>{status}</title></head><body><center><h1>{reason}</h1></center></body></html>"
    );
    (status, Html(page)).into_response()
}

/// One request under way.
struct Exchange {
    world: World,
    plug: Plug,
    subdomain: String,
    /// Its number in the log.
    number: u64,
    faults: Vec<FaultKind>,
    /// How often the faults had been cleared when it arrived.
    clearings: u64,
    base: String,
    path: Vec<String>,
}

impl Exchange {
    /// Writes the request down and takes the faults that concern it.
    fn open(world: &World, plug: Plug, subdomain: &str, rest: &str, request: &Request<Body>) -> Self {
        let (method, headers) = (request.method().as_str(), request.headers());
        let logged_path = format!("/api{rest}");
        let (number, faults, clearings, absolute) = world
            .account(subdomain, |account, now| {
                let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
                let user = api::user_of(account, authorization).map(|user| user.email.clone());
                let number = account.request_arrived(method, &logged_path, request.uri().query(), user, now);
                let faults = fault::take(&mut account.faults, method, &logged_path);
                if let Some(entry) = account.request(number) {
                    entry.faults = faults.iter().map(FaultKind::name).collect();
                }
                (number, faults, account.fault_clearings, account.behaviour.absolute_locations)
            })
            .unwrap_or_default();
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let origin = if absolute { format!("http://{host}") } else { String::new() };
        Self {
            world: world.clone(),
            plug,
            subdomain: subdomain.to_owned(),
            number,
            faults,
            clearings,
            base: format!("{origin}/{subdomain}"),
            path: rest.split('/').filter(|part| !part.is_empty()).map(percent_decoded).collect(),
        }
    }

    fn suffers(&self, kind: &FaultKind) -> bool {
        self.faults.contains(kind)
    }

    fn first<T>(&self, pick: impl Fn(&FaultKind) -> Option<T>) -> Option<T> {
        self.faults.iter().find_map(pick)
    }

    fn account<T>(&self, act: impl FnOnce(&mut Account, Timestamp) -> T) -> Option<T> {
        self.world.account(&self.subdomain, act)
    }

    async fn run(self, request: Request<Body>) -> Response<Body> {
        if self.suffers(&FaultKind::DropBeforeBody) {
            return self.drop_connection();
        }
        let (parts, body) = request.into_parts();
        let most = self.account(|account, _| account.behaviour.max_body).unwrap_or_default();
        let body = match read_body(body, most).await {
            Ok(Some(body)) => body,
            Ok(None) => return self.answer(Refusal::TooLarge.reply(&self.base)),
            // The client went in the middle of its own request: there is nobody to answer.
            Err(()) => return self.drop_connection(),
        };
        let asked = self.world.clock.now();
        if let Some(seconds) = self.first(|kind| match kind {
            FaultKind::Delay { seconds } => Some(*seconds),
            _ => None,
        }) {
            self.wait(seconds).await;
        }
        if self.suffers(&FaultKind::Hang) {
            return self.hang().await;
        }
        if self.suffers(&FaultKind::DropBeforeCommit) {
            return self.drop_connection();
        }
        if let Some(answer) = self.answer_instead() {
            return answer;
        }
        match self.admit(&parts, body, asked) {
            Ok(call) => self.perform(call).await,
            Err(refusal) => self.refuse(refusal),
        }
    }

    /// A status or a redirect in place of an answer.
    fn answer_instead(&self) -> Option<Response<Body>> {
        let response = self.first(|kind| match kind {
            FaultKind::Status { status, html: true, .. } => Some(proxy_page(*status)),
            FaultKind::Status { status, html: false, message } => {
                let words = StatusCode::from_u16(*status).ok().and_then(|status| status.canonical_reason());
                let msg = message.as_deref().or(words).unwrap_or("Error");
                let body = serde_json::json!({"error": {"msg": msg}});
                Some(json(&Reply::json(*status, body)))
            }
            FaultKind::Body { status, body } => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY);
                let json = [(header::CONTENT_TYPE, "application/json")];
                Some((status, json, body.clone()).into_response())
            }
            FaultKind::Redirect { status, location } => {
                let reply = Reply { status: *status, body: None, location: Some(location.clone()) };
                Some(json(&reply))
            }
            _ => None,
        })?;
        Some(self.finish(response))
    }

    /// Credentials, then the rate: what is refused here was not performed.
    fn admit(
        &self,
        parts: &axum::http::request::Parts,
        body: Bytes,
        asked: Timestamp,
    ) -> Result<Call, Refusal> {
        let authorization = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let admitted = self.account(|account, now| {
            let user = api::user_of(account, authorization).cloned().ok_or(Refusal::Unauthorized)?;
            match account.bucket.pour(account.behaviour.rate, now) {
                Verdict::Room => Ok((user, now)),
                Verdict::Full { retry_after } => {
                    account.bucket_refusals += 1;
                    Err(Refusal::TooMany(retry_after))
                }
            }
        });
        let (user, now) = admitted.unwrap_or(Err(Refusal::NotFound))?;
        Ok(Call {
            method: parts.method.as_str().to_owned(),
            path: self.path.clone(),
            query: pairs(parts.uri.query().unwrap_or_default()),
            body: body.to_vec(),
            is_json: is_json(&parts.headers),
            user,
            base: self.base.clone(),
            asked,
            now,
        })
    }

    /// Performs now or later, and answers as the faults have it.
    async fn perform(self, call: Call) -> Response<Body> {
        let late = self.first(|kind| match kind {
            FaultKind::LateCommit { seconds, answer } => Some((*seconds, answer.clone())),
            _ => None,
        });
        if let Some((seconds, answer)) = late {
            self.account(|account, now| {
                let due = seconds_later(now, seconds);
                account.pending.push(Pending { due, call, faults: self.faults.clone() });
                if let Some(entry) = account.request(self.number) {
                    entry.performed = true;
                }
            });
            return match answer {
                LateAnswer::Drop => self.drop_connection(),
                LateAnswer::Hang => self.hang().await,
                LateAnswer::Status(status) => self.finish(proxy_page(status)),
            };
        }
        let reply = self.account(|account, _| {
            let reply = api::perform(account, &call, &self.faults);
            if let Some(entry) = account.request(self.number) {
                entry.performed = reply.status < 300;
            }
            reply
        });
        let reply = reply.unwrap_or_else(|| Refusal::NotFound.reply(&self.base));
        if let Some(seconds) = self.first(|kind| match kind {
            FaultKind::SlowAnswer { seconds } => Some(*seconds),
            _ => None,
        }) {
            self.wait(seconds).await;
        }
        if self.suffers(&FaultKind::HangAfterCommit) {
            return self.hang().await;
        }
        if self.suffers(&FaultKind::DropAfterCommit) {
            return self.drop_connection();
        }
        let spoilt = self.first(|kind| match kind {
            FaultKind::SlowBody { .. }
            | FaultKind::CutBody
            | FaultKind::GarbageBody
            | FaultKind::EmptyBody => Some(kind.clone()),
            _ => None,
        });
        match spoilt {
            Some(kind) => self.answer_spoilt(reply, kind),
            None => self.answer(reply),
        }
    }

    fn refuse(&self, refusal: Refusal) -> Response<Body> {
        let mut response = json(&refusal.reply(&self.base));
        if let Refusal::TooMany(seconds) = refusal {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        self.finish(response)
    }

    fn answer(&self, reply: Reply) -> Response<Body> {
        self.finish(json(&reply))
    }

    /// The right status and headers, with a body that is late, cut, empty or no JSON.
    fn answer_spoilt(&self, reply: Reply, kind: FaultKind) -> Response<Body> {
        let (mut parts, _) = json(&reply).into_parts();
        let whole = reply.body.as_ref().map(ToString::to_string).unwrap_or_default();
        let (first, second) = whole.split_at(whole.floor_char_boundary(whole.len() / 2));
        let (first, second) =
            (Bytes::copy_from_slice(first.as_bytes()), Bytes::copy_from_slice(second.as_bytes()));
        let begin = stream::once(async move { Ok::<_, std::io::Error>(first) });
        let body = match kind {
            FaultKind::SlowBody { seconds } => {
                let (clock, until) =
                    (self.world.clock.clone(), seconds_later(self.world.clock.now(), seconds));
                parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
                Body::from_stream(begin.chain(stream::once(async move {
                    clock.reach(until).await;
                    Ok(second)
                })))
            }
            FaultKind::CutBody => {
                parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
                let cut = stream::once(async {
                    // A pause, in which the server writes what it has. Else the error overtakes the headers.
                    tokio::task::yield_now().await;
                    Err(std::io::ErrorKind::ConnectionReset.into())
                });
                Body::from_stream(begin.chain(cut))
            }
            FaultKind::GarbageBody => Body::from("{\"id\": 12, \"uri\": <!-- upstream went away"),
            _ => Body::empty(),
        };
        self.finish(Response::from_parts(parts, body))
    }

    /// Adds the headers that every answer has, and writes the end down.
    fn finish(&self, mut response: Response<Body>) -> Response<Body> {
        let status = response.status().as_u16();
        let rate = self.account(|account, now| {
            if let Some(entry) = account.request(self.number) {
                entry.status = Some(status);
            }
            account.bucket.header(account.behaviour.rate, now)
        });
        let headers = response.headers_mut();
        if let Some(rate) = rate.and_then(|rate| HeaderValue::try_from(rate).ok()) {
            headers.insert("x-gorgias-account-api-call-limit", rate);
        }
        if let Ok(id) = HeaderValue::try_from(format!("{}-{}", self.subdomain, self.number)) {
            headers.insert("x-request-id", id);
        }
        response
    }

    async fn wait(&self, seconds: f64) {
        let until = seconds_later(self.world.clock.now(), seconds);
        self.world.clock.reach(until).await;
    }

    /// Answers nothing until the client goes (then this future is dropped) or the faults are cleared.
    async fn hang(&self) -> Response<Body> {
        let mut changes = self.world.changes();
        let cleared = async {
            let still = |world: &World| {
                world.peek(|accounts| {
                    accounts
                        .get(&self.subdomain)
                        .is_some_and(|account| account.fault_clearings == self.clearings)
                })
            };
            while still(&self.world) {
                if changes.changed().await.is_err() {
                    pending::<Infallible>().await;
                }
            }
        };
        tokio::select! {
            () = cleared => {}
            () = self.plug.pulled() => {}
        }
        self.drop_connection()
    }

    /// Nothing of what this returns is ever written: the connection is gone.
    fn drop_connection(&self) -> Response<Body> {
        self.plug.pull();
        Response::new(Body::empty())
    }
}

/// The whole body; `None` if it is larger than `most`, an error if the client went.
async fn read_body(body: Body, most: usize) -> Result<Option<Bytes>, ()> {
    let mut whole = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| ())?;
        // What is too large is read to its end all the same: an answer in the middle of somebody's writing
        // looks like a reset to them, and the real one's proxy reads on too (I).
        if whole.len() <= most {
            whole.extend_from_slice(&chunk);
        }
    }
    Ok((whole.len() <= most).then(|| whole.into()))
}

fn json(reply: &Reply) -> Response<Body> {
    let body = reply.body.as_ref().map(ToString::to_string);
    let mut response = Response::new(body.map(Body::from).unwrap_or_default());
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if reply.body.is_some() {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if let Some(location) = reply.location.as_ref().and_then(|location| HeaderValue::try_from(location).ok())
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|it| it.split(';').next().unwrap_or_default().trim() == "application/json")
}

/// `a=b&c=d`, decoded.
fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = |text: &str| percent_decoded(&text.replace('+', " "));
            (decoded(key), decoded(value))
        })
        .collect()
}

/// `%41` is `A`.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded() {
        let expected =
            vec![("email".to_owned(), "a+b c@x.test".to_owned()), ("limit".to_owned(), "2".to_owned())];
        assert_eq!(pairs("email=a%2Bb+c%40x.test&limit=2"), expected);
        assert_eq!(percent_decoded("100%"), "100%");
        assert_eq!(percent_decoded("%zz%C3%A9"), "%zzé");
    }
}
