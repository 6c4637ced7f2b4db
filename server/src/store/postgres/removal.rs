//! Removal in PostgreSQL.

use super::{
    PostgresStore,
    sql::{Db, retry},
};
use crate::store::{
    Stored,
    handovers::Summary,
    notices::no_ticket_yet,
    removal::{Erased, RemovalStore, Removed},
    rows::{Cell, Columns, to_json},
};
use domain::{addition::Addition, clock::Millis, handover::Handover};
use tokio_postgres::Row;

/// How many rows are removed at a time, so that no lock is held for long.
const AT_A_TIME: i64 = 100;

/// Every table with rows of a merchant, and the condition for them; referencing tables come first. A test compares the
/// list with the schema.
const TABLES: [(&str, &str); 19] = [
    (
        "attempt",
        "delivery IN (SELECT id FROM delivery WHERE handover IN (SELECT id FROM handover WHERE merchant = $1))",
    ),
    ("delivery", "handover IN (SELECT id FROM handover WHERE merchant = $1)"),
    ("handover_addition", "handover IN (SELECT id FROM handover WHERE merchant = $1)"),
    ("answer", "handover IN (SELECT id FROM handover WHERE merchant = $1)"),
    ("answer_place", "handover IN (SELECT id FROM handover WHERE merchant = $1)"),
    ("ingest", "handover IN (SELECT id FROM handover WHERE merchant = $1)"),
    ("unsent", "merchant = $1"),
    ("handover", "merchant = $1"),
    ("message", "conversation IN (SELECT id FROM conversation WHERE merchant = $1)"),
    ("shopper_mail", "merchant = $1"),
    ("conversation", "merchant = $1"),
    ("visitor", "merchant = $1"),
    ("ability", "merchant = $1"),
    ("notice", "merchant = $1"),
    ("team", "merchant = $1"),
    ("session", "merchant = $1"),
    ("connection_change", "merchant = $1"),
    (
        "answer_watch",
        "account IN (SELECT helpdesk || ':' || subdomain FROM connection WHERE merchant = $1
                     EXCEPT SELECT helpdesk || ':' || subdomain FROM connection WHERE merchant <> $1)",
    ),
    ("connection", "merchant = $1"),
];

#[async_trait::async_trait]
impl RemovalStore for PostgresStore {
    async fn remove_transcripts(&self, before: Millis, now: Millis) -> Stored<Removed> {
        // One transaction each, because they lock in different orders.
        let handovers = retry(|| async {
            let tx = self.begin().await?;
            let removed = remove_handovers(&tx, before, now).await?;
            tx.commit(removed).await
        });
        let mut removed = handovers.await?;
        let conversations = retry(|| async {
            let tx = self.begin().await?;
            let gone = remove_conversations(&tx, before).await?;
            tx.commit(gone).await
        });
        let (conversations, mails) = conversations.await?;
        removed.conversations = conversations;
        removed.mails.extend(mails);
        removed.mails.extend(remove_notices(&self.db().await?, before).await?);
        Ok(removed)
    }

    async fn remove_visitors(&self, ended: Millis, silent: Option<Millis>) -> Stored<u64> {
        // Without `silent`, the second condition is never true.
        let sql = "DELETE FROM visitor WHERE token IN (
                 SELECT token FROM visitor
                 WHERE seen_at <= greatest($1::bigint, $2::bigint) AND (
                     seen_at <= $1
                     OR seen_at <= $2 AND NOT EXISTS (
                         SELECT 1 FROM message WHERE message.conversation = visitor.conversation))
                 ORDER BY seen_at LIMIT $3)";
        self.run(sql, &[&ended, &silent, &AT_A_TIME]).await
    }

    async fn erase_merchant(&self, merchant: &str) -> Stored<Erased> {
        retry(|| async {
            let tx = self.begin().await?;
            let mails = "SELECT id FROM delivery
                 WHERE handover IN (SELECT id FROM handover WHERE merchant = $1) AND destination = 'email'
                 UNION ALL SELECT id FROM notice WHERE merchant = $1
                 UNION ALL SELECT id FROM shopper_mail WHERE merchant = $1";
            let mails = tx.all(mails, &[&merchant]).await?.iter().map(id).collect::<Stored<Vec<_>>>()?;
            let mut rows = Vec::new();
            for (table, theirs) in TABLES {
                // Both are constants in this file.
                let gone = tx.run(&format!("DELETE FROM {table} WHERE {theirs}"), &[&merchant]).await?;
                rows.push((table, gone));
            }
            tx.commit(Erased { rows, mails }).await
        })
        .await
    }

    /// Does nothing: no text is kept outside the rows themselves.
    async fn forget_words(&self, _: bool) -> Stored<bool> {
        Ok(false)
    }
}

