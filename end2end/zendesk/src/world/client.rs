//! OAuth clients of an account, and the tokens that were issued to them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A client for the grant `client_credentials`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OauthClient {
    /// Zendesk's number for it, which is not the `client_id` (R: a common mistake).
    pub id: u64,
    /// The Identifier: what the grant calls `client_id`.
    pub identifier: String,
    /// The secret.
    pub secret: String,
    /// The admin who created it; its tokens act as them (D).
    pub user: u64,
    /// The allowed scopes.
    pub scopes: Vec<String>,
}

/// A token that was issued to a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccessToken {
    /// The token itself, as requests send it.
    pub token: String,
    /// The client's Identifier.
    pub client: String,
    /// The granted scopes.
    pub scopes: Vec<String>,
    /// When it expires.
    pub expires: Timestamp,
}
