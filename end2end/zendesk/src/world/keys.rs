//! Idempotency keys: only for creating tickets, for two hours (D).

use emulator::later;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How long a key is remembered (D).
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(2);

/// A key that was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyUse {
    /// The key.
    pub key: String,
    /// The body that it came with.
    pub body: Vec<u8>,
    /// When the original request arrived.
    pub at: Timestamp,
    /// The response.
    pub answer: Answered,
}

/// A response that is sent again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// Its status.
    pub(crate) status: u16,
    /// Its `Location` header.
    pub(crate) location: Option<String>,
    /// Its body.
    pub(crate) body: Value,
}

/// What is known about a key.
#[derive(Debug, PartialEq)]
pub(crate) enum Known {
    /// The same request was answered.
    Same(Answered),
    /// Another body came with it.
    Other,
}

/// Returns what is known about a key now. Forgets expired keys.
pub(crate) fn known(keys: &mut Vec<KeyUse>, key: &str, body: &[u8], now: Timestamp) -> Option<Known> {
    keys.retain(|used| now < later(used.at, KNOWN_FOR));
    let used = keys.iter().find(|used| used.key == key)?;
    Some(if used.body == body { Known::Same(used.answer.clone()) } else { Known::Other })
}
