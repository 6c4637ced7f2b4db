//! OAuth clients of an account, and the tokens that they were given.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A client for the grant `client_credentials`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OauthClient {
    /// Zendesk's number for it, which is no `client_id` (R: a common slip).
    pub id: u64,
    /// The Identifier: what the grant calls `client_id`.
    pub identifier: String,
    /// The secret.
    pub secret: String,
    /// The admin who made it; its tokens act as them (D).
    pub user: u64,
    /// The allowed scopes.
    pub scopes: Vec<String>,
}

/// A token that a client was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccessToken {
    /// What a request carries.
    pub token: String,
    /// The client's Identifier.
    pub client: String,
    /// What it may be used for.
    pub scopes: Vec<String>,
    /// When it expires.
    pub expires: Timestamp,
}
