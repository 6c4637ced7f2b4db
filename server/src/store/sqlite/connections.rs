//! Connections in SQLite.

use super::{Cell, SqliteStore, notices, outbox};
use crate::store::{
    Stored,
    connections::{Change, Connection, ConnectionStore, Counts, NewConnection, Sighting, Trouble},
    handovers::Summary,
    notices::{CancelledHandover, NoticeBody},
};
use app::model::{DeliveryState, Destination, EmailAddress, Helpdesk, Subdomain, Viewer};
use domain::{
    account::Account,
    clock::Millis,
    delivery::{Delivery, Event, GIVES_UP_AFTER, Moment, Rules},
    text::one_line,
    ticket::ANONYMOUS,
};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};
use std::collections::HashSet;

/// The longest list in a mail about a disconnect.
const MOST_LISTED: i64 = 200;

#[async_trait::async_trait]
impl ConnectionStore for SqliteStore {
    async fn connection(&self, merchant: &str, helpdesk: Helpdesk) -> Stored<Option<Connection>> {
        let mut reader = self.reader.acquire().await?;
        find(&mut reader, merchant, helpdesk).await
    }

    async fn connections(&self, merchant: &str) -> Stored<Vec<Connection>> {
        let rows = sqlx::query("SELECT * FROM connection WHERE merchant = ?")
            .bind(merchant)
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(connection).collect()
    }

    async fn is_connected(&self, account: &Account) -> Stored<bool> {
        let found = sqlx::query("SELECT 1 FROM connection WHERE helpdesk = ? AND subdomain = ? LIMIT 1")
            .bind(account.helpdesk.slug())
            .bind(account.name.as_str())
            .fetch_optional(&self.reader)
            .await?;
        Ok(found.is_some())
    }

    async fn all_connections(&self) -> Stored<Vec<Connection>> {
        let rows = sqlx::query("SELECT * FROM connection").fetch_all(&self.reader).await?;
        rows.iter().map(connection).collect()
    }

