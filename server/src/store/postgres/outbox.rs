//! Deliveries and attempts in PostgreSQL.

use super::{
    PostgresStore,
    group::Grouped,
    sql::{Db, Params, Transaction, near_now, retry, violates},
};
use crate::{
    aside::aside,
    store::{
        Stored,
        handovers::ToSend,
        notices::no_ticket_yet,
        outbox::{Begun, Due, DueLane, Ended, OutboxStore},
        rows::{Cell, Columns, connection, delivery, lane, late, listed, to_json},
        rules::{self, settle::Settlement},
        tx::{DeliveryTx, Late, Listed, NewDelivery},
    },
};
use app::model::{AttemptKind, DeliveryState, Destination, Helpdesk};
use domain::{
    Said,
    account::{Account, Lane},
    addition::Addition,
    clock::Millis,
    delivery::{Delivery, GIVES_UP_AFTER},
};
use std::collections::HashSet;
use tokio_postgres::Row;

/// Selects deliveries. The columns are named, because a newer program may have added others.
macro_rules! deliveries {
    ($($rest:tt)*) => {
        concat!(
            "SELECT id, handover, merchant, destination, part, account, state, attempts, unsure_attempts, waits, fence,
                 not_after, lease_until, next_at, look_ups, give_up_at, needs_answer, without, ticket, said, duplicates,
                 repeated_in, checks, last_error
             FROM delivery ",
            $($rest)*
        )
    };
}

/// Selects an account's first delivery in this state whose time has come.
macro_rules! due_in_time {
    ($state:literal) => {
        deliveries!(
            "WHERE account = $1 AND state = '",
            $state,
            "' AND next_at IS NOT NULL AND NOT blocked AND next_at <= $2 ORDER BY next_at, seq, id LIMIT 1"
        )
    };
}

