//! Deliveries and attempts in SQLite.

use super::{SqliteStore, Statement, connections, from_json, group::Change, parsed, to_json};
use crate::{
    clock::Millis,
    handover::{
        addition::Addition,
        delivery::{Delivery, LONG_LOOK_UP},
    },
    store::{
        Stored,
        outbox::{Begun, Due, DueAccount, Ended, OutboxStore},
    },
};
use app::model::{DeliveryState, Destination};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

#[async_trait::async_trait]
impl OutboxStore for SqliteStore {
    async fn due_accounts(&self, now: Millis, after: Option<&str>, most: usize) -> Stored<Vec<DueAccount>> {
        // `delivery_queued` is walked account by account (a loose index scan), so that a backlog of one account
        // costs no more than a single row of it, and no further than asked for.
        let rows = sqlx::query(
            "WITH RECURSIVE queued (account) AS (
                 SELECT min(account) FROM delivery WHERE state = 'queued' AND blocked = 0 AND account > ?2
                 UNION ALL
                 SELECT (SELECT min(account) FROM delivery
                         WHERE state = 'queued' AND blocked = 0 AND account > queued.account)
                 FROM queued WHERE queued.account IS NOT NULL
                 LIMIT ?3
             )
             SELECT account, max(sends) AS sends, max(looks) AS looks
             FROM (SELECT account, 1 AS sends, 0 AS looks FROM queued WHERE account IS NOT NULL
                   UNION ALL
                   SELECT account, state = 'waiting', state IN ('unsure', 'delivered')
                   FROM delivery INDEXED BY delivery_wake
                   WHERE next_at IS NOT NULL AND blocked = 0 AND next_at <= ?1 AND account > ?2)
             GROUP BY account ORDER BY account LIMIT ?3",
        )
        .bind(now)
        // No account's name is empty.
        .bind(after.unwrap_or_default())
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&self.reader)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(DueAccount {
                    account: row.try_get("account")?,
                    sends: row.try_get("sends")?,
                    looks: row.try_get("looks")?,
                })
            })
            .collect()
    }

    async fn next_due_at(&self, now: Millis) -> Stored<Option<Millis>> {
        let row = sqlx::query(
            "SELECT min(at) AS at FROM (
                 SELECT min(next_at) AS at FROM delivery
                 WHERE next_at IS NOT NULL AND blocked = 0 AND next_at > ?1
                 UNION ALL SELECT min(lease_until) FROM delivery WHERE state = 'sending' AND lease_until > ?1
                 UNION ALL
                 SELECT min(late_at) FROM delivery
                 WHERE late_at IS NOT NULL AND state NOT IN ('delivered', 'cancelled') AND late_at > ?1
                 UNION ALL SELECT min(next_at) FROM notice WHERE next_at IS NOT NULL AND next_at > ?1
                 UNION ALL
                 SELECT min(recheck_at) FROM connection WHERE recheck_at IS NOT NULL AND recheck_at > ?1)",
        )
        .bind(now)
        .fetch_one(&self.reader)
        .await?;
        Ok(row.try_get("at")?)
    }

    async fn first_due(&self, account: &str, due: Due, now: Millis) -> Stored<Option<Delivery>> {
        if due == Due::Send {
            let queued = sqlx::query(
                "SELECT * FROM delivery WHERE account = ? AND state = 'queued' AND blocked = 0 ORDER BY seq LIMIT 1",
            )
            .bind(account)
            .fetch_optional(&self.reader)
            .await?;
            if let Some(row) = queued {
                return delivery(&row).map(Some);
            }
        }
        let state = match due {
            Due::LookUp => DeliveryState::Unsure,
            Due::Send => DeliveryState::Waiting,
            Due::Check => DeliveryState::Delivered,
        };
        let row = sqlx::query(
            "SELECT * FROM delivery WHERE account = ? AND state = ? AND next_at IS NOT NULL AND blocked = 0 AND next_at <= ?
             ORDER BY next_at, seq LIMIT 1",
        )
        .bind(account)
        .bind(state.as_str())
        .bind(now)
        .fetch_optional(&self.reader)
        .await?;
        row.as_ref().map(delivery).transpose()
    }

    async fn expired_leases(&self, now: Millis) -> Stored<Vec<Delivery>> {
        let rows =
            sqlx::query("SELECT * FROM delivery WHERE state = 'sending' AND lease_until <= ? LIMIT 500")
                .bind(now)
                .fetch_all(&self.reader)
                .await?;
        rows.iter().map(delivery).collect()
    }

    async fn look_again(&self, now: Millis) -> Stored<()> {
        // This process has the lock: whoever began these is gone. A lease ends soon, so that few rows are looked at.
        sqlx::query(
            "UPDATE delivery SET next_at = ?1, fence = fence + 1
             WHERE next_at IS NOT NULL AND blocked = 0 AND next_at > ?1 AND next_at <= ?2
                 AND state IN ('unsure', 'delivered')
                 AND EXISTS (SELECT 1 FROM attempt
                             WHERE attempt.delivery = delivery.id AND attempt.fence = delivery.fence
                                 AND kind IN ('look_up', 'check') AND ended_at IS NULL)",
        )
        .bind(now)
        .bind(now.saturating_add(LONG_LOOK_UP))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn save(
        &self,
        next: &Delivery,
        begun: Option<&Begun>,
        ended: Option<&Ended>,
        now: Millis,
    ) -> Stored<bool> {
        let settlement = Settlement { next: next.clone(), begun: begun.cloned(), ended: ended.cloned(), now };
        self.group.write(settlement).await
    }

    async fn delivery(&self, merchant: &str, handover: &str, to: Destination) -> Stored<Option<Delivery>> {
        let row = sqlx::query(
            "SELECT * FROM delivery WHERE handover = ? AND destination = ? AND part = 0 AND merchant = ?",
        )
        .bind(handover)
        .bind(to.slug())
        .bind(merchant)
        .fetch_optional(&self.reader)
        .await?;
        row.as_ref().map(delivery).transpose()
    }

    async fn addition(&self, handover: &str, part: u32) -> Stored<Option<Addition>> {
        let row = sqlx::query("SELECT body FROM handover_addition WHERE handover = ? AND part = ?")
            .bind(handover)
            .bind(i64::from(part))
            .fetch_optional(&self.reader)
            .await?;
        row.map(|row| from_json(row.try_get("body")?, "handover_addition")).transpose()
    }
}

