//! How an account behaves where the documentation leaves a choice.

use serde::{Deserialize, Serialize};

/// How an account behaves where the documentation leaves a choice, or where accounts differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// Requests per minute: 200 to 2,500, depending on the plan (D).
    pub requests_a_minute: u32,
    /// More creations per minute get a 429 although requests are left (R: seen at 5 a second).
    pub creations_a_minute: Option<u32>,
    /// Updates of one ticket in 10 minutes (D).
    pub updates_of_a_ticket: u32,
    /// Reject unknown keys of a ticket. The real API may ignore them (I); this is strict, so that mistakes are noticed.
    pub refuse_unknown_keys: bool,
    /// New users get the welcome email: a setting of the account (R, D).
    pub welcome_new_users: bool,
    /// A `requester` with only a name is accepted (old recordings reject it, R; nothing newer was found).
    pub name_only_requester: bool,
    /// A comment over 65,535 bytes is rejected with 422; otherwise it is silently cut (I).
    pub refuse_long_comments: bool,
    /// Rejections are kept under their idempotency key too (I).
    pub keep_refusals: bool,
    /// A late request does not check whether its key was used in the meantime: two tickets (I).
    pub late_requests_ignore_keys: bool,
    /// The audits of a merge name the other ticket; otherwise only the comment's text does (I).
    pub merge_names_survivor: bool,
    /// The response to a token request has no `expires_in` unless the request had it (R).
    pub silent_expiry: bool,
    /// Comments have the `metadata` of the update that created them (I); audits always do (D).
    pub comments_have_metadata: bool,
    /// API tokens are accepted: a setting of the account (D).
    pub api_tokens: bool,
    /// The reasons of a 422 are in the account's language, not in English (R). The codes do not change.
    pub reasons_in_portuguese: bool,
    /// A field of the account's form that must be filled in (R).
    pub required_field: Option<u64>,
    /// An account with one agent assigns new tickets to that agent, so they are `open` (R).
    pub assigns_itself: bool,
    /// The merchant's own trigger emails the requester of a new ticket even if its comment is private (I).
    pub own_trigger: bool,
    /// The standard trigger emails the requester a public comment (D). A merchant can turn it off.
    pub mails_replies: bool,
    /// The size in bytes beyond which bodies are rejected with 413 (not found: a guess).
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
            mails_replies: true,
            max_body: 8 * 1024 * 1024,
        }
    }
}