#[async_trait::async_trait]
impl OutboxStore for PostgresStore {
    async fn due_lanes(&self, now: Millis, after: Option<&Lane>, most: usize) -> Stored<Vec<DueLane>> {
        // `delivery_turn` is walked account by account (a loose index scan), so that an account's backlog costs no more
        // than one row. PostgreSQL computes only as many rows of the recursion as the limit asks for.
        let sql = "WITH RECURSIVE queued (account) AS (
                 (SELECT account FROM delivery WHERE state = 'queued' AND NOT blocked AND account > $2
                  ORDER BY account LIMIT 1)
                 UNION ALL
                 SELECT next.account FROM queued CROSS JOIN LATERAL (
                     SELECT account FROM delivery WHERE state = 'queued' AND NOT blocked AND account > queued.account
                     ORDER BY account LIMIT 1) AS next
             )
             SELECT account, bool_or(sends) AS sends, bool_or(looks) AS looks
             FROM ((SELECT account, true AS sends, false AS looks FROM queued LIMIT $3)
                   UNION ALL
                   SELECT account, state = 'waiting', state IN ('unsure', 'delivered')
                   FROM delivery
                   WHERE next_at IS NOT NULL AND NOT blocked AND next_at <= $1 AND account > $2) AS due
             GROUP BY account ORDER BY account LIMIT $3";
        // No account's name is empty.
        let after = after.map(Lane::to_string).unwrap_or_default();
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = self.all(sql, &[&now, &after, &most]).await?;
        let due = |row: &Row| {
            Ok(DueLane { lane: lane(row)?, sends: row.flag("sends")?, looks: row.flag("looks")? })
        };
        rows.iter().map(due).collect()
    }

    async fn next_due_at(&self, now: Millis) -> Stored<Option<Millis>> {
        let sql = "SELECT least(
                 (SELECT min(next_at) FROM delivery WHERE next_at IS NOT NULL AND NOT blocked AND next_at > $1),
                 (SELECT min(lease_until) FROM delivery WHERE state = 'sending' AND lease_until > $1),
                 (SELECT min(late_at) FROM delivery
                  WHERE late_at IS NOT NULL AND state NOT IN ('delivered', 'cancelled') AND late_at > $1),
                 (SELECT min(next_at) FROM notice WHERE next_at IS NOT NULL AND next_at > $1),
                 (SELECT min(next_at) FROM shopper_mail WHERE next_at IS NOT NULL AND next_at > $1),
                 (SELECT min(recheck_at) FROM connection WHERE recheck_at IS NOT NULL AND recheck_at > $1),
                 (SELECT min(next_at) FROM answer_watch WHERE next_at IS NOT NULL AND next_at > $1)) AS at";
        self.one(sql, &[&now]).await?.optional_number("at")
    }

    async fn first_mail(&self, after: &str, now: Millis) -> Stored<Option<Delivery>> {
        let db = self.db().await?;
        let sql = deliveries!(
            "WHERE destination = 'email' AND state = 'queued' AND NOT blocked AND merchant > $1
             ORDER BY merchant, (part > 0), seq, id LIMIT 1"
        );
        // The merchants after the last one, then from the start.
        for after in [after, ""] {
            if let Some(row) = db.first(sql, &[&after]).await? {
                return delivery(&row).map(Some);
            }
        }
        let row = db.first(due_in_time!("waiting"), &[&Destination::Email.slug(), &now]).await?;
        row.map(|row| delivery(&row)).transpose()
    }

    async fn lease_mails(
        &self,
        after: &str,
        now: Millis,
        most: usize,
        lease: &(dyn for<'a> Fn(&'a Delivery) -> Option<Delivery> + Send + Sync),
    ) -> Stored<Vec<Delivery>> {
        // Each merchant's first one, found as in `due_lanes`.
        let queued = concat!(
            "WITH RECURSIVE turn (merchant) AS (
                 (SELECT merchant FROM delivery
                  WHERE destination = 'email' AND state = 'queued' AND NOT blocked AND merchant > $1
                  ORDER BY merchant LIMIT 1)
                 UNION ALL
                 SELECT next.merchant FROM turn CROSS JOIN LATERAL (
                     SELECT merchant FROM delivery
                     WHERE destination = 'email' AND state = 'queued' AND NOT blocked AND merchant > turn.merchant
                     ORDER BY merchant LIMIT 1) AS next
             )
             SELECT first.* FROM (SELECT merchant FROM turn LIMIT $2) AS turns CROSS JOIN LATERAL (",
            deliveries!(
                "WHERE destination = 'email' AND state = 'queued' AND NOT blocked AND merchant = turns.merchant
                 ORDER BY (part > 0), seq, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED"
            ),
            ") AS first"
        );
        let waiting = deliveries!(
            "WHERE account = 'email' AND state = 'waiting' AND next_at IS NOT NULL AND NOT blocked AND next_at <= $1
             ORDER BY next_at, seq, id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED"
        );
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        retry(|| async {
            let mut tx = self.begin().await?;
            let mut rows = tx.all(queued, &[&after, &most]).await?;
            if rows.is_empty() && !after.is_empty() {
                rows = tx.all(queued, &[&"", &most]).await?;
            }
            if rows.is_empty() {
                rows = tx.all(waiting, &[&now, &most]).await?;
            }
            if rows.is_empty() {
                return tx.commit(Vec::new()).await;
            }
            let mut leases = Vec::new();
            for row in &rows {
                let begun = Some(Begun { kind: AttemptKind::Mail, at: now });
                leases.extend(lease(&delivery(row)?).map(|next| Settlement {
                    next,
                    begun,
                    ended: None,
                    now,
                }));
            }
            let saved = rules::settle::settle(&mut tx, &leases).await?;
            let leased = leases.into_iter().zip(saved).filter(|(_, saved)| *saved).map(|(it, _)| it.next);
            tx.commit(leased.collect()).await
        })
        .await
    }

    async fn first_due(&self, account: &Account, due: Due, now: Millis) -> Stored<Option<Delivery>> {
        first_due(&self.db().await?, account, due, now).await
    }

    async fn first_to_send(&self, account: &Account, now: Millis) -> Stored<Option<(Delivery, ToSend)>> {
        let db = self.db().await?;
        let Some(due) = first_due(&db, account, Due::Send, now).await? else { return Ok(None) };
        let to_send = to_send(&db, &due, account.helpdesk).await?;
        Ok(Some((due, to_send)))
    }

    async fn expired_leases(&self, now: Millis) -> Stored<Vec<Delivery>> {
        // Only the database decides that a lease has ended, not a process whose clock is ahead.
        let sql = concat!(
            deliveries!("WHERE state = 'sending' AND lease_until <= $1 AND "),
            near_now!("$1", "$2"),
            " ORDER BY lease_until LIMIT 500"
        );
        self.all(sql, &[&now, &self.process.most_off()]).await?.iter().map(delivery).collect()
    }

    /// Does nothing: another process may be looking.
    async fn look_again(&self, _: Millis) -> Stored<()> {
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
        match self.settling.share(settlement).await {
            Err(error) if violates(&error, "delivery_one_sending") => {
                tracing::warn!(account = %next.lane, "another request of this account is in flight");
                Ok(false)
            }
            saved => saved,
        }
    }

    async fn delivery(&self, merchant: &str, handover: &str, to: Destination) -> Stored<Option<Delivery>> {
        let sql = deliveries!("WHERE handover = $1 AND destination = $2 AND part = 0 AND merchant = $3");
        let row = self.first(sql, &[&handover, &to.slug(), &merchant]).await?;
        row.map(|row| delivery(&row)).transpose()
    }

    async fn untried_after(&self, before: &Delivery) -> Stored<Vec<Delivery>> {
        let sql = deliveries!(
            "WHERE handover = $1 AND destination = $2 AND part > $3
                 AND attempts = 0 AND state IN ('queued', 'waiting') ORDER BY part"
        );
        let values: Params<'_> = &[&before.handover, &before.destination.slug(), &i64::from(before.part)];
        self.all(sql, values).await?.iter().map(delivery).collect()
    }

    async fn addition(&self, handover: &str, part: u32) -> Stored<Option<Addition>> {
        let sql = "SELECT body FROM handover_addition WHERE handover = $1 AND part = $2";
        let row = self.first(sql, &[&handover, &i64::from(part)]).await?;
        row.map(|row| Cell("handover_addition", "body", &handover).json(row.text("body")?)).transpose()
    }
}

