//! Deliveries and attempts in SQLite.

use super::{
    Cell, SqliteStore,
    group::{Change, Waiting},
    handovers, small, to_json,
};
use crate::store::{
    Stored,
    outbox::{Begun, Due, DueLane, Ended, OutboxStore},
    rules::{self, settle::Settlement},
    tx::{DeliveryTx, Late, Listed, NewDelivery},
};
use app::model::{DeliveryState, Destination, Helpdesk};
use domain::{
    Said,
    account::{Account, Lane},
    addition::Addition,
    clock::Millis,
    delivery::{Delivery, GIVES_UP_AFTER, LONG_LOOK_UP, Record},
};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};
use std::collections::HashSet;
use tokio::sync::oneshot;

/// The first of an account in this state whose time has come.
macro_rules! due_in_time {
    ($state:literal) => {
        concat!(
            "SELECT * FROM delivery WHERE account = ? AND state = '",
            $state,
            "' AND next_at IS NOT NULL AND blocked = 0 AND next_at <= ? ORDER BY next_at, seq LIMIT 1"
        )
    };
}

#[async_trait::async_trait]
impl OutboxStore for SqliteStore {
    async fn due_lanes(&self, now: Millis, after: Option<&Lane>, most: usize) -> Stored<Vec<DueLane>> {
        // `delivery_turn` is walked account by account (a loose index scan), so that a backlog of one account
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
        .bind(after.map(Lane::to_string).unwrap_or_default())
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&self.reader)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(DueLane { lane: lane(row)?, sends: row.try_get("sends")?, looks: row.try_get("looks")? })
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

    async fn first_mail(&self, after: &str, now: Millis) -> Stored<Option<Delivery>> {
        // Those behind the last one, and then from the first.
        for after in [after, ""] {
            let row = sqlx::query(
                "SELECT * FROM delivery INDEXED BY delivery_mail
                 WHERE destination = 'email' AND state = 'queued' AND blocked = 0 AND merchant > ?
                 ORDER BY merchant, (part > 0), seq LIMIT 1",
            )
            .bind(after)
            .fetch_optional(&self.reader)
            .await?;
            if let Some(row) = row {
                return delivery(&row).map(Some);
            }
        }
        let row = sqlx::query(due_in_time!("waiting"))
            .bind(Destination::Email.slug())
            .bind(now)
            .fetch_optional(&self.reader)
            .await?;
        row.as_ref().map(delivery).transpose()
    }

    async fn first_due(&self, account: &Account, due: Due, now: Millis) -> Stored<Option<Delivery>> {
        let account = account.to_string();
        if due == Due::Send {
            // New handovers before what came later of others, whoever writes how much; what was never sent before what
            // is tried again.
            for sql in [
                "SELECT * FROM delivery WHERE account = ? AND state = 'queued' AND blocked = 0
                 ORDER BY (part > 0), seq LIMIT 1",
                "SELECT * FROM delivery
                 WHERE account = ? AND state = 'waiting' AND part = 0 AND next_at IS NOT NULL AND next_at <= ?
                 ORDER BY next_at, seq LIMIT 1",
            ] {
                let row = sqlx::query(sql).bind(&account).bind(now).fetch_optional(&self.reader).await?;
                if let Some(row) = row {
                    return delivery(&row).map(Some);
                }
            }
        }
        // The state stands in the statement: a value for it could make another partial index usable, so that SQLite would
        // prepare the statement anew each time.
        let sql = match due {
            Due::LookUp => due_in_time!("unsure"),
            Due::Send => due_in_time!("waiting"),
            Due::Check => due_in_time!("delivered"),
        };
        let row = sqlx::query(sql).bind(&account).bind(now).fetch_optional(&self.reader).await?;
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

    async fn untried_after(&self, before: &Delivery) -> Stored<Vec<Delivery>> {
        let rows = sqlx::query(
            "SELECT * FROM delivery WHERE handover = ? AND destination = ? AND part > ?
                 AND attempts = 0 AND state IN ('queued', 'waiting') ORDER BY part",
        )
        .bind(&before.handover)
        .bind(before.destination.slug())
        .bind(i64::from(before.part))
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(delivery).collect()
    }

    async fn addition(&self, handover: &str, part: u32) -> Stored<Option<Addition>> {
        let row = sqlx::query("SELECT body FROM handover_addition WHERE handover = ? AND part = ?")
            .bind(handover)
            .bind(i64::from(part))
            .fetch_optional(&self.reader)
            .await?;
        row.map(|row| Cell("handover_addition", "body", &handover).json(row.try_get("body")?)).transpose()
    }
}

impl Change for Settlement {
    type Answer = bool;