/// A delivery's change, with what began or ended.
struct Settlement {
    next: Delivery,
    begun: Option<Begun>,
    ended: Option<Ended>,
    now: Millis,
}

#[async_trait::async_trait]
impl Change for Settlement {
    type Answer = bool;

    async fn apply(&self, connection: &mut SqliteConnection) -> Stored<bool> {
        let Self { next, begun, ended, now } = self;
        if let Some(ended) = ended {
            // Kept even when the settle is refused: it did end, and a person may want to know how.
            sqlx::query("UPDATE attempt SET ended_at = ?, outcome = ? WHERE delivery = ? AND fence = ?")
                .bind(ended.at)
                .bind(&ended.outcome)
                .bind(&next.id)
                .bind(ended.fence)
                .execute(&mut *connection)
                .await?;
        }
        let saved = update(connection, next, *now).await?;
        if let Some(begun) = begun.as_ref().filter(|_| saved) {
            sqlx::query(
                "INSERT INTO attempt (delivery, fence, kind, number, account, began_at, not_after)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(&next.id)
            .bind(next.fence)
            .bind(begun.kind)
            .bind(i64::from(next.attempts))
            .bind(&next.account)
            .bind(begun.at)
            .bind(next.not_after)
            .execute(&mut *connection)
            .await?;
        }
        if saved {
            connections::keep_moving(connection, next, *now).await?;
        }
        Ok(saved)
    }
}

/// Writes a delivery over the one with the fence before its own. `false`: there is none.
pub(super) async fn update(connection: &mut SqliteConnection, next: &Delivery, now: Millis) -> Stored<bool> {
    let done = sqlx::query(
        "UPDATE delivery SET account = ?, state = ?, attempts = ?, unsure_attempts = ?, waits = ?, fence = ?,
             not_after = ?, lease_until = ?, next_at = ?, look_ups = ?, give_up_at = ?, needs_answer = ?,
             without = ?, ticket = ?, said = ?, duplicates = ?, repeated_in = ?, checks = ?, last_error = ?,
             delivered_at = iif(?, coalesce(delivered_at, ?), NULL)
         WHERE id = ? AND fence = ?",
    )
    .bind(&next.account)
    .bind(next.state.as_str())
    .bind(i64::from(next.attempts))
    .bind(i64::from(next.unsure_attempts))
    .bind(i64::from(next.waits))
    .bind(next.fence)
    .bind(next.not_after)
    .bind(next.lease_until)
    .bind(next.next_at)
    .bind(i64::from(next.look_ups))
    .bind(next.give_up_at)
    .bind(next.needs_answer)
    .bind(to_json(&next.without, "delivery")?)
    .bind(next.ticket)
    .bind(next.said)
    .bind(to_json(&next.duplicates, "delivery")?)
    .bind(to_json(&next.repeated_in, "delivery")?)
    .bind(i64::from(next.checks))
    .bind(&next.last_error)
    .bind(next.state == DeliveryState::Delivered)
    .bind(now)
    .bind(&next.id)
    .bind(next.fence.saturating_sub(1))
    .execute(&mut *connection)
    .await?;
    let saved = done.rows_affected() == 1;
    // What came later waits for what came before it; a later part that failed for good holds nobody up.
    let over =
        next.state == DeliveryState::Delivered || (next.part > 0 && next.state == DeliveryState::Failed);
    if saved && over {
        sqlx::query("UPDATE delivery SET blocked = 0 WHERE handover = ? AND destination = ? AND part = ?")
            .bind(&next.handover)
            .bind(next.destination.slug())
            .bind(i64::from(next.part) + 1)
            .execute(connection)
            .await?;
    }
    Ok(saved)
}

/// Adds a new delivery, and when its handover should have a ticket.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    new: &Delivery,
    blocked: bool,
    late_at: Option<Millis>,
) -> Stored<()> {
    bind(sqlx::query(INSERT), new, blocked, late_at).execute(connection).await?;
    Ok(())
}