async fn first_due(db: &Db, account: &Account, due: Due, now: Millis) -> Stored<Option<Delivery>> {
    let account = account.to_string();
    if due == Due::Send {
        // New handovers come before additions, however many there are, and unsent deliveries before retries.
        let queued = deliveries!(
            "WHERE account = $1 AND state = 'queued' AND NOT blocked ORDER BY (part > 0), seq, id LIMIT 1"
        );
        if let Some(row) = db.first(queued, &[&account]).await? {
            return delivery(&row).map(Some);
        }
        let waiting = deliveries!(
            "WHERE account = $1 AND state = 'waiting' AND part = 0 AND next_at IS NOT NULL AND next_at <= $2
             ORDER BY next_at, seq, id LIMIT 1"
        );
        if let Some(row) = db.first(waiting, &[&account, &now]).await? {
            return delivery(&row).map(Some);
        }
    }
    // The state is part of the statement: with a parameter, no partial index could be used.
    let sql = match due {
        Due::LookUp => due_in_time!("unsure"),
        Due::Send => due_in_time!("waiting"),
        Due::Check => due_in_time!("delivered"),
    };
    db.first(sql, &[&account, &now]).await?.map(|row| delivery(&row)).transpose()
}

/// Reads what the request of a delivery to this helpdesk is built from.
async fn to_send(db: &Db, delivery: &Delivery, helpdesk: Helpdesk) -> Stored<ToSend> {
    let sql = "SELECT connection.merchant, connection.helpdesk, subdomain, method, username, key_id, sealed_key, problem,
             reason, receives, version, recheck_at, rechecks, probe, routing, handover.body, sent_at
         FROM (SELECT $1::text AS merchant, $2::text AS helpdesk, $3::text AS handover, $4::text AS notice) AS sought
         LEFT JOIN connection ON connection.merchant = sought.merchant AND connection.helpdesk = sought.helpdesk
         LEFT JOIN handover ON handover.id = sought.handover
         LEFT JOIN notice ON notice.id = sought.notice";
    let notice = no_ticket_yet(&delivery.handover);
    let row = db.one(sql, &[&delivery.merchant, &helpdesk.slug(), &delivery.handover, &notice]).await?;
    let connected = row.optional_text("merchant")?.is_some();
    let connection = if connected { Some(connection(&row)?) } else { None };
    let told_at = row.optional_number("sent_at")?;
    let body = row.optional_string("body")?;
    let size = body.as_ref().map_or(0, String::len);
    let handover = aside(size, move || body.and_then(|body| serde_json::from_str(&body).ok())).await;
    Ok(ToSend { connection, handover, told_at })
}

impl Grouped for Settlement {
    type Answer = bool;

    async fn write(all: &[&Self], tx: &mut Transaction) -> Stored<Vec<bool>> {
        let all: Vec<_> = all.iter().copied().cloned().collect();
        rules::settle::settle(tx, &all).await
    }
}

