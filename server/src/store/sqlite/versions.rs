//! Version numbers for merchants' lists. A number changes with every write to its list, so that a poll without news
//! needs no query.
//!
//! The writer reports whose rows each transaction touched. Writes of other processes (`purge` beside the server) show
//! in SQLite's `data_version`, which changes on a connection whenever another connection commits: on the writer's, only
//! after another process; on the one here, after anyone. If ours has changed without a report, the writer is asked, and
//! everything counts as changed.

use super::sql::{Sql, SqliteConnection};
use crate::store::Stored;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How many merchants are remembered. One more, and all count as changed.
const MOST: usize = 10_000;

/// Whose listed rows a transaction touched.
pub(super) enum Touched {
    /// No merchant's.
    Nothing,
    /// Those of these merchants.
    Merchants(Vec<String>),
    /// Unknown, so possibly everyone's.
    All,
}

/// The state of a cached version.
pub(super) enum Seen {
    /// The version.
    Version(u64),
    /// There was an unreported write, so the writer has to be asked.
    Moved,
    /// The database cannot be asked.
    Nothing,
}

/// The versions of all merchants.
pub(super) struct Versions(Mutex<State>);

struct State {
    /// Only asked for its `data_version`; `None` after closing.
    connection: Option<SqliteConnection>,
    /// The last value that a report explained.
    explained: Option<i64>,
    /// The value on the writer's connection, up to which no one else has written.
    alone_since: Option<i64>,
    last: u64,
    /// The version of merchants not touched since all of them were.
    all: u64,
    merchants: HashMap<String, u64>,
}

impl Versions {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self(Mutex::new(State {
            connection: Some(connection),
            explained: None,
            alone_since: None,
            last: 0,
            all: 0,
            merchants: HashMap::new(),
        }))
    }

    /// Returns a merchant's version. Takes a few microseconds and no database lock.
    pub(super) fn of(&self, merchant: &str) -> Seen {
        let state = self.state();
        match state.moved() {
            None => Seen::Nothing,
            moved if moved != state.explained => Seen::Moved,
            _ => Seen::Version(state.merchants.get(merchant).copied().unwrap_or(state.all)),
        }
    }

    /// Records that the writer has just ended a transaction, before anyone else can know of it.
    pub(super) fn note(&self, writer: &SqliteConnection, touched: Touched) {
        let mut state = self.state();
        // The order matters: a foreign write in between changes the second value, and the first of the next caller.
        let moved = state.moved();
        let alone_since = data_version(writer).ok();
        let alone = alone_since.is_some() && alone_since == state.alone_since;
        (state.explained, state.alone_since) = (moved, alone_since);
        state.touch(if alone { touched } else { Touched::All });
    }

    /// Checks, between the writer's transactions, for unreported writes: they are someone else's.
    pub(super) fn look(&self, writer: &SqliteConnection) {
        let mut state = self.state();
        // The order matters: a foreign write in between changes the second value, and the first on the next call.
        state.alone_since = data_version(writer).ok();
        let moved = state.moved();
        if moved != state.explained {
            state.explained = moved;
            state.touch(Touched::All);
        }
    }

    /// Records that a new connection writes, with its own numbers.
    pub(super) fn reopened(&self) {
        self.state().alone_since = None;
    }

    /// Closes the connection. The last one to close removes SQLite's log, and it must not be this one.
    pub(super) fn close(&self) {
        self.state().connection = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn moved(&self) -> Option<i64> {
        data_version(self.connection.as_ref()?).ok()
    }

    fn touch(&mut self, touched: Touched) {
        match touched {
            Touched::Nothing => {}
            Touched::Merchants(merchants) if self.merchants.len() + merchants.len() <= MOST => {
                self.last += 1;
                self.merchants.extend(merchants.into_iter().map(|merchant| (merchant, self.last)));
            }
            Touched::Merchants(_) | Touched::All => {
                self.last += 1;
                self.all = self.last;
                self.merchants.clear();
            }
        }
    }
}

fn data_version(connection: &SqliteConnection) -> Stored<i64> {
    connection.one("PRAGMA data_version", [], |row| row.get("data_version"))
}
