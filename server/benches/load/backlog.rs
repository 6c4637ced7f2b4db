//! Handovers that wait, by the hundred thousand: written straight into the database, as copies of one that was accepted.

use anyhow::Result;
use sqlx::SqliteConnection;

/// How many rows a statement writes.
const AT_ONCE: i64 = 50_000;

/// Adds so many copies of a handover, each with a queued delivery: all of the same account, or in turn of accounts
/// `gorgias:m0`, `gorgias:m1`, … with a merchant each.
pub async fn copy(
    database: &mut SqliteConnection,
    first: &str,
    many: i64,
    accounts: Option<i64>,
) -> Result<()> {
    // Quickly: nobody needs what a power cut would leave of it.
    for setting in ["PRAGMA synchronous = OFF", "PRAGMA cache_size = -200000"] {
        sqlx::query(setting).execute(&mut *database).await?;
    }
    for from in (0..many).step_by(usize::try_from(AT_ONCE)?) {
        let to = many.min(from + AT_ONCE);
        // The deliveries after all handovers, in one transaction.
        for statement in [
            "BEGIN IMMEDIATE",
            "WITH RECURSIVE counted (n) AS (SELECT ?2 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < ?3)
             INSERT INTO handover (id, merchant, conversation, accepted_at, subject, summary, body)
             SELECT printf('%s-%07d', id, n), iif(?4, 'm' || (n % ?4), merchant), conversation || '-' || n,
                 accepted_at, subject, summary, body
             FROM handover, counted WHERE id = ?1",
            "WITH RECURSIVE counted (n) AS (SELECT ?2 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < ?3)
             INSERT INTO delivery (id, handover, merchant, destination, part, blocked, account, state, attempts,
                 unsure_attempts, waits, fence, look_ups, give_up_at, needs_answer, without, duplicates, checks, late_at)
             SELECT printf('%s-%07d', id, n), printf('%s-%07d', handover, n), iif(?4, 'm' || (n % ?4), merchant),
                 destination, 0, 0, iif(?4, 'gorgias:m' || (n % ?4), account), 'queued', 0, 0, 0, 0, 0, give_up_at, 0,
                 '[]', '[]', 0, late_at
             FROM delivery, counted WHERE handover = ?1 AND part = 0 AND destination <> 'email'",
            "COMMIT",
        ] {
            let query = sqlx::query(statement);
            let query = if statement.starts_with("WITH") {
                query.bind(first).bind(from).bind(to).bind(accounts.unwrap_or(0))
            } else {
                query
            };
            query.execute(&mut *database).await?;
        }
    }
    // As after a while: into the database's own file.
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(database).await?;
    Ok(())
}