/// Selects a merchant's failed deliveries, without later parts, oldest first.
const FAILED: &str = deliveries!(
    "WHERE merchant = $1 AND destination = $2 AND state NOT IN ('sending', 'delivered')
         AND state = 'failed' AND part = 0 ORDER BY seq, id LIMIT $3 FOR NO KEY UPDATE"
);

impl DeliveryTx for Transaction {
    async fn deliveries_of(&mut self, handover: &str) -> Stored<Vec<Delivery>> {
        let sql = deliveries!("WHERE handover = $1 AND part = 0 ORDER BY destination = 'email', seq, id");
        self.all(sql, &[&handover]).await?.iter().map(delivery).collect()
    }

    async fn part_state(
        &mut self,
        handover: &str,
        to: Destination,
        part: u32,
    ) -> Stored<Option<DeliveryState>> {
        // Locked, because the process that settles this part unblocks the next one, which must exist by then.
        let sql =
            "SELECT state FROM delivery WHERE handover = $1 AND destination = $2 AND part = $3 FOR SHARE";
        let row = self.first(sql, &[&handover, &to.slug(), &i64::from(part)]).await?;
        let cell = Cell("delivery", "state", &handover);
        row.map(|row| cell.parsed(DeliveryState::from_name(row.text("state")?))).transpose()
    }

