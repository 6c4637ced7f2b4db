//! Idempotency keys: on the creation of tickets only, for two hours (D).

use emulator::later;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How long a key is known (D).
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(2);

/// A key that was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyUse {
    /// The key.
    pub key: String,
    /// The body that it came with.
    pub body: Vec<u8>,
    /// When the original request came.
    pub at: Timestamp,
    /// The answer's status and body.
    pub answer: Answered,
}

/// An answer that is given again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// Its status.
    pub(crate) status: u16,
    /// Its headers.
    pub(crate) location: Option<String>,
    /// Its body.
    pub(crate) body: Value,
}

/// What is known of a key.
#[derive(Debug, PartialEq)]
pub(crate) enum Known {
    /// The same request was answered.
    Same(Answered),
    /// Another body came with it.
    Other,
}

/// What is known of a key now; keys that have expired are forgotten.
pub(crate) fn known(keys: &mut Vec<KeyUse>, key: &str, body: &[u8], now: Timestamp) -> Option<Known> {
    keys.retain(|used| now < later(used.at, KNOWN_FOR));
    let used = keys.iter().find(|used| used.key == key)?;
    Some(if used.body == body { Known::Same(used.answer.clone()) } else { Known::Other })
}
