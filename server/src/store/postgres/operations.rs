//! Operators' questions in PostgreSQL.

use super::PostgresStore;
use crate::store::{
    Stored,
    operations::{ConnectionCounts, OperationsStore, Queue},
    rows::{connection_counts, queue},
};

#[async_trait::async_trait]
impl OperationsStore for PostgresStore {
    async fn queues(&self) -> Stored<Vec<Queue>> {
        let sql = "SELECT queue.destination, queue.state, depth, asked, first,
                 coalesce(handover_addition.received_at, handover.accepted_at) AS at
             FROM (SELECT destination, state, count(*) AS depth, count(*) FILTER (WHERE needs_answer) AS asked,
                       min(seq) AS first
                   FROM delivery
                   WHERE state IN ('queued', 'sending', 'waiting', 'unsure', 'held')
                   GROUP BY state, destination) AS queue
             CROSS JOIN LATERAL (
                 SELECT handover, part FROM delivery
                 WHERE delivery.state = queue.state AND delivery.destination = queue.destination
                     AND delivery.seq = queue.first
                     AND delivery.state IN ('queued', 'sending', 'waiting', 'unsure', 'held')
                 LIMIT 1) AS oldest
             JOIN handover ON handover.id = oldest.handover
             LEFT JOIN handover_addition
                 ON handover_addition.handover = oldest.handover AND handover_addition.part = oldest.part";
        self.all(sql, &[]).await?.iter().map(queue).collect()
    }

    async fn connection_counts(&self) -> Stored<ConnectionCounts> {
        let sql = "SELECT count(*) FILTER (WHERE state = 'connected') AS connected,
                 count(*) FILTER (WHERE state <> 'connected') AS needs_attention
             FROM connection";
        connection_counts(&self.one(sql, &[]).await?)
    }
}
