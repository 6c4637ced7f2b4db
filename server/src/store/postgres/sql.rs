//! Connections, transactions, statements, rows and values: what the areas use of the driver.

use super::process::Process;
use crate::store::{StoreError, Stored, rows::Columns};
use deadpool_postgres::Client;
use futures::FutureExt;
use std::{error::Error, fmt, io, ops::Deref, sync::Arc};
use tokio_postgres::{
    Row,
    error::SqlState,
    types::{FromSql, ToSql},
};

/// How often a transaction runs at most if it keeps losing to others.
const MOST_RUNS: u32 = 6;

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
pub(super) struct Db(pub(super) Client);

impl Db {
    /// Runs a statement that returns no rows. Returns how many rows it changed.
    pub(super) async fn run(&self, sql: &str, params: Params<'_>) -> Stored<u64> {
        let statement = self.0.prepare_cached(sql).await?;
        Ok(self.0.execute(&statement, params).await?)
    }

    /// Reads all rows.
    pub(super) async fn all(&self, sql: &str, params: Params<'_>) -> Stored<Vec<Row>> {
        let statement = self.0.prepare_cached(sql).await?;
        Ok(self.0.query(&statement, params).await?)
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
        begun.0.batch_execute("BEGIN").await?;
        Ok(begun)
    }

    /// Commits, and returns the answer.
    ///
    /// After an error, it is unknown whether it was committed, so it must not be run again.
    pub(super) async fn commit<T>(mut self, answer: T) -> Stored<T> {
        self.is_open = false;
        self.0
            .batch_execute("COMMIT")
            .await
            .map_err(|error| Failed { is_race: false, ..Failed::from(error) })?;
        Ok(answer)
    }
}

impl Deref for Transaction {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

impl Deref for Db {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.is_open {
            // The first poll sends it, before whatever the connection is used for next. No one waits for the answer.
            let _ = self.db.0.batch_execute("ROLLBACK").now_or_never();
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
