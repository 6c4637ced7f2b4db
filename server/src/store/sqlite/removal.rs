//! Removing in SQLite.

use super::{Cell, SqliteStore, to_json};
use crate::store::{
    Stored,
    handovers::Summary,
    removal::{Erased, RemovalStore, Removed},
};
use domain::{addition::Addition, clock::Millis, handover::Handover};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

/// How many go at a time: nobody who accepts a handover shall wait long for the writer.
const AT_A_TIME: i64 = 100;

/// Every table that holds something of a merchant, and which rows of it are theirs; what points at others comes first.
/// A test holds the list to the schema.
const TABLES: [(&str, &str); 18] = [
    ("attempt", "delivery IN (SELECT id FROM delivery WHERE merchant = ?1)"),
    ("delivery", "merchant = ?1"),
    ("handover_addition", "handover IN (SELECT id FROM handover WHERE merchant = ?1)"),
    ("ingest", "handover IN (SELECT id FROM handover WHERE merchant = ?1)"),
    ("unsent", "merchant = ?1"),
    ("handover", "merchant = ?1"),
    (
        "search",
        "rowid IN (SELECT id FROM search_entry WHERE conversation IN (SELECT id FROM conversation WHERE merchant = ?1))",
    ),
    ("search_entry", "conversation IN (SELECT id FROM conversation WHERE merchant = ?1)"),
    ("message", "conversation IN (SELECT id FROM conversation WHERE merchant = ?1)"),
    ("conversation", "merchant = ?1"),
    ("search_merchant", "merchant = ?1"),
    ("visitor", "merchant = ?1"),
    ("ability", "merchant = ?1"),
    ("notice", "merchant = ?1"),
    ("team", "merchant = ?1"),
    ("session", "merchant = ?1"),
    ("connection_change", "merchant = ?1"),
    ("connection", "merchant = ?1"),
];

/// Pages of the index that are merged while everybody else waits.
const FORGOTTEN_AT_ONCE: i64 = 500;

#[async_trait::async_trait]
impl RemovalStore for SqliteStore {
    async fn remove_transcripts(&self, before: Millis, now: Millis) -> Stored<Removed> {
        let mut removed = Removed::default();
        let mut tx = self.begin().await?;
        remove_handovers(&mut tx, before, now, &mut removed).await?;
        remove_conversations(&mut tx, before, &mut removed).await?;
        remove_notices(&mut tx, before, &mut removed).await?;
        tx.commit().await?;
        Ok(removed)
    }

    async fn remove_visitors(&self, ended: Millis, silent: Option<Millis>) -> Stored<u64> {
        // Without `silent` the second is never true.
        let done = sqlx::query(
            "DELETE FROM visitor WHERE token IN (
                 SELECT token FROM visitor INDEXED BY visitor_seen
                 WHERE seen_at <= max(?1, coalesce(?2, ?1)) AND (
                     seen_at <= ?1
                     OR seen_at <= ?2 AND NOT EXISTS (
                         SELECT 1 FROM message WHERE message.conversation = visitor.conversation))
                 ORDER BY seen_at LIMIT ?3)",
        )
        .bind(ended)
        .bind(silent)
        .bind(AT_A_TIME)
        .execute(&self.writer)
        .await?;
        Ok(done.rows_affected())
    }

    async fn erase_merchant(&self, merchant: &str) -> Stored<Erased> {
        let mut erased = Erased::default();
        let mut tx = self.begin().await?;
        let mails = sqlx::query(
            "SELECT id FROM delivery WHERE merchant = ?1 AND destination = 'email'
             UNION ALL SELECT id FROM notice WHERE merchant = ?1",
        )
        .bind(merchant)
        .fetch_all(&mut *tx)
        .await?;
        erased.mails = ids(&mails)?;
        for (table, theirs) in &TABLES {
            // Both are constants of this file.
            let done = sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table} WHERE {theirs}")))
                .bind(merchant)
                .execute(&mut *tx)
                .await?;
            erased.rows.push((table, done.rows_affected()));
        }
        tx.commit().await?;
        let mut more = self.forget_words(true).await?;
        while more {
            more = self.forget_words(false).await?;
        }
        // What was written before stands in the log until it is taken over.
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await?;
        Ok(erased)
    }

    async fn forget_words(&self, begins: bool) -> Stored<bool> {
        // A deleted entry of the index is only marked so until its part is merged with others. A negative number makes
        // all parts one to be merged, from the beginning: only the first may be.
        let pages = if begins { -FORGOTTEN_AT_ONCE } else { FORGOTTEN_AT_ONCE };
        let mut writer = self.writer.acquire().await?;
        let changes = total_changes(&mut writer).await?;
        sqlx::query("INSERT INTO search (search, rank) VALUES ('merge', ?)")
            .bind(pages)
            .execute(&mut *writer)
            .await?;
        // As FTS5 documents it: a merge that did nothing counts as one change.
        Ok(total_changes(&mut writer).await? - changes >= 2)
    }
}

