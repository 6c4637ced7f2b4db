//! Sends one request to one account: Basic authentication, a deadline, a size limit on the response, no redirects.

use super::{
    Gorgias, KIND,
    answer::Answer,
    sentences::{ANSWER_TOO_LONG, BROKE_OFF, NO_CONNECTION, NOT_CONFIRMED, SLOW},
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
use serde::Serialize;
use std::{sync::Arc, time::Duration};

/// Timeout of a request that does not create anything.
pub const READ_ENDS_AFTER: Duration = Duration::from_secs(15);
/// Size limit of a response in bytes. A created ticket is returned whole, with its transcript twice.
const LARGEST_ANSWER: usize = 32 * 1024 * 1024;

/// A request to send.
pub struct Call<'a> {
    pub method: Method,
    /// Path below `/api`, with the query.
    pub path: &'a str,
    pub body: Option<Bytes>,
    /// Deadline, as time since boot.
    pub ends_at: Duration,
}

impl Gorgias {
    /// Sends a read-only request, within the rate budget.
    pub(super) async fn get(
        &self,
        access: &Access,
        path: &str,
        meter: &dyn Meter,
    ) -> Result<Answer, Failure> {
        meter.admit().await;
        let ends_at = self.clock.since_boot() + READ_ENDS_AFTER;
        self.call(access, Call { method: Method::GET, path, body: None, ends_at }, meter).await?.success()
    }

    /// Sends a request that changes an existing object, within the rate budget.
    pub(super) async fn change(
        &self,
        access: &Access,
        method: Method,
        path: &str,
        body: &impl Serialize,
        meter: &dyn Meter,
    ) -> Result<Answer, Failure> {
        meter.admit().await;
        let ends_at = self.clock.since_boot() + READ_ENDS_AFTER;
        let body = Some(super::body::bytes(body));
        self.call(access, Call { method, path, body, ends_at }, meter).await?.success()
    }

    /// Sends one request that was already admitted. An error means that no complete response arrived.
    pub(super) async fn call(
        &self,
        access: &Access,
        call: Call<'_>,
        meter: &dyn Meter,
    ) -> Result<Answer, Failure> {
        let mut counted = Counted::new(meter);
        let gate = Arc::new(Gate::default());
        let left = call.ends_at.saturating_sub(self.clock.since_boot());
        let answer = tokio::select! {
            answer = self.exchange(access, &call, &gate) => answer,
            () = self.clock.sleep(left) => Err(Lost::Late),
        };
        let answer = answer.map_err(|lost| {
            let changes = call.method != Method::GET;
            // If the body was never polled, nothing was sent that could create a ticket. The connection may outlive
            // this call, so close the gate to keep the body from being sent later.
            if !changes || gate.close() { not_sent(lost) } else { ambiguous(lost) }
        });
        counted.rate = answer.as_ref().ok().and_then(Answer::rate);
        drop(counted);
        if let Ok(answer) = &answer {
            if answer.status.as_u16() == 429 {
                meter.refused(answer.retry_after());
            }
            if let Some(id) = answer.headers.get("x-request-id").and_then(|id| id.to_str().ok()) {
                tracing::debug!(
                    target: "convi_server::helpdesk::gorgias::http",
                    helpdesk = KIND.slug(),
                    http.status = answer.status.as_u16(),
                    gorgias.request_id = answer.secrets.cut(id),
                    "helpdesk answered"
                );
            }
        }
        answer
    }

    async fn exchange(&self, access: &Access, call: &Call<'_>, gate: &Arc<Gate>) -> Result<Answer, Lost> {
        let url = format!("{}/api{}", self.base(&access.subdomain), call.path);
        let mut request = self
            .http
            .request(call.method.clone(), url)
            .header(header::AUTHORIZATION, basic(access)?)
            .header(header::ACCEPT, "application/json");
        if let Some(body) = &call.body {
            let body = DeadlineBody::new(body.clone(), call.ends_at, self.clock.clone(), gate.clone());
            request =
                request.header(header::CONTENT_TYPE, "application/json").body(reqwest::Body::wrap(body));
        }
        // reqwest's error text contains the URL, so keep only the kind of error.
        let mut response = request.send().await.map_err(|error| Lost::from(&error))?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let body = read_body(&mut response, LARGEST_ANSWER).await?;
        Ok(Answer { status, headers, body, secrets: Secrets::of(access) })
    }
}

/// Returns the `Authorization` header, marked as sensitive so that it is never printed.
fn basic(access: &Access) -> Result<HeaderValue, Lost> {
    let pair = zeroize::Zeroizing::new(format!("{}:{}", access.username, access.key.expose_secret()));
    let text = zeroize::Zeroizing::new(format!("Basic {}", BASE64_STANDARD.encode(pair.as_bytes())));
    let mut value = HeaderValue::from_str(&text).map_err(|_| Lost::Connect)?;
    value.set_sensitive(true);
    Ok(value)
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