    async fn insert_deliveries(&mut self, new: &[NewDelivery]) -> Stored<()> {
        let sql = "WITH new AS (
                 INSERT INTO delivery (id, seq, handover, merchant, destination, part, blocked, account, state, next_at,
                     give_up_at, late_at)
                 SELECT id, ((extract(epoch FROM clock_timestamp()) * 1000000)::bigint << 8) | (place & 255), handover,
                     merchant, destination, part, blocked, account, state, next_at, give_up_at, late_at
                 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::boolean[], $7::text[],
                     $8::text[], $9::bigint[], $10::bigint[], $11::bigint[])
                     WITH ORDINALITY AS new (id, handover, merchant, destination, part, blocked, account, state, next_at,
                         give_up_at, late_at, place)
                 RETURNING merchant, handover, destination, part
             )
             DELETE FROM unsent USING new
             WHERE unsent.merchant = new.merchant AND unsent.handover = new.handover
                 AND destination <> 'email' AND part = 0";
        let each =
            |read: fn(&Delivery) -> String| new.iter().map(move |it| read(&it.delivery)).collect::<Vec<_>>();
        let blocked: Vec<_> = new.iter().map(|it| it.blocked).collect();
        let parts: Vec<_> = new.iter().map(|it| i64::from(it.delivery.part)).collect();
        let next_at: Vec<_> = new.iter().map(|it| it.delivery.next_at).collect();
        let give_up_at: Vec<_> = new.iter().map(|it| it.delivery.give_up_at).collect();
        let late_at: Vec<_> = new.iter().map(|it| it.late_at).collect();
        let values: Params<'_> = &[
            &each(|it| it.id.clone()),
            &each(|it| it.handover.clone()),
            &each(|it| it.merchant.clone()),
            &each(|it| it.destination.slug().to_owned()),
            &parts,
            &blocked,
            &each(|it| it.lane.to_string()),
            &each(|it| it.state.as_str().to_owned()),
            &next_at,
            &give_up_at,
            &late_at,
        ];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn update_deliveries(
        &mut self,
        ended: &[(&Delivery, &Ended)],
        changes: &[(&Delivery, Millis)],
    ) -> Stored<HashSet<String>> {
        lock_connections(self, changes).await?;
        // Stored even if the settle is rejected: the attempt did end, and someone may want to know how.
        if !ended.is_empty() {
            end_attempts(self, ended).await?;
        }
        let saved = if changes.is_empty() { HashSet::new() } else { update(self, changes).await? };
        let changes: Vec<_> = changes.iter().map(|(next, _)| *next).collect();
        note_unsent(self, changes.into_iter().filter(|it| saved.contains(&it.id))).await?;
        Ok(saved)
    }

    async fn unblock_and_begin(&mut self, over: &[&Delivery], begun: &[(&Delivery, &Begun)]) -> Stored<()> {
        if !over.is_empty() {
            let sql = "UPDATE delivery SET blocked = false
                 FROM unnest($1::text[], $2::text[], $3::bigint[]) AS before (handover, destination, part)
                 WHERE delivery.handover = before.handover AND delivery.destination = before.destination
                     AND delivery.part = before.part + 1 AND blocked";
            let handovers: Vec<_> = over.iter().map(|it| &it.handover).collect();
            let destinations: Vec<_> = over.iter().map(|it| it.destination.slug()).collect();
            let parts: Vec<_> = over.iter().map(|it| i64::from(it.part)).collect();
            self.run(sql, &[&handovers, &destinations, &parts]).await?;
        }
        if !begun.is_empty() {
            let sql = "INSERT INTO attempt (delivery, fence, kind, number, account, began_at, not_after)
                 SELECT delivery, fence, kind, number, account, began_at, not_after
                 FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[])
                     AS begun (delivery, fence, kind, number, account, began_at, not_after)";
            let ids: Vec<_> = begun.iter().map(|(next, _)| &next.id).collect();
            let fences: Vec<_> = begun.iter().map(|(next, _)| next.fence).collect();
            let kinds: Vec<_> = begun.iter().map(|(_, begun)| begun.kind.as_str()).collect();
            let numbers: Vec<_> = begun.iter().map(|(next, _)| i64::from(next.attempts)).collect();
            let accounts: Vec<_> = begun.iter().map(|(next, _)| next.lane.to_string()).collect();
            let began_at: Vec<_> = begun.iter().map(|(_, begun)| begun.at).collect();
            let not_after: Vec<_> = begun.iter().map(|(next, _)| next.not_after).collect();
            let values: Params<'_> = &[&ids, &fences, &kinds, &numbers, &accounts, &began_at, &not_after];
            self.run(sql, values).await?;
        }
        Ok(())
    }

    async fn delete_cancelled(&mut self, handover: &str, to: Destination) -> Stored<()> {
        let sql = "DELETE FROM delivery WHERE handover = $1 AND destination = $2 AND state = 'cancelled'";
        self.run(sql, &[&handover, &to.slug()]).await?;
        Ok(())
    }

    async fn failed_deliveries(
        &mut self,
        merchant: &str,
        to: Destination,
        most: u32,
    ) -> Stored<Vec<Delivery>> {
        if let Destination::Helpdesk(helpdesk) = to {
            lock_connection(self, merchant, helpdesk).await?;
        }
        let rows = self.all(FAILED, &[&merchant, &to.slug(), &i64::from(most)]).await?;
        rows.iter().map(delivery).collect()
    }

    async fn waiting_handovers(
        &mut self,
        merchant: &str,
        helpdesk: Helpdesk,
        most: u32,
    ) -> Stored<(Vec<Listed>, u64)> {
        let sql = "SELECT handover.id, subject, summary, count(*) OVER () AS total
             FROM delivery JOIN handover ON handover.id = delivery.handover
             WHERE delivery.merchant = $1 AND destination = $2 AND part = 0
                 AND state NOT IN ('sending', 'delivered') AND state IN ('queued', 'waiting', 'held')
             ORDER BY seq, delivery.id LIMIT $3";
        let rows = self.all(sql, &[&merchant, &helpdesk.slug(), &i64::from(most)]).await?;
        let total = rows.first().map_or(Ok(0), |row| row.count("total"))?;
        Ok((rows.iter().map(listed).collect::<Stored<_>>()?, total))
    }

    async fn waiting_deliveries(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<Vec<Delivery>> {
        let sql = deliveries!(
            "WHERE destination = $2 AND handover IN (
                 SELECT handover FROM delivery
                 WHERE merchant = $1 AND destination = $2 AND part = 0
                     AND state NOT IN ('sending', 'delivered') AND state IN ('queued', 'waiting', 'held'))
             ORDER BY (SELECT first.seq FROM delivery AS first
                       WHERE first.handover = delivery.handover AND first.destination = $2 AND first.part = 0),
                 handover, part
             FOR NO KEY UPDATE"
        );
        let rows = self.all(sql, &[&merchant, &helpdesk.slug()]).await?;
        rows.iter().map(delivery).collect()
    }

    async fn releasable(&mut self, merchant: &str, account: &Account) -> Stored<Vec<Delivery>> {
        // Locked, so that nothing that the decision depends on changes before it is written.
        let held = deliveries!(
            "WHERE merchant = $1 AND destination = $2 AND state NOT IN ('sending', 'delivered')
                 AND state = 'held' AND NOT blocked ORDER BY seq, id LIMIT 1 FOR NO KEY UPDATE"
        );
        let asked = deliveries!(
            "WHERE merchant = $1 AND destination = $2 AND state NOT IN ('sending', 'delivered')
                 AND state = 'unsure' AND needs_answer AND account = $3 ORDER BY id FOR NO KEY UPDATE"
        );
        let helpdesk = account.helpdesk.slug();
        let mut rows = self.all(held, &[&merchant, &helpdesk]).await?;
        rows.extend(self.all(asked, &[&merchant, &helpdesk, &account.to_string()]).await?);
        rows.iter().map(delivery).collect()
    }

    // The bulk statements on a connection's deliveries must do the same as the event on each of them; the contract's
    // tests compare the two.

    async fn hold_all(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        let sql = "UPDATE delivery SET state = 'held', lease_until = NULL, next_at = NULL, fence = fence + 1
             WHERE merchant = $1 AND destination = $2 AND state NOT IN ('sending', 'delivered')
                 AND state IN ('queued', 'waiting')";
        self.run(sql, &[&merchant, &helpdesk.slug()]).await?;
        Ok(())
    }

    async fn release_all(&mut self, merchant: &str, helpdesk: Helpdesk, now: Millis) -> Stored<()> {
        let sql = "UPDATE delivery SET state = CASE attempts WHEN 0 THEN 'queued' ELSE 'waiting' END,
                 next_at = CASE attempts WHEN 0 THEN NULL ELSE $1::bigint END, give_up_at = $2, fence = fence + 1
             WHERE merchant = $3 AND destination = $4 AND state NOT IN ('sending', 'delivered') AND state = 'held'";
        let give_up_at = now.saturating_add(GIVES_UP_AFTER);
        self.run(sql, &[&now, &give_up_at, &merchant, &helpdesk.slug()]).await?;
        Ok(())
    }

    async fn cancel_all(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        for sql in [
            "WITH gone AS (
                 UPDATE delivery SET state = 'cancelled', lease_until = NULL, next_at = NULL, fence = fence + 1
                 WHERE merchant = $1 AND destination = $2 AND state NOT IN ('sending', 'delivered')
                     AND state IN ('queued', 'waiting', 'held')
                 RETURNING merchant, handover, part
             )
             INSERT INTO unsent (merchant, handover)
             SELECT merchant, handover FROM gone
             WHERE part = 0 AND NOT EXISTS (
                 SELECT 1 FROM delivery
                 WHERE delivery.handover = gone.handover AND delivery.part = 0
                     AND destination NOT IN ('email', $2) AND state <> 'cancelled')
             ON CONFLICT DO NOTHING",
            "UPDATE delivery SET needs_answer = true, next_at = NULL, fence = fence + 1
             WHERE merchant = $1 AND destination = $2 AND state NOT IN ('sending', 'delivered') AND state = 'unsure'",
        ] {
            self.run(sql, &[&merchant, &helpdesk.slug()]).await?;
        }
        Ok(())
    }

    async fn move_all(&mut self, merchant: &str, account: &Account) -> Stored<()> {
        let sql = "UPDATE delivery SET account = $1, fence = fence + 1
             WHERE merchant = $2 AND destination = $3 AND state NOT IN ('sending', 'delivered')
                 AND state IN ('queued', 'waiting', 'held') AND account <> $1";
        self.run(sql, &[&account.to_string(), &merchant, &account.helpdesk.slug()]).await?;
        Ok(())
    }

    async fn plan_late(&mut self, merchant: &str, minutes: Option<u32>) -> Stored<()> {
        let sql = "UPDATE delivery SET late_at = handover.accepted_at + $1::bigint * 60000
             FROM handover
             WHERE handover.id = delivery.handover AND delivery.merchant = $2 AND destination <> 'email' AND part = 0
                 AND state IN ('queued', 'sending', 'waiting', 'unsure', 'held')
                 AND NOT EXISTS (SELECT 1 FROM notice WHERE notice.id = delivery.handover || '.no-ticket-yet')";
        self.run(sql, &[&minutes.map(i64::from), &merchant]).await?;
        Ok(())
    }

    async fn late(&mut self, now: Millis, most: u32) -> Stored<Vec<Late>> {
        // Skips deliveries about which another process is writing emails.
        let sql = "SELECT id, handover, merchant, destination,
                 (SELECT first.id FROM delivery AS first
                  WHERE first.handover = delivery.handover AND first.destination = 'email' AND first.part = 0)
                     AS first_mail
             FROM delivery
             WHERE late_at IS NOT NULL AND state NOT IN ('delivered', 'cancelled') AND late_at <= $1
             ORDER BY late_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED";
        self.all(sql, &[&now, &i64::from(most)]).await?.iter().map(late).collect()
    }

    async fn late_no_more(&mut self, deliveries: &[&str]) -> Stored<()> {
        self.run("UPDATE delivery SET late_at = NULL WHERE id = ANY($1)", &[&deliveries]).await?;
        Ok(())
    }
}