    async fn write(all: &[Self], connection: &mut SqliteConnection) -> Stored<Vec<bool>> {
        rules::settle::settle(connection, all).await
    }

    fn wait(self, tell: oneshot::Sender<Stored<bool>>) -> Waiting {
        Waiting::Settlement(self, tell)
    }
}

/// What a query has become; nothing, if nothing was added to it.
async fn execute(connection: &mut SqliteConnection, mut query: QueryBuilder<Sqlite>) -> Stored<()> {
    if !query.sql().as_str().is_empty() {
        query.build().execute(connection).await?;
    }
    Ok(())
}

/// Adds to what a query does: the parts after these wait no longer.
fn unblock(query: &mut QueryBuilder<Sqlite>, over: &[&Delivery]) {
    if over.is_empty() {
        return;
    }
    query.push("UPDATE delivery SET blocked = 0 WHERE (handover, destination, part) IN (");
    query.push_values(over, |mut row, before| {
        row.push_bind(&before.handover)
            .push_bind(before.destination.slug())
            .push_bind(i64::from(before.part) + 1);
    });
    query.push(");\n");
}

/// Adds to what a query does: an attempt begins.
fn begin(query: &mut QueryBuilder<Sqlite>, begun: &[(&Delivery, &Begun)]) {
    if begun.is_empty() {
        return;
    }
    query.push("INSERT INTO attempt (delivery, fence, kind, number, account, began_at, not_after) ");
    query.push_values(begun, |mut row, (next, begun)| {
        row.push_bind(&next.id)
            .push_bind(next.fence)
            .push_bind(begun.kind.as_str())
            .push_bind(i64::from(next.attempts))
            .push_bind(next.lane.to_string())
            .push_bind(begun.at)
            .push_bind(next.not_after);
    });
    query.push(";\n");
}

/// Adds to what a query does: an attempt ends. It is kept even when the settle is refused: it did end, and a person may
/// want to know how.
fn end<'a>(query: &mut QueryBuilder<Sqlite>, ended: impl IntoIterator<Item = (&'a Delivery, &'a Ended)>) {
    let mut ended = ended.into_iter().peekable();
    if ended.peek().is_none() {
        return;
    }
    query.push("WITH ended (delivery, fence, at, outcome) AS (");
    query.push_values(ended, |mut row, (next, ended)| {
        row.push_bind(&next.id).push_bind(ended.fence).push_bind(ended.at).push_bind(&ended.outcome);
    });
    query.push(
        ") UPDATE attempt SET ended_at = ended.at, outcome = ended.outcome
         FROM ended WHERE attempt.delivery = ended.delivery AND attempt.fence = ended.fence;\n",
    );
}

/// Adds to what a query does: new deliveries.
pub(super) fn insert_all<'a>(
    query: &mut QueryBuilder<Sqlite>,
    new: impl IntoIterator<Item = &'a NewDelivery>,
) {
    let mut new = new.into_iter().peekable();
    if new.peek().is_none() {
        return;
    }
    query.push(
        "INSERT INTO delivery (id, handover, merchant, destination, part, blocked, account, state, next_at, give_up_at,
             late_at, attempts, unsure_attempts, waits, fence, look_ups, needs_answer, without, duplicates, checks) ",
    );
    query.push_values(new, |mut row, NewDelivery { delivery: new, blocked, late_at }| {
        row.push_bind(&new.id)
            .push_bind(&new.handover)
            .push_bind(&new.merchant)
            .push_bind(new.destination.slug())
            .push_bind(i64::from(new.part))
            .push_bind(*blocked)
            .push_bind(new.lane.to_string())
            .push_bind(new.state.as_str())
            .push_bind(new.next_at)
            .push_bind(new.give_up_at)
            .push_bind(*late_at)
            .push("0, 0, 0, 0, 0, 0, '[]', '[]', 0");
    });
    query.push(";\n");
}

