//! The states of a delivery.

use serde::{Deserialize, Serialize};

/// The state of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Never sent.
    Queued,
    /// Leased, and being sent now.
    Sending,
    /// The last attempt created nothing; the next one has a time.
    Waiting,
    /// The last attempt may have created a ticket; look-ups will tell.
    Unsure,
    /// The connection is broken; it is sent when the connection works again.
    Held,
    /// The ticket exists.
    Delivered,
    /// The helpdesk rejected it, or it waited for seven days.
    Failed,
    /// The helpdesk was disconnected before it was sent.
    Cancelled,
}

impl DeliveryState {
    /// Every state.
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

    /// Returns the state's name in tables and on the wire.
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

    /// Returns the state with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Returns whether it can be retried by hand.
    pub fn may_retry(self) -> bool {
        matches!(self, Self::Failed | Self::Cancelled | Self::Waiting)
    }
}
