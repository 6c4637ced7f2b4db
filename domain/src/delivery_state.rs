//! Where a delivery stands.

use serde::{Deserialize, Serialize};

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Never sent.
    Queued,
    /// Leased: being sent now.
    Sending,
    /// The last attempt made nothing; it has a next time.
    Waiting,
    /// The last attempt may have made a ticket; look-ups find out.
    Unsure,
    /// The connection is broken; it goes on when the connection works.
    Held,
    /// There is a ticket.
    Delivered,
    /// A final answer, or seven days of waiting.
    Failed,
    /// Disconnected before it was sent.
    Cancelled,
}

impl DeliveryState {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Sending,
        Self::Waiting,
        Self::Unsure,
        Self::Held,
        Self::Delivered,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Its name in tables and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Waiting => "waiting",
            Self::Unsure => "unsure",
            Self::Held => "held",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether `Retry` may be pressed.
    pub fn may_retry(self) -> bool {
        matches!(self, Self::Failed | Self::Cancelled | Self::Waiting)
    }
}
