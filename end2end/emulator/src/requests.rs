//! The log of requests that an account received.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
    /// The user whose credentials it carried; `None` without valid ones.
    pub user: Option<String>,
    /// Whether it was performed (or will be, for a late commit), whatever the answer.
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
