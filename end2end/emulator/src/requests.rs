//! The log of requests that an account received.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A request, as it arrived and as it ended. Never contains the key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// Counts up within the account; also sent in the response as `x-request-id`.
    pub number: u64,
    /// When its headers had arrived.
    pub at: Timestamp,
    /// The method.
    pub method: String,
    /// Without the subdomain and without a trailing slash: `/api/tickets`.
    pub path: String,
    /// The query string as received.
    pub query: Option<String>,
    /// The user whose credentials it had. `None` without valid ones.
    pub user: Option<String>,
    /// Whether it was performed (or will be, for a late commit), whatever the response.
    pub performed: bool,
    /// The status of the response. `None` if there is none yet, or if the connection was lost.
    pub status: Option<u16>,
    /// The faults that affected it.
    pub faults: Vec<String>,
}

impl RequestRecord {
    /// Returns whether it has this method and path. A `*` at the path's end matches any rest.
    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method.eq_ignore_ascii_case(method)
            && match path.strip_suffix('*') {
                Some(prefix) => self.path.starts_with(prefix),
                None => self.path == path,
            }
    }
}
