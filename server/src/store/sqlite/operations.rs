//! What operators ask, in SQLite.

use super::{Cell, SqliteStore};
use crate::store::{
    Stored,
    operations::{ConnectionCounts, OperationsStore, Queue},
};
use app::model::{DeliveryState, Destination};
use sqlx::{Row, sqlite::SqliteRow};

#[async_trait::async_trait]
impl OperationsStore for SqliteStore {
    async fn queues(&self) -> Stored<Vec<Queue>> {
        // The condition is word for word the index's, which holds nothing that is done.
        let rows = sqlx::query(
            "SELECT queue.*, coalesce(handover_addition.received_at, handover.accepted_at) AS at
             FROM (SELECT destination, state, count(*) AS depth, sum(needs_answer) AS asked, min(seq) AS first
                   FROM delivery INDEXED BY delivery_unfinished
                   WHERE state IN ('queued', 'sending', 'waiting', 'unsure', 'held')
                   GROUP BY state, destination) AS queue
             JOIN delivery ON delivery.seq = queue.first
             JOIN handover ON handover.id = delivery.handover
             LEFT JOIN handover_addition
                 ON handover_addition.handover = delivery.handover AND handover_addition.part = delivery.part",
        )
        .fetch_all(&self.reader)
        .await?;
        rows.iter()
            .map(|row| {
                let first: i64 = row.try_get("first")?;
                let at = |column| Cell("delivery", column, &first);
                Ok(Queue {
                    destination: at("destination")
                        .parsed(Destination::from_slug(row.try_get("destination")?))?,
                    state: at("state").parsed(DeliveryState::from_name(row.try_get("state")?))?,
                    depth: count(row, "depth")?,
                    oldest: row.try_get("at")?,
                    asked: count(row, "asked")?,
                })
            })
            .collect()
    }

    async fn connection_counts(&self) -> Stored<ConnectionCounts> {
        let row = sqlx::query(
            "SELECT count(*) FILTER (WHERE state = 'connected') AS connected,
                 count(*) FILTER (WHERE state <> 'connected') AS needs_attention
             FROM connection",
        )
        .fetch_one(&self.reader)
        .await?;
        Ok(ConnectionCounts {
            connected: count(&row, "connected")?,
            needs_attention: count(&row, "needs_attention")?,
        })
    }
}

fn count(row: &SqliteRow, name: &str) -> Stored<u64> {
    Ok(u64::try_from(row.try_get::<i64, _>(name)?).unwrap_or(0))
}
