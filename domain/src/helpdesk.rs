//! The helpdesks that can be connected. A new one is a line here and a folder in `server/src/helpdesk/`.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A helpdesk product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Helpdesk {
    /// Gorgias.
    Gorgias,
}

impl Helpdesk {
    /// Every one, in the order in which the screen shows them.
    pub const ALL: [Self; 1] = [Self::Gorgias];

    /// Its name, as its makers write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gorgias => "Gorgias",
        }
    }

    /// Its name in routes, tables and settings.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Gorgias => "gorgias",
        }
    }

    /// The domain under which every account has a host of its own.
    pub fn domain(self) -> &'static str {
        match self {
            Self::Gorgias => "gorgias.com",
        }
    }

    /// The helpdesk with this slug.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|helpdesk| helpdesk.slug() == slug)
    }
}

impl fmt::Display for Helpdesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
