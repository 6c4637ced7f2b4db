//! The type that stands for Zendesk in the emulator's core.

use emulator::Parts;
use serde::{Deserialize, Serialize};

use super::behaviour::Behaviour;

/// Zendesk.
#[derive(Debug, Clone, PartialEq)]
pub struct Zendesk;

/// Who sent a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Caller {
    /// No credentials: may request a token, and ask who it is.
    Nobody,
    /// This user, with an OAuth token that has these scopes.
    Token {
        /// The admin who created the client (D).
        user: u64,
        /// The granted scopes.
        scopes: Vec<String>,
    },
    /// This user, with an API token: may do whatever the role may (D).
    ApiToken {
        /// Zendesk's id.
        user: u64,
    },
}

impl Caller {
    /// Returns the user's id.
    pub fn user(&self) -> Option<u64> {
        match self {
            Self::Nobody => None,
            Self::Token { user, .. } | Self::ApiToken { user } => Some(*user),
        }
    }
}

impl Parts for Zendesk {
    type Behaviour = Behaviour;
    type Caller = Caller;

    const CREATION: (&'static str, &'static str) = ("POST", "/api/v2/tickets");
    const LOOK_UP: (&'static str, &'static str) = ("GET", "/api/v2/tickets");
}
