//! Handovers that wait, by the hundred thousand: written straight into the database, as copies of one that was accepted.

use anyhow::Result;
use rusqlite::{Connection, TransactionBehavior, params};

/// How many rows a statement writes.
const AT_ONCE: i64 = 50_000;

/// Adds so many copies of a handover, each with a queued delivery: all of the same account, or in turn of accounts
/// `gorgias:m0`, `gorgias:m1`, … with a merchant each.
pub fn copy(database: &mut Connection, first: &str, many: i64, accounts: Option<i64>) -> Result<()> {
    // Quickly: nobody needs what a power cut would leave of it.
    database.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000")?;
    for from in (0..many).step_by(usize::try_from(AT_ONCE)?) {
        let to = many.min(from + AT_ONCE);
        // The deliveries after all handovers, in one transaction.
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
    // As after a while: into the database's own file.
    Ok(database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?)
}
