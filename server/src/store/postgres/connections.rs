//! Connections in PostgreSQL.

use super::{
    PostgresStore,
    sql::{Db, Params, Transaction, near_now, retry},
};
use crate::{
    store::{
        Stored,
        connections::{
            Connection, ConnectionEvent, ConnectionStore, Counts, NewConnection, Sighting, Trouble,
        },
        rows::{Cell, Columns, connection, connection_event, fingerprint, routing_column},
        rules,
        tx::{ConnectionTx, NewChange, Receiver},
    },
    vault::{Fingerprint, Sealed},
};
use app::model::{Helpdesk, Viewer};
use domain::{Routing, account::Account, clock::Millis, delivery::Delivery, text::one_line};
use std::collections::HashSet;

/// Selects connections.
macro_rules! connections {
    ($($rest:tt)*) => {
        concat!(
            "SELECT merchant, helpdesk, subdomain, method, username, key_id, sealed_key, problem, reason, receives,
                 version, recheck_at, rechecks, probe, routing
             FROM connection ",
            $($rest)*
        )
    };
}
pub(super) use connections;

/// Replaces a sealed key, if it is still the one that was read.
const RESEAL: &str = "UPDATE connection SET key_id = $1, sealed_key = $2
     WHERE merchant = $3 AND helpdesk = $4 AND version = $5 AND sealed_key = $6";

#[async_trait::async_trait]
impl ConnectionStore for PostgresStore {
    async fn connection(&self, merchant: &str, helpdesk: Helpdesk) -> Stored<Option<Connection>> {
        let sql = connections!("WHERE merchant = $1 AND helpdesk = $2");
        self.first(sql, &[&merchant, &helpdesk.slug()]).await?.map(|row| connection(&row)).transpose()
    }

    async fn connections(&self, merchant: &str) -> Stored<Vec<Connection>> {
        let sql = connections!("WHERE merchant = $1 ORDER BY helpdesk");
        self.all(sql, &[&merchant]).await?.iter().map(connection).collect()
    }

    async fn is_connected(&self, account: &Account) -> Stored<bool> {
        let sql = "SELECT 1 FROM connection WHERE helpdesk = $1 AND subdomain = $2 LIMIT 1";
        self.any(sql, &[&account.helpdesk.slug(), &account.name.as_str()]).await
    }

    async fn all_connections(&self) -> Stored<Vec<Connection>> {
        self.all(connections!("ORDER BY merchant, helpdesk"), &[]).await?.iter().map(connection).collect()
    }

    async fn save_connection(&self, new: &NewConnection, by: &Viewer, now: Millis) -> Stored<()> {
        retry(|| async {
            let mut tx = self.begin().await?;
            rules::connection::save(&mut tx, new, by, now).await?;
            tx.commit(()).await
        })
        .await
    }

    async fn fingerprints(&self) -> Stored<Vec<Fingerprint>> {
        self.all("SELECT id, fingerprint FROM master_key", &[]).await?.iter().map(fingerprint).collect()
    }

    async fn remember(&self, keys: &[Fingerprint]) -> Stored<()> {
        for key in keys {
            let sql = "INSERT INTO master_key (id, fingerprint) VALUES ($1, $2) ON CONFLICT DO NOTHING";
            self.run(sql, &[&key.key_id, &key.mac]).await?;
        }
        Ok(())
    }

    async fn reseal(&self, connection: &Connection, key_id: &str, sealed_key: &[u8]) -> Stored<bool> {
        let Connection { merchant, helpdesk, version, sealed_key: before, .. } = connection;
        let values: Params<'_> = &[&key_id, &sealed_key, merchant, &helpdesk.slug(), version, before];
        Ok(self.run(RESEAL, values).await? == 1)
    }

