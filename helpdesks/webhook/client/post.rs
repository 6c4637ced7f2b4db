//! Posts one event: signed, with a deadline, and only to a permitted address. Reads only the start of the response.

use super::Webhook;
use crate::{
    helpdesk::{
        Access, Meter,
        deadline::{DeadlineBody, Gate},
        endpoint::Endpoint,
        events::EventMessage,
        exchange::Counted,
    },
    internet::NoPublicAddress,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use std::{error::Error, sync::Arc, time::Duration};

/// How much of a response is read, in bytes.
const LARGEST_ANSWER: usize = 4_096;

/// A receiver's response.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The start of the body as text, without our secrets. Empty if the event was accepted.
    pub text: String,
    /// When it arrived.
    pub at: jiff::Timestamp,
}

/// Why there is no response.
pub(super) enum NoAnswer {
    /// The saved secret cannot be used.
    NoSecret,
    /// The URL does not lead to a permitted address. This does not reveal whether its name exists.
    NotReachable,
    /// There was no connection, or no valid certificate.
    NoConnection,
    /// The deadline passed.
    Late,
    /// The connection was lost.
    Lost,
}

impl Webhook {
    /// Sends an event within the budget.
    pub(super) async fn post(
        &self,
        access: &Access,
        event: &EventMessage,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<Answer, NoAnswer> {
        let endpoint = Endpoint::of(access).ok_or(NoAnswer::NoSecret)?;
        // Checked again, because the operator's settings may have changed since the URL was saved.
        let url = self.internet.rules.judge(&endpoint.url).map_err(|_| NoAnswer::NotReachable)?;
        meter.admit().await;
        let counted = Counted::new(meter);
        let gate = Arc::new(Gate::default());
        let request = self.request(&endpoint, url, event, ends_at, &gate);
        let left = ends_at.saturating_sub(self.world.clock.since_boot());
        let sent = tokio::select! {
            sent = request.send() => sent.map_err(|error| no_answer(&error)),
            () = self.world.clock.sleep(left) => Err(NoAnswer::Late),
        };
        // The connection's own task may outlive this call.
        gate.close();
        let response = sent?;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = if status.is_success() {
            String::new()
        } else {
            // Only the status matters, so the rest of the response may be incomplete.
            let left = ends_at.saturating_sub(self.world.clock.since_boot());
            self.start_of(response, left).await
        };
        drop(counted);
        let text = endpoint.secrets().cut(&text);
        Ok(Answer { status, headers, text, at: self.world.clock.now() })
    }

    fn request(
        &self,
        endpoint: &Endpoint,
        url: url::Url,
        event: &EventMessage,
        ends_at: Duration,
        gate: &Arc<Gate>,
    ) -> reqwest::RequestBuilder {
        let now = self.world.clock.now();
        let at = now.as_second();
        let signatures = endpoint.signatures(&event.id, at, &event.body, now.as_millisecond());
        let body = DeadlineBody::new(event.body.clone(), ends_at, self.world.clock.clone(), gate.clone());
        let own =
            |name: &'static str, value: &str| (HeaderName::from_static(name), HeaderValue::from_str(value));
        let headers = [
            own("webhook-id", &event.id),
            own("webhook-timestamp", &at.to_string()),
            own("webhook-signature", &signatures),
        ];
        let headers = headers.into_iter().filter_map(|(name, value)| Some((name, value.ok()?)));
        self.internet
            .http
            .post(url)
            .headers(headers.collect())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "*/*")
            .body(reqwest::Body::wrap(body))
    }

    /// Reads the start of a response, or as much of it as arrives in time.
    async fn start_of(&self, mut response: reqwest::Response, left: Duration) -> String {
        let mut start = Vec::new();
        let read = async {
            while let Ok(Some(piece)) = response.chunk().await {
                start.extend_from_slice(&piece);
                if start.len() >= LARGEST_ANSWER {
                    break;
                }
            }
        };
        tokio::select! {
            () = read => {}
            () = self.world.clock.sleep(left) => {}
        }
        start.truncate(LARGEST_ANSWER);
        String::from_utf8_lossy(&start).into_owned()
    }
}

/// Returns why a request failed. The error's own text contains the URL.
fn no_answer(error: &reqwest::Error) -> NoAnswer {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<NoPublicAddress>() {
            return NoAnswer::NotReachable;
        }
        cause = error.source();
    }
    if error.is_connect() { NoAnswer::NoConnection } else { NoAnswer::Lost }
}