    async fn save_connection(&self, new: &NewConnection, by: &Viewer, now: Millis) -> Stored<()> {
        let mut tx = self.begin().await?;
        let before = find(&mut tx, &new.merchant, new.helpdesk).await?;
        let receives = match &before {
            Some(before) => before.receives,
            None => receiver(&mut tx, &new.merchant).await?.is_none(),
        };
        sqlx::query(
            "INSERT INTO connection (merchant, helpdesk, subdomain, username, key_id, sealed_key, state, problem, reason,
                 receives, version, recheck_at, rechecks, probe)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, NULL)
             ON CONFLICT (merchant, helpdesk) DO UPDATE SET
                 subdomain = excluded.subdomain, username = excluded.username, key_id = excluded.key_id,
                 sealed_key = excluded.sealed_key, state = excluded.state, problem = excluded.problem,
                 reason = excluded.reason, version = excluded.version, recheck_at = excluded.recheck_at,
                 rechecks = 0, probe = NULL",
        )
        .bind(&new.merchant)
        .bind(new.helpdesk.slug())
        .bind(new.subdomain.as_str())
        .bind(new.username.as_str())
        .bind(&new.key_id)
        .bind(&new.sealed_key)
        .bind(if new.trouble.is_some() { "needs_attention" } else { "connected" })
        .bind(new.trouble.as_ref().map(|trouble| trouble.problem.as_str()))
        .bind(new.trouble.as_ref().map(|trouble| &trouble.reason))
        .bind(receives)
        // A version is never used twice, not even after a disconnect: the time makes sure of it.
        .bind(before.as_ref().map_or(now, |before| now.max(before.version.saturating_add(1))))
        .bind(new.recheck_at)
        .execute(&mut *tx)
        .await?;
        let account = new.account().to_string();
        // What waits goes to the account that is connected now. Unsure ones stay: only the account that got the
        // request can say what became of it.
        sqlx::query(
            "UPDATE delivery SET account = ?, fence = fence + 1
             WHERE merchant = ? AND destination = ? AND state IN ('queued', 'waiting', 'held') AND account <> ?",
        )
        .bind(&account)
        .bind(&new.merchant)
        .bind(new.helpdesk.slug())
        .bind(&account)
        .execute(&mut *tx)
        .await?;
        if new.trouble.is_some() {
            hold(&mut tx, &new.merchant, new.helpdesk).await?;
        } else {
            release_probe(&mut tx, &new.merchant, new.helpdesk, now).await?;
        }
        let action = if before.is_some() { "changed" } else { "connected" };
        record(&mut tx, &new.merchant, new.helpdesk, action, Some(by), now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn reseal(&self, connection: &Connection, key_id: &str, sealed_key: &[u8]) -> Stored<bool> {
        let done = sqlx::query(
            "UPDATE connection SET key_id = ?, sealed_key = ? WHERE merchant = ? AND helpdesk = ? AND version = ?",
        )
        .bind(key_id)
        .bind(sealed_key)
        .bind(&connection.merchant)
        .bind(connection.helpdesk.slug())
        .bind(connection.version)
        .execute(&self.writer)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn disconnect(
        &self,
        merchant: &str,
        helpdesk: Helpdesk,
        by: &Viewer,
        now: Millis,
        notice_id: &str,
    ) -> Stored<Option<u64>> {
        let mut tx = self.begin().await?;
        let Some(before) = find(&mut tx, merchant, helpdesk).await? else { return Ok(None) };
        let (cancelled, total) = what_waits(&mut tx, merchant, helpdesk).await?;
        // The same as `Event::Disconnected` for each of them; the contract test holds the two together.
        sqlx::query(
            "UPDATE delivery SET state = 'cancelled', lease_until = NULL, next_at = NULL, fence = fence + 1
             WHERE merchant = ? AND destination = ? AND state IN ('queued', 'waiting', 'held')",
        )
        .bind(merchant)
        .bind(helpdesk.slug())
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "UPDATE delivery SET needs_answer = 1, next_at = NULL, fence = fence + 1
             WHERE merchant = ? AND destination = ? AND state = 'unsure'",
        )
        .bind(merchant)
        .bind(helpdesk.slug())
        .execute(&mut *tx)
        .await?;
        sqlx::query("DELETE FROM connection WHERE merchant = ? AND helpdesk = ?")
            .bind(merchant)
            .bind(helpdesk.slug())
            .execute(&mut *tx)
            .await?;
        if before.receives {
            sqlx::query(
                "UPDATE connection SET receives = 1
                 WHERE merchant = ?1 AND helpdesk = (SELECT min(helpdesk) FROM connection WHERE merchant = ?1)",
            )
            .bind(merchant)
            .execute(&mut *tx)
            .await?;
        }
        record(&mut tx, merchant, helpdesk, "disconnected", Some(by), now).await?;
        if total > 0 {
            let body = NoticeBody::Disconnected { helpdesk, by: one_line(&by.name), cancelled, total };
            notices::insert(&mut tx, notice_id, merchant, &body, now).await?;
        }
        tx.commit().await?;
        Ok(Some(total))
    }

    async fn connection_broke(
        &self,
        seen: &Sighting<'_>,
        trouble: &Trouble,
        recheck_at: Millis,
        notice_id: &str,
    ) -> Stored<bool> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE connection SET state = 'needs_attention', problem = ?, reason = ?, recheck_at = ?, rechecks = 0,
                 probe = NULL
             WHERE merchant = ? AND helpdesk = ? AND version = ? AND state = 'connected'",
        )
        .bind(trouble.problem.as_str())
        .bind(&trouble.reason)
        .bind(recheck_at)
        .bind(seen.merchant)
        .bind(seen.helpdesk.slug())
        .bind(seen.version)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            // Perhaps the finding of its probe: tested again later, and nobody is told a second time.
            let again = sqlx::query(
                "UPDATE connection SET problem = ?, reason = ?, recheck_at = ?, rechecks = rechecks + 1, probe = NULL
                 WHERE merchant = ? AND helpdesk = ? AND version = ? AND state = 'needs_attention'
                     AND recheck_at IS NULL",
            )
            .bind(trouble.problem.as_str())
            .bind(&trouble.reason)
            .bind(recheck_at)
            .bind(seen.merchant)
            .bind(seen.helpdesk.slug())
            .bind(seen.version)
            .execute(&mut *tx)
            .await?;
            if again.rows_affected() == 0 {
                return Ok(false);
            }
            hold(&mut tx, seen.merchant, seen.helpdesk).await?;
            tx.commit().await?;
            return Ok(true);
        }
        hold(&mut tx, seen.merchant, seen.helpdesk).await?;
        record(&mut tx, seen.merchant, seen.helpdesk, "broke", None, seen.now).await?;
        let body = NoticeBody::ConnectionBroke { helpdesk: seen.helpdesk, reason: trouble.reason.clone() };
        notices::insert(&mut tx, notice_id, seen.merchant, &body, seen.now).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn connection_recovered(&self, seen: &Sighting<'_>) -> Stored<bool> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE connection SET recheck_at = NULL, probe = NULL
             WHERE merchant = ? AND helpdesk = ? AND version = ? AND state = 'needs_attention'
                 AND recheck_at IS NOT NULL",
        )
        .bind(seen.merchant)
        .bind(seen.helpdesk.slug())
        .bind(seen.version)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        if !release_probe(&mut tx, seen.merchant, seen.helpdesk, seen.now).await? {
            works(&mut tx, seen.merchant, seen.helpdesk, seen.now).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn probe_succeeded(&self, seen: &Sighting<'_>, delivery: &str) -> Stored<()> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE connection SET probe = NULL WHERE merchant = ? AND helpdesk = ? AND version = ? AND probe = ?",
        )
        .bind(seen.merchant)
        .bind(seen.helpdesk.slug())
        .bind(seen.version)
        .bind(delivery)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 1 {
            works(&mut tx, seen.merchant, seen.helpdesk, seen.now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn due_rechecks(&self, now: Millis) -> Stored<Vec<Connection>> {
        let rows = sqlx::query("SELECT * FROM connection WHERE recheck_at <= ? ORDER BY recheck_at LIMIT 50")
            .bind(now)
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(connection).collect()
    }

    async fn postpone_recheck(
        &self,
        seen: &Sighting<'_>,
        trouble: &Trouble,
        recheck_at: Millis,
    ) -> Stored<()> {
        sqlx::query(
            "UPDATE connection SET problem = ?, reason = ?, recheck_at = ?, rechecks = rechecks + 1
             WHERE merchant = ? AND helpdesk = ? AND version = ? AND state = 'needs_attention'",
        )
        .bind(trouble.problem.as_str())
        .bind(&trouble.reason)
        .bind(recheck_at)
        .bind(seen.merchant)
        .bind(seen.helpdesk.slug())
        .bind(seen.version)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn counts(&self, merchant: &str, helpdesk: Helpdesk) -> Stored<Counts> {
        let row = sqlx::query(
            "SELECT
                 (SELECT count(*) FROM delivery
                  WHERE merchant = ?1 AND destination = ?2 AND part = 0 AND state = 'held') AS held,
                 (SELECT count(*) FROM delivery
                  WHERE merchant = ?1 AND destination = ?2 AND part = 0
                     AND state IN ('queued', 'waiting', 'held')) AS waiting,
                 (SELECT count(*) FROM unsent WHERE merchant = ?1) AS unsent",
        )
        .bind(merchant)
        .bind(helpdesk.slug())
        .fetch_one(&self.reader)
        .await?;
        let count =
            |name: &str| -> Stored<u64> { Ok(u64::try_from(row.try_get::<i64, _>(name)?).unwrap_or(0)) };
        Ok(Counts { held: count("held")?, waiting: count("waiting")?, unsent: count("unsent")? })
    }

    async fn changes(&self, merchant: &str, helpdesk: Helpdesk, limit: u32) -> Stored<Vec<Change>> {
        let rows = sqlx::query(
            "SELECT action, by_name, at FROM connection_change WHERE merchant = ? AND helpdesk = ?
             ORDER BY id DESC LIMIT ?",
        )
        .bind(merchant)
        .bind(helpdesk.slug())
        .bind(i64::from(limit))
        .fetch_all(&self.reader)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Change {
                    action: row.try_get("action")?,
                    by: row.try_get("by_name")?,
                    at: row.try_get("at")?,
                })
            })
            .collect()
    }
}

