//! Handovers over time in SQLite.

use super::{
    SqliteStore, handovers, outbox,
    sql::{Query, Sql, params},
    writer::ready,
};
use crate::store::{
    Stored,
    history::{AttemptRecord, EndingCount, HistoryStore, Requeue, Span},
    rows::{Columns, attempt, ended},
    rules,
};
use app::model::{Destination, Helpdesk, Progress, ProgressCounts};
use domain::{clock::Millis, delivery::Delivery};
use std::collections::HashMap;

/// Finds each handover's ending by its ticket, or else by its email: 0 to 3 in the order of [`Ending::ALL`]. Then counts
/// the endings, and ranks the tickets of a day by the time they took. It follows `WITH span (day, from_at, until_at)`,
/// and looks each day up in the index by itself.
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

/// The part after the merchant.
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
        let (merchant, days) = (merchant.to_owned(), days.to_vec());
        self.read(move |db| {
            let mut query = Query::new("WITH span (day, from_at, until_at) AS (VALUES ");
            for (number, span) in days.iter().enumerate() {
                query.push(if number > 0 { ", (" } else { "(" });
                query.push_bind(i64::try_from(number).unwrap_or(i64::MAX)).push(", ");
                query.push_bind(span.from).push(", ").push_bind(span.until).push(")");
            }
            query.push(")").push(ENDINGS).push_text(&merchant).push(COUNTED);
            query.all(db, |row| ended(row, &merchant, &days))
        })
        .await
    }

    async fn failed(&self, merchant: &str) -> Stored<u64> {
        let mut query = Query::new("SELECT count(*) AS failed FROM delivery WHERE merchant = ");
        query
            .push_text(merchant)
            .push(" AND state NOT IN ('sending', 'delivered') AND state = 'failed' AND part = 0 AND ");
        to_any(&mut query);
        self.read(move |db| query.one(db, |row| row.count("failed"))).await
    }

    async fn progress(&self, merchant: &str) -> Stored<ProgressCounts> {
        let count = |progress: Option<Progress>| {
            let mut query = Query::new("SELECT count(*) AS count FROM handover WHERE merchant = ");
            query.push_text(merchant);
            if let Some(progress) = progress {
                handovers::this_far(&mut query, merchant, progress);
            }
            query
        };
        let queries = [None, Some(Progress::NeedsYou), Some(Progress::InProgress)].map(count);
        self.read(move |db| {
            let [all, needs_you, in_progress] = queries.map(|query| query.one(db, |row| row.count("count")));
            Ok(ProgressCounts { all: all?, needs_you: needs_you?, in_progress: in_progress? })
        })
        .await
    }

    async fn attempts(&self, merchant: &str, handover: &str, limit: u32) -> Stored<Vec<AttemptRecord>> {
        let handover = handover.to_owned();
        let merchant = merchant.to_owned();
        let sql = "SELECT destination, part, kind, number, began_at, ended_at, outcome
             FROM delivery JOIN attempt ON attempt.delivery = delivery.id
             WHERE delivery.handover = ? AND merchant = ?
             ORDER BY began_at DESC, attempt.id DESC LIMIT ?";
        self.read(move |db| db.all(sql, params![handover, merchant, limit], |row| attempt(row, &handover)))
            .await
    }

    async fn change_failed(
        &self,
        merchant: &str,
        destination: Destination,
        limit: u32,
        now: Millis,
        change: Requeue<'_>,
    ) -> Stored<u64> {
        // The new states are computed here, because the transaction cannot wait for the caller's closure. A delivery
        // that changes in between stays as it is.
        let whose = merchant.to_owned();
        let failed = self.read(move |db| outbox::failed(db, &whose, destination, limit)).await?;
        let next = failed.into_iter().filter_map(|it| Some((it.id.clone(), (change(&it)?, it))));
        let next: HashMap<_, _> = next.collect();
        let merchant = merchant.to_owned();
        self.write(move |tx| {
            let change = |failed: &Delivery| {
                next.get(&failed.id).filter(|(_, before)| before == failed).map(|(next, _)| next.clone())
            };
            ready(rules::settle::change_failed(tx, &merchant, destination, limit, now, &change))
        })
        .await
    }
}

/// Names every destination, so that SQLite uses the index by merchant, destination and state (`delivery_stopped`).
pub(super) fn to_any(query: &mut Query) {
    query.push("destination IN (");
    let all = Helpdesk::all().map(Destination::Helpdesk).chain([Destination::Email]);
    query.push_list(all.map(Destination::slug)).push(")");
}
