//! One request to an account's API, from its headers to its response: logged, checked for faults, credentials and rate,
//! performed and answered.

use std::{convert::Infallible, future::pending};

use axum::{
    body::Body,
    extract::{ConnectInfo, State},
    http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri, header},
    response::{Html, IntoResponse},
};
use bytes::Bytes;
use futures::{StreamExt, stream};
use jiff::Timestamp;

use super::connection::Plug;
use crate::{
    account::Pending,
    call::{Call, Reply, Request},
    clock::seconds_later,
    fault::{self, FaultKind, LateAnswer},
    product::Product,
    surface::Site,
    world::World,
};

/// Answers `{subdomain}/…` if that is the API, and 404 otherwise.
pub(crate) async fn api<P: Product>(
    State(site): State<Site<P>>,
    ConnectInfo(plug): ConnectInfo<Plug>,
    request: axum::http::Request<Body>,
) -> Response<Body> {
    let path = request.uri().path().trim_matches('/').to_owned();
    let (subdomain, rest) = path.split_once('/').unwrap_or((&path, ""));
    let is_api = P::API.contains(&rest.split('/').next().unwrap_or_default());
    if !is_api || site.world.peek(|accounts| accounts.get(subdomain).is_none()) {
        return P::nothing_here();
    }
    let (parts, body) = request.into_parts();
    let request = read_head(parts.method.as_str(), rest, &parts.uri, &parts.headers);
    Exchange::open(&site.world, plug, subdomain, rest, parts.uri.query(), request).run(body).await
}

/// Returns the page that a proxy in front of a helpdesk sends when it is in trouble.
fn proxy_page(status: u16) -> Response<Body> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let reason = status.canonical_reason().unwrap_or("Error");
    let page = format!(
        "<html><head><title>{status}</title></head><body><center><h1>{reason}</h1></center></body></html>"
    );
    (status, Html(page)).into_response()
}

/// One request in flight.
struct Exchange<P: Product> {
    world: World<P>,
    plug: Plug,
    subdomain: String,
    request: Request,
    /// Its number in the log.
    number: u64,
    faults: Vec<FaultKind>,
    /// How often the faults had been cleared when it arrived.
    clearings: u64,
}

/// Records that the request was answered, or that its connection was lost.
impl<P: Product> Drop for Exchange<P> {
    fn drop(&mut self) {
        self.account(|account, _| account.request_ended(self.number));
    }
}

impl<P: Product> Exchange<P> {
    /// Logs the request and takes the faults that affect it.
    fn open(
        world: &World<P>,
        plug: Plug,
        subdomain: &str,
        path: &str,
        query: Option<&str>,
        request: Request,
    ) -> Self {
        let path = format!("/{path}");
        let method = request.method.as_str();
        let (number, faults, clearings) = world
            .account(subdomain, |account, now| {
                let user = P::identify(account, &request);
                let number = account.request_arrived(method, &path, query, user, now);
                if (method, path.as_str()) == P::CREATION {
                    account.creation_arrived(number, now);
                }
                let faults = fault::take(&mut account.faults, method, &path);
                if let Some(entry) = account.request(number) {
                    entry.faults = faults.iter().map(FaultKind::name).collect();
                }
                (number, faults, account.fault_clearings)
            })
            .unwrap_or_default();
        Self {
            world: world.clone(),
            plug,
            subdomain: subdomain.to_owned(),
            request,
            number,
            faults,
            clearings,
        }
    }

    fn suffers(&self, kind: &FaultKind) -> bool {
        self.faults.contains(kind)
    }

    fn first<T>(&self, pick: impl Fn(&FaultKind) -> Option<T>) -> Option<T> {
        self.faults.iter().find_map(pick)
    }

    fn account<T>(&self, act: impl FnOnce(&mut P::Account, Timestamp) -> T) -> Option<T> {
        self.world.account(&self.subdomain, act)
    }

