//! Connections in SQLite.

use super::{
    SqliteStore,
    sql::{Sql, SqliteConnection, params},
    writer::ready,
};
use crate::store::{
    Stored,
    connections::{Connection, ConnectionEvent, ConnectionStore, Counts, NewConnection, Sighting, Trouble},
    rows::{Cell, Columns, connection, connection_event, fingerprint, routing_column},
    rules,
    tx::{ConnectionTx, NewChange},
};
use crate::vault::{Fingerprint, Sealed};
use app::model::{Helpdesk, Viewer};
use domain::{Routing, account::Account, clock::Millis, delivery::Delivery, text::one_line};
use std::collections::HashSet;

/// Replaces a sealed key, if it is still the one that was read.
const RESEAL: &str = "UPDATE connection SET key_id = ?, sealed_key = ?
     WHERE merchant = ? AND helpdesk = ? AND version = ? AND sealed_key = ?";

#[async_trait::async_trait]
impl ConnectionStore for SqliteStore {
    async fn connection(&self, merchant: &str, helpdesk: Helpdesk) -> Stored<Option<Connection>> {
        let merchant = merchant.to_owned();
        self.read_few(move |db| connection_to(db, &merchant, helpdesk)).await
    }

    async fn connections(&self, merchant: &str) -> Stored<Vec<Connection>> {
        let merchant = merchant.to_owned();
        let sql = "SELECT * FROM connection WHERE merchant = ?";
        self.read_few(move |db| db.all(sql, [merchant], |row| connection(row))).await
    }

    async fn is_connected(&self, account: &Account) -> Stored<bool> {
        let account = account.clone();
        let sql = "SELECT 1 FROM connection WHERE helpdesk = ? AND subdomain = ? LIMIT 1";
        self.read_few(move |db| db.any(sql, [account.helpdesk.slug(), account.name.as_str()])).await
    }

    async fn all_connections(&self) -> Stored<Vec<Connection>> {
        self.read(|db| db.all("SELECT * FROM connection", [], |row| connection(row))).await
    }

    async fn save_connection(&self, new: &NewConnection, by: &Viewer, now: Millis) -> Stored<()> {
        let (new, by) = (new.clone(), by.clone());
        self.write(move |tx| ready(rules::connection::save(tx, &new, &by, now))).await
    }

    async fn fingerprints(&self) -> Stored<Vec<Fingerprint>> {
        self.read(|db| db.all("SELECT id, fingerprint FROM master_key", [], |row| fingerprint(row))).await
    }

    async fn remember(&self, keys: &[Fingerprint]) -> Stored<()> {
        let keys = keys.to_vec();
        self.write(move |tx| {
            for key in &keys {
                let sql = "INSERT INTO master_key (id, fingerprint) VALUES (?, ?) ON CONFLICT DO NOTHING";
                tx.run(sql, params![key.key_id, key.mac])?;
            }
            Ok(())
        })
        .await
    }

    async fn reseal(&self, connection: &Connection, key_id: &str, sealed_key: &[u8]) -> Stored<bool> {
        let (merchant, helpdesk, version) =
            (connection.merchant.clone(), connection.helpdesk, connection.version);
        let before = connection.sealed_key.clone();
        let (key_id, sealed_key) = (key_id.to_owned(), sealed_key.to_owned());
        self.write(move |tx| {
            Ok(tx.run(RESEAL, params![key_id, sealed_key, merchant, helpdesk.slug(), version, before])? == 1)
        })
        .await
    }

    async fn replace_secret(
        &self,
        connection: &Connection,
        sealed: &Sealed,
        action: &'static str,
        by: &Viewer,
        now: Millis,
    ) -> Stored<bool> {
        let (before, sealed, by) = (connection.clone(), sealed.clone(), by.clone());
        self.write(move |tx| {
            let (merchant, helpdesk) = (&before.merchant, before.helpdesk);
            let values = params![
                sealed.key_id,
                sealed.bytes,
                merchant,
                helpdesk.slug(),
                before.version,
                before.sealed_key
            ];
            if tx.run(RESEAL, values)? != 1 {
                return Ok(false);
            }
            let by = Some((by.subject.as_str(), one_line(&by.name)));
            ready(tx.insert_change(&NewChange { merchant, helpdesk, action, by, at: now }))?;
            Ok(true)
        })
        .await
    }