async fn remove_handovers(db: &Db, before: Millis, now: Millis) -> Stored<Removed> {
    let mut removed = Removed::default();
    let sql = "SELECT id, body, summary FROM handover
         WHERE kept AND accepted_at <= $1
             AND EXISTS (SELECT 1 FROM delivery
                         WHERE delivery.handover = handover.id AND part = 0 AND state = 'delivered')
             AND NOT EXISTS (
                 SELECT 1 FROM delivery
                 WHERE delivery.handover = handover.id
                     AND NOT (state = 'delivered' AND delivered_at <= $1 AND next_at IS NULL)
                     AND NOT ((destination = 'email' OR part >= 1000000) AND state IN ('failed', 'cancelled')
                              AND EXISTS (SELECT 1 FROM delivery AS ticket
                                          WHERE ticket.handover = handover.id AND ticket.destination <> 'email')))
             AND NOT EXISTS (SELECT 1 FROM answer WHERE answer.handover = handover.id AND stored_at > $1)
         ORDER BY accepted_at LIMIT $2 FOR UPDATE SKIP LOCKED";
    for row in db.all(sql, &[&before, &AT_A_TIME]).await? {
        let (id, body, summary) = without_transcript(&row)?;
        let sql = "UPDATE handover SET body = $1, summary = $2, subject = '', shopper = '', kept = false,
                 removed_at = coalesce(removed_at, $3)
             WHERE id = $4";
        db.run(sql, &[&body, &summary, &now, &id]).await?;
        remove_additions(db, &id).await?;
        db.run("UPDATE answer SET author = NULL, text = '' WHERE handover = $1", &[&id]).await?;
        let mails = "SELECT id FROM delivery WHERE handover = $1 AND destination = 'email'";
        for row in db.all(mails, &[&id]).await? {
            removed.mails.push(self::id(&row)?);
        }
        removed.mails.push(no_ticket_yet(&id));
        removed.handovers += 1;
    }
    Ok(removed)
}

/// Returns a handover's id, and what remains of its body and its summary.
fn without_transcript(row: &Row) -> Stored<(String, String, String)> {
    let id = row.string("id")?;
    // An unreadable body is removed completely.
    let body = match Cell("handover", "body", &id).json::<Handover>(row.text("body")?) {
        Ok(handover) => to_json(&handover.without_transcript())?,
        Err(_) => String::new(),
    };
    let summary: Summary = Cell("handover", "summary", &id).json(row.text("summary")?)?;
    let summary = Summary { shopper_name: None, shopper_email: None, ..summary };
    Ok((id, body, to_json(&summary)?))
}

async fn remove_additions(db: &Db, handover: &str) -> Stored<()> {
    let sql = "SELECT part, body FROM handover_addition WHERE handover = $1";
    for row in db.all(sql, &[&handover]).await? {
        let cell = Cell("handover_addition", "body", &handover);
        let body = to_json(&cell.json::<Addition>(row.text("body")?)?.without_transcript())?;
        let sql = "UPDATE handover_addition SET body = $1 WHERE handover = $2 AND part = $3";
        db.run(sql, &[&body, &handover, &row.number("part")?]).await?;
    }
    Ok(())
}

/// Removes silent conversations that were never handed over or whose handover's transcript is already removed. Returns
/// how many, and the ids of their emails.
async fn remove_conversations(db: &Db, before: Millis) -> Stored<(u64, Vec<String>)> {
    let sql = "SELECT id FROM conversation
         WHERE active_at <= $1
             AND EXISTS (SELECT 1 FROM message WHERE message.conversation = conversation.id)
             AND NOT EXISTS (SELECT 1 FROM handover
                             WHERE handover.merchant = conversation.merchant
                                 AND handover.conversation = conversation.id AND kept)
         ORDER BY active_at LIMIT $2 FOR UPDATE SKIP LOCKED";
    let rows = db.all(sql, &[&before, &AT_A_TIME]).await?;
    let ids = rows.iter().map(id).collect::<Stored<Vec<_>>>()?;
    for sql in [
        "UPDATE conversation SET shopper_name = NULL, shopper_email = NULL, page_url = NULL, order_number = NULL,
             cart = NULL, custom = NULL, locale = NULL, preview = '', folded = ''
         WHERE id = ANY($1)",
        "DELETE FROM message WHERE conversation = ANY($1)",
    ] {
        db.run(sql, &[&ids]).await?;
    }
    let sql = "DELETE FROM shopper_mail WHERE conversation = ANY($1) RETURNING id";
    let mails = db.all(sql, &[&ids]).await?.iter().map(id).collect::<Stored<Vec<_>>>()?;
    Ok((ids.len() as u64, mails))
}

/// Removes emails about disconnects, which name shoppers, and returns their ids. The email about a missing ticket names
/// no one, and the ticket's note may need it; the one about credentials that end must not be sent again.
async fn remove_notices(db: &Db, before: Millis) -> Stored<Vec<String>> {
    let sql = "DELETE FROM notice
         WHERE next_at IS NULL AND created_at <= $1 AND id NOT LIKE '%.no-ticket-yet' AND id NOT LIKE '%.ends'
         RETURNING id";
    db.all(sql, &[&before]).await?.iter().map(id).collect()
}

fn id(row: &Row) -> Stored<String> {
    row.string("id")
}
