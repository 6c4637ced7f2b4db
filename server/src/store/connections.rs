//! Connections to helpdesks: credentials, sealed, and whether they work.

use super::Stored;
use app::model::{Helpdesk, Problem, Subdomain, Username, Viewer};
use domain::{Said, account::Account, clock::Millis, helpdesk::AccessMethod};

/// A merchant's connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// Whose.
    pub merchant: String,
    /// To what.
    pub helpdesk: Helpdesk,
    /// The account.
    pub subdomain: Subdomain,
    /// The kind of credentials.
    pub method: &'static AccessMethod,
    /// The key's user.
    pub username: Username,
    /// The master key that opens the sealed one.
    pub key_id: String,
    /// The sealed API key.
    pub sealed_key: Vec<u8>,
    /// What is wrong; none: it works.
    pub trouble: Option<Trouble>,
    /// Whether handovers go here.
    pub receives: bool,
    /// Raised with every change of the credentials.
    pub version: i64,
    /// When it is tested again.
    pub recheck_at: Option<Millis>,
    /// How often it was tested again since it broke.
    pub rechecks: u32,
    /// The held delivery that goes first.
    pub probe: Option<String>,
}

impl Connection {
    /// The account that it is to.
    pub fn account(&self) -> Account {
        Account { helpdesk: self.helpdesk, name: self.subdomain.clone() }
    }

    /// Whether what is new is held: it is in trouble, or behind its probe nothing overtakes what was held.
    pub fn holds(&self) -> bool {
        self.trouble.is_some() || self.probe.is_some()
    }
}

/// Why a connection needs attention.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// Which thing is wrong.
    pub problem: Problem,
    /// In a sentence with the mend.
    pub reason: Said,
}

/// Credentials to be stored.
#[derive(Clone, Debug)]
pub struct NewConnection {
    /// Whose.
    pub merchant: String,
    /// To what.
    pub helpdesk: Helpdesk,
    /// The account.
    pub subdomain: Subdomain,
    /// The kind of credentials.
    pub method: &'static AccessMethod,
    /// The key's user.
    pub username: Username,
    /// The master key that opens the sealed one.
    pub key_id: String,
    /// The sealed API key.
    pub sealed_key: Vec<u8>,
    /// What is wrong already: then it is tested again.
    pub trouble: Option<Trouble>,
    /// When to test again, if something is wrong.
    pub recheck_at: Option<Millis>,
}

impl NewConnection {
    /// The account that it is to.
    pub fn account(&self) -> Account {
        Account { helpdesk: self.helpdesk, name: self.subdomain.clone() }
    }
}

/// How many handovers a connection has in which condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Held.
    pub held: u64,
    /// Queued, waiting or held: what a disconnect would cancel.
    pub waiting: u64,
    /// Of the merchant: without a helpdesk's delivery, or cancelled.
    pub unsent: u64,
}

/// A line of a connection's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionEvent {
    /// What.
    pub action: String,
    /// Who; none: by itself.
    pub by: Option<String>,
    /// When.
    pub at: Millis,
}

/// What the dispatcher learned about a connection's credentials.
#[derive(Clone, Debug)]
pub struct Sighting<'a> {
    /// Whose.
    pub merchant: &'a str,
    /// To what.
    pub helpdesk: Helpdesk,
    /// With which credentials.
    pub version: i64,
    /// Now.
    pub now: Millis,
}

impl<'a> Sighting<'a> {
    /// Of this connection, as it was read.
    pub fn of(connection: &'a Connection, now: Millis) -> Self {
        let Connection { merchant, helpdesk, version, .. } = connection;
        Self { merchant, helpdesk: *helpdesk, version: *version, now }
    }
}

/// Connections.
#[async_trait::async_trait]
pub trait ConnectionStore: Send + Sync + 'static {
    /// One.
    async fn connection(&self, merchant: &str, helpdesk: Helpdesk) -> Stored<Option<Connection>>;

    /// Every connection of a merchant.
    async fn connections(&self, merchant: &str) -> Stored<Vec<Connection>>;

    /// Whether any merchant has connected this account.
    async fn is_connected(&self, account: &Account) -> Stored<bool>;

    /// Every sealed key of all merchants, for rotating the master key.
    async fn all_connections(&self) -> Stored<Vec<Connection>>;

    /// Stores credentials, moves what waits to the account, and lets the oldest held handover go first if nothing
    /// is wrong. The first connection of a merchant receives the handovers.
    async fn save_connection(&self, new: &NewConnection, by: &Viewer, now: Millis) -> Stored<()>;

    /// Replaces a sealed key by the same one sealed anew, where it is still the one of `version`.
    async fn reseal(&self, connection: &Connection, key_id: &str, sealed_key: &[u8]) -> Stored<bool>;

    /// Forgets the credentials, cancels what is queued, waiting and held, passes on the mark, and writes the
    /// team's mail that lists the cancelled ones; all in one transaction. None: it was not connected.
    async fn disconnect(
        &self,
        merchant: &str,
        helpdesk: Helpdesk,
        by: &Viewer,
        now: Millis,
        notice_id: &str,
    ) -> Stored<Option<u64>>;

    /// The credentials do not work: marks the connection, holds what waits and writes one mail to the team. `false`:
    /// they were changed since, or it was known. Of a connection whose probe goes it is a new finding, but no new
    /// mail.
    async fn connection_broke(
        &self,
        seen: &Sighting<'_>,
        trouble: &Trouble,
        recheck_at: Millis,
        notice_id: &str,
    ) -> Stored<bool>;

    /// A test found that the credentials work again: the oldest held handover goes first, and only its ticket shows
    /// that all is well, since no test sees a quota. With none held the connection counts as mended at once.
    /// `false`: changed since.
    async fn connection_recovered(&self, seen: &Sighting<'_>) -> Stored<bool>;

    /// The probe showed that the connection works: it is marked so, and everything held goes.
    async fn probe_succeeded(&self, seen: &Sighting<'_>, delivery: &str) -> Stored<()>;

    /// Connections in trouble whose next test is due.
    async fn due_rechecks(&self, now: Millis) -> Stored<Vec<Connection>>;

    /// The test was in vain: what is wrong now, and when to test next.
    async fn postpone_recheck(
        &self,
        seen: &Sighting<'_>,
        trouble: &Trouble,
        recheck_at: Millis,
    ) -> Stored<()>;

    /// How many handovers are in which condition.
    async fn counts(&self, merchant: &str, helpdesk: Helpdesk) -> Stored<Counts>;

    /// The last changes, newest first.
    async fn changes(&self, merchant: &str, helpdesk: Helpdesk, limit: u32) -> Stored<Vec<ConnectionEvent>>;
}