/// Locks the connections that these changes may affect or depend on, before any delivery is locked.
async fn lock_connections(db: &Db, changes: &[(&Delivery, Millis)]) -> Stored<()> {
    use DeliveryState::{Cancelled, Delivered, Failed, Held, Queued, Sending, Unsure, Waiting};
    let (mut merchants, mut helpdesks, mut ids, mut wait) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (next, _) in changes {
        let Destination::Helpdesk(helpdesk) = next.destination else { continue };
        let waits = match next.state {
            Queued | Waiting | Held => true,
            Delivered | Failed | Cancelled => false,
            Unsure if next.needs_answer => false,
            Unsure | Sending => continue,
        };
        merchants.push(&next.merchant);
        helpdesks.push(helpdesk.slug());
        ids.push(&next.id);
        wait.push(waits);
    }
    if ids.is_empty() {
        return Ok(());
    }
    let sql = "SELECT 1
         FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[]) AS next (merchant, helpdesk, delivery, waits)
         JOIN connection ON connection.merchant = next.merchant AND connection.helpdesk = next.helpdesk
         WHERE waits OR connection.probe = next.delivery
         ORDER BY connection.merchant, connection.helpdesk FOR NO KEY UPDATE OF connection";
    db.all(sql, &[&merchants, &helpdesks, &ids, &wait]).await?;
    Ok(())
}

