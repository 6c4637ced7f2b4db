//! The living processes and their jobs in PostgreSQL.

use super::PostgresStore;
use crate::store::{
    Stored,
    processes::{Announcement, GONE_AFTER, LiveProcess, ProcessStore},
    rows::Columns,
};
use domain::clock::Millis;
use tokio_postgres::Row;

#[async_trait::async_trait]
impl ProcessStore for PostgresStore {
    async fn announce(&self, this: &Announcement, now: Millis) -> Stored<()> {
        // Also removes what is left of processes that were killed.
        let sql = "WITH gone AS (DELETE FROM process WHERE seen_at < $5 - 20 * $6::bigint AND id <> $1)
             INSERT INTO process (id, role, version, keys, started_at, seen_at) VALUES ($1, $2, $3, $4, $5, $5)
             ON CONFLICT (id) DO UPDATE SET keys = excluded.keys, seen_at = excluded.seen_at";
        let Announcement { role, version, keys } = this;
        self.run(sql, &[&self.process.id, role, version, &keys.join(","), &now, &GONE_AFTER]).await?;
        Ok(())
    }

    async fn processes(&self, now: Millis) -> Stored<Vec<LiveProcess>> {
        let sql = "SELECT id, role, version, keys, started_at FROM process WHERE seen_at > $1 ORDER BY started_at, id";
        self.all(sql, &[&now.saturating_sub(GONE_AFTER)]).await?.iter().map(process).collect()
    }

    async fn take_job(&self, name: &str, now: Millis, next_at: Millis) -> Stored<bool> {
        let sql = "INSERT INTO job (name, next_at, by) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at, by = excluded.by WHERE job.next_at <= $4";
        Ok(self.run(sql, &[&name, &next_at, &self.process.id, &now]).await? > 0)
    }
}

fn process(row: &Row) -> Stored<LiveProcess> {
    let keys = row.text("keys")?.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    let says = Announcement { role: row.string("role")?, version: row.string("version")?, keys };
    Ok(LiveProcess { id: row.string("id")?, says, started_at: row.number("started_at")? })
}
