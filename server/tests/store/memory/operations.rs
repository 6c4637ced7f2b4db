//! Queries for operators, in memory.

use super::MemoryStore;
use app::model::DeliveryState;
use convi_server::store::{
    Stored,
    operations::{ConnectionCounts, OperationsStore, Queue},
};

#[async_trait::async_trait]
impl OperationsStore for MemoryStore {
    async fn queues(&self) -> Stored<Vec<Queue>> {
        use DeliveryState::{Cancelled, Delivered, Failed};
        let state = self.state().await;
        let mut queues: Vec<Queue> = Vec::new();
        for it in state.deliveries.iter().map(|row| &row.delivery) {
            if matches!(it.state, Delivered | Failed | Cancelled) {
                continue;
            }
            let known = queues
                .iter_mut()
                .find(|queue| (queue.destination, queue.state) == (it.destination, it.state));
            if let Some(queue) = known {
                queue.depth += 1;
                queue.asked += u64::from(it.needs_answer);
                continue;
            }
            let addition = state.additions.get(&(it.handover.clone(), it.part));
            let accepted = state.handovers.get(&it.handover).map(|row| row.accepted_at);
            queues.push(Queue {
                destination: it.destination,
                state: it.state,
                depth: 1,
                oldest: addition.map(|row| row.received_at).or(accepted).unwrap_or_default(),
                asked: u64::from(it.needs_answer),
            });
        }
        Ok(queues)
    }

    async fn connection_counts(&self) -> Stored<ConnectionCounts> {
        let state = self.state().await;
        let needs_attention = state.connections.iter().filter(|it| it.trouble.is_some()).count() as u64;
        Ok(ConnectionCounts { connected: state.connections.len() as u64 - needs_attention, needs_attention })
    }
}