/// Locks a connection.
async fn lock_connection(db: &Db, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
    let sql = "SELECT 1 FROM connection WHERE merchant = $1 AND helpdesk = $2 FOR NO KEY UPDATE";
    db.all(sql, &[&merchant, &helpdesk.slug()]).await?;
    Ok(())
}

async fn end_attempts(db: &Db, ended: &[(&Delivery, &Ended)]) -> Stored<()> {
    let sql = "UPDATE attempt SET ended_at = ended.at, outcome = ended.outcome
         FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[]) AS ended (delivery, fence, at, outcome)
         WHERE attempt.delivery = ended.delivery AND attempt.fence = ended.fence";
    let ids: Vec<_> = ended.iter().map(|(next, _)| &next.id).collect();
    let fences: Vec<_> = ended.iter().map(|(_, ended)| ended.fence).collect();
    let at: Vec<_> = ended.iter().map(|(_, ended)| ended.at).collect();
    let outcomes: Vec<_> = ended.iter().map(|(_, ended)| &ended.outcome).collect();
    db.run(sql, &[&ids, &fences, &at, &outcomes]).await?;
    Ok(())
}

/// Writes each delivery over the one with the previous fence. Returns the ids of those written.
///
/// A delivery does not become `sending` if another process owns its account, or if this process's clock is off.
async fn update(tx: &Transaction, changes: &[(&Delivery, Millis)]) -> Stored<HashSet<String>> {
    let sql = concat!(
        "UPDATE delivery SET destination = next.destination, account = next.account, state = next.state, attempts = next.attempts,
             unsure_attempts = next.unsure_attempts, waits = next.waits, fence = next.fence,
             not_after = next.not_after, lease_until = next.lease_until, next_at = next.next_at,
             look_ups = next.look_ups, give_up_at = next.give_up_at, needs_answer = next.needs_answer,
             without = next.without, ticket = next.ticket, said = next.said, duplicates = next.duplicates,
             repeated_in = next.repeated_in, checks = next.checks, last_error = next.last_error,
             delivered_at = CASE WHEN next.delivered_at IS NULL THEN NULL
                            ELSE coalesce(delivery.delivered_at, next.delivered_at) END
         FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
             $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::boolean[], $14::text[],
             $15::bigint[], $16::boolean[], $17::text[], $18::text[], $19::bigint[], $20::text[], $21::bigint[],
             $23::bigint[], $24::text[])
             AS next (id, account, state, attempts, unsure_attempts, waits, fence, not_after, lease_until, next_at,
                 look_ups, give_up_at, needs_answer, without, ticket, said, duplicates, repeated_in, checks, last_error,
                 delivered_at, changed_at, destination)
         WHERE delivery.id = next.id AND delivery.fence = next.fence - 1
             AND (next.state <> 'sending' OR ",
        near_now!("next.changed_at", "$25"),
        ")
             AND (next.state <> 'sending' OR delivery.destination = 'email' OR NOT EXISTS (
                 SELECT 1 FROM lane
                 WHERE lane.account = next.account AND lane.owner <> $22 AND lane.until > next.changed_at))
         RETURNING delivery.id"
    );
    let text = |read: fn(&Delivery) -> String| changes.iter().map(|(it, _)| read(it)).collect::<Vec<_>>();
    let number = |read: fn(&Delivery) -> i64| changes.iter().map(|(it, _)| read(it)).collect::<Vec<_>>();
    let optional =
        |read: fn(&Delivery) -> Option<i64>| changes.iter().map(|(it, _)| read(it)).collect::<Vec<_>>();
    let flag = |read: fn(&Delivery) -> bool| changes.iter().map(|(it, _)| read(it)).collect::<Vec<_>>();
    let json = |read: fn(&Delivery) -> Stored<String>| {
        changes.iter().map(|(it, _)| read(it)).collect::<Stored<Vec<_>>>()
    };
    let errors: Vec<_> = changes.iter().map(|(it, _)| it.last_error.as_ref().map(Said::stored)).collect();
    let changed_at: Vec<_> = changes.iter().map(|(_, now)| *now).collect();
    let is_made = |next: &Delivery| next.state == DeliveryState::Delivered;
    let made_at: Vec<_> = changes.iter().map(|(next, now)| is_made(next).then_some(*now)).collect();
    let values: Params<'_> = &[
        &text(|it| it.id.clone()),
        &text(|it| it.lane.to_string()),
        &text(|it| it.state.as_str().to_owned()),
        &number(|it| it.attempts.into()),
        &number(|it| it.unsure_attempts.into()),
        &number(|it| it.waits.into()),
        &number(|it| it.fence),
        &optional(|it| it.not_after),
        &optional(|it| it.lease_until),
        &optional(|it| it.next_at),
        &number(|it| it.look_ups.into()),
        &number(|it| it.give_up_at),
        &flag(|it| it.needs_answer),
        &json(|it| to_json(&it.without))?,
        &optional(|it| it.ticket),
        &flag(|it| it.said),
        &json(|it| to_json(&it.duplicates))?,
        &json(|it| to_json(&it.repeated_in))?,
        &number(|it| it.checks.into()),
        &errors,
        &made_at,
        &tx.process.id,
        &changed_at,
        &text(|it| it.destination.slug().to_owned()),
        &tx.process.most_off(),
    ];
    tx.all(sql, values).await?.iter().map(|row| row.string("id")).collect()
}