/// The connection that receives a merchant's handovers.
pub(super) async fn receiver(
    connection: &mut SqliteConnection,
    merchant: &str,
) -> Stored<Option<Connection>> {
    let row = sqlx::query("SELECT * FROM connection WHERE merchant = ? AND receives = 1")
        .bind(merchant)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(self::connection).transpose()
}

pub(super) async fn find(
    connection: &mut SqliteConnection,
    merchant: &str,
    helpdesk: Helpdesk,
) -> Stored<Option<Connection>> {
    let row = sqlx::query("SELECT * FROM connection WHERE merchant = ? AND helpdesk = ?")
        .bind(merchant)
        .bind(helpdesk.slug())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(self::connection).transpose()
}

/// The same as `Event::ConnectionBroke` for each; the contract test holds the two together.
async fn hold(connection: &mut SqliteConnection, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
    sqlx::query(
        "UPDATE delivery SET state = 'held', lease_until = NULL, next_at = NULL, fence = fence + 1
         WHERE merchant = ? AND destination = ? AND state IN ('queued', 'waiting')",
    )
    .bind(merchant)
    .bind(helpdesk.slug())
    .execute(connection)
    .await?;
    Ok(())
}

/// The connection works: marked so, and everything held goes.
async fn works(
    connection: &mut SqliteConnection,
    merchant: &str,
    helpdesk: Helpdesk,
    now: Millis,
) -> Stored<()> {
    let mended = sqlx::query(
        "UPDATE connection SET state = 'connected', problem = NULL, reason = NULL, recheck_at = NULL, rechecks = 0,
             probe = NULL
         WHERE merchant = ? AND helpdesk = ? AND state = 'needs_attention'",
    )
    .bind(merchant)
    .bind(helpdesk.slug())
    .execute(&mut *connection)
    .await?;
    if mended.rows_affected() == 1 {
        record(connection, merchant, helpdesk, "recovered", None, now).await?;
    }
    release_all(connection, merchant, helpdesk, now).await
}

