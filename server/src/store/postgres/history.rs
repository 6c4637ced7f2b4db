//! Handovers over time in PostgreSQL.

use super::{
    PostgresStore, handovers,
    sql::{BuiltQuery, retry},
};
use crate::store::{
    Stored,
    history::{AttemptRecord, EndingCount, HistoryStore, Requeue, Span},
    rows::{Columns, attempt, ended},
    rules,
};
use app::model::{Destination, Progress, ProgressCounts};
use domain::clock::Millis;

/// Finds each handover's ending by its ticket, or else by its email: 0 to 3 in the order of
/// [`Ending::ALL`](app::model::Ending::ALL). Then counts the endings, and ranks the tickets of a day by the time they
/// took.
const ENDINGS: &str = "
    WITH each AS (
        SELECT day,
            coalesce(
                min(CASE WHEN destination <> 'email' THEN CASE state
                    WHEN 'delivered' THEN 0 WHEN 'failed' THEN 3
                    WHEN 'unsure' THEN CASE WHEN needs_answer THEN 3 ELSE 2 END
                    WHEN 'cancelled' THEN NULL ELSE 2 END END),
                min(CASE WHEN destination = 'email' THEN CASE state
                    WHEN 'delivered' THEN 1 WHEN 'failed' THEN 3 WHEN 'cancelled' THEN NULL ELSE 2 END END),
                3)::bigint AS ending,
            min(CASE WHEN destination <> 'email' AND state = 'delivered' THEN delivered_at END) - accepted_at AS took
        FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS span (from_at, until_at, day)
        JOIN handover ON handover.merchant = $1 AND accepted_at >= from_at AND accepted_at < until_at
        LEFT JOIN delivery ON delivery.handover = handover.id AND part = 0
        GROUP BY day, handover.accepted_at, handover.id
    ), placed AS (
        SELECT day, ending, took,
            row_number() OVER (PARTITION BY day, ending ORDER BY took) AS place,
            count(*) OVER (PARTITION BY day, ending) AS count
        FROM each
    )
    SELECT day - 1 AS day, ending, max(count) AS count,
        max(CASE WHEN ending = 0 AND place = (count + 1) / 2 THEN took END) AS median,
        max(CASE WHEN ending = 0 AND place = (count * 95 + 99) / 100 THEN took END) AS slow
    FROM placed GROUP BY day, ending ORDER BY day, ending";

#[async_trait::async_trait]
impl HistoryStore for PostgresStore {
    async fn endings(&self, merchant: &str, days: &[Span]) -> Stored<Vec<EndingCount>> {
        let from: Vec<_> = days.iter().map(|span| span.from).collect();
        let until: Vec<_> = days.iter().map(|span| span.until).collect();
        let rows = self.all(ENDINGS, &[&merchant, &from, &until]).await?;
        rows.iter().map(|row| ended(row, merchant, days)).collect()
    }

    async fn failed(&self, merchant: &str) -> Stored<u64> {
        let sql = "SELECT count(*) AS failed FROM delivery
             WHERE merchant = $1 AND state NOT IN ('sending', 'delivered') AND state = 'failed' AND part = 0";
        self.one(sql, &[&merchant]).await?.count("failed")
    }

    async fn progress(&self, merchant: &str) -> Stored<ProgressCounts> {
        let db = self.db().await?;
        let count = async |progress: Option<Progress>| {
            let mut query = BuiltQuery::new("SELECT count(*) AS count FROM handover WHERE merchant = ");
            query.push_text(merchant);
            if let Some(progress) = progress {
                handovers::this_far(&mut query, merchant, progress);
            }
            let rows = query.all(&db).await?;
            rows.first().map_or(Ok(0), |row| row.count("count"))
        };
        Ok(ProgressCounts {
            all: count(None).await?,
            needs_you: count(Some(Progress::NeedsYou)).await?,
            in_progress: count(Some(Progress::InProgress)).await?,
        })
    }

    async fn attempts(&self, merchant: &str, handover: &str, limit: u32) -> Stored<Vec<AttemptRecord>> {
        let sql = "SELECT destination, part, kind, number, began_at, ended_at, outcome
             FROM delivery JOIN attempt ON attempt.delivery = delivery.id
             WHERE delivery.handover = $1 AND merchant = $2
             ORDER BY began_at DESC, attempt.fence DESC, attempt.delivery DESC LIMIT $3";
        let rows = self.all(sql, &[&handover, &merchant, &i64::from(limit)]).await?;
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
        retry(|| async {
            let mut tx = self.begin().await?;
            let changed =
                rules::settle::change_failed(&mut tx, merchant, destination, limit, now, change).await?;
            tx.commit(changed).await
        })
        .await
    }
}
