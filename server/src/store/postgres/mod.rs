//! PostgreSQL, for several processes on many machines.
//!
//! If two processes act at once, the database decides between them, by a lock on the row that the decision is about or by
//! a unique key. The transaction that violates the key runs again and finds what the other one has written (`sql.rs`).
//! Frequent writes share a transaction (`group.rs`). The store itself remembers nothing between two statements.

mod answers;
mod clock;
mod connections;
mod conversations;
mod copy;
mod facts;
mod group;
mod handovers;
mod history;
mod lanes;
mod lineage;
mod migrate;
mod notices;
mod operations;
mod outbox;
mod pool;
mod process;
mod processes;
mod removal;
mod sessions;
mod shopper_mail;
mod sql;
mod url;
mod wakeups;

#[cfg(test)]
pub(super) use migrate::MIGRATIONS;
pub use url::PostgresUrl;

use super::{Database, OpenError, Stored, facts::ServerFacts, rules::settle::Settlement};
use clock::DatabaseClock;
use domain::clock::Clock;
use group::Groups;
use handovers::NewAcceptance;
use pool::Connections;
use process::Process;
use sql::{Db, Params, Transaction};
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_postgres::Row;

/// The PostgreSQL store.
pub struct PostgresStore {
    connections: Connections,
    accepting: Groups<NewAcceptance>,
    settling: Groups<Settlement>,
    process: Arc<Process>,
}

impl PostgresStore {
    /// Opens a database. Does not fail if the server is unreachable: it may come back.
    pub fn open(url: &PostgresUrl) -> Result<Self, OpenError> {
        let connections = Connections::new(url)?;
        let process = Arc::new(Process::new());
        let accepting = Groups::start(&connections, &process);
        let settling = Groups::start(&connections, &process);
        Ok(Self { connections, accepting, settling, process })
    }

    async fn db(&self) -> Stored<Db> {
        self.connections.get().await
    }

    async fn begin(&self) -> Stored<Transaction> {
        Transaction::begin(self.db().await?, &self.process).await
    }

    // Each of these runs one statement in a transaction of its own.

    async fn run(&self, sql: &str, params: Params<'_>) -> Stored<u64> {
        self.db().await?.run(sql, params).await
    }

    async fn all(&self, sql: &str, params: Params<'_>) -> Stored<Vec<Row>> {
        self.db().await?.all(sql, params).await
    }

    async fn first(&self, sql: &str, params: Params<'_>) -> Stored<Option<Row>> {
        self.db().await?.first(sql, params).await
    }

    async fn one(&self, sql: &str, params: Params<'_>) -> Stored<Row> {
        self.db().await?.one(sql, params).await
    }

    async fn any(&self, sql: &str, params: Params<'_>) -> Stored<bool> {
        self.db().await?.any(sql, params).await
    }
}

#[async_trait::async_trait]
impl Database for PostgresStore {
    async fn migrate(&self) -> Stored<usize> {
        migrate::migrate(&self.connections, &self.process).await
    }

    async fn pending_migrations(&self) -> Stored<usize> {
        migrate::pending(&self.connections).await
    }

    async fn ping(&self) -> Stored<()> {
        self.any("SELECT 1", &[]).await.map(drop)
    }

    async fn clock(&self, process: Arc<dyn Clock>) -> Stored<Arc<dyn Clock>> {
        let clock = DatabaseClock::start(&self.connections, process).await?;
        self.process.use_clock(&clock);
        Ok(clock)
    }

    async fn facts(&self) -> Stored<Option<ServerFacts>> {
        facts::facts(&self.connections).await.map(Some)
    }

    fn serves_one_process(&self) -> bool {
        false
    }

    /// False: all processes on the database are equal.
    fn is_beside(&self) -> bool {
        false
    }

    async fn exchange_wakeups(
        &self,
        due_here: &Notify,
        due_elsewhere: &(dyn Fn() + Send + Sync),
    ) -> Stored<()> {
        wakeups::exchange(&self.connections, due_here, due_elsewhere).await
    }

    async fn close(&self) {
        // Nothing is in flight any more, so other processes can take over the accounts that the dispatcher still owns. The
        // rows stay, so that the next owner knows until when an account was used.
        let sql = "WITH this AS (DELETE FROM process WHERE id = $1)
             UPDATE lane SET until = least(until, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
             WHERE owner = $1";
        if let Err(error) = self.run(sql, &[&self.process.id]).await {
            tracing::warn!(%error, "accounts stay owned until their leases end");
        }
        self.accepting.close();
        self.settling.close();
        self.connections.close();
    }
}
