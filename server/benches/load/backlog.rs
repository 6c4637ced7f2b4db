//! Hundreds of thousands of waiting handovers, written directly into the database as copies of an accepted one.

use anyhow::Result;
use rusqlite::{Connection, TransactionBehavior, params};

/// Rows per statement.
const AT_ONCE: i64 = 50_000;

/// Adds this many copies of a handover, each with a queued delivery: all for the same account, or alternating between
/// accounts `gorgias:m0`, `gorgias:m1`, …, each with its own merchant.
pub fn copy(database: &mut Connection, first: &str, many: i64, accounts: Option<i64>) -> Result<()> {
    // Fast, because the data does not have to survive a power cut.
    database.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000")?;
    for from in (0..many).step_by(usize::try_from(AT_ONCE)?) {
        let to = many.min(from + AT_ONCE);
        // Write the deliveries after all handovers, in one transaction.
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for statement in [
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
        ] {
            transaction.execute(statement, params![first, from, to, accounts.unwrap_or(0)])?;
        }
        transaction.commit()?;
    }
    // Move everything from the log into the database file, as happens after a while.
    Ok(database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?)
}