async fn remove_handovers(
    connection: &mut SqliteConnection,
    before: Millis,
    now: Millis,
    removed: &mut Removed,
) -> Stored<()> {
    let rows = sqlx::query(
        "SELECT id, body, summary FROM handover INDEXED BY handover_kept
         WHERE kept = 1 AND accepted_at <= ?1
             AND EXISTS (SELECT 1 FROM delivery
                         WHERE handover = handover.id AND part = 0 AND state = 'delivered')
             AND NOT EXISTS (
                 SELECT 1 FROM delivery
                 WHERE handover = handover.id
                     AND NOT (state = 'delivered' AND delivered_at <= ?1 AND next_at IS NULL)
                     AND NOT (destination = 'email' AND state IN ('failed', 'cancelled')
                              AND EXISTS (SELECT 1 FROM delivery AS ticket
                                          WHERE ticket.handover = handover.id AND ticket.destination <> 'email')))
         ORDER BY accepted_at LIMIT ?2",
    )
    .bind(before)
    .bind(AT_A_TIME)
    .fetch_all(&mut *connection)
    .await?;
    for row in rows {
        let id: String = row.try_get("id")?;
        // What cannot be read is removed as it is.
        let body = match Cell("handover", "body", &id).json::<Handover>(row.try_get("body")?) {
            Ok(handover) => to_json(&handover.without_transcript())?,
            Err(_) => String::new(),
        };
        let summary: Summary = Cell("handover", "summary", &id).json(row.try_get("summary")?)?;
        let summary = Summary { shopper_name: None, shopper_email: None, ..summary };
        sqlx::query(
            "UPDATE handover SET body = ?, summary = ?, subject = '', kept = 0, removed_at = coalesce(removed_at, ?)
             WHERE id = ?",
        )
        .bind(body)
        .bind(to_json(&summary)?)
        .bind(now)
        .bind(&id)
        .execute(&mut *connection)
        .await?;
        remove_additions(connection, &id).await?;
        let mails = sqlx::query("SELECT id FROM delivery WHERE handover = ? AND destination = 'email'")
            .bind(&id)
            .fetch_all(&mut *connection)
            .await?;
        removed.mails.extend(ids(&mails)?);
        removed.mails.push(crate::store::notices::no_ticket_yet(&id));
        removed.handovers += 1;
    }
    Ok(())
}

async fn remove_additions(connection: &mut SqliteConnection, handover: &str) -> Stored<()> {
    let rows = sqlx::query("SELECT part, body FROM handover_addition WHERE handover = ?")
        .bind(handover)
        .fetch_all(&mut *connection)
        .await?;
    for row in rows {
        let addition: Addition = Cell("handover_addition", "body", &handover).json(row.try_get("body")?)?;
        sqlx::query("UPDATE handover_addition SET body = ? WHERE handover = ? AND part = ?")
            .bind(to_json(&addition.without_transcript())?)
            .bind(handover)
            .bind(row.try_get::<i64, _>("part")?)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Those that nobody has spoken in since, if they never were handed over or what became of that is removed already.
async fn remove_conversations(
    connection: &mut SqliteConnection,
    before: Millis,
    removed: &mut Removed,
) -> Stored<()> {
    let rows = sqlx::query(
        "SELECT id FROM conversation INDEXED BY conversation_silent
         WHERE active_at <= ?
             AND EXISTS (SELECT 1 FROM message WHERE message.conversation = conversation.id)
             AND NOT EXISTS (SELECT 1 FROM handover
                             WHERE handover.merchant = conversation.merchant
                                 AND handover.conversation = conversation.id AND kept = 1)
         ORDER BY active_at LIMIT ?",
    )
    .bind(before)
    .bind(AT_A_TIME)
    .fetch_all(&mut *connection)
    .await?;
    for id in ids(&rows)? {
        // Its trigger empties what name and address are found by; that entry stays, for an address that comes later.
        sqlx::query(
            "UPDATE conversation SET shopper_name = NULL, shopper_email = NULL, page_url = NULL, order_number = NULL,
                 cart = NULL, custom = NULL, preview = '', folded = ''
             WHERE id = ?",
        )
        .bind(&id)
        .execute(&mut *connection)
        .await?;
        for statement in [
            "DELETE FROM search WHERE rowid IN (SELECT id FROM search_entry WHERE conversation = ? AND number > 0)",
            "DELETE FROM search_entry WHERE conversation = ? AND number > 0",
            "DELETE FROM message WHERE conversation = ?",
        ] {
            sqlx::query(statement).bind(&id).execute(&mut *connection).await?;
        }
        removed.conversations += 1;
    }
    Ok(())
}

/// Mails about disconnects name shoppers. The one about a missing ticket holds nothing, and its ticket's note may need it.
async fn remove_notices(
    connection: &mut SqliteConnection,
    before: Millis,
    removed: &mut Removed,
) -> Stored<()> {
    let rows = sqlx::query(
        "DELETE FROM notice
         WHERE next_at IS NULL AND created_at <= ? AND id NOT LIKE '%.no-ticket-yet' RETURNING id",
    )
    .bind(before)
    .fetch_all(connection)
    .await?;
    removed.mails.extend(ids(&rows)?);
    Ok(())
}

async fn total_changes(connection: &mut SqliteConnection) -> Stored<i64> {
    Ok(sqlx::query("SELECT total_changes() AS n").fetch_one(connection).await?.try_get("n")?)
}

fn ids(rows: &[SqliteRow]) -> Stored<Vec<String>> {
    rows.iter().map(|row| Ok(row.try_get("id")?)).collect()
}
