//! A request, the admitted call, and the reply. No HTTP types.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request without its body.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path after the subdomain, decoded and split: `["api", "tickets", "7"]`.
    pub path: Vec<String>,
    /// The decoded parameters, in order.
    pub query: Vec<(String, String)>,
    /// The headers that are text, with lower-case names.
    pub headers: Vec<(String, String)>,
    /// `http://…`, as the client addressed the emulator.
    pub origin: String,
}

impl Request {
    /// Returns the first header with this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns whether the body claims to be JSON.
    pub fn is_json(&self) -> bool {
        let content_type = self.header("content-type").unwrap_or_default();
        content_type.split(';').next().unwrap_or_default().trim() == "application/json"
    }
}

/// An admitted request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Call<C> {
    /// The request, without its credentials.
    pub request: Request,
    /// The caller.
    pub caller: C,
    /// The body as received.
    pub body: Vec<u8>,
    /// When the request had arrived completely.
    pub asked: Timestamp,
    /// When it is performed.
    pub now: Timestamp,
}

/// The response of an API.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Additional headers.
    pub headers: Vec<(&'static str, String)>,
    /// JSON, or `None` for an empty body.
    pub body: Option<Value>,
}

impl Reply {
    /// Returns a response with a body.
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Some(body) }
    }

    /// Returns a response without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None }
    }

    /// Adds a header.
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}
