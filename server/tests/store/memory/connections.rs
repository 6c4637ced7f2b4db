//! Connections in memory.

use super::{MemoryStore, State};
use app::model::{DeliveryState, Destination, Helpdesk, Viewer};
use convi_server::store::{
    Connection, Stored,
    connections::{ConnectionEvent, ConnectionStore, Counts, NewConnection, Sighting, Trouble},
    rules,
    tx::{ConnectionTx, HandoverTx, NewChange},
};
use convi_server::vault::{Fingerprint, Sealed};
use domain::{Routing, account::Account, clock::Millis, delivery::Delivery};
use std::collections::HashSet;

#[derive(Clone)]
pub struct ChangeRow {
    pub merchant: String,
    helpdesk: Helpdesk,
    change: ConnectionEvent,
}

impl State {
    fn connection(&mut self, merchant: &str, helpdesk: Helpdesk) -> Option<&mut Connection> {
        self.connections.iter_mut().find(|it| it.merchant == merchant && it.helpdesk == helpdesk)
    }

    fn changes_of(&self, merchant: &str, helpdesk: Helpdesk) -> impl Iterator<Item = &ConnectionEvent> {
        self.changes
            .iter()
            .rev()
            .filter(move |it| it.merchant == merchant && it.helpdesk == helpdesk)
            .map(|it| &it.change)
    }
}

#[async_trait::async_trait]
impl ConnectionStore for MemoryStore {
    async fn connection(&self, merchant: &str, helpdesk: Helpdesk) -> Stored<Option<Connection>> {
        self.state().await.connection_to(merchant, helpdesk).await
    }

    async fn connections(&self, merchant: &str) -> Stored<Vec<Connection>> {
        Ok(self.state().await.connections.iter().filter(|it| it.merchant == merchant).cloned().collect())
    }

    async fn is_connected(&self, account: &Account) -> Stored<bool> {
        Ok(self.state().await.connections.iter().any(|it| it.account() == *account))
    }

    async fn all_connections(&self) -> Stored<Vec<Connection>> {
        Ok(self.state().await.connections.clone())
    }

    async fn save_connection(&self, new: &NewConnection, by: &Viewer, now: Millis) -> Stored<()> {
        let mut tx = self.begin().await;
        rules::connection::save(&mut *tx, new, by, now).await?;
        tx.commit();
        Ok(())
    }

    async fn fingerprints(&self) -> Stored<Vec<Fingerprint>> {
        Ok(self.state().await.fingerprints.clone())
    }

    async fn remember(&self, keys: &[Fingerprint]) -> Stored<()> {
        let known = &mut self.state().await.fingerprints;
        for key in keys {
            if !known.iter().any(|known| known.key_id == key.key_id) {
                known.push(key.clone());
            }
        }
        Ok(())
    }

    async fn reseal(&self, connection: &Connection, key_id: &str, sealed_key: &[u8]) -> Stored<bool> {
        let mut state = self.state().await;
        let kept = state.connection(&connection.merchant, connection.helpdesk);
        let Some(kept) =
            kept.filter(|it| (it.version, &it.sealed_key) == (connection.version, &connection.sealed_key))
        else {
            return Ok(false);
        };
        (kept.key_id, kept.sealed_key) = (key_id.to_owned(), sealed_key.to_owned());
        Ok(true)
    }

    async fn replace_secret(
        &self,
        connection: &Connection,
        sealed: &Sealed,
        action: &'static str,
        by: &Viewer,
        now: Millis,
    ) -> Stored<bool> {
        if !self.reseal(connection, &sealed.key_id, &sealed.bytes).await? {
            return Ok(false);
        }
        let by = Some((by.subject.as_str(), by.name.clone()));
        let (merchant, helpdesk) = (&connection.merchant, connection.helpdesk);
        let change = NewChange { merchant, helpdesk, action, by, at: now };
        self.state().await.insert_change(&change).await?;
        Ok(true)
    }

    async fn disconnect(
        &self,
        merchant: &str,
        helpdesk: Helpdesk,
        by: &Viewer,
        now: Millis,
        notice_id: &str,
    ) -> Stored<Option<u64>> {
        let mut tx = self.begin().await;
        let done = rules::connection::disconnect(&mut *tx, merchant, helpdesk, by, now, notice_id).await?;
        tx.commit();
        Ok(done)
    }