    async fn disconnect(
        &self,
        merchant: &str,
        helpdesk: Helpdesk,
        by: &Viewer,
        now: Millis,
        notice_id: &str,
    ) -> Stored<Option<u64>> {
        let (merchant, by, notice_id) = (merchant.to_owned(), by.clone(), notice_id.to_owned());
        self.write(move |tx| {
            ready(rules::connection::disconnect(tx, &merchant, helpdesk, &by, now, &notice_id))
        })
        .await
    }

    async fn receive(
        &self,
        merchant: &str,
        helpdesk: Helpdesk,
        move_waiting: bool,
        by: &Viewer,
        now: Millis,
    ) -> Stored<Option<u64>> {
        let (merchant, by) = (merchant.to_owned(), by.clone());
        self.write(move |tx| {
            ready(rules::connection::receive(tx, &merchant, helpdesk, move_waiting, &by, now))
        })
        .await
    }

    async fn connection_broke(
        &self,
        seen: &Sighting<'_>,
        trouble: &Trouble,
        recheck_at: Millis,
        notice_id: &str,
    ) -> Stored<bool> {
        let (seen, trouble, notice_id) = (Seen::from(seen), trouble.clone(), notice_id.to_owned());
        self.write(move |tx| {
            ready(rules::connection::broke(tx, &seen.sighting(), &trouble, recheck_at, &notice_id))
        })
        .await
    }

    async fn connection_recovered(&self, seen: &Sighting<'_>) -> Stored<bool> {
        let seen = Seen::from(seen);
        self.write(move |tx| ready(rules::connection::recovered(tx, &seen.sighting()))).await
    }

    async fn probe_succeeded(&self, seen: &Sighting<'_>, delivery: &str) -> Stored<()> {
        let (seen, delivery) = (Seen::from(seen), delivery.to_owned());
        self.write(move |tx| ready(rules::connection::probe_succeeded(tx, &seen.sighting(), &delivery))).await
    }

    async fn routing_refused(&self, seen: &Sighting<'_>) -> Stored<()> {
        let seen = Seen::from(seen);
        self.write(move |tx| ready(rules::connection::routing_refused(tx, &seen.sighting()))).await
    }

    async fn claim_rechecks(&self, now: Millis, until: Millis) -> Stored<Vec<Connection>> {
        // Usually none is due. This check must not wait for the writer.
        let due =
            self.read(move |db| db.any("SELECT 1 FROM connection WHERE recheck_at <= ? LIMIT 1", [now]));
        if !due.await? {
            return Ok(Vec::new());
        }
        let sql = "UPDATE connection SET recheck_at = ?1
             WHERE (merchant, helpdesk) IN (
                 SELECT merchant, helpdesk FROM connection WHERE recheck_at <= ?2 ORDER BY recheck_at LIMIT 50)
             RETURNING *";
        self.write_unlisted(move |tx| tx.all(sql, [until, now], |row| connection(row))).await
    }

    async fn postpone_recheck(
        &self,
        seen: &Sighting<'_>,
        trouble: &Trouble,
        recheck_at: Millis,
    ) -> Stored<()> {
        let (seen, trouble) = (Seen::from(seen), trouble.clone());
        let sql = "UPDATE connection SET problem = ?, reason = ?, recheck_at = ?, rechecks = rechecks + 1
             WHERE merchant = ? AND helpdesk = ? AND version = ? AND state = 'needs_attention'";
        self.write(move |tx| {
            let (problem, reason) = (trouble.problem.as_str(), trouble.reason.stored());
            let (merchant, helpdesk) = (&seen.merchant, seen.helpdesk.slug());
            tx.run(sql, params![problem, reason, recheck_at, merchant, helpdesk, seen.version])
        })
        .await?;
        Ok(())
    }

    async fn counts(&self, merchant: &str, helpdesk: Helpdesk) -> Stored<Counts> {
        let merchant = merchant.to_owned();
        let sql = "SELECT
                 (SELECT count(*) FROM delivery
                  WHERE merchant = ?1 AND destination = ?2 AND part = 0
                     AND state NOT IN ('sending', 'delivered') AND state = 'held') AS held,
                 (SELECT count(*) FROM delivery
                  WHERE merchant = ?1 AND destination = ?2 AND part = 0
                     AND state NOT IN ('sending', 'delivered')
                     AND state IN ('queued', 'waiting', 'held')) AS waiting,
                 (SELECT count(*) FROM unsent WHERE merchant = ?1) AS unsent";
        self.read(move |db| {
            db.one(sql, [&*merchant, helpdesk.slug()], |row| {
                Ok(Counts {
                    held: row.count("held")?,
                    waiting: row.count("waiting")?,
                    unsent: row.count("unsent")?,
                })
            })
        })
        .await
    }

