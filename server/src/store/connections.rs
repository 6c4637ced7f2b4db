//! Connections to helpdesks: sealed credentials, and whether they work.

use super::Stored;
use crate::{
    helpdesk::SWITCHED_OFF,
    vault::{Fingerprint, Sealed},
};
use app::model::{Helpdesk, Problem, Subdomain, Username, Viewer};
use domain::{Routing, Said, account::Account, clock::Millis, helpdesk::AccessMethod};

/// A merchant's connection to a helpdesk.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// The merchant.
    pub merchant: String,
    /// The helpdesk.
    pub helpdesk: Helpdesk,
    /// The account's name there.
    pub subdomain: Subdomain,
    /// The access method.
    pub method: &'static AccessMethod,
    /// The key's user.
    pub username: Username,
    /// The master key that opens `sealed_key`.
    pub key_id: String,
    /// The sealed API key.
    pub sealed_key: Vec<u8>,
    /// What is wrong, or `None` if it works.
    pub trouble: Option<Trouble>,
    /// Whether it receives the merchant's handovers.
    pub receives: bool,
    /// Raised by every change of the credentials.
    pub version: i64,
    /// When it is tested again.
    pub recheck_at: Option<Millis>,
    /// How often it was retested since it broke.
    pub rechecks: u32,
    /// The held delivery that is sent first.
    pub probe: Option<String>,
    /// Where its tickets go.
    pub routing: Routing,
}

impl Connection {
    /// Returns the connected account.
    pub fn account(&self) -> Account {
        Account { helpdesk: self.helpdesk, name: self.subdomain.clone() }
    }

    /// Returns whether new deliveries are held: the connection is broken, or nothing may overtake its probe.
    pub fn holds(&self) -> bool {
        self.trouble.is_some() || self.probe.is_some()
    }
}

/// Why a connection needs attention.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// What is wrong.
    pub problem: Problem,
    /// What is wrong and how to fix it, as a sentence.
    pub reason: Said,
}

impl Trouble {
    /// Returns whether it stays until someone saves the connection again: the receiver asked us to stop.
    pub fn is_switched_off(&self) -> bool {
        self.reason.code() == Some(SWITCHED_OFF.code)
    }
}

/// Credentials to store.
#[derive(Clone, Debug)]
pub struct NewConnection {
    /// The merchant.
    pub merchant: String,
    /// The helpdesk.
    pub helpdesk: Helpdesk,
    /// The account's name there.
    pub subdomain: Subdomain,
    /// The access method.
    pub method: &'static AccessMethod,
    /// The key's user.
    pub username: Username,
    /// The master key that opens `sealed_key`.
    pub key_id: String,
    /// The sealed API key.
    pub sealed_key: Vec<u8>,
    /// What is already wrong; the connection is then tested again.
    pub trouble: Option<Trouble>,
    /// When to test again, if something is wrong.
    pub recheck_at: Option<Millis>,
    /// Where its tickets go.
    pub routing: Routing,
}

impl NewConnection {
    /// Returns the connected account.
    pub fn account(&self) -> Account {
        Account { helpdesk: self.helpdesk, name: self.subdomain.clone() }
    }
}

/// How many handovers of a connection are in which condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Held.
    pub held: u64,
    /// Queued, waiting or held: what a disconnect would cancel.
    pub waiting: u64,
    /// The merchant's handovers whose helpdesk delivery is missing or cancelled.
    pub unsent: u64,
}

/// An entry in a connection's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionEvent {
    /// What happened.
    pub action: String,
    /// Who did it, or `None` if it happened by itself.
    pub by: Option<String>,
    /// When it happened.
    pub at: Millis,
}

/// What the dispatcher learned about a connection's credentials.
#[derive(Clone, Debug)]
pub struct Sighting<'a> {
    /// The merchant.
    pub merchant: &'a str,
    /// The helpdesk.
    pub helpdesk: Helpdesk,
    /// The version of the credentials.
    pub version: i64,
    /// The current time.
    pub now: Millis,
}

impl<'a> Sighting<'a> {
    /// A sighting of this connection as it was read.
    pub fn of(connection: &'a Connection, now: Millis) -> Self {
        let Connection { merchant, helpdesk, version, .. } = connection;
        Self { merchant, helpdesk: *helpdesk, version: *version, now }
    }
}

