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

/// Opens a migrated store.
async fn opened(url: &str) -> PostgresStore {
    let store = PostgresStore::open(&PostgresUrl::parse(url).unwrap()).unwrap();
    store.migrate().await.unwrap();
    store
}

crate::meets_contract!(empty);