/// The same as `Event::Released` for each held one; the contract test holds the two together.
async fn release_all(
    connection: &mut SqliteConnection,
    merchant: &str,
    helpdesk: Helpdesk,
    now: Millis,
) -> Stored<()> {
    sqlx::query(
        "UPDATE delivery SET state = CASE attempts WHEN 0 THEN 'queued' ELSE 'waiting' END,
             next_at = CASE attempts WHEN 0 THEN NULL ELSE ?1 END, give_up_at = ?2, fence = fence + 1
         WHERE merchant = ?3 AND destination = ?4 AND state = 'held'",
    )
    .bind(now)
    .bind(now.saturating_add(GIVES_UP_AFTER))
    .bind(merchant)
    .bind(helpdesk.slug())
    .execute(connection)
    .await?;
    Ok(())
}

/// What the changes of deliveries mean for others (see [`OutboxStore::save`](crate::store::OutboxStore::save)).
pub(super) async fn keep_moving(
    connection: &mut SqliteConnection,
    changed: &[(&Delivery, Millis)],
) -> Stored<()> {
    use DeliveryState::{Cancelled, Delivered, Failed, Held, Queued, Sending, Unsure, Waiting};
    let mut ended = Vec::new();
    for &(changed, now) in changed {
        let Destination::Helpdesk(helpdesk) = changed.destination else { continue };
        let merchant = &changed.merchant;
        match changed.state {
            Delivered | Failed | Cancelled => ended.push((changed, helpdesk, now)),
            // Only a person can end that: nobody waits behind it.
            Unsure if changed.needs_answer => ended.push((changed, helpdesk, now)),
            Unsure | Sending => {}
            Queued | Waiting | Held => match find(connection, merchant, helpdesk).await? {
                None => cancel_late(connection, changed, helpdesk, now).await?,
                Some(it) if changed.state == Held && it.trouble.is_none() && it.probe.is_none() => {
                    release_probe(connection, merchant, helpdesk, now).await?;
                }
                Some(_) => {}
            },
        }
    }
    for (ended, helpdesk, now) in probes(connection, ended).await? {
        probe_ended(connection, ended, helpdesk, now).await?;
    }
    Ok(())
}

