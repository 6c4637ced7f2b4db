//! Connections in SQLite.

use super::{Cell, SqliteStore, small};
use crate::store::{
    Stored,
    connections::{Connection, ConnectionEvent, ConnectionStore, Counts, NewConnection, Sighting, Trouble},
    rules,
    tx::{ConnectionTx, NewChange},
};
use app::model::{EmailAddress, Helpdesk, Subdomain, Viewer};
use domain::{Said, account::Account, clock::Millis, delivery::Delivery};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};
use std::collections::HashSet;

#[async_trait::async_trait]
impl ConnectionStore for SqliteStore {
    async fn connection(&self, merchant: &str, helpdesk: Helpdesk) -> Stored<Option<Connection>> {
        let mut reader = self.reader.acquire().await?;
        reader.connection_to(merchant, helpdesk).await
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
        rules::connection::save(&mut *tx, new, by, now).await?;
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
        let done = rules::connection::disconnect(&mut *tx, merchant, helpdesk, by, now, notice_id).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn connection_broke(
        &self,
        seen: &Sighting<'_>,
        trouble: &Trouble,
        recheck_at: Millis,
        notice_id: &str,
    ) -> Stored<bool> {
        let mut tx = self.begin().await?;
        let done = rules::connection::broke(&mut *tx, seen, trouble, recheck_at, notice_id).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn connection_recovered(&self, seen: &Sighting<'_>) -> Stored<bool> {
        let mut tx = self.begin().await?;
        let done = rules::connection::recovered(&mut *tx, seen).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn probe_succeeded(&self, seen: &Sighting<'_>, delivery: &str) -> Stored<()> {
        let mut tx = self.begin().await?;
        rules::connection::probe_succeeded(&mut *tx, seen, delivery).await?;
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
        .bind(trouble.reason.stored())
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

    async fn changes(&self, merchant: &str, helpdesk: Helpdesk, limit: u32) -> Stored<Vec<ConnectionEvent>> {
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
                Ok(ConnectionEvent {
                    action: row.try_get("action")?,
                    by: row.try_get("by_name")?,
                    at: row.try_get("at")?,
                })
            })
            .collect()
    }
}

impl ConnectionTx for SqliteConnection {
    async fn connection_to(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<Option<Connection>> {
        let row = sqlx::query("SELECT * FROM connection WHERE merchant = ? AND helpdesk = ?")
            .bind(merchant)
            .bind(helpdesk.slug())
            .fetch_optional(&mut *self)
            .await?;
        row.as_ref().map(connection).transpose()
    }

    async fn receiver(&mut self, merchant: &str) -> Stored<Option<Connection>> {
        let row = sqlx::query("SELECT * FROM connection WHERE merchant = ? AND receives = 1")
            .bind(merchant)
            .fetch_optional(&mut *self)
            .await?;
        row.as_ref().map(connection).transpose()
    }

    async fn connected(&mut self, merchant: &str) -> Stored<Vec<Helpdesk>> {
        let rows = sqlx::query("SELECT helpdesk FROM connection WHERE merchant = ?")
            .bind(merchant)
            .fetch_all(&mut *self)
            .await?;
        let cell = Cell("connection", "helpdesk", &merchant);
        rows.iter().map(|row| cell.parsed(Helpdesk::from_slug(row.try_get("helpdesk")?))).collect()
    }

    async fn upsert_connection(&mut self, new: &NewConnection, receives: bool, version: i64) -> Stored<()> {
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
        .bind(new.trouble.as_ref().map(|trouble| trouble.reason.stored()))
        .bind(receives)
        .bind(version)
        .bind(new.recheck_at)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    async fn delete_connection(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        sqlx::query("DELETE FROM connection WHERE merchant = ? AND helpdesk = ?")
            .bind(merchant)
            .bind(helpdesk.slug())
            .execute(&mut *self)
            .await?;
        Ok(())
    }

    async fn set_receives(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        sqlx::query("UPDATE connection SET receives = 1 WHERE merchant = ? AND helpdesk = ?")
            .bind(merchant)
            .bind(helpdesk.slug())
            .execute(&mut *self)
            .await?;
        Ok(())
    }

    async fn set_trouble(
        &mut self,
        connection: &Connection,
        trouble: &Trouble,
        recheck_at: Millis,
        rechecks: u32,
    ) -> Stored<()> {
        sqlx::query(
            "UPDATE connection SET state = 'needs_attention', problem = ?, reason = ?, recheck_at = ?, rechecks = ?,
                 probe = NULL
             WHERE merchant = ? AND helpdesk = ?",
        )
        .bind(trouble.problem.as_str())
        .bind(trouble.reason.stored())
        .bind(recheck_at)
        .bind(rechecks)
        .bind(&connection.merchant)
        .bind(connection.helpdesk.slug())
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    async fn set_works(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<bool> {
        let done = sqlx::query(
            "UPDATE connection SET state = 'connected', problem = NULL, reason = NULL, recheck_at = NULL, rechecks = 0,
                 probe = NULL
             WHERE merchant = ? AND helpdesk = ? AND state = 'needs_attention'",
        )
        .bind(merchant)
        .bind(helpdesk.slug())
        .execute(&mut *self)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn clear_recheck(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        sqlx::query(
            "UPDATE connection SET recheck_at = NULL, probe = NULL WHERE merchant = ? AND helpdesk = ?",
        )
        .bind(merchant)
        .bind(helpdesk.slug())
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    async fn set_probe(&mut self, merchant: &str, helpdesk: Helpdesk, delivery: Option<&str>) -> Stored<()> {
        sqlx::query("UPDATE connection SET probe = ? WHERE merchant = ? AND helpdesk = ?")
            .bind(delivery)
            .bind(merchant)
            .bind(helpdesk.slug())
            .execute(&mut *self)
            .await?;
        Ok(())
    }

    async fn probes(&mut self, deliveries: &[(&Delivery, Helpdesk)]) -> Stored<HashSet<String>> {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT probe FROM connection WHERE probe IS NOT NULL AND (merchant, helpdesk, probe) IN (",
        );
        query.push_values(deliveries, |mut row, (delivery, helpdesk)| {
            row.push_bind(&delivery.merchant).push_bind(helpdesk.slug()).push_bind(&delivery.id);
        });
        query.push(")");
        let rows = query.build().fetch_all(&mut *self).await?;
        rows.iter().map(|row| Ok(row.try_get("probe")?)).collect()
    }

    async fn insert_change(&mut self, change: &NewChange<'_>) -> Stored<()> {
        sqlx::query(
            "INSERT INTO connection_change (merchant, helpdesk, action, by_subject, by_name, at) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(change.merchant)
        .bind(change.helpdesk.slug())
        .bind(change.action)
        .bind(change.by.as_ref().map(|(subject, _)| *subject))
        .bind(change.by.as_ref().map(|(_, name)| name.as_str()))
        .bind(change.at)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    async fn disconnected_by(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<Option<String>> {
        let row = sqlx::query(
            "SELECT by_name FROM connection_change
             WHERE merchant = ? AND helpdesk = ? AND action = 'disconnected' ORDER BY id DESC LIMIT 1",
        )
        .bind(merchant)
        .bind(helpdesk.slug())
        .fetch_optional(&mut *self)
        .await?;
        Ok(row.map(|row| row.try_get("by_name")).transpose()?.flatten())
    }
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
            reason: Said::restored(&row.try_get::<Option<String>, _>("reason")?.unwrap_or_default()),
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
        recheck_at: row.try_get("recheck_at")?,
        rechecks: small(row, "rechecks")?,
        probe: row.try_get("probe")?,
    })
}
