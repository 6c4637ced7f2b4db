//! Deliveries and attempts in SQLite.

use super::{
    SqliteStore,
    group::{Change, Teller, Waiting},
    handovers,
    sql::{Sql, SqliteConnection, params},
    writer::ready,
};
use crate::store::{
    Stored,
    handovers::ToSend,
    outbox::{Begun, Due, DueLane, Ended, OutboxStore},
    rows::{Cell, Columns, delivery, lane, late, listed, to_json},
    rules::{self, settle::Settlement},
    tx::{DeliveryTx, Late, Listed, NewDelivery},
};
use app::model::{DeliveryState, Destination, Helpdesk};
use domain::{
    Said,
    account::{Account, Lane},
    addition::Addition,
    clock::Millis,
    delivery::{Delivery, GIVES_UP_AFTER, LONG_LOOK_UP},
};
use std::collections::HashSet;

/// Selects an account's first delivery in this state whose time has come.
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
        // `delivery_turn` is walked account by account (a loose index scan), so that an account's backlog costs no more
        // than one row, and only as far as asked for.
        let sql = "WITH RECURSIVE queued (account) AS (
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
             GROUP BY account ORDER BY account LIMIT ?3";
        // No account's name is empty.
        let after = after.map(Lane::to_string).unwrap_or_default();
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.read(move |db| {
            db.all(sql, params![now, after, most], |row| {
                Ok(DueLane { lane: lane(row)?, sends: row.get("sends")?, looks: row.get("looks")? })
            })
        })
        .await
    }

    async fn next_due_at(&self, now: Millis) -> Stored<Option<Millis>> {
        let sql = "SELECT min(at) AS at FROM (
                 SELECT min(next_at) AS at FROM delivery
                 WHERE next_at IS NOT NULL AND blocked = 0 AND next_at > ?1
                 UNION ALL SELECT min(lease_until) FROM delivery WHERE state = 'sending' AND lease_until > ?1
                 UNION ALL
                 SELECT min(late_at) FROM delivery
                 WHERE late_at IS NOT NULL AND state NOT IN ('delivered', 'cancelled') AND late_at > ?1
                 UNION ALL SELECT min(next_at) FROM notice WHERE next_at IS NOT NULL AND next_at > ?1
                 UNION ALL
                 SELECT min(next_at) FROM shopper_mail WHERE next_at IS NOT NULL AND next_at > ?1
                 UNION ALL
                 SELECT min(recheck_at) FROM connection WHERE recheck_at IS NOT NULL AND recheck_at > ?1
                 UNION ALL SELECT min(next_at) FROM answer_watch WHERE next_at IS NOT NULL AND next_at > ?1)";
        self.read(move |db| db.one(sql, [now], |row| row.get("at"))).await
    }

    async fn first_mail(&self, after: &str, now: Millis) -> Stored<Option<Delivery>> {
        let after = after.to_owned();
        self.read(move |db| {
            // The merchants after the last one, then from the start.
            for after in [&*after, ""] {
                let mail = db.first(
                    "SELECT * FROM delivery INDEXED BY delivery_mail
                     WHERE destination = 'email' AND state = 'queued' AND blocked = 0 AND merchant > ?
                     ORDER BY merchant, (part > 0), seq LIMIT 1",
                    [after],
                    |row| delivery(row),
                )?;
                if mail.is_some() {
                    return Ok(mail);
                }
            }
            db.first(due_in_time!("waiting"), params![Destination::Email.slug(), now], |row| delivery(row))
        })
        .await
    }

    async fn first_due(&self, account: &Account, due: Due, now: Millis) -> Stored<Option<Delivery>> {
        let account = account.to_string();
        self.read_few(move |db| first_due(db, &account, due, now)).await
    }

    async fn first_to_send(&self, account: &Account, now: Millis) -> Stored<Option<(Delivery, ToSend)>> {
        let (lane, helpdesk) = (account.to_string(), account.helpdesk);
        let found = self.read_few(move |db| {
            let Some(due) = first_due(db, &lane, Due::Send, now)? else { return Ok(None) };
            let stored = handovers::stored_to_send(db, &due, helpdesk)?;
            Ok(Some((due, stored)))
        });
        Ok(match found.await? {
            Some((due, stored)) => Some((due, stored.read().await)),
            None => None,
        })
    }

    async fn expired_leases(&self, now: Millis) -> Stored<Vec<Delivery>> {
        let sql = "SELECT * FROM delivery WHERE state = 'sending' AND lease_until <= ? LIMIT 500";
        self.read(move |db| db.all(sql, [now], |row| delivery(row))).await
    }

    async fn look_again(&self, now: Millis) -> Stored<()> {
        // This process has the lock, so whoever began these is gone. Leases are short, so few rows are checked.
        let sql = "UPDATE delivery SET next_at = ?1, fence = fence + 1
             WHERE next_at IS NOT NULL AND blocked = 0 AND next_at > ?1 AND next_at <= ?2
                 AND state IN ('unsure', 'delivered')
                 AND EXISTS (SELECT 1 FROM attempt
                             WHERE attempt.delivery = delivery.id AND attempt.fence = delivery.fence
                                 AND kind IN ('look_up', 'check') AND ended_at IS NULL)";
        self.write(move |tx| tx.run(sql, [now, now.saturating_add(LONG_LOOK_UP)])).await?;
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
        self.writer.share(settlement).await
    }

    async fn delivery(&self, merchant: &str, handover: &str, to: Destination) -> Stored<Option<Delivery>> {
        let (merchant, handover) = (merchant.to_owned(), handover.to_owned());
        let sql =
            "SELECT * FROM delivery WHERE handover = ? AND destination = ? AND part = 0 AND merchant = ?";
        self.read_few(move |db| db.first(sql, [&*handover, to.slug(), &*merchant], |row| delivery(row))).await
    }

    async fn untried_after(&self, before: &Delivery) -> Stored<Vec<Delivery>> {
        let (handover, to, part) = (before.handover.clone(), before.destination, before.part);
        let sql = "SELECT * FROM delivery WHERE handover = ? AND destination = ? AND part > ?
                 AND attempts = 0 AND state IN ('queued', 'waiting') ORDER BY part";
        self.read_few(move |db| db.all(sql, params![handover, to.slug(), part], |row| delivery(row))).await
    }

    async fn addition(&self, handover: &str, part: u32) -> Stored<Option<Addition>> {
        let handover = handover.to_owned();
        let sql = "SELECT body FROM handover_addition WHERE handover = ? AND part = ?";
        self.read_few(move |db| {
            db.first(sql, params![handover, part], |row| {
                Cell("handover_addition", "body", &handover).json(row.text("body")?)
            })
        })
        .await
    }
}

