//! Operators' questions in SQLite.

use super::{SqliteStore, sql::Sql};
use crate::store::{
    Stored,
    operations::{ConnectionCounts, OperationsStore, Queue},
    rows::{connection_counts, queue},
};

#[async_trait::async_trait]
impl OperationsStore for SqliteStore {
    async fn queues(&self) -> Stored<Vec<Queue>> {
        // The condition must be word for word the index's, which leaves out finished deliveries.
        let sql = "SELECT queue.*, coalesce(handover_addition.received_at, handover.accepted_at) AS at
             FROM (SELECT destination, state, count(*) AS depth, sum(needs_answer) AS asked, min(seq) AS first
                   FROM delivery INDEXED BY delivery_unfinished
                   WHERE state IN ('queued', 'sending', 'waiting', 'unsure', 'held')
                   GROUP BY state, destination) AS queue
             JOIN delivery ON delivery.seq = queue.first
             JOIN handover ON handover.id = delivery.handover
             LEFT JOIN handover_addition
                 ON handover_addition.handover = delivery.handover AND handover_addition.part = delivery.part";
        self.read(move |db| db.all(sql, [], |row| queue(row))).await
    }

    async fn connection_counts(&self) -> Stored<ConnectionCounts> {
        let sql = "SELECT count(*) FILTER (WHERE state = 'connected') AS connected,
                 count(*) FILTER (WHERE state <> 'connected') AS needs_attention
             FROM connection";
        self.read(move |db| db.one(sql, [], |row| connection_counts(row))).await
    }
}