impl DeliveryTx for SqliteConnection {
    async fn deliveries_of(&mut self, handover: &str) -> Stored<Vec<Delivery>> {
        let rows = sqlx::query(
            "SELECT * FROM delivery WHERE handover = ? AND part = 0 ORDER BY destination = 'email', seq",
        )
        .bind(handover)
        .fetch_all(&mut *self)
        .await?;
        rows.iter().map(delivery).collect()
    }

    async fn part_state(
        &mut self,
        handover: &str,
        to: Destination,
        part: u32,
    ) -> Stored<Option<DeliveryState>> {
        let row =
            sqlx::query("SELECT state FROM delivery WHERE handover = ? AND destination = ? AND part = ?")
                .bind(handover)
                .bind(to.slug())
                .bind(i64::from(part))
                .fetch_optional(&mut *self)
                .await?;
        let cell = Cell("delivery", "state", &handover);
        row.map(|row| cell.parsed(DeliveryState::from_name(row.try_get("state")?))).transpose()
    }

    async fn insert_deliveries(&mut self, new: &[NewDelivery]) -> Stored<()> {
        let mut query = QueryBuilder::new("");
        insert_all(&mut query, new);
        execute(self, query).await
    }

    async fn update_deliveries(
        &mut self,
        ended: &[(&Delivery, &Ended)],
        changes: &[(&Delivery, Millis)],
    ) -> Stored<HashSet<String>> {
        let mut query = QueryBuilder::new("");
        end(&mut query, ended.iter().copied());
        let mut rows = Vec::new();
        for (next, now) in changes {
            let lists = [to_json(&next.without)?, to_json(&next.duplicates)?, to_json(&next.repeated_in)?];
            rows.push((next, now, lists));
        }
        query.push(
            "WITH next (id, fence, account, state, attempts, unsure_attempts, waits, not_after, lease_until, next_at, look_ups,
                 give_up_at, needs_answer, without, ticket, said, duplicates, repeated_in, checks, last_error, now) AS (",
        );
        query.push_values(rows, |mut row, (next, now, [without, duplicates, repeated_in])| {
            row.push_bind(&next.id)
                .push_bind(next.fence)
                .push_bind(next.lane.to_string())
                .push_bind(next.state.as_str())
                .push_bind(i64::from(next.attempts))
                .push_bind(i64::from(next.unsure_attempts))
                .push_bind(i64::from(next.waits))
                .push_bind(next.not_after)
                .push_bind(next.lease_until)
                .push_bind(next.next_at)
                .push_bind(i64::from(next.look_ups))
                .push_bind(next.give_up_at)
                .push_bind(next.needs_answer)
                .push_bind(without)
                .push_bind(next.ticket)
                .push_bind(next.said)
                .push_bind(duplicates)
                .push_bind(repeated_in)
                .push_bind(i64::from(next.checks))
                .push_bind(next.last_error.as_ref().map(Said::stored))
                .push_bind(*now);
        });
        query.push(
            ")
            UPDATE delivery SET account = next.account, state = next.state, attempts = next.attempts,
                unsure_attempts = next.unsure_attempts, waits = next.waits, fence = next.fence, not_after = next.not_after,
                lease_until = next.lease_until, next_at = next.next_at, look_ups = next.look_ups,
                give_up_at = next.give_up_at, needs_answer = next.needs_answer, without = next.without,
                ticket = next.ticket, said = next.said, duplicates = next.duplicates, repeated_in = next.repeated_in,
                checks = next.checks, last_error = next.last_error,
                delivered_at = iif(next.state = 'delivered', coalesce(delivery.delivered_at, next.now), NULL)
            FROM next WHERE delivery.id = next.id AND delivery.fence = next.fence - 1
            RETURNING id",
        );
        let saved = query.build().fetch_all(&mut *self).await?;
        saved.iter().map(|row| Ok(row.try_get("id")?)).collect()
    }

    async fn unblock_and_begin(&mut self, over: &[&Delivery], begun: &[(&Delivery, &Begun)]) -> Stored<()> {
        let mut query = QueryBuilder::new("");
        unblock(&mut query, over);
        begin(&mut query, begun);
        execute(self, query).await
    }

