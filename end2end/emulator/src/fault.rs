//! Deliberate faults. Each has a filter (which requests) and a count (how many of them).

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::parts::Parts;

/// What goes wrong. Seconds refer to the emulator's clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// Answers with this status and performs nothing.
    Status {
        /// The status.
        status: u16,
        /// Send an HTML page, as a proxy would, instead of the helpdesk's JSON.
        #[serde(default)]
        html: bool,
        /// The message in the JSON; the status in words by default.
        #[serde(default)]
        message: Option<String>,
    },
    /// Answers with this status and this body, and performs nothing.
    Body {
        /// The status.
        status: u16,
        /// The exact body, declared as JSON.
        body: String,
    },
    /// Answers with a redirect and performs nothing.
    Redirect {
        /// 301 or 302.
        status: u16,
        /// The `Location`.
        location: String,
    },
    /// Waits, then performs and answers. Nothing happens if the client disconnects meanwhile.
    Delay {
        /// How long.
        seconds: f64,
    },
    /// Performs at once and answers late.
    SlowAnswer {
        /// How long afterwards.
        seconds: f64,
    },
    /// Never answers, and performs nothing. Clearing the faults drops the connection.
    Hang,
    /// Performs, and never answers. Clearing the faults drops the connection.
    HangAfterCommit,
    /// Resets the connection before the body is read.
    DropBeforeBody,
    /// Reads the whole request, performs nothing, and resets the connection.
    DropBeforeCommit,
    /// Performs the request, and resets the connection.
    DropAfterCommit,
    /// Fails now, but performs the request later.
    LateCommit {
        /// How much later.
        seconds: f64,
        /// What the client sees now.
        #[serde(default)]
        answer: LateAnswer,
    },
    /// What the request creates appears in lists only later. Requests by id find it at once.
    LateVisibility {
        /// How much later.
        seconds: f64,
    },
    /// Performs. Half of the response body is sent at once, the other half later.
    SlowBody {
        /// How much later.
        seconds: f64,
    },
    /// Performs. The connection is reset in the middle of the response body.
    CutBody,
    /// Performs. The response has its status, but a body that is not JSON.
    GarbageBody,
    /// Performs. The response has its status and no body.
    EmptyBody,
    /// Rejects whatever creates a ticket or a message, as the helpdesk does when a plan's quota is used up.
    QuotaUsedUp,
    /// Rejects requests with this field: `customer` (a shopper's address or id), `subject`, `language`, `attachments`,
    /// or any other field of a ticket.
    Reject {
        /// The field.
        field: String,
    },
}

impl FaultKind {
    /// Returns its name in JSON.
    pub fn name(&self) -> String {
        let json = serde_json::to_value(self).unwrap_or_default();
        json["kind"].as_str().unwrap_or_default().to_owned()
    }
}

/// What the client sees of a request that is performed late.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateAnswer {
    /// A reset connection.
    #[default]
    Drop,
    /// No response.
    Hang,
    /// This status, with a proxy's HTML page.
    Status(u16),
}

/// A fault, as a test adds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Fault<P: Parts> {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// Only requests with this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only requests to this path, such as `/api/tickets`. A `*` at the end matches any rest.
    #[serde(default)]
    pub path: Option<String>,
    /// How many matching requests are unaffected before it begins.
    #[serde(default)]
    pub after: u32,
    /// How many requests it affects. `None`: all until it is cleared.
    #[serde(default)]
    pub times: Option<u32>,
    #[serde(skip)]
    helpdesk: PhantomData<P>,
}

impl<P: Parts> Fault<P> {
    /// Returns a fault that affects every request until it is cleared.
    pub fn new(kind: FaultKind) -> Self {
        Self { kind, method: None, path: None, after: 0, times: None, helpdesk: PhantomData }
    }

    /// Answers with a status and the helpdesk's JSON.
    pub fn status(status: u16) -> Self {
        Self::new(FaultKind::Status { status, html: false, message: None })
    }

    /// Answers with a status and a proxy's HTML page.
    pub fn html(status: u16) -> Self {
        Self::new(FaultKind::Status { status, html: true, message: None })
    }

    /// Rejects requests with this field.
    pub fn reject(field: impl Into<String>) -> Self {
        Self::new(FaultKind::Reject { field: field.into() })
    }

