//! Handovers over time in SQLite.

use super::{Cell, SqliteStore, small};
use crate::store::{
    Stored,
    history::{AttemptRecord, EndingCount, HistoryStore, Requeue, Span},
    rules,
};
use app::model::{AttemptKind, Destination, Ending, Helpdesk};
use domain::clock::Millis;
use sqlx::{QueryBuilder, Row, Sqlite, sqlite::SqliteRow};

/// Each handover's ending by its ticket, else by its mail: 0 to 3 in the order of [`Ending::ALL`]. Then they are counted, and
/// the tickets of a day put in order by the time they took. Behind `WITH span (day, from_at, until_at)`: each day is looked
/// up in the index by itself.
const ENDINGS: &str = "
    , each AS (
        SELECT day,
            coalesce(
                min(CASE WHEN destination <> 'email' THEN CASE state
                    WHEN 'delivered' THEN 0 WHEN 'failed' THEN 3 WHEN 'unsure' THEN iif(needs_answer, 3, 2)
                    WHEN 'cancelled' THEN NULL ELSE 2 END END),
                min(CASE WHEN destination = 'email' THEN CASE state
                    WHEN 'delivered' THEN 1 WHEN 'failed' THEN 3 WHEN 'cancelled' THEN NULL ELSE 2 END END),
                3) AS ending,
            min(CASE WHEN destination <> 'email' AND state = 'delivered' THEN delivered_at END) - accepted_at AS took
        FROM span CROSS JOIN handover INDEXED BY handover_newest
        LEFT JOIN delivery ON delivery.handover = handover.id AND part = 0
        WHERE accepted_at >= from_at AND accepted_at < until_at AND handover.merchant = ";

/// What follows the merchant.
const COUNTED: &str = "
        GROUP BY day, handover.accepted_at, handover.id
    ), placed AS (
        SELECT day, ending, took,
            row_number() OVER (PARTITION BY day, ending ORDER BY took) AS place,
            count(*) OVER (PARTITION BY day, ending) AS count
        FROM each
    )
    SELECT day, ending, max(count) AS count,
        max(CASE WHEN ending = 0 AND place = (count + 1) / 2 THEN took END) AS median,
        max(CASE WHEN ending = 0 AND place = (count * 95 + 99) / 100 THEN took END) AS slow
    FROM placed GROUP BY day, ending ORDER BY day, ending";

#[async_trait::async_trait]
impl HistoryStore for SqliteStore {
    async fn endings(&self, merchant: &str, days: &[Span]) -> Stored<Vec<EndingCount>> {
        if days.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::<Sqlite>::new("WITH span (day, from_at, until_at) AS (");
        query.push_values(days.iter().enumerate(), |mut row, (number, span)| {
            row.push_bind(i64::try_from(number).unwrap_or(i64::MAX))
                .push_bind(span.from)
                .push_bind(span.until);
        });
        query.push(")").push(ENDINGS).push_bind(merchant).push(COUNTED);
        let rows = query.build().fetch_all(&self.reader).await?;
        rows.iter().map(|row| ended(row, merchant, days)).collect()
    }

    async fn failed(&self, merchant: &str) -> Stored<u64> {
        let mut query =
            QueryBuilder::<Sqlite>::new("SELECT count(*) AS failed FROM delivery WHERE merchant = ");
        query.push_bind(merchant).push(" AND state = 'failed' AND part = 0 AND ");
        to_any(&mut query);
        let row = query.build().fetch_one(&self.reader).await?;
        Ok(row.try_get::<i64, _>("failed")?.unsigned_abs())
    }

    async fn attempts(&self, merchant: &str, handover: &str, limit: u32) -> Stored<Vec<AttemptRecord>> {
        let rows = sqlx::query(
            "SELECT destination, part, kind, number, began_at, ended_at, outcome
             FROM delivery JOIN attempt ON attempt.delivery = delivery.id
             WHERE delivery.handover = ? AND merchant = ?
             ORDER BY began_at DESC, attempt.id DESC LIMIT ?",
        )
        .bind(handover)
        .bind(merchant)
        .bind(i64::from(limit))
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(|row| attempt(row, handover)).collect()
    }

    async fn change_failed(
        &self,
        merchant: &str,
        destination: Destination,
        limit: u32,
        now: Millis,
        change: Requeue<'_>,
    ) -> Stored<u64> {
        let mut tx = self.begin().await?;
        let changed =
            rules::settle::change_failed(&mut *tx, merchant, destination, limit, now, change).await?;
        tx.commit().await?;
        Ok(changed)
    }
}

/// Names every destination, so that the index by merchant, destination and state is used.
pub(super) fn to_any(query: &mut QueryBuilder<Sqlite>) {
    query.push("destination IN (");
    let mut list = query.separated(", ");
    for destination in Helpdesk::ALL.map(Destination::Helpdesk).into_iter().chain([Destination::Email]) {
        list.push_bind(destination.slug());
    }
    query.push(")");
}

fn ended(row: &SqliteRow, merchant: &str, days: &[Span]) -> Stored<EndingCount> {
    let span = usize::try_from(row.try_get::<i64, _>("day")?).ok().and_then(|number| days.get(number));
    let ending = usize::try_from(row.try_get::<i64, _>("ending")?).ok();
    Ok(EndingCount {
        day: Cell("handover", "accepted_at", &merchant).parsed(span.map(|span| span.day))?,
        ending: Cell("delivery", "state", &merchant)
            .parsed(ending.and_then(|it| Ending::ALL.get(it).copied()))?,
        count: row.try_get::<i64, _>("count")?.unsigned_abs(),
        median: row.try_get("median")?,
        slow: row.try_get("slow")?,
    })
}

fn attempt(row: &SqliteRow, handover: &str) -> Stored<AttemptRecord> {
    Ok(AttemptRecord {
        destination: Cell("delivery", "destination", &handover)
            .parsed(Destination::from_slug(row.try_get("destination")?))?,
        part: small(row, "part")?,
        kind: Cell("attempt", "kind", &handover).parsed(AttemptKind::from_name(row.try_get("kind")?))?,
        number: small(row, "number")?,
        began_at: row.try_get("began_at")?,
        ended_at: row.try_get("ended_at")?,
        outcome: row.try_get("outcome")?,
    })
}
