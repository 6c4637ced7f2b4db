//! A shop's customers, and the people in a message.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A shopper, as the account knows them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Customer {
    /// Gorgias's id.
    pub id: u64,
    /// Lower case; unique in the account.
    pub email: Option<String>,
    /// As sent by the client.
    pub name: Option<String>,
    /// The caller's own id.
    pub external_id: Option<String>,
    /// When the account first saw the address or name.
    pub created: Timestamp,
}

/// The sender or receiver of a message: a customer or a user, as of then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// The customer's or the user's id.
    pub id: u64,
    /// Lower case.
    pub email: Option<String>,
    /// As the account knows it.
    pub name: Option<String>,
    /// Whether this is a user of the account, not a shopper.
    pub is_user: bool,
}
