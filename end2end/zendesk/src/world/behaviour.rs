//! How an account behaves where the documents leave a choice.

use serde::{Deserialize, Serialize};

/// How an account behaves where the documents leave a choice, or where accounts differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// Requests a minute: by plan, 200 to 2,500 (D).
    pub requests_a_minute: u32,
    /// More creations in a minute are answered with 429 although requests are left (R: met at 5 a second).
    pub creations_a_minute: Option<u32>,
    /// Updates of one ticket in 10 minutes (D).
    pub updates_of_a_ticket: u32,
    /// Refuse unknown keys of a ticket. The real one may ignore them (I): strict, so that a slip is noticed.
    pub refuse_unknown_keys: bool,
    /// New users get the welcome mail: a setting of the account (R, D).
    pub welcome_new_users: bool,
    /// A `requester` with a name alone is taken (old recordings refuse it, R; nothing newer was found).
    pub name_only_requester: bool,
    /// A comment over 65,535 bytes is refused with 422; else it is cut in silence (I).
    pub refuse_long_comments: bool,
    /// Refusals are kept under their idempotency key, too (I).
    pub keep_refusals: bool,
    /// What arrives late does not look whether its key was used meanwhile: two tickets (I).
    pub late_requests_ignore_keys: bool,
    /// The audits of a merge name the other ticket; else only the comment's text does (I).
    pub merge_names_survivor: bool,
    /// The answer to a token request has no `expires_in` unless it was asked for (R).
    pub silent_expiry: bool,
    /// Comments carry the `metadata` of the update that made them (I); audits always do (D).
    pub comments_have_metadata: bool,
    /// API tokens are accepted: a switch of the account (D).
    pub api_tokens: bool,
    /// The reasons of a 422 come in the account's language, not in English (R). The codes do not change.
    pub reasons_in_portuguese: bool,
    /// A field of the account's form that must be filled in (R).
    pub required_field: Option<u64>,
    /// An account with one agent assigns new tickets to itself, which are `open` then (R).
    pub assigns_itself: bool,
    /// A trigger of the merchant's own mails the requester of a new ticket even if its comment is private (I).
    pub own_trigger: bool,
    /// Larger bodies are refused with 413, in bytes (not found: a guess).
    pub max_body: usize,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            requests_a_minute: 400,
            creations_a_minute: None,
            updates_of_a_ticket: 30,
            refuse_unknown_keys: true,
            welcome_new_users: true,
            name_only_requester: false,
            refuse_long_comments: false,
            keep_refusals: false,
            late_requests_ignore_keys: false,
            merge_names_survivor: true,
            silent_expiry: true,
            comments_have_metadata: true,
            api_tokens: true,
            reasons_in_portuguese: false,
            required_field: None,
            assigns_itself: false,
            own_trigger: false,
            max_body: 8 * 1024 * 1024,
        }
    }
}
