//! Removal in SQLite.

use super::{
    SqliteStore,
    sql::{Row, Sql, SqliteConnection, params},
};
use crate::store::{
    Stored,
    handovers::Summary,
    notices::no_ticket_yet,
    removal::{Erased, RemovalStore, Removed},
    rows::{Cell, Columns, to_json},
};
use domain::{addition::Addition, clock::Millis, handover::Handover};

/// How many rows are removed at a time, so that accepting a handover never waits long for the writer.
const AT_A_TIME: i64 = 100;

/// Every table with rows of a merchant, and the condition for them; referencing tables come first. A test compares the
/// list with the schema.
const TABLES: [(&str, &str); 22] = [
    (
        "attempt",
        "delivery IN (SELECT id FROM delivery WHERE handover IN (SELECT id FROM handover WHERE merchant = ?1))",
    ),
    ("delivery", "handover IN (SELECT id FROM handover WHERE merchant = ?1)"),
    ("handover_addition", "handover IN (SELECT id FROM handover WHERE merchant = ?1)"),
    ("answer", "handover IN (SELECT id FROM handover WHERE merchant = ?1)"),
    ("answer_place", "handover IN (SELECT id FROM handover WHERE merchant = ?1)"),
    ("ingest", "handover IN (SELECT id FROM handover WHERE merchant = ?1)"),
    ("unsent", "merchant = ?1"),
    ("handover", "merchant = ?1"),
    (
        "search",
        "rowid IN (SELECT id FROM search_entry WHERE conversation IN (SELECT id FROM conversation WHERE merchant = ?1))",
    ),
    ("search_entry", "conversation IN (SELECT id FROM conversation WHERE merchant = ?1)"),
    ("message", "conversation IN (SELECT id FROM conversation WHERE merchant = ?1)"),
    ("shopper_mail", "merchant = ?1"),
    ("conversation", "merchant = ?1"),
    ("search_merchant", "merchant = ?1"),
    ("visitor", "merchant = ?1"),
    ("ability", "merchant = ?1"),
    ("notice", "merchant = ?1"),
    ("team", "merchant = ?1"),
    ("session", "merchant = ?1"),
    ("connection_change", "merchant = ?1"),
    (
        "answer_watch",
        "account IN (SELECT helpdesk || ':' || subdomain FROM connection WHERE merchant = ?1
                     EXCEPT SELECT helpdesk || ':' || subdomain FROM connection WHERE merchant <> ?1)",
    ),
    ("connection", "merchant = ?1"),
];

/// Pages of the index that are merged while all others wait.
const FORGOTTEN_AT_ONCE: i64 = 500;

#[async_trait::async_trait]
impl RemovalStore for SqliteStore {
    async fn remove_transcripts(&self, before: Millis, now: Millis) -> Stored<Removed> {
        self.write(move |tx| {
            let mut removed = Removed::default();
            remove_handovers(tx, before, now, &mut removed)?;
            remove_conversations(tx, before, &mut removed)?;
            remove_notices(tx, before, &mut removed)?;
            Ok(removed)
        })
        .await
    }

    async fn remove_visitors(&self, ended: Millis, silent: Option<Millis>) -> Stored<u64> {
        // Without `silent`, the second condition is never true.
        let sql = "DELETE FROM visitor WHERE token IN (
                 SELECT token FROM visitor INDEXED BY visitor_seen
                 WHERE seen_at <= max(?1, coalesce(?2, ?1)) AND (
                     seen_at <= ?1
                     OR seen_at <= ?2 AND NOT EXISTS (
                         SELECT 1 FROM message WHERE message.conversation = visitor.conversation))
                 ORDER BY seen_at LIMIT ?3)";
        let removed = self.write_unlisted(move |tx| tx.run(sql, params![ended, silent, AT_A_TIME])).await?;
        Ok(removed as u64)
    }

    async fn erase_merchant(&self, merchant: &str) -> Stored<Erased> {
        let merchant = merchant.to_owned();
        let erased = self.write(move |tx| erase(tx, &merchant)).await?;
        let mut more = self.forget_words(true).await?;
        while more {
            more = self.forget_words(false).await?;
        }
        // Earlier writes stay in the log until it is checkpointed.
        let checkpoint = |db: &mut SqliteConnection| db.any("PRAGMA wal_checkpoint(TRUNCATE)", []);
        self.writer.outside(checkpoint).await?;
        Ok(erased)
    }

    async fn forget_words(&self, begins: bool) -> Stored<bool> {
        // FTS5 only marks deleted entries until their segment is merged with others. A negative number merges all
        // segments into one, from the start, so only the first call may be negative.
        let pages = if begins { -FORGOTTEN_AT_ONCE } else { FORGOTTEN_AT_ONCE };
        self.write_unlisted(move |tx| {
            let before = tx.total_changes();
            tx.run("INSERT INTO search (search, rank) VALUES ('merge', ?)", [pages])?;
            // As FTS5 documents: a merge that did nothing counts as one change.
            Ok(tx.total_changes() - before >= 2)
        })
        .await
    }
}

fn erase(tx: &SqliteConnection, merchant: &str) -> Stored<Erased> {
    let mails = tx.all(
        "SELECT id FROM delivery
         WHERE handover IN (SELECT id FROM handover WHERE merchant = ?1) AND destination = 'email'
         UNION ALL SELECT id FROM notice WHERE merchant = ?1
         UNION ALL SELECT id FROM shopper_mail WHERE merchant = ?1",
        [merchant],
        id,
    )?;
    let mut rows = Vec::new();
    for (table, theirs) in TABLES {
        // Both are constants in this file.
        let gone = tx.run(&format!("DELETE FROM {table} WHERE {theirs}"), [merchant])?;
        rows.push((table, gone as u64));
    }
    Ok(Erased { rows, mails })
}