/// Updates the list of handovers that no helpdesk has or is getting, after these deliveries were changed.
async fn note_unsent<'a>(db: &Db, saved: impl Iterator<Item = &'a Delivery>) -> Stored<()> {
    use DeliveryState::{Cancelled, Delivered, Sending};
    let own = saved.filter(|it| it.destination != Destination::Email && it.part == 0);
    // A cancelled delivery never becomes one of these two directly, so they do not affect the list.
    let own: Vec<_> = own.filter(|it| !matches!(it.state, Sending | Delivered)).collect();
    let (gone, back): (Vec<_>, Vec<_>) = own.into_iter().partition(|it| it.state == Cancelled);
    let of = |deliveries: &[&'a Delivery]| {
        deliveries.iter().map(|it| (it.merchant.as_str(), it.handover.as_str())).unzip()
    };
    if !back.is_empty() {
        let (merchants, handovers): (Vec<_>, Vec<_>) = of(&back);
        let sql = "DELETE FROM unsent USING unnest($1::text[], $2::text[]) AS back (merchant, handover)
             WHERE unsent.merchant = back.merchant AND unsent.handover = back.handover";
        db.run(sql, &[&merchants, &handovers]).await?;
    }
    if !gone.is_empty() {
        let (merchants, handovers): (Vec<_>, Vec<_>) = of(&gone);
        let sql = "INSERT INTO unsent (merchant, handover)
             SELECT merchant, handover FROM unnest($1::text[], $2::text[]) AS gone (merchant, handover)
             WHERE NOT EXISTS (
                 SELECT 1 FROM delivery
                 WHERE delivery.handover = gone.handover AND destination <> 'email' AND part = 0
                     AND state <> 'cancelled')
             ON CONFLICT DO NOTHING";
        db.run(sql, &[&merchants, &handovers]).await?;
    }
    Ok(())
}