    async fn receive(
        &self,
        merchant: &str,
        helpdesk: Helpdesk,
        move_waiting: bool,
        by: &Viewer,
        now: Millis,
    ) -> Stored<Option<u64>> {
        let mut tx = self.begin().await;
        let done = rules::connection::receive(&mut *tx, merchant, helpdesk, move_waiting, by, now).await?;
        tx.commit();
        Ok(done)
    }

    async fn connection_broke(
        &self,
        seen: &Sighting<'_>,
        trouble: &Trouble,
        recheck_at: Millis,
        notice_id: &str,
    ) -> Stored<bool> {
        let mut tx = self.begin().await;
        let done = rules::connection::broke(&mut *tx, seen, trouble, recheck_at, notice_id).await?;
        tx.commit();
        Ok(done)
    }

    async fn connection_recovered(&self, seen: &Sighting<'_>) -> Stored<bool> {
        let mut tx = self.begin().await;
        let done = rules::connection::recovered(&mut *tx, seen).await?;
        tx.commit();
        Ok(done)
    }

    async fn probe_succeeded(&self, seen: &Sighting<'_>, delivery: &str) -> Stored<()> {
        let mut tx = self.begin().await;
        rules::connection::probe_succeeded(&mut *tx, seen, delivery).await?;
        tx.commit();
        Ok(())
    }

    async fn routing_refused(&self, seen: &Sighting<'_>) -> Stored<()> {
        let mut tx = self.begin().await;
        rules::connection::routing_refused(&mut *tx, seen).await?;
        tx.commit();
        Ok(())
    }

    async fn claim_rechecks(&self, now: Millis, until: Millis) -> Stored<Vec<Connection>> {
        let mut state = self.state().await;
        let due = state.connections.iter_mut().filter(|it| it.recheck_at.is_some_and(|at| at <= now));
        let claim = |it: &mut Connection| {
            it.recheck_at = Some(until);
            it.clone()
        };
        Ok(due.map(claim).collect())
    }

    async fn postpone_recheck(
        &self,
        seen: &Sighting<'_>,
        trouble: &Trouble,
        recheck_at: Millis,
    ) -> Stored<()> {
        let mut state = self.state().await;
        let kept = state.connection(seen.merchant, seen.helpdesk);
        if let Some(kept) = kept.filter(|it| it.version == seen.version && it.trouble.is_some()) {
            kept.trouble = Some(trouble.clone());
            kept.recheck_at = Some(recheck_at);
            kept.rechecks += 1;
        }
        Ok(())
    }

    async fn counts(&self, merchant: &str, helpdesk: Helpdesk) -> Stored<Counts> {
        use DeliveryState::{Held, Queued, Waiting};
        let mut state = self.state().await;
        let count = |states: &[DeliveryState]| {
            let theirs = state.to(merchant, Destination::Helpdesk(helpdesk));
            theirs.filter(|it| it.part == 0 && states.contains(&it.state)).count() as u64
        };
        let (held, waiting) = (count(&[Held]), count(&[Queued, Waiting, Held]));
        Ok(Counts { held, waiting, unsent: state.unsent(merchant).await?.len() as u64 })
    }

    async fn changes(&self, merchant: &str, helpdesk: Helpdesk, limit: u32) -> Stored<Vec<ConnectionEvent>> {
        let state = self.state().await;
        Ok(state.changes_of(merchant, helpdesk).take(limit as usize).cloned().collect())
    }
}

