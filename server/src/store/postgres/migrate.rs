//! Migrations: numbered SQL files, each applied once and in order, all missing ones in one transaction (`refinery`).
//!
//! As in `sqlite/migrate.rs`, a database newer than this program is left alone, and an edited migration is rejected.

use super::{pool::Connections, process::Process, sql::Transaction};
use crate::store::{StoreError, Stored};
use refinery::{Migration, Runner, error::Kind};
use std::sync::Arc;

/// The migrations, in order.
pub(in crate::store) const MIGRATIONS: &[(&str, &str)] = &[
    ("V1__first", include_str!("migrations/0001_first.sql")),
    ("V2__processes", include_str!("migrations/0002_processes.sql")),
    ("V3__routing", include_str!("migrations/0003_routing.sql")),
    ("V4__shared", include_str!("migrations/0004_shared.sql")),
    ("V5__answers", include_str!("migrations/0005_answers.sql")),
    ("V6__master_keys", include_str!("migrations/0006_master_keys.sql")),
    ("V7__lineage", include_str!("migrations/0007_lineage.sql")),
    ("V8__shopper_mail", include_str!("migrations/0008_shopper_mail.sql")),
];

/// The table of applied migrations.
const TABLE: &str = "schema_version";

/// Locks a number while a process migrates. Any number works, as long as it is the same in every version.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7236110)";

/// Applies the missing migrations. Returns how many. Of several processes that start at once, one applies them and the
/// others wait.
pub(super) async fn migrate(connections: &Connections, process: &Arc<Process>) -> Stored<usize> {
    // The lock belongs to a transaction: a pooler in front of the database may give each transaction another session.
    let mut lock = Transaction::begin(connections.get().await?, process).await?;
    // Another process's migrations may take longer than a statement is allowed to.
    lock.is_slow();
    lock.batch("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0").await?;
    lock.batch("SET LOCAL idle_in_transaction_session_timeout = 0").await?;
    lock.batch(LOCK).await?;
    let mut db = connections.get().await?;
    let report = runner()?.run_async(&mut ***db).await.map_err(refused)?;
    lock.commit(report.applied_migrations().len()).await
}

/// Returns how many migrations are missing.
pub(super) async fn pending(connections: &Connections) -> Stored<usize> {
    let runner = runner()?;
    let mut db = connections.get().await?;
    if !db
        .any("SELECT 1 FROM pg_tables WHERE tablename = $1 AND schemaname = current_schema()", &[&TABLE])
        .await?
    {
        return Ok(MIGRATIONS.len());
    }
    let applied = runner.get_applied_migrations_async(&mut ***db).await.map_err(refused)?;
    let is_missing = |it: &&Migration| !applied.iter().any(|applied| applied.version() == it.version());
    Ok(runner.get_migrations().iter().filter(is_missing).count())
}

/// Returns the names of the indexes that the migrations create.
pub(super) fn indexes() -> impl Iterator<Item = &'static str> {
    let lines = MIGRATIONS.iter().flat_map(|(_, sql)| sql.lines());
    lines.filter_map(|line| {
        let rest =
            line.strip_prefix("CREATE UNIQUE INDEX ").or_else(|| line.strip_prefix("CREATE INDEX "))?;
        rest.split(' ').next()
    })
}

fn runner() -> Stored<Runner> {
    let all = MIGRATIONS.iter().map(|(name, sql)| Migration::unapplied(name, sql));
    let all = all.collect::<Result<Vec<_>, _>>().map_err(refused)?;
    // An applied migration that is unknown here comes from a newer program.
    let mut runner = Runner::new(&all).set_grouped(true).set_abort_missing(false);
    runner.set_migration_table_name(TABLE);
    Ok(runner)
}

fn refused(error: refinery::Error) -> StoreError {
    match error.kind() {
        Kind::DivergentVersion(applied, _) => StoreError::unavailable(format!(
            "migration {} ({}) was edited after it was applied to this database; run the version that applied it, and put \
             the change into a migration of its own",
            applied.version(),
            applied.name(),
        )),
        _ => StoreError::unavailable(error),
    }
}