    async fn changes(&self, merchant: &str, helpdesk: Helpdesk, limit: u32) -> Stored<Vec<ConnectionEvent>> {
        let merchant = merchant.to_owned();
        let sql = "SELECT action, by_name, at FROM connection_change WHERE merchant = ? AND helpdesk = ?
             ORDER BY id DESC LIMIT ?";
        self.read(move |db| {
            db.all(sql, params![merchant, helpdesk.slug(), limit], |row| connection_event(row))
        })
        .await
    }
}

/// An owned [`Sighting`] that can move to the writer's thread.
struct Seen {
    merchant: String,
    helpdesk: Helpdesk,
    version: i64,
    now: Millis,
}

impl From<&Sighting<'_>> for Seen {
    fn from(seen: &Sighting<'_>) -> Self {
        let Sighting { merchant, helpdesk, version, now } = *seen;
        Self { merchant: merchant.to_owned(), helpdesk, version, now }
    }
}

impl Seen {
    fn sighting(&self) -> Sighting<'_> {
        let Self { ref merchant, helpdesk, version, now } = *self;
        Sighting { merchant, helpdesk, version, now }
    }
}

impl ConnectionTx for SqliteConnection {
    async fn connection_to(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<Option<Connection>> {
        connection_to(self, merchant, helpdesk)
    }

    async fn receiver(&mut self, merchant: &str) -> Stored<Option<Connection>> {
        let sql = "SELECT * FROM connection WHERE merchant = ? AND receives = 1";
        self.first(sql, [merchant], |row| connection(row))
    }

    async fn merchants_with(&mut self, helpdesk: Helpdesk, method: &str) -> Stored<Vec<String>> {
        let sql = "SELECT merchant FROM connection WHERE helpdesk = ? AND method = ?";
        self.all(sql, [helpdesk.slug(), method], |row| row.text("merchant").map(str::to_owned))
    }

    async fn connected(&mut self, merchant: &str) -> Stored<Vec<Helpdesk>> {
        let cell = Cell("connection", "helpdesk", &merchant);
        self.all("SELECT helpdesk FROM connection WHERE merchant = ?", [merchant], |row| {
            cell.parsed(Helpdesk::from_slug(row.text("helpdesk")?))
        })
    }

    async fn upsert_connection(&mut self, new: &NewConnection, receives: bool, version: i64) -> Stored<()> {
        self.run(
            "INSERT INTO connection (merchant, helpdesk, subdomain, username, key_id, sealed_key, state, problem, reason,
                 receives, version, recheck_at, rechecks, probe, method, routing)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, NULL, ?, ?)
             ON CONFLICT (merchant, helpdesk) DO UPDATE SET
                 subdomain = excluded.subdomain, method = excluded.method, username = excluded.username, key_id = excluded.key_id,
                 sealed_key = excluded.sealed_key, state = excluded.state, problem = excluded.problem,
                 reason = excluded.reason, version = excluded.version, recheck_at = excluded.recheck_at,
                 rechecks = 0, probe = NULL, routing = excluded.routing",
            params![
                new.merchant,
                new.helpdesk.slug(),
                new.subdomain.as_str(),
                new.username.as_str(),
                new.key_id,
                new.sealed_key,
                if new.trouble.is_some() { "needs_attention" } else { "connected" },
                new.trouble.as_ref().map(|trouble| trouble.problem.as_str()),
                new.trouble.as_ref().map(|trouble| trouble.reason.stored()),
                receives,
                version,
                new.recheck_at,
                new.method.slug,
                routing_column(&new.routing)?,
            ],
        )?;
        Ok(())
    }

    async fn delete_connection(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        let sql = "DELETE FROM connection WHERE merchant = ? AND helpdesk = ?";
        self.run(sql, [merchant, helpdesk.slug()])?;
        Ok(())
    }

    async fn set_receives(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        self.run(
            "UPDATE connection SET receives = helpdesk = ? WHERE merchant = ?",
            [helpdesk.slug(), merchant],
        )?;
        Ok(())
    }

    async fn set_trouble(
        &mut self,
        connection: &Connection,
        trouble: &Trouble,
        recheck_at: Millis,
        rechecks: u32,
    ) -> Stored<()> {
        self.run(
            "UPDATE connection SET state = 'needs_attention', problem = ?, reason = ?, recheck_at = ?, rechecks = ?,
                 probe = NULL
             WHERE merchant = ? AND helpdesk = ?",
            params![
                trouble.problem.as_str(),
                trouble.reason.stored(),
                recheck_at,
                rechecks,
                connection.merchant,
                connection.helpdesk.slug(),
            ],
        )?;
        Ok(())
    }

    async fn set_works(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<bool> {
        let changed = self.run(
            "UPDATE connection SET state = 'connected', problem = NULL, reason = NULL, recheck_at = NULL, rechecks = 0,
                 probe = NULL
             WHERE merchant = ? AND helpdesk = ? AND state = 'needs_attention'",
            [merchant, helpdesk.slug()],
        )?;
        Ok(changed == 1)
    }

    async fn clear_recheck(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        let sql = "UPDATE connection SET recheck_at = NULL, probe = NULL WHERE merchant = ? AND helpdesk = ?";
        self.run(sql, [merchant, helpdesk.slug()])?;
        Ok(())
    }

    async fn set_probe(&mut self, merchant: &str, helpdesk: Helpdesk, delivery: Option<&str>) -> Stored<()> {
        let sql = "UPDATE connection SET probe = ? WHERE merchant = ? AND helpdesk = ?";
        self.run(sql, params![delivery, merchant, helpdesk.slug()])?;
        Ok(())
    }

    async fn set_routing(&mut self, merchant: &str, helpdesk: Helpdesk, routing: &Routing) -> Stored<()> {
        let sql = "UPDATE connection SET routing = ? WHERE merchant = ? AND helpdesk = ?";
        self.run(sql, params![routing_column(routing)?, merchant, helpdesk.slug()])?;
        Ok(())
    }

    async fn probes(&mut self, deliveries: &[(&Delivery, Helpdesk)]) -> Stored<HashSet<String>> {
        let mut probes = HashSet::new();
        for (delivery, helpdesk) in deliveries {
            let sql = "SELECT 1 FROM connection WHERE merchant = ? AND helpdesk = ? AND probe = ?";
            if self.any(sql, [&*delivery.merchant, helpdesk.slug(), &*delivery.id])? {
                probes.insert(delivery.id.clone());
            }
        }
        Ok(probes)
    }

    async fn insert_change(&mut self, change: &NewChange<'_>) -> Stored<()> {
        self.run(
            "INSERT INTO connection_change (merchant, helpdesk, action, by_subject, by_name, at) VALUES (?, ?, ?, ?, ?, ?)",
            params![
                change.merchant,
                change.helpdesk.slug(),
                change.action,
                change.by.as_ref().map(|(subject, _)| *subject),
                change.by.as_ref().map(|(_, name)| name.as_str()),
                change.at,
            ],
        )?;
        Ok(())
    }

    async fn is_recorded_broken(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<bool> {
        let last = self.first(
            "SELECT action = 'broke' AS broken FROM connection_change
             WHERE merchant = ? AND helpdesk = ? AND action IN ('connected', 'broke', 'recovered')
             ORDER BY id DESC LIMIT 1",
            [merchant, helpdesk.slug()],
            |row| row.get("broken"),
        )?;
        Ok(last.unwrap_or(false))
    }

    async fn disconnected_by(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<Option<String>> {
        let by = self.first(
            "SELECT by_name FROM connection_change
             WHERE merchant = ? AND helpdesk = ? AND action = 'disconnected' ORDER BY id DESC LIMIT 1",
            [merchant, helpdesk.slug()],
            |row| row.get("by_name"),
        )?;
        Ok(by.flatten())
    }
}

fn connection_to(db: &SqliteConnection, merchant: &str, helpdesk: Helpdesk) -> Stored<Option<Connection>> {
    let sql = "SELECT * FROM connection WHERE merchant = ? AND helpdesk = ?";
    db.first(sql, [merchant, helpdesk.slug()], |row| connection(row))
}
