//! The store contract on PostgreSQL, and what is specific to it.

use crate::{postgres_database, support::AnyStore};
use convi_server::store::{
    Database,
    postgres::{PostgresStore, PostgresUrl},
};
use std::sync::Arc;

async fn empty() -> (AnyStore, ()) {
    (Arc::new(opened(&postgres_database::empty().await).await), ())
}

/// Opens a store without its tables.
pub fn unmigrated(url: &str) -> PostgresStore {
    PostgresStore::open(&PostgresUrl::parse(url).unwrap()).unwrap()
}

/// Opens a migrated store.
pub async fn opened(url: &str) -> PostgresStore {
    let store = unmigrated(url);
    store.migrate().await.unwrap();
    store
}

crate::meets_contract!(empty);