fn first_due(db: &SqliteConnection, account: &str, due: Due, now: Millis) -> Stored<Option<Delivery>> {
    if due == Due::Send {
        // New handovers come before additions, however many there are, and unsent deliveries before retries.
        let queued = db.first(
            "SELECT * FROM delivery WHERE account = ? AND state = 'queued' AND blocked = 0
             ORDER BY (part > 0), seq LIMIT 1",
            [account],
            |row| delivery(row),
        )?;
        if queued.is_some() {
            return Ok(queued);
        }
        let waiting = db.first(
            "SELECT * FROM delivery
             WHERE account = ? AND state = 'waiting' AND part = 0 AND next_at IS NOT NULL AND next_at <= ?
             ORDER BY next_at, seq LIMIT 1",
            params![account, now],
            |row| delivery(row),
        )?;
        if waiting.is_some() {
            return Ok(waiting);
        }
    }
    // The state is part of the statement: as a parameter it could make another partial index usable, and SQLite would
    // prepare the statement again each time.
    let sql = match due {
        Due::LookUp => due_in_time!("unsure"),
        Due::Send => due_in_time!("waiting"),
        Due::Check => due_in_time!("delivered"),
    };
    db.first(sql, params![account, now], |row| delivery(row))
}

impl Change for Settlement {
    type Answer = bool;

