//! Migrations: numbered SQL files, each applied once and in order, all missing ones in one transaction (`refinery`).
//!
//! A database newer than this program is left alone: migrations only ever expand the schema, so that an older binary
//! keeps running while a newer one is rolled out. A migration that was edited after it was applied is rejected, because
//! nobody could tell which schema the database has.

use super::sql::{Sql, SqliteConnection};
use crate::store::{StoreError, Stored};
use refinery::{Migration, Runner, error::Kind};
use rusqlite::TransactionBehavior;

/// A migration's number is its place in this list, which may differ from its file's number.
const MIGRATIONS: &[(&str, &str)] = &[
    ("V1__first", include_str!("migrations/0001_first.sql")),
    ("V2__said_and_open", include_str!("migrations/0002_said_and_open.sql")),
    ("V3__conversations", include_str!("migrations/0003_conversations.sql")),
    ("V4__search", include_str!("migrations/0004_search.sql")),
    ("V5__unsent", include_str!("migrations/0005_unsent.sql")),
    ("V6__cart", include_str!("migrations/0006_cart.sql")),
    ("V7__queue", include_str!("migrations/0007_queue.sql")),
    ("V8__no_ticket_yet", include_str!("migrations/0008_no_ticket_yet.sql")),
    ("V9__removal", include_str!("migrations/0009_removal.sql")),
    ("V10__history", include_str!("migrations/0010_history.sql")),
    ("V11__repeats", include_str!("migrations/0011_repeats.sql")),
    ("V12__custom", include_str!("migrations/0012_custom.sql")),
    ("V13__turns", include_str!("migrations/0014_turns.sql")),
    ("V14__visitors", include_str!("migrations/0015_visitors.sql")),
    ("V15__stopped", include_str!("migrations/0016_stopped.sql")),
    ("V16__method", include_str!("migrations/0017_method.sql")),
    ("V17__routing", include_str!("migrations/0018_routing.sql")),
    ("V18__answers", include_str!("migrations/0019_answers.sql")),
    ("V19__master_keys", include_str!("migrations/0020_master_keys.sql")),
    ("V20__accounts", include_str!("migrations/0021_accounts.sql")),
    ("V21__shopper_mail", include_str!("migrations/0022_shopper_mail.sql")),
];

/// The table of applied migrations. Programs older than the checksums read and write only its first column, and may
/// return to this database.
const TABLE: &str = "schema_version";
const COLUMNS: [&str; 3] = ["name", "applied_on", "checksum"];

/// Applies the missing migrations. Returns how many.
pub(super) fn migrate(db: &mut SqliteConnection) -> Stored<usize> {
    let runner = runner()?;
    adopt(db, &runner)?;
    let report = runner.run(db).map_err(refused)?;
    Ok(report.applied_migrations().len())
}

/// Returns how many migrations are missing.
pub(super) fn pending(db: &mut SqliteConnection) -> Stored<usize> {
    let runner = runner()?;
    adopt(db, &runner)?;
    let applied = runner.get_applied_migrations(db).map_err(refused)?;
    let is_missing = |it: &&Migration| !applied.iter().any(|applied| applied.version() == it.version());
    Ok(runner.get_migrations().iter().filter(is_missing).count())
}

fn runner() -> Stored<Runner> {
    let all = MIGRATIONS.iter().map(|(name, sql)| Migration::unapplied(name, sql));
    let all = all.collect::<Result<Vec<_>, _>>().map_err(refused)?;
    // An applied migration that is unknown here comes from a newer program.
    let mut runner = Runner::new(&all).set_grouped(true).set_abort_missing(false);
    runner.set_migration_table_name(TABLE);
    Ok(runner)
}

/// Adds the missing checksums of migrations that an older program applied: those of the migrations with the same
/// number.
fn adopt(db: &mut SqliteConnection, runner: &Runner) -> Stored<()> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.run(&format!("CREATE TABLE IF NOT EXISTS {TABLE} (version INTEGER PRIMARY KEY)"), [])?;
    for column in COLUMNS {
        if !tx.any("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", [TABLE, column])? {
            tx.run(&format!("ALTER TABLE {TABLE} ADD COLUMN {column} TEXT"), [])?;
        }
    }
    for migration in runner.get_migrations() {
        tx.run(
            &format!(
                "UPDATE {TABLE} SET name = ?, applied_on = strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), checksum = ?
                 WHERE version = ? AND checksum IS NULL"
            ),
            (migration.name(), migration.checksum().to_string(), migration.version()),
        )?;
    }
    Ok(tx.commit()?)
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
