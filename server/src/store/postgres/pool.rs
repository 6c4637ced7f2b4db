//! Connections to the database.

use super::{lineage::KnownLineage, sql::Db, url::PostgresUrl};
use crate::store::{OpenError, StoreError, Stored};
use deadpool_postgres::{
    ClientWrapper, Hook, HookError, Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime,
    Timeouts,
};
use futures::future::poll_fn;
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time,
};
use tokio_postgres::{
    AsyncMessage, Client, Config, Connection, NoTls,
    config::{SslMode, TargetSessionAttrs},
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The maximum number of connections of a process. Three processes stay below the 100 that PostgreSQL accepts by default.
pub(super) const MOST: usize = 24;
/// How long a caller waits for a free connection, or for a new one.
const PATIENCE: Duration = Duration::from_secs(3);
/// A connection counts as dead if its host acknowledges nothing for this long. A host that has vanished reports no error.
const SILENCE: Duration = Duration::from_secs(15);
/// How long a statement may run, how long it may wait for a lock, and how long a transaction may be idle.
const SETTINGS: &str =
    "-c statement_timeout=15s -c lock_timeout=3s -c idle_in_transaction_session_timeout=10s";

/// The pool of connections, which are opened when they are needed.
#[derive(Clone)]
pub(super) struct Connections {
    pool: Pool,
    config: Config,
    /// How to encrypt, or `None` for plain connections.
    tls: Option<MakeRustlsConnect>,
    lineage: Arc<KnownLineage>,
}

/// Prepares a new connection for use.
async fn prepare(db: &mut ClientWrapper, known: &KnownLineage) -> Stored<()> {
    // A 202 must not be lost in a crash, whatever the server's default is.
    let sql = "SELECT set_config('synchronous_commit', 'on', false)
         WHERE current_setting('synchronous_commit') = 'off'";
    let answered = time::timeout(PATIENCE, db.batch_execute(sql)).await;
    answered.map_err(|_| StoreError::Away("PostgreSQL does not answer".into()))??;
    known.check(db).await
}

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
        let tls = if config.get_ssl_mode() == SslMode::Disable { None } else { Some(url.tls()?) };
        let manager = match tls.clone() {
            None => Manager::from_config(config.clone(), NoTls, recycling),
            Some(tls) => Manager::from_config(config.clone(), tls, recycling),
        };
        let lineage = Arc::new(KnownLineage::default());
        let known = lineage.clone();
        let pool = Pool::builder(manager)
            .max_size(MOST)
            .timeouts(Timeouts { wait: Some(PATIENCE), create: Some(PATIENCE), recycle: Some(PATIENCE) })
            .runtime(Runtime::Tokio1)
            .post_create(Hook::async_fn(move |db, _| {
                let known = known.clone();
                Box::pin(
                    async move { prepare(db, &known).await.map_err(|error| HookError::message(why(error))) },
                )
            }))
            .build();
        let pool = pool.map_err(|error| OpenError::Server { error: error.into() })?;
        Ok(Self { pool, config, tls, lineage })
    }

    /// Checks that the database is the one that this process knows, in case a pooler hides that another one answers.
    pub(super) async fn check_lineage(&self) -> Stored<()> {
        let mut db = self.get().await?;
        let checked = self.lineage.check(&mut db).await;
        if checked.is_err() {
            db.discard();
        }
        checked
    }

    /// Opens a connection outside the pool for notifications. Returns it with the session numbers of their senders.
    pub(super) async fn apart(&self) -> Stored<(Client, UnboundedReceiver<i32>)> {
        let mut config = self.config.clone();
        let options = config.get_options().unwrap_or_default();
        // A wake-up need not survive a crash.
        let options = format!("{options} -c synchronous_commit=off");
        config.options(options);
        let (tell, told) = unbounded_channel();
        let client = match self.tls.clone() {
            None => {
                let (client, connection) = config.connect(NoTls).await?;
                tokio::spawn(pass_on(connection, tell));
                client
            }
            Some(tls) => {
                let (client, connection) = config.connect(tls).await?;
                tokio::spawn(pass_on(connection, tell));
                client
            }
        };
        Ok((client, told))
    }

    /// Returns a connection. Fails if none is free in time.
    pub(super) async fn get(&self) -> Stored<Db> {
        self.pool.get().await.map(Db::new).map_err(|error| match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => away(error),
            PoolError::PostCreateHook(HookError::Message(why)) => StoreError::Away(why.into()),
            PoolError::Closed => StoreError::unavailable("the database is closed"),
            PoolError::Timeout(_) => StoreError::Away("no connection to PostgreSQL in time".into()),
            error => StoreError::unavailable(error),
        })
    }

    /// Closes each connection once it is idle, and hands out no more.
    pub(super) fn close(&self) {
        self.pool.close();
    }

    /// Returns whether the pool is closed.
    pub(super) fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }
}

/// Returns the error of a connection that could not be opened. A wrong password counts as an outage too: it can be fixed
/// while this program runs.
fn away(error: tokio_postgres::Error) -> StoreError {
    match StoreError::from(error) {
        StoreError::Unavailable(why) => StoreError::Away(why),
        error => error,
    }
}

/// Returns an error's own text.
fn why(error: StoreError) -> String {
    match error {
        StoreError::Unavailable(why) | StoreError::Away(why) | StoreError::Busy(why) => why.to_string(),
        error @ StoreError::Unreadable(_) => error.to_string(),
    }
}

/// Runs a connection until it ends, and passes its notifications on.
async fn pass_on<S, T>(mut connection: Connection<S, T>, tell: UnboundedSender<i32>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        if let AsyncMessage::Notification(notification) = message {
            // Without a receiver, the client is gone too, and the connection ends by itself.
            let _ = tell.send(notification.process_id());
        }
    }
}
