//! Sends one request to one account: Basic authentication, a deadline, a size limit on the response, no redirects.

use super::{
    Gorgias, KIND,
    answer::Answer,
    sentences::{ANSWER_TOO_LONG, BROKE_OFF, NO_CONNECTION, NOT_CONFIRMED, SLOW},
};
use crate::helpdesk::{
    Access, Failure, Meter, RateHeader,
    deadline::{DeadlineBody, Gate},
    secrets::Secrets,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::{Bytes, BytesMut};
use domain::{Sentence, said};
use http::{HeaderValue, Method, header};
use secrecy::ExposeSecret;
use serde::Serialize;
use std::{sync::Arc, time::Duration};

/// Timeout of a request that does not create anything.
pub const READ_ENDS_AFTER: Duration = Duration::from_secs(15);
/// Size limit of a response in bytes. A created ticket is returned whole, with its transcript twice.
const LARGEST_ANSWER: usize = 32 * 1024 * 1024;
/// Size limit of an error body in bytes. If it is larger, only the status is used.
const LARGEST_ERROR: usize = 1024 * 1024;

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
        let mut counted = Counted { meter, rate: None };
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
            if !changes || gate.close() { lost.not_sent() } else { lost.ambiguous() }
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
        let mut body = BytesMut::new();
        while let Some(piece) = response.chunk().await.map_err(|error| Lost::from(&error))? {
            let length = body.len() + piece.len();
            if !status.is_success() && length > LARGEST_ERROR {
                body.clear();
                break;
            }
            if length > LARGEST_ANSWER {
                return Err(Lost::TooLong);
            }
            body.extend_from_slice(&piece);
        }
        Ok(Answer { status, headers, body: body.into(), secrets: Secrets::of(access) })
    }
}

/// A request counted as in flight. Dropping it ends the count, even if the caller is gone: otherwise a merchant who
/// closes the page would take one request out of the budget forever.
struct Counted<'a> {
    meter: &'a dyn Meter,
    rate: Option<RateHeader>,
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.meter.answered(self.rate);
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

/// Why there is no complete response.
#[derive(Clone, Copy, Debug)]
enum Lost {
    Connect,
    Late,
    Broken,
    TooLong,
}

impl From<&reqwest::Error> for Lost {
    fn from(error: &reqwest::Error) -> Self {
        if error.is_connect() { Self::Connect } else { Self::Broken }
    }
}

impl Lost {
    fn words(self) -> Sentence {
        match self {
            Self::Connect => NO_CONNECTION,
            Self::Late => SLOW,
            Self::Broken => BROKE_OFF,
            Self::TooLong => ANSWER_TOO_LONG,
        }
    }

    fn not_sent(self) -> Failure {
        Failure::NotSent { helpdesk: KIND, why: self.words().into() }
    }

    fn ambiguous(self) -> Failure {
        Failure::Ambiguous { why: said!(NOT_CONFIRMED, why = self.words()) }
    }
}