/// The statement that adds a new delivery; [`bind`] gives it its values.
pub(super) const INSERT: &str =
    "INSERT INTO delivery (id, handover, merchant, destination, part, blocked, account, state, attempts, unsure_attempts,
         waits, fence, look_ups, give_up_at, needs_answer, without, duplicates, checks, late_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, ?, 0, '[]', '[]', 0, ?);\n";

pub(super) fn bind<'q>(
    query: Statement<'q>,
    new: &Delivery,
    blocked: bool,
    late_at: Option<Millis>,
) -> Statement<'q> {
    query
        .bind(&new.id)
        .bind(&new.handover)
        .bind(&new.merchant)
        .bind(new.destination.slug())
        .bind(i64::from(new.part))
        .bind(blocked)
        .bind(&new.account)
        .bind(new.state.as_str())
        .bind(new.give_up_at)
        .bind(late_at)
}

/// A row as a delivery.
pub(super) fn delivery(row: &SqliteRow) -> Stored<Delivery> {
    let small =
        |name: &str| -> Stored<u32> { Ok(u32::try_from(row.try_get::<i64, _>(name)?).unwrap_or(u32::MAX)) };
    Ok(Delivery {
        id: row.try_get("id")?,
        handover: row.try_get("handover")?,
        merchant: row.try_get("merchant")?,
        destination: parsed(Destination::from_slug(row.try_get("destination")?), "delivery")?,
        part: small("part")?,
        account: row.try_get("account")?,
        state: parsed(DeliveryState::from_name(row.try_get("state")?), "delivery")?,
        attempts: small("attempts")?,
        unsure_attempts: small("unsure_attempts")?,
        waits: small("waits")?,
        fence: row.try_get("fence")?,
        not_after: row.try_get("not_after")?,
        lease_until: row.try_get("lease_until")?,
        next_at: row.try_get("next_at")?,
        look_ups: small("look_ups")?,
        give_up_at: row.try_get("give_up_at")?,
        needs_answer: row.try_get("needs_answer")?,
        without: from_json(row.try_get("without")?, "delivery")?,
        ticket: row.try_get("ticket")?,
        said: row.try_get("said")?,
        duplicates: from_json(row.try_get("duplicates")?, "delivery")?,
        repeated_in: from_json(row.try_get("repeated_in")?, "delivery")?,
        checks: small("checks")?,
        last_error: row.try_get("last_error")?,
    })
}
