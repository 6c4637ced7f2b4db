//! The processes and their jobs in PostgreSQL.

use super::{
    PostgresStore, lineage,
    sql::{Params, retry},
};
use crate::{
    limits::Limit,
    store::{
        Stored,
        processes::{Announcement, GONE_AFTER, LiveProcess, ProcessStore},
        rows::Columns,
    },
};
use domain::clock::{Millis, millis};
use std::collections::BTreeMap;
use tokio_postgres::Row;

/// How long a count is kept, in milliseconds: the longest window.
const COUNTED_FOR: Millis = 3_600_000;

#[async_trait::async_trait]
impl ProcessStore for PostgresStore {
    async fn announce(&self, this: &Announcement, now: Millis) -> Stored<()> {
        // A pooler may hide that another server answers now.
        self.connections.check_lineage().await?;
        self.run(lineage::BEAT, &[]).await?;
        // Also removes the rows of processes that were killed, and old counts.
        let sql = "WITH gone AS (DELETE FROM process WHERE seen_at < $5 - 20 * $6::bigint AND id <> $1),
                 over AS (DELETE FROM call_window WHERE last_at < $5 - $7::bigint)
             INSERT INTO process (id, role, version, keys, place, started_at, seen_at)
             VALUES ($1, $2, $3, $4, $8, $5, $5)
             ON CONFLICT (id) DO UPDATE SET keys = excluded.keys, seen_at = excluded.seen_at";
        let Announcement { role, version, place, keys } = this;
        let keys = keys.join(",");
        let values: Params<'_> =
            &[&self.process.id, role, version, &keys, &now, &GONE_AFTER, &COUNTED_FOR, place];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn processes(&self, now: Millis) -> Stored<Vec<LiveProcess>> {
        let sql = "SELECT id, role, version, place, keys, started_at FROM process WHERE seen_at > $1 ORDER BY started_at, id";
        self.all(sql, &[&now.saturating_sub(GONE_AFTER)]).await?.iter().map(process).collect()
    }

    async fn take_job(&self, name: &str, now: Millis, next_at: Millis) -> Stored<bool> {
        let sql = "INSERT INTO job (name, next_at, by) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at, by = excluded.by WHERE job.next_at <= $4";
        Ok(self.run(sql, &[&name, &next_at, &self.process.id, &now]).await? > 0)
    }

    async fn keep(&self, name: &str, found: &str) -> Stored<()> {
        self.run("UPDATE job SET found = $2 WHERE name = $1", &[&name, &found]).await?;
        Ok(())
    }

    async fn kept(&self, name: &str) -> Stored<Option<String>> {
        let row = self.first("SELECT found FROM job WHERE name = $1", &[&name]).await?;
        row.map_or(Ok(None), |row| row.optional_string("found"))
    }

    async fn count(&self, limits: &[Limit], now: Millis) -> Stored<Option<Millis>> {
        let names: Vec<_> = limits.iter().map(Limit::name).collect();
        retry(|| async {
            let tx = self.begin().await?;
            let sql = "INSERT INTO call_window (name, times, last_at)
                 SELECT name, '{}', $2 FROM unnest($1::text[]) AS new (name) ORDER BY name ON CONFLICT DO NOTHING";
            tx.run(sql, &[&names, &now]).await?;
            // Sorted, so that no two processes wait for each other.
            let sql = "SELECT name, times FROM call_window WHERE name = ANY($1) ORDER BY name FOR NO KEY UPDATE";
            let mut counted = BTreeMap::new();
            for row in tx.all(sql, &[&names]).await? {
                let times: Vec<Millis> = row.try_get("times")?;
                counted.insert(row.string("name")?, times);
            }
            let mut longest = None;
            for limit in limits {
                let times = counted.entry(limit.name().to_owned()).or_default();
                times.retain(|at| at.saturating_add(millis(limit.window())) > now);
                times.sort_unstable();
                longest = longest.max(wait(times, limit, now));
            }
            if longest.is_none() {
                for (name, times) in &mut counted {
                    times.push(now);
                    let sql = "UPDATE call_window SET times = $2, last_at = $3 WHERE name = $1";
                    tx.run(sql, &[name, &*times, &now]).await?;
                }
            }
            tx.commit(longest).await
        })
        .await
    }
}

fn process(row: &Row) -> Stored<LiveProcess> {
    let keys = row.text("keys")?.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    let says = Announcement {
        role: row.string("role")?,
        version: row.string("version")?,
        place: row.string("place")?,
        keys,
    };
    Ok(LiveProcess { id: row.string("id")?, says, started_at: row.number("started_at")? })
}

/// Returns how long to wait until fewer events than the limit remain in the window.
fn wait(times: &[Millis], limit: &Limit, now: Millis) -> Option<Millis> {
    let oldest = times.get(times.len().checked_sub(limit.most())?)?;
    Some(oldest.saturating_add(millis(limit.window())).saturating_sub(now))
}