    async fn delete_cancelled(&mut self, handover: &str, to: Destination) -> Stored<()> {
        sqlx::query("DELETE FROM delivery WHERE handover = ? AND destination = ? AND state = 'cancelled'")
            .bind(handover)
            .bind(to.slug())
            .execute(&mut *self)
            .await?;
        Ok(())
    }

    async fn failed_deliveries(
        &mut self,
        merchant: &str,
        to: Destination,
        most: u32,
    ) -> Stored<Vec<Delivery>> {
        let rows = sqlx::query(
            "SELECT * FROM delivery WHERE merchant = ? AND destination = ? AND state = 'failed' AND part = 0
             ORDER BY seq LIMIT ?",
        )
        .bind(merchant)
        .bind(to.slug())
        .bind(i64::from(most))
        .fetch_all(&mut *self)
        .await?;
        rows.iter().map(delivery).collect()
    }

    async fn waiting_handovers(
        &mut self,
        merchant: &str,
        helpdesk: Helpdesk,
        most: u32,
    ) -> Stored<(Vec<Listed>, u64)> {
        let rows = sqlx::query(
            "SELECT handover.id, subject, summary, count(*) OVER () AS total
             FROM delivery JOIN handover ON handover.id = delivery.handover
             WHERE delivery.merchant = ? AND destination = ? AND part = 0 AND state IN ('queued', 'waiting', 'held')
             ORDER BY seq LIMIT ?",
        )
        .bind(merchant)
        .bind(helpdesk.slug())
        .bind(i64::from(most))
        .fetch_all(&mut *self)
        .await?;
        let total = rows.first().map(|row| row.try_get::<i64, _>("total")).transpose()?;
        let listed = rows.iter().map(handovers::listed).collect::<Stored<_>>()?;
        Ok((listed, total.unwrap_or(0).unsigned_abs()))
    }

    async fn releasable(&mut self, merchant: &str, account: &Account) -> Stored<Vec<Delivery>> {
        let rows = sqlx::query(
            "SELECT * FROM (SELECT * FROM delivery WHERE merchant = ?1 AND destination = ?2 AND state = 'held'
                                AND blocked = 0 ORDER BY seq LIMIT 1)
             UNION ALL
             SELECT * FROM delivery WHERE merchant = ?1 AND destination = ?2 AND state = 'unsure' AND needs_answer = 1
                 AND account = ?3",
        )
        .bind(merchant)
        .bind(account.helpdesk.slug())
        .bind(account.to_string())
        .fetch_all(&mut *self)
        .await?;
        rows.iter().map(delivery).collect()
    }

    // The statements about all deliveries of a connection say the same as the event for each of them; the contract's
    // tests hold the two together.

    async fn hold_all(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        sqlx::query(
            "UPDATE delivery SET state = 'held', lease_until = NULL, next_at = NULL, fence = fence + 1
             WHERE merchant = ? AND destination = ? AND state IN ('queued', 'waiting')",
        )
        .bind(merchant)
        .bind(helpdesk.slug())
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    async fn release_all(&mut self, merchant: &str, helpdesk: Helpdesk, now: Millis) -> Stored<()> {
        sqlx::query(
            "UPDATE delivery SET state = CASE attempts WHEN 0 THEN 'queued' ELSE 'waiting' END,
                 next_at = CASE attempts WHEN 0 THEN NULL ELSE ?1 END, give_up_at = ?2, fence = fence + 1
             WHERE merchant = ?3 AND destination = ?4 AND state = 'held'",
        )
        .bind(now)
        .bind(now.saturating_add(GIVES_UP_AFTER))
        .bind(merchant)
        .bind(helpdesk.slug())
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    async fn cancel_all(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        for statement in [
            "UPDATE delivery SET state = 'cancelled', lease_until = NULL, next_at = NULL, fence = fence + 1
             WHERE merchant = ? AND destination = ? AND state IN ('queued', 'waiting', 'held')",
            "UPDATE delivery SET needs_answer = 1, next_at = NULL, fence = fence + 1
             WHERE merchant = ? AND destination = ? AND state = 'unsure'",
        ] {
            sqlx::query(statement).bind(merchant).bind(helpdesk.slug()).execute(&mut *self).await?;
        }
        Ok(())
    }

    async fn move_all(&mut self, merchant: &str, account: &Account) -> Stored<()> {
        sqlx::query(
            "UPDATE delivery SET account = ?1, fence = fence + 1
             WHERE merchant = ?2 AND destination = ?3 AND state IN ('queued', 'waiting', 'held') AND account <> ?1",
        )
        .bind(account.to_string())
        .bind(merchant)
        .bind(account.helpdesk.slug())
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    async fn plan_late(&mut self, merchant: &str, minutes: Option<u32>) -> Stored<()> {
        sqlx::query(
            "UPDATE delivery
             SET late_at = (SELECT accepted_at FROM handover WHERE handover.id = delivery.handover) + ? * 60000
             WHERE merchant = ? AND destination <> 'email' AND part = 0
                 AND state IN ('queued', 'sending', 'waiting', 'unsure', 'held')
                 AND NOT EXISTS (SELECT 1 FROM notice WHERE notice.id = delivery.handover || '.no-ticket-yet')",
        )
        .bind(minutes)
        .bind(merchant)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    async fn late(&mut self, now: Millis, most: u32) -> Stored<Vec<Late>> {
        let rows = sqlx::query(
            "SELECT id, handover, merchant, destination,
                 (SELECT first.id FROM delivery AS first
                  WHERE first.handover = delivery.handover AND first.destination = 'email' AND first.part = 0) AS first_mail
             FROM delivery INDEXED BY delivery_late
             WHERE late_at IS NOT NULL AND state NOT IN ('delivered', 'cancelled') AND late_at <= ?
             ORDER BY late_at LIMIT ?",
        )
        .bind(now)
        .bind(i64::from(most))
        .fetch_all(&mut *self)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Late {
                    delivery: row.try_get("id")?,
                    handover: row.try_get("handover")?,
                    merchant: row.try_get("merchant")?,
                    destination: Cell("delivery", "destination", &row.try_get::<&str, _>("id")?)
                        .parsed(Destination::from_slug(row.try_get("destination")?))?,
                    first_mail: row.try_get("first_mail")?,
                })
            })
            .collect()
    }

    async fn late_no_more(&mut self, deliveries: &[&str]) -> Stored<()> {
        for delivery in deliveries {
            sqlx::query("UPDATE delivery SET late_at = NULL WHERE id = ?")
                .bind(*delivery)
                .execute(&mut *self)
                .await?;
        }
        Ok(())
    }
}

