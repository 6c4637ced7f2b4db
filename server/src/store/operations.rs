//! What operators ask the store.

use super::Stored;
use app::model::{DeliveryState, Destination};
use domain::clock::Millis;
use serde::{Deserialize, Serialize};

/// The deliveries to one kind of destination in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// The destination.
    pub destination: Destination,
    /// The state.
    pub state: DeliveryState,
    /// How many deliveries.
    pub depth: u64,
    /// When the oldest one's handover was accepted.
    pub oldest: Millis,
    /// How many of them wait for the merchant's answer.
    pub asked: u64,
}

/// How many connections work, and how many do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionCounts {
    /// They work.
    pub connected: u64,
    /// They need attention, and their handovers are held.
    pub needs_attention: u64,
}

/// Counts for operators, across all merchants and without naming one.
#[async_trait::async_trait]
pub trait OperationsStore: Send + Sync + 'static {
    /// Returns the deliveries that are not finished. States without any are left out.
    async fn queues(&self) -> Stored<Vec<Queue>>;

    /// Counts the connections of all merchants.
    async fn connection_counts(&self) -> Stored<ConnectionCounts>;
}
