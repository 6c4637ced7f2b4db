//! The viewer: the claims of a dashboard token, or of the session created from one.

use crate::text::later;
use serde::{Deserialize, Serialize};

/// What a person may do for their merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May change everything.
    Owner,
    /// May change everything.
    Admin,
    /// May only view.
    Member,
}

impl Role {
    /// Returns whether this role may connect, change and disconnect.
    pub fn may_change(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }

    /// Returns its name in tokens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }

    /// Returns its name on screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Owner => later("owner"),
            Self::Admin => later("admin"),
            Self::Member => later("member"),
        }
    }

    /// Returns the role with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Owner, Self::Admin, Self::Member].into_iter().find(|role| role.as_str() == name)
    }
}

/// A signed-in person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// The merchant, `[A-Za-z0-9_-]{1,64}`.
    pub merchant: String,
    /// The person's id in Convi's dashboard.
    pub subject: String,
    /// The person's name, for the history of changes.
    pub name: String,
    /// The person's role.
    pub role: Role,
}
