//! A shop's customers, and how a person is written inside a message.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A shopper as the account knows them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Customer {
    /// Gorgias's id.
    pub id: u64,
    /// Lower case; unique in the account.
    pub email: Option<String>,
    /// As the client wrote it.
    pub name: Option<String>,
    /// The caller's own id for them.
    pub external_id: Option<String>,
    /// When the account first heard of them.
    pub created: Timestamp,
}

/// Who sent or receives a message: a customer or a user, as of then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// The customer's or the user's id.
    pub id: u64,
    /// Lower case.
    pub email: Option<String>,
    /// As the account knows it.
    pub name: Option<String>,
    /// Whether this is a user of the account, and no shopper.
    pub is_user: bool,
}
