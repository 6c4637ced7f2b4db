//! Connections, transactions, statements, rows and values: what the areas use of the driver.

use super::process::Process;
use crate::store::{StoreError, Stored, rows::Columns};
use deadpool_postgres::Client;
use futures::FutureExt;
use std::{
    error::Error,
    fmt, io,
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time;
use tokio_postgres::{
    Row,
    error::SqlState,
    types::{FromSql, ToSql},
};

/// How often a transaction runs at most if it keeps losing to others.
const MOST_RUNS: u32 = 6;

/// How long a statement waits for its answer: longer than the server lets it run (`pool.rs`).
const SILENCE: Duration = Duration::from_secs(17);

/// The condition that a time is near the database's. The second parameter is how many milliseconds it may be off
/// ([`Process::most_off`]).
macro_rules! near_now {
    ($time:literal, $most_off:literal) => {
        concat!(
            "(",
            $most_off,
            "::bigint IS NULL OR abs((extract(epoch FROM clock_timestamp()) * 1000)::bigint - ",
            $time,
            ") <= ",
            $most_off,
            ")"
        )
    };
}
pub(super) use near_now;

/// The values of a statement.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A connection from the pool. It prepares each statement once.
///
/// If the server does not answer, or takes no writes any more, the connection is closed instead of given back.
pub(super) struct Db {
    /// `None` only while it is dropped.
    client: Option<Client>,
    patience: Duration,
    is_broken: AtomicBool,
}

impl Db {
    pub(super) fn new(client: Client) -> Self {
        Self { client: Some(client), patience: SILENCE, is_broken: AtomicBool::new(false) }
    }

    /// Lets each statement take as long as it needs.
    pub(super) fn is_slow(&mut self) {
        self.patience = Duration::MAX;
    }

    /// Closes this connection instead of giving it back, and the idle ones.
    pub(super) fn discard(&self) {
        self.is_broken.store(true, Ordering::Relaxed);
    }

    /// Runs statements without values.
    pub(super) async fn batch(&self, sql: &str) -> Stored<()> {
        Ok(self.answer(self.batch_execute(sql)).await?)
    }

    /// Runs a statement that returns no rows. Returns how many rows it changed.
    pub(super) async fn run(&self, sql: &str, params: Params<'_>) -> Stored<u64> {
        let run = async {
            let statement = self.prepare_cached(sql).await?;
            self.execute(&statement, params).await
        };
        Ok(self.answer(run).await?)
    }

    /// Reads all rows.
    pub(super) async fn all(&self, sql: &str, params: Params<'_>) -> Stored<Vec<Row>> {
        let read = async {
            let statement = self.prepare_cached(sql).await?;
            self.query(&statement, params).await
        };
        Ok(self.answer(read).await?)
    }

    /// Waits for the answer to a statement. A host that has vanished, or a network that swallows everything, reports no
    /// error, and the server's own limit of time does not help then.
    async fn answer<T>(
        &self,
        statement: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Failed> {
        match time::timeout(self.patience, statement).await {
            Ok(answer) => answer.map_err(|error| {
                if error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION) {
                    self.discard();
                }
                Failed::from(error)
            }),
            Err(_) => {
                self.discard();
                Err(Failed::silent())
            }
        }
    }

    /// Reads the first row, if there is one.
    pub(super) async fn first(&self, sql: &str, params: Params<'_>) -> Stored<Option<Row>> {
        Ok(self.all(sql, params).await?.into_iter().next())
    }

    /// Reads the first row. Fails without one.
    pub(super) async fn one(&self, sql: &str, params: Params<'_>) -> Stored<Row> {
        let row = self.first(sql, params).await?;
        row.ok_or_else(|| StoreError::unavailable("a statement returned no row"))
    }

    /// Returns whether there is a row.
    pub(super) async fn any(&self, sql: &str, params: Params<'_>) -> Stored<bool> {
        Ok(self.first(sql, params).await?.is_some())
    }
}

/// A transaction, which implements [`Tx`](crate::store::tx::Tx). Rolls back when it is dropped without a commit.
///
/// Each statement sees what was committed before it (READ COMMITTED), so what a rule decides on is locked when it is
/// read. The order of locks is conversation, connection, handover, delivery. If two transactions still take locks in
/// different orders, the database fails one of them, and it runs [again](retry).
pub(super) struct Transaction {
    db: Db,
    /// This process. It leases deliveries only for accounts that it owns.
    pub(super) process: Arc<Process>,
    is_open: bool,
}

impl Transaction {
    /// Begins a transaction.
    pub(super) async fn begin(db: Db, process: &Arc<Process>) -> Stored<Self> {
        // Open before the database has answered, so that a caller that goes away in the meantime leaves a rollback behind.
        let begun = Self { db, process: process.clone(), is_open: true };
        begun.batch("BEGIN").await?;
        Ok(begun)
    }

    /// Commits, and returns the answer.
    ///
    /// After an error, it is unknown whether it was committed, so it must not be run again.
    pub(super) async fn commit<T>(mut self, answer: T) -> Stored<T> {
        self.is_open = false;
        let committed = self.answer(self.batch_execute("COMMIT")).await;
        committed.map_err(|error| Failed { is_race: false, ..error })?;
        Ok(answer)
    }
}

impl Deref for Transaction {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Db {
        &mut self.db
    }
}

impl Deref for Db {
    type Target = Client;

    fn deref(&self) -> &Client {
        let Some(client) = &self.client else { unreachable!("only a dropped one has no client") };
        client
    }
}

impl DerefMut for Db {
    fn deref_mut(&mut self) -> &mut Client {
        let Some(client) = &mut self.client else { unreachable!("only a dropped one has no client") };
        client
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        if !*self.is_broken.get_mut() {
            return;
        }
        let Some(client) = self.client.take() else { return };
        if let Some(pool) = Client::pool(&client) {
            // The idle ones lead to the same server. New ones find one that answers and takes writes.
            drop(pool.retain(|_, _| false));
        }
        // Out of the pool, it is closed.
        drop(Client::take(client));
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.is_open {
            // The first poll sends it, before whatever the connection is used for next. No one waits for the answer.
            let _ = self.db.batch_execute("ROLLBACK").now_or_never();
        }
    }
}

/// Runs a transaction, and runs it again each time it loses to another one, up to [`MOST_RUNS`] times.
pub(super) async fn retry<T, F>(run: impl Fn() -> F) -> Stored<T>
where
    F: Future<Output = Stored<T>>,
{
    for _ in 1..MOST_RUNS {
        match run().await {
            Err(error) if lost_a_race(&error) => {}
            done => return done,
        }
    }
    run().await
}

fn lost_a_race(error: &StoreError) -> bool {
    refused(error).is_some_and(|it| it.is_race)
}

/// Returns the database's error, if it is one.
fn refused(error: &StoreError) -> Option<&Failed> {
    match error {
        StoreError::Unavailable(why) | StoreError::Away(why) | StoreError::Busy(why) => why.downcast_ref(),
        StoreError::Unreadable(_) => None,
    }
}

/// Returns whether a write failed because of this unique index.
pub(super) fn violates(error: &StoreError, index: &str) -> bool {
    refused(error).is_some_and(|it| it.index.as_deref() == Some(index))
}

/// Why a statement failed, without the details from the database, which quote rows.
#[derive(Debug)]
struct Failed {
    text: String,
    /// Whether the database is unreachable, or accepts no writes for now.
    is_away: bool,
    /// Whether another transaction came first. Run again, this one finds what the other has written.
    is_race: bool,
    /// The unique index that was violated.
    index: Option<String>,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Failed {}

impl Failed {
    /// There was no answer in time.
    fn silent() -> Self {
        let text = format!("PostgreSQL has not answered for {} s", SILENCE.as_secs());
        Self { text, is_away: true, is_race: false, index: None }
    }
}

impl From<tokio_postgres::Error> for Failed {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(refused) = error.as_db_error() else {
            let why = error.source().map(|source| format!(": {source}")).unwrap_or_default();
            let is_away = error.is_closed() || error.source().is_some_and(|source| source.is::<io::Error>());
            return Self { text: format!("{error}{why}"), is_away, is_race: false, index: None };
        };
        let races = [
            &SqlState::T_R_SERIALIZATION_FAILURE,
            &SqlState::T_R_DEADLOCK_DETECTED,
            &SqlState::LOCK_NOT_AVAILABLE,
            &SqlState::UNIQUE_VIOLATION,
        ];
        // It is stopping, starting or full, or has become a standby.
        let away = [
            &SqlState::ADMIN_SHUTDOWN,
            &SqlState::CRASH_SHUTDOWN,
            &SqlState::CANNOT_CONNECT_NOW,
            &SqlState::TOO_MANY_CONNECTIONS,
            &SqlState::READ_ONLY_SQL_TRANSACTION,
            &SqlState::DISK_FULL,
        ];
        let code = refused.code();
        let index = (*code == SqlState::UNIQUE_VIOLATION).then(|| refused.constraint().map(str::to_owned));
        Self {
            text: format!("{} ({})", refused.message(), code.code()),
            is_away: away.contains(&code) || code.code().starts_with("08"),
            is_race: races.contains(&code),
            index: index.flatten(),
        }
    }
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> Self {
        if failed.is_away {
            Self::Away(failed.into())
        } else if failed.is_race && failed.index.is_none() {
            Self::Busy(failed.into())
        } else {
            Self::unavailable(failed)
        }
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        Failed::from(error).into()
    }
}

/// Reads a value that is not null, or null if `T` is an option.
fn get<'r, T: FromSql<'r>>(row: &'r Row, column: &str) -> Stored<T> {
    Ok(row.try_get(column)?)
}

impl Columns for Row {
    fn text(&self, column: &str) -> Stored<&str> {
        get(self, column)
    }

    fn optional_text(&self, column: &str) -> Stored<Option<&str>> {
        get(self, column)
    }

    fn number(&self, column: &str) -> Stored<i64> {
        get(self, column)
    }

    fn optional_number(&self, column: &str) -> Stored<Option<i64>> {
        get(self, column)
    }

    fn flag(&self, column: &str) -> Stored<bool> {
        get(self, column)
    }

    fn bytes(&self, column: &str) -> Stored<Vec<u8>> {
        get(self, column)
    }
}

/// A query that is built step by step, with its bound values.
#[derive(Default)]
pub(super) struct BuiltQuery {
    sql: String,
    values: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl BuiltQuery {
    pub(super) fn new(sql: &str) -> Self {
        Self { sql: sql.to_owned(), values: Vec::new() }
    }

    /// Appends SQL.
    pub(super) fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Appends a bound value.
    pub(super) fn push_bind(&mut self, value: impl ToSql + Sync + Send + 'static) -> &mut Self {
        self.values.push(Box::new(value));
        self.sql.push_str(&format!("${}", self.values.len()));
        self
    }

    /// Appends a bound text.
    pub(super) fn push_text(&mut self, text: &str) -> &mut Self {
        self.push_bind(text.to_owned())
    }

    /// Reads all rows.
    pub(super) async fn all(&self, db: &Db) -> Stored<Vec<Row>> {
        let values: Vec<_> = self.values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect();
        db.all(&self.sql, &values).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::postgres::{PostgresUrl, pool::Connections};
    use postgres_cluster::{Cluster, Commits};

    const PID: &str = "SELECT pg_backend_pid()::bigint AS pid";

    fn connections(cluster: &Cluster) -> Connections {
        Connections::new(&PostgresUrl::parse(&cluster.url()).unwrap()).unwrap()
    }

    async fn pid(connections: &Connections) -> Stored<i64> {
        connections.get().await?.one(PID, &[]).await?.number("pid")
    }

    #[tokio::test]
    async fn connection_without_an_answer_is_not_used_again() {
        let cluster = Cluster::start(Commits::Fast).unwrap();
        let connections = connections(&cluster);
        let first = pid(&connections).await.unwrap();
        assert_eq!(pid(&connections).await.unwrap(), first, "a connection is used again");
        let mut db = connections.get().await.unwrap();
        db.patience = Duration::from_millis(100);
        let error = db.all("SELECT pg_sleep(3600)", &[]).await.unwrap_err();
        assert!(matches!(error, StoreError::Away(_)), "{error}");
        drop(db);
        assert_ne!(pid(&connections).await.unwrap(), first);
    }

    #[tokio::test]
    async fn server_that_takes_no_writes_any_more_is_left() {
        let cluster = Cluster::start(Commits::Fast).unwrap();
        let connections = connections(&cluster);
        let (first, second) = (connections.get().await.unwrap(), connections.get().await.unwrap());
        first.batch("CREATE TABLE kept (n bigint)").await.unwrap();
        let set = async |value: &str| {
            second.batch(&format!("ALTER SYSTEM SET default_transaction_read_only = {value}")).await.unwrap();
            second.batch("SELECT pg_reload_conf()").await.unwrap();
        };
        set("on").await;
        // The session learns of it a moment later.
        let error = loop {
            if let Err(error) = first.run("INSERT INTO kept VALUES (1)", &[]).await {
                break error;
            }
        };
        assert!(matches!(error, StoreError::Away(_)), "{error}");
        drop(first);
        let error = pid(&connections).await.unwrap_err();
        assert!(matches!(error, StoreError::Away(_)), "only a server that takes writes will do: {error}");
        set("off").await;
        while pid(&connections).await.is_err() {}
    }
}
