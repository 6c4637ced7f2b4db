//! One request to one account: Basic credentials, a deadline, a bounded answer, no redirect.

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

/// How long a request may take that makes nothing.
pub const READ_ENDS_AFTER: Duration = Duration::from_secs(15);
/// The largest answer that is read. A created ticket comes back whole, with its transcript twice.
const LARGEST_ANSWER: usize = 32 * 1024 * 1024;
/// The largest body of an error that is read. Of a larger one the status alone counts.
const LARGEST_ERROR: usize = 1024 * 1024;

/// A request to be made.
pub struct Call<'a> {
    pub method: Method,
    /// Below `/api`, with its query.
    pub path: &'a str,
    pub body: Option<Bytes>,
    /// Time since boot.
    pub ends_at: Duration,
}

impl Gorgias {
    /// Asks for something that changes nothing, within the budget.
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

    /// Changes something that exists, within the budget.
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

    /// One request, admitted before. Errors here mean that there is no whole answer.
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
            // A body that nobody asked for never left, and with it nothing that could make a ticket. The connection may
            // outlive this call, so from now on nobody gets any of it.
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
        // The error's own text carries the URL: only its kind is kept.
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

/// A request that counts as on its way. It ends by being dropped, also when nobody waits for its answer any more: a
/// person who closed the page would else take one request of the budget for good.
struct Counted<'a> {
    meter: &'a dyn Meter,
    rate: Option<RateHeader>,
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.meter.answered(self.rate);
    }
}

/// The header, marked so that nothing prints it.
fn basic(access: &Access) -> Result<HeaderValue, Lost> {
    let pair = zeroize::Zeroizing::new(format!("{}:{}", access.username, access.key.expose_secret()));
    let text = zeroize::Zeroizing::new(format!("Basic {}", BASE64_STANDARD.encode(pair.as_bytes())));
    let mut value = HeaderValue::from_str(&text).map_err(|_| Lost::Connect)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Why there is no whole answer.
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