    /// Performs late. The client sees a reset connection now.
    pub fn late_commit(seconds: f64) -> Self {
        Self::new(FaultKind::LateCommit { seconds, answer: LateAnswer::Drop })
    }

    /// Look-ups find the result only later.
    pub fn late_visibility(seconds: f64) -> Self {
        Self::new(FaultKind::LateVisibility { seconds })
    }

    /// Only requests with this method to this path (see [`Fault::path`]).
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.method = Some(method.to_owned());
        self.path = Some(path.to_owned());
        self
    }

    /// Only the creation of tickets.
    pub fn on_create(self) -> Self {
        self.on(P::CREATION.0, P::CREATION.1)
    }

    /// Only the look-up of tickets.
    pub fn on_lookup(self) -> Self {
        self.on(P::LOOK_UP.0, P::LOOK_UP.1)
    }

    /// Leaves this many matching requests unaffected first.
    pub fn after(mut self, requests: u32) -> Self {
        self.after = requests;
        self
    }

    /// Affects this many requests.
    pub fn times(mut self, requests: u32) -> Self {
        self.times = Some(requests);
        self
    }

    /// Affects one request.
    pub fn once(self) -> Self {
        self.times(1)
    }

    fn concerns(&self, method: &str, path: &str) -> bool {
        let verb = self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
        let place = self.path.as_deref().is_none_or(|wanted| match wanted.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == wanted.trim_end_matches('/'),
        });
        verb && place
    }
}

impl<P: Parts> From<FaultKind> for Fault<P> {
    fn from(kind: FaultKind) -> Self {
        Self::new(kind)
    }
}

/// A fault that is on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct ActiveFault<P: Parts> {
    /// Its id, for clearing it alone.
    pub id: u64,
    /// The fault, counting down.
    #[serde(flatten)]
    pub fault: Fault<P>,
    /// How many requests it has affected so far.
    pub hits: u32,
}

/// Takes the faults that affect this request, and counts them down. One request can have several, such as late
/// visibility and a dropped response.
pub(crate) fn take<P: Parts>(faults: &mut Vec<ActiveFault<P>>, method: &str, path: &str) -> Vec<FaultKind> {
    let mut taken = Vec::new();
    for active in faults.iter_mut() {
        let fault = &mut active.fault;
        if !fault.concerns(method, path) {
            continue;
        }
        if fault.after > 0 {
            fault.after -= 1;
            continue;
        }
        match &mut fault.times {
            Some(0) => continue,
            Some(left) => *left -= 1,
            None => {}
        }
        active.hits += 1;
        taken.push(fault.kind.clone());
    }
    faults.retain(|active| active.fault.times != Some(0));
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::made::Made;

    type Fault = super::Fault<Made>;

    fn on(fault: Fault) -> Vec<ActiveFault<Made>> {
        vec![ActiveFault { id: 1, fault, hits: 0 }]
    }

    #[test]
    fn a_fault_affects_only_requests_that_match_its_filter() {
        let mut faults = on(Fault::status(503).on_create());
        assert!(take(&mut faults, "GET", "/api/tickets").is_empty());
        assert!(take(&mut faults, "POST", "/api/tickets/7/messages").is_empty());
        assert_eq!(take(&mut faults, "POST", "/api/tickets").len(), 1);
    }

    #[test]
    fn a_star_matches_any_rest() {
        let mut faults = on(Fault::status(503).on("POST", "/api/tickets*"));
        assert_eq!(take(&mut faults, "POST", "/api/tickets/7/messages").len(), 1);
        assert!(take(&mut faults, "POST", "/api/customers").is_empty());
    }

    #[test]
    fn a_fault_starts_after_some_requests_and_ends_with_its_count() {
        let mut faults = on(Fault::status(503).after(1).times(2));
        let hits: Vec<usize> = (0..4).map(|_| take(&mut faults, "GET", "/api/account").len()).collect();
        assert_eq!(hits, [0, 1, 1, 0]);
        assert!(faults.is_empty());
    }

    #[test]
    fn a_fault_is_one_flat_object_in_json() {
        let fault: Fault = serde_json::from_str(
            r#"{"kind":"status","status":503,"method":"POST","path":"/api/tickets","times":1}"#,
        )
        .unwrap();
        assert_eq!(fault, Fault::status(503).on_create().once());
    }
}