    async fn replace_secret(
        &self,
        connection: &Connection,
        sealed: &Sealed,
        action: &'static str,
        by: &Viewer,
        now: Millis,
    ) -> Stored<bool> {
        let Connection { merchant, helpdesk, version, sealed_key: before, .. } = connection;
        retry(|| async {
            let mut tx = self.begin().await?;
            let values: Params<'_> =
                &[&sealed.key_id, &sealed.bytes, merchant, &helpdesk.slug(), version, before];
            let changed = tx.run(RESEAL, values).await? == 1;
            if changed {
                let by = Some((by.subject.as_str(), one_line(&by.name)));
                let change = NewChange { merchant, helpdesk: *helpdesk, action, by, at: now };
                tx.insert_change(&change).await?;
            }
            tx.commit(changed).await
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
        retry(|| async {
            let mut tx = self.begin().await?;
            let cancelled =
                rules::connection::disconnect(&mut tx, merchant, helpdesk, by, now, notice_id).await?;
            tx.commit(cancelled).await
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
        retry(|| async {
            let mut tx = self.begin().await?;
            let moved =
                rules::connection::receive(&mut tx, merchant, helpdesk, move_waiting, by, now).await?;
            tx.commit(moved).await
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
        retry(|| async {
            let mut tx = self.begin().await?;
            let is_new = rules::connection::broke(&mut tx, seen, trouble, recheck_at, notice_id).await?;
            tx.commit(is_new).await
        })
        .await
    }

    async fn connection_recovered(&self, seen: &Sighting<'_>) -> Stored<bool> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let recovered = rules::connection::recovered(&mut tx, seen).await?;
            tx.commit(recovered).await
        })
        .await
    }

    async fn probe_succeeded(&self, seen: &Sighting<'_>, delivery: &str) -> Stored<()> {
        retry(|| async {
            let mut tx = self.begin().await?;
            rules::connection::probe_succeeded(&mut tx, seen, delivery).await?;
            tx.commit(()).await
        })
        .await
    }

    async fn routing_refused(&self, seen: &Sighting<'_>) -> Stored<()> {
        retry(|| async {
            let mut tx = self.begin().await?;
            rules::connection::routing_refused(&mut tx, seen).await?;
            tx.commit(()).await
        })
        .await
    }

    async fn claim_rechecks(&self, now: Millis, until: Millis) -> Stored<Vec<Connection>> {
        let sql = concat!(
            "UPDATE connection SET recheck_at = $1
             WHERE (merchant, helpdesk) IN (
                 SELECT merchant, helpdesk FROM connection WHERE recheck_at <= $2 AND ",
            near_now!("$2", "$3"),
            " ORDER BY recheck_at LIMIT 50 FOR NO KEY UPDATE SKIP LOCKED)
             RETURNING merchant, helpdesk, subdomain, method, username, key_id, sealed_key, problem, reason, receives,
                 version, recheck_at, rechecks, probe, routing"
        );
        self.all(sql, &[&until, &now, &self.process.most_off()]).await?.iter().map(connection).collect()
    }

    async fn postpone_recheck(
        &self,
        seen: &Sighting<'_>,
        trouble: &Trouble,
        recheck_at: Millis,
    ) -> Stored<()> {
        let sql = "UPDATE connection SET problem = $1, reason = $2, recheck_at = $3, rechecks = rechecks + 1
             WHERE merchant = $4 AND helpdesk = $5 AND version = $6 AND state = 'needs_attention'";
        let (problem, reason) = (trouble.problem.as_str(), trouble.reason.stored());
        let values: Params<'_> =
            &[&problem, &reason, &recheck_at, &seen.merchant, &seen.helpdesk.slug(), &seen.version];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn counts(&self, merchant: &str, helpdesk: Helpdesk) -> Stored<Counts> {
        let sql = "SELECT
                 (SELECT count(*) FROM delivery
                  WHERE merchant = $1 AND destination = $2 AND part = 0
                     AND state NOT IN ('sending', 'delivered') AND state = 'held') AS held,
                 (SELECT count(*) FROM delivery
                  WHERE merchant = $1 AND destination = $2 AND part = 0
                     AND state NOT IN ('sending', 'delivered')
                     AND state IN ('queued', 'waiting', 'held')) AS waiting,
                 (SELECT count(*) FROM unsent WHERE merchant = $1) AS unsent";
        let row = self.one(sql, &[&merchant, &helpdesk.slug()]).await?;
        Ok(Counts { held: row.count("held")?, waiting: row.count("waiting")?, unsent: row.count("unsent")? })
    }

    async fn changes(&self, merchant: &str, helpdesk: Helpdesk, limit: u32) -> Stored<Vec<ConnectionEvent>> {
        let sql = "SELECT action, by_name, at FROM connection_change WHERE merchant = $1 AND helpdesk = $2
             ORDER BY id DESC LIMIT $3";
        let rows = self.all(sql, &[&merchant, &helpdesk.slug(), &i64::from(limit)]).await?;
        rows.iter().map(connection_event).collect()
    }
}

impl ConnectionTx for Transaction {
    async fn connection_to(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<Option<Connection>> {
        let sql = connections!("WHERE merchant = $1 AND helpdesk = $2 FOR NO KEY UPDATE");
        self.first(sql, &[&merchant, &helpdesk.slug()]).await?.map(|row| connection(&row)).transpose()
    }

    async fn receiver(&mut self, merchant: &str) -> Stored<Option<Connection>> {
        let sql = connections!("WHERE merchant = $1 AND receives FOR NO KEY UPDATE");
        self.first(sql, &[&merchant]).await?.map(|row| connection(&row)).transpose()
    }

    async fn merchants_with(&mut self, helpdesk: Helpdesk, method: &str) -> Stored<Vec<String>> {
        let sql = "SELECT merchant FROM connection WHERE helpdesk = $1 AND method = $2";
        self.all(sql, &[&helpdesk.slug(), &method]).await?.iter().map(|row| row.string("merchant")).collect()
    }

    async fn connected(&mut self, merchant: &str) -> Stored<Vec<Helpdesk>> {
        let sql = "SELECT helpdesk FROM connection WHERE merchant = $1 ORDER BY helpdesk";
        let rows = self.all(sql, &[&merchant]).await?;
        let cell = Cell("connection", "helpdesk", &merchant);
        rows.iter().map(|row| cell.parsed(Helpdesk::from_slug(row.text("helpdesk")?))).collect()
    }

    async fn upsert_connection(&mut self, new: &NewConnection, receives: bool, version: i64) -> Stored<()> {
        // If a new connection is saved twice at once, the second save finds no row to lock, and meets the first one's row
        // here.
        let sql = "INSERT INTO connection (merchant, helpdesk, subdomain, username, key_id, sealed_key, state, problem,
                 reason, receives, version, recheck_at, rechecks, probe, method, routing)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, NULL, $13, $14)
             ON CONFLICT (merchant, helpdesk) DO UPDATE SET
                 subdomain = excluded.subdomain, method = excluded.method, username = excluded.username,
                 key_id = excluded.key_id, sealed_key = excluded.sealed_key, state = excluded.state,
                 problem = excluded.problem, reason = excluded.reason,
                 version = greatest(excluded.version, connection.version + 1), recheck_at = excluded.recheck_at,
                 rechecks = 0, probe = NULL, routing = excluded.routing";
        let routing = routing_column(&new.routing)?;
        let state = if new.trouble.is_some() { "needs_attention" } else { "connected" };
        let problem = new.trouble.as_ref().map(|trouble| trouble.problem.as_str());
        let reason = new.trouble.as_ref().map(|trouble| trouble.reason.stored());
        let values: Params<'_> = &[
            &new.merchant,
            &new.helpdesk.slug(),
            &new.subdomain.as_str(),
            &new.username.as_str(),
            &new.key_id,
            &new.sealed_key,
            &state,
            &problem,
            &reason,
            &receives,
            &version,
            &new.recheck_at,
            &new.method.slug,
            &routing,
        ];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn delete_connection(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        let sql = "DELETE FROM connection WHERE merchant = $1 AND helpdesk = $2";
        self.run(sql, &[&merchant, &helpdesk.slug()]).await?;
        Ok(())
    }

    async fn set_receives(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        // In this order, because a unique index allows a merchant only one mark.
        for sql in [
            "UPDATE connection SET receives = false WHERE merchant = $1 AND helpdesk <> $2 AND receives",
            "UPDATE connection SET receives = true WHERE merchant = $1 AND helpdesk = $2",
        ] {
            self.run(sql, &[&merchant, &helpdesk.slug()]).await?;
        }
        Ok(())
    }

    async fn set_trouble(
        &mut self,
        connection: &Connection,
        trouble: &Trouble,
        recheck_at: Millis,
        rechecks: u32,
    ) -> Stored<()> {
        let sql =
            "UPDATE connection SET state = 'needs_attention', problem = $1, reason = $2, recheck_at = $3,
                 rechecks = $4, probe = NULL
             WHERE merchant = $5 AND helpdesk = $6";
        let (problem, reason) = (trouble.problem.as_str(), trouble.reason.stored());
        let (rechecks, helpdesk) = (i64::from(rechecks), connection.helpdesk.slug());
        let values: Params<'_> =
            &[&problem, &reason, &recheck_at, &rechecks, &connection.merchant, &helpdesk];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn set_works(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<bool> {
        let sql =
            "UPDATE connection SET state = 'connected', problem = NULL, reason = NULL, recheck_at = NULL,
                 rechecks = 0, probe = NULL
             WHERE merchant = $1 AND helpdesk = $2 AND state = 'needs_attention'";
        Ok(self.run(sql, &[&merchant, &helpdesk.slug()]).await? == 1)
    }

    async fn clear_recheck(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        let sql =
            "UPDATE connection SET recheck_at = NULL, probe = NULL WHERE merchant = $1 AND helpdesk = $2";
        self.run(sql, &[&merchant, &helpdesk.slug()]).await?;
        Ok(())
    }

    async fn set_probe(&mut self, merchant: &str, helpdesk: Helpdesk, delivery: Option<&str>) -> Stored<()> {
        let sql = "UPDATE connection SET probe = $1 WHERE merchant = $2 AND helpdesk = $3";
        self.run(sql, &[&delivery, &merchant, &helpdesk.slug()]).await?;
        Ok(())
    }

    async fn set_routing(&mut self, merchant: &str, helpdesk: Helpdesk, routing: &Routing) -> Stored<()> {
        let sql = "UPDATE connection SET routing = $1 WHERE merchant = $2 AND helpdesk = $3";
        self.run(sql, &[&routing_column(routing)?, &merchant, &helpdesk.slug()]).await?;
        Ok(())
    }

    async fn probes(&mut self, deliveries: &[(&Delivery, Helpdesk)]) -> Stored<HashSet<String>> {
        let sql = "SELECT connection.probe
             FROM unnest($1::text[], $2::text[], $3::text[]) AS sought (merchant, helpdesk, delivery)
             JOIN connection ON connection.merchant = sought.merchant AND connection.helpdesk = sought.helpdesk
                 AND connection.probe = sought.delivery";
        let merchants: Vec<_> = deliveries.iter().map(|(it, _)| &it.merchant).collect();
        let helpdesks: Vec<_> = deliveries.iter().map(|(_, helpdesk)| helpdesk.slug()).collect();
        let ids: Vec<_> = deliveries.iter().map(|(it, _)| &it.id).collect();
        let rows = self.all(sql, &[&merchants, &helpdesks, &ids]).await?;
        rows.iter().map(|row| row.string("probe")).collect()
    }

    async fn insert_change(&mut self, change: &NewChange<'_>) -> Stored<()> {
        let sql = "INSERT INTO connection_change (merchant, helpdesk, action, by_subject, by_name, at)
             VALUES ($1, $2, $3, $4, $5, $6)";
        let (subject, name) = change.by.as_ref().map(|(subject, name)| (*subject, name.as_str())).unzip();
        let values: Params<'_> =
            &[&change.merchant, &change.helpdesk.slug(), &change.action, &subject, &name, &change.at];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn is_recorded_broken(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<bool> {
        let sql = "SELECT action = 'broke' AS broken FROM connection_change
             WHERE merchant = $1 AND helpdesk = $2 AND action IN ('connected', 'broke', 'recovered')
             ORDER BY id DESC LIMIT 1";
        self.first(sql, &[&merchant, &helpdesk.slug()]).await?.map_or(Ok(false), |row| row.flag("broken"))
    }

    async fn disconnected_by(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<Option<String>> {
        let sql = "SELECT by_name FROM connection_change
             WHERE merchant = $1 AND helpdesk = $2 AND action = 'disconnected' ORDER BY id DESC LIMIT 1";
        match self.first(sql, &[&merchant, &helpdesk.slug()]).await? {
            Some(row) => row.optional_string("by_name"),
            None => Ok(None),
        }
    }
}

/// Returns where a merchant's handovers go, and locks that connection: until the transaction ends, what is held stays held.
pub(super) async fn held_receiver(db: &Db, merchant: &str) -> Stored<Option<Receiver>> {
    let row =
        db.first(connections!("WHERE merchant = $1 AND receives FOR NO KEY UPDATE"), &[&merchant]).await?;
    let connection = row.map(|row| connection(&row)).transpose()?;
    Ok(connection.map(|it| Receiver { account: it.account(), held: it.holds() }))
}
