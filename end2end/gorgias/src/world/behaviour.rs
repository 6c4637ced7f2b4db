//! How an account behaves where the documents leave a choice.

use serde::{Deserialize, Serialize};

use super::rate::Rate;

/// How an account behaves where the documentation leaves a choice, or where accounts differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// Reject unknown keys with 400 (documented, not always enforced).
    pub refuse_unknown_keys: bool,
    /// Require `via` on tickets and messages (sources disagree).
    pub require_via: bool,
    /// The status of a creation: 201 by the schema, 200 in a recording.
    pub created_status: u16,
    /// The status of an update: 202 or 200.
    pub updated_status: u16,
    /// `a+b@x` becomes `a@x` (one report).
    pub collapse_plus_addresses: bool,
    /// Send `Location` with scheme and host.
    pub absolute_locations: bool,
    /// Merge a customer's open tickets that were created within this many days.
    pub auto_merge_days: Option<u32>,
    /// Reject larger bodies with 413, in bytes.
    pub max_body: usize,
    /// The rate limit.
    pub rate: Rate,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            refuse_unknown_keys: true,
            require_via: true,
            created_status: 201,
            updated_status: 202,
            collapse_plus_addresses: false,
            absolute_locations: false,
            auto_merge_days: None,
            max_body: 20 * 1024 * 1024,
            rate: Rate::default(),
        }
    }
}