    fn write(all: &[Self], connection: &mut SqliteConnection) -> Stored<Vec<bool>> {
        ready(rules::settle::settle(connection, all))
    }

    fn merchant(&self) -> &str {
        &self.next.merchant
    }

    fn wait(self, tell: Teller<Self>) -> Waiting {
        Waiting::Settlement(self, tell)
    }
}

impl DeliveryTx for SqliteConnection {
    async fn deliveries_of(&mut self, handover: &str) -> Stored<Vec<Delivery>> {
        let sql =
            "SELECT * FROM delivery WHERE handover = ? AND part = 0 ORDER BY destination = 'email', seq";
        self.all(sql, [handover], |row| delivery(row))
    }

    async fn part_state(
        &mut self,
        handover: &str,
        to: Destination,
        part: u32,
    ) -> Stored<Option<DeliveryState>> {
        let sql = "SELECT state FROM delivery WHERE handover = ? AND destination = ? AND part = ?";
        let cell = Cell("delivery", "state", &handover);
        self.first(sql, params![handover, to.slug(), part], |row| {
            cell.parsed(DeliveryState::from_name(row.text("state")?))
        })
    }

    async fn insert_deliveries(&mut self, new: &[NewDelivery]) -> Stored<()> {
        for NewDelivery { delivery: new, blocked, late_at } in new {
            self.run(
                "INSERT INTO delivery (id, handover, merchant, destination, part, blocked, account, state, next_at,
                     give_up_at, late_at, attempts, unsure_attempts, waits, fence, look_ups, needs_answer, without,
                     duplicates, checks)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, '[]', '[]', 0)",
                params![
                    new.id,
                    new.handover,
                    new.merchant,
                    new.destination.slug(),
                    new.part,
                    blocked,
                    new.lane.to_string(),
                    new.state.as_str(),
                    new.next_at,
                    new.give_up_at,
                    late_at,
                ],
            )?;
        }
        Ok(())
    }

    async fn update_deliveries(
        &mut self,
        ended: &[(&Delivery, &Ended)],
        changes: &[(&Delivery, Millis)],
    ) -> Stored<HashSet<String>> {
        // Stored even if the settle is rejected: the attempt did end, and someone may want to know how.
        for (next, ended) in ended {
            self.run(
                "UPDATE attempt SET ended_at = ?, outcome = ? WHERE delivery = ? AND fence = ?",
                params![ended.at, ended.outcome, next.id, ended.fence],
            )?;
        }
        let mut saved = HashSet::new();
        for &(next, now) in changes {
            if update(self, next, now)? {
                saved.insert(next.id.clone());
            }
        }
        Ok(saved)
    }

    async fn unblock_and_begin(&mut self, over: &[&Delivery], begun: &[(&Delivery, &Begun)]) -> Stored<()> {
        for before in over {
            self.run(
                "UPDATE delivery SET blocked = 0 WHERE handover = ? AND destination = ? AND part = ?",
                params![before.handover, before.destination.slug(), i64::from(before.part) + 1],
            )?;
        }
        for (next, begun) in begun {
            self.run(
                "INSERT INTO attempt (delivery, fence, kind, number, account, began_at, not_after)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
                params![
                    next.id,
                    next.fence,
                    begun.kind.as_str(),
                    next.attempts,
                    next.lane.to_string(),
                    begun.at,
                    next.not_after,
                ],
            )?;
        }
        Ok(())
    }

    async fn delete_cancelled(&mut self, handover: &str, to: Destination) -> Stored<()> {
        let sql = "DELETE FROM delivery WHERE handover = ? AND destination = ? AND state = 'cancelled'";
        self.run(sql, [handover, to.slug()])?;
        Ok(())
    }

    async fn failed_deliveries(
        &mut self,
        merchant: &str,
        to: Destination,
        most: u32,
    ) -> Stored<Vec<Delivery>> {
        failed(self, merchant, to, most)
    }

    async fn waiting_handovers(
        &mut self,
        merchant: &str,
        helpdesk: Helpdesk,
        most: u32,
    ) -> Stored<(Vec<Listed>, u64)> {
        let mut total = 0;
        let listed = self.all(
            "SELECT handover.id, subject, summary, count(*) OVER () AS total
             FROM delivery JOIN handover ON handover.id = delivery.handover
             WHERE delivery.merchant = ? AND destination = ? AND part = 0
                 AND state NOT IN ('sending', 'delivered') AND state IN ('queued', 'waiting', 'held')
             ORDER BY seq LIMIT ?",
            params![merchant, helpdesk.slug(), most],
            |row| {
                let listed = listed(row)?;
                total = row.count("total")?;
                Ok(listed)
            },
        )?;
        Ok((listed, total))
    }

    async fn waiting_deliveries(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<Vec<Delivery>> {
        self.all(
            "SELECT delivery.* FROM delivery AS first
             JOIN delivery ON delivery.handover = first.handover AND delivery.destination = first.destination
             WHERE first.merchant = ? AND first.destination = ? AND first.part = 0
                 AND first.state NOT IN ('sending', 'delivered') AND first.state IN ('queued', 'waiting', 'held')
             ORDER BY first.seq, delivery.part",
            [merchant, helpdesk.slug()],
            |row| delivery(row),
        )
    }

    async fn releasable(&mut self, merchant: &str, account: &Account) -> Stored<Vec<Delivery>> {
        self.all(
            "SELECT * FROM (SELECT * FROM delivery
                            WHERE merchant = ?1 AND destination = ?2 AND state NOT IN ('sending', 'delivered')
                                AND state = 'held' AND blocked = 0 ORDER BY seq LIMIT 1)
             UNION ALL
             SELECT * FROM delivery
             WHERE merchant = ?1 AND destination = ?2 AND state NOT IN ('sending', 'delivered')
                 AND state = 'unsure' AND needs_answer = 1 AND account = ?3",
            [merchant, account.helpdesk.slug(), &account.to_string()],
            |row| delivery(row),
        )
    }

    // The bulk statements on a connection's deliveries must do the same as the event on each of them; the contract's
    // tests compare the two.

    async fn hold_all(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        self.run(
            "UPDATE delivery SET state = 'held', lease_until = NULL, next_at = NULL, fence = fence + 1
             WHERE merchant = ? AND destination = ? AND state NOT IN ('sending', 'delivered')
                 AND state IN ('queued', 'waiting')",
            [merchant, helpdesk.slug()],
        )?;
        Ok(())
    }

    async fn release_all(&mut self, merchant: &str, helpdesk: Helpdesk, now: Millis) -> Stored<()> {
        self.run(
            "UPDATE delivery SET state = CASE attempts WHEN 0 THEN 'queued' ELSE 'waiting' END,
                 next_at = CASE attempts WHEN 0 THEN NULL ELSE ?1 END, give_up_at = ?2, fence = fence + 1
             WHERE merchant = ?3 AND destination = ?4 AND state NOT IN ('sending', 'delivered') AND state = 'held'",
            params![now, now.saturating_add(GIVES_UP_AFTER), merchant, helpdesk.slug()],
        )?;
        Ok(())
    }

    async fn cancel_all(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        for statement in [
            "UPDATE delivery SET state = 'cancelled', lease_until = NULL, next_at = NULL, fence = fence + 1
             WHERE merchant = ? AND destination = ? AND state NOT IN ('sending', 'delivered')
                 AND state IN ('queued', 'waiting', 'held')",
            "UPDATE delivery SET needs_answer = 1, next_at = NULL, fence = fence + 1
             WHERE merchant = ? AND destination = ? AND state NOT IN ('sending', 'delivered') AND state = 'unsure'",
        ] {
            self.run(statement, [merchant, helpdesk.slug()])?;
        }
        Ok(())
    }

    async fn move_all(&mut self, merchant: &str, account: &Account) -> Stored<()> {
        self.run(
            "UPDATE delivery SET account = ?1, fence = fence + 1
             WHERE merchant = ?2 AND destination = ?3 AND state NOT IN ('sending', 'delivered')
                 AND state IN ('queued', 'waiting', 'held') AND account <> ?1",
            [&*account.to_string(), merchant, account.helpdesk.slug()],
        )?;
        Ok(())
    }

    async fn plan_late(&mut self, merchant: &str, minutes: Option<u32>) -> Stored<()> {
        // Each condition uses its own index.
        for these in [
            "state = 'sending'",
            "state NOT IN ('sending', 'delivered') AND state IN ('queued', 'waiting', 'unsure', 'held')",
        ] {
            self.run(
                &format!(
                    "UPDATE delivery
                     SET late_at = (SELECT accepted_at FROM handover WHERE handover.id = delivery.handover) + ? * 60000
                     WHERE {these} AND merchant = ? AND destination <> 'email' AND part = 0
                         AND NOT EXISTS (SELECT 1 FROM notice WHERE notice.id = delivery.handover || '.no-ticket-yet')"
                ),
                params![minutes, merchant],
            )?;
        }
        Ok(())
    }

    async fn late(&mut self, now: Millis, most: u32) -> Stored<Vec<Late>> {
        self.all(
            "SELECT id, handover, merchant, destination,
                 (SELECT first.id FROM delivery AS first
                  WHERE first.handover = delivery.handover AND first.destination = 'email' AND first.part = 0) AS first_mail
             FROM delivery INDEXED BY delivery_late
             WHERE late_at IS NOT NULL AND state NOT IN ('delivered', 'cancelled') AND late_at <= ?
             ORDER BY late_at LIMIT ?",
            params![now, most],
            |row| late(row),
        )
    }

    async fn late_no_more(&mut self, deliveries: &[&str]) -> Stored<()> {
        for delivery in deliveries {
            self.run("UPDATE delivery SET late_at = NULL WHERE id = ?", [delivery])?;
        }
        Ok(())
    }
}

