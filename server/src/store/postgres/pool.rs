//! Connections to the database.

use super::{sql::Db, url::PostgresUrl};
use crate::store::{OpenError, StoreError, Stored};
use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime, Timeouts,
};
use std::time::Duration;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};

/// The maximum number of connections of a process. Three processes stay below the 100 that PostgreSQL accepts by default.
const MOST: usize = 24;
/// How long a caller waits for a free connection, or for a new one.
const PATIENCE: Duration = Duration::from_secs(3);
/// A connection counts as dead if its host acknowledges nothing for this long. A host that has vanished reports no error.
const SILENCE: Duration = Duration::from_secs(15);
/// How long a statement may run, how long it may wait for a lock, and how long a transaction may be idle.
const SETTINGS: &str =
    "-c statement_timeout=15s -c lock_timeout=3s -c idle_in_transaction_session_timeout=10s";

/// The pool of connections, which are opened when they are needed.
#[derive(Clone)]
pub(super) struct Connections(Pool);

impl Connections {
    /// Sets up the pool for this database, without connecting.
    pub(super) fn new(url: &PostgresUrl) -> Result<Self, OpenError> {
        let mut config = url.config.clone();
        let options = [SETTINGS].into_iter().chain(url.config.get_options());
        // The operator's own come last and take precedence.
        config.options(options.collect::<Vec<_>>().join(" "));
        if config.get_application_name().is_none() {
            config.application_name("convi-integrations");
        }
        config.connect_timeout(PATIENCE).keepalives_idle(SILENCE).tcp_user_timeout(SILENCE);
        // Never a standby, because its data may be old.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match config.get_ssl_mode() {
            SslMode::Disable => Manager::from_config(config, tokio_postgres::NoTls, recycling),
            _ => Manager::from_config(config, url.tls()?, recycling),
        };
        let pool = Pool::builder(manager)
            .max_size(MOST)
            .timeouts(Timeouts { wait: Some(PATIENCE), create: Some(PATIENCE), recycle: Some(PATIENCE) })
            .runtime(Runtime::Tokio1)
            .post_create(Hook::async_fn(|db, _| {
                Box::pin(async move {
                    // A 202 must not be lost in a crash, whatever the server's default is.
                    let sql = "SELECT set_config('synchronous_commit', 'on', false)
                         WHERE current_setting('synchronous_commit') = 'off'";
                    db.batch_execute(sql).await.map_err(HookError::Backend)
                })
            }))
            .build();
        pool.map(Self).map_err(|error| OpenError::Server { error: error.into() })
    }

    /// Returns a connection. Fails if none is free in time.
    pub(super) async fn get(&self) -> Stored<Db> {
        self.0.get().await.map(Db).map_err(|error| match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => error.into(),
            PoolError::Closed => StoreError::unavailable("the database is closed"),
            PoolError::Timeout(_) => StoreError::unavailable("no connection to PostgreSQL in time"),
            error => StoreError::unavailable(error),
        })
    }

    /// Closes each connection once it is idle, and hands out no more.
    pub(super) fn close(&self) {
        self.0.close();
    }

    /// Returns whether the pool is closed.
    pub(super) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}
