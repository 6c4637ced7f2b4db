//! The log of what an account was asked.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Account;

/// Old entries go, so that a program that runs for days does not grow.
const KEPT: usize = 20_000;

/// One request, as it arrived and as it ended. Never the key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// Counts up in the account; also on the answer as `x-request-id`.
    pub number: u64,
    /// When its headers had arrived.
    pub at: Timestamp,
    /// The verb.
    pub method: String,
    /// Without the subdomain and without a trailing slash: `/api/tickets`.
    pub path: String,
    /// As it was received.
    pub query: Option<String>,
    /// The user whose key it carried; `None` without a valid one.
    pub user: Option<String>,
    /// Whether it was carried out (or planned, for a late commit), be the answer what it may.
    pub performed: bool,
    /// The answer; `None` while there is none, or if the connection was lost.
    pub status: Option<u16>,
    /// The faults that hit it.
    pub faults: Vec<String>,
}

impl RequestRecord {
    /// Whether it is this verb on this path; a `*` at the path's end stands for any rest.
    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method.eq_ignore_ascii_case(method)
            && match path.strip_suffix('*') {
                Some(prefix) => self.path.starts_with(prefix),
                None => self.path == path,
            }
    }
}

impl Account {
    /// Writes a request down at its arrival.
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

    /// The entry of a request; `None` once the log was cleared.
    pub(crate) fn request(&mut self, number: u64) -> Option<&mut RequestRecord> {
        self.requests.iter_mut().rev().find(|request| request.number == number)
    }
}