/// Those that are a connection's probe, which few are: all are asked about at once.
async fn probes<'a>(
    connection: &mut SqliteConnection,
    mut ended: Vec<(&'a Delivery, Helpdesk, Millis)>,
) -> Stored<Vec<(&'a Delivery, Helpdesk, Millis)>> {
    if ended.is_empty() {
        return Ok(ended);
    }
    let mut query = QueryBuilder::<Sqlite>::new(
        "SELECT probe FROM connection WHERE probe IS NOT NULL AND (merchant, helpdesk, probe) IN (",
    );
    query.push_values(&ended, |mut row, (ended, helpdesk, _)| {
        row.push_bind(&ended.merchant).push_bind(helpdesk.slug()).push_bind(&ended.id);
    });
    query.push(")");
    let rows = query.build().fetch_all(connection).await?;
    let probes = rows.iter().map(|row| Ok(row.try_get("probe")?)).collect::<Stored<HashSet<String>>>()?;
    ended.retain(|(ended, ..)| probes.contains(&ended.id));
    Ok(ended)
}

/// A probe came to an end: a ticket shows that the connection works; else the next held one goes first.
async fn probe_ended(
    connection: &mut SqliteConnection,
    ended: &Delivery,
    helpdesk: Helpdesk,
    now: Millis,
) -> Stored<()> {
    sqlx::query("UPDATE connection SET probe = NULL WHERE merchant = ? AND helpdesk = ? AND probe = ?")
        .bind(&ended.merchant)
        .bind(helpdesk.slug())
        .bind(&ended.id)
        .execute(&mut *connection)
        .await?;
    let made = ended.state == DeliveryState::Delivered;
    if made || !release_probe(connection, &ended.merchant, helpdesk, now).await? {
        works(connection, &ended.merchant, helpdesk, now).await?;
    }
    Ok(())
}

/// It was on its way while its helpdesk was disconnected, and made nothing: cancelled like the others were, and the
/// team is told, since no list named it.
async fn cancel_late(
    connection: &mut SqliteConnection,
    late: &Delivery,
    helpdesk: Helpdesk,
    now: Millis,
) -> Stored<()> {
    let at = Moment { now, chance: 0.5 };
    let Ok(cancelled) = late.after(Event::Disconnected, at, Rules::default()) else { return Ok(()) };
    outbox::update(connection, &cancelled, now).await?;
    let row = sqlx::query(
        "SELECT id, subject, summary,
             (SELECT by_name FROM connection_change
              WHERE merchant = ?1 AND helpdesk = ?2 AND action = 'disconnected' ORDER BY id DESC LIMIT 1) AS by_name
         FROM handover WHERE id = ?3",
    )
    .bind(&late.merchant)
    .bind(helpdesk.slug())
    .bind(&late.handover)
    .fetch_one(&mut *connection)
    .await?;
    let body = NoticeBody::Disconnected {
        helpdesk,
        by: row.try_get::<Option<String>, _>("by_name")?.unwrap_or_else(|| "Somebody".to_owned()),
        cancelled: vec![cancelled_handover(&row)?],
        total: 1,
    };
    // Once for each time that it is cancelled.
    let notice = format!("{}.{}", cancelled.id, cancelled.fence);
    notices::insert(connection, &notice, &late.merchant, &body, now).await
}

/// Lets the oldest held delivery go, as the probe for the others, and lets look-ups count again. `false`: none is held.
async fn release_probe(
    connection: &mut SqliteConnection,
    merchant: &str,
    helpdesk: Helpdesk,
    now: Millis,
) -> Stored<bool> {
    let released = sqlx::query(
        "SELECT * FROM (SELECT * FROM delivery WHERE merchant = ?1 AND destination = ?2 AND state = 'held'
                            AND blocked = 0 ORDER BY seq LIMIT 1)
         UNION ALL
         SELECT * FROM delivery WHERE merchant = ?1 AND destination = ?2 AND state = 'unsure' AND needs_answer = 1
             AND account = (SELECT helpdesk || ':' || subdomain FROM connection
                            WHERE merchant = ?1 AND helpdesk = ?2)",
    )
    .bind(merchant)
    .bind(helpdesk.slug())
    .fetch_all(&mut *connection)
    .await?;
    let at = Moment { now, chance: 0.5 };
    let mut probing = false;
    for row in &released {
        let delivery = outbox::delivery(row)?;
        // `Released` fits both states, so it is never refused; W only matters after the look-up.
        let Ok(next) = delivery.after(Event::Released, at, Rules::default()) else { continue };
        outbox::update(connection, &next, now).await?;
        if delivery.state == DeliveryState::Held {
            probing = true;
            sqlx::query("UPDATE connection SET probe = ? WHERE merchant = ? AND helpdesk = ?")
                .bind(&delivery.id)
                .bind(merchant)
                .bind(helpdesk.slug())
                .execute(&mut *connection)
                .await?;
        }
    }
    if !probing {
        // Nothing that may go first is held; what is left waits for its own ticket anyway.
        release_all(connection, merchant, helpdesk, now).await?;
    }
    Ok(probing)
}