    async fn run(self, body: Body) -> Response<Body> {
        if self.suffers(&FaultKind::DropBeforeBody) {
            return self.drop_connection();
        }
        let most = self.account(|account, _| P::max_body(account)).unwrap_or_default();
        let body = match read_body(body, most).await {
            Ok(Some(body)) => body,
            Ok(None) => return self.answer(P::too_large()),
            // The client disconnected during its request, so there is nobody to answer.
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
        match self.admit(body, asked) {
            Some(Ok(call)) => self.perform(call).await,
            Some(Err(refusal)) => self.answer(refusal),
            None => P::nothing_here(),
        }
    }

    /// Returns a status or a redirect in place of a response.
    fn answer_instead(&self) -> Option<Response<Body>> {
        let response = self.first(|kind| match kind {
            FaultKind::Status { status, html: true, .. } => Some(proxy_page(*status)),
            FaultKind::Status { status, html: false, message } => {
                let words = StatusCode::from_u16(*status).ok().and_then(|status| status.canonical_reason());
                let msg = message.as_deref().or(words).unwrap_or("Error");
                Some(json(&Reply::json(*status, P::error(msg))))
            }
            FaultKind::Body { status, body } => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY);
                let json = [(header::CONTENT_TYPE, "application/json")];
                Some((status, json, body.clone()).into_response())
            }
            FaultKind::Redirect { status, location } => {
                Some(json(&Reply::empty(*status).with("location", location)))
            }
            _ => None,
        })?;
        Some(self.finish(response))
    }

    /// Checks credentials and rate. `None` if the account has been removed.
    fn admit(&self, body: Bytes, asked: Timestamp) -> Option<Result<Call<P::Caller>, Reply>> {
        let mut request = self.request.clone();
        self.account(|account, now| {
            let caller = P::admit(account, &request, now)?;
            request.headers.retain(|(name, _)| name != header::AUTHORIZATION.as_str());
            Ok(Call { request, caller, body: body.to_vec(), asked, now })
        })
    }

    /// Performs now or later, and answers as the faults require.
    async fn perform(self, call: Call<P::Caller>) -> Response<Body> {
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
            let reply = P::perform(account, &call, &self.faults);
            if let Some(entry) = account.request(self.number) {
                entry.performed = reply.status < 300;
            }
            reply
        });
        let Some(reply) = reply else {
            return P::nothing_here();
        };
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

    fn answer(&self, reply: Reply) -> Response<Body> {
        self.finish(json(&reply))
    }

    /// Answers with the right status and headers, but a body that is late, cut, empty or not JSON.
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
                    // Lets the server write what it has. Otherwise the error would overtake the headers.
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

    /// Adds the headers of every response, and logs the end.
    fn finish(&self, mut response: Response<Body>) -> Response<Body> {
        let status = response.status().as_u16();
        let own = self.account(|account, now| {
            if let Some(entry) = account.request(self.number) {
                entry.status = Some(status);
            }
            P::headers(account, now)
        });
        add_headers(&mut response, own.unwrap_or_default());
        add_headers(&mut response, [("x-request-id", format!("{}-{}", self.subdomain, self.number))]);
        response
    }

    async fn wait(&self, seconds: f64) {
        let until = seconds_later(self.world.clock.now(), seconds);
        self.world.clock.reach(until).await;
    }

    /// Never answers, until the client disconnects (which drops this future) or the faults are cleared.
    async fn hang(&self) -> Response<Body> {
        let mut changes = self.world.changes();
        let cleared = async {
            let still = |world: &World<P>| {
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

    /// Pulls the plug. The returned response is never written, because the connection is gone.
    fn drop_connection(&self) -> Response<Body> {
        self.plug.pull();
        Response::new(Body::empty())
    }
}

/// Returns the complete body, `None` if it is larger than `most`, or an error if the client disconnected.
async fn read_body(body: Body, most: usize) -> Result<Option<Bytes>, ()> {
    let mut whole = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| ())?;
        // A body that is too large is still read to its end: a response in the middle of a write looks like a reset to
        // the client, and the real proxy reads on too (I).
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
    add_headers(&mut response, reply.headers.iter().cloned());
    response
}

fn add_headers(response: &mut Response<Body>, headers: impl IntoIterator<Item = (&'static str, String)>) {
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
}

fn read_head(method: &str, path: &str, uri: &Uri, headers: &HeaderMap) -> Request {
    let texts = headers.iter().filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?)));
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    Request {
        method: method.to_owned(),
        path: path.split('/').filter(|part| !part.is_empty()).map(percent_decoded).collect(),
        query: pairs(uri.query().unwrap_or_default()),
        headers: texts.map(|(name, value)| (name, value.to_owned())).collect(),
        origin: format!("http://{host}"),
    }
}

/// Decodes `a=b&c=d`.
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

/// Decodes `%41` to `A`.
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
