//! Sends one request to one account: with its credentials, a deadline, a bounded answer and no redirects.

use super::{
    KIND, OAUTH_CLIENT, Zendesk,
    answer::Answer,
    sentences::{ANSWER_TOO_LONG, BROKE_OFF, NO_CONNECTION, NOT_CONFIRMED, SLOW},
    token::{Token, made_nothing},
};
use crate::helpdesk::{
    Access, Failure, Meter,
    deadline::{DeadlineBody, Gate},
    exchange::{Counted, Lost, read_body},
    secrets::Secrets,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use domain::{Sentence, said};
use http::{HeaderValue, Method, header};
use secrecy::ExposeSecret;
use std::{sync::Arc, time::Duration};

/// The deadline of requests that create nothing.
pub(super) const READ_ENDS_AFTER: Duration = Duration::from_secs(15);
/// The largest answer that is read. A page of audits has 100 comments, each of them several times.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// A request to send.
pub(super) struct Call<'a> {
    pub method: Method,
    /// Below the account's host, with its query.
    pub path: &'a str,
    pub body: Option<Bytes>,
    /// Time since boot.
    pub ends_at: Duration,
    /// The idempotency key of a create.
    pub key: Option<String>,
}

impl Zendesk {
    /// Sends a request that changes nothing, within the budget.
    pub(super) async fn get(
        &self,
        access: &Access,
        path: &str,
        meter: &dyn Meter,
    ) -> Result<Answer, Failure> {
        let ends_at = self.clock.since_boot() + READ_ENDS_AFTER;
        let call = Call { method: Method::GET, path, body: None, ends_at, key: None };
        self.send(access, call, meter).await?.success()
    }

    /// Sends one request within the budget, and fetches a token first if the credentials need one. A rejected token is fetched
    /// once more, because a 401 has made nothing.
    pub(super) async fn send(
        &self,
        access: &Access,
        call: Call<'_>,
        meter: &dyn Meter,
    ) -> Result<Answer, Failure> {
        let again = Call {
            method: call.method.clone(),
            path: call.path,
            body: call.body.clone(),
            ends_at: call.ends_at,
            key: call.key.clone(),
        };
        let token = self.bearer(access, meter).await.map_err(made_nothing)?;
        meter.admit().await;
        let answer = self.call(access, token.as_ref(), call, meter).await?;
        if token.is_none() || answer.status.as_u16() != 401 {
            return Ok(answer);
        }
        self.tokens.forget(access);
        let token = self.bearer(access, meter).await.map_err(made_nothing)?;
        meter.admit().await;
        self.call(access, token.as_ref(), again, meter).await
    }

    /// Returns the token that the credentials need, if they need one.
    pub(super) async fn bearer(&self, access: &Access, meter: &dyn Meter) -> Result<Option<Token>, Failure> {
        match access.method.slug {
            OAUTH_CLIENT => self.token(access, meter).await.map(Some),
            _ => Ok(None),
        }
    }

    /// Sends one request that was already admitted. An error means that there is no complete answer.
    pub(super) async fn call(
        &self,
        access: &Access,
        token: Option<&Token>,
        call: Call<'_>,
        meter: &dyn Meter,
    ) -> Result<Answer, Failure> {
        let mut counted = Counted::new(meter);
        let gate = Arc::new(Gate::default());
        let left = call.ends_at.saturating_sub(self.clock.since_boot());
        let answer = tokio::select! {
            answer = self.exchange(access, token, &call, &gate) => answer,
            () = self.clock.sleep(left) => Err(Lost::Late),
        };
        let answer = answer.map_err(|lost| {
            let changes = call.method != Method::GET;
            // If the body was never requested, nothing was sent that could create a ticket. The connection may outlive this
            // call, so the gate keeps it from reading the body later.
            if !changes || gate.close() { not_sent(lost) } else { ambiguous(lost) }
        });
        counted.rate = answer.as_ref().ok().and_then(Answer::rate);
        drop(counted);
        if let Ok(answer) = &answer {
            if answer.status.as_u16() == 429 && !answer.is_of_one_ticket() {
                meter.refused(answer.retry_after());
            }
            if let Some(id) = answer.headers.get("x-request-id").and_then(|id| id.to_str().ok()) {
                tracing::debug!(
                    target: "convi_server::helpdesk::zendesk::http",
                    helpdesk = KIND.slug(),
                    http.status = answer.status.as_u16(),
                    zendesk.request_id = answer.cut(id),
                    "helpdesk answered"
                );
            }
        }
        answer
    }

    async fn exchange(
        &self,
        access: &Access,
        token: Option<&Token>,
        call: &Call<'_>,
        gate: &Arc<Gate>,
    ) -> Result<Answer, Lost> {
        let url = format!("{}{}", self.base(&access.subdomain), call.path);
        let mut request =
            self.http.request(call.method.clone(), url).header(header::ACCEPT, "application/json");
        if let Some(credentials) = credentials(access, token, call)? {
            request = request.header(header::AUTHORIZATION, credentials);
        }
        if let Some(key) = &call.key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = &call.body {
            let body = DeadlineBody::new(body.clone(), call.ends_at, self.clock.clone(), gate.clone());
            request =
                request.header(header::CONTENT_TYPE, "application/json").body(reqwest::Body::wrap(body));
        }
        // The error's own text contains the URL, so only its kind is kept.
        let mut response = request.send().await.map_err(|error| Lost::from(&error))?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let body = read_body(&mut response, LARGEST_ANSWER).await?;
        let secrets = Secrets::of(access).and_pair(&token_user(access), &access.key);
        let secrets = match token {
            Some(token) => secrets.and_key(token.bearer.clone()),
            None => secrets,
        };
        Ok(Answer { status, headers, body, secrets })
    }
}

/// Returns the header, marked sensitive so that it is not printed. A token request has its credentials in its body.
fn credentials(access: &Access, token: Option<&Token>, call: &Call<'_>) -> Result<Option<HeaderValue>, Lost> {
    let text = match token {
        _ if call.path == "/oauth/tokens" => return Ok(None),
        Some(token) => zeroize::Zeroizing::new(format!("Bearer {}", token.bearer.expose_secret())),
        None => {
            let pair =
                zeroize::Zeroizing::new(format!("{}:{}", token_user(access), access.key.expose_secret()));
            zeroize::Zeroizing::new(format!("Basic {}", BASE64_STANDARD.encode(pair.as_bytes())))
        }
    };
    let mut value = HeaderValue::from_str(&text).map_err(|_| Lost::Connect)?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// Returns the user of the header with an API token.
fn token_user(access: &Access) -> String {
    format!("{}/token", access.username)
}

fn words(lost: Lost) -> Sentence {
    match lost {
        Lost::Connect => NO_CONNECTION,
        Lost::Late => SLOW,
        Lost::Broken => BROKE_OFF,
        Lost::TooLong => ANSWER_TOO_LONG,
    }
}

fn not_sent(lost: Lost) -> Failure {
    Failure::NotSent { helpdesk: KIND, why: words(lost).into() }
}

fn ambiguous(lost: Lost) -> Failure {
    Failure::Ambiguous { why: said!(NOT_CONFIRMED, why = words(lost)) }
}
