//! What operators ask of the store.

use super::Stored;
use app::model::{DeliveryState, Destination};
use domain::clock::Millis;

/// What is on its way, in one state to one kind of destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Where to.
    pub destination: Destination,
    /// In which state.
    pub state: DeliveryState,
    /// How many deliveries.
    pub depth: u64,
    /// When the handover of the oldest was accepted.
    pub oldest: Millis,
    /// Of them, those about which a person is asked.
    pub asked: u64,
}

/// How many connections work, and how many do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionCounts {
    /// They work.
    pub connected: u64,
    /// They need attention: what is for them is held.
    pub needs_attention: u64,
}

/// For operators; no merchant is named.
#[async_trait::async_trait]
pub trait OperationsStore: Send + Sync + 'static {
    /// What is on its way. States without a delivery are left out.
    async fn queues(&self) -> Stored<Vec<Queue>>;

    /// The connections of all merchants.
    async fn connection_counts(&self) -> Stored<ConnectionCounts>;
}
