//! Migrations: numbered SQL files, each applied once, in order, in one transaction.
//!
//! A database that is newer than this program is left alone: migrations only ever expand the schema, so that an
//! older binary goes on running while a newer one is rolled out.

use crate::store::Stored;
use sqlx::{Row, SqlitePool};

const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_said_and_open.sql"),
    include_str!("migrations/0003_conversations.sql"),
    include_str!("migrations/0004_search.sql"),
    include_str!("migrations/0005_unsent.sql"),
    include_str!("migrations/0006_cart.sql"),
    include_str!("migrations/0007_queue.sql"),
    include_str!("migrations/0008_no_ticket_yet.sql"),
    include_str!("migrations/0009_removal.sql"),
    include_str!("migrations/0010_history.sql"),
    include_str!("migrations/0011_repeats.sql"),
    include_str!("migrations/0012_custom.sql"),
    include_str!("migrations/0014_turns.sql"),
    include_str!("migrations/0015_visitors.sql"),
];

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY)";

pub async fn migrate(pool: &SqlitePool) -> Stored<usize> {
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query(TABLE).execute(&mut *tx).await?;
    let done = version(&mut tx).await?;
    let missing = MIGRATIONS.iter().enumerate().skip(done);
    let mut applied = 0;
    for (index, sql) in missing {
        sqlx::raw_sql(*sql).execute(&mut *tx).await?;
        let version = i64::try_from(index + 1).unwrap_or(i64::MAX);
        sqlx::query("INSERT INTO schema_version (version) VALUES (?)")
            .bind(version)
            .execute(&mut *tx)
            .await?;
        applied += 1;
    }
    tx.commit().await?;
    Ok(applied)
}

pub async fn pending(pool: &SqlitePool) -> Stored<usize> {
    let mut connection = pool.acquire().await?;
    sqlx::query(TABLE).execute(&mut *connection).await?;
    let done = version(&mut connection).await?;
    Ok(MIGRATIONS.len().saturating_sub(done))
}

async fn version(connection: &mut sqlx::SqliteConnection) -> Stored<usize> {
    let row = sqlx::query("SELECT coalesce(max(version), 0) AS version FROM schema_version")
        .fetch_one(connection)
        .await?;
    Ok(usize::try_from(row.try_get::<i64, _>("version")?).unwrap_or(0))
}