/// What a disconnect cancels, oldest first, for the team's mail; and how many there are.
async fn what_waits(
    connection: &mut SqliteConnection,
    merchant: &str,
    helpdesk: Helpdesk,
) -> Stored<(Vec<CancelledHandover>, u64)> {
    let rows = sqlx::query(
        "SELECT handover.id, subject, summary, count(*) OVER () AS total FROM delivery JOIN handover ON handover.id = delivery.handover
         WHERE delivery.merchant = ? AND destination = ? AND part = 0 AND state IN ('queued', 'waiting', 'held')
         ORDER BY seq LIMIT ?",
    )
    .bind(merchant)
    .bind(helpdesk.slug())
    .bind(MOST_LISTED)
    .fetch_all(connection)
    .await?;
    let mut total = 0;
    let mut cancelled = Vec::new();
    for row in rows {
        total = u64::try_from(row.try_get::<i64, _>("total")?).unwrap_or(0);
        cancelled.push(cancelled_handover(&row)?);
    }
    Ok((cancelled, total))
}

fn cancelled_handover(row: &SqliteRow) -> Stored<CancelledHandover> {
    let summary: Summary =
        Cell("handover", "summary", &row.try_get::<&str, _>("id")?).json(row.try_get("summary")?)?;
    Ok(CancelledHandover {
        subject: row.try_get("subject")?,
        shopper: summary.shopper_email.or(summary.shopper_name).unwrap_or_else(|| ANONYMOUS.to_owned()),
        url: summary.conversation_url,
    })
}

async fn record(
    connection: &mut SqliteConnection,
    merchant: &str,
    helpdesk: Helpdesk,
    action: &str,
    by: Option<&Viewer>,
    now: Millis,
) -> Stored<()> {
    sqlx::query(
        "INSERT INTO connection_change (merchant, helpdesk, action, by_subject, by_name, at) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(merchant)
    .bind(helpdesk.slug())
    .bind(action)
    .bind(by.map(|by| by.subject.as_str()))
    .bind(by.map(|by| one_line(&by.name)))
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) fn connection(row: &SqliteRow) -> Stored<Connection> {
    let merchant: &str = row.try_get("merchant")?;
    let slug: &str = row.try_get("helpdesk")?;
    let key = format_args!("{merchant}/{slug}");
    let at = |column| Cell("connection", column, &key);
    let helpdesk = at("helpdesk").parsed(Helpdesk::from_slug(slug))?;
    let problem: Option<String> = row.try_get("problem")?;
    let trouble = match problem {
        Some(name) => Some(Trouble {
            problem: at("problem").parsed(serde_json::from_value(name.into()).ok())?,
            reason: row.try_get::<Option<String>, _>("reason")?.unwrap_or_default(),
        }),
        None => None,
    };
    Ok(Connection {
        merchant: merchant.to_owned(),
        helpdesk,
        subdomain: at("subdomain").parsed(Subdomain::parse(helpdesk, row.try_get("subdomain")?).ok())?,
        username: at("username").parsed(EmailAddress::parse(row.try_get("username")?).ok())?,
        key_id: row.try_get("key_id")?,
        sealed_key: row.try_get("sealed_key")?,
        trouble,
        receives: row.try_get("receives")?,
        version: row.try_get("version")?,
        rechecks: u32::try_from(row.try_get::<i64, _>("rechecks")?).unwrap_or(u32::MAX),
        probe: row.try_get("probe")?,
    })
}
