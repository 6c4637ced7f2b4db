//! The client of Acme Desk: cases with ids like `ACME-17`, a key that makes repeated creation idempotent, and notes
//! with a mark.

use super::DESCRIPTION;
use app::model::{Helpdesk as Kind, Problem, Subdomain, TestOutcome};
use convi_server::helpdesk::{
    Access, AccountUrl, Failure, HelpdeskClient, Meter, RateHeader, Refusal, Shown, Trace,
    clients::Reach,
    deadline::{DeadlineBody, Gate},
};
use domain::{
    Said,
    clock::Clock,
    ticket::{Append, Ticket},
};
use http::{HeaderMap, Method, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

const READ_ENDS_AFTER: Duration = Duration::from_secs(15);

pub fn client(reach: Reach) -> Arc<dyn HelpdeskClient> {
    Arc::new(Acme { http: reach.http, accounts: reach.accounts, clock: reach.world.clock })
}

struct Acme {
    http: reqwest::Client,
    accounts: AccountUrl,
    clock: Arc<dyn Clock>,
}

/// A request, and the deadline (time since boot) for sending any of it.
struct Call {
    method: Method,
    path: String,
    body: Option<Value>,
    ends_at: Duration,
}

impl Acme {
    fn within(&self, method: Method, path: impl Into<String>, body: Option<Value>) -> Call {
        Call { method, path: path.into(), body, ends_at: self.clock.since_boot() + READ_ENDS_AFTER }
    }

    async fn ask(&self, access: &Access, call: Call, meter: &dyn Meter) -> Result<Value, Failure> {
        meter.admit().await;
        self.send(access, call, meter).await
    }

    /// Sends one request that was already admitted.
    async fn send(&self, access: &Access, call: Call, meter: &dyn Meter) -> Result<Value, Failure> {
        let gate = Arc::new(Gate::default());
        let left = call.ends_at.saturating_sub(self.clock.since_boot());
        let answer = tokio::select! {
            answer = self.exchange(access, &call, &gate) => answer.ok(),
            () = self.clock.sleep(left) => None,
        };
        let Some((status, headers, json)) = answer else {
            meter.answered(None);
            let why = Said::plain("no response");
            return Err(if call.body.is_none() || gate.close() {
                Failure::NotSent { helpdesk: self.kind(), why }
            } else {
                Failure::Ambiguous { why }
            });
        };
        meter.answered(rate(&headers));
        if status == StatusCode::TOO_MANY_REQUESTS {
            meter.refused(retry_after(&headers));
        }
        understood(self.kind(), status, &headers).map(|()| json)
    }

    async fn exchange(
        &self,
        access: &Access,
        call: &Call,
        gate: &Arc<Gate>,
    ) -> reqwest::Result<(StatusCode, HeaderMap, Value)> {
        let url = format!("{}/api{}", self.accounts.account(&access.subdomain), call.path);
        let mut request = self
            .http
            .request(call.method.clone(), url)
            .basic_auth(&access.username, Some(access.key.expose_secret()));
        if let Some(body) = &call.body {
            if let Some(key) = body["key"].as_str() {
                request = request.header("idempotency-key", key);
            }
            let bytes = body.to_string().into();
            let body = DeadlineBody::new(bytes, call.ends_at, self.clock.clone(), gate.clone());
            request = request.header("content-type", "application/json").body(reqwest::Body::wrap(body));
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        Ok((status, headers, answer.json().await.unwrap_or_default()))
    }

    async fn case(&self, access: &Access, ticket: i64, meter: &dyn Meter) -> Result<Value, Failure> {
        self.ask(access, self.within(Method::GET, format!("/cases/ACME-{ticket}"), None), meter).await
    }

    async fn note(
        &self,
        access: &Access,
        ticket: i64,
        text: String,
        meter: &dyn Meter,
    ) -> Result<(), Failure> {
        let body = json!({"text": text, "public": false});
        let call = self.within(Method::POST, format!("/cases/ACME-{ticket}/messages"), Some(body));
        self.ask(access, call, meter).await.map(drop)
    }
}

fn understood(kind: Kind, status: StatusCode, headers: &HeaderMap) -> Result<(), Failure> {
    Err(match status.as_u16() {
        200..=299 => return Ok(()),
        401 => Failure::Unauthorized(kind),
        404 => Failure::NotFound(kind),
        413 => Failure::TooLarge(kind),
        429 => Failure::RateLimited { helpdesk: kind, after: retry_after(headers) },
        400..=499 => {
            Failure::Rejected { helpdesk: kind, parts: Vec::new(), message: Said::plain(status.as_str()) }
        }
        _ => Failure::Ambiguous { why: Said::plain(status.as_str()) },
    })
}

fn number(headers: &HeaderMap, name: &str) -> Option<u32> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

fn rate(headers: &HeaderMap) -> Option<RateHeader> {
    let size = number(headers, "x-rate-limit")?;
    Some(RateHeader { used: size.saturating_sub(number(headers, "x-rate-limit-remaining")?), size })
}

fn retry_after(headers: &HeaderMap) -> Duration {
    Duration::from_secs(number(headers, "retry-after").unwrap_or(60).into())
}

/// Parses the numeric part of `ACME-17`, which is what is stored.
fn id(case: &Value) -> Option<i64> {
    case["id"].as_str()?.strip_prefix("ACME-")?.parse().ok()
}

fn ids<'a>(cases: impl IntoIterator<Item = &'a Value>) -> Vec<i64> {
    let mut ids: Vec<_> = cases.into_iter().filter_map(id).collect();
    ids.sort_unstable();
    ids
}

fn unreadable() -> Failure {
    Failure::Ambiguous { why: Said::plain("unreadable") }
}

fn list(json: &Value, name: &str) -> Vec<Value> {
    json[name].as_array().cloned().unwrap_or_default()
}

#[async_trait::async_trait]
impl HelpdeskClient for Acme {
    fn kind(&self) -> Kind {
        Kind::from_slug(DESCRIPTION.slug).unwrap()
    }

    async fn check(&self, access: &Access, meter: &dyn Meter) -> TestOutcome {
        let problem = match self.ask(access, self.within(Method::GET, "/me", None), meter).await {
            Ok(_) => return TestOutcome::Passed { warnings: Vec::new() },
            Err(Failure::Unauthorized(_)) => Problem::BadCredentials,
            Err(Failure::NotFound(_)) => Problem::UnknownSubdomain,
            Err(_) => Problem::Unreachable,
        };
        TestOutcome::failed(problem, Said::plain("Acme Desk rejected this client."))
    }

    async fn create(
        &self,
        access: &Access,
        ticket: &Ticket,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<i64, Failure> {
        let transcript: Vec<_> = ticket.transcript.iter().map(|text| &text.plain).collect();
        let body = json!({
            "key": ticket.external_id, "subject": ticket.subject, "tags": ticket.tags,
            "requester": ticket.email, "messages": transcript, "note": ticket.note.plain,
        });
        meter.admit().await;
        let call = Call { method: Method::POST, path: "/cases".into(), body: Some(body), ends_at };
        id(&self.send(access, call, meter).await?).ok_or_else(unreadable)
    }

    async fn find(&self, access: &Access, trace: &Trace, meter: &dyn Meter) -> Result<Vec<i64>, Failure> {
        let path = format!("/cases?key={}", trace.external_id);
        let found = self.ask(access, self.within(Method::GET, path, None), meter).await?;
        Ok(ids(&list(&found, "cases")))
    }

    async fn find_holders(
        &self,
        access: &Access,
        trace: &Trace,
        meter: &dyn Meter,
    ) -> Result<Vec<i64>, Failure> {
        self.find(access, trace, meter).await
    }

    async fn survivor(&self, access: &Access, ticket: i64, meter: &dyn Meter) -> Result<i64, Failure> {
        id(&self.case(access, ticket, meter).await?).ok_or_else(unreadable)
    }

    async fn append(
        &self,
        access: &Access,
        ticket: i64,
        append: &Append,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<i64, Failure> {
        let body = json!({"mark": append.mark, "text": append.text.plain, "public": false});
        meter.admit().await;
        let path = format!("/cases/ACME-{ticket}/messages");
        let call = Call { method: Method::POST, path, body: Some(body), ends_at };
        self.send(access, call, meter).await?["number"].as_i64().ok_or_else(unreadable)
    }

    async fn find_addition(
        &self,
        access: &Access,
        ticket: i64,
        mark: &str,
        meter: &dyn Meter,
    ) -> Result<Vec<i64>, Failure> {
        let case = self.case(access, ticket, meter).await?;
        let ours = list(&case, "messages").into_iter().filter(|message| message["mark"] == mark);
        Ok(ours.filter_map(|message| message["number"].as_i64()).collect())
    }

    async fn holds(
        &self,
        access: &Access,
        ticket: i64,
        handover_id: &str,
        meter: &dyn Meter,
    ) -> Result<bool, Failure> {
        Ok(self.case(access, ticket, meter).await?["key"] == handover_id)
    }

    async fn why_forbidden(&self, _: &Access, _: &str, _: &dyn Meter) -> Refusal {
        Refusal::Connection(Problem::Role)
    }

    async fn close_duplicate(
        &self,
        access: &Access,
        duplicate: i64,
        original: i64,
        meter: &dyn Meter,
    ) -> Result<(), Failure> {
        self.note(access, duplicate, format!("Repeats ACME-{original}."), meter).await?;
        self.close(access, duplicate, meter).await
    }

    async fn note_repeat(
        &self,
        access: &Access,
        holder: i64,
        original: i64,
        meter: &dyn Meter,
    ) -> Result<(), Failure> {
        self.note(access, holder, format!("Has ACME-{original} in it."), meter).await
    }

    async fn read(&self, access: &Access, ticket: i64, _: &str, meter: &dyn Meter) -> Result<Shown, Failure> {
        let case = self.case(access, ticket, meter).await?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Ok(Shown {
            customer: text(&case["requester"]),
            tags: list(&case, "tags").iter().filter_map(text).collect(),
            transcript: list(&case, "transcript").iter().filter_map(text).collect(),
        })
    }

    async fn close(&self, access: &Access, ticket: i64, meter: &dyn Meter) -> Result<(), Failure> {
        let path = format!("/cases/ACME-{ticket}");
        self.ask(access, self.within(Method::PUT, path, Some(json!({"open": false}))), meter).await.map(drop)
    }

    fn ticket_url(&self, subdomain: &Subdomain, ticket: i64) -> String {
        format!("{}/cases/ACME-{ticket}", self.accounts.account(subdomain))
    }

    fn account_url(&self, subdomain: &Subdomain) -> String {
        self.accounts.account(subdomain)
    }

    fn credentials_page(&self) -> String {
        format!("{}/admin/clients", self.accounts.pattern())
    }
}
