//! The destinations of a handover.

use crate::{Helpdesk, helpdesk::Takes};
use serde::{Deserialize, Serialize};

/// Where a handover is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Destination {
    /// A ticket in a helpdesk.
    Helpdesk(Helpdesk),
    /// An email to the team.
    Email,
}

impl Destination {
    /// Returns its name in tables and on the wire: a helpdesk's slug, or `email`.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Helpdesk(helpdesk) => helpdesk.slug(),
            Self::Email => "email",
        }
    }

    /// Returns the helpdesk whose connection it goes through, which can break and be disconnected.
    pub fn helpdesk(self) -> Option<Helpdesk> {
        match self {
            Self::Helpdesk(helpdesk) => Some(helpdesk),
            Self::Email => None,
        }
    }

    /// Returns whether it becomes a ticket. Only a ticket can be looked up; anything else is sent at least once.
    pub fn is_ticket(self) -> bool {
        self.takes() == Some(Takes::Tickets)
    }

    /// Returns what its helpdesk accepts from us.
    pub fn takes(self) -> Option<Takes> {
        self.helpdesk().map(Helpdesk::takes)
    }

    /// Returns the destination with this name.
    pub fn from_slug(slug: &str) -> Option<Self> {
        if slug == "email" { Some(Self::Email) } else { Helpdesk::from_slug(slug).map(Self::Helpdesk) }
    }
}

impl TryFrom<String> for Destination {
    type Error = String;
    fn try_from(slug: String) -> Result<Self, String> {
        Self::from_slug(&slug).ok_or_else(|| format!("unknown destination `{slug}`"))
    }
}

impl From<Destination> for String {
    fn from(destination: Destination) -> String {
        destination.slug().to_owned()
    }
}
