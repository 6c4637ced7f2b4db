//! Which history of the database this is.
//!
//! A standby that takes over, or a restored backup, may lack the last commits: tickets whose deliveries it still shows as
//! waiting. PostgreSQL then counts a new timeline, or is another system. Whoever connects first looks up everything that
//! waits before anything is sent, as after a restore of SQLite's file (docs/operating.md). Nobody else gets a connection
//! until that is committed.

use crate::store::{StoreError, Stored, rows::Columns};
use app::model::{Destination, Helpdesk};
use deadpool_postgres::ClientWrapper;
use domain::{clock::Millis, delivery::REQUEST_ENDS_AFTER};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time;
use tokio_postgres::{Row, error::SqlState};

/// A synchronous standby takes over within this time, in milliseconds. A restored backup is older.
const TAKES_OVER_WITHIN: Millis = 60_000;

/// How long the server may take to tell its history.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);
/// How long it may take to make everything that waits unsure.
const LOOKED_UP_WITHIN: Duration = Duration::from_secs(300);

/// Returns the server's system and timeline. Unlike `pg_control_checkpoint()`, this knows a new timeline at once.
const SEEN: &str = "SELECT system_identifier::text AS system, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS timeline,
         to_regclass('lineage') IS NOT NULL AS is_kept
     FROM pg_control_system()";
const KEPT: &str = "SELECT system, timeline, synchronous, seen_at FROM lineage FOR UPDATE";
/// The current time, and whether commits wait for a standby.
const NOW: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now,
         current_setting('synchronous_standby_names') <> ''
             AND current_setting('synchronous_commit') IN ('on', 'remote_apply') AS synchronous";
/// Makes unsure what may have been sent. A request that is in flight without our knowing ends within D, and its settle must
/// not find its own fence here: the fences that were given to lost leases are left out.
const LOOK_UP: &str = "UPDATE delivery
     SET state = 'unsure', not_after = greatest(not_after, $1::bigint + $2::bigint), next_at = $1, lease_until = NULL,
         look_ups = 0, needs_answer = false, fence = fence + 1000
     WHERE destination = ANY($3) AND state IN ('queued', 'sending', 'waiting', 'held', 'unsure')";
const KEEP: &str =
    "INSERT INTO lineage (one, system, timeline, synchronous, seen_at) VALUES (true, $1, $2, $3, $4)
     ON CONFLICT (one) DO UPDATE SET system = excluded.system, timeline = excluded.timeline,
         synchronous = excluded.synchronous, seen_at = excluded.seen_at";
/// Says that a process uses the database now.
pub(super) const BEAT: &str =
    "UPDATE lineage SET seen_at = (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
     synchronous = current_setting('synchronous_standby_names') <> ''
         AND current_setting('synchronous_commit') IN ('on', 'remote_apply')";

/// A history of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Lineage {
    system: String,
    timeline: String,
}

/// The history that the rows belong to, as it was last used.
#[derive(Clone, Debug)]
struct Kept {
    lineage: Lineage,
    /// Whether commits waited for a standby.
    synchronous: bool,
    seen_at: Millis,
}

impl Kept {
    /// Returns whether the database may lack commits that were made since.
    fn may_lack_commits(&self, seen: &Lineage, now: Millis) -> bool {
        if self.lineage == *seen {
            return false;
        }
        let took_over =
            self.lineage.system == seen.system && now.saturating_sub(self.seen_at) <= TAKES_OVER_WITHIN;
        !(self.synchronous && took_over)
    }
}

/// The history that this process knows.
#[derive(Debug, Default)]
pub(super) struct KnownLineage(Mutex<Option<Lineage>>);

impl KnownLineage {
    /// Checks that a connection leads to the known history. If it leads to a new one, looks up what may have been sent.
    pub(super) async fn check(&self, client: &mut ClientWrapper) -> Stored<()> {
        let silent = |_| StoreError::Away("PostgreSQL does not answer".into());
        let row = match time::timeout(ANSWERS_WITHIN, client.query_one(SEEN, &[])).await.map_err(silent)? {
            Ok(row) => row,
            Err(error) if is_unknown(&error) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let seen = lineage(&row)?;
        if !row.flag("is_kept")? || self.known().as_ref() == Some(&seen) {
            return Ok(());
        }
        time::timeout(LOOKED_UP_WITHIN, keep(client, &seen)).await.map_err(silent)??;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        Ok(())
    }

    fn known(&self) -> Option<Lineage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Keeps this history, and looks up what may have been sent if it is a new one.
async fn keep(client: &mut ClientWrapper, seen: &Lineage) -> Stored<()> {
    let tx = client.transaction().await?;
    tx.batch_execute("SET LOCAL statement_timeout = 0").await?;
    let kept = tx.query_opt(KEPT, &[]).await?.map(|row| kept(&row)).transpose()?;
    let row = tx.query_one(NOW, &[]).await?;
    let now = row.number("now")?;
    if kept.as_ref().is_some_and(|kept| kept.may_lack_commits(seen, now)) {
        let tickets = Helpdesk::all().map(Destination::Helpdesk).filter(|it| it.is_ticket());
        let tickets: Vec<_> = tickets.map(Destination::slug).collect();
        let deliveries = tx.execute(LOOK_UP, &[&now, &REQUEST_ENDS_AFTER, &tickets]).await?;
        tracing::warn!(
            deliveries,
            timeline = seen.timeline,
            "a standby took over or a backup was restored; what waits is looked up before it is sent"
        );
    }
    if kept.is_none_or(|kept| kept.lineage != *seen) {
        tx.execute(KEEP, &[&seen.system, &seen.timeline, &row.flag("synchronous")?, &now]).await?;
    }
    Ok(tx.commit().await?)
}

/// Returns whether this server does not tell its timeline, as some managed ones.
fn is_unknown(error: &tokio_postgres::Error) -> bool {
    let untold =
        [&SqlState::UNDEFINED_FUNCTION, &SqlState::INSUFFICIENT_PRIVILEGE, &SqlState::FEATURE_NOT_SUPPORTED];
    error.code().is_some_and(|code| untold.contains(&code))
}

fn lineage(row: &Row) -> Stored<Lineage> {
    Ok(Lineage { system: row.string("system")?, timeline: row.string("timeline")? })
}

fn kept(row: &Row) -> Stored<Kept> {
    Ok(Kept {
        lineage: lineage(row)?,
        synchronous: row.flag("synchronous")?,
        seen_at: row.number("seen_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_000_000;

    fn of(system: &str, timeline: &str) -> Lineage {
        Lineage { system: system.to_owned(), timeline: timeline.to_owned() }
    }

    #[test]
    fn what_waits_is_looked_up_only_if_commits_may_be_lost() {
        for (seen, synchronous, seen_ago, lacks) in [
            (of("a", "1"), false, 0, false),
            (of("a", "1"), false, 3_600_000, false),
            (of("a", "2"), false, 0, true),
            (of("a", "2"), true, 5_000, false),
            // The clock of the new primary may be behind.
            (of("a", "2"), true, -5_000, false),
            // Not a failover: somebody restored a backup.
            (of("a", "2"), true, 60_001, true),
            (of("b", "1"), true, 0, true),
            (of("b", "1"), false, 0, true),
        ] {
            let kept = Kept { lineage: of("a", "1"), synchronous, seen_at: NOW - seen_ago };
            assert_eq!(kept.may_lack_commits(&seen, NOW), lacks, "{seen:?} {synchronous} {seen_ago}");
        }
    }
}