fn remove_handovers(tx: &SqliteConnection, before: Millis, now: Millis, removed: &mut Removed) -> Stored<()> {
    let without = tx.all(
        "SELECT id, body, summary FROM handover INDEXED BY handover_kept
         WHERE kept = 1 AND accepted_at <= ?1
             AND EXISTS (SELECT 1 FROM delivery
                         WHERE handover = handover.id AND part = 0 AND state = 'delivered')
             AND NOT EXISTS (
                 SELECT 1 FROM delivery
                 WHERE handover = handover.id
                     AND NOT (state = 'delivered' AND delivered_at <= ?1 AND next_at IS NULL)
                     AND NOT ((destination = 'email' OR part >= 1000000) AND state IN ('failed', 'cancelled')
                              AND EXISTS (SELECT 1 FROM delivery AS ticket
                                          WHERE ticket.handover = handover.id AND ticket.destination <> 'email')))
             AND NOT EXISTS (SELECT 1 FROM answer WHERE answer.handover = handover.id AND stored_at > ?1)
         ORDER BY accepted_at LIMIT ?2",
        [before, AT_A_TIME],
        without_transcript,
    )?;
    for (id, body, summary) in without {
        tx.run(
            "UPDATE handover SET body = ?, summary = ?, subject = '', kept = 0, removed_at = coalesce(removed_at, ?)
             WHERE id = ?",
            params![body, summary, now, id],
        )?;
        remove_additions(tx, &id)?;
        tx.run("UPDATE answer SET author = NULL, text = '' WHERE handover = ?", [&id])?;
        let sql = "SELECT id FROM delivery WHERE handover = ? AND destination = 'email'";
        removed.mails.extend(tx.all(sql, [&id], self::id)?);
        removed.mails.push(no_ticket_yet(&id));
        removed.handovers += 1;
    }
    Ok(())
}

/// Returns a handover's id, and what remains of its body and its summary.
fn without_transcript(row: &Row<'_>) -> Stored<(String, String, String)> {
    let id: String = row.get("id")?;
    // An unreadable body is removed completely.
    let body = match Cell("handover", "body", &id).json::<Handover>(row.text("body")?) {
        Ok(handover) => to_json(&handover.without_transcript())?,
        Err(_) => String::new(),
    };
    let summary: Summary = Cell("handover", "summary", &id).json(row.text("summary")?)?;
    let summary = Summary { shopper_name: None, shopper_email: None, ..summary };
    Ok((id, body, to_json(&summary)?))
}

fn remove_additions(tx: &SqliteConnection, handover: &str) -> Stored<()> {
    let cell = Cell("handover_addition", "body", &handover);
    let sql = "SELECT part, body FROM handover_addition WHERE handover = ?";
    let additions = tx.all(sql, [handover], |row| {
        let part = row.small("part")?;
        Ok((part, cell.json::<Addition>(row.text("body")?)?))
    })?;
    for (part, addition) in additions {
        tx.run(
            "UPDATE handover_addition SET body = ? WHERE handover = ? AND part = ?",
            params![to_json(&addition.without_transcript())?, handover, part],
        )?;
    }
    Ok(())
}

/// Removes silent conversations that were never handed over or whose handover's transcript is already removed.
fn remove_conversations(tx: &SqliteConnection, before: Millis, removed: &mut Removed) -> Stored<()> {
    let ids = tx.all(
        "SELECT id FROM conversation INDEXED BY conversation_silent
         WHERE active_at <= ?
             AND EXISTS (SELECT 1 FROM message WHERE message.conversation = conversation.id)
             AND NOT EXISTS (SELECT 1 FROM handover
                             WHERE handover.merchant = conversation.merchant
                                 AND handover.conversation = conversation.id AND kept = 1)
         ORDER BY active_at LIMIT ?",
        [before, AT_A_TIME],
        id,
    )?;
    for id in ids {
        let sql = "DELETE FROM shopper_mail WHERE conversation = ? RETURNING id";
        removed.mails.extend(tx.all(sql, [&id], self::id)?);
        for statement in [
            // A trigger empties the entry that name and address are found by; it stays for a later address.
            "UPDATE conversation SET shopper_name = NULL, shopper_email = NULL, page_url = NULL, order_number = NULL,
                 cart = NULL, custom = NULL, locale = NULL, preview = '', folded = ''
             WHERE id = ?",
            "DELETE FROM search WHERE rowid IN (SELECT id FROM search_entry WHERE conversation = ? AND number > 0)",
            "DELETE FROM search_entry WHERE conversation = ? AND number > 0",
            "DELETE FROM message WHERE conversation = ?",
        ] {
            tx.run(statement, [&id])?;
        }
        removed.conversations += 1;
    }
    Ok(())
}

/// Removes emails about disconnects, which name shoppers. The email about a missing ticket names no one, and the ticket's
/// note may need it; the one about credentials that end must not be sent again.
fn remove_notices(tx: &SqliteConnection, before: Millis, removed: &mut Removed) -> Stored<()> {
    let mails = tx.all(
        "DELETE FROM notice
         WHERE next_at IS NULL AND created_at <= ? AND id NOT LIKE '%.no-ticket-yet' AND id NOT LIKE '%.ends'
         RETURNING id",
        [before],
        id,
    )?;
    removed.mails.extend(mails);
    Ok(())
}

fn id(row: &Row<'_>) -> Stored<String> {
    row.get("id")
}