/// Writes a delivery over the one with the previous fence. Returns `false` if there is none.
fn update(db: &SqliteConnection, next: &Delivery, now: Millis) -> Stored<bool> {
    let delivered_now = (next.state == DeliveryState::Delivered).then_some(now);
    let changed = db.run(
        "UPDATE delivery SET destination = ?, account = ?, state = ?, attempts = ?, unsure_attempts = ?, waits = ?, fence = ?, not_after = ?,
             lease_until = ?, next_at = ?, look_ups = ?, give_up_at = ?, needs_answer = ?, without = ?, ticket = ?,
             said = ?, duplicates = ?, repeated_in = ?, checks = ?, last_error = ?,
             delivered_at = iif(?21 IS NULL, NULL, coalesce(delivered_at, ?21))
         WHERE id = ?22 AND fence = ?7 - 1",
        params![
            next.destination.slug(),
            next.lane.to_string(),
            next.state.as_str(),
            next.attempts,
            next.unsure_attempts,
            next.waits,
            next.fence,
            next.not_after,
            next.lease_until,
            next.next_at,
            next.look_ups,
            next.give_up_at,
            next.needs_answer,
            to_json(&next.without)?,
            next.ticket,
            next.said,
            to_json(&next.duplicates)?,
            to_json(&next.repeated_in)?,
            next.checks,
            next.last_error.as_ref().map(Said::stored),
            delivered_now,
            next.id,
        ],
    )?;
    Ok(changed > 0)
}

/// Returns a merchant's failed deliveries, without later parts, oldest first.
pub(super) fn failed(
    db: &SqliteConnection,
    merchant: &str,
    to: Destination,
    most: u32,
) -> Stored<Vec<Delivery>> {
    db.all(
        "SELECT * FROM delivery WHERE merchant = ? AND destination = ? AND state NOT IN ('sending', 'delivered')
             AND state = 'failed' AND part = 0 ORDER BY seq LIMIT ?",
        params![merchant, to.slug(), most],
        |row| delivery(row),
    )
}