impl ConnectionTx for State {
    async fn connection_to(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<Option<Connection>> {
        Ok(self.connection(merchant, helpdesk).cloned())
    }

    async fn receiver(&mut self, merchant: &str) -> Stored<Option<Connection>> {
        Ok(self.connections.iter().find(|it| it.merchant == merchant && it.receives).cloned())
    }

    async fn merchants_with(&mut self, helpdesk: Helpdesk, method: &str) -> Stored<Vec<String>> {
        let with = self.connections.iter().filter(|it| it.helpdesk == helpdesk && it.method.slug == method);
        Ok(with.map(|it| it.merchant.clone()).collect())
    }

    async fn connected(&mut self, merchant: &str) -> Stored<Vec<Helpdesk>> {
        Ok(self.connections.iter().filter(|it| it.merchant == merchant).map(|it| it.helpdesk).collect())
    }

    async fn upsert_connection(&mut self, new: &NewConnection, receives: bool, version: i64) -> Stored<()> {
        let mut row = Connection {
            merchant: new.merchant.clone(),
            helpdesk: new.helpdesk,
            subdomain: new.subdomain.clone(),
            method: new.method,
            username: new.username.clone(),
            key_id: new.key_id.clone(),
            sealed_key: new.sealed_key.clone(),
            trouble: new.trouble.clone(),
            receives,
            version,
            recheck_at: new.recheck_at,
            rechecks: 0,
            probe: None,
            routing: new.routing.clone(),
        };
        match self.connection(&new.merchant, new.helpdesk) {
            Some(kept) => {
                row.receives = kept.receives;
                *kept = row;
            }
            None => self.connections.push(row),
        }
        Ok(())
    }

    async fn delete_connection(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        self.connections.retain(|it| it.merchant != merchant || it.helpdesk != helpdesk);
        Ok(())
    }

    async fn set_receives(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        for kept in self.connections.iter_mut().filter(|it| it.merchant == merchant) {
            kept.receives = kept.helpdesk == helpdesk;
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
        if let Some(kept) = self.connection(&connection.merchant, connection.helpdesk) {
            kept.trouble = Some(trouble.clone());
            (kept.recheck_at, kept.rechecks, kept.probe) = (Some(recheck_at), rechecks, None);
        }
        Ok(())
    }

    async fn set_works(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<bool> {
        let kept = self.connection(merchant, helpdesk).filter(|it| it.trouble.is_some());
        let Some(kept) = kept else { return Ok(false) };
        (kept.trouble, kept.recheck_at, kept.rechecks, kept.probe) = (None, None, 0, None);
        Ok(true)
    }

    async fn clear_recheck(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        if let Some(kept) = self.connection(merchant, helpdesk) {
            (kept.recheck_at, kept.probe) = (None, None);
        }
        Ok(())
    }

    async fn set_probe(&mut self, merchant: &str, helpdesk: Helpdesk, delivery: Option<&str>) -> Stored<()> {
        if let Some(kept) = self.connection(merchant, helpdesk) {
            kept.probe = delivery.map(str::to_owned);
        }
        Ok(())
    }

    async fn set_routing(&mut self, merchant: &str, helpdesk: Helpdesk, routing: &Routing) -> Stored<()> {
        if let Some(kept) = self.connection(merchant, helpdesk) {
            kept.routing = routing.clone();
        }
        Ok(())
    }

    async fn probes(&mut self, deliveries: &[(&Delivery, Helpdesk)]) -> Stored<HashSet<String>> {
        let mut probes = HashSet::new();
        for (delivery, helpdesk) in deliveries {
            let kept = self.connection(&delivery.merchant, *helpdesk);
            probes.extend(kept.and_then(|it| it.probe.clone()).filter(|probe| *probe == delivery.id));
        }
        Ok(probes)
    }

    async fn insert_change(&mut self, new: &NewChange<'_>) -> Stored<()> {
        let by = new.by.as_ref().map(|(_, name)| name.clone());
        self.changes.push(ChangeRow {
            merchant: new.merchant.to_owned(),
            helpdesk: new.helpdesk,
            change: ConnectionEvent { action: new.action.to_owned(), by, at: new.at },
        });
        Ok(())
    }

    async fn is_recorded_broken(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<bool> {
        let mut changes = self.changes_of(merchant, helpdesk);
        let last = changes.find(|it| ["connected", "broke", "recovered"].contains(&it.action.as_str()));
        Ok(last.is_some_and(|it| it.action == "broke"))
    }

    async fn disconnected_by(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<Option<String>> {
        let last = self.changes_of(merchant, helpdesk).find(|it| it.action == "disconnected");
        Ok(last.and_then(|it| it.by.clone()))
    }
}
