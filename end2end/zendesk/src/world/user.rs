//! The people of an account: its team and its end users, in one list as Zendesk has them.

use serde::{Deserialize, Serialize};

/// What a user may do. The names on the wire are Zendesk's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// `end-user`: a shopper.
    EndUser,
    /// `agent`.
    Agent,
    /// `agent` whose comments are always private (D).
    LightAgent,
    /// `admin`.
    Admin,
}

impl Role {
    /// Returns the name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::EndUser => "end-user",
            Self::Agent | Self::LightAgent => "agent",
            Self::Admin => "admin",
        }
    }

    /// Returns whether they belong to the team.
    pub fn is_team(self) -> bool {
        self != Self::EndUser
    }
}

/// A person in an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Zendesk's id.
    pub id: u64,
    /// As agents see it.
    pub name: String,
    /// Lower case. `None` if created with only a name.
    pub email: Option<String>,
    /// What the user may do.
    pub role: Role,
    /// A suspended user can neither sign in nor request a ticket.
    pub suspended: bool,
    /// The API token that this user created.
    pub api_token: Option<String>,
}

impl User {
    /// Returns whether they are a shopper.
    pub fn is_shopper(&self) -> bool {
        !self.role.is_team()
    }
}
