//! What started a handover.

use serde::{Deserialize, Serialize};

/// How a handover was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TriggerKind {
    /// The ability Handover to human.
    Automatic,
    /// Someone clicked Hand over.
    Manual,
}
