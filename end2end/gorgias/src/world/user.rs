//! The people (and the bot) who work in an account, and what their role lets them do.

use serde::{Deserialize, Serialize};

/// What a user may do. The names are Gorgias's (L, section 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Role {
    /// `admin`.
    Admin,
    /// `agent`, shown as Lead.
    Agent,
    /// `basic-agent`.
    BasicAgent,
    /// `lite-agent`, the least role that can create a ticket (I).
    LiteAgent,
    /// `observer-agent`, who may only leave internal notes (I).
    ObserverAgent,
    /// `bot`.
    Bot,
    /// A role that Gorgias may add one day.
    Other(String),
}

impl Role {
    /// Returns the name on the wire.
    pub fn name(&self) -> &str {
        match self {
            Self::Admin => "admin",
            Self::Agent => "agent",
            Self::BasicAgent => "basic-agent",
            Self::LiteAgent => "lite-agent",
            Self::ObserverAgent => "observer-agent",
            Self::Bot => "bot",
            Self::Other(name) => name,
        }
    }

    /// Returns whether this role may change anything except through an internal note.
    pub fn may_write(&self) -> bool {
        *self != Self::ObserverAgent
    }
}

impl From<String> for Role {
    fn from(name: String) -> Self {
        match name.as_str() {
            "admin" => Self::Admin,
            "agent" => Self::Agent,
            "basic-agent" => Self::BasicAgent,
            "lite-agent" => Self::LiteAgent,
            "observer-agent" => Self::ObserverAgent,
            "bot" => Self::Bot,
            _ => Self::Other(name),
        }
    }
}

impl From<&str> for Role {
    fn from(name: &str) -> Self {
        Self::from(name.to_owned())
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.name().to_owned()
    }
}

/// Someone who can sign in to an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Gorgias's id.
    pub id: u64,
    /// Lower case.
    pub email: String,
    /// As agents see it.
    pub name: String,
    /// The role of the user, and thereby of the key.
    pub role: Role,
    /// The API key. `None` if none was ever created.
    pub key: Option<String>,
    /// Whether the key is revoked. It can be restored.
    pub revoked: bool,
}
