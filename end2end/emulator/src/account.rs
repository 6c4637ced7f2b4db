//! What an account of any helpdesk has.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    call::Call,
    fault::{ActiveFault, Fault, FaultKind},
    parts::Parts,
    requests::RequestRecord,
};

/// The log drops its oldest entries beyond this, so that a program that runs for days does not grow.
const KEPT: usize = 20_000;

/// The part of an account that is the same for every helpdesk. The helpdesk's own account embeds it and dereferences
/// to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Common<P: Parts> {
    /// The DNS label, here the first part of the path.
    pub subdomain: String,
    /// When it was created.
    pub created: Timestamp,
    /// When it was deactivated, if it is.
    pub deactivated: Option<Timestamp>,
    /// How it behaves where the documentation leaves a choice.
    pub behaviour: P::Behaviour,
    /// The requests that it received, oldest first.
    pub requests: Vec<RequestRecord>,
    /// The faults that are on.
    pub faults: Vec<ActiveFault<P>>,
    /// Counts how often the faults were cleared, which releases hanging requests.
    pub fault_clearings: u64,
    /// How many requests the rate limit rejected.
    pub bucket_refusals: u64,
    /// The requests to create a ticket that arrived while another one was in flight.
    #[serde(skip)]
    pub overlaps: Vec<Overlap>,
    /// When each request to create a ticket that is in flight arrived, with its number.
    #[serde(skip)]
    creations: Vec<(u64, Timestamp)>,
    request_count: u64,
    pub(crate) pending: Vec<Pending<P>>,
    next_id: u64,
}

/// Two requests to create a ticket that were in flight at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// When the first one arrived.
    pub first: Timestamp,
    /// When the second one arrived.
    pub second: Timestamp,
}

/// A request that is performed after it was answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) struct Pending<P: Parts> {
    pub(crate) due: Timestamp,
    pub(crate) call: Call<P::Caller>,
    pub(crate) faults: Vec<FaultKind>,
}

impl<P: Parts> Common<P> {
    pub(crate) fn new(subdomain: &str, first_id: u64, now: Timestamp) -> Self {
        Self {
            subdomain: subdomain.to_owned(),
            created: now,
            deactivated: None,
            behaviour: P::Behaviour::default(),
            requests: Vec::new(),
            faults: Vec::new(),
            fault_clearings: 0,
            bucket_refusals: 0,
            overlaps: Vec::new(),
            creations: Vec::new(),
            request_count: 0,
            pending: Vec::new(),
            next_id: first_id,
        }
    }

    /// Returns the next id, unique over all kinds of things and all accounts.
    pub fn take_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// Adds a fault and returns its id.
    pub fn add_fault(&mut self, fault: Fault<P>) -> u64 {
        let id = self.take_id();
        self.faults.push(ActiveFault { id, fault, hits: 0 });
        id
    }

    /// Removes a fault. Returns whether it was on.
    pub fn clear_fault(&mut self, id: u64) -> bool {
        let before = self.faults.len();
        self.faults.retain(|fault| fault.id != id);
        self.faults.len() < before
    }

    /// Removes all faults and releases the hanging requests.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
        self.fault_clearings += 1;
    }

    /// Forgets everything that happened. The behaviour stays.
    pub(crate) fn reset(&mut self) {
        self.requests.clear();
        self.pending.clear();
        self.deactivated = None;
        self.bucket_refusals = 0;
        self.overlaps.clear();
        self.clear_faults();
    }

    /// Logs a request when it arrives and returns its number.
    pub(crate) fn request_arrived(
        &mut self,
        method: &str,
        path: &str,
        query: Option<&str>,
        user: Option<String>,
        now: Timestamp,
    ) -> u64 {
        self.request_count += 1;
        if self.requests.len() >= KEPT {
            self.requests.drain(..KEPT / 10);
        }
        self.requests.push(RequestRecord {
            number: self.request_count,
            at: now,
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            user,
            performed: false,
            status: None,
            faults: Vec::new(),
        });
        self.request_count
    }

    /// Records that a request to create a ticket arrived.
    pub(crate) fn creation_arrived(&mut self, number: u64, now: Timestamp) {
        let overlaps = self.creations.iter().map(|(_, first)| Overlap { first: *first, second: now });
        self.overlaps.extend(overlaps);
        self.creations.push((number, now));
    }

    /// Records that a request was answered, or that its connection was lost.
    pub(crate) fn request_ended(&mut self, number: u64) {
        self.creations.retain(|(other, _)| *other != number);
    }

    /// Returns the log entry of a request, or `None` if the log has been cleared since.
    pub(crate) fn request(&mut self, number: u64) -> Option<&mut RequestRecord> {
        self.requests.iter_mut().rev().find(|request| request.number == number)
    }
}