/// A row as a delivery.
pub(super) fn delivery(row: &SqliteRow) -> Stored<Delivery> {
    let id: &str = row.try_get("id")?;
    let at = |column| Cell("delivery", column, &id);
    Ok(Delivery::restore(Record {
        id: id.to_owned(),
        handover: row.try_get("handover")?,
        merchant: row.try_get("merchant")?,
        destination: at("destination").parsed(Destination::from_slug(row.try_get("destination")?))?,
        part: small(row, "part")?,
        lane: at("account").parsed(row.try_get::<&str, _>("account")?.parse().ok())?,
        state: at("state").parsed(DeliveryState::from_name(row.try_get("state")?))?,
        attempts: small(row, "attempts")?,
        unsure_attempts: small(row, "unsure_attempts")?,
        waits: small(row, "waits")?,
        fence: row.try_get("fence")?,
        not_after: row.try_get("not_after")?,
        lease_until: row.try_get("lease_until")?,
        next_at: row.try_get("next_at")?,
        look_ups: small(row, "look_ups")?,
        give_up_at: row.try_get("give_up_at")?,
        needs_answer: row.try_get("needs_answer")?,
        without: at("without").json(row.try_get("without")?)?,
        ticket: row.try_get("ticket")?,
        said: row.try_get("said")?,
        duplicates: at("duplicates").json(row.try_get("duplicates")?)?,
        repeated_in: at("repeated_in").json(row.try_get("repeated_in")?)?,
        checks: small(row, "checks")?,
        last_error: row.try_get::<Option<String>, _>("last_error")?.map(|text| Said::restored(&text)),
    }))
}

/// The lane of deliveries that are due. Its text is in all of them, so that none has a key to name.
fn lane(row: &SqliteRow) -> Stored<Lane> {
    Cell("delivery", "account", &"what is due").parsed(row.try_get::<&str, _>("account")?.parse().ok())
}