/// Stores connections.
#[async_trait::async_trait]
pub trait ConnectionStore: Send + Sync + 'static {
    /// Returns a merchant's connection to a helpdesk.
    async fn connection(&self, merchant: &str, helpdesk: Helpdesk) -> Stored<Option<Connection>>;

    /// Returns all connections of a merchant.
    async fn connections(&self, merchant: &str) -> Stored<Vec<Connection>>;

    /// Returns whether any merchant has connected this account.
    async fn is_connected(&self, account: &Account) -> Stored<bool>;

    /// Returns the connections of all merchants, for rotating the master key.
    async fn all_connections(&self) -> Stored<Vec<Connection>>;

    /// Stores credentials, moves waiting deliveries to the account, and releases the oldest held one as a probe if
    /// nothing is wrong. A merchant's first connection receives the handovers.
    async fn save_connection(&self, new: &NewConnection, by: &Viewer, now: Millis) -> Stored<()>;

    /// Returns the remembered master keys.
    async fn fingerprints(&self) -> Stored<Vec<Fingerprint>>;

    /// Remembers these master keys, except those whose ids are known.
    async fn remember(&self, keys: &[Fingerprint]) -> Stored<()>;

    /// Replaces a sealed key, if the credentials are still exactly these.
    async fn reseal(&self, connection: &Connection, key_id: &str, sealed_key: &[u8]) -> Stored<bool>;

    /// Like [`reseal`](Self::reseal), for a secret that someone replaced. Records who did `action`.
    async fn replace_secret(
        &self,
        connection: &Connection,
        sealed: &Sealed,
        action: &'static str,
        by: &Viewer,
        now: Millis,
    ) -> Stored<bool>;

    /// Deletes the credentials, cancels queued, waiting and held deliveries, passes the mark "receives handovers" on,
    /// and writes an email to the team that lists the cancelled handovers; all in one transaction.
    ///
    /// Returns how many handovers were cancelled, or `None` if the helpdesk was not connected.
    async fn disconnect(
        &self,
        merchant: &str,
        helpdesk: Helpdesk,
        by: &Viewer,
        now: Millis,
        notice_id: &str,
    ) -> Stored<Option<u64>>;

    /// Sends new handovers to this helpdesk, and with `move_waiting` also those that wait for another one and certainly
    /// created nothing there. Returns how many were moved, or `None` if the helpdesk is not connected.
    async fn receive(
        &self,
        merchant: &str,
        helpdesk: Helpdesk,
        move_waiting: bool,
        by: &Viewer,
        now: Millis,
    ) -> Stored<Option<u64>>;

    /// Marks the connection as broken, holds what waits and writes one email to the team.
    ///
    /// Returns `false` if the credentials have changed since or the trouble was known. While a probe is in flight, its
    /// failure is new, but the team gets no second email.
    async fn connection_broke(
        &self,
        seen: &Sighting<'_>,
        trouble: &Trouble,
        recheck_at: Millis,
        notice_id: &str,
    ) -> Stored<bool>;

    /// Records that a test found the credentials working again, and releases the oldest held delivery as a probe.
    ///
    /// Only the probe's ticket shows that all is well, since no test sees a quota. If nothing is held, the connection
    /// counts as fixed immediately. Returns `false` if the credentials have changed since.
    async fn connection_recovered(&self, seen: &Sighting<'_>) -> Stored<bool>;

    /// Marks the connection as working after its probe succeeded, and releases everything held.
    async fn probe_succeeded(&self, seen: &Sighting<'_>, delivery: &str) -> Stored<()>;

    /// Records that the helpdesk rejected a ticket because of the connection's team or priority, so that later tickets are
    /// sent without them. Changes nothing if the connection was saved since.
    async fn routing_refused(&self, seen: &Sighting<'_>) -> Stored<()>;

    /// Returns broken connections whose next test is due. Makes their next test due at `until`, so that no other process
    /// tests them before.
    async fn claim_rechecks(&self, now: Millis, until: Millis) -> Stored<Vec<Connection>>;

    /// Records a failed retest: what is wrong now, and when to test next.
    async fn postpone_recheck(
        &self,
        seen: &Sighting<'_>,
        trouble: &Trouble,
        recheck_at: Millis,
    ) -> Stored<()>;

    /// Counts a connection's handovers by condition.
    async fn counts(&self, merchant: &str, helpdesk: Helpdesk) -> Stored<Counts>;

    /// Returns the last changes, newest first.
    async fn changes(&self, merchant: &str, helpdesk: Helpdesk, limit: u32) -> Stored<Vec<ConnectionEvent>>;
}
