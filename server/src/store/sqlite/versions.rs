//! A number for what a merchant's lists show, which changes with every write to it: a poll without news is answered without
//! a query.
//!
//! The writer says whose rows each of its transactions touched. What other processes write (`purge` beside the server) is
//! seen by SQLite's `data_version`, which on a connection changes when another one has committed: on the one that writes
//! only after somebody else, on the one here after anybody. If that one has moved and nobody has said why, the writer is
//! asked, and everything counts as changed.

use super::sql::{Sql, SqliteConnection};
use crate::store::Stored;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How many merchants are remembered. With one more, all count as changed.
const MOST: usize = 10_000;

/// Whose rows of lists a transaction touched.
pub(super) enum Touched {
    /// Nobody's.
    Nothing,
    /// Those of these merchants.
    Merchants(Vec<String>),
    /// It is not known.
    All,
}

/// What is known of a version.
pub(super) enum Seen {
    /// It is this one.
    Version(u64),
    /// Somebody has written, and the writer has to be asked.
    Moved,
    /// The database cannot be asked.
    Nothing,
}

/// The versions of all merchants.
pub(super) struct Versions(Mutex<State>);

struct State {
    /// Only asked for its `data_version`. None: closed.
    connection: Option<SqliteConnection>,
    /// The last one that was explained.
    explained: Option<i64>,
    /// The same of the connection that writes: others have not written since.
    alone_since: Option<i64>,
    last: u64,
    /// Of who was not touched since everybody was.
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

    /// A merchant's version. Takes a few microseconds and waits for no lock of the database.
    pub(super) fn of(&self, merchant: &str) -> Seen {
        let state = self.state();
        match state.moved() {
            None => Seen::Nothing,
            moved if moved != state.explained => Seen::Moved,
            _ => Seen::Version(state.merchants.get(merchant).copied().unwrap_or(state.all)),
        }
    }

    /// The connection that writes has ended a transaction, and nobody knows of it yet.
    pub(super) fn note(&self, writer: &SqliteConnection, touched: Touched) {
        let mut state = self.state();
        // In this order: what others write in between moves the second, and the first of the next who asks.
        let moved = state.moved();
        let alone_since = data_version(writer).ok();
        let alone = alone_since.is_some() && alone_since == state.alone_since;
        (state.explained, state.alone_since) = (moved, alone_since);
        state.touch(if alone { touched } else { Touched::All });
    }

    /// The connection that writes is between transactions: what was not explained is somebody else's.
    pub(super) fn look(&self, writer: &SqliteConnection) {
        let mut state = self.state();
        // In this order: what others write in between moves the second, and the first when it is asked next.
        state.alone_since = data_version(writer).ok();
        let moved = state.moved();
        if moved != state.explained {
            state.explained = moved;
            state.touch(Touched::All);
        }
    }

    /// Another connection writes now, with numbers of its own.
    pub(super) fn reopened(&self) {
        self.state().alone_since = None;
    }

    /// The last connection to leave takes SQLite's log along; this one must not be it.
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
