//! A call and its reply, without HTTP.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::world::User;

/// An authenticated request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// What follows `/api`, in parts.
    pub(crate) path: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the body says that it is JSON.
    pub(crate) is_json: bool,
    /// Whose key it carries.
    pub(crate) user: User,
    /// What a `Location` begins with.
    pub(crate) base: String,
    /// When the whole request had arrived.
    #[serde(default)]
    pub(crate) asked: Timestamp,
    /// When it is performed.
    pub(crate) now: Timestamp,
}

impl Call {
    /// The number in this part of the path.
    pub(crate) fn id(&self, part: usize) -> Option<u64> {
        self.path.get(part)?.parse().ok()
    }
}

/// What an endpoint answers.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// `None`: an empty body.
    pub(crate) body: Option<Value>,
    pub(crate) location: Option<String>,
}

impl Reply {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self { status, body: Some(body), location: None }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, body: None, location: None }
    }
}
