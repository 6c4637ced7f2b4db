//! A request, the call it becomes once it is admitted, and the reply. No HTTP types.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request without its body.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    /// The verb.
    pub method: String,
    /// What follows the subdomain, decoded and in parts: `["api", "tickets", "7"]`.
    pub path: Vec<String>,
    /// The decoded parameters, in order.
    pub query: Vec<(String, String)>,
    /// The headers that are text; names are lower case.
    pub headers: Vec<(String, String)>,
    /// `http://…`, as the client addressed the emulator.
    pub origin: String,
}

impl Request {
    /// Returns the first header of this name. Names are lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether the body says that it is JSON.
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
    /// Who sent it.
    pub caller: C,
    /// As it was received.
    pub body: Vec<u8>,
    /// When the whole request had arrived.
    pub asked: Timestamp,
    /// When it is performed.
    pub now: Timestamp,
}

/// The answer of an API.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Headers beside those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    /// JSON; `None` means an empty body.
    pub body: Option<Value>,
}

impl Reply {
    /// An answer with a body.
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Some(body) }
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None }
    }

    /// Adds a header.
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}
