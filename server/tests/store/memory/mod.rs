//! A store in memory: plain collections behind one lock, with the same `rules` as SQLite. It shows that the rules and the
//! traits depend on no database. Where SQLite changes many deliveries in one statement, this store applies the state
//! machine's event to each, and the contract holds both to the same result.
//!
//! A transaction works on a copy, which replaces the state on commit. A failed transaction changes nothing.

mod answers;
mod connections;
mod conversations;
mod handovers;
mod history;
mod lanes;
mod notices;
mod operations;
mod outbox;
mod removal;
mod sessions;
mod shopper_mail;

use crate::support::AnyStore;
use convi_server::store::{
    Connection, StoreError, Stored,
    answers::KeptAnswer,
    conversations::{AbilityRow, Conversation, Turn, Visitor},
    notices::Team,
    sessions::Session,
    tx::Answered,
};
use convi_server::vault::Fingerprint;
use domain::{answer::Watch, clock::Millis};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{Deref, DerefMut},
    sync::Arc,
};
use tokio::sync::{Mutex, MutexGuard};

#[derive(Default)]
struct MemoryStore(Mutex<State>);

/// The tables, which implement the [transaction](convi_server::store::tx::Tx).
#[derive(Clone, Default)]
struct State {
    connections: Vec<Connection>,
    fingerprints: Vec<Fingerprint>,
    /// The oldest first.
    changes: Vec<connections::ChangeRow>,
    /// By id.
    handovers: BTreeMap<String, handovers::Row>,
    /// By handover and part.
    additions: BTreeMap<(String, u32), handovers::AdditionRow>,
    /// By the sender's key.
    answers: BTreeMap<String, Answered>,
    /// In the order in which they were made.
    deliveries: Vec<outbox::Row>,
    /// In the order in which they began.
    attempts: Vec<outbox::AttemptRow>,
    /// By merchant.
    teams: BTreeMap<String, Team>,
    /// By id.
    notices: BTreeMap<String, notices::Row>,
    sessions: Vec<Session>,
    /// By id.
    conversations: BTreeMap<String, Conversation>,
    /// By id.
    shopper_mails: BTreeMap<String, shopper_mail::Row>,
    /// By conversation and number.
    turns: BTreeMap<(String, i64), Turn>,
    visitors: Vec<Visitor>,
    /// By merchant.
    abilities: BTreeMap<String, AbilityRow>,
    /// In the order in which they were stored, each with that time.
    agent_answers: Vec<(KeptAnswer, Millis)>,
    /// As account, ticket and handover.
    places: BTreeSet<(String, i64, String)>,
    /// By account.
    watches: BTreeMap<String, Watch>,
}

impl MemoryStore {
    async fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().await
    }

    async fn begin(&self) -> Transaction<'_> {
        let kept = self.state().await;
        Transaction { next: kept.clone(), kept }
    }
}

/// A transaction. Rolls back when it is dropped without a commit.
struct Transaction<'a> {
    kept: MutexGuard<'a, State>,
    next: State,
}

impl Transaction<'_> {
    fn commit(mut self) {
        *self.kept = self.next;
    }
}

impl Deref for Transaction<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.next
    }
}

impl DerefMut for Transaction<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.next
    }
}

/// Returns the error for a missing row or a duplicate key.
fn violated(what: &str, key: &str) -> StoreError {
    StoreError::unavailable(format!("{what}: {key}"))
}

/// Inserts a row. Fails if the key exists.
fn insert_new<K: Ord + std::fmt::Debug, V>(rows: &mut BTreeMap<K, V>, key: K, row: V) -> Stored<()> {
    if rows.contains_key(&key) {
        return Err(violated("a second row", &format!("{key:?}")));
    }
    rows.insert(key, row);
    Ok(())
}

async fn empty() -> (AnyStore, ()) {
    (Arc::new(MemoryStore::default()), ())
}

crate::meets_contract!(empty);
// It serves a single process.
crate::holds_on!(empty: unfinished_look_ups_become_due_again);
